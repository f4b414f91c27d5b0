"""IAM by boto3: roles of standalone accounts and of members."""

import contextlib
import json
import re

import botocore.exceptions
import pytest

from harness.world import new_account, new_organization

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def create(client, name="App", trust=TRUST, **more):
    document = trust if isinstance(trust, str) else json.dumps(trust)
    return client.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]


@contextlib.contextmanager
def refused(code, status, text=""):
    """The call in the block is refused with this code and status, and a text that begins like this."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), answer
    assert answer["Error"].get("Message", "").startswith(text), answer


@pytest.fixture(params=["standalone", "member"])
def iam(request, server):
    account = new_account(server)
    if request.param == "member":
        new_organization(server).join(account)
    return server.client(account, "iam")


def test_a_role_is_created(iam, server):
    server.freeze()
    tags = [{"Key": "cost centre", "Value": "a=b+c d"}]
    role = create(iam, Path="/team/", Description="Größe + 50 %", MaxSessionDuration=7200, Tags=tags)
    assert re.fullmatch(r"arn:aws:iam::\d{12}:role/team/App", role["Arn"])
    assert re.fullmatch("AROA[A-Z2-7]{17}", role["RoleId"])
    assert (role["Path"], role["RoleName"], role["Tags"]) == ("/team/", "App", tags)
    assert role["CreateDate"] == server.now().replace(microsecond=0)
    # boto3 decodes documents.
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert not role.keys() & {"Description", "MaxSessionDuration", "RoleLastUsed", "PermissionsBoundary"}


def test_a_role_is_got(iam):
    created = create(iam, Path="/team/", Description="Größe", Tags=[{"Key": "k", "Value": "v"}])
    role = iam.get_role(RoleName="aPP")["Role"]
    assert role == created | {"Description": "Größe", "MaxSessionDuration": 3600, "RoleLastUsed": {}}
    with refused("NoSuchEntity", 404, "The role with name none cannot be found."):
        iam.get_role(RoleName="none")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="none")


def test_a_name_exists_once(iam):
    create(iam)
    with refused("EntityAlreadyExists", 409, "Role with name aPP already exists."):
        create(iam, "aPP", Path="/other/")


def test_documents_and_constraints(iam):
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException, match="This policy contains invalid Json"):
        create(iam, trust="{")
    with refused("ValidationError", 400, "2 validation errors detected: Value at 'roleName'"):
        create(iam, "a b", MaxSessionDuration=1)
    with refused("MalformedInput", 400):
        create(iam, MaxSessionDuration="long")
    with pytest.raises(iam.exceptions.InvalidInputException):
        create(iam, Tags=[{"Key": "aws:x", "Value": ""}])


def test_any_region_signs_and_unknown_actions_are_told(server):
    account = new_account(server)
    session = server.session(account)
    for region in ("us-east-1", "eu-west-1"):
        client = session.client("iam", endpoint_url=server.url, region_name=region)
        assert create(client, region)["RoleName"] == region
    named = "Could not find operation GetServiceLastAccessedDetails for version 2010-05-08"
    with refused("InvalidAction", 400, f"{named}; of the operations of IAM Guildhall has"):
        client.get_service_last_accessed_details(JobId="0" * 36)


def test_a_service_control_policy_binds_a_member(server):
    organization = new_organization(server)
    [member] = organization.add_members(1)
    client = organization.client
    client.enable_policy_type(RootId=organization.root, PolicyType="SERVICE_CONTROL_POLICY")
    statement = {"Effect": "Deny", "Action": "iam:CreateRole", "Resource": f"arn:aws:iam::{member}:role/kept/*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": statement})
    policy = client.create_policy(Name="kept", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)
    client.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=organization.root)
    iam = server.client(member, "iam")
    sentence = (
        f"User: arn:aws:iam::{member}:root is not authorized to perform: iam:CreateRole on resource: "
        f"arn:aws:iam::{member}:role/kept/App with an explicit deny in a service control policy"
    )
    with refused("AccessDenied", 403, sentence):
        create(iam, Path="/kept/")
    assert create(iam)["RoleName"] == "App"
    assert create(server.client(organization.management, "iam"), Path="/kept/")["Path"] == "/kept/"


def test_roles_survive_a_restart(start, tmp_path):
    flags = ("--data", str(tmp_path / "guildhall.db"), "--clock", "virtual")
    server = start(*flags)
    account = new_account(server)
    create(server.client(account, "iam"), Tags=[{"Key": "k", "Value": "v"}])
    before = server.client(account, "iam").get_role(RoleName="App")["Role"]
    server.stop()
    server = start(*flags)
    iam = server.client(account, "iam")
    assert iam.get_role(RoleName="App")["Role"] == before
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        create(iam, "APP")
    assert create(iam, "Other")["RoleName"] == "Other"
