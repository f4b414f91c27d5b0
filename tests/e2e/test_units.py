"""Organizational units: a tree of them, names, depth, moves of accounts; at the size of a whole organization, too."""

import json

import pytest

from harness.server import guildhall
from harness.world import new_account, new_organization, refused, refuses
from test_cli import Cli

INVALID = "InvalidInputException"
CONSTRAINT = "ConstraintViolationException"
NO_UNIT = "OrganizationalUnitNotFoundException"
NO_PARENT = "ParentNotFoundException"
DUPLICATE = "DuplicateOrganizationalUnitException"
NOT_EMPTY = "OrganizationalUnitNotEmptyException"
NOWHERE = "ou-zzzz-12345678"


def listed(client, operation, result, **body):
    """All elements of a list, by botocore's own paginator."""
    return [entry for page in client.get_paginator(operation).paginate(**body) for entry in page[result]]


def names_below(organization, parent=None):
    parent = parent or organization.root
    units = listed(organization.client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
    return sorted(unit["Name"] for unit in units)


def units_below(client, parent):
    children = listed(client, "list_children", "Children", ParentId=parent, ChildType="ORGANIZATIONAL_UNIT")
    assert {child["Type"] for child in children} <= {"ORGANIZATIONAL_UNIT"}
    return sorted(child["Id"] for child in children)


def accounts_below(client, parent):
    children = listed(client, "list_children", "Children", ParentId=parent, ChildType="ACCOUNT")
    accounts = listed(client, "list_accounts_for_parent", "Accounts", ParentId=parent)
    assert sorted(child["Id"] for child in children) == sorted(account["Id"] for account in accounts)
    return sorted(child["Id"] for child in children)


def move(organization, account, source, destination):
    organization.client.move_account(AccountId=account, SourceParentId=source, DestinationParentId=destination)


def test_what_a_unit_looks_like(server, organization):
    client = organization.client
    tags = [{"Key": "stage", "Value": "prod"}, {"Key": "team", "Value": ""}]
    made = client.create_organizational_unit(ParentId=organization.root, Name="Workloads", Tags=tags)["OrganizationalUnit"]
    suffix = organization.root.removeprefix("r-")
    assert made["Id"].startswith(f"ou-{suffix}-") and len(made["Id"].split("-")[2]) == 8
    assert made["Arn"] == f"arn:aws:organizations::{organization.management}:ou/{organization.id}/{made['Id']}"
    assert made["Path"] == f"{organization.id}/{organization.root}/{made['Id']}/"
    assert made["Name"] == "Workloads"
    below = client.create_organizational_unit(ParentId=made["Id"], Name="Prod")["OrganizationalUnit"]
    assert below["Path"] == f"{made['Path']}{below['Id']}/"
    assert below["Id"].startswith(f"ou-{suffix}-")

    for unit, parent, kind in ((made, organization.root, "ROOT"), (below, made["Id"], "ORGANIZATIONAL_UNIT")):
        assert client.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"] == unit
        assert client.list_parents(ChildId=unit["Id"])["Parents"] == [{"Id": parent, "Type": kind}]
        assert client.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"] == [unit]
        assert units_below(client, parent) == [unit["Id"]]
    found = client.list_tags_for_resource(ResourceId=made["Id"])["Tags"]
    assert sorted(found, key=lambda tag: tag["Key"]) == tags
    assert client.list_tags_for_resource(ResourceId=below["Id"])["Tags"] == []


def test_tags_live_and_die_with_the_unit(server, organization):
    unit = organization.unit("Tagged", Tags=[{"Key": "a", "Value": "1"}])
    client = organization.client
    client.tag_resource(ResourceId=unit, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    client.untag_resource(ResourceId=unit, TagKeys=["b", "missing"])
    assert client.list_tags_for_resource(ResourceId=unit)["Tags"] == [{"Key": "a", "Value": "2"}]
    client.delete_organizational_unit(OrganizationalUnitId=unit)
    for call in (
        lambda: client.list_tags_for_resource(ResourceId=unit),
        lambda: client.tag_resource(ResourceId=unit, Tags=[]),
    ):
        with refused("TargetNotFoundException"):
            call()


def test_a_refused_creation_leaves_nothing(shared_server):
    organization = new_organization(shared_server)
    too_many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    make = {"ParentId": organization.root, "Name": "Never"}
    for tags, code, reason in [
        (too_many, CONSTRAINT, "MAX_TAG_LIMIT_EXCEEDED"),
        (twice, INVALID, "DUPLICATE_TAG_KEY"),
        ([{"Key": "aws:x", "Value": ""}], INVALID, "INVALID_SYSTEM_TAGS_PARAMETER"),
    ]:
        with refused(code, reason):
            organization.client.create_organizational_unit(**make, Tags=tags)
    assert names_below(organization) == []


def test_names_are_unique_among_siblings(shared_server):
    organization = new_organization(shared_server)
    client = organization.client
    first, second = organization.unit("Dev"), organization.unit("Prod")
    with refused(DUPLICATE):
        organization.unit("Dev")
    with refused(DUPLICATE):
        client.update_organizational_unit(OrganizationalUnitId=second, Name="Dev")
    # Elsewhere in the tree, and in another case, it is another name.
    below = organization.unit("Dev", parent=first)
    assert names_below(organization) == ["Dev", "Prod"]
    organization.unit("dev")
    assert names_below(organization) == ["Dev", "Prod", "dev"]
    # A name that was given up is free.
    client.update_organizational_unit(OrganizationalUnitId=first, Name="Development")
    organization.unit("Dev")
    client.delete_organizational_unit(OrganizationalUnitId=below)
    organization.unit("Dev", parent=first)
    assert names_below(organization, first) == ["Dev"]
    assert new_organization(shared_server).unit("Dev") != first


@pytest.mark.parametrize("name", ["x" * 128, "é" * 128, " lead and trail ", "a/b\\c", "日本", "tab\tand\nline"])
def test_odd_names(shared_server, name):
    organization = new_organization(shared_server)
    unit = organization.unit(name)
    shown = organization.client.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]
    assert shown["Name"] == name
    renamed = organization.client.update_organizational_unit(OrganizationalUnitId=unit, Name=f"{name}"[:127] + "!")
    assert renamed["OrganizationalUnit"]["Name"] == f"{name}"[:127] + "!"


def test_a_rename_keeps_everything_else(server, organization):
    [member] = organization.add_members(1)
    unit = organization.unit("Before", Tags=[{"Key": "k", "Value": "v"}])
    below = organization.unit("Below", parent=unit)
    move(organization, member, organization.root, unit)
    before = organization.client.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]
    after = organization.client.update_organizational_unit(OrganizationalUnitId=unit, Name="After")["OrganizationalUnit"]
    assert after == {**before, "Name": "After"}
    assert organization.client.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"] == after
    assert units_below(organization.client, unit) == [below]
    assert accounts_below(organization.client, unit) == [member]
    assert organization.client.list_tags_for_resource(ResourceId=unit)["Tags"] == [{"Key": "k", "Value": "v"}]


@pytest.mark.parametrize("body", [{}, {"Name": None}, {"Name": " "}, {"Name": "Same"}, {"AccountId": "1", "Unknown": []}])
def test_a_rename_to_nothing_changes_nothing(shared_server, body):
    """observed.md rows 8 and 10."""
    organization = new_organization(shared_server)
    unit = organization.unit("Same")
    before = organization.client.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]
    answer = shared_server.call(organization.management, "UpdateOrganizationalUnit", {"OrganizationalUnitId": unit, **body})
    assert (answer.status, answer.json) == (200, {"OrganizationalUnit": before})
    assert names_below(organization) == ["Same"]


def test_deletion(server, organization):
    client = organization.client
    [member] = organization.add_members(1)
    outer, empty = organization.unit("Outer"), organization.unit("Empty")
    inner = organization.unit("Inner", parent=outer)
    move(organization, member, organization.root, inner)
    for unit in (outer, inner):
        with refused(NOT_EMPTY):
            client.delete_organizational_unit(OrganizationalUnitId=unit)
    move(organization, member, inner, empty)
    client.delete_organizational_unit(OrganizationalUnitId=inner)
    client.delete_organizational_unit(OrganizationalUnitId=outer)
    with refused(NOT_EMPTY):
        client.delete_organizational_unit(OrganizationalUnitId=empty)
    # A closed account counts until it is gone.
    client.close_account(AccountId=member)
    server.advance("1m")
    with refused(NOT_EMPTY):
        client.delete_organizational_unit(OrganizationalUnitId=empty)
    server.advance("90d")
    client.delete_organizational_unit(OrganizationalUnitId=empty)
    for gone in (outer, inner, empty):
        for operation in ("describe", "delete"):
            with refused(NO_UNIT):
                getattr(client, f"{operation}_organizational_unit")(OrganizationalUnitId=gone)
        with refused(NO_UNIT):
            client.update_organizational_unit(OrganizationalUnitId=gone, Name="x")
        with refused("ChildNotFoundException"):
            client.list_parents(ChildId=gone)
        with refused(NO_PARENT):
            organization.unit("x", parent=gone)
        with refused(NO_PARENT):
            client.list_organizational_units_for_parent(ParentId=gone)
    assert units_below(client, organization.root) == []


def test_five_levels_and_no_more(shared_server):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    path, parent = f"{organization.id}/{organization.root}/", organization.root
    for level in range(5):
        parent = organization.unit(f"Level {level}", parent=parent)
        path += f"{parent}/"
        shown = organization.client.describe_organizational_unit(OrganizationalUnitId=parent)["OrganizationalUnit"]
        assert shown["Path"] == path
    with refused(CONSTRAINT, "OU_DEPTH_LIMIT_EXCEEDED"):
        organization.unit("Level 5", parent=parent)
    # An account under the fifth is fine.
    move(organization, member, organization.root, parent)
    assert organization.client.describe_account(AccountId=member)["Account"]["Paths"] == [f"{path}{member}/"]


def test_moves(server, organization):
    client = organization.client
    [member] = organization.add_members(1)
    first, second = organization.unit("First"), organization.unit("Second")
    inner = organization.unit("Inner", parent=first)
    before = client.describe_account(AccountId=member)["Account"]
    client.tag_resource(ResourceId=member, Tags=[{"Key": "k", "Value": "v"}])
    way = [organization.root, first, inner, second, organization.root]
    for source, destination in zip(way, way[1:], strict=False):
        move(organization, member, source, destination)
        kind = "ROOT" if destination == organization.root else "ORGANIZATIONAL_UNIT"
        assert client.list_parents(ChildId=member)["Parents"] == [{"Id": destination, "Type": kind}]
        assert member in accounts_below(client, destination)
        assert member not in accounts_below(client, source)
        shown = client.describe_account(AccountId=member)["Account"]
        assert shown["Paths"][0].split("/")[-3:-1] == [destination, member]
        assert shown in listed(client, "list_accounts", "Accounts")
        assert shown in listed(client, "list_accounts_for_parent", "Accounts", ParentId=destination)
    assert client.describe_account(AccountId=member)["Account"] == before
    assert client.list_tags_for_resource(ResourceId=member)["Tags"] == [{"Key": "k", "Value": "v"}]
    # The management account is moved like others.
    move(organization, organization.management, organization.root, first)
    assert accounts_below(client, first) == [organization.management]


# Account, source and destination, as names of the world below -> the refusal.
MOVES = [
    ("member", "first", "second", "AccountNotFoundException"),  # it is somewhere else
    ("stranger", "root", "first", "AccountNotFoundException"),
    ("nobody", "root", "first", "AccountNotFoundException"),
    ("invited", "root", "first", "AccountNotFoundException"),
    ("member", "unknown", "first", "SourceParentNotFoundException"),
    ("member", "foreign", "first", "SourceParentNotFoundException"),
    ("member", "root", "unknown", "DestinationParentNotFoundException"),
    ("member", "root", "foreign", "DestinationParentNotFoundException"),
    ("member", "root", "root", "DuplicateAccountException"),
    ("member", "first", "root", "DuplicateAccountException"),
    # The account comes first, the source before the destination.
    ("nobody", "unknown", "unknown", "AccountNotFoundException"),
    ("member", "unknown", "unknown", "SourceParentNotFoundException"),
]


@pytest.mark.parametrize(("account", "source", "destination", "code"), MOVES)
def test_moves_that_are_refused(shared_server, account, source, destination, code):
    organization, other = new_organization(shared_server), new_organization(shared_server)
    [member] = organization.add_members(1)
    [stranger] = other.add_members(1)
    invited = new_account(shared_server)
    organization.invite(invited)
    world = {
        "member": member, "stranger": stranger, "nobody": "999999999999", "invited": invited,
        "root": organization.root, "unknown": NOWHERE, "foreign": other.unit("Foreign"),
        "first": organization.unit("First"), "second": organization.unit("Second"),
    }  # fmt: skip
    with refused(code):
        move(organization, world[account], world[source], world[destination])
    assert member in accounts_below(organization.client, organization.root)


# What exists, but in another organization or not at all.
@pytest.mark.parametrize("where", ["foreign", "unknown"])
def test_elsewhere(shared_server, where):
    organization, other = new_organization(shared_server), new_organization(shared_server)
    unit = other.unit("Theirs") if where == "foreign" else NOWHERE
    client = organization.client
    for operation in ("describe", "delete"):
        with refused(NO_UNIT):
            getattr(client, f"{operation}_organizational_unit")(OrganizationalUnitId=unit)
    with refused(NO_UNIT):
        client.update_organizational_unit(OrganizationalUnitId=unit, Name="Mine")
    with refused(NO_PARENT):
        organization.unit("Mine", parent=unit)
    with refused(NO_PARENT):
        client.list_organizational_units_for_parent(ParentId=unit)
    with refused(NO_PARENT):
        client.list_children(ParentId=unit, ChildType="ORGANIZATIONAL_UNIT")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "x<img src=x onerror=alert(1)>", "JavaScript:void"])
def test_scripts_are_no_names(shared_server, name):
    organization = new_organization(shared_server)
    unit = organization.unit("Fine")
    for operation, body in [
        ("CreateOrganizationalUnit", {"ParentId": organization.root, "Name": name}),
        ("UpdateOrganizationalUnit", {"OrganizationalUnitId": unit, "Name": name}),
    ]:
        refuses(shared_server.call(organization.management, operation, body), INVALID, "INVALID_PATTERN:NAME")


def test_units_of_a_billing_organization(shared_server):
    organization = new_organization(shared_server, feature_set="CONSOLIDATED_BILLING")
    unit = organization.unit("Fine")
    move(organization, organization.management, organization.root, unit)
    assert accounts_below(organization.client, unit) == [organization.management]


@pytest.mark.parametrize("size", [None, 1, 7, 20])
def test_pages(shared_server, size):
    organization = new_organization(shared_server)
    made = {organization.unit(f"Unit {number}") for number in range(23)}
    paging = {} if size is None else {"PaginationConfig": {"PageSize": size}}
    body = {"ParentId": organization.root, **paging}
    pager = organization.client.get_paginator("list_organizational_units_for_parent")
    pages = [page["OrganizationalUnits"] for page in pager.paginate(**body)]
    assert all(len(page) == (size or 20) for page in pages[:-1])
    found = [unit["Id"] for page in pages for unit in page]
    assert len(found) == len(set(found)) == 23 and set(found) == made
    children = listed(organization.client, "list_children", "Children", ChildType="ORGANIZATIONAL_UNIT", **body)
    assert {child["Id"] for child in children} == made


def test_a_place_holds_while_units_come_and_go(shared_server):
    organization = new_organization(shared_server)
    made = [organization.unit(f"Unit {number}") for number in range(12)]
    client, body = organization.client, {"ParentId": organization.root, "MaxResults": 3}
    seen, gone = [], set()
    while True:
        answer = client.list_organizational_units_for_parent(**body)
        seen += [unit["Id"] for unit in answer["OrganizationalUnits"]]
        if "NextToken" not in answer:
            break
        body["NextToken"] = answer["NextToken"]
        client.delete_organizational_unit(OrganizationalUnitId=seen[-1])
        gone.add(seen[-1])
        organization.unit(f"Later {len(gone)}")
        assert len(gone) < 50
    assert len(seen) == len(set(seen))
    assert set(made) - gone <= set(seen)


def test_the_tree_goes_with_the_organization(server, organization):
    inner = organization.unit("Inner", parent=organization.unit("Outer"), Tags=[{"Key": "k", "Value": "v"}])
    organization.client.delete_organization()
    again = new_organization(server, organization.management)
    assert again.root != organization.root
    assert units_below(again.client, again.root) == []
    with refused(NO_UNIT):
        again.client.describe_organizational_unit(OrganizationalUnitId=inner)


def test_who_leaves_leaves_its_unit(server, organization):
    [member] = organization.add_members(1)
    unit = organization.unit("Unit")
    move(organization, member, organization.root, unit)
    organization.client.remove_account_from_organization(AccountId=member)
    organization.client.delete_organizational_unit(OrganizationalUnitId=unit)
    organization.join(member)
    assert organization.client.list_parents(ChildId=member)["Parents"][0]["Id"] == organization.root


def test_everything_is_durable(start, tmp_path):
    server = start("--data", tmp_path / "data")
    organization = new_organization(server)
    [member] = organization.add_members(1)
    outer = organization.unit("Outer", Tags=[{"Key": "k", "Value": "v"}])
    inner = organization.unit("Inner", parent=outer)
    move(organization, member, organization.root, inner)
    before = organization.client.describe_account(AccountId=member)["Account"]
    assert server.stop() == 0
    client = start("--data", tmp_path / "data").client(organization.management)
    assert client.describe_account(AccountId=member)["Account"] == before
    assert client.list_tags_for_resource(ResourceId=outer)["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused(DUPLICATE):
        client.create_organizational_unit(ParentId=outer, Name="Inner")


def test_the_aws_cli(server, tmp_path, organization):
    [member] = organization.add_members(1)
    cli = Cli(server, tmp_path, organization.management)
    made = cli(
        "create-organizational-unit", "--parent-id", organization.root, "--name", "Typed", "--tags", "Key=a,Value=b"
    )["OrganizationalUnit"]  # fmt: skip
    again = ("create-organizational-unit", "--parent-id", organization.root, "--name", "Typed")
    cli.refused("DuplicateOrganizationalUnitException", *again)
    way = ("--source-parent-id", organization.root, "--destination-parent-id", made["Id"])
    assert cli("move-account", "--account-id", member, *way) is None
    renamed = cli("update-organizational-unit", "--organizational-unit-id", made["Id"], "--name", "Retyped")
    shown = cli("describe-organizational-unit", "--organizational-unit-id", made["Id"])
    assert renamed == shown and shown["OrganizationalUnit"]["Name"] == "Retyped"
    found = cli("list-organizational-units-for-parent", "--parent-id", organization.root)
    assert found["OrganizationalUnits"] == [shown["OrganizationalUnit"]]
    cli.refused("OrganizationalUnitNotEmptyException", "delete-organizational-unit", "--organizational-unit-id", made["Id"])
    organization.client.move_account(AccountId=member, SourceParentId=made["Id"], DestinationParentId=organization.root)
    assert cli("delete-organizational-unit", "--organizational-unit-id", made["Id"]) is None


# As large as an organization can be: that it works, and answers as much as it should. Time is not looked at.

UNITS, ACCOUNTS = 2_000, 50_000


@pytest.mark.timeout(600)
def test_a_whole_organization(start, tmp_path):
    data, management = tmp_path / "data", "111111111111"
    filled = guildhall(
        "bench-fill", "--data", data, "--management", management, "--accounts", ACCOUNTS - 1, check=True, seconds=400
    )  # fmt: skip
    assert str(ACCOUNTS - 1) in filled.stdout
    # The quota is what an organization of this size has.
    server = start("--data", data, "--clock", "virtual")
    client = server.client(management)
    root = client.list_roots()["Roots"][0]["Id"]
    organization = client.describe_organization()["Organization"]["Id"]

    # 10 units, 10 below each, 19 below each of those; and what is left to 2,000 beside them.
    made = [root]
    below = {root: []}
    unchecked = server.client(management, checked=False)

    def create(parent):
        name = f"Unit {len(made)}"
        unit = unchecked.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]
        made.append(unit)
        below[parent].append(unit)
        below[unit] = []
        return unit

    for _ in range(10):
        outer = create(root)
        for _ in range(10):
            inner = create(outer)
            for _ in range(18):
                create(inner)
    while len(made) - 1 < UNITS:
        create(root)
    with refused(CONSTRAINT, "OU_NUMBER_LIMIT_EXCEEDED"):
        client.create_organizational_unit(ParentId=root, Name="One more")
    deepest = below[below[below[root][0]][0]][0]

    # Every list holds what it should: direct children only.
    assert units_below(client, root) == sorted(below[root])
    assert names_are(client, below[root][0], below)
    assert units_below(client, deepest) == []
    page = client.list_children(ParentId=root, ChildType="ACCOUNT")
    assert len(page["Children"]) == 20 and page["NextToken"]

    # Moves, creations and deletions as in a small one.
    moved = [f"{200_000_000_000 + number}" for number in range(45)]
    for account in moved:
        client.move_account(AccountId=account, SourceParentId=root, DestinationParentId=deepest)
    assert accounts_below(client, deepest) == moved
    assert client.describe_account(AccountId=moved[0])["Account"]["Paths"] == [
        f"{organization}/{root}/{below[root][0]}/{below[below[root][0]][0]}/{deepest}/{moved[0]}/"
    ]
    with refused(NOT_EMPTY):
        client.delete_organizational_unit(OrganizationalUnitId=deepest)
    for account in moved:
        client.move_account(AccountId=account, SourceParentId=deepest, DestinationParentId=root)
    client.delete_organizational_unit(OrganizationalUnitId=deepest)
    client.create_organizational_unit(ParentId=root, Name="In its place")
    with refused(CONSTRAINT, "OU_NUMBER_LIMIT_EXCEEDED"):
        client.create_organizational_unit(ParentId=root, Name="One more")

    # Every account once, and as many as there are.
    seen, token = set(), {}
    while True:
        page = unchecked.list_accounts(**token)
        fresh = {account["Id"] for account in page["Accounts"]}
        assert not fresh & seen
        seen |= fresh
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(seen) == ACCOUNTS
    assert server.stop() == 0
    guildhall("check", "--data", data, check=True, seconds=120)


def names_are(client, parent, below):
    units = listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
    return sorted(unit["Id"] for unit in units) == sorted(below[parent])
