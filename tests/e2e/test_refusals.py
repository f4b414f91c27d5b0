"""Every refusal of the 46 operations that can happen, by who calls and by what is asked: code, Reason, and the known text.

Tables first; each row is one refusal. Input checks that follow from the model are test_model.py's.
"""

from dataclasses import dataclass

import pytest

from harness.server import fresh_account
from harness.world import months_on, new_account, new_organization, refused, refuses, resources, snake, target
from test_model import MUST_BE_THERE

NOT_IN_USE = "AWSOrganizationsNotInUseException"
DENIED = "AccessDeniedException"
ALREADY = "AlreadyInOrganizationException"
MASTER = "MasterCannotLeaveOrganizationException"
NO_HANDSHAKE = "HandshakeNotFoundException"
CONSTRAINT = "ConstraintViolationException"
HANDSHAKE_CONSTRAINT = "HandshakeConstraintViolationException"
INVALID = "InvalidInputException"
TRANSITION = "InvalidHandshakeTransitionException"
IN_STATE = "HandshakeAlreadyInStateException"

UNKNOWN_HANDSHAKE = "h-" + "0" * 32

# Operation -> (input, standalone, member, delegated administrator, management): the refusal of each kind of caller with an
# input in order, or None where that caller may. accounts.md section 9.1, policies.md section 7.1. `{…}` names a part of the
# world below; bare codes may be followed by a reason.
NO_UNIT = "OrganizationalUnitNotFoundException"
NO_POLICY = "p-0000000000"
NO_EFFECTIVE = "EffectivePolicyNotFoundException"
NO_TRANSFER = "ResponsibilityTransferNotFoundException"
CLOSED_TO_DELEGATES = (CONSTRAINT, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
SERVICE = {"ServicePrincipal": "config.amazonaws.com"}
NEXT_MONTH = "{next_month}"


def managed(body, management=None):
    """By the management account alone."""
    return body, NOT_IN_USE, DENIED, DENIED, management


def read(body, management=None):
    """By the management account and any delegated administrator."""
    return body, NOT_IN_USE, DENIED, management, management


def by_anybody(code=None):
    return lambda body: (body, code, code, code, code)


unknown = by_anybody(NO_HANDSHAKE)

BY_CALLER = {
    "CreateOrganization": ({}, None, ALREADY, ALREADY, ALREADY),
    "DescribeOrganization": ({}, NOT_IN_USE, None, None, None),
    "DeleteOrganization": managed({}, "OrganizationNotEmptyException"),
    "EnableAllFeatures": managed({}, (HANDSHAKE_CONSTRAINT, "ORGANIZATION_ALREADY_HAS_ALL_FEATURES")),
    "LeaveOrganization": ({}, NOT_IN_USE, None, CLOSED_TO_DELEGATES, MASTER),
    "RemoveAccountFromOrganization": managed({"AccountId": "{second}"}),
    "InviteAccountToOrganization": managed({"Target": {"Id": "{other}", "Type": "ACCOUNT"}}),
    "AcceptHandshake": unknown({"HandshakeId": UNKNOWN_HANDSHAKE}),
    "DeclineHandshake": unknown({"HandshakeId": UNKNOWN_HANDSHAKE}),
    "CancelHandshake": unknown({"HandshakeId": UNKNOWN_HANDSHAKE}),
    "DescribeHandshake": unknown({"HandshakeId": UNKNOWN_HANDSHAKE}),
    "ListHandshakesForAccount": by_anybody()({}),
    "ListHandshakesForOrganization": read({}),
    "ListAccounts": read({}),
    "DescribeAccount": read({"AccountId": "{second}"}),
    "ListRoots": read({}),
    "ListParents": read({"ChildId": "{second}"}),
    "ListChildren": read({"ParentId": "{root}", "ChildType": "ACCOUNT"}),
    "ListAccountsForParent": read({"ParentId": "{root}"}),
    "TagResource": managed({"ResourceId": "{second}", "Tags": [{"Key": "k", "Value": "v"}]}),
    "UntagResource": managed({"ResourceId": "{second}", "TagKeys": ["k"]}),
    "ListTagsForResource": read({"ResourceId": "{second}"}),
    "CreateAccount": managed({"Email": "{address}", "AccountName": "Fresh"}),
    "CreateGovCloudAccount": managed(
        {"Email": "{address}", "AccountName": "Fresh"}, (CONSTRAINT, "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED")
    ),
    "DescribeCreateAccountStatus": read({"CreateAccountRequestId": "{request}"}),
    "ListCreateAccountStatus": read({}),
    "CloseAccount": managed({"AccountId": "{second}"}),
    "CreateOrganizationalUnit": managed({"ParentId": "{root}", "Name": "Another"}),
    "DescribeOrganizationalUnit": read({"OrganizationalUnitId": "{unit}"}),
    "UpdateOrganizationalUnit": managed({"OrganizationalUnitId": "{unit}", "Name": "Renamed"}),
    "DeleteOrganizationalUnit": managed({"OrganizationalUnitId": "{unit}"}),
    "ListOrganizationalUnitsForParent": read({"ParentId": "{root}"}),
    "MoveAccount": managed({"AccountId": "{second}", "SourceParentId": "{root}", "DestinationParentId": "{unit}"}),
    "EnableAWSServiceAccess": managed(SERVICE),
    "DisableAWSServiceAccess": managed(SERVICE),
    "ListAWSServiceAccessForOrganization": read({}),
    "RegisterDelegatedAdministrator": managed({"AccountId": "{second}", "ServicePrincipal": "guardduty.amazonaws.com"}),
    "DeregisterDelegatedAdministrator": managed({"AccountId": "{delegate}", "ServicePrincipal": "guardduty.amazonaws.com"}),
    "ListDelegatedAdministrators": read({}),
    "ListDelegatedServicesForAccount": read({"AccountId": "{delegate}"}),
    "InviteOrganizationToTransferResponsibility": managed(
        {"Type": "BILLING", "Target": {"Id": "{peer}", "Type": "ACCOUNT"}, "StartTimestamp": NEXT_MONTH, "SourceName": "Peer"}
    ),
    "DescribeResponsibilityTransfer": managed({"Id": "{transfer}"}),
    "UpdateResponsibilityTransfer": managed({"Id": "{transfer}", "Name": "Renamed"}),
    # It was never agreed.
    "TerminateResponsibilityTransfer": managed({"Id": "{transfer}"}, "InvalidResponsibilityTransferTransitionException"),
    "ListInboundResponsibilityTransfers": managed({"Type": "BILLING"}),
    "ListOutboundResponsibilityTransfers": managed({"Type": "BILLING"}),
    "CreatePolicy": managed({"Type": "TAG_POLICY", "Name": "Tags", "Description": "", "Content": '{{"tags":{{}}}}'}),
    "UpdatePolicy": managed({"PolicyId": NO_POLICY}, "PolicyNotFoundException"),
    "DeletePolicy": managed({"PolicyId": NO_POLICY}, "PolicyNotFoundException"),
    "DescribePolicy": read({"PolicyId": "p-FullAWSAccess"}),
    "ListPolicies": read({"Filter": "SERVICE_CONTROL_POLICY"}),
    "AttachPolicy": managed({"PolicyId": "p-FullAWSAccess", "TargetId": "{root}"}, "PolicyTypeNotEnabledException"),
    "DetachPolicy": managed({"PolicyId": "p-FullAWSAccess", "TargetId": "{root}"}, "PolicyNotAttachedException"),
    "ListPoliciesForTarget": read({"TargetId": "{root}", "Filter": "SERVICE_CONTROL_POLICY"}),
    "ListTargetsForPolicy": read({"PolicyId": "p-FullAWSAccess"}),
    "EnablePolicyType": managed({"RootId": "{root}", "PolicyType": "TAG_POLICY"}),
    "DisablePolicyType": managed({"RootId": "{root}", "PolicyType": "BACKUP_POLICY"}, "PolicyTypeNotEnabledException"),
    # Every account may ask for its own.
    "DescribeEffectivePolicy": ({"PolicyType": "CHATBOT_POLICY"}, NOT_IN_USE, NO_EFFECTIVE, NO_EFFECTIVE, NO_EFFECTIVE),
    "ListAccountsWithInvalidEffectivePolicy": read({"PolicyType": "CHATBOT_POLICY"}, NO_EFFECTIVE),
    "ListEffectivePolicyValidationErrors": read({"PolicyType": "CHATBOT_POLICY", "AccountId": "{second}"}, NO_EFFECTIVE),
    "PutResourcePolicy": managed({"Content": "{{}}"}, (INVALID, "INVALID_RESOURCE_POLICY_JSON")),
    "DescribeResourcePolicy": read({}, "ResourcePolicyNotFoundException"),
    "DeleteResourcePolicy": managed({}, "ResourcePolicyNotFoundException"),
}  # fmt: skip
CALLERS = ["standalone", "member", "delegate", "management"]


def filled(value, names):
    if isinstance(value, dict):
        return {key: filled(member, names) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member, names) for member in value]
    if value == NEXT_MONTH:
        return names["next_month"]
    return value.format(**names) if isinstance(value, str) else value


def boto_call(client, operation, body):
    return getattr(client, snake(operation))(**body)


@dataclass
class Stage:
    """One organization with something of everything in it. Nobody who is let through disturbs the others."""

    organization: object
    callers: list
    names: dict


def next_month(server):
    return months_on(server.now(), 2)


def stage(server):
    organization, peer, second_peer = (new_organization(server) for _ in range(3))
    member, second, delegate = organization.add_members(3)
    organization.trust("guardduty.amazonaws.com")
    client = organization.client
    client.register_delegated_administrator(AccountId=delegate, ServicePrincipal="guardduty.amazonaws.com")
    address = f"fresh-{organization.management}@example.com"
    request = client.create_account(Email=f"first-{address}", AccountName="First")["CreateAccountStatus"]["Id"]
    invitation = organization.invite_to_transfer(second_peer.management, next_month(server))
    [transfer] = resources(invitation, "RESPONSIBILITY_TRANSFER")
    names = {
        "second": second,
        "delegate": delegate,
        "other": new_account(server),
        "root": organization.root,
        "unit": organization.unit("Unit"),
        "address": address,
        "request": request,
        "peer": peer.management,
        "transfer": transfer,
        "next_month": int(next_month(server).timestamp()),
    }
    return Stage(organization, [new_account(server), member, delegate, organization.management], names)


@pytest.mark.parametrize("position", range(4), ids=CALLERS)
@pytest.mark.parametrize("operation", BY_CALLER)
def test_by_caller(shared_server, operation, position):
    world = stage(shared_server)
    body, *codes = BY_CALLER[operation]
    client, code = shared_server.client(world.callers[position]), codes[position]
    body = filled(body, world.names)
    if code is None:
        boto_call(client, operation, body)
    else:
        with refused(*((code,) if isinstance(code, str) else code)):
            boto_call(client, operation, body)


def test_every_operation_has_its_row():
    assert set(BY_CALLER) == MUST_BE_THERE


@pytest.mark.parametrize("operation", [name for name, row in BY_CALLER.items() if row[1] == NOT_IN_USE])
def test_membership_is_checked_before_input(shared_server, operation):
    """A standalone account learns that it is in no organization, whatever nonsense it sends."""
    answer = shared_server.call(
        new_account(shared_server), operation, {"MaxResults": 0, "AccountId": "?", "Target": {}}
    )
    refuses(answer, NOT_IN_USE)


# What exists, but elsewhere or not at all, asked by the management account.
ELSEWHERE = [
    ("DescribeAccount", {"AccountId": "{foreign}"}, "AccountNotFoundException"),
    ("DescribeAccount", {"AccountId": "{nobody}"}, "AccountNotFoundException"),
    ("DescribeAccount", {"AccountId": "{invited}"}, "AccountNotFoundException"),
    ("RemoveAccountFromOrganization", {"AccountId": "{foreign}"}, "AccountNotFoundException"),
    ("RemoveAccountFromOrganization", {"AccountId": "{nobody}"}, "AccountNotFoundException"),
    ("RemoveAccountFromOrganization", {"AccountId": "{invited}"}, "AccountNotFoundException"),
    ("RemoveAccountFromOrganization", {"AccountId": "{management}"}, MASTER),
    ("ListParents", {"ChildId": "{foreign}"}, "ChildNotFoundException"),
    ("ListParents", {"ChildId": "{nobody}"}, "ChildNotFoundException"),
    ("ListParents", {"ChildId": "ou-abcd-12345678"}, "ChildNotFoundException"),
    ("ListChildren", {"ParentId": "{foreign_root}", "ChildType": "ACCOUNT"}, "ParentNotFoundException"),
    ("ListChildren", {"ParentId": "ou-abcd-12345678", "ChildType": "ACCOUNT"}, "ParentNotFoundException"),
    ("ListAccountsForParent", {"ParentId": "{foreign_root}"}, "ParentNotFoundException"),
    ("ListAccountsForParent", {"ParentId": "r-zzzzz"}, "ParentNotFoundException"),
    ("TagResource", {"ResourceId": "{foreign}", "Tags": [{"Key": "k", "Value": ""}]}, "TargetNotFoundException"),
    ("TagResource", {"ResourceId": "{foreign_root}", "Tags": []}, "TargetNotFoundException"),
    ("UntagResource", {"ResourceId": "{invited}", "TagKeys": ["k"]}, "TargetNotFoundException"),
    ("UntagResource", {"ResourceId": "ou-abcd-12345678", "TagKeys": []}, "TargetNotFoundException"),
    ("ListTagsForResource", {"ResourceId": "{nobody}"}, "TargetNotFoundException"),
    ("ListTagsForResource", {"ResourceId": "p-12345678"}, "TargetNotFoundException"),
    ("ListTagsForResource", {"ResourceId": "rp-a1b2c3d4"}, "TargetNotFoundException"),
    ("ListTagsForResource", {"ResourceId": "rt-5ipg3ess"}, "TargetNotFoundException"),
]


@pytest.mark.parametrize(
    ("operation", "body", "code"), ELSEWHERE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_elsewhere(shared_server, operation, body, code):
    server = shared_server
    organization, foreign = new_organization(server), new_organization(server)
    [member] = foreign.add_members(1)
    invited = new_account(server)
    organization.invite(invited)
    names = {
        "foreign": member,
        "foreign_root": foreign.root,
        "nobody": fresh_account(),
        "invited": invited,
        "management": organization.management,
    }
    with refused(code):
        boto_call(organization.client, operation, filled(body, names))


# Input that the model alone does not forbid.
BAD_INPUT = [
    ("TagResource", {"ResourceId": "{root}", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}]}, "DUPLICATE_TAG_KEY"),
    ("TagResource", {"ResourceId": "{root}", "Tags": [{"Key": "aws:x", "Value": "1"}]}, "INVALID_SYSTEM_TAGS_PARAMETER"),
    ("TagResource", {"ResourceId": "arn:aws:organizations::1:root", "Tags": []}, "INVALID_PATTERN:RESOURCE_ID"),
    ("ListTagsForResource", {"ResourceId": "{arn}"}, "INVALID_PATTERN:RESOURCE_ID"),
    ("ListParents", {"ChildId": "{root}"}, "INVALID_PATTERN:CHILD_ID"),
    ("ListChildren", {"ParentId": "{management}", "ChildType": "ACCOUNT"}, "INVALID_PATTERN:PARENT_ID"),
    # The alternatives of the model's patterns are closed at both ends.
    ("ListParents", {"ChildId": "{management}x"}, "INVALID_PATTERN:CHILD_ID"),
    ("ListAccountsForParent", {"ParentId": "x{root}"}, "INVALID_PATTERN:PARENT_ID"),
    ("ListHandshakesForOrganization", {"Filter": {"ActionType": "INVITE", "ParentHandshakeId": UNKNOWN_HANDSHAKE}}, "MAX_LIMIT_EXCEEDED_FILTER"),
    ("ListHandshakesForAccount", {"Filter": {"ActionType": "INVITE", "ParentHandshakeId": UNKNOWN_HANDSHAKE}}, "MAX_LIMIT_EXCEEDED_FILTER"),
    ("CreateOrganization", {"FeatureSet": "FULL"}, "INVALID_ENUM:FEATURE_SET"),
    # InviteAccountToOrganization: observed.md rows 2 and 6.
    ("InviteAccountToOrganization", {}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": None}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": {}}, "INVALID_PARTY_TYPE_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "o-aaaaaaaaaa", "Type": "ORGANIZATION"}}, "INVALID_PARTY_TYPE_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "12345678901", "Type": "ACCOUNT"}}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": {"Id": "1234567890123", "Type": "ACCOUNT"}}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan@example.com", "Type": "ACCOUNT"}}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan", "Type": "EMAIL"}}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan@example", "Type": "EMAIL"}}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan perez@example.com", "Type": "EMAIL"}}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "a@b@example.com", "Type": "EMAIL"}}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Type": "ACCOUNT"}}, "INVALID_PATTERN"),
    ("InviteAccountToOrganization", {"Target": {"Type": "EMAIL"}}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan@example.com"}}, "INVALID_PARTY_TYPE_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "juan@example.com", "Type": "PHONE"}}, "INVALID_PARTY_TYPE_TARGET"),
    ("InviteAccountToOrganization", {"Target": {"Id": "{other}", "Type": "ACCOUNT"}, "Tags": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": "b"}]}, "DUPLICATE_TAG_KEY"),
    ("InviteAccountToOrganization", {"Target": {"Id": "{other}", "Type": "ACCOUNT"}, "Tags": [{"Key": "aws:a", "Value": ""}]}, "INVALID_SYSTEM_TAGS_PARAMETER"),
    ("InviteAccountToOrganization", {"Target": {"Id": "{other}", "Type": "ACCOUNT"}, "Notes": "<script>alert(1)</script>"}, "INVALID_PATTERN:NOTES"),
    # The input comes before what is known about the target.
    ("InviteAccountToOrganization", {"Target": {"Id": "{management}", "Type": "ACCOUNT"}, "Notes": "x" * 1025}, "MAX_LENGTH_EXCEEDED:NOTES"),
    ("InviteAccountToOrganization", {"Target": {"Id": "{management}", "Type": "ACCOUNT"}, "Tags": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": "b"}]}, "DUPLICATE_TAG_KEY"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "body", "reason"), BAD_INPUT, ids=[f"{row[0]}-{row[2]}" for row in BAD_INPUT])
def test_bad_input(shared_server, operation, body, reason):
    server = shared_server
    organization = new_organization(server)
    names = {
        "root": organization.root,
        "arn": f"arn:aws:organizations::{organization.management}:root/{organization.id}/{organization.root}",
        "management": organization.management,
        "other": new_account(server),
    }
    caller = new_account(server) if operation == "CreateOrganization" else organization.management
    refuses(server.call(caller, operation, filled(body, names)), INVALID, reason)


# Handshakes: every transition by every party in every state (accounts.md section 5.2, observed.md row 11).

ENDINGS = ["OPEN", "ACCEPTED", "DECLINED", "CANCELED", "EXPIRED"]
HANDSHAKE_CALLS = {"AcceptHandshake": "ACCEPTED", "DeclineHandshake": "DECLINED", "CancelHandshake": "CANCELED"}


def brought_to(server, organization, account, state):
    handshake = organization.invite(account)["Id"]
    if state == "ACCEPTED":
        server.client(account).accept_handshake(HandshakeId=handshake)
    elif state == "DECLINED":
        server.client(account).decline_handshake(HandshakeId=handshake)
    elif state == "CANCELED":
        organization.client.cancel_handshake(HandshakeId=handshake)
    elif state == "EXPIRED":
        server.advance("15d")
    seen = organization.client.describe_handshake(HandshakeId=handshake)["Handshake"]
    assert seen["State"] == state
    return handshake


@pytest.mark.parametrize("state", ENDINGS)
@pytest.mark.parametrize("operation", HANDSHAKE_CALLS)
def test_transitions(server, operation, state):
    organization, account = new_organization(server), new_account(server)
    handshake = brought_to(server, organization, account, state)
    sender, recipient = organization.management, account
    right, wrong = (sender, recipient) if operation == "CancelHandshake" else (recipient, sender)
    body = {"HandshakeId": handshake}

    for stranger in (new_account(server), new_organization(server).management):
        with refused(NO_HANDSHAKE):
            boto_call(server.client(stranger), operation, body)
        with refused(NO_HANDSHAKE):
            boto_call(server.client(stranger), "DescribeHandshake", body)
    with refused(DENIED):
        boto_call(server.client(wrong), operation, body)
    if state == "OPEN":
        changed = boto_call(server.client(right), operation, body)["Handshake"]["State"]
        assert changed == HANDSHAKE_CALLS[operation]
        return
    with refused(IN_STATE if HANDSHAKE_CALLS[operation] == state else TRANSITION):
        boto_call(server.client(right), operation, body)
    # Nothing changed.
    seen = organization.client.describe_handshake(HandshakeId=handshake)["Handshake"]
    assert seen["State"] == state


def test_a_fellow_member_is_a_stranger(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    [member] = organization.add_members(1)
    handshake = organization.invite(account)["Id"]
    for operation in [*HANDSHAKE_CALLS, "DescribeHandshake"]:
        with refused(NO_HANDSHAKE):
            boto_call(shared_server.client(member), operation, {"HandshakeId": handshake})


# CreateOrganization by facts about the caller.
FOUNDERS = [
    ({"PaymentInstrument": False}, "ALL", "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"),
    ({"PaymentInstrument": False}, "CONSOLIDATED_BILLING", "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"),
    ({"PhoneVerified": False}, "ALL", "ACCOUNT_CREATION_NOT_COMPLETE"),
    ({"CustomerAgreement": False}, "ALL", "ACCOUNT_CREATION_NOT_COMPLETE"),
    ({"Partition": "aws-us-gov"}, "CONSOLIDATED_BILLING", "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION"),
]


@pytest.mark.parametrize(
    ("facts", "features", "reason"), FOUNDERS, ids=[f"{next(iter(row[0]))}-{row[1]}" for row in FOUNDERS]
)
def test_founding(shared_server, facts, features, reason):
    account = new_account(shared_server)
    shared_server.facts(account, **facts)
    with refused(CONSTRAINT, reason):
        shared_server.client(account).create_organization(FeatureSet=features)
    with refused(NOT_IN_USE):
        shared_server.client(account).describe_organization()
    # As soon as the fact changes, it may.
    shared_server.facts(account, PaymentInstrument=True, PhoneVerified=True, CustomerAgreement=True, Partition="aws")
    shared_server.client(account).create_organization(FeatureSet=features)


def test_an_unverified_address_may_found_but_not_invite(shared_server):
    organization = new_organization(shared_server, EmailVerified=False)
    account = new_account(shared_server)
    with refused("AccountOwnerNotVerifiedException"):
        organization.invite(account)
    assert organization.client.list_handshakes_for_organization()["Handshakes"] == []
    assert shared_server.mail(to=f"owner-{account}@example.com") == []
    shared_server.facts(organization.management, EmailVerified=True)
    assert organization.invite(account)["State"] == "OPEN"


# Leaving and being removed, by facts about the member.
DEPARTURES = [
    ({"PaymentInstrument": False}, "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"),
    ({"PhoneVerified": False}, "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION"),
    ({"CustomerAgreement": False}, "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA"),
]


@pytest.mark.parametrize("way", ["leave", "remove"])
@pytest.mark.parametrize(("facts", "reason"), DEPARTURES, ids=[row[1] for row in DEPARTURES])
def test_departing(shared_server, way, facts, reason):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    shared_server.facts(member, **facts)

    def depart():
        if way == "leave":
            shared_server.client(member).leave_organization()
        else:
            organization.client.remove_account_from_organization(AccountId=member)

    with refused(CONSTRAINT, reason):
        depart()
    assert member in organization.member_ids()
    shared_server.facts(member, **{name: True for name in facts})
    depart()
    assert member not in organization.member_ids()


# InviteAccountToOrganization by facts about either side.


def test_management_without_payment_instrument(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    shared_server.facts(organization.management, PaymentInstrument=False)
    with refused(HANDSHAKE_CONSTRAINT, "PAYMENT_INSTRUMENT_REQUIRED"):
        organization.invite(account)


def test_inviting_into_another_partition(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    shared_server.facts(account, Partition="aws-cn")
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD"):
        organization.invite(account)


def test_another_seller_of_record_is_no_obstacle(shared_server):
    """accounts.md section 15, row 9: only the partition must match."""
    organization, account = new_organization(shared_server), new_account(shared_server)
    shared_server.facts(account, SellerOfRecord="AWS India")
    organization.join(account)
    assert account in organization.member_ids()


def test_the_first_hour(server, account):
    organization = new_organization(server)
    server.limits(organization.id, FirstHour=True)
    server.freeze()
    with refused("FinalizingOrganizationException"):
        organization.invite(account)
    server.advance("1h")
    assert organization.invite(account)["State"] == "OPEN"


def test_duplicates(shared_server):
    organization = new_organization(shared_server)
    account = new_account(shared_server, email=f"dup-{organization.management}@example.com")
    organization.invite(account)
    with refused("DuplicateHandshakeException"):
        organization.invite(account)
    address = f"nobody-{account}@example.com"
    organization.invite(address)
    with refused("DuplicateHandshakeException"):
        organization.invite(address)
    # Another organization may.
    assert new_organization(shared_server).invite(account)["State"] == "OPEN"


@pytest.mark.parametrize("who", ["member", "management"])
def test_who_is_here_already(shared_server, who):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    invited = member if who == "member" else organization.management
    with refused(HANDSHAKE_CONSTRAINT, "ALREADY_IN_AN_ORGANIZATION"):
        organization.invite(invited)


def test_account_quota(shared_server):
    organization = new_organization(shared_server)
    shared_server.limits(organization.id, Accounts=3)
    first, second, third = (new_account(shared_server) for _ in range(3))
    handshake = organization.invite(first)["Id"]  # management + 1 open
    organization.join(second)  # + 1 member
    over = (HANDSHAKE_CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    with refused(*over):
        organization.invite(third)
    organization.client.cancel_handshake(HandshakeId=handshake)
    organization.invite(third)
    with refused(*over):
        organization.invite(first)
    shared_server.limits(organization.id, Accounts=4)
    organization.invite(first)


@pytest.mark.parametrize("ending", ["DECLINED", "EXPIRED"])
def test_account_quota_is_given_back(server, ending):
    organization = new_organization(server)
    server.limits(organization.id, Accounts=2)
    brought_to(server, organization, new_account(server), ending)
    assert organization.invite(new_account(server))["State"] == "OPEN"


def test_a_quota_lowered_before_the_acceptance(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    handshake = organization.invite(account)["Id"]
    shared_server.limits(organization.id, Accounts=1)
    with refused(HANDSHAKE_CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"):
        shared_server.client(account).accept_handshake(HandshakeId=handshake)
    shared_server.limits(organization.id, Accounts=2)
    shared_server.client(account).accept_handshake(HandshakeId=handshake)


def test_invitations_per_day(server):
    organization = new_organization(server)
    server.limits(organization.id, InvitationsPerDay=2)
    server.freeze()
    over = (HANDSHAKE_CONSTRAINT, "HANDSHAKE_RATE_LIMIT_EXCEEDED")
    organization.join(new_account(server))  # an accepted one does not count
    canceled = organization.invite(new_account(server))["Id"]
    organization.client.cancel_handshake(HandshakeId=canceled)  # a canceled one does
    organization.invite(new_account(server))
    with refused(*over):
        organization.invite(new_account(server))
    server.advance("86399s")
    with refused(*over):
        organization.invite(new_account(server))
    server.advance("1s")
    assert organization.invite(new_account(server))["State"] == "OPEN"


def test_tag_limit(shared_server):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    over = (CONSTRAINT, "MAX_TAG_LIMIT_EXCEEDED")
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    with refused(*over):
        organization.client.tag_resource(ResourceId=member, Tags=tags)
    assert organization.client.list_tags_for_resource(ResourceId=member)["Tags"] == []
    organization.client.tag_resource(ResourceId=member, Tags=tags[:50])
    with refused(*over):
        organization.client.tag_resource(ResourceId=member, Tags=tags[50:])
    organization.client.tag_resource(ResourceId=member, Tags=[{"Key": "k0", "Value": "new"}])
    with refused(*over):
        organization.invite(new_account(shared_server), Tags=tags)
    assert organization.invite(new_account(shared_server), Tags=tags[:50])["State"] == "OPEN"


# AcceptHandshake by what changed since the invitation.


def test_accepting_without_payment_instrument(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    handshake = organization.invite(account)["Id"]
    shared_server.facts(account, PaymentInstrument=False)
    with refused(HANDSHAKE_CONSTRAINT, "PAYMENT_INSTRUMENT_REQUIRED"):
        shared_server.client(account).accept_handshake(HandshakeId=handshake)
    shared_server.facts(account, PaymentInstrument=True)
    shared_server.client(account).accept_handshake(HandshakeId=handshake)


def test_accepting_from_another_partition(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    handshake = organization.invite(account)["Id"]
    shared_server.facts(account, Partition="aws-us-gov")
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD"):
        shared_server.client(account).accept_handshake(HandshakeId=handshake)


def test_accepting_from_an_unverified_inviter(shared_server):
    organization, account = new_organization(shared_server), new_account(shared_server)
    handshake = organization.invite(account)["Id"]
    shared_server.facts(organization.management, EmailVerified=False)
    with refused(HANDSHAKE_CONSTRAINT, "MANAGEMENT_ACCOUNT_EMAIL_NOT_VERIFIED"):
        shared_server.client(account).accept_handshake(HandshakeId=handshake)
    seen = shared_server.client(account).describe_handshake(HandshakeId=handshake)["Handshake"]
    assert seen["State"] == "OPEN"


def test_accepting_as_a_member_by_address(shared_server):
    """observed.md rows 13 and 14: not refused when sent; refused when accepted, but the handshake becomes ACCEPTED."""
    organization = new_organization(shared_server)
    account = fresh_account()
    address = f"owner-{account}@example.com"
    new_account(shared_server, account, email=address)
    organization.join(account)
    handshake = organization.invite(address)
    assert [party["Id"] for party in handshake["Parties"] if party["Type"] == "EMAIL"] == [address]

    with refused(HANDSHAKE_CONSTRAINT, "ALREADY_IN_AN_ORGANIZATION"):
        shared_server.client(account).accept_handshake(HandshakeId=handshake["Id"])
    for caller in (account, organization.management):
        seen = shared_server.client(caller).describe_handshake(HandshakeId=handshake["Id"])["Handshake"]
        assert seen["State"] == "ACCEPTED"
        parties = sorted((party["Type"], party["Id"]) for party in seen["Parties"])
        assert parties == [("ACCOUNT", account), ("ORGANIZATION", organization.id.removeprefix("o-"))]
        assert [entry["Value"] for entry in seen["Resources"] if entry["Type"] == "EMAIL"] == [address]
    with refused(IN_STATE):
        shared_server.client(account).accept_handshake(HandshakeId=handshake["Id"])


def test_a_management_account_may_not_move(server):
    organization, other = new_organization(server), new_organization(server)
    server.advance("8d")
    handshake = organization.invite(other.management)["Id"]
    with refused(MASTER):
        server.client(other.management).accept_handshake(HandshakeId=handshake)
    # When its own organization is gone, it may.
    other.client.delete_organization()
    server.client(other.management).accept_handshake(HandshakeId=handshake)
    assert other.management in organization.member_ids()


def test_moving_into_a_young_organization(server):
    """accounts.md section 5.7: not into an organization younger than seven days."""
    old, young, account = new_organization(server), new_organization(server), new_account(server)
    old.join(account)
    server.limits(young.id, FirstWeek=True)
    server.freeze()
    handshake = young.invite(account)["Id"]
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_MEMBERSHIP_CHANGE_RATE_LIMIT_EXCEEDED"):
        server.client(account).accept_handshake(HandshakeId=handshake)
    assert account in old.member_ids()
    server.advance("7d")
    server.client(account).accept_handshake(HandshakeId=handshake)
    assert account in young.member_ids()
    assert account not in old.member_ids()


def test_moving_twice_leaves_one_membership(server):
    organizations = [new_organization(server) for _ in range(3)]
    account = new_account(server)
    server.advance("8d")
    handshakes = [organization.invite(account)["Id"] for organization in organizations]
    for handshake in handshakes:
        server.client(account).accept_handshake(HandshakeId=handshake)
    assert [account in organization.member_ids() for organization in organizations] == [False, False, True]


def test_a_suspended_member_shows(shared_server):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    shared_server.facts(member, Suspended=True)
    seen = organization.client.describe_account(AccountId=member)["Account"]
    assert (seen["State"], seen["Status"]) == ("SUSPENDED", "SUSPENDED")
    with refused("OrganizationNotEmptyException"):
        organization.client.delete_organization()


def test_a_refusal_changes_nothing(server):
    """After a refused invitation: no handshake, no mail, no slot taken."""
    organization, account = new_organization(server), new_account(server)
    server.limits(organization.id, Accounts=1)
    with refused(HANDSHAKE_CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"):
        organization.client.invite_account_to_organization(Target=target(account), Notes="hello")
    assert organization.client.list_handshakes_for_organization()["Handshakes"] == []
    assert server.client(account).list_handshakes_for_account()["Handshakes"] == []
    assert server.mail() == []
