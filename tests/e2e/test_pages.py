"""Pages: bounds, tokens that nobody can forge or carry elsewhere, and places that hold while accounts come and go."""

import base64
import datetime
import json
import string

import pytest

from harness.world import months_on, new_account, new_organization, refused, refuses, snake
from test_delegation import SERVICES as SERVICE_NAMES
from test_delegation import WITHOUT
from test_model import MUST_BE_THERE

INVALID = "InvalidInputException"
TOKEN = "INVALID_NEXT_TOKEN"


def pages(client, operation, result, size=None, **body):
    """Every page as a list of lists."""
    found = []
    if size is not None:
        body["MaxResults"] = size
    while True:
        answer = getattr(client, operation)(**body)
        found.append(answer[result])
        if "NextToken" not in answer:
            return found
        body["NextToken"] = answer["NextToken"]


# One organization of 45 accounts with 25 open invitations, and 21 to 24 of everything else that is listed; read by most
# tests here.
MEMBERS, INVITED, UNITS, REQUESTS, SERVICES, DELEGATES, TRANSFERS = 44, 25, 23, 22, 25, 21, 24
POLICIES, ERRORS = 22, 24
PRINCIPALS = [service for service in SERVICE_NAMES if service not in WITHOUT] + ["ram.amazonaws.com", "q.amazonaws.com"]


@pytest.fixture(scope="module")
def big(shared_server):
    organization = new_organization(shared_server)
    client = organization.client
    organization.members = organization.add_members(MEMBERS)
    organization.invited = [new_account(shared_server) for _ in range(INVITED)]
    for account in organization.invited:
        organization.invite(account)
    for number in range(UNITS):
        organization.unit(f"Unit {number}")
    # They all fail: the address is taken.
    shared_server.limits(organization.id, CreationsAtOnce=REQUESTS, CreationMillis=0)
    for number in range(REQUESTS):
        email = f"owner-{organization.management}@example.com"
        client.create_account(Email=email, AccountName=f"Request {number}")
    assert len(PRINCIPALS) == SERVICES
    organization.trust(*PRINCIPALS)
    organization.delegate = organization.members[0]
    for service in PRINCIPALS[:DELEGATES]:
        client.register_delegated_administrator(AccountId=organization.delegate, ServicePrincipal=service)
    for member in organization.members[1:DELEGATES]:
        client.register_delegated_administrator(AccountId=member, ServicePrincipal=PRINCIPALS[0])
    start = months_on(shared_server.now(), 2)
    for _ in range(TRANSFERS):
        peer = new_organization(shared_server)
        organization.invite_to_transfer(peer.management, start)
        peer.invite_to_transfer(organization.management, start)
    policies(shared_server, organization)
    return organization


def policies(server, organization):
    """Tag policies at the root and at every unit, and a backup policy that lacks almost everything."""
    client, root = organization.client, organization.root
    server.limits(organization.id, ManagementPoliciesPerTarget=POLICIES)
    for kind in ("TAG_POLICY", "BACKUP_POLICY"):
        client.enable_policy_type(RootId=root, PolicyType=kind)

    def create(kind, name, content):
        made = client.create_policy(Type=kind, Name=name, Description="", Content=json.dumps(content))
        return made["Policy"]["PolicySummary"]["Id"]

    for number in range(POLICIES):
        policy = create("TAG_POLICY", f"Tags {number}", {"tags": {f"key{number}": {"tag_key": {"@@assign": f"Key{number}"}}}})
        client.attach_policy(PolicyId=policy, TargetId=root)
    organization.policy = policy
    units = client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=root)
    for unit in (unit["Id"] for page in units for unit in page["OrganizationalUnits"]):
        client.attach_policy(PolicyId=policy, TargetId=unit)
    # Every plan lacks its rules and its selections.
    plans = {f"plan{number}": {"regions": {"@@assign": ["us-east-1"]}} for number in range(ERRORS // 2)}
    client.attach_policy(PolicyId=create("BACKUP_POLICY", "Backups", {"plans": plans}), TargetId=root)


# Operation, its list, further input, how many in all.
LISTS = [
    ("list_accounts", "Accounts", {}, MEMBERS + 1),
    ("list_accounts_for_parent", "Accounts", {"ParentId": "{root}"}, MEMBERS + 1),
    ("list_children", "Children", {"ParentId": "{root}", "ChildType": "ACCOUNT"}, MEMBERS + 1),
    ("list_children", "Children", {"ParentId": "{root}", "ChildType": "ORGANIZATIONAL_UNIT"}, UNITS),
    ("list_handshakes_for_organization", "Handshakes", {}, MEMBERS + INVITED + TRANSFERS),
    ("list_handshakes_for_account", "Handshakes", {}, TRANSFERS),
    ("list_organizational_units_for_parent", "OrganizationalUnits", {"ParentId": "{root}"}, UNITS),
    ("list_create_account_status", "CreateAccountStatuses", {}, REQUESTS),
    ("list_aws_service_access_for_organization", "EnabledServicePrincipals", {}, SERVICES),
    ("list_delegated_administrators", "DelegatedAdministrators", {}, DELEGATES),
    ("list_delegated_administrators", "DelegatedAdministrators", {"ServicePrincipal": PRINCIPALS[0]}, DELEGATES),
    ("list_delegated_services_for_account", "DelegatedServices", {"AccountId": "{delegate}"}, DELEGATES),
    ("list_inbound_responsibility_transfers", "ResponsibilityTransfers", {"Type": "BILLING"}, TRANSFERS),
    ("list_outbound_responsibility_transfers", "ResponsibilityTransfers", {"Type": "BILLING"}, TRANSFERS),
    ("list_policies", "Policies", {"Filter": "TAG_POLICY"}, POLICIES),
    ("list_policies_for_target", "Policies", {"TargetId": "{root}", "Filter": "TAG_POLICY"}, POLICIES),
    ("list_targets_for_policy", "Targets", {"PolicyId": "{policy}"}, UNITS + 1),
    ("list_accounts_with_invalid_effective_policy", "Accounts", {"PolicyType": "BACKUP_POLICY"}, MEMBERS + 1),
    (
        "list_effective_policy_validation_errors",
        "EffectivePolicyValidationErrors",
        {"AccountId": "{delegate}", "PolicyType": "BACKUP_POLICY"},
        ERRORS,
    ),
]
IDS = [f"{row[0]}{''.join(f'-{value}' for value in row[2].values())}" for row in LISTS]


def of(big, body):
    return {name: value.format(root=big.root, delegate=big.delegate, policy=big.policy) for name, value in body.items()}


def identity(entry):
    named = entry.get("Id") or entry.get("TargetId") or entry.get("ServicePrincipal")
    return named or (entry["PathToError"], entry["ErrorMessage"])


@pytest.mark.parametrize("size", [None, 1, 7, 19, 20])
@pytest.mark.parametrize(("operation", "result", "body", "count"), LISTS, ids=IDS)
def test_every_element_once(big, operation, result, body, count, size):
    found = pages(big.client, operation, result, size, **of(big, body))
    assert all(len(page) <= (size or 20) for page in found)
    identifiers = [identity(entry) for page in found for entry in page]
    assert len(identifiers) == len(set(identifiers)) == count
    # Pages are as full as they may be: real clients see 20.
    assert [len(page) for page in found[:-1]] == [size or 20] * (len(found) - 1)


@pytest.mark.parametrize(("operation", "result", "body", "count"), LISTS, ids=IDS)
def test_order_is_stable(big, operation, result, body, count):
    first = pages(big.client, operation, result, 20, **of(big, body))
    second = pages(big.client, operation, result, 3, **of(big, body))
    assert [entry for page in first for entry in page] == [entry for page in second for entry in page]


@pytest.mark.parametrize(("operation", "result", "body", "count"), LISTS, ids=IDS)
def test_tokens_are_each_lists_own(big, operation, result, body, count):
    """A token of any list is good there, with the same input, and nowhere else."""
    body = of(big, body)
    token = token_of(big.client, operation, **body)
    assert getattr(big.client, operation)(NextToken=token, **body)[result]
    for other, _, input, _ in LISTS:
        if (other, of(big, input)) != (operation, body):
            with refused(INVALID, TOKEN):
                getattr(big.client, other)(NextToken=token, **of(big, input))


def test_every_list_is_here():
    listed = {snake(name) for name in MUST_BE_THERE if name.startswith("List")}
    # One root, one parent; tags have a test of their own.
    assert {row[0] for row in LISTS} == listed - {"list_roots", "list_parents", "list_tags_for_resource"}


def test_one_page_has_no_token(shared_server):
    organization = new_organization(shared_server)
    for answer in (
        organization.client.list_accounts(),
        organization.client.list_accounts(MaxResults=1),
        organization.client.list_roots(MaxResults=1),
        organization.client.list_parents(ChildId=organization.management, MaxResults=1),
    ):
        assert "NextToken" not in answer


def test_tags_page_without_a_size(shared_server):
    """ListTagsForResource has NextToken but no MaxResults; a client that follows tokens gets all 50 tags once."""
    organization = new_organization(shared_server)
    tags = [{"Key": f"key{number:02}", "Value": str(number)} for number in range(50)]
    organization.client.tag_resource(ResourceId=organization.management, Tags=tags)
    found = pages(organization.client, "list_tags_for_resource", "Tags", ResourceId=organization.management)
    listed = sorted((tag for page in found for tag in page), key=lambda tag: tag["Key"])
    assert listed == tags


def token_of(client, operation="list_accounts", **body):
    return getattr(client, operation)(MaxResults=1, **body)["NextToken"]


def test_tokens_of_elsewhere(big, shared_server):
    """A token serves only the operation, the input, and the account that it was given to."""
    root = {"ParentId": big.root}
    token = token_of(big.client)
    with refused(INVALID, TOKEN):
        big.client.list_accounts_for_parent(NextToken=token, **root)
    with refused(INVALID, TOKEN):
        big.client.list_handshakes_for_organization(NextToken=token)
    with refused(INVALID, TOKEN):
        big.client.list_children(ChildType="ACCOUNT", NextToken=token, **root)
    other = new_organization(shared_server)
    other.add_members(2)
    with refused(INVALID, TOKEN):
        other.client.list_accounts(NextToken=token)
    with refused(INVALID, TOKEN):
        big.client.list_accounts(NextToken=token_of(other.client))
    # With another filter the place means nothing.
    filtered = token_of(big.client, "list_handshakes_for_organization", Filter={"ActionType": "INVITE"})
    with refused(INVALID, TOKEN):
        big.client.list_handshakes_for_organization(Filter={"ActionType": "ENABLE_ALL_FEATURES"}, NextToken=filtered)
    # Where it belongs it goes on, with another page size too.
    assert len(big.client.list_accounts(NextToken=token, MaxResults=5)["Accounts"]) == 5


def test_forged_tokens(big):
    token = token_of(big.client)
    alphabet = string.ascii_letters + string.digits + "-_+/="
    forged = {"", " ", "1", "20", "null", "AAAA", token[:-1], token + "A", token.swapcase(), token * 2, big.members[0]}
    for place in range(0, len(token), max(1, len(token) // 40)):
        letter = alphabet[(alphabet.index(token[place]) + 1) % 62] if token[place] in alphabet else "A"
        forged.add(token[:place] + letter + token[place + 1 :])
    for raw in (b"20", b"{}", b"\x00" * 64, big.members[3].encode(), b'{"offset":20}'):
        forged.add(base64.urlsafe_b64encode(raw).decode())
        forged.add(base64.b64encode(raw).decode())
    forged.discard(token)
    for text in sorted(forged):
        refuses(big.server.call(big.management, "ListAccounts", {"NextToken": text}), INVALID, TOKEN)


def test_tokens_are_checked_after_the_other_input(big):
    answer = big.server.call(big.management, "ListAccounts", {"NextToken": "x", "MaxResults": 0})
    refuses(answer, INVALID, "MIN_VALUE_EXCEEDED:MAX_RESULTS")


def test_places_hold_while_accounts_come_and_go(shared_server):
    """Between pages accounts leave and join: whoever is there all the time is listed exactly once."""
    organization = new_organization(shared_server)
    members = organization.add_members(30)
    seen, turn, body = [], 0, {"MaxResults": 4}
    gone, come = set(), set()
    while True:
        answer = organization.client.list_accounts(**body)
        seen += [account["Id"] for account in answer["Accounts"]]
        if "NextToken" not in answer:
            break
        body["NextToken"] = answer["NextToken"]
        # The last one seen (the place itself), the next ones, and one from far behind go; one joins.
        leaving = [seen[-1], members[turn % 30], members[-1 - turn % 30]]
        for account in leaving:
            if account not in gone and account != organization.management:
                organization.client.remove_account_from_organization(AccountId=account)
                gone.add(account)
        joining = new_account(shared_server)
        organization.join(joining)
        come.add(joining)
        turn += 1
        assert turn < 100
    assert len(seen) == len(set(seen))
    stayed = ({organization.management} | set(members)) - gone
    assert stayed <= set(seen)
    assert set(seen) <= {organization.management} | set(members) | come


def test_a_place_survives_the_departure_of_everyone_behind_it(shared_server):
    organization = new_organization(shared_server)
    organization.add_members(5)
    first = organization.client.list_accounts(MaxResults=3)
    stays = {account["Id"] for account in first["Accounts"]} | {organization.management}
    for member in organization.member_ids():
        if member not in stays:
            organization.client.remove_account_from_organization(AccountId=member)
    last = organization.client.list_accounts(MaxResults=3, NextToken=first["NextToken"])
    assert {account["Id"] for account in last["Accounts"]} <= {organization.management}
    assert "NextToken" not in last


def test_tokens_survive_a_restart(start, tmp_path):
    data = tmp_path / "data"
    server = start("--data", data, "--clock", "virtual")
    organization = new_organization(server)
    organization.add_members(3)
    first = organization.client.list_accounts(MaxResults=2)
    assert server.stop() == 0
    again = start("--data", data, "--clock", "virtual")
    second = again.client(organization.management).list_accounts(MaxResults=2, NextToken=first["NextToken"])
    listed = [account["Id"] for answer in (first, second) for account in answer["Accounts"]]
    assert len(set(listed)) == 4


def test_received_invitations_page_too(shared_server):
    account = new_account(shared_server)
    sent = {new_organization(shared_server).invite(account)["Id"] for _ in range(5)}
    found = pages(shared_server.client(account), "list_handshakes_for_account", "Handshakes", 2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert {handshake["Id"] for page in found for handshake in page} == sent


def test_many_inviters_after_a_restart(start, tmp_path):
    """Nothing is in memory, and an account and a management account were asked by more organizations than a page has."""
    data = tmp_path / "data"
    server = start("--data", data, "--clock", "virtual=2031-03-05T12:00:00Z")
    account, manager = new_account(server), new_organization(server).management
    invited, offered = set(), set()
    for _ in range(70):
        organization = new_organization(server)
        invited.add(organization.invite(account)["Id"])
        offer = organization.client.invite_organization_to_transfer_responsibility(
            Type="BILLING",
            Target={"Type": "ACCOUNT", "Id": manager},
            StartTimestamp=datetime.datetime(2031, 5, 1, tzinfo=datetime.timezone.utc),
            SourceName="x",
        )["Handshake"]
        offered.add(offer["Id"])
    assert server.stop() == 0
    again = start("--data", data, "--clock", "virtual")
    found = pages(again.client(account), "list_handshakes_for_account", "Handshakes", 20)
    assert [len(page) for page in found] == [20, 20, 20, 10]
    assert {handshake["Id"] for page in found for handshake in page} == invited
    assert again.stop() == 0
    again = start("--data", data, "--clock", "virtual")
    found = again.client(manager).list_outbound_responsibility_transfers(Type="BILLING", MaxResults=20)
    seen = list(found["ResponsibilityTransfers"])
    while token := found.get("NextToken"):
        found = again.client(manager).list_outbound_responsibility_transfers(
            Type="BILLING", MaxResults=20, NextToken=token
        )
        seen += found["ResponsibilityTransfers"]
    assert {transfer["ActiveHandshakeId"] for transfer in seen} == offered
    assert len(seen) == 70
    found = pages(again.client(manager), "list_handshakes_for_account", "Handshakes", 20)
    assert {handshake["Id"] for page in found for handshake in page} == offered
