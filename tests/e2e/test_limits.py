"""Limits of organizations: AWS's and the lab's, single ones in the configuration, and an organization's own (accounts.md 7.1).

What each limit refuses is shown beside what it limits; here: which numbers hold where, and that each one is listened to.
"""

import datetime
import uuid

import pytest

from harness.server import ControlError, StartFailed, wait_for
from harness.world import months_on, new_account, new_organization, refused
from test_policies import BACKUP, RCP, SCP, TAG, create, policy_types

CONSTRAINT = "ConstraintViolationException"
HANDSHAKE_CONSTRAINT = "HandshakeConstraintViolationException"
DAYS = datetime.timedelta(days=1)

# Name on the control API, name in the file, AWS's number, the lab's.
LIMITS = [
    ("Accounts", "accounts", 10, 5_000),
    ("InvitationsPerDay", "invitations_per_day", 20, 5_000),  # max(20, accounts)
    ("InvitationDays", "invitation_days", 15, 15),
    ("AllFeaturesDays", "all_features_days", 90, 90),
    ("AllFeaturesAccounts", "all_features_accounts", 5_000, 5_000),
    ("FirstHour", "first_hour", True, False),
    ("FirstWeek", "first_week", True, False),
    ("CreationsAtOnce", "creations_at_once", 5, 5),
    ("CreationMillis", "creation_millis", 3_000, 0),
    ("CreatedAccountDays", "created_account_days", 4, 4),
    ("ClosuresAtOnce", "closures_at_once", 3, 3),
    ("ClosuresPer30Days", "closures_per_30_days", 250, 250),
    ("ClosureMillis", "closure_millis", 60_000, 0),
    ("PostClosureDays", "post_closure_days", 90, 90),
    ("RegionsAtOnce", "regions_at_once", 6, 6),
    ("OrganizationRegionsAtOnce", "organization_regions_at_once", 50, 50),
    ("RegionMillis", "region_millis", 120_000, 0),
    ("Roles", "roles", 1_000, 1_000),
    ("Users", "users", 5_000, 5_000),
    ("Groups", "groups", 300, 300),
    ("GroupsPerUser", "groups_per_user", 10, 10),
    ("AccessKeysPerUser", "access_keys_per_user", 2, 2),
    ("MfaDevicesPerUser", "mfa_devices_per_user", 8, 8),
    ("InstanceProfiles", "instance_profiles", 1_000, 1_000),
    ("CustomerManagedPolicies", "customer_managed_policies", 1_500, 1_500),
    ("PolicyVersions", "policy_versions", 5, 5),
    ("ManagedPolicyCharacters", "managed_policy_characters", 6_144, 6_144),
    ("UserPolicyCharacters", "user_policy_characters", 2_048, 2_048),
    ("GroupPolicyCharacters", "group_policy_characters", 5_120, 5_120),
    ("RolePolicyCharacters", "role_policy_characters", 10_240, 10_240),
    ("PoliciesPerUser", "policies_per_user", 10, 10),
    ("PoliciesPerGroup", "policies_per_group", 10, 10),
    ("PoliciesPerRole", "policies_per_role", 20, 20),
    ("TrustPolicyCharacters", "trust_policy_characters", 2_048, 2_048),
    ("OrganizationalUnits", "organizational_units", 2_000, 2_000),
    ("OrganizationalUnitDepth", "organizational_unit_depth", 5, 5),
    ("Tags", "tags", 50, 50),
    ("ServiceControlPolicies", "service_control_policies", 10_000, 10_000),
    ("ServiceControlPolicyCharacters", "service_control_policy_characters", 10_240, 10_240),
    ("ServiceControlPoliciesPerTarget", "service_control_policies_per_target", 10, 10),
    ("ResourceControlPolicies", "resource_control_policies", 2_000, 2_000),
    ("ResourceControlPolicyCharacters", "resource_control_policy_characters", 5_120, 5_120),
    ("ResourceControlPoliciesPerTarget", "resource_control_policies_per_target", 5, 5),
    ("ManagementPolicies", "management_policies", 1_000, 1_000),
    ("ManagementPolicyCharacters", "management_policy_characters", 0, 0),  # AWS's number for the type
    ("ManagementPoliciesPerTarget", "management_policies_per_target", 0, 0),
    ("ResourcePolicyCharacters", "resource_policy_characters", 40_000, 40_000),
    ("InboundTransfers", "inbound_transfers", 0, 1_000),
    ("OutboundTransfers", "outbound_transfers", 1, 1),
    ("TransferLevels", "transfer_levels", 1, 1),
]
NAMES = [row[0] for row in LIMITS]


def limits_of(organization):
    found = organization.server.control("GET", f"/_guildhall/limits?organization={organization.id}")
    assert found.pop("OrganizationId") == organization.id
    return found


def other_value(value):
    return not value if isinstance(value, bool) else value + 7


@pytest.mark.parametrize("flags", [(), ("--limits", "lab"), ("--limits", "aws")], ids=["default", "lab", "aws"])
def test_a_servers_numbers(start, flags):
    server = start("--ephemeral", "--clock", "virtual", *flags)
    expected = {name: aws if "aws" in flags else lab for name, _, aws, lab in LIMITS}
    assert limits_of(new_organization(server)) == expected


@pytest.mark.parametrize("base", ["aws", "lab"])
def test_single_numbers_in_the_file(start, tmp_path, base):
    """Every one of them, over either set; an organization's own go over both."""
    quotas = {toml: other_value(aws if base == "aws" else lab) for _, toml, aws, lab in LIMITS}
    file = tmp_path / "guildhall.toml"
    lines = [f"{name} = {str(value).lower()}" for name, value in quotas.items()]
    file.write_text(f'ephemeral = true\nclock = "virtual"\nlimits = "{base}"\n\n[quotas]\n' + "\n".join(lines) + "\n")
    server = start("--config", file)
    organization, other = new_organization(server), new_organization(server)
    expected = {name: quotas[toml] for name, toml, _, _ in LIMITS}
    assert limits_of(organization) == expected
    server.limits(organization.id, Accounts=3, FirstHour=expected["FirstHour"])
    assert limits_of(organization) == {**expected, "Accounts": 3}
    assert limits_of(other) == expected


@pytest.mark.parametrize("text", ["rockets = 3", "accounts = -1", 'accounts = "10"', "first_hour = 1", "accounts = 1.5"])
def test_wrong_numbers_in_the_file(start, tmp_path, text):
    file = tmp_path / "guildhall.toml"
    file.write_text(f"ephemeral = true\n\n[quotas]\n{text}\n")
    with pytest.raises(StartFailed) as caught:
        start("--config", file)
    assert caught.value.code == 2
    assert text.split(" ", 1)[0] in caught.value.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_organizations_own(shared_server, name):
    organization, other = new_organization(shared_server), new_organization(shared_server)
    before = limits_of(organization)
    wanted = other_value(before[name])
    after = {**before, name: wanted}
    if name == "Accounts":
        # Another follows from it: as many invitations a day as accounts, but twenty at least.
        after["InvitationsPerDay"] = wanted
    assert shared_server.limits(organization.id, **{name: wanted}) == {"OrganizationId": organization.id, **after}
    assert limits_of(organization) == after
    assert limits_of(other) == before
    for wrong in (-1, "5", 7 if isinstance(wanted, bool) else True, [1], 2**40, 1.5):
        with pytest.raises(ControlError) as caught:
            shared_server.limits(organization.id, **{name: wrong})
        assert caught.value.status == 400
    assert limits_of(organization) == after


def test_they_are_durable(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    organization = new_organization(server)
    wanted = {name: other_value(lab) for name, _, _, lab in LIMITS}
    server.limits(organization.id, **wanted)
    assert server.stop() == 0
    organization.server = start("--data", tmp_path / "data", "--clock", "virtual", "--limits", "aws")
    assert limits_of(organization) == wanted


# That each one is listened to. Those about numbers of things: at the limit it is refused, one higher it is not.


def fresh(organization):
    return f"fresh-{organization.management}-{datetime.datetime.now().timestamp()}@example.com"


def ask(organization):
    return organization.client.create_account(Email=fresh(organization), AccountName="x")


def invite_anybody(organization):
    return organization.invite(new_account(organization.server))


def close_one(organization):
    organization.client.close_account(AccountId=organization.add_members(1)[0])


def another_source(organization):
    source = new_organization(organization.server)
    return organization.invite_to_transfer(source.management, months_on(organization.server.now(), 2))


def tag_more(organization):
    number = len(organization.client.list_tags_for_resource(ResourceId=organization.root)["Tags"])
    organization.client.tag_resource(ResourceId=organization.root, Tags=[{"Key": f"k{number}", "Value": ""}])


def deeper(organization):
    parent = organization.root
    while True:
        below = organization.client.list_children(ParentId=parent, ChildType="ORGANIZATIONAL_UNIT")["Children"]
        if not below:
            return organization.unit("Deeper", parent=parent)
        parent = below[0]["Id"]


def wider(organization):
    units = organization.client.list_children(ParentId=organization.root, ChildType="ORGANIZATIONAL_UNIT")["Children"]
    return organization.unit(f"Unit {len(units)}")


def canceled(organization):
    organization.client.cancel_handshake(HandshakeId=invite_anybody(organization)["Id"])


def write(kind):
    return lambda organization: create(organization.client, kind, f"{kind} {uuid.uuid4()}")


def attach(kind):
    def use(organization):
        if kind not in policy_types(organization.client):
            organization.client.enable_policy_type(RootId=organization.root, PolicyType=kind)
        organization.client.attach_policy(PolicyId=write(kind)(organization), TargetId=organization.root)

    return use


# Limit -> (what uses one up, how many there are at first, the refusal).
NUMBERS = {
    "Accounts": (invite_anybody, 1, HANDSHAKE_CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"),
    "InvitationsPerDay": (canceled, 0, HANDSHAKE_CONSTRAINT, "HANDSHAKE_RATE_LIMIT_EXCEEDED"),
    "CreationsAtOnce": (ask, 0, CONSTRAINT, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"),
    "ClosuresAtOnce": (close_one, 0, CONSTRAINT, "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"),
    "ClosuresPer30Days": (close_one, 0, CONSTRAINT, "CLOSE_ACCOUNT_QUOTA_EXCEEDED"),
    "OrganizationalUnits": (wider, 0, CONSTRAINT, "OU_NUMBER_LIMIT_EXCEEDED"),
    "OrganizationalUnitDepth": (deeper, 0, CONSTRAINT, "OU_DEPTH_LIMIT_EXCEEDED"),
    "Tags": (tag_more, 0, CONSTRAINT, "MAX_TAG_LIMIT_EXCEEDED"),
    "ServiceControlPolicies": (write(SCP), 0, CONSTRAINT, "POLICY_NUMBER_LIMIT_EXCEEDED"),
    "ResourceControlPolicies": (write(RCP), 0, CONSTRAINT, "POLICY_NUMBER_LIMIT_EXCEEDED"),
    "ManagementPolicies": (write(BACKUP), 0, CONSTRAINT, "POLICY_NUMBER_LIMIT_EXCEEDED"),
    # One of them is AWS's own.
    "ServiceControlPoliciesPerTarget": (attach(SCP), 1, CONSTRAINT, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"),
    "ResourceControlPoliciesPerTarget": (attach(RCP), 1, CONSTRAINT, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"),
    "ManagementPoliciesPerTarget": (attach(TAG), 0, CONSTRAINT, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"),
    "InboundTransfers": (another_source, 0, CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number(server, organization, name):
    use, there, code, reason = NUMBERS[name]
    server.freeze()
    if name == "ClosuresPer30Days":
        server.limits(organization.id, ClosuresAtOnce=100)
    if name.endswith("AtOnce"):
        server.limits(organization.id, CreationMillis=200, ClosureMillis=200)
    server.limits(organization.id, **{name: there + 2})
    for number in range(3):
        if number == 2:
            with refused(code, reason):
                use(organization)
            server.limits(organization.id, **{name: there + 3})
        use(organization)
    server.limits(organization.id, **{name: 1})
    with refused(code, reason):
        use(organization)


def test_none_at_all(server, organization):
    """Zero is a limit like others, but for those whose zero means: by the number of accounts, or by the type."""
    others = {"Accounts", "InvitationsPerDay", "ClosuresPer30Days", "ManagementPoliciesPerTarget"}
    for name in sorted(NUMBERS.keys() - others):
        use, _, code, reason = NUMBERS[name]
        server.limits(organization.id, **{name: 0})
        with refused(code, reason):
            use(organization)
        server.limits(organization.id, **{name: 5})
    assert server.limits(organization.id, InvitationsPerDay=0, Accounts=30)["InvitationsPerDay"] == 30
    assert server.limits(organization.id, Accounts=3)["InvitationsPerDay"] == 20
    assert server.limits(organization.id, ClosuresPer30Days=0)["ClosuresPer30Days"] == 250


# Those about time.


def test_invitation_days(server, organization):
    server.limits(organization.id, InvitationDays=2)
    handshake = invite_anybody(organization)
    assert handshake["ExpirationTimestamp"] - handshake["RequestedTimestamp"] == 2 * DAYS
    server.advance("2d")
    shown = organization.client.describe_handshake(HandshakeId=handshake["Id"])["Handshake"]
    assert shown["State"] == "EXPIRED"


def test_all_features_days(server):
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    organization.add_members(1)
    server.limits(organization.id, AllFeaturesDays=3)
    request = organization.client.enable_all_features()["Handshake"]
    assert request["ExpirationTimestamp"] - request["RequestedTimestamp"] == 3 * DAYS


def test_creation_millis(server, organization):
    server.freeze()
    for millis in (0, 90_000):
        server.limits(organization.id, CreationMillis=millis)
        asked = ask(organization)["CreateAccountStatus"]

        def seen(request=asked["Id"]):
            shown = organization.client.describe_create_account_status(CreateAccountRequestId=request)
            return shown["CreateAccountStatus"]

        if millis:
            server.advance("89s")
            assert seen()["State"] == "IN_PROGRESS"
            server.advance("1s")
        # Asynchronous even then: the answer never says that it is done.
        assert asked["State"] == "IN_PROGRESS"
        done = seen()
        assert done["State"] == "SUCCEEDED"
        assert (done["CompletedTimestamp"] - done["RequestedTimestamp"]).total_seconds() * 1_000 == millis


def test_created_account_days(server, organization):
    server.limits(organization.id, CreatedAccountDays=0)
    account = organization.create(fresh(organization))["AccountId"]
    server.facts(account, PaymentInstrument=True, PhoneVerified=True, CustomerAgreement=True)
    server.limits(organization.id, CreatedAccountDays=2)
    with refused(CONSTRAINT, "WAIT_PERIOD_ACTIVE"):
        server.client(account).leave_organization()
    server.limits(organization.id, CreatedAccountDays=0)
    server.client(account).leave_organization()


def test_closure_millis_and_days(server, organization):
    [member] = organization.add_members(1)
    server.freeze()
    server.limits(organization.id, ClosureMillis=5_000, PostClosureDays=1)
    organization.client.close_account(AccountId=member)

    def state():
        return organization.client.describe_account(AccountId=member)["Account"]["State"]

    server.advance("4s")
    assert state() == "PENDING_CLOSURE"
    server.advance("1s")
    assert state() == "CLOSED"
    server.advance("86399s")
    assert state() == "CLOSED"
    server.advance("1s")
    assert member not in organization.member_ids()


def test_an_account_vending_pipeline_under_awss_limits(start):
    """What AWS's numbers make of it: an hour of waiting, five at a time, ten accounts in all."""
    server = start("--ephemeral", "--clock", "virtual", "--limits", "aws")
    organization = new_organization(server)
    server.freeze()
    with refused("FinalizingOrganizationException"):
        ask(organization)
    server.advance("1h")
    for batch in (5, 4):
        requests = [ask(organization)["CreateAccountStatus"] for _ in range(batch)]
        assert {request["State"] for request in requests} == {"IN_PROGRESS"}
        if batch == 5:
            with refused(CONSTRAINT, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"):
                ask(organization)
        server.advance("3s")
    assert len(organization.member_ids()) == 10
    with refused(CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"):
        ask(organization)
    with refused(HANDSHAKE_CONSTRAINT, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"):
        invite_anybody(organization)
    with refused(CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION"):
        another_source(organization)
