"""Partitions: an account belongs to one, for good; ARNs, operations and invitations follow it (accounts.md 1.7, 2.2, 3.8)."""

import json

import pytest

from harness import shapes
from harness.server import ControlError
from harness.world import months_on, new_account, new_organization, refused, refuses, snake
from test_model import MUST_BE_THERE

UNSUPPORTED = "UnsupportedAPIEndpointException"
HANDSHAKE_CONSTRAINT = "HandshakeConstraintViolationException"
PARTITIONS = ["aws", "aws-cn", "aws-us-gov"]
OTHERS = [(one, two) for one in PARTITIONS for two in PARTITIONS if one != two]

# Operations that a partition does not have (accounts.md 3.8, policies.md 9), with an input that is in order.
TRANSFERS = {
    "InviteOrganizationToTransferResponsibility": {
        "Type": "BILLING", "Target": {"Id": "111111111111", "Type": "ACCOUNT"}, "StartTimestamp": 1_900_000_000, "SourceName": "x",
    },
    "DescribeResponsibilityTransfer": {"Id": "rt-00000000"},
    "UpdateResponsibilityTransfer": {"Id": "rt-00000000", "Name": "x"},
    "TerminateResponsibilityTransfer": {"Id": "rt-00000000"},
    "ListInboundResponsibilityTransfers": {"Type": "BILLING"},
    "ListOutboundResponsibilityTransfers": {"Type": "BILLING"},
}  # fmt: skip
CREATION = {"Email": "fresh@example.com", "AccountName": "Fresh"}
ACCOUNTS = {
    "CreateAccount": CREATION,
    "CloseAccount": {"AccountId": "111111111111"},
    "DescribeCreateAccountStatus": {"CreateAccountRequestId": "car-" + "0" * 32},
    "ListCreateAccountStatus": {},
}
MISSING = {
    "aws-cn": {**TRANSFERS, "CreateGovCloudAccount": CREATION},
    "aws-us-gov": {**TRANSFERS, **ACCOUNTS, "CreateGovCloudAccount": CREATION},
}


@pytest.mark.parametrize("partition", MISSING)
def test_operations_that_are_not_offered(shared_server, partition):
    organization = new_organization(shared_server, Partition=partition)
    [member] = organization.add_members_of(partition, 1)
    for operation, body in MISSING[partition].items():
        declared = {shape.name for shape in shapes.service_model().operation_model(operation).error_shapes}
        assert UNSUPPORTED in declared, operation
        # Before anything else: whoever calls, and whatever it sends.
        alone = new_account(shared_server, Partition=partition)
        for caller in (organization.management, member, alone):
            for sent in (body, {}):
                refuses(shared_server.call(caller, operation, sent), UNSUPPORTED)


def test_the_others_are(shared_server):
    """What may be missing is declared; everything else is offered everywhere."""
    for partition, missing in MISSING.items():
        caller = new_account(shared_server, Partition=partition)
        for operation in sorted(MUST_BE_THERE - set(missing) - {"CreateOrganization"}):
            assert shared_server.call(caller, operation, {}).code != UNSUPPORTED, operation


@pytest.mark.parametrize("partition", PARTITIONS)
def test_arns(server, partition):
    organization = new_organization(server, Partition=partition)
    client, prefix = organization.client, f"arn:{partition}:organizations::{organization.management}"
    [member] = organization.add_members_of(partition, 1)
    described = client.describe_organization()["Organization"]
    assert described["Arn"] == f"{prefix}:organization/{organization.id}"
    assert described["MasterAccountArn"] == f"{prefix}:account/{organization.id}/{organization.management}"
    assert client.list_roots()["Roots"][0]["Arn"] == f"{prefix}:root/{organization.id}/{organization.root}"
    for account in client.list_accounts()["Accounts"]:
        assert account["Arn"] == f"{prefix}:account/{organization.id}/{account['Id']}"
    unit = client.create_organizational_unit(ParentId=organization.root, Name="Unit")["OrganizationalUnit"]
    assert unit["Arn"] == f"{prefix}:ou/{organization.id}/{unit['Id']}"
    handshake = organization.invite(new_account(server, Partition=partition))
    assert handshake["Arn"] == f"{prefix}:handshake/{organization.id}/invite/{handshake['Id']}"
    organization.trust("config.amazonaws.com")
    client.register_delegated_administrator(AccountId=member, ServicePrincipal="config.amazonaws.com")
    [row] = client.list_delegated_administrators()["DelegatedAdministrators"]
    assert row["Arn"] == f"{prefix}:account/{organization.id}/{member}"
    assert server.client(member, "sts").get_caller_identity()["Arn"] == f"arn:{partition}:iam::{member}:root"
    roles = server.account(member)["Roles"]
    assert roles and all(role["Arn"].startswith(f"arn:{partition}:iam::{member}:role/") for role in roles)
    # No other partition shows anywhere.
    for operation in ("describe_organization", "list_accounts", "list_roots", "list_handshakes_for_organization"):
        answer = json.dumps(getattr(client, operation)(), default=str)
        assert answer.count('"arn:') == answer.count(f'"arn:{partition}:')


@pytest.mark.parametrize("partition", PARTITIONS)
def test_feature_sets(shared_server, partition):
    """GovCloud has all features only."""
    account = new_account(shared_server, Partition=partition)
    create = shared_server.client(account).create_organization
    if partition == "aws-us-gov":
        with refused("ConstraintViolationException", "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION"):
            create(FeatureSet="CONSOLIDATED_BILLING")
        assert create()["Organization"]["FeatureSet"] == "ALL"
    else:
        assert create(FeatureSet="CONSOLIDATED_BILLING")["Organization"]["FeatureSet"] == "CONSOLIDATED_BILLING"


@pytest.mark.parametrize(("own", "other"), OTHERS)
def test_nobody_is_invited_across(shared_server, own, other):
    organization = new_organization(shared_server, Partition=own)
    stranger = new_account(shared_server, Partition=other)
    over = (HANDSHAKE_CONSTRAINT, "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD")
    with refused(*over):
        organization.invite(stranger)
    # By address it is refused when it is accepted.
    handshake = organization.invite(f"owner-{stranger}@example.com")["Id"]
    with refused(*over):
        shared_server.client(stranger).accept_handshake(HandshakeId=handshake)
    assert organization.member_ids() == [organization.management]


def test_a_created_account_is_where_its_organization_is(server):
    organization = new_organization(server, Partition="aws-cn")
    done = organization.create("fresh@example.com")
    account = server.account(done["AccountId"])
    assert account["Partition"] == "aws-cn"
    assert account["Roles"][0]["Trusts"] == f"arn:aws-cn:iam::{organization.management}:root"
    organization.client.close_account(AccountId=done["AccountId"])


def test_a_member_keeps_its_partition(server, organization):
    [member] = organization.add_members(1)
    with pytest.raises(ControlError) as caught:
        server.facts(member, Partition="aws-cn")
    assert caught.value.status == 400
    organization.client.remove_account_from_organization(AccountId=member)
    assert server.facts(member, Partition="aws-cn")["Partition"] == "aws-cn"
    with pytest.raises(ControlError):
        server.facts(member, Partition="aws-mars")


def test_bills_stay_in_a_partition(server, organization):
    there = new_organization(server, Partition="aws-cn")
    start = months_on(server.now(), 2)
    with refused(HANDSHAKE_CONSTRAINT, "TARGET_ACCOUNT_VALIDATION_FAILURE"):
        organization.invite_to_transfer(there.management, start)
    handshake = organization.invite_to_transfer(f"owner-{there.management}@example.com", start)["Id"]
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD"):
        there.client.accept_handshake(HandshakeId=handshake)


def test_every_name_here_is_an_operation():
    for operation in {name for missing in MISSING.values() for name in missing}:
        assert operation in MUST_BE_THERE and snake(operation)
