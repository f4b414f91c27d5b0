"""STS by boto3: sessions of roles, of users and of those whom users vouch for."""

import base64
import json

import boto3
import botocore.config
import pytest

from harness.server import botocore_session
from harness.world import new_account, new_organization
from test_iam import refused

INVALID = "The security token included in the request is invalid."


def admin(account):
    """The key of an account's administrator, in a lab."""
    return f"LABADMIN{account}"


def trust(*principals, action="sts:AssumeRole", **conditions):
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": action}
    if conditions:
        statement["Condition"] = conditions
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(server, account, name="App", document=None, **more):
    iam = server.client(admin(account), "iam")
    document = document or trust(account)
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]


def with_credentials(server, credentials, service, region="us-east-1"):
    """A client that signs with temporary credentials."""
    session = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
        botocore_session=botocore_session(),
    )
    config = botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False)
    return session.client(service, endpoint_url=server.url, config=config)


def assume(server, caller, role, session="ci", **more):
    return server.client(caller, "sts").assume_role(RoleArn=role["Arn"], RoleSessionName=session, **more)


def test_a_role_is_assumed(server, account):
    server.freeze()
    role = make_role(server, account, Path="/team/")
    answer = assume(server, admin(account), role)
    credentials = answer["Credentials"]
    arn = f"arn:aws:sts::{account}:assumed-role/App/ci"
    assert answer["AssumedRoleUser"] == {"Arn": arn, "AssumedRoleId": f"{role['RoleId']}:ci"}
    assert credentials["AccessKeyId"].startswith("ASIA") and len(credentials["SecretAccessKey"]) == 40
    assert (credentials["Expiration"] - server.now().replace(microsecond=0)).total_seconds() == 3600
    assert len(credentials["SessionToken"]) < 1024 and "PackedPolicySize" not in answer
    who = with_credentials(server, credentials, "sts", "eu-west-1").get_caller_identity()
    assert (who["Arn"], who["UserId"], who["Account"]) == (arn, f"{role['RoleId']}:ci", account)
    info = server.client(admin(account), "sts").get_access_key_info(AccessKeyId=credentials["AccessKeyId"])
    assert info["Account"] == account


def test_who_may_not_assume(server, account):
    other = new_account(server)
    role = make_role(server, account)
    text = f"User: arn:aws:iam::{other}:user/guildhall-admin is not authorized to perform: sts:AssumeRole on resource: "
    # One that does not trust the caller, one that is not there, and one of another path are told alike.
    for arn in (role["Arn"], f"arn:aws:iam::{account}:role/None", f"arn:aws:iam::{account}:role/x/App"):
        with refused("AccessDenied", 403, text + arn):
            assume(server, admin(other), {"Arn": arn})
    # The trust alone lets no other account's user in, whose own policies do not allow it.
    trusting = make_role(server, account, "Trusting", trust(other))
    nobody = server.control("POST", f"/_guildhall/accounts/{other}/users", {"UserName": "nobody"})
    with refused("AccessDenied", 403, f"User: arn:aws:iam::{other}:user/nobody is not"):
        server.client(nobody["AccessKeyId"], "sts", nobody["SecretAccessKey"]).assume_role(
            RoleArn=trusting["Arn"], RoleSessionName="ci"
        )
    assert assume(server, admin(other), trusting)
    # In one account the trust alone is enough, if it names the user.
    named = make_role(server, other, "Named", trust(nobody["Arn"]))
    sts = server.client(nobody["AccessKeyId"], "sts", nobody["SecretAccessKey"])
    assert sts.assume_role(RoleArn=named["Arn"], RoleSessionName="ci")


def test_roots_assume_roles_in_a_lab_that_is_not_strict(server, start, account):
    role = make_role(server, account)
    assert assume(server, account, role)
    strict = start("--ephemeral", "--clock", "virtual", "--strict")
    owner = new_account(strict)
    role = make_role(strict, owner)
    with refused("AccessDenied", 403, "Roles may not be assumed by root accounts."):
        assume(strict, owner, role)
    assert assume(strict, admin(owner), role)


def test_external_ids_and_other_conditions(server, account):
    document = trust(account, StringEquals={"sts:ExternalId": "secret", "sts:RoleSessionName": "ci"})
    role = make_role(server, account, document=document)
    for wrong in ({}, {"ExternalId": "other"}, {"ExternalId": "secret", "RoleSessionName": "other"}):
        with refused("AccessDenied", 403):
            server.client(admin(account), "sts").assume_role(
                **{"RoleArn": role["Arn"], "RoleSessionName": "ci"} | wrong
            )
    assert assume(server, admin(account), role, ExternalId="secret")


def test_sessions_end(server, account):
    server.freeze()
    role = make_role(server, account)
    credentials = assume(server, admin(account), role, DurationSeconds=900)["Credentials"]
    sts = with_credentials(server, credentials, "sts")
    server.advance("899s")
    assert sts.get_caller_identity()
    server.advance("1s")
    with refused("ExpiredToken", 403, "The security token included in the request is expired"):
        sts.get_caller_identity()
    # A deleted role's sessions end at once, and one of the same name does not bring them back.
    sts = with_credentials(server, assume(server, admin(account), role)["Credentials"], "sts")
    server.client(admin(account), "iam").delete_role(RoleName="App")
    make_role(server, account)
    with refused("InvalidClientTokenId", 403, INVALID):
        sts.get_caller_identity()


@pytest.mark.parametrize("way", ["sts", "control"])
def test_no_two_sessions_are_sealed_alike(server, account, way):
    """Ids, secrets and nonces (24 bytes after the head of 5): one that comes twice gives away what it seals."""
    server.freeze()
    role = make_role(server, account)

    def begin():
        if way == "sts":
            return assume(server, admin(account), role)["Credentials"]
        return server.control("POST", f"/_guildhall/accounts/{account}/sessions", {"RoleName": "App"})

    begun = [begin() for _ in range(4)]
    nonces = {base64.b64decode(one["SessionToken"])[5:29] for one in begun}
    ids, secrets = {one["AccessKeyId"] for one in begun}, {one["SecretAccessKey"] for one in begun}
    assert (len(nonces), len(ids), len(secrets)) == (4, 4, 4)
    for one in begun:
        assert with_credentials(server, one, "sts").get_caller_identity()["Account"] == account


def test_durations(server, account):
    role = make_role(server, account, MaxSessionDuration=7200)
    with refused("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        assume(server, admin(account), role, DurationSeconds=7201)
    assert assume(server, admin(account), role, DurationSeconds=7200)
    chained = make_role(server, account, "Chained", trust(role["Arn"]), MaxSessionDuration=7200)
    sts = with_credentials(server, assume(server, admin(account), role)["Credentials"], "sts")
    with refused("ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit"):
        sts.assume_role(RoleArn=chained["Arn"], RoleSessionName="two", DurationSeconds=3601)
    assert sts.assume_role(RoleArn=chained["Arn"], RoleSessionName="two", DurationSeconds=3600)


def test_what_is_wrong_is_told(server, account):
    sts = server.client(admin(account), "sts")
    with refused(
        "ValidationError",
        400,
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must"
        r" satisfy regular expression pattern: [\w+=,.@-]*",
    ):
        sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/App", RoleSessionName="Session1:2")
    for arn in ("nothing-valid-in-here", "arn::b:::something/test-role", "arn:a:a::aaaaaaaaaa:"):
        with refused("ValidationError", 400, f"{arn} is invalid"):
            sts.assume_role(RoleArn=arn, RoleSessionName="ci")
    role = make_role(server, account)
    double = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    with refused("InvalidParameterValue", 400, "Duplicate tag keys found."):
        assume(server, admin(account), role, Tags=double)
    with refused("InvalidParameterValue", 400, "The specified transitive tag key must be included"):
        assume(server, admin(account), role, TransitiveTagKeys=["a"])
    with refused("MalformedPolicyDocument", 400, "Syntax errors in policy."):
        assume(server, admin(account), role, Policy='{"Version": "2012-10-17"}')
    said = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "somebody"}]
    with refused("InvalidContextAssertion", 400):
        assume(server, admin(account), role, ProvidedContexts=said)
    other = new_account(server)
    with refused("AccessDenied", 403):
        assume(server, admin(other), role, ProvidedContexts=said)


def test_tags_need_leave_and_go_on_where_they_are_transitive(server, account):
    tags = [{"Key": "team", "Value": "a"}, {"Key": "own", "Value": "b"}]
    role = make_role(server, account)
    text = f"User: arn:aws:iam::{account}:user/guildhall-admin is not authorized to perform: sts:TagSession on resource: "
    with refused("AccessDenied", 403, text + role["Arn"]):
        assume(server, admin(account), role, Tags=tags)
    both = ["sts:AssumeRole", "sts:TagSession"]
    role = make_role(server, account, "Tagged", trust(account, action=both))
    wants = {"StringEquals": {"aws:PrincipalTag/team": "a"}, "Null": {"aws:PrincipalTag/own": "true"}}
    second = make_role(server, account, "Second", trust(role["Arn"]))
    third = make_role(server, account, "Third", trust(second["Arn"], **wants))
    answer = assume(server, admin(account), role, Tags=tags, TransitiveTagKeys=["team"])
    assert 0 < answer["PackedPolicySize"] <= 100
    sts = with_credentials(server, answer["Credentials"], "sts")
    credentials = sts.assume_role(RoleArn=second["Arn"], RoleSessionName="two")["Credentials"]
    sts = with_credentials(server, credentials, "sts")
    assert sts.assume_role(RoleArn=third["Arn"], RoleSessionName="three")
    with refused("InvalidParameterValue", 400, "One of the specified transitive tag keys can't be set"):
        sts.assume_role(RoleArn=third["Arn"], RoleSessionName="three", Tags=[{"Key": "TEAM", "Value": "x"}])


def test_session_policies_cut(server, account):
    admin_role = make_role(server, account, "Admin")
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}]}
    )
    iam = server.client(admin(account), "iam")
    with_all = server.client(admin(account), "iam")
    assert with_all.list_roles()["Roles"]
    credentials = assume(server, admin(account), admin_role, Policy=allow)["Credentials"]
    with refused(
        "AccessDenied",
        403,
        f"User: arn:aws:sts::{account}:assumed-role/Admin/ci is not authorized to perform: iam:ListRoles on resource: "
        f"arn:aws:iam::{account}:role/ because no identity-based policy allows the iam:ListRoles action. Go to ",
    ):
        with_credentials(server, credentials, "iam").list_roles()
    assert iam.get_role(RoleName="Admin")


def test_forged_tokens_are_refused(server, start, account):
    role = make_role(server, account)
    good = assume(server, admin(account), role)["Credentials"]
    other = assume(server, admin(account), role, "other")["Credentials"]
    stranger = start("--ephemeral", "--clock", "virtual")
    new = new_account(stranger)
    foreign = assume(stranger, admin(new), make_role(stranger, new))["Credentials"]
    token = bytearray(base64.b64decode(good["SessionToken"]))
    token[40] ^= 1
    flipped = base64.b64encode(bytes(token)).decode()
    wrong = {
        "no token": good | {"SessionToken": None},
        "another's token": good | {"SessionToken": other["SessionToken"]},
        "another's key": good | {"AccessKeyId": other["AccessKeyId"]},
        "cut": good | {"SessionToken": good["SessionToken"][:-4]},
        "longer": good | {"SessionToken": good["SessionToken"] + "AAAA"},
        "a bit flipped": good | {"SessionToken": flipped},
        "another server's": foreign,
        "no base64": good | {"SessionToken": "x" * 400},
        "too long": good | {"SessionToken": "A" * 8000},
    }
    for name, credentials in wrong.items():
        with refused("InvalidClientTokenId", 403, INVALID):
            with_credentials(server, credentials, "sts").get_caller_identity()
            pytest.fail(name)
    with refused("SignatureDoesNotMatch", 403):
        with_credentials(server, good | {"SecretAccessKey": other["SecretAccessKey"]}, "sts").get_caller_identity()
    assert with_credentials(server, good, "sts").get_caller_identity()


def test_tokens_outlive_restarts(start, tmp_path):
    server = start("--data", tmp_path, "--clock", "virtual")
    account = new_account(server)
    credentials = assume(server, admin(account), make_role(server, account))["Credentials"]
    server.stop()
    again = start("--data", tmp_path, "--clock", "virtual")
    assert with_credentials(again, credentials, "sts").get_caller_identity()["Account"] == account


def test_session_tokens_of_users(server, account):
    credentials = server.client(admin(account), "sts").get_session_token()["Credentials"]
    assert (credentials["Expiration"] - server.now().replace(microsecond=0)).total_seconds() == 43_200
    sts = with_credentials(server, credentials, "sts")
    assert sts.get_caller_identity()["Arn"].endswith(":user/guildhall-admin")
    role = make_role(server, account)
    assert sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ci")
    with refused("InvalidClientTokenId", 403, INVALID):
        with_credentials(server, credentials, "iam").list_roles()
    for call in (sts.get_session_token, lambda: sts.get_federation_token(Name="ada")):
        with refused("AccessDenied", 403, "Cannot call Get"):
            call()
    # A root user's are good for an hour at most.
    credentials = server.client(account, "sts").get_session_token(DurationSeconds=129_600)["Credentials"]
    assert (credentials["Expiration"] - server.now().replace(microsecond=0)).total_seconds() == 3600


def test_federated_users(server):
    organization = new_organization(server)
    account = organization.management
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}]}
    )
    sts = server.client(admin(account), "sts")
    nothing = sts.get_federation_token(Name="ada")
    assert nothing["FederatedUser"]["Arn"] == f"arn:aws:sts::{account}:federated-user/ada"
    assert (nothing["FederatedUser"]["FederatedUserId"], nothing["PackedPolicySize"]) == (f"{account}:ada", 0)
    with refused("AccessDeniedException", 400, f"User: arn:aws:sts::{account}:federated-user/ada is not authorized"):
        with_credentials(server, nothing["Credentials"], "organizations").list_roots()
    some = sts.get_federation_token(Name="ada", Policy=allow)
    assert with_credentials(server, some["Credentials"], "organizations").list_roots()["Roots"]
    with refused("InvalidClientTokenId", 403, INVALID):
        with_credentials(server, some["Credentials"], "iam").list_roles()


def test_token_sizes(server, account):
    role = make_role(server, account)
    for least in (0, 800, 1001, 4096):
        answer = assume(server, admin(account), role, MinimumSessionTokenSize=least)
        token = answer["Credentials"]["SessionToken"]
        assert least <= len(token) <= 4096
        assert with_credentials(server, answer["Credentials"], "sts").get_caller_identity()


def test_a_members_root_user_is_assumed_for_one_task(server):
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    key = admin(organization.management)
    sts, iam = server.client(key, "sts"), server.client(key, "iam")
    audit = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    unlock = {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}

    def root(principal=member, task=audit, client=sts, **more):
        return client.assume_root(TargetPrincipal=principal, TaskPolicyArn=task, **more)["Credentials"]

    with refused("AccessDenied", 403, "Root credentials management feature is not enabled"):
        root()
    server.client(key).enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam.enable_organizations_root_credentials_management()
    with refused("AccessDenied", 403, "Root sessions feature is not enabled for your AWS Organization."):
        root(task=unlock)
    credentials = root(f"arn:aws:iam::{member}:root")
    assert (credentials["Expiration"] - server.now().replace(microsecond=0)).total_seconds() == 900
    assert with_credentials(server, credentials, "sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{member}:root"
    as_root = with_credentials(server, credentials, "iam")
    # The one that it got when it was registered.
    assert len(as_root.list_access_keys()["AccessKeyMetadata"]) == 1
    with refused("AccessDenied", 403, f"User: arn:aws:iam::{member}:root is not authorized to perform: iam:ListRoles"):
        as_root.list_roles()
    # Nobody else is meant, nobody else may, and nothing else is a task.
    text = "User: arn:aws:iam::{}:user/guildhall-admin is not authorized to perform: sts:AssumeRoot on resource: "
    for principal in (organization.management, new_account(server), "999999999999"):
        with refused("AccessDenied", 403, text.format(organization.management) + f"arn:aws:iam::{principal}:root"):
            root(principal)
    with refused("AccessDenied", 403, text.format(member)):
        root(client=server.client(admin(member), "sts"))
    with refused("ValidationError", 400, "Request must contain a valid target principal"):
        root("arn:aws:iam::111111111111:user/x")
    with refused("ValidationError", 400, "Request must contain valid AWS managed task policy ARN"):
        root(task={"arn": "arn:aws:iam::aws:policy/AdministratorAccess"})
