"""Trusted access of AWS services, and members that administer them for the organization (policies.md 7.1 and 8)."""

import pytest

from harness.server import fresh_account
from harness.world import new_account, new_organization, refused, refuses
from test_cli import Cli
from test_units import listed

INVALID = "InvalidInputException"
CONSTRAINT = "ConstraintViolationException"
NOT_FOUND = "AccountNotFoundException"
NOT_REGISTERED = "AccountNotRegisteredException"
REGISTERED = "AccountAlreadyRegisteredException"
CONFIG, GUARD, TRAIL = "config.amazonaws.com", "guardduty.amazonaws.com", "cloudtrail.amazonaws.com"
# A part of the table of services: some of each year and every form of a name (policies.md section 8).
SERVICES = [
    CONFIG, GUARD, TRAIL, "account.amazonaws.com", "notifications.amazon.com", "member.org.stacksets.cloudformation.amazonaws.com",
    "license-manager.member-account.amazonaws.com", "malware-protection.guardduty.amazonaws.com", "sso.amazonaws.com",
    "ram.amazonaws.com", "tagpolicies.tag.amazonaws.com", "storage-lens.s3.amazonaws.com", "resource-explorer-2.amazonaws.com",
    "access-analyzer.amazonaws.com", "config-multiaccountsetup.amazonaws.com", "inspector2.amazonaws.com", "ssm.amazonaws.com",
    "servicequotas.amazonaws.com", "q.amazonaws.com", "iam.amazonaws.com", "mgn.amazonaws.com", "backup.amazonaws.com",
    "ipam.amazonaws.com", "fms.amazonaws.com", "macie.amazonaws.com", "health.amazonaws.com", "detective.amazonaws.com",
]  # fmt: skip
# They have no delegated administrators.
WITHOUT = [
    "aws-artifact-account-sync.amazonaws.com", "billing-cost-management.amazonaws.com", "controltower.amazonaws.com",
    "ds.amazonaws.com", "ec2.amazonaws.com", "license-management.marketplace.amazonaws.com", "q.amazonaws.com",
    "ram.amazonaws.com", "servicequotas.amazonaws.com", "tagpolicies.tag.amazonaws.com", "wellarchitected.amazonaws.com",
]  # fmt: skip
UNKNOWN = ["rockets.amazonaws.com", "config", "CONFIG.amazonaws.com", "config.amazonaws.com.", "config.amazon.com", "x", "a@b",
           "stacksets.cloudformation.amazonaws.com"]


def register(organization, account, service):
    organization.client.register_delegated_administrator(AccountId=account, ServicePrincipal=service)


def deregister(organization, account, service):
    organization.client.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)


def trusted(client, **more):
    return listed(client, "list_aws_service_access_for_organization", "EnabledServicePrincipals", **more)


def delegates(client, **more):
    return listed(client, "list_delegated_administrators", "DelegatedAdministrators", **more)


def services_of(client, account, **more):
    return listed(client, "list_delegated_services_for_account", "DelegatedServices", AccountId=account, **more)


# Trusted access.


def test_services_that_only_the_operator_knows(start, tmp_path):
    config = tmp_path / "guildhall.toml"
    config.write_text('service_principals = ["rockets.amazonaws.com"]\n')
    for server, known in (
        (start("--ephemeral", "--config", config), "rockets.amazonaws.com"),
        (start("--ephemeral", "--config", config, "--service-principal", "kites.amazonaws.com"), "kites.amazonaws.com"),
    ):
        organization = new_organization(server)
        organization.trust(known)
        [member] = organization.add_members(1)
        register(organization, member, known)
        assert [delegate["Id"] for delegate in delegates(organization.client, ServicePrincipal=known)] == [member]
        with refused(INVALID, reason="UNRECOGNIZED_SERVICE_PRINCIPAL"):
            organization.trust("boats.amazonaws.com")


def test_trusted_access(server, organization):
    client = organization.client
    assert trusted(client) == []
    server.freeze()
    first = server.now()
    organization.trust(CONFIG)
    server.advance("1h")
    organization.trust(GUARD, CONFIG)  # once more: nothing changes
    assert trusted(client) == [
        {"ServicePrincipal": CONFIG, "DateEnabled": first},
        {"ServicePrincipal": GUARD, "DateEnabled": server.now()},
    ]
    for _ in range(2):  # where it is off already nothing happens
        client.disable_aws_service_access(ServicePrincipal=CONFIG)
    assert [entry["ServicePrincipal"] for entry in trusted(client)] == [GUARD]
    server.advance("1h")
    organization.trust(CONFIG)
    assert trusted(client)[0] == {"ServicePrincipal": CONFIG, "DateEnabled": server.now()}
    assert trusted(new_organization(server).client) == []


@pytest.mark.parametrize("size", [None, 1, 10, 20])
def test_pages_of_services(shared_server, size):
    organization = new_organization(shared_server)
    organization.trust(*SERVICES)
    paging = {} if size is None else {"PaginationConfig": {"PageSize": size}}
    pager = organization.client.get_paginator("list_aws_service_access_for_organization").paginate(**paging)
    pages = [page["EnabledServicePrincipals"] for page in pager]
    assert [len(page) for page in pages[:-1]] == [size or 20] * (len(pages) - 1)
    assert sorted(entry["ServicePrincipal"] for page in pages for entry in page) == sorted(SERVICES)


@pytest.mark.parametrize("operation", ["EnableAWSServiceAccess", "DisableAWSServiceAccess"])
@pytest.mark.parametrize("service", UNKNOWN)
def test_services_that_nobody_knows(shared_server, operation, service):
    organization = new_organization(shared_server)
    answer = shared_server.call(organization.management, operation, {"ServicePrincipal": service})
    refuses(answer, INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL")


def test_access_is_not_taken_from_under_a_delegate(server, organization):
    [member] = organization.add_members(1)
    organization.trust(CONFIG)
    register(organization, member, CONFIG)
    with refused(CONSTRAINT, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"):
        organization.client.disable_aws_service_access(ServicePrincipal=CONFIG)
    deregister(organization, member, CONFIG)
    organization.client.disable_aws_service_access(ServicePrincipal=CONFIG)


def test_only_with_all_features(server):
    billing = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    [member] = billing.add_members(1)
    client, over = billing.client, (CONSTRAINT, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")
    for call in (
        lambda: client.enable_aws_service_access(ServicePrincipal=CONFIG),
        lambda: client.disable_aws_service_access(ServicePrincipal=CONFIG),
        lambda: client.list_aws_service_access_for_organization(),
        lambda: register(billing, member, CONFIG),
        lambda: deregister(billing, member, CONFIG),
        lambda: client.list_delegated_administrators(),
        lambda: client.list_delegated_services_for_account(AccountId=member),
    ):
        with refused(*over):
            call()


# Delegated administrators.


def test_delegates(server, organization):
    client = organization.client
    one, two = sorted(organization.add_members(2))
    organization.trust(CONFIG, GUARD)
    server.freeze()
    assert delegates(client) == []
    earliest = server.now()
    register(organization, one, GUARD)
    server.advance("1d")
    register(organization, one, CONFIG)
    register(organization, two, CONFIG)
    rows = {row["Id"]: row for row in delegates(client)}
    assert sorted(rows) == [one, two]
    account = client.describe_account(AccountId=one)["Account"]
    account.pop("Paths")
    # One row for each, with the earliest of its dates.
    assert rows[one] == {**account, "DelegationEnabledDate": earliest}
    assert rows[two]["DelegationEnabledDate"] == server.now()
    # Of one service, with that one's date.
    assert {row["Id"]: row["DelegationEnabledDate"] for row in delegates(client, ServicePrincipal=CONFIG)} == {
        one: server.now(), two: server.now(),
    }  # fmt: skip
    assert [row["Id"] for row in delegates(client, ServicePrincipal=GUARD)] == [one]
    assert delegates(client, ServicePrincipal=TRAIL) == []
    assert services_of(client, one) == [
        {"ServicePrincipal": CONFIG, "DelegationEnabledDate": server.now()},
        {"ServicePrincipal": GUARD, "DelegationEnabledDate": earliest},
    ]
    deregister(organization, one, GUARD)
    assert {row["Id"]: row["DelegationEnabledDate"] for row in delegates(client)}[one] == server.now()
    deregister(organization, one, CONFIG)
    with refused(NOT_REGISTERED):
        services_of(client, one)
    assert [row["Id"] for row in delegates(client)] == [two]


def test_registrations_that_are_refused(server, organization):
    member, suspended, closing = organization.add_members(3)
    [foreign] = new_organization(server).add_members(1)
    organization.trust(CONFIG, GUARD, *WITHOUT[:2])
    register(organization, member, CONFIG)
    server.facts(suspended, Suspended=True)
    server.freeze()
    organization.client.close_account(AccountId=closing)
    for account, service, code, reason in [
        (member, CONFIG, REGISTERED, None),
        (member, TRAIL, CONSTRAINT, "SERVICE_ACCESS_NOT_ENABLED"),
        (organization.management, GUARD, CONSTRAINT, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"),
        (suspended, GUARD, CONSTRAINT, "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR"),
        (closing, GUARD, CONSTRAINT, "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR"),
        (foreign, GUARD, NOT_FOUND, None),
        (fresh_account(), GUARD, NOT_FOUND, None),
        (member, WITHOUT[0], INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL"),
        (member, "rockets.amazonaws.com", INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL"),
    ]:
        with refused(code, reason):
            register(organization, account, service)
    for account, service, code in [
        (member, GUARD, NOT_REGISTERED),
        (suspended, CONFIG, NOT_REGISTERED),
        (organization.management, CONFIG, NOT_REGISTERED),
        (foreign, CONFIG, NOT_FOUND),
        (fresh_account(), CONFIG, NOT_FOUND),
    ]:
        with refused(code):
            deregister(organization, account, service)
    for account, code in [(suspended, NOT_REGISTERED), (foreign, NOT_FOUND), (fresh_account(), NOT_FOUND)]:
        with refused(code):
            services_of(organization.client, account)


@pytest.mark.parametrize("service", WITHOUT)
def test_services_without_administrators(shared_server, service):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    organization.trust(service)
    with refused(INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL"):
        register(organization, member, service)


@pytest.mark.parametrize(
    ("service", "most"), [(TRAIL, 3), ("member.org.stacksets.cloudformation.amazonaws.com", 5), (CONFIG, 22)]
)
def test_so_many_administrators(shared_server, service, most):
    organization = new_organization(shared_server)
    members = organization.add_members(min(most + 1, 22))
    organization.trust(service)
    for member in members[:most]:
        register(organization, member, service)
    for size in (None, 1, 7):
        paging = {} if size is None else {"PaginationConfig": {"PageSize": size}}
        found = [row["Id"] for row in delegates(organization.client, ServicePrincipal=service, **paging)]
        assert sorted(found) == sorted(members[:most])
    if most < 22:
        with refused(CONSTRAINT, "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED"):
            register(organization, members[most], service)
        deregister(organization, members[0], service)
        register(organization, members[most], service)


def test_pages_of_one_delegates_services(shared_server):
    organization = new_organization(shared_server)
    [member] = organization.add_members(1)
    mine = [service for service in SERVICES if service not in WITHOUT]
    organization.trust(*SERVICES)
    for service in mine:
        register(organization, member, service)
    for size in (None, 1, 6):
        paging = {} if size is None else {"PaginationConfig": {"PageSize": size}}
        found = [entry["ServicePrincipal"] for entry in services_of(organization.client, member, **paging)]
        assert len(found) == len(set(found)) and sorted(found) == sorted(mine)


# What a delegate reads, whichever service it is registered for; test_refusals.py has every operation.
def test_a_delegate_reads_what_the_management_account_does(server, organization):
    delegate, member = organization.add_members(2)
    unit = organization.unit("Unit", Tags=[{"Key": "k", "Value": "v"}])
    handshake = organization.invite(new_account(server))["Id"]
    organization.trust("account.amazonaws.com")
    client = server.client(delegate)
    with refused("AccessDeniedException"):
        client.list_accounts()
    register(organization, delegate, "account.amazonaws.com")
    reads = [
        ("list_accounts", {}), ("list_roots", {}), ("describe_account", {"AccountId": member}),
        ("list_parents", {"ChildId": member}), ("list_children", {"ParentId": organization.root, "ChildType": "ACCOUNT"}),
        ("list_accounts_for_parent", {"ParentId": organization.root}),
        ("list_organizational_units_for_parent", {"ParentId": organization.root}),
        ("describe_organizational_unit", {"OrganizationalUnitId": unit}), ("list_tags_for_resource", {"ResourceId": unit}),
        ("list_create_account_status", {}), ("list_aws_service_access_for_organization", {}),
        ("list_delegated_administrators", {}), ("list_delegated_services_for_account", {"AccountId": delegate}),
        ("list_handshakes_for_organization", {}), ("describe_organization", {}),
    ]  # fmt: skip
    for operation, body in reads:
        own, theirs = getattr(client, operation)(**body), getattr(organization.client, operation)(**body)
        for answer in (own, theirs):
            answer.pop("ResponseMetadata")
        assert own == theirs, operation
    # Nothing is written, and an invitation that it sees is not the delegate's to take back.
    with refused("AccessDeniedException"):
        client.tag_resource(ResourceId=unit, Tags=[{"Key": "k", "Value": "w"}])
    with refused("AccessDeniedException"):
        client.cancel_handshake(HandshakeId=handshake)
    # The last registration gone, nothing is read any more.
    deregister(organization, delegate, "account.amazonaws.com")
    with refused("AccessDeniedException"):
        client.list_accounts()


def test_a_closed_delegate_goes_with_its_registrations(server, organization):
    [member] = organization.add_members(1)
    organization.trust(CONFIG)
    register(organization, member, CONFIG)
    organization.client.close_account(AccountId=member)
    server.advance("1m")
    [row] = delegates(organization.client)
    assert (row["State"], row["Status"]) == ("CLOSED", "SUSPENDED")
    server.advance("90d")
    assert delegates(organization.client) == []
    organization.client.disable_aws_service_access(ServicePrincipal=CONFIG)


def test_a_delegate_may_not_move_either(server, organization):
    other = new_organization(server)
    [member] = organization.add_members(1)
    organization.trust(CONFIG)
    register(organization, member, CONFIG)
    handshake = other.invite(member)["Id"]
    with refused(CONSTRAINT, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"):
        server.client(member).accept_handshake(HandshakeId=handshake)
    deregister(organization, member, CONFIG)
    server.client(member).accept_handshake(HandshakeId=handshake)


def test_everything_ends_with_the_organization(server, organization):
    organization.trust(CONFIG)
    organization.client.delete_organization()
    assert trusted(new_organization(server, organization.management).client) == []


def test_the_aws_cli(server, tmp_path, organization):
    [member] = organization.add_members(1)
    cli = Cli(server, tmp_path, organization.management)
    service = ("--service-principal", CONFIG)
    assert cli("enable-aws-service-access", *service) is None
    assert cli("register-delegated-administrator", "--account-id", member, *service) is None
    assert [row["Id"] for row in cli("list-delegated-administrators", *service)["DelegatedAdministrators"]] == [member]
    found = cli("list-delegated-services-for-account", "--account-id", member)["DelegatedServices"]
    assert [row["ServicePrincipal"] for row in found] == [CONFIG]
    cli.refused("ConstraintViolationException", "disable-aws-service-access", *service)
    assert cli("deregister-delegated-administrator", "--account-id", member, *service) is None
    listed = cli("list-aws-service-access-for-organization")["EnabledServicePrincipals"]
    assert [row["ServicePrincipal"] for row in listed] == [CONFIG]
    assert cli("disable-aws-service-access", *service) is None
