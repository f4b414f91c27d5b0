"""IAM's policies by boto3: versions, inline policies, attachments, tags, profiles."""

import json
import urllib.parse

import pytest

from harness.world import new_account
from test_iam import TRUST, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def allow(*actions, resource="*"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def account(server):
    return new_account(server)


@pytest.fixture
def iam(server, account):
    return server.client(account, "iam")


def user(server, account, name="ann"):
    """A client of a new user, who may nothing."""
    made = server.control("POST", f"/_guildhall/accounts/{account}/users", {"UserName": name})
    return server.client(made["AccessKeyId"], "iam", made["SecretAccessKey"])


def pages(client, operation, key, **given):
    return [entry for page in client.get_paginator(operation).paginate(**given) for entry in page[key]]


def make_role(iam, name="App", **more):
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)["Role"]


def test_a_policy_and_its_versions(server, account, iam):
    ann = user(server, account)
    made = iam.create_policy(PolicyName="Read", Path="/team/", PolicyDocument=allow("iam:GetPolicy"), Description="")
    arn = made["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{account}:policy/team/Read" and "Description" not in made["Policy"]
    who = f"User: arn:aws:iam::{account}:user/ann"
    denied = f"{who} is not authorized to perform: iam:GetPolicy on resource: policy {arn} "
    with refused("AccessDenied", 403, denied + "because no identity-based policy allows the iam:GetPolicy action"):
        ann.get_policy(PolicyArn=arn)
    iam.attach_user_policy(UserName="ANN", PolicyArn=arn)
    assert ann.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    # Four more versions, of which one becomes the default, and no fifth.
    for n in range(2, 6):
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(f"s3:Get{n}"), SetAsDefault=n == 3)
        assert version["PolicyVersion"]["VersionId"] == f"v{n}" and "Document" not in version["PolicyVersion"]
    with refused("LimitExceeded", 409, "A managed policy can have up to 5 versions."):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))
    with refused("AccessDenied", 403):
        ann.get_policy(PolicyArn=arn)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert ann.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    versions = pages(iam, "list_policy_versions", "Versions", PolicyArn=arn, PaginationConfig={"PageSize": 2})
    assert [v["VersionId"] for v in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert [v["VersionId"] for v in versions if v["IsDefaultVersion"]] == ["v1"]
    with refused("DeleteConflict", 409, "Cannot delete the default version of a policy."):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    with pytest.raises(iam.exceptions.DeleteConflictException, match="attached to entities"):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_user_policy(UserName="ann", PolicyArn=arn)
    with pytest.raises(iam.exceptions.DeleteConflictException, match="more than one version"):
        iam.delete_policy(PolicyArn=arn)
    for n in (2, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{n}")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404, f"Policy {arn} was not found."):
        iam.get_policy(PolicyArn=arn)


# Documents that a client may get back in another form than it sent, if anything on the way is careless.
DOCUMENTS = [
    allow("s3:GetObject"),
    json.dumps(json.loads(allow("s3:GetObject")), indent=4),
    allow("s3:GetObject", resource="arn:aws:s3:::a+b/c%3Ad e/~é*?&=<>'"),
    allow("s3:GetObject", resource="arn:aws:s3:::${aws:username}/*").replace("[", "\t[\r\n"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_come_back_as_they_were_sent(server, account, iam, document):
    make_role(iam)
    iam.put_role_policy(RoleName="App", PolicyName="p", PolicyDocument=document)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]
    raw = []
    iam.meta.events.register("before-parse.iam", lambda response_dict, **_: raw.append(response_dict["body"].decode()))
    iam.get_role_policy(RoleName="app", PolicyName="P")
    iam.get_policy_version(PolicyArn=arn, VersionId="v1")
    for body, element in zip(raw, ("PolicyDocument", "Document"), strict=True):
        sent = body.split(f"<{element}>")[1].split(f"</{element}>")[0]
        # Nothing that a decoder of forms, as Terraform has, would read otherwise than one of addresses.
        assert urllib.parse.quote(document, safe="-_.~") == sent
        assert urllib.parse.unquote_plus(sent) == urllib.parse.unquote(sent) == document


def test_inline_policies_and_attachments(server, account, iam):
    ann = user(server, account)
    iam.put_user_policy(UserName="ann", PolicyName="First", PolicyDocument=allow("iam:ListUserPolicies"))
    document = allow("iam:ListUserPolicies", "iam:GetUserPolicy")
    iam.put_user_policy(UserName="ANN", PolicyName="FIRST", PolicyDocument=document)
    assert ann.list_user_policies(UserName="ann")["PolicyNames"] == ["First"]
    got = ann.get_user_policy(UserName="ann", PolicyName="fIRST")
    assert (got["UserName"], got["PolicyName"]) == ("ann", "fIRST")
    iam.delete_user_policy(UserName="ann", PolicyName="first")
    with refused("AccessDenied", 403):
        ann.list_user_policies(UserName="ann")
    with refused("NoSuchEntity", 404, "The user policy with name first cannot be found."):
        iam.delete_user_policy(UserName="ann", PolicyName="first")
    for arn in (READ_ONLY, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"):
        iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    assert ann.list_user_policies(UserName="ann")["PolicyNames"] == []
    paged = {"UserName": "ann", "PaginationConfig": {"PageSize": 1}}
    attached = pages(iam, "list_attached_user_policies", "AttachedPolicies", **paged)
    assert [policy["PolicyName"] for policy in attached] == ["ReadOnlyAccess", "ViewOnlyAccess"]
    entities = iam.list_entities_for_policy(PolicyArn=READ_ONLY)
    assert [u["UserName"] for u in entities["PolicyUsers"]] == ["ann"]
    assert entities["PolicyRoles"] == entities["PolicyGroups"] == [] and entities["IsTruncated"] is False
    used = pages(iam, "list_policies", "Policies", OnlyAttached=True)
    assert [policy["PolicyName"] for policy in used] == ["ReadOnlyAccess", "ViewOnlyAccess"]
    with refused("AccessDenied", 403, "Cannot delete policies outside your own account."):
        iam.delete_policy(PolicyArn=READ_ONLY)
    with refused("ValidationError", 400, "Invalid ARN:  Could not be parsed!"):
        iam.attach_user_policy(UserName="ann", PolicyArn="x" * 20)


def test_boundaries_and_tags(server, account, iam):
    ann = user(server, account)
    role = make_role(iam, Tags=[{"Key": "Env", "Value": "1"}])
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=READ_ONLY)
    assert ann.get_role(RoleName="App")["Role"]["RoleId"] == role["RoleId"]
    with refused("AccessDenied", 403):
        ann.tag_role(RoleName="App", Tags=[{"Key": "k", "Value": ""}])
    iam.delete_user_permissions_boundary(UserName="ann")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_user_permissions_boundary(UserName="ann")
    ann.tag_role(RoleName="App", Tags=[{"Key": "env", "Value": "2"}, {"Key": "größe", "Value": "a+b c"}])
    tags = [{"Key": "env", "Value": "2"}, {"Key": "größe", "Value": "a+b c"}]
    assert pages(iam, "list_role_tags", "Tags", RoleName="App", PaginationConfig={"PageSize": 1}) == tags
    iam.untag_role(RoleName="App", TagKeys=["ENV", "none"])
    assert iam.get_role(RoleName="App")["Role"]["Tags"] == tags[1:]
    with refused("InvalidInput", 400, "Error occurred while validating input. "):
        iam.tag_role(RoleName="App", Tags=[])
    iam.untag_role(RoleName="App", TagKeys=[])


def test_policies_survive_a_restart(start, tmp_path):
    flags = ("--data", str(tmp_path / "guildhall.db"), "--clock", "virtual")
    server = start(*flags)
    account = new_account(server)
    iam = server.client(account, "iam")
    make_role(iam)
    tags = [{"Key": "k", "Value": "v"}]
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"), Tags=tags)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:Get*"), SetAsDefault=True)
    iam.attach_role_policy(RoleName="App", PolicyArn=arn)
    iam.put_role_policy(RoleName="App", PolicyName="Inline", PolicyDocument=DOCUMENTS[2])
    iam.put_role_permissions_boundary(RoleName="App", PermissionsBoundary=READ_ONLY)
    iam.create_instance_profile(InstanceProfileName="Box")
    iam.add_role_to_instance_profile(InstanceProfileName="Box", RoleName="App")

    def everything(iam):
        calls = [
            iam.get_policy(PolicyArn=arn),
            iam.list_policy_versions(PolicyArn=arn),
            iam.get_policy_version(PolicyArn=arn, VersionId="v2"),
            iam.list_entities_for_policy(PolicyArn=arn),
            iam.get_role(RoleName="App"),
            iam.get_role_policy(RoleName="App", PolicyName="inline"),
            iam.list_attached_role_policies(RoleName="App"),
            iam.list_instance_profiles_for_role(RoleName="App"),
        ]
        return [{key: value for key, value in call.items() if key != "ResponseMetadata"} for call in calls]

    before = everything(iam)
    server.stop()
    server = start(*flags)
    assert everything(server.client(account, "iam")) == before
