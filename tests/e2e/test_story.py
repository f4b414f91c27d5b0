"""The whole story of two accounts, played with boto3. Every response is also checked against the model (harness/shapes.py)."""

import datetime
import re

import pytest

from harness.server import fresh_account, print_time
from harness.world import new_account, new_organization, refused, resources

DAY = datetime.timedelta(days=1)
FIFTEEN_DAYS = datetime.timedelta(seconds=1_296_000)
MILLISECOND = datetime.timedelta(milliseconds=1)


def sorted_parties(handshake):
    return sorted((party["Type"], party["Id"]) for party in handshake["Parties"])


def test_create_describe_and_list(server):
    management = new_account(server, email="owner@example.com", name="Management")
    client = server.client(management)
    created = client.create_organization()["Organization"]

    organization = created["Id"]
    assert re.fullmatch(r"o-[a-z0-9]{10}", organization)
    assert created == {
        "Id": organization,
        "Arn": f"arn:aws:organizations::{management}:organization/{organization}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"arn:aws:organizations::{management}:account/{organization}/{management}",
        "MasterAccountId": management,
        "MasterAccountEmail": "owner@example.com",
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }
    assert client.describe_organization()["Organization"] == created

    [root] = client.list_roots()["Roots"]
    assert re.fullmatch(r"r-[0-9a-z]{4}", root["Id"])
    assert root == {
        "Id": root["Id"],
        "Arn": f"arn:aws:organizations::{management}:root/{organization}/{root['Id']}",
        "Name": "Root",
        "PolicyTypes": [],
    }

    [account] = client.list_accounts()["Accounts"]
    joined = account.pop("JoinedTimestamp")
    assert abs(joined - server.now()) < datetime.timedelta(minutes=5)
    assert account == {
        "Id": management,
        "Arn": created["MasterAccountArn"],
        "Email": "owner@example.com",
        "Name": "Management",
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": [f"{organization}/{root['Id']}/{management}/"],
        "JoinedMethod": "INVITED",
    }
    described = client.describe_account(AccountId=management)["Account"]
    assert described == account | {"JoinedTimestamp": joined}
    assert client.list_accounts_for_parent(ParentId=root["Id"])["Accounts"] == [described]
    assert client.list_children(ParentId=root["Id"], ChildType="ACCOUNT")["Children"] == [
        {"Id": management, "Type": "ACCOUNT"}
    ]
    assert client.list_children(ParentId=root["Id"], ChildType="ORGANIZATIONAL_UNIT")["Children"] == []
    assert client.list_parents(ChildId=management)["Parents"] == [{"Id": root["Id"], "Type": "ROOT"}]


def test_consolidated_billing(server):
    management = new_account(server)
    created = server.client(management).create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    assert created["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert created["AvailablePolicyTypes"] == []
    assert server.client(management).describe_organization()["Organization"] == created
    invited = new_account(server)
    handshake = server.client(management).invite_account_to_organization(Target={"Id": invited, "Type": "ACCOUNT"})
    assert resources(handshake["Handshake"], "ORGANIZATION_FEATURE_SET") == ["CONSOLIDATED_BILLING"]


@pytest.mark.parametrize("notes", [None, "Welcome aboard.\nBring tea."])
def test_both_parties_see_the_same_invitation(server, notes):
    management = new_account(server, email="owner@example.com", name="Management")
    organization = new_organization(server, management=new_account(server)).id  # another one, which sees nothing
    client = server.client(management)
    organization = client.create_organization()["Organization"]["Id"]
    invited = new_account(server, email="juan@example.com")

    server.freeze()
    now = server.now()
    given = {"Notes": notes} if notes else {}
    handshake = client.invite_account_to_organization(Target={"Id": invited, "Type": "ACCOUNT"}, **given)["Handshake"]

    assert re.fullmatch(r"h-[0-9a-f]{32}", handshake["Id"])
    assert sorted_parties(handshake) == [("ACCOUNT", invited), ("ORGANIZATION", organization.removeprefix("o-"))]
    told = {entry["Type"]: entry for entry in handshake["Resources"]}
    assert len(told) == len(handshake["Resources"])
    inviter = told.pop("ORGANIZATION")
    assert inviter["Value"] == organization
    assert sorted((entry["Type"], entry["Value"]) for entry in inviter["Resources"]) == [
        ("MASTER_EMAIL", "owner@example.com"),
        ("MASTER_NAME", "Management"),
        ("ORGANIZATION_FEATURE_SET", "ALL"),
    ]
    expected = {"ACCOUNT": {"Type": "ACCOUNT", "Value": invited}}
    if notes:
        expected["NOTES"] = {"Type": "NOTES", "Value": notes}
    assert told == expected
    assert handshake["Arn"] == (
        f"arn:aws:organizations::{management}:handshake/{organization}/invite/{handshake['Id']}"
    )
    assert (handshake["State"], handshake["Action"]) == ("OPEN", "INVITE")
    assert handshake["ExpirationTimestamp"] - handshake["RequestedTimestamp"] == FIFTEEN_DAYS
    assert abs(handshake["RequestedTimestamp"] - now) < MILLISECOND * 2

    theirs = server.client(invited)
    assert theirs.describe_handshake(HandshakeId=handshake["Id"])["Handshake"] == handshake
    assert client.describe_handshake(HandshakeId=handshake["Id"])["Handshake"] == handshake
    assert theirs.list_handshakes_for_account()["Handshakes"] == [handshake]
    assert client.list_handshakes_for_organization()["Handshakes"] == [handshake]
    # Sent ones are not received ones.
    assert client.list_handshakes_for_account()["Handshakes"] == []


def test_filters(organization, account):
    server, handshake = organization.server, organization.invite(account)
    cases = [
        ({"ActionType": "INVITE"}, [handshake]),
        ({"ActionType": "ENABLE_ALL_FEATURES"}, []),
        ({"ParentHandshakeId": handshake["Id"]}, []),
        ({}, [handshake]),
    ]
    for given, found in cases:
        assert server.client(account).list_handshakes_for_account(Filter=given)["Handshakes"] == found
        assert organization.client.list_handshakes_for_organization(Filter=given)["Handshakes"] == found


def test_accept(server):
    organization = new_organization(server, new_account(server, email="owner@example.com"))
    invited = new_account(server, email="juan@example.com", name="Juan")
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "empty", "Value": ""}]
    handshake = organization.invite(invited, Tags=tags)

    # Before: an invitation is no membership.
    assert organization.member_ids() == [organization.management]
    with refused("AccountNotFoundException"):
        organization.client.describe_account(AccountId=invited)
    with refused("AWSOrganizationsNotInUseException"):
        server.client(invited).describe_organization()

    server.freeze()
    accepted = server.client(invited).accept_handshake(HandshakeId=handshake["Id"])["Handshake"]
    # The order of parties is not stable on the real service, so it is not compared.
    for entry in (accepted, handshake):
        entry["Parties"].sort(key=lambda party: party["Type"])
    assert accepted == handshake | {"State": "ACCEPTED"}

    assert sorted(organization.member_ids()) == sorted([organization.management, invited])
    member = organization.client.describe_account(AccountId=invited)["Account"]
    joined = member.pop("JoinedTimestamp")
    assert abs(joined - server.now()) < MILLISECOND * 2
    assert member == {
        "Id": invited,
        "Arn": f"arn:aws:organizations::{organization.management}:account/{organization.id}/{invited}",
        "Email": "juan@example.com",
        "Name": "Juan",
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": [f"{organization.id}/{organization.root}/{invited}/"],
        "JoinedMethod": "INVITED",
    }
    assert organization.client.list_parents(ChildId=invited)["Parents"] == [{"Id": organization.root, "Type": "ROOT"}]
    children = organization.client.list_children(ParentId=organization.root, ChildType="ACCOUNT")["Children"]
    assert sorted(child["Id"] for child in children) == sorted(organization.member_ids())
    # The invitation's tags are the account's now; the handshake never showed them.
    stored = organization.client.list_tags_for_resource(ResourceId=invited)["Tags"]
    assert sorted(stored, key=lambda tag: tag["Key"]) == sorted(tags, key=lambda tag: tag["Key"])
    # The member sees the same organization as its manager.
    ours = organization.client.describe_organization()
    theirs = server.client(invited).describe_organization()
    assert theirs["Organization"] == ours["Organization"]
    # Both still see the handshake.
    for caller in (invited, organization.management):
        seen = server.client(caller).describe_handshake(HandshakeId=handshake["Id"])["Handshake"]
        assert seen["State"] == "ACCEPTED"


def test_tags_of_a_member(organization, account):
    organization.join(account, Tags=[{"Key": "team", "Value": "blue"}])
    client = organization.client

    def tags(resource=account):
        listed = client.list_tags_for_resource(ResourceId=resource)["Tags"]
        assert len({tag["Key"] for tag in listed}) == len(listed)
        return {tag["Key"]: tag["Value"] for tag in listed}

    client.tag_resource(ResourceId=account, Tags=[{"Key": "team", "Value": "red"}, {"Key": "Team", "Value": "x"}])
    assert tags() == {"team": "red", "Team": "x"}
    client.tag_resource(ResourceId=account, Tags=[])
    client.untag_resource(ResourceId=account, TagKeys=[])
    client.untag_resource(ResourceId=account, TagKeys=["missing"])
    assert tags() == {"team": "red", "Team": "x"}
    client.untag_resource(ResourceId=account, TagKeys=["team"])
    assert tags() == {"Team": "x"}
    client.tag_resource(ResourceId=organization.root, Tags=[{"Key": "año", "Value": "zwölf = 12 @ home_1.0/+-:"}])
    assert tags(organization.root) == {"año": "zwölf = 12 @ home_1.0/+-:"}
    assert tags(organization.management) == {}


@pytest.mark.parametrize("way", ["leave", "remove"])
def test_departure_and_return(organization, account, way):
    server = organization.server
    organization.join(account, Tags=[{"Key": "team", "Value": "blue"}])
    first = organization.client.describe_account(AccountId=account)["Account"]["JoinedTimestamp"]
    if way == "leave":
        server.client(account).leave_organization()
    else:
        organization.client.remove_account_from_organization(AccountId=account)

    assert organization.member_ids() == [organization.management]
    with refused("AccountNotFoundException"):
        organization.client.describe_account(AccountId=account)
    with refused("TargetNotFoundException"):
        organization.client.list_tags_for_resource(ResourceId=account)
    with refused("ChildNotFoundException"):
        organization.client.list_parents(ChildId=account)
    with refused("AWSOrganizationsNotInUseException"):
        server.client(account).describe_organization()

    # It may come again: with a new date, without the old tags.
    server.advance("1h")
    organization.join(account)
    again = organization.client.describe_account(AccountId=account)["Account"]["JoinedTimestamp"]
    assert again - first >= datetime.timedelta(hours=1)
    assert organization.client.list_tags_for_resource(ResourceId=account)["Tags"] == []


@pytest.mark.parametrize("ending", ["decline", "cancel"])
def test_decline_and_cancel(organization, account, ending):
    server, handshake = organization.server, organization.invite(account)
    if ending == "decline":
        answer = server.client(account).decline_handshake(HandshakeId=handshake["Id"])
        state = "DECLINED"
    else:
        answer = organization.client.cancel_handshake(HandshakeId=handshake["Id"])
        state = "CANCELED"
    assert answer["Handshake"] == handshake | {"State": state, "Parties": answer["Handshake"]["Parties"]}
    assert sorted_parties(answer["Handshake"]) == sorted_parties(handshake)
    for caller in (account, organization.management):
        assert server.client(caller).describe_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == state
    assert organization.member_ids() == [organization.management]
    # The way is free for another one.
    assert organization.invite(account)["Id"] != handshake["Id"]


def test_email_of_an_existing_account(server, organization):
    invited = new_account(server, email="Juan.Perez@Example.com")
    handshake = organization.invite("Juan.Perez@Example.com")
    assert sorted_parties(handshake) == [
        ("EMAIL", "Juan.Perez@Example.com"),
        ("ORGANIZATION", organization.id.removeprefix("o-")),
    ]
    assert resources(handshake, "EMAIL") == ["Juan.Perez@Example.com"]
    assert resources(handshake, "ACCOUNT") == []
    # The recipient sees the address, not its own id (observed.md row 15).
    theirs = server.client(invited)
    assert theirs.list_handshakes_for_account()["Handshakes"] == [handshake]
    assert theirs.describe_handshake(HandshakeId=handshake["Id"])["Handshake"] == handshake
    assert theirs.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert invited in organization.member_ids()


def test_email_that_no_account_holds_yet(server, organization):
    handshake = organization.invite("late@example.com")
    assert [mail["HandshakeId"] for mail in server.mail(to="late@example.com")] == [handshake["Id"]]
    server.advance("3d")
    late = new_account(server, email="late@example.com")
    assert server.client(late).list_handshakes_for_account()["Handshakes"] == [handshake]
    server.client(late).accept_handshake(HandshakeId=handshake["Id"])
    assert late in organization.member_ids()


def test_account_that_nobody_has_seen_yet(server, organization):
    """In a lab an account comes into being by its first signature; an invitation to its id waits for that."""
    late = fresh_account()
    handshake = organization.invite(late)
    assert [mail["HandshakeId"] for mail in server.mail(to=f"root+{late}@lab.example")] == [handshake["Id"]]
    assert server.client(late).list_handshakes_for_account()["Handshakes"] == [handshake]
    server.client(late).accept_handshake(HandshakeId=handshake["Id"])
    assert late in organization.member_ids()


def test_email_that_is_taken_only_after_the_end(server, organization):
    organization.invite("late@example.com")
    server.advance("16d")
    late = new_account(server, email="late@example.com")
    [handshake] = server.client(late).list_handshakes_for_account()["Handshakes"]
    assert handshake["State"] == "EXPIRED"
    with refused("InvalidHandshakeTransitionException"):
        server.client(late).accept_handshake(HandshakeId=handshake["Id"])


def test_several_organizations_invite_one_address(server):
    organizations = [new_organization(server) for _ in range(3)]
    sent = {organization.invite("wanted@example.com")["Id"] for organization in organizations}
    wanted = new_account(server, email="wanted@example.com")
    received = server.client(wanted).list_handshakes_for_account()["Handshakes"]
    assert {handshake["Id"] for handshake in received} == sent


def test_expiry_at_exactly_fifteen_days(server, organization, account):
    server.freeze()
    handshake = organization.invite(account)
    end = handshake["ExpirationTimestamp"]
    assert end - server.now() == FIFTEEN_DAYS

    def state():
        seen = server.client(account).describe_handshake(HandshakeId=handshake["Id"])["Handshake"]
        [listed] = organization.client.list_handshakes_for_organization()["Handshakes"]
        [received] = server.client(account).list_handshakes_for_account()["Handshakes"]
        assert seen == listed == received
        return seen["State"]

    server.set_clock(end - MILLISECOND)
    assert state() == "OPEN"
    server.set_clock(end)
    assert state() == "EXPIRED"
    for call, client in [
        ("accept_handshake", server.client(account)),
        ("decline_handshake", server.client(account)),
        ("cancel_handshake", organization.client),
    ]:
        with refused("InvalidHandshakeTransitionException"):
            getattr(client, call)(HandshakeId=handshake["Id"])
    # An expired invitation is no obstacle to a new one.
    assert organization.invite(account)["State"] == "OPEN"


@pytest.mark.parametrize("ending", ["ACCEPTED", "DECLINED", "CANCELED", "EXPIRED"])
def test_gone_thirty_days_after_its_end(server, organization, account, ending):
    server.freeze()
    handshake = organization.invite(account)["Id"]
    server.advance("2h")
    if ending == "ACCEPTED":
        server.client(account).accept_handshake(HandshakeId=handshake)
    elif ending == "DECLINED":
        server.client(account).decline_handshake(HandshakeId=handshake)
    elif ending == "CANCELED":
        organization.client.cancel_handshake(HandshakeId=handshake)
    else:
        server.advance("15d")
        server.set_clock(server.now())
    ended = server.now()
    if ending == "EXPIRED":
        described = server.client(account).describe_handshake(HandshakeId=handshake)["Handshake"]
        ended = described["ExpirationTimestamp"]

    server.set_clock(ended + 30 * DAY - MILLISECOND)
    for caller in (account, organization.management):
        assert server.client(caller).describe_handshake(HandshakeId=handshake)["Handshake"]["State"] == ending
    server.set_clock(ended + 30 * DAY)
    for caller in (account, organization.management):
        with refused("HandshakeNotFoundException"):
            server.client(caller).describe_handshake(HandshakeId=handshake)
    assert server.client(account).list_handshakes_for_account()["Handshakes"] == []
    assert organization.client.list_handshakes_for_organization()["Handshakes"] == []


def test_deletion(server, organization, account):
    other = new_account(server)
    organization.join(account)
    open_one = organization.invite(other)["Id"]
    with refused("OrganizationNotEmptyException"):
        organization.client.delete_organization()
    organization.client.remove_account_from_organization(AccountId=account)
    organization.client.delete_organization()

    with refused("AWSOrganizationsNotInUseException"):
        organization.client.describe_organization()
    # The open invitation ended with its organization.
    with refused("InvalidHandshakeTransitionException"):
        server.client(other).accept_handshake(HandshakeId=open_one)
    assert server.client(other).describe_handshake(HandshakeId=open_one)["Handshake"]["State"] == "CANCELED"
    # The former manager is free: to found another, or to join one.
    again = new_organization(server)
    again.join(organization.management)
    assert organization.management in again.member_ids()
    server.client(organization.management).leave_organization()
    created = organization.client.create_organization()["Organization"]
    assert created["Id"] != organization.id


def test_direct_move_between_organizations(server, organization, account):
    old, new = organization, new_organization(server)
    old.join(account, Tags=[{"Key": "team", "Value": "blue"}])
    server.advance("8d")
    others = new_organization(server)
    waiting = others.invite(account)["Id"]
    handshake = new.invite(account, Tags=[{"Key": "home", "Value": "new"}])
    accepted = server.client(account).accept_handshake(HandshakeId=handshake["Id"])["Handshake"]
    assert accepted["State"] == "ACCEPTED"

    assert account not in old.member_ids()
    assert account in new.member_ids()
    with refused("AccountNotFoundException"):
        old.client.describe_account(AccountId=account)
    moved = new.client.describe_account(AccountId=account)["Account"]
    assert moved["Arn"] == f"arn:aws:organizations::{new.management}:account/{new.id}/{account}"
    assert moved["Paths"] == [f"{new.id}/{new.root}/{account}/"]
    assert moved["JoinedMethod"] == "INVITED"
    assert new.client.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "home", "Value": "new"}]
    assert server.client(account).describe_organization()["Organization"]["Id"] == new.id
    # The third organization's invitation is still open.
    assert server.client(account).describe_handshake(HandshakeId=waiting)["Handshake"]["State"] == "OPEN"


def test_other_invitations_stay_open(server, account):
    first, second = new_organization(server), new_organization(server)
    kept = second.invite(account)["Id"]
    first.join(account)
    assert server.client(account).describe_handshake(HandshakeId=kept)["Handshake"]["State"] == "OPEN"


def test_an_account_appears_by_its_first_signature(server):
    account = fresh_account()
    assert server.client(account).list_handshakes_for_account()["Handshakes"] == []
    known = server.account(account)
    assert (known["Email"], known["Name"]) == (f"root+{account}@lab.example", f"Account {account}")


def test_identity_and_business_time(server, account):
    identity = server.client(account, "sts").get_caller_identity()
    assert {name: identity[name] for name in ("UserId", "Account", "Arn")} == {
        "UserId": account,
        "Account": account,
        "Arn": f"arn:aws:iam::{account}:root",
    }
    # The clients sign with wall time and go on working when business time is far ahead.
    before = server.now()
    server.advance("400d")
    assert server.now() - before >= 400 * DAY
    server.client(account).create_organization()
    [founder] = server.client(account).list_accounts()["Accounts"]
    assert founder["JoinedTimestamp"] - before >= 400 * DAY
    assert print_time(founder["JoinedTimestamp"]).endswith("Z")
