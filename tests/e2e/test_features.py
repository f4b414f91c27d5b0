"""All features: the request, what each member is asked for, what others do meanwhile, and how it ends (accounts.md 3.7)."""

import datetime

import pytest

from harness.world import new_account, new_organization, refused, resources
from test_cli import Cli

HANDSHAKE_CONSTRAINT = "HandshakeConstraintViolationException"
CONSTRAINT = "ConstraintViolationException"
DENIED = "AccessDeniedException"
NO_HANDSHAKE = "HandshakeNotFoundException"
TRANSITION = "InvalidHandshakeTransitionException"
IN_STATE = "HandshakeAlreadyInStateException"
APPROVE, ENABLE, ROLE = "APPROVE_ALL_FEATURES", "ENABLE_ALL_FEATURES", "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE"


@pytest.fixture
def billing(server):
    return new_organization(server, feature_set="CONSOLIDATED_BILLING")


def start(organization):
    return organization.client.enable_all_features()["Handshake"]


def features(organization):
    return organization.client.describe_organization()["Organization"]["FeatureSet"]


def described(server, account, handshake):
    return server.client(account).describe_handshake(HandshakeId=handshake)["Handshake"]


def part_of(server, member, action=APPROVE, state="OPEN"):
    """The member's own open part."""
    found = server.client(member).list_handshakes_for_account(Filter={"ActionType": action})["Handshakes"]
    [part] = [handshake for handshake in found if handshake["State"] == state]
    return part


def approve(server, member, action=APPROVE):
    handshake = part_of(server, member, action)["Id"]
    return server.client(member).accept_handshake(HandshakeId=handshake)["Handshake"]


def test_the_whole_choreography(server, billing):
    first, second = billing.add_members(2)
    created = billing.create("created@example.com")["AccountId"]
    server.freeze()
    request = start(billing)
    assert (request["Action"], request["State"]) == (ENABLE, "REQUESTED")
    assert request["RequestedTimestamp"] == server.now()
    assert request["ExpirationTimestamp"] == server.now() + datetime.timedelta(days=90)
    assert request["Parties"] == [{"Id": billing.id.removeprefix("o-"), "Type": "ORGANIZATION"}]
    assert request["Resources"] == [{"Type": "ORGANIZATION", "Value": billing.id}]
    kind = f"arn:aws:organizations::{billing.management}:handshake/{billing.id}"
    assert request["Arn"] == f"{kind}/enable_all_features/{request['Id']}"

    for member in (first, second):
        part = part_of(server, member)
        assert part["Arn"] == f"{kind}/approve_all_features/{part['Id']}"
        assert part["ExpirationTimestamp"] == request["ExpirationTimestamp"]
        assert sorted((party["Type"], party["Id"]) for party in part["Parties"]) == [
            ("ACCOUNT", member), ("ORGANIZATION", billing.id.removeprefix("o-")),
        ]  # fmt: skip
        assert [(entry["Type"], entry["Value"]) for entry in part["Resources"]] == [
            ("PARENT_HANDSHAKE", request["Id"].removeprefix("h-")), ("ORGANIZATION", billing.id), ("ACCOUNT", member),
        ]  # fmt: skip
        [mail] = [mail for mail in server.settled_mail(f"owner-{member}@example.com") if mail["HandshakeId"] == part["Id"]]
        assert mail["Kind"] == "AllFeaturesRequest"
    # A created member is asked nothing.
    assert server.client(created).list_handshakes_for_account()["Handshakes"] == []

    # The management account sees all of it.
    filters = [{"ActionType": APPROVE}, {"ParentHandshakeId": request["Id"]}]
    for chosen in filters:
        listed = billing.client.list_handshakes_for_organization(Filter=chosen)["Handshakes"]
        assert sorted(resources(part, "ACCOUNT")[0] for part in listed) == sorted([first, second])
    [listed] = billing.client.list_handshakes_for_organization(Filter={"ActionType": ENABLE})["Handshakes"]
    assert listed == request

    # Not before everybody agreed.
    with refused(TRANSITION):
        billing.client.accept_handshake(HandshakeId=request["Id"])
    accepted = approve(server, first)
    assert accepted["State"] == "ACCEPTED"
    with refused(TRANSITION):
        billing.client.accept_handshake(HandshakeId=request["Id"])
    assert described(server, billing.management, request["Id"])["State"] == "REQUESTED"
    approve(server, second)
    assert described(server, billing.management, request["Id"])["State"] == "OPEN"
    assert features(billing) == "CONSOLIDATED_BILLING"

    done = billing.client.accept_handshake(HandshakeId=request["Id"])["Handshake"]
    assert (done["Id"], done["State"]) == (request["Id"], "ACCEPTED")
    organization = billing.client.describe_organization()["Organization"]
    assert organization["FeatureSet"] == "ALL"
    assert [kind["Type"] for kind in organization["AvailablePolicyTypes"]] == ["SERVICE_CONTROL_POLICY"]
    assert billing.client.list_roots()["Roots"][0]["PolicyTypes"] == []
    for account in (first, second, created):
        assert server.account(account)["ServiceLinkedRole"] is True
    # One way.
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"):
        start(billing)
    with refused(IN_STATE):
        billing.client.accept_handshake(HandshakeId=request["Id"])
    # What needed all features now works.
    billing.trust("config.amazonaws.com")
    billing.client.close_account(AccountId=first)


@pytest.mark.parametrize("members", ["nobody", "created ones"])
def test_alone_it_is_open_at_once(server, billing, members):
    if members == "created ones":
        billing.create("created@example.com")
    request = start(billing)
    assert request["State"] == "OPEN"
    assert billing.client.accept_handshake(HandshakeId=request["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert features(billing) == "ALL"


def test_a_created_member_whose_role_is_gone(server, billing):
    account = billing.create("created@example.com")["AccountId"]
    assert server.account(account)["ServiceLinkedRole"] is False
    server.facts(account, ServiceLinkedRole=True)
    server.facts(account, ServiceLinkedRole=False)
    request = start(billing)
    assert request["State"] == "REQUESTED"
    part = part_of(server, account, ROLE)
    assert part["Arn"].split("/")[-2] == "add_organizations_service_linked_role"
    approve(server, account, ROLE)
    assert server.account(account)["ServiceLinkedRole"] is True
    billing.client.accept_handshake(HandshakeId=request["Id"])
    assert features(billing) == "ALL"


def test_only_once_at_a_time(server, billing):
    billing.add_members(1)
    start(billing)
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"):
        start(billing)


def test_too_large(server, billing):
    server.limits(billing.id, AllFeaturesAccounts=2)
    members = billing.add_members(2)
    with refused(CONSTRAINT, "ALL_FEATURES_MIGRATION_ORGANIZATION_SIZE_LIMIT_EXCEEDED"):
        start(billing)
    billing.client.remove_account_from_organization(AccountId=members[0])
    start(billing)


def test_open_invitations_end_and_new_ones_say_all(server, billing):
    billing.add_members(1)
    early = billing.invite(new_account(server))
    assert resources(early, "ORGANIZATION_FEATURE_SET") == ["CONSOLIDATED_BILLING"]
    request = start(billing)
    assert described(server, billing.management, early["Id"])["State"] == "CANCELED"
    late_account = new_account(server)
    late = billing.invite(late_account)
    assert resources(late, "ORGANIZATION_FEATURE_SET") == ["ALL"]
    # Who joins meanwhile has agreed with it.
    server.client(late_account).accept_handshake(HandshakeId=late["Id"])
    asked = server.client(late_account).list_handshakes_for_account(Filter={"ActionType": APPROVE})["Handshakes"]
    assert asked == []
    created = billing.create("meanwhile@example.com")
    assert created["State"] == "SUCCEEDED"
    still_open = billing.invite(new_account(server))
    [member] = [id for id in billing.member_ids() if id not in (billing.management, late_account, created["AccountId"])]
    approve(server, member)
    billing.client.accept_handshake(HandshakeId=request["Id"])
    # What promised all features is kept.
    assert described(server, billing.management, still_open["Id"])["State"] == "OPEN"


def test_cancelled(server, billing):
    first, second = billing.add_members(2)
    request = start(billing)
    agreed = approve(server, first)["Id"]
    missing = part_of(server, second)["Id"]
    promised = billing.invite(new_account(server))["Id"]
    # The parts are not the management account's to end one by one.
    with refused(TRANSITION):
        billing.client.cancel_handshake(HandshakeId=missing)
    with refused(NO_HANDSHAKE):
        server.client(first).cancel_handshake(HandshakeId=request["Id"])
    assert billing.client.cancel_handshake(HandshakeId=request["Id"])["Handshake"]["State"] == "CANCELED"
    for handshake, state in ((agreed, "ACCEPTED"), (missing, "CANCELED"), (promised, "CANCELED")):
        assert described(server, billing.management, handshake)["State"] == state
    with refused(TRANSITION):
        server.client(second).accept_handshake(HandshakeId=missing)
    with refused(TRANSITION):
        billing.client.accept_handshake(HandshakeId=request["Id"])
    # It starts over, and everybody is asked again.
    assert start(billing)["State"] == "REQUESTED"
    for member in (first, second):
        approve(server, member)
    assert features(billing) == "CONSOLIDATED_BILLING"


def test_declined(server, billing):
    first, second = billing.add_members(2)
    request = start(billing)
    approve(server, first)
    declined = part_of(server, second)["Id"]
    assert server.client(second).decline_handshake(HandshakeId=declined)["Handshake"]["State"] == "DECLINED"
    # It stalls.
    assert described(server, billing.management, request["Id"])["State"] == "REQUESTED"
    with refused(TRANSITION):
        billing.client.accept_handshake(HandshakeId=request["Id"])
    with refused(TRANSITION):
        server.client(second).accept_handshake(HandshakeId=declined)
    with refused(HANDSHAKE_CONSTRAINT, "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"):
        start(billing)
    # Until the account is out of the way.
    billing.client.remove_account_from_organization(AccountId=second)
    assert described(server, billing.management, request["Id"])["State"] == "OPEN"
    billing.client.accept_handshake(HandshakeId=request["Id"])
    assert features(billing) == "ALL"


@pytest.mark.parametrize("way", ["leave", "remove", "move"])
def test_members_who_leave_meanwhile_do_not_block(server, billing, way):
    first, second = billing.add_members(2)
    request = start(billing)
    approve(server, first)
    part = part_of(server, second)["Id"]
    if way == "leave":
        server.client(second).leave_organization()
    elif way == "remove":
        billing.client.remove_account_from_organization(AccountId=second)
    else:
        new_organization(server).join(second)
    assert described(server, billing.management, part)["State"] == "CANCELED"
    assert described(server, billing.management, request["Id"])["State"] == "OPEN"
    billing.client.accept_handshake(HandshakeId=request["Id"])


def test_expired(server, billing):
    first, second = billing.add_members(2)
    server.freeze()
    request = start(billing)
    approve(server, first)
    missing = part_of(server, second)["Id"]
    server.advance(f"{90 * 86_400 - 1}s")
    assert described(server, billing.management, request["Id"])["State"] == "REQUESTED"
    promised = billing.invite(new_account(server))["Id"]
    server.advance("1s")
    assert described(server, billing.management, request["Id"])["State"] == "EXPIRED"
    assert described(server, billing.management, missing)["State"] in ("CANCELED", "EXPIRED")
    assert described(server, billing.management, promised)["State"] == "CANCELED"
    with refused(TRANSITION):
        server.client(second).accept_handshake(HandshakeId=missing)
    with refused(TRANSITION):
        billing.client.cancel_handshake(HandshakeId=request["Id"])
    assert start(billing)["State"] == "REQUESTED"
    server.advance("29d")
    for handshake in (request["Id"], missing):
        assert described(server, billing.management, handshake)["Id"] == handshake
    server.advance("1d")
    with refused(NO_HANDSHAKE):
        described(server, billing.management, request["Id"])


# A part belongs to one member and to the management account, which did not receive it.
def test_who_may(server, billing):
    first, second = billing.add_members(2)
    request = start(billing)["Id"]
    part = part_of(server, first)["Id"]
    for operation in ("accept_handshake", "decline_handshake"):
        with refused(DENIED):
            getattr(billing.client, operation)(HandshakeId=part)
        for stranger in (second, new_account(server)):
            with refused(NO_HANDSHAKE):
                getattr(server.client(stranger), operation)(HandshakeId=part)
            with refused(NO_HANDSHAKE):
                getattr(server.client(stranger), operation)(HandshakeId=request)
    with refused(DENIED):
        server.client(first).cancel_handshake(HandshakeId=part)
    with refused(DENIED):
        billing.client.decline_handshake(HandshakeId=request)


def test_a_process_goes_on_after_a_restart(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    [member] = organization.add_members(1)
    request = organization.client.enable_all_features()["Handshake"]
    assert server.stop() == 0
    again = organization.server = start("--data", tmp_path / "data", "--clock", "virtual")
    assert described(again, organization.management, request["Id"]) == request
    approve(again, member)
    organization.client.accept_handshake(HandshakeId=request["Id"])
    assert features(organization) == "ALL"


def test_the_aws_cli(server, tmp_path, billing):
    [member] = billing.add_members(1)
    manager, own = Cli(server, tmp_path, billing.management), Cli(server, tmp_path, member)
    request = manager("enable-all-features")["Handshake"]
    [part] = own("list-handshakes-for-account", "--filter", f"ActionType={APPROVE}")["Handshakes"]
    assert own("accept-handshake", "--handshake-id", part["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert manager("accept-handshake", "--handshake-id", request["Id"])["Handshake"]["State"] == "ACCEPTED"
    manager.refused("HandshakeConstraintViolationException", "enable-all-features")
