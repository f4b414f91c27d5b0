"""Service control policies bind members' calls: with boto3, the AWS CLI, and Account Management's own protocol."""

import json

import botocore.exceptions
import pytest

from harness import rest
from harness.world import new_account
from test_cli import Cli

SCP = "SERVICE_CONTROL_POLICY"


@pytest.fixture
def member(organization):
    """A member of an organization in which service control policies are enabled."""
    organization.client.enable_policy_type(RootId=organization.root, PolicyType=SCP)
    member = new_account(organization.server)
    organization.join(member)
    return member


def attach(organization, target, name, **statement):
    """Makes a policy of one statement and attaches it; its id and ARN."""
    content = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Resource": "*", **statement}})
    made = organization.client.create_policy(Type=SCP, Name=name, Description="", Content=content)["Policy"]
    organization.client.attach_policy(PolicyId=made["PolicySummary"]["Id"], TargetId=target)
    return made["PolicySummary"]["Id"], made["PolicySummary"]["Arn"]


def denial(call):
    """The message of the AccessDeniedException that a boto3 call ends in."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    answer = caught.value.response
    assert answer["Error"]["Code"] == "AccessDeniedException"
    return answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def sentence(member, action, arn, resource="*"):
    return (
        f"User: arn:aws:iam::{member}:root is not authorized to perform: {action} on resource: {resource} "
        f"with an explicit deny in a service control policy: {arn}"
    )


def test_nobody_leaves(organization, member, tmp_path):
    policy, arn = attach(organization, organization.root, "stay", Action="organizations:LeaveOrganization")
    client = organization.server.client(member)
    said = sentence(member, "organizations:LeaveOrganization", arn)
    assert denial(client.leave_organization) == (said, 400)
    failed = Cli(organization.server, tmp_path, member).run("organizations", "leave-organization")
    assert failed.returncode in (254, 255) and "AccessDeniedException" in failed.stderr and said in failed.stderr
    assert member in organization.member_ids()
    organization.client.detach_policy(PolicyId=policy, TargetId=organization.root)
    client.leave_organization()
    assert member not in organization.member_ids()


def test_locked_out_and_let_in_again(organization, member):
    """What everybody fears: nothing is allowed any more, but for the management account, which mends it."""
    _, arn = attach(organization, member, "nothing", Action="*")
    client, account = organization.server.client(member), rest.client(organization.server, member)
    assert denial(client.describe_organization)[0].endswith(arn)
    contact = sentence(member, "account:GetContactInformation", arn, f"arn:aws:account::{member}:account")
    assert denial(account.get_contact_information) == (contact, 403)
    # Who one is nobody can forbid to ask.
    sts = organization.server.client(member, "sts")
    assert sts.get_caller_identity()["Account"] == member
    organization.client.disable_policy_type(RootId=organization.root, PolicyType=SCP)
    assert client.describe_organization()["Organization"]["Id"] == organization.id


def test_what_is_not_allowed_is_denied(organization, member):
    root = organization.root
    attach(organization, root, "only-s3", Effect="Allow", Action="s3:*")
    organization.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=root)
    message, _ = denial(organization.server.client(member).list_roots)
    assert message == (
        f"User: arn:aws:iam::{member}:root is not authorized to perform: organizations:ListRoots on resource: * "
        "because no service control policy allows the organizations:ListRoots action"
    )
    assert organization.client.list_roots()["Roots"]


def test_a_region_lock(organization, member):
    attach(
        organization,
        member,
        "europe",
        Action="organizations:*",
        Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
    )
    session = organization.server.session(member)
    for region, allowed in (("eu-west-1", True), ("us-east-1", False)):
        client = session.client("organizations", endpoint_url=organization.server.url, region_name=region)
        if allowed:
            assert client.describe_organization()["Organization"]["Id"] == organization.id
        else:
            assert "explicit deny" in denial(client.describe_organization)[0]
