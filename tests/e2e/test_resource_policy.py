"""The organization's resource policy with boto3 and the AWS CLI: what members may do because of it, and may not."""

import json
import socket

import botocore.config
import pytest

from harness.world import new_account, new_organization, refused
from test_cli import Cli
from test_policies import BACKUP, TAG, create


def statement(principal, action, resource="*", effect="Allow", **condition):
    made = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {**made, **({"Condition": condition} if condition else {})}


def put(organization, *statements, **more):
    content = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return organization.client.put_resource_policy(Content=content, **more)["ResourcePolicy"]


@pytest.fixture
def member(organization):
    member = new_account(organization.server)
    organization.join(member)
    return member


def test_its_life(organization, member):
    client = organization.client
    with refused("ResourcePolicyNotFoundException"):
        client.describe_resource_policy()
    tags = [{"Key": "team", "Value": "red"}]
    sent = {"Statement": statement({"AWS": member}, "organizations:DescribePolicy")}
    made = client.put_resource_policy(Content=json.dumps(sent), Tags=tags)["ResourcePolicy"]
    assert json.loads(made["Content"]) == {
        "Version": "2008-10-17",
        "Statement": [statement({"AWS": f"arn:aws:iam::{member}:root"}, "organizations:DescribePolicy")],
    }
    policy = made["ResourcePolicySummary"]["Id"]
    assert made["ResourcePolicySummary"]["Arn"] == (
        f"arn:aws:organizations::{organization.management}:resourcepolicy/{organization.id}/{policy}"
    )
    assert client.describe_resource_policy()["ResourcePolicy"] == made
    again = put(organization, statement("*", "organizations:ListRoots"), Tags=[])
    assert again["ResourcePolicySummary"] == made["ResourcePolicySummary"]
    with refused("ConstraintViolationException", "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED"):
        put(organization, statement("*", "organizations:ListRoots"), Tags=tags)
    assert client.list_tags_for_resource(ResourceId=policy)["Tags"] == tags
    client.delete_resource_policy()
    with refused("TargetNotFoundException"):
        client.list_tags_for_resource(ResourceId=policy)
    with refused("ResourcePolicyNotFoundException"):
        client.delete_resource_policy()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Action": "organizations:*"}, "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
        ({"Action": "organizations:CreateAccount"}, "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
        ({"Action": "s3:GetObject"}, "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
        ({"Principal": {"AWS": "999999999999"}}, "INVALID_RESOURCE_POLICY_JSON"),
        ({"NotPrincipal": "*"}, "INVALID_RESOURCE_POLICY_JSON"),
        ({"Effect": "allow"}, "INVALID_RESOURCE_POLICY_JSON"),
    ],
)
def test_documents_that_are_refused(organization, change, reason):
    with refused("InvalidInputException", reason):
        put(organization, {**statement("*", "organizations:ListRoots"), **change})


def test_the_sentence_names_the_action(organization):
    client = organization.client
    with pytest.raises(client.exceptions.InvalidInputException) as caught:
        put(organization, statement("*", ["organizations:ListRoots", "s3:GetObject"]))
    message = caught.value.response["Error"]["Message"]
    assert message == "s3:GetObject is not a supported action for this resource-based policy."


def test_a_member_manages_backup_policies_and_nothing_else(organization, member):
    """In the form of the example in AWS's documentation."""
    org, management, root = organization.id, organization.management, organization.root
    other = create(organization.client, TAG, "other")
    arn = f"arn:aws:organizations::{management}"
    put(
        organization,
        statement({"AWS": f"arn:aws:iam::{member}:root"}, ["organizations:ListRoots", "organizations:DescribeAccount"]),
        statement(
            {"AWS": f"arn:aws:iam::{member}:root"},
            ["organizations:DescribePolicy", "organizations:ListPolicies", "organizations:ListPoliciesForTarget"],
            StringLikeIfExists={"organizations:PolicyType": BACKUP},
        ),
        statement(
            {"AWS": f"arn:aws:iam::{member}:root"},
            [f"organizations:{verb}" for verb in (
                "CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy", "EnablePolicyType",
                "DisablePolicyType",
            )],
            [f"{arn}:root/{org}/{root}", f"{arn}:ou/{org}/*", f"{arn}:account/{org}/*", f"{arn}:policy/{org}/backup_policy/*"],
            StringLikeIfExists={"organizations:PolicyType": BACKUP},
        ),
    )  # fmt: skip
    client = organization.server.client(member)
    client.enable_policy_type(RootId=root, PolicyType=BACKUP)
    policy = create(client, BACKUP, "one")
    client.attach_policy(PolicyId=policy, TargetId=root)
    client.attach_policy(PolicyId=policy, TargetId=member)
    client.update_policy(PolicyId=policy, Name="two")
    assert [p["Id"] for p in client.list_policies(Filter=BACKUP)["Policies"]] == [policy]
    for target in (root, member):
        client.detach_policy(PolicyId=policy, TargetId=target)
    client.delete_policy(PolicyId=policy)
    client.disable_policy_type(RootId=root, PolicyType=BACKUP)
    for call in [
        lambda: create(client, TAG, "three"),
        lambda: create(client, BACKUP, "three", Tags=[{"Key": "a", "Value": "b"}]),
        lambda: client.enable_policy_type(RootId=root, PolicyType=TAG),
        lambda: client.describe_policy(PolicyId=other),
        lambda: client.delete_policy(PolicyId=other),
        lambda: client.list_policies(Filter=TAG),
        lambda: client.describe_resource_policy(),
        lambda: client.put_resource_policy(Content="{}"),
        lambda: client.delete_resource_policy(),
        lambda: client.list_accounts(),
    ]:
        with refused("AccessDeniedException"):
            call()


def test_denials_bind_members_and_not_the_management_account(organization, member):
    put(organization, statement("*", ["organizations:DescribeOrganization", "organizations:List*"], effect="Deny"))
    organization.client.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    organization.client.register_delegated_administrator(AccountId=member, ServicePrincipal="account.amazonaws.com")
    client = organization.server.client(member)
    with refused("AccessDeniedException"):
        client.describe_organization()
    with refused("AccessDeniedException"):
        client.list_accounts()
    assert client.describe_account(AccountId=member)["Account"]["Id"] == member
    assert organization.client.describe_organization()["Organization"]["Id"] == organization.id
    organization.client.delete_resource_policy()
    assert client.describe_organization()["Organization"]["Id"] == organization.id
    assert len(client.list_accounts()["Accounts"]) == 2


def client_of(server, account, region="us-east-1", **config):
    """A client of one's own: of a region, or that says who it is."""
    config = botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}, **config)
    session = server.session(account)
    return session.client("organizations", region_name=region, endpoint_url=server.url, config=config)


def test_where_a_call_comes_from(organization, member):
    """aws:SourceIp is the socket's address, and no header's."""
    client = organization.server.client(member)
    grant = statement("*", "organizations:ListRoots")
    for network, may in (("127.0.0.0/8", True), ("127.0.0.1", True), ("192.0.2.0/24", False), ("::1", False)):
        put(organization, statement("*", "organizations:ListRoots", IpAddress={"aws:SourceIp": network}))
        for headers in ({}, {"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}):
            answer = organization.server.call(member, "ListRoots", headers=headers)
            assert (answer.status == 200) == may, f"{network} {headers}: {answer}"
        elsewhere = {"NotIpAddress": {"aws:SourceIp": network}}
        put(organization, grant, statement("*", "organizations:ListRoots", effect="Deny", **elsewhere))
        if may:
            client.list_roots()
        else:
            with refused("AccessDeniedException"):
                client.list_roots()
        assert organization.client.list_roots()["Roots"]
    # A write, which goes another way through the server.
    elsewhere = statement("*", "organizations:CreatePolicy", effect="Deny", NotIpAddress={"aws:SourceIp": "192.0.2.1"})
    put(organization, statement("*", "organizations:CreatePolicy"), elsewhere)
    with refused("AccessDeniedException"):
        create(client, TAG, "one")
    put(organization, statement("*", "organizations:CreatePolicy", IpAddress={"aws:SourceIp": "127.0.0.1/32"}))
    create(client, TAG, "one")


def test_where_a_call_comes_from_over_ipv6(start):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
    organization = new_organization(start("--ephemeral", listen="[::1]:0"))
    member = new_account(organization.server)
    organization.join(member)
    for network, may in (("::1", True), ("::/64", True), ("127.0.0.1", False), ("2001:db8::/32", False)):
        put(organization, statement("*", "organizations:ListRoots", IpAddress={"aws:SourceIp": network}))
        assert (organization.server.call(member, "ListRoots").status == 200) == may, network


def test_of_which_region_a_call_is(organization, member):
    """aws:RequestedRegion is the region that the request was signed for."""
    server = organization.server
    deny = statement(
        "*", ["organizations:ListRoots", "organizations:CreatePolicy"], effect="Deny",
        StringNotEquals={"aws:RequestedRegion": ["eu-west-1", "us-east-1"]},
    )  # fmt: skip
    put(organization, statement("*", ["organizations:ListRoots", "organizations:CreatePolicy"]), deny)
    for region in ("eu-west-1", "us-east-1"):
        client_of(server, member, region).list_roots()
        create(client_of(server, member, region), TAG, region)
    elsewhere = client_of(server, member, "ap-southeast-2")
    with refused("AccessDeniedException"):
        elsewhere.list_roots()
    with refused("AccessDeniedException"):
        create(elsewhere, TAG, "three")
    client_of(server, organization.management, "ap-southeast-2").list_roots()


def test_what_a_client_says_it_is(organization, member):
    put(organization, statement("*", "organizations:ListRoots", StringLike={"aws:UserAgent": "probe/*"}))
    client_of(organization.server, member, user_agent="probe/1.0").list_roots()
    with refused("AccessDeniedException"):
        client_of(organization.server, member, user_agent="other/1.0").list_roots()
    with refused("AccessDeniedException"):
        organization.server.client(member).list_roots()


def test_the_cli_from_a_region(server, tmp_path):
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    here = {
        "IpAddress": {"aws:SourceIp": "127.0.0.1"},
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
        "StringLike": {"aws:UserAgent": "aws-cli/*"},
    }
    put(organization, statement({"AWS": member}, "organizations:ListRoots", **here))
    aws = Cli(server, tmp_path, member)
    assert aws("list-roots", AWS_DEFAULT_REGION="eu-west-1")["Roots"][0]["Id"] == organization.root
    aws.refused("AccessDeniedException", "list-roots")
    assert aws("list-roots", "--region", "eu-west-1")["Roots"]


def test_the_cli(server, tmp_path):
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    aws = Cli(server, tmp_path, organization.management)
    document = tmp_path / "policy.json"
    document.write_text(json.dumps({"Statement": statement({"AWS": member}, "organizations:DescribePolicy")}))
    aws.refused("ResourcePolicyNotFoundException", "describe-resource-policy")
    made = aws("put-resource-policy", "--content", f"file://{document}", "--tags", "Key=a,Value=b")["ResourcePolicy"]
    assert aws("describe-resource-policy")["ResourcePolicy"] == made
    granted = Cli(server, tmp_path, member)
    assert granted("describe-policy", "--policy-id", "p-FullAWSAccess")["Policy"]["PolicySummary"]["AwsManaged"]
    granted.refused("AccessDeniedException", "list-policies", "--filter", TAG)
    assert aws("delete-resource-policy") is None
    granted.refused("AccessDeniedException", "describe-policy", "--policy-id", "p-FullAWSAccess")
