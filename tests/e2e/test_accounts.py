"""Accounts that an organization creates and closes: asynchronous both, on business time; and what becomes of them."""

import datetime
import re

import pytest

from harness.server import fresh_account, parse_time, wait_for
from harness.world import new_account, new_organization, refused, refuses
from test_cli import Cli
from test_units import listed

INVALID = "InvalidInputException"
CONSTRAINT = "ConstraintViolationException"
NOT_FOUND = "AccountNotFoundException"
UNKNOWN_REQUEST = "car-" + "0" * 32
STANDALONE = {"PaymentInstrument": True, "PhoneVerified": True, "CustomerAgreement": True}
LINKED_ROLE = "AWSServiceRoleForOrganizations"


def status(organization, request):
    return organization.client.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]


def ask(organization, email, name="Created", **more):
    return organization.client.create_account(Email=email, AccountName=name, **more)["CreateAccountStatus"]


def shown(organization, account):
    return organization.client.describe_account(AccountId=account)["Account"]


def states(organization, account):
    seen = shown(organization, account)
    return seen["State"], seen["Status"]


def slow(server, *organizations):
    """Creating and closing take time there, in which things happen."""
    for organization in organizations:
        server.limits(organization.id, CreationMillis=200, ClosureMillis=200)


# Creation.


def test_a_creation_takes_its_time(server, organization):
    server.freeze()
    server.limits(organization.id, CreationMillis=3_000)
    asked = ask(organization, "fresh@example.com", "Fresh", Tags=[{"Key": "team", "Value": "blue"}])
    assert set(asked) == {"Id", "AccountName", "State", "RequestedTimestamp"}
    assert (asked["AccountName"], asked["State"], asked["RequestedTimestamp"]) == ("Fresh", "IN_PROGRESS", server.now())
    assert re.fullmatch(r"car-[0-9a-f]{32}", asked["Id"])
    # Nothing of it is to be seen yet.
    server.advance("2s")
    assert status(organization, asked["Id"]) == asked
    assert organization.member_ids() == [organization.management]
    assert server.mail() == []

    server.advance("1s")
    done = status(organization, asked["Id"])
    account = done.pop("AccountId")
    completed = done.pop("CompletedTimestamp")
    assert done == {**asked, "State": "SUCCEEDED"}
    assert completed == server.now()
    seen = shown(organization, account)
    assert (seen["Email"], seen["Name"], seen["JoinedMethod"]) == ("fresh@example.com", "Fresh", "CREATED")
    assert (seen["State"], seen["Status"], seen["JoinedTimestamp"]) == ("ACTIVE", "ACTIVE", completed)
    assert seen["Paths"] == [f"{organization.id}/{organization.root}/{account}/"]
    assert seen in organization.client.list_accounts()["Accounts"]
    assert organization.client.list_parents(ChildId=account)["Parents"][0]["Id"] == organization.root
    assert organization.client.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "team", "Value": "blue"}]
    # It may call by itself.
    own = server.client(account).describe_organization()["Organization"]
    assert own["Id"] == organization.id
    [mail] = server.settled_mail("fresh@example.com")
    assert mail["Kind"] == "Welcome" and account in mail["Subject"]


@pytest.mark.parametrize("clock", ["wall", "virtual"])
def test_in_a_lab_the_first_look_sees_the_end(start, clock):
    """Whatever the clock does: nobody has to wait and ask again."""
    server = start("--ephemeral", "--clock", clock)
    if clock == "virtual":
        server.freeze()
    organization = new_organization(server)
    for n in range(50):
        asked = ask(organization, f"fresh-{n}@example.com")
        assert asked["State"] == "IN_PROGRESS"
        done = status(organization, asked["Id"])
        assert (done["State"], done["CompletedTimestamp"]) == ("SUCCEEDED", done["RequestedTimestamp"])
        organization.client.close_account(AccountId=done["AccountId"])
        assert states(organization, done["AccountId"]) == ("CLOSED", "SUSPENDED")
        again = ask(organization, f"fresh-{n}@example.com")
        assert status(organization, again["Id"])["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_polling_like_a_client(start):
    """On wall time nobody moves the clock: a client asks until it is told."""
    server = start("--ephemeral", "--clock", "wall")
    organization = new_organization(server)
    server.limits(organization.id, CreationMillis=200)
    asked = ask(organization, "fresh@example.com")
    assert asked["State"] == "IN_PROGRESS"

    def done():
        seen = status(organization, asked["Id"])
        return seen if seen["State"] != "IN_PROGRESS" else None

    assert wait_for(done, "the account is there")["State"] == "SUCCEEDED"


@pytest.mark.parametrize("features", ["ALL", "CONSOLIDATED_BILLING"])
@pytest.mark.parametrize("name", [None, "Vending+Role=,.@-_"])
def test_roles(shared_server, features, name):
    """accounts.md section 4.3: the linked role comes with all features, the other one always."""
    organization = new_organization(shared_server, feature_set=features)
    shared_server.limits(organization.id, CreationMillis=0)
    more = {} if name is None else {"RoleName": name}
    asked = ask(organization, f"roles-{organization.management}@example.com", IamUserAccessToBilling="DENY", **more)
    account = wait_for(lambda: status(organization, asked["Id"]).get("AccountId"), "the account is there")
    roles = {role["Name"]: role for role in shared_server.account(account)["Roles"]}
    name = name or "OrganizationAccountAccessRole"
    assert set(roles) == {name} | ({LINKED_ROLE} if features == "ALL" else set())
    assert roles[name]["Arn"] == f"arn:aws:iam::{account}:role/{name}"
    assert roles[name]["Trusts"] == f"arn:aws:iam::{organization.management}:root"
    if features == "ALL":
        path = f"role/aws-service-role/organizations.amazonaws.com/{LINKED_ROLE}"
        assert roles[LINKED_ROLE]["Arn"] == f"arn:aws:iam::{account}:{path}"
    # An invited account has no access role of its own accord.
    [invited] = organization.add_members(1)
    assert name not in {role["Name"] for role in shared_server.account(invited)["Roles"]}


# What the management account is, or what is asked -> why there will be no account.
FAILURES = [
    ({}, {"Email": "taken@example.com"}, "EMAIL_ALREADY_EXISTS"),
    ({}, {"Email": "TAKEN@example.com"}, "EMAIL_ALREADY_EXISTS"),
    ({}, {"Email": "a(b)@example.com"}, "INVALID_EMAIL"),
    ({}, {"Email": ".dot@example.com"}, "INVALID_EMAIL"),
    ({}, {"Email": "ñandu@example.com"}, "INVALID_EMAIL"),
    ({}, {"Email": "someone@-example.com"}, "INVALID_EMAIL"),
    ({"PaymentInstrument": False}, {}, "MISSING_PAYMENT_INSTRUMENT"),
    ({"PaymentInstrumentValid": False}, {}, "INVALID_PAYMENT_INSTRUMENT"),
    *[
        ({"CreateAccountFailure": reason}, {}, reason)
        for reason in (
            "INTERNAL_FAILURE", "INVALID_ADDRESS", "MISSING_BUSINESS_VALIDATION", "FAILED_BUSINESS_VALIDATION",
            "PENDING_BUSINESS_VALIDATION", "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION", "UNKNOWN_BUSINESS_VALIDATION",
        )
    ],
]  # fmt: skip


@pytest.mark.parametrize(("facts", "body", "reason"), FAILURES)
def test_failures(server, organization, facts, body, reason):
    new_account(server, email="taken@example.com")
    server.facts(organization.management, **facts)
    done = organization.create(**{"email": "fresh@example.com", **{name.lower(): value for name, value in body.items()}})
    assert set(done) == {"Id", "AccountName", "State", "RequestedTimestamp", "CompletedTimestamp", "FailureReason"}
    assert (done["State"], done["FailureReason"]) == ("FAILED", reason)
    assert organization.member_ids() == [organization.management]
    assert server.mail() == []
    # The address is not taken by it.
    if "Email" not in body:
        server.register("fresh@example.com")


def test_two_creations_of_one_address(server, organization):
    """accounts.md section 4.1: who asks twice for the same is told so; who only shares the address comes too late."""
    server.freeze()
    rival = new_organization(server)
    slow(server, organization, rival)
    first = ask(organization, "one@example.com", "One")
    server.advance("1ms")
    same = ask(organization, "one@example.com", "One")
    other = ask(organization, "ONE@example.com", "Other")
    elsewhere = ask(rival, "one@example.com", "Elsewhere")
    server.advance("5s")
    assert status(organization, first["Id"])["State"] == "SUCCEEDED"
    assert status(organization, same["Id"])["FailureReason"] == "CONCURRENT_ACCOUNT_MODIFICATION"
    assert status(organization, other["Id"])["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    assert status(rival, elsewhere["Id"])["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    assert len(server.accounts()) == 3


def test_an_address_that_is_registered_meanwhile(server, organization):
    server.freeze()
    slow(server, organization)
    asked = ask(organization, "one@example.com")
    server.register("one@example.com")
    server.advance("5s")
    assert status(organization, asked["Id"])["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_the_quota_counts_when_it_is_asked_and_when_it_is_done(server, organization):
    server.freeze()
    slow(server, organization)
    server.limits(organization.id, Accounts=2)
    first = ask(organization, "one@example.com")
    server.advance("1ms")
    second = ask(organization, "two@example.com")
    server.advance("5s")
    assert status(organization, first["Id"])["State"] == "SUCCEEDED"
    assert status(organization, second["Id"])["FailureReason"] == "ACCOUNT_LIMIT_EXCEEDED"
    with refused(CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"):
        ask(organization, "three@example.com")


def test_five_at_a_time(server, organization):
    server.freeze()
    slow(server, organization)
    running = [ask(organization, f"n{number}@example.com") for number in range(5)]
    with refused(CONSTRAINT, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"):
        ask(organization, "n5@example.com")
    # Another organization has five of its own.
    ask(new_organization(server), "other@example.com")
    server.advance("5s")
    assert {status(organization, asked["Id"])["State"] for asked in running} == {"SUCCEEDED"}
    ask(organization, "n5@example.com")


def test_the_first_hour(server, organization):
    server.freeze()
    server.limits(organization.id, FirstHour=True)
    with refused("FinalizingOrganizationException"):
        ask(organization, "fresh@example.com")
    with refused("FinalizingOrganizationException"):
        server.facts(organization.management, GovCloudAccountId=new_account(server, Partition="aws-us-gov"))
        organization.client.create_gov_cloud_account(Email="fresh@example.com", AccountName="Fresh")
    server.advance("1h")
    assert organization.create("fresh@example.com")["State"] == "SUCCEEDED"


# Input that is refused at once. The form of members that the model knows is test_model.py's.
BAD_INPUT = [
    ({"Email": "a@b.c"}, "MIN_LENGTH_EXCEEDED:EMAIL"),
    ({"Email": "nodot@example"}, "INVALID_PATTERN:EMAIL"),
    ({"Email": "a b@example.com"}, "INVALID_PATTERN:EMAIL"),
    ({"Email": "a@b@example.com"}, "INVALID_PATTERN:EMAIL"),
    ({"AccountName": "Ñandú"}, "INVALID_PATTERN:ACCOUNT_NAME"),
    ({"AccountName": "tab\there"}, "INVALID_PATTERN:ACCOUNT_NAME"),
    ({"RoleName": "AWSServiceRoleForMe"}, "INVALID_ROLE_NAME"),
    ({"RoleName": "a/b"}, "INVALID_PATTERN:ROLE_NAME"),
    ({"IamUserAccessToBilling": "MAYBE"}, "INVALID_ENUM:IAM_USER_ACCESS_TO_BILLING"),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}]}, "DUPLICATE_TAG_KEY"),
    ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "INVALID_SYSTEM_TAGS_PARAMETER"),
]


@pytest.mark.parametrize("operation", ["CreateAccount", "CreateGovCloudAccount"])
@pytest.mark.parametrize(("body", "reason"), BAD_INPUT)
def test_bad_input(shared_server, operation, body, reason):
    organization = new_organization(shared_server)
    good = {"Email": "fresh@example.com", "AccountName": "Fresh"}
    refuses(shared_server.call(organization.management, operation, {**good, **body}), INVALID, reason)
    assert organization.client.list_create_account_status()["CreateAccountStatuses"] == []


def test_tags_all_or_nothing(shared_server):
    organization = new_organization(shared_server)
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    with refused(CONSTRAINT, "MAX_TAG_LIMIT_EXCEEDED"):
        ask(organization, f"tags-{organization.management}@example.com", Tags=tags)
    assert organization.client.list_create_account_status()["CreateAccountStatuses"] == []
    asked = ask(organization, f"tags-{organization.management}@example.com", Tags=tags[:50])
    account = wait_for(lambda: status(organization, asked["Id"]).get("AccountId"), "the account is there")
    pages = organization.client.get_paginator("list_tags_for_resource").paginate(ResourceId=account)
    assert len([tag for page in pages for tag in page["Tags"]]) == 50


# Requests, as they are kept.


def test_requests_are_listed_by_state(server, organization):
    server.freeze()
    slow(server, organization)
    new_account(server, email="taken@example.com")
    good = [organization.create(f"n{number}@example.com")["Id"] for number in range(3)]
    bad = [organization.create("taken@example.com", f"Bad {number}")["Id"] for number in range(2)]
    running = [ask(organization, f"m{number}@example.com")["Id"] for number in range(2)]

    def ids(*states, size=None):
        filters = {"States": list(states)} if states else {}
        paging = {"PaginationConfig": {"PageSize": size}} if size else {}
        requests = listed(
            organization.client, "list_create_account_status", "CreateAccountStatuses", **filters, **paging
        )  # fmt: skip
        for request in requests:
            assert request == status(organization, request["Id"])
        return [request["Id"] for request in requests]

    for size in (None, 1, 3):
        assert sorted(ids(size=size)) == sorted(good + bad + running)
        assert sorted(ids("SUCCEEDED", size=size)) == sorted(good)
        assert sorted(ids("FAILED", size=size)) == sorted(bad)
        assert sorted(ids("IN_PROGRESS", size=size)) == sorted(running)
        assert sorted(ids("FAILED", "IN_PROGRESS", "FAILED", size=size)) == sorted(bad + running)
    answer = server.call(organization.management, "ListCreateAccountStatus", {"States": []})
    assert len(answer.json["CreateAccountStatuses"]) == 7
    # Nobody else's, and for as long as they are kept.
    other = new_organization(server)
    assert other.client.list_create_account_status()["CreateAccountStatuses"] == []
    with refused("CreateAccountStatusNotFoundException"):
        status(other, good[0])
    with refused("CreateAccountStatusNotFoundException"):
        status(organization, UNKNOWN_REQUEST)
    server.advance("89d")
    assert len(ids()) == 7
    server.advance("2d")
    assert ids() == []
    with refused("CreateAccountStatusNotFoundException"):
        status(organization, good[0])
    assert len(organization.member_ids()) == 6


def test_creations_go_on_after_a_restart(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    organization = new_organization(server)
    server.limits(organization.id, CreationMillis=60_000)
    asked = ask(organization, "fresh@example.com")
    assert server.stop() == 0
    again = start("--data", tmp_path / "data", "--clock", "virtual")
    organization.server = again
    assert status(organization, asked["Id"])["State"] == "IN_PROGRESS"
    again.advance("2m")
    assert status(organization, asked["Id"])["State"] == "SUCCEEDED"


def test_an_organization_with_a_running_creation_ends(server, organization):
    server.freeze()
    slow(server, organization)
    ask(organization, "fresh@example.com")
    organization.client.delete_organization()
    server.advance("1m")
    assert [account["Id"] for account in server.accounts()] == [organization.management]
    server.register("fresh@example.com")


def test_invitations_at_the_address_of_a_created_account(server, organization):
    other = new_organization(server)
    handshake = other.invite("fresh@example.com")["Id"]
    account = organization.create("fresh@example.com")["AccountId"]
    own = server.client(account)
    assert [seen["Id"] for seen in own.list_handshakes_for_account()["Handshakes"]] == [handshake]
    # A created account waits, whichever way it goes.
    server.facts(account, **STANDALONE)
    with refused(CONSTRAINT, "WAIT_PERIOD_ACTIVE"):
        own.accept_handshake(HandshakeId=handshake)
    server.advance("4d")
    own.accept_handshake(HandshakeId=handshake)
    assert account in other.member_ids()


# GovCloud.


def test_a_pair_in_govcloud(server, organization):
    slow(server, organization)
    with refused(CONSTRAINT, "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED"):
        organization.client.create_gov_cloud_account(Email="pair@example.com", AccountName="Pair")
    linked = new_account(server, Partition="aws-us-gov")
    server.facts(organization.management, GovCloudAccountId=linked)
    asked = organization.client.create_gov_cloud_account(
        Email="pair@example.com", AccountName="Pair", RoleName="Access", Tags=[{"Key": "k", "Value": "v"}]
    )["CreateAccountStatus"]  # fmt: skip
    assert set(asked) == {"Id", "AccountName", "State", "RequestedTimestamp"}
    server.advance("5s")
    done = status(organization, asked["Id"])
    assert done["State"] == "SUCCEEDED" and done["AccountId"] != done["GovCloudAccountId"]
    commercial, pair = server.account(done["AccountId"]), server.account(done["GovCloudAccountId"])
    assert commercial["GovCloudAccountId"] == pair["Id"]
    assert (commercial["Partition"], commercial["OrganizationId"]) == ("aws", organization.id)
    assert (pair["Partition"], pair["OrganizationId"]) == ("aws-us-gov", None)
    assert (pair["Email"], pair["Name"]) == (commercial["Email"], commercial["Name"]) == ("pair@example.com", "Pair")
    # The role there trusts the pair of the management account.
    role = next(role for role in pair["Roles"] if role["Name"] == "Access")
    assert role["Trusts"] == f"arn:aws-us-gov:iam::{linked}:root"
    assert role["Arn"] == f"arn:aws-us-gov:iam::{pair['Id']}:role/Access"
    role = next(role for role in commercial["Roles"] if role["Name"] == "Access")
    assert role["Trusts"] == f"arn:aws:iam::{organization.management}:root"
    tags = organization.client.list_tags_for_resource(ResourceId=commercial["Id"])["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    assert pair["Id"] not in organization.member_ids()

    # It is invited by an organization over there.
    there = new_organization(server, linked)
    there.join(pair["Id"])
    assert shown(there, pair["Id"])["JoinedMethod"] == "INVITED"
    with refused("HandshakeConstraintViolationException", "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD"):
        organization.invite(pair["Id"])

    # Closing one closes both.
    organization.client.close_account(AccountId=commercial["Id"])
    assert states(there, pair["Id"])[0] == "PENDING_CLOSURE"
    server.advance("1m")
    assert states(there, pair["Id"]) == states(organization, commercial["Id"]) == ("CLOSED", "SUSPENDED")


def test_an_address_that_govcloud_has(server, organization):
    server.facts(organization.management, GovCloudAccountId=new_account(server, Partition="aws-us-gov"))
    new_account(server, email="there@example.com", Partition="aws-us-gov")
    asked = organization.client.create_gov_cloud_account(Email="there@example.com", AccountName="x")
    server.advance("5s")
    done = status(organization, asked["CreateAccountStatus"]["Id"])
    assert done["FailureReason"] == "GOVCLOUD_ACCOUNT_ALREADY_EXISTS"


# Closing.


def test_a_closure_takes_its_time(server, organization):
    client = organization.client
    [member] = organization.add_members(1)
    unit = organization.unit("Graves")
    server.freeze()
    server.limits(organization.id, ClosureMillis=60_000)
    client.close_account(AccountId=member)
    assert states(organization, member) == ("PENDING_CLOSURE", "PENDING_CLOSURE")
    with refused("ConflictException"):
        client.close_account(AccountId=member)
    # It may still call.
    assert server.client(member).describe_organization()["Organization"]["Id"] == organization.id
    server.advance("59s")
    assert states(organization, member) == ("PENDING_CLOSURE", "PENDING_CLOSURE")
    closed = server.now() + datetime.timedelta(seconds=1)
    server.advance("1s")
    assert states(organization, member) == ("CLOSED", "SUSPENDED")
    with refused("AccountAlreadyClosedException"):
        client.close_account(AccountId=member)
    with refused("AccessDeniedException"):
        server.client(member).describe_organization()
    mail = server.settled_mail(f"owner-{member}@example.com")[-1]
    assert mail["Kind"] == "AccountClosed"
    assert parse_time(server.account(member)["ClosedUntil"]) == closed + datetime.timedelta(days=90)

    # It is listed, counted, moved and tagged, and does not go away by itself or by force.
    assert member in organization.member_ids()
    client.move_account(AccountId=member, SourceParentId=organization.root, DestinationParentId=unit)
    client.tag_resource(ResourceId=member, Tags=[{"Key": "k", "Value": "v"}])
    with refused(CONSTRAINT, "ACCOUNT_CANNOT_LEAVE_ORGANIZATION"):
        client.remove_account_from_organization(AccountId=member)
    with refused("OrganizationNotEmptyException"):
        client.delete_organization()
    server.advance("89d")
    assert states(organization, member) == ("CLOSED", "SUSPENDED")
    server.advance("1d")
    with refused(NOT_FOUND):
        shown(organization, member)
    with refused(NOT_FOUND):
        client.close_account(AccountId=member)
    assert organization.member_ids() == [organization.management]
    with refused("TargetNotFoundException"):
        client.list_tags_for_resource(ResourceId=member)
    # Its address stays taken for ever.
    assert organization.create(f"owner-{member}@example.com")["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    client.delete_organization()


def test_a_closure_on_wall_time(start):
    server = start("--ephemeral", "--clock", "wall")
    organization = new_organization(server)
    [member] = organization.add_members(1)
    organization.client.close_account(AccountId=member)
    wait_for(lambda: states(organization, member) == ("CLOSED", "SUSPENDED"), "the account is closed")


# Who is closed, by whom, under which circumstances -> the refusal.
def test_closures_that_are_refused(server):
    organization = new_organization(server)
    client = organization.client
    invited = new_account(server)
    organization.invite(invited)
    [foreign] = new_organization(server).add_members(1)
    for account in (fresh_account(), foreign, invited):
        with refused(NOT_FOUND):
            client.close_account(AccountId=account)
    with refused(CONSTRAINT, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"):
        client.close_account(AccountId=organization.management)
    billing = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    [member] = billing.add_members(1)
    with refused(CONSTRAINT, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"):
        billing.client.close_account(AccountId=member)


def test_three_at_a_time(server, organization):
    slow(server, organization)
    members = organization.add_members(4)
    server.freeze()
    for member in members[:3]:
        organization.client.close_account(AccountId=member)
    with refused(CONSTRAINT, "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"):
        organization.client.close_account(AccountId=members[3])
    assert states(organization, members[3]) == ("ACTIVE", "ACTIVE")
    server.advance("1m")
    organization.client.close_account(AccountId=members[3])


def test_so_many_in_thirty_days(server, organization):
    members = organization.add_members(3)
    server.limits(organization.id, ClosuresPer30Days=2)
    server.freeze()
    for member in members[:2]:
        organization.client.close_account(AccountId=member)
        server.advance("1d")
    with refused(CONSTRAINT, "CLOSE_ACCOUNT_QUOTA_EXCEEDED"):
        organization.client.close_account(AccountId=members[2])
    server.advance(f"{28 * 86_400 - 1}s")
    with refused(CONSTRAINT, "CLOSE_ACCOUNT_QUOTA_EXCEEDED"):
        organization.client.close_account(AccountId=members[2])
    # The window rolls on: the first closure is 30 days ago.
    server.advance("1s")
    organization.client.close_account(AccountId=members[2])


def test_closed_by_its_owner_and_opened_again(server, organization):
    [member] = organization.add_members(1)
    server.facts(member, Closed=True)
    server.advance("1m")
    assert states(organization, member) == ("CLOSED", "SUSPENDED")
    server.advance("80d")
    server.facts(member, Closed=False)
    assert states(organization, member) == ("ACTIVE", "ACTIVE")
    assert server.client(member).describe_organization()["Organization"]["Id"] == organization.id
    server.advance("20d")
    assert states(organization, member) == ("ACTIVE", "ACTIVE")


def test_a_closure_goes_on_after_a_restart(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    organization = new_organization(server)
    [member] = organization.add_members(1)
    server.limits(organization.id, ClosureMillis=60_000)
    organization.client.close_account(AccountId=member)
    assert server.stop() == 0
    organization.server = start("--data", tmp_path / "data", "--clock", "virtual")
    assert states(organization, member) == ("PENDING_CLOSURE", "PENDING_CLOSURE")
    organization.server.advance("1m")
    assert states(organization, member) == ("CLOSED", "SUSPENDED")
    organization.server.advance("90d")
    assert member not in organization.member_ids()


# Leaving.

# What a created account has to get before it may leave, in the order in which it is asked for.
PREREQUISITES = [
    ({}, "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"),
    ({"PaymentInstrument": True, "PaymentInstrumentValid": False}, "INVALID_PAYMENT_INSTRUMENT"),
    ({"PaymentInstrumentValid": True}, "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA"),
    ({"CustomerAgreement": True}, "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION"),
    ({"PhoneVerified": True}, "WAIT_PERIOD_ACTIVE"),
]


@pytest.mark.parametrize("way", ["leave", "remove"])
def test_a_created_account_leaves(server, organization, way):
    account = organization.create("fresh@example.com")["AccountId"]
    server.freeze()

    def go():
        if way == "leave":
            server.client(account).leave_organization()
        else:
            organization.client.remove_account_from_organization(AccountId=account)

    for facts, reason in PREREQUISITES:
        server.facts(account, **facts)
        with refused(CONSTRAINT, reason):
            go()
    server.advance(f"{4 * 86_400 - 6}s")
    with refused(CONSTRAINT, "WAIT_PERIOD_ACTIVE"):
        go()
    # A delegated administrator stays, whatever it has.
    server.advance("6s")
    organization.trust("config.amazonaws.com")
    organization.client.register_delegated_administrator(AccountId=account, ServicePrincipal="config.amazonaws.com")
    with refused(CONSTRAINT, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"):
        go()
    organization.client.deregister_delegated_administrator(AccountId=account, ServicePrincipal="config.amazonaws.com")
    go()
    assert organization.member_ids() == [organization.management]
    # Its roles stay, and it comes back as an invited one.
    roles = {role["Name"] for role in server.account(account)["Roles"]}
    assert roles == {"OrganizationAccountAccessRole", LINKED_ROLE}
    organization.join(account)
    assert shown(organization, account)["JoinedMethod"] == "INVITED"
    go()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"Suspended": True}, ("SUSPENDED", "SUSPENDED")), ({"PendingActivation": True}, ("PENDING_ACTIVATION", "ACTIVE"))],
)
def test_states_and_their_old_names(shared_server, facts, expected):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    shared_server.facts(member, **facts)
    assert states(organization, member) == expected
    shared_server.facts(member, **dict.fromkeys(facts, False))
    assert states(organization, member) == ("ACTIVE", "ACTIVE")


def test_the_aws_cli(server, tmp_path, organization):
    cli = Cli(server, tmp_path, organization.management)
    server.facts(organization.management, GovCloudAccountId=new_account(server, Partition="aws-us-gov"))
    asked = cli(
        "create-account", "--email", "typed@example.com", "--account-name", "Typed by hand", "--role-name", "Access",
        "--iam-user-access-to-billing", "DENY", "--tags", "Key=a,Value=b",
    )["CreateAccountStatus"]  # fmt: skip
    assert asked["State"] == "IN_PROGRESS"
    pair = cli("create-gov-cloud-account", "--email", "pair@example.com", "--account-name", "Pair")["CreateAccountStatus"]
    server.advance("5s")
    done = cli("describe-create-account-status", "--create-account-request-id", asked["Id"])["CreateAccountStatus"]
    assert (done["State"], done["AccountName"]) == ("SUCCEEDED", "Typed by hand")
    found = cli("list-create-account-status", "--states", "SUCCEEDED")["CreateAccountStatuses"]
    assert {request["Id"] for request in found} == {asked["Id"], pair["Id"]}
    assert cli("close-account", "--account-id", done["AccountId"]) is None
    cli.refused("ConstraintViolationException", "close-account", "--account-id", organization.management)
    shown = cli("describe-account", "--account-id", done["AccountId"])["Account"]
    assert shown["State"] in ("PENDING_CLOSURE", "CLOSED")
