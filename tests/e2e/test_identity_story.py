"""The first story of identity: an account is created and entered, a policy stops its administrator, and one can ask why."""

import json
import re

import botocore.exceptions
import pytest

from harness.server import guildhall
from harness.world import new_organization
from test_iam import refused
from test_sts import admin, assume, with_credentials

ROLE = "OrganizationAccountAccessRole"


@pytest.fixture
def created(server):
    """An organization and an account that it created."""
    organization = new_organization(server)
    client = server.client(admin(organization.management))
    client.enable_policy_type(RootId=organization.root, PolicyType="SERVICE_CONTROL_POLICY")
    status = client.create_account(Email="forge@example.com", AccountName="Forge")["CreateAccountStatus"]
    account = client.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    return organization, account["AccountId"]


def enter(server, organization, account):
    role = {"Arn": f"arn:aws:iam::{account}:role/{ROLE}"}
    return assume(server, admin(organization.management), role)["Credentials"]


def policy_text(toolbox, id, uri):
    return toolbox.get_request_authorization_policy(authorizationId=id, policyUri=uri)["policyDocument"]


def scp(client, statement, target):
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = client.create_policy(Name="p", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)["Policy"]
    client.attach_policy(PolicyId=policy["PolicySummary"]["Id"], TargetId=target)
    return policy["PolicySummary"]


def test_a_created_account_is_entered_and_stopped_and_asked_why(server, created):
    organization, account = created
    credentials = enter(server, organization, account)
    iam = with_credentials(server, credentials, "iam")
    toolbox = with_credentials(server, credentials, "iam-toolbox")
    assert {role["RoleName"] for role in iam.list_roles()["Roles"]} == {ROLE, "AWSServiceRoleForOrganizations"}
    client = server.client(admin(organization.management))
    statement = {
        "Sid": "NoRoles",
        "Effect": "Deny",
        "Action": "iam:CreateRole",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}},
    }
    policy = scp(client, statement, organization.root)
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    )
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        iam.create_role(RoleName="App", AssumeRolePolicyDocument=trust)
    message = caught.value.response["Error"]["Message"]
    denied = (
        f"User: arn:aws:sts::{account}:assumed-role/{ROLE}/ci is not authorized to perform: iam:CreateRole on resource: "
        f"arn:aws:iam::{account}:role/App with an explicit deny in a service control policy: {policy['Arn']}. Go to "
    )
    assert message.startswith(denied), message
    id = re.search(r"authorization id: ([0-9a-z]+)$", message)[1]

    # By AWS's own API, for those of the account and of its organization.
    for asks in (toolbox, server.client(admin(organization.management), "iam-toolbox")):
        details = asks.get_request_authorization_details(authorizationId=id)
        [evaluation] = details["evaluations"]
        assert (evaluation["action"], evaluation["evaluatedEffect"]) == ("iam:CreateRole", "EXPLICIT_DENY")
        denies = [check for check in evaluation["checks"] if check["evaluatedEffect"] == "EXPLICIT_DENY"]
        [check] = denies
        assert check["checkType"] == "SERVICE_CONTROL_POLICY" and check["targetArn"].endswith(organization.root)
        [matched] = [m for m in check["matchedPolicies"] if m["uri"] == policy["Arn"]]
        assert matched["matchedStatements"][0]["sid"] == "NoRoles"
        said = details["requestContext"] | evaluation["context"]
        assert said["aws:PrincipalArn"] == [f"arn:aws:iam::{account}:role/{ROLE}"], said
        # The texts of all policies that were asked, as they were then.
        types = {(asked["type"], asked["inline"]) for asked in details["policies"]}
        assert types == {("SERVICE_CONTROL_POLICY", False), ("IDENTITY_BASED_POLICY", False)}
        texts = {asked["uri"]: policy_text(asks, id, asked["uri"]) for asked in details["policies"]}
        assert texts[policy["Arn"]] == {"Version": "2012-10-17", "Statement": [statement]}
        assert texts["arn:aws:iam::aws:policy/AdministratorAccess"]["Statement"][0]["Action"] == "*"
    # Nobody else finds it.
    stranger = server.client("999999999999", "iam-toolbox")
    for ask in (
        lambda: stranger.get_request_authorization_details(authorizationId=id),
        lambda: policy_text(stranger, id, policy["Arn"]),
    ):
        with refused("ResourceNotFoundException", 404, f"There are no authorization details with the id {id}."):
            ask()
    with refused("ResourceNotFoundException", 404, f"No policy p-none was asked in the authorization {id}."):
        policy_text(asks, id, "p-none")

    # By our own command, also by the id of the request.
    for asked in (id, caught.value.response["ResponseMetadata"]["RequestId"]):
        told = guildhall("explain", asked, "--endpoint", server.url, check=True).stdout
        for piece in (
            f"iam:CreateRole on arn:aws:iam::{account}:role/App: explicit deny",
            f"{policy['Arn']}, statement 1 (NoRoles): deny",
            "StringNotEquals aws:PrincipalTag/team [platform] with no value: holds",
            "arn:aws:iam::aws:policy/AdministratorAccess, statement 1",
        ):
            assert piece in told, told

    # Mended, and it goes on at once. What was denied is told as it was.
    changed = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Sid": "Changed"}]})
    client.update_policy(PolicyId=policy["Id"], Content=changed)
    assert policy_text(toolbox, id, policy["Arn"])["Statement"] == [statement]
    client.detach_policy(PolicyId=policy["Id"], TargetId=organization.root)
    assert iam.create_role(RoleName="App", AssumeRolePolicyDocument=trust)


def test_who_may_do_what_in_the_organization(server, created):
    organization, account = created
    nobody = server.control("POST", f"/_guildhall/accounts/{organization.management}/users", {"UserName": "nobody"})
    orgs = server.client(nobody["AccessKeyId"], "organizations", nobody["SecretAccessKey"])
    root = f"arn:aws:iam::{organization.management}:user/nobody"
    with refused(
        "AccessDeniedException",
        400,
        f"User: {root} is not authorized to perform: organizations:ListAccounts on resource: * because no identity-based"
        " policy allows the organizations:ListAccounts action",
    ):
        orgs.list_accounts()
    reader = server.control(
        "POST",
        f"/_guildhall/accounts/{organization.management}/users",
        {"UserName": "reader", "PolicyArns": ["arn:aws:iam::aws:policy/AWSOrganizationsReadOnlyAccess"]},
    )
    orgs = server.client(reader["AccessKeyId"], "organizations", reader["SecretAccessKey"])
    assert len(orgs.list_accounts()["Accounts"]) == 2
    with refused("AccessDeniedException", 400, "User: "):
        orgs.close_account(AccountId=account)
    # A member's administrator may leave, until a policy at the root forbids it.
    member = with_credentials(server, enter(server, organization, account), "organizations")
    with refused("AccessDeniedException", 400, "You don't have permissions to access this resource."):
        member.list_accounts()
    deny = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    scp(server.client(admin(organization.management)), deny, organization.root)
    with refused("AccessDeniedException", 400, f"User: arn:aws:sts::{account}:assumed-role/{ROLE}/ci is not authorized"):
        member.leave_organization()
