"""The calls that Terraform's AWS provider makes for its resources of Organizations, and that they leave no drift.

Each class replays one resource (hashicorp/terraform-provider-aws, internal/service/organizations; accounts.md section 6):
what it calls to create, read, update, import and destroy, in this order, which errors it retries, and which it takes for
"gone". `read` answers the attributes that the provider would put into its state; a plan right after an apply is empty if
they equal the configured ones.
"""

from functools import partial

import botocore.exceptions
import pytest

from harness import world
from harness.terraform import GONE, Failed, code_of, no_drift, tag_list, tag_map, unless, update_tags, waited
from harness.world import new_account
from test_units import listed


class Provider:
    """What the resources share. The provider sleeps between its tries; here the clock is moved instead."""

    # The first tries of a wait are seconds apart, and the provider gives up after minutes.
    PAUSE, GIVE_UP = "10s", 60

    def __init__(self, organization):
        self.organization, self.server, self.client = organization, organization.server, organization.client

    def retried(self, call, **body):
        """RetryWhenIsA[FinalizingOrganizationException]: for four minutes."""
        for _ in range(24):
            answer = unless("FinalizingOrganizationException", call, **body)
            if answer is not GONE:
                return answer
            self.server.advance(self.PAUSE)
        raise Failed("still finalizing")

    def waited(self, refresh, pending, target):
        return waited(refresh, pending, target, lambda: self.PAUSE and self.server.advance(self.PAUSE), self.GIVE_UP)

    def tags(self, resource):
        """The tagging interceptor: ListTagsForResource after each read."""
        return tag_map(listed(self.client, "list_tags_for_resource", "Tags", ResourceId=resource))

    def update_tags(self, resource, old, new):
        calls = (self.client.untag_resource, self.client.tag_resource)
        update_tags(old, new, *(partial(call, ResourceId=resource) for call in calls))

    def parent(self, child):
        parents = listed(self.client, "list_parents", "Parents", ChildId=child)
        if len(parents) != 1:
            raise Failed(f"one parent expected: {parents}")
        return parents[0]["Id"]


class Organization(Provider):
    """aws_organizations_organization"""

    def __init__(self, server, management):
        self.server, self.client, self.management = server, server.client(management), management

    def create(self, feature_set="ALL", principals=()):
        made = self.client.create_organization(FeatureSet=feature_set)["Organization"]
        for principal in principals:
            self.client.enable_aws_service_access(ServicePrincipal=principal)
        return made["Id"], self.read()

    def read(self):
        described = unless("AWSOrganizationsNotInUseException", self.client.describe_organization)
        if described is GONE:
            return GONE
        described = described["Organization"]
        accounts = [self.account(account) for account in listed(self.client, "list_accounts", "Accounts")]
        roots = listed(self.client, "list_roots", "Roots")
        management = described["MasterAccountId"]
        [name] = [account["name"] for account in accounts if account["id"] == management]
        principals = []
        # In a billing organization the listing would be refused.
        if described["FeatureSet"] == "ALL":
            entries = listed(self.client, "list_aws_service_access_for_organization", "EnabledServicePrincipals")
            principals = [entry["ServicePrincipal"] for entry in entries]
        return {
            "accounts": accounts,
            "arn": described["Arn"],
            "aws_service_access_principals": set(principals),
            "enabled_policy_types": {kind["Type"] for kind in roots[0]["PolicyTypes"] if kind["Status"] == "ENABLED"},
            "feature_set": described["FeatureSet"],
            "master_account_arn": described["MasterAccountArn"],
            "master_account_email": described["MasterAccountEmail"],
            "master_account_id": management,
            "master_account_name": name,
            "non_master_accounts": [account for account in accounts if account["id"] != management],
            "roots": [
                {"id": root["Id"], "name": root["Name"], "arn": root["Arn"], "policy_types": root["PolicyTypes"]} for root in roots
            ],
        }  # fmt: skip

    @staticmethod
    def account(account):
        return {key.lower(): account[key] for key in ("Arn", "Email", "Id", "Name", "Status", "State")}

    def update(self, old, principals, feature_set="ALL"):
        for principal in sorted(old["aws_service_access_principals"] - set(principals)):
            self.client.disable_aws_service_access(ServicePrincipal=principal)
        for principal in sorted(set(principals) - old["aws_service_access_principals"]):
            self.client.enable_aws_service_access(ServicePrincipal=principal)
        if feature_set != old["feature_set"]:
            self.client.enable_all_features()
        return self.read()

    def import_(self, wanted):
        found = self.client.describe_organization()["Organization"]["Id"]
        if found != wanted:
            raise Failed(f"current Organizations Organization ID ({found}) does not match ({wanted})")
        return self.read()

    def destroy(self):
        unless("AWSOrganizationsNotInUseException", self.client.delete_organization)


class Account(Provider):
    """aws_organizations_account"""

    def create(self, name, email, parent_id=None, tags=None, govcloud=False, billing=None, role_name=None):
        body = {"AccountName": name, "Email": email}
        if tags:
            body["Tags"] = tag_list(tags)
        if billing:
            body["IamUserAccessToBilling"] = billing
        if role_name:
            body["RoleName"] = role_name
        call = self.client.create_gov_cloud_account if govcloud else self.client.create_account
        request = self.retried(call, **body)["CreateAccountStatus"]["Id"]

        def refresh():
            answer = unless(
                "CreateAccountStatusNotFoundException",
                self.client.describe_create_account_status,
                CreateAccountRequestId=request,
            )
            return (GONE, None) if answer is GONE else (answer["CreateAccountStatus"], answer["CreateAccountStatus"]["State"])

        done = self.waited(refresh, pending={"IN_PROGRESS"}, target="SUCCEEDED")
        account = done["AccountId"]
        # Nothing reads this one again: it is known from the creation alone.
        self.govcloud_id = done.get("GovCloudAccountId")
        if parent_id:
            now_in = self.parent(account)
            if now_in != parent_id:
                self.client.move_account(AccountId=account, SourceParentId=now_in, DestinationParentId=parent_id)
        return account, self.read(account)

    def find(self, account):
        """A suspended account counts as gone: by its status, in newer providers by its state."""
        found = unless("AccountNotFoundException", self.client.describe_account, AccountId=account)
        if found is GONE or found["Account"]["Status"] == "SUSPENDED" or found["Account"]["State"] == "CLOSED":
            return GONE
        return found["Account"]

    def read(self, account):
        found = self.find(account)
        if found is GONE:
            return GONE
        return {
            "arn": found["Arn"],
            "email": found["Email"],
            "joined_method": found["JoinedMethod"],
            "joined_timestamp": found["JoinedTimestamp"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "name": found["Name"],
            "parent_id": self.parent(account),
            "status": found["Status"],
            "state": found["State"],
            "tags": self.tags(account),
        }

    def update(self, account, old, parent_id=None, tags=None):
        if parent_id and parent_id != old["parent_id"]:
            self.client.move_account(AccountId=account, SourceParentId=old["parent_id"], DestinationParentId=parent_id)
        if tags is not None:
            self.update_tags(account, old["tags"], tags)
        return self.read(account)

    def import_(self, text):
        """`<id>` or `<id>_<access to billing>`."""
        account, _, billing = text.partition("_")
        return {**self.read(account), "iam_user_access_to_billing": billing or None}

    def destroy(self, account, close_on_deletion=False):
        call = self.client.close_account if close_on_deletion else self.client.remove_account_from_organization
        if unless("AccountNotFoundException", call, AccountId=account) is GONE or not close_on_deletion:
            return

        def refresh():
            found = self.find(account)
            return found, (None if found is GONE else found["Status"])

        self.waited(refresh, pending={"PENDING_CLOSURE", "ACTIVE"}, target=None)


class Unit(Provider):
    """aws_organizations_organizational_unit"""

    def create(self, name, parent_id, tags=None):
        body = {"Name": name, "ParentId": parent_id, **({"Tags": tag_list(tags)} if tags else {})}
        unit = self.retried(self.client.create_organizational_unit, **body)["OrganizationalUnit"]["Id"]
        return unit, self.read(unit)

    def read(self, unit):
        found = unless(
            "OrganizationalUnitNotFoundException", self.client.describe_organizational_unit, OrganizationalUnitId=unit
        )
        if found is GONE:
            return GONE
        parent = self.parent(unit)
        accounts = listed(self.client, "list_accounts_for_parent", "Accounts", ParentId=unit)
        return {
            "accounts": [{key.lower(): account[key] for key in ("Arn", "Email", "Id", "Name")} for account in accounts],
            "arn": found["OrganizationalUnit"]["Arn"],
            "name": found["OrganizationalUnit"]["Name"],
            "parent_id": parent,
            "tags": self.tags(unit),
        }

    def update(self, unit, old, name=None, tags=None):
        if name and name != old["name"]:
            self.client.update_organizational_unit(Name=name, OrganizationalUnitId=unit)
        if tags is not None:
            self.update_tags(unit, old["tags"], tags)
        return self.read(unit)

    def destroy(self, unit):
        call = self.client.delete_organizational_unit
        unless("OrganizationalUnitNotFoundException", call, OrganizationalUnitId=unit)


class DelegatedAdministrator(Provider):
    """aws_organizations_delegated_administrator: its id is `<account>/<service>`."""

    def create(self, account_id, service_principal):
        self.client.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service_principal)
        resource = f"{account_id}/{service_principal}"
        return resource, self.read(resource)

    def read(self, resource):
        account, service = resource.split("/")
        rows = listed(
            self.client, "list_delegated_administrators", "DelegatedAdministrators", ServicePrincipal=service
        )  # fmt: skip
        found = next((row for row in rows if row["Id"] == account), GONE)
        if found is GONE:
            return GONE
        return {
            "account_id": account,
            "service_principal": service,
            "arn": found["Arn"],
            "delegation_enabled_date": found["DelegationEnabledDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "email": found["Email"],
            "joined_method": found["JoinedMethod"],
            "joined_timestamp": found["JoinedTimestamp"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "name": found["Name"],
            "status": found["Status"],
        }

    def destroy(self, resource):
        account, service = resource.split("/")
        self.client.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)


CONFIG, TRAIL, ACCESS = "config.amazonaws.com", "cloudtrail.amazonaws.com", "access-analyzer.amazonaws.com"
READY = {"PaymentInstrument": True, "PhoneVerified": True, "CustomerAgreement": True}


def test_organization(server):
    management = new_account(server, name="Management")
    resource = Organization(server, management)
    assert resource.read() is GONE
    made, state = resource.create(principals=[CONFIG, TRAIL])
    no_drift(state, aws_service_access_principals={CONFIG, TRAIL}, feature_set="ALL", enabled_policy_types=set())
    no_drift(state, master_account_id=management, master_account_name="Management", non_master_accounts=[])
    assert state["roots"][0]["name"] == "Root" and len(state["accounts"]) == 1
    assert resource.read() == state
    # Update: one goes, one comes, one stays.
    state = resource.update(state, principals=[TRAIL, ACCESS])
    no_drift(state, aws_service_access_principals={TRAIL, ACCESS}, feature_set="ALL")
    assert resource.read() == state == resource.import_(made)
    with pytest.raises(Failed):
        resource.import_("o-aaaaaaaaaa")
    resource.update(state, principals=[])
    resource.destroy()
    assert resource.read() is GONE
    resource.destroy()  # gone is as good as destroyed
    # And again, as after a replacement.
    again, state = resource.create(principals=[CONFIG])
    assert again != made
    no_drift(state, aws_service_access_principals={CONFIG})


def test_organization_of_consolidated_billing(server):
    resource = Organization(server, new_account(server))
    made, state = resource.create(feature_set="CONSOLIDATED_BILLING")
    no_drift(state, feature_set="CONSOLIDATED_BILLING", aws_service_access_principals=set(), enabled_policy_types=set())
    assert resource.import_(made) == state
    # From billing to all features in place. The provider only asks: the state goes on showing what is.
    after = resource.update(state, principals=[], feature_set="ALL")
    assert after == state
    [request] = resource.client.list_handshakes_for_organization(Filter={"ActionType": "ENABLE_ALL_FEATURES"})["Handshakes"]
    resource.client.accept_handshake(HandshakeId=request["Id"])
    no_drift(resource.read(), feature_set="ALL")


def test_organization_with_accounts_refreshes_the_same(server, organization):
    organization.add_members(24)
    resource = Organization(server, organization.management)
    state = resource.read()
    assert len(state["accounts"]) == 25 and len(state["non_master_accounts"]) == 24
    for _ in range(3):
        assert resource.read() == state


@pytest.mark.parametrize("limits", [{}, {"FirstHour": True}, {"CreationMillis": 200}, {"CreationMillis": 48_000}])
def test_account(server, organization, limits):
    resource = Account(organization)
    unit = organization.unit("Workloads")
    if limits.get("FirstHour"):
        # Four minutes of tries are enough where the hour is nearly over.
        server.advance("57m")
    server.limits(organization.id, **limits)
    config = {"name": "Vended", "email": "vended@example.com", "parent_id": unit, "tags": {"team": "blue", "empty": ""}}
    made, state = resource.create(**config, role_name="Vending", billing="DENY")
    no_drift(state, **config, joined_method="CREATED", status="ACTIVE", state="ACTIVE")
    assert resource.read(made) == state
    assert "Vending" in {role["Name"] for role in server.account(made)["Roles"]}

    other = organization.unit("Sandbox")
    state = resource.update(made, state, parent_id=other, tags={"team": "red", "new": "tag"})
    no_drift(state, parent_id=other, tags={"team": "red", "new": "tag"})
    assert resource.read(made) == state
    assert resource.import_(made) == {**state, "iam_user_access_to_billing": None}
    assert resource.import_(f"{made}_DENY") == {**state, "iam_user_access_to_billing": "DENY"}
    state = resource.update(made, state, parent_id=organization.root, tags={})
    no_drift(state, parent_id=organization.root, tags={})


def test_a_lab_has_terraform_wait_for_nothing(start):
    """Terraform sleeps ten seconds after each look at what is not done: in a lab it never does, on any clock."""
    server = start("--ephemeral", "--clock", "wall")
    organization = world.new_organization(server)
    server.facts(organization.management, GovCloudAccountId=new_account(server, Partition="aws-us-gov"))
    resource = Account(organization)
    resource.GIVE_UP = 1  # one look, and no second one
    resource.PAUSE = None
    unit = organization.unit("Workloads")
    for n in range(20):
        made, _ = resource.create("Vended", f"vended-{n}@example.com", parent_id=unit, govcloud=n % 5 == 0)
        resource.destroy(made, close_on_deletion=True)
        assert resource.read(made) is GONE


def test_account_without_a_parent_stays_in_the_root(server, organization):
    made, state = Account(organization).create("Plain", "plain@example.com")
    no_drift(state, name="Plain", email="plain@example.com", parent_id=organization.root, tags={})
    assert Account(organization).read(made) == state


def test_account_that_is_removed(server, organization):
    resource = Account(organization)
    made, _ = resource.create("Vended", "vended@example.com")
    # As on AWS, a fresh account cannot go; the provider stops with the error.
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        resource.destroy(made)
    assert code_of(caught.value) == "ConstraintViolationException"
    assert resource.read(made)["status"] == "ACTIVE"
    server.facts(made, **READY)
    server.advance("4d")
    resource.destroy(made)
    assert resource.read(made) is GONE
    resource.destroy(made)


@pytest.mark.parametrize("millis", [0, 200, 90_000])
def test_account_that_is_closed(server, organization, millis):
    server.limits(organization.id, ClosureMillis=millis)
    resource = Account(organization)
    made, _ = resource.create("Vended", "vended@example.com", parent_id=organization.unit("Unit"))
    resource.destroy(made, close_on_deletion=True)
    # Still listed, and for the provider gone.
    assert made in organization.member_ids()
    assert resource.read(made) is GONE
    # What is closed already is refused on a second try; what has vanished is gone.
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        resource.destroy(made, close_on_deletion=True)
    assert code_of(caught.value) == "AccountAlreadyClosedException"
    server.advance("91d")
    resource.destroy(made, close_on_deletion=True)
    resource.destroy(made)


def test_account_that_fails(server, organization):
    new_account(server, email="taken@example.com")
    with pytest.raises(Failed, match="EMAIL_ALREADY_EXISTS"):
        Account(organization).create("Vended", "taken@example.com")
    assert organization.member_ids() == [organization.management]


def test_account_with_a_pair_in_govcloud(server, organization):
    server.facts(organization.management, GovCloudAccountId=new_account(server, Partition="aws-us-gov"))
    resource = Account(organization)
    made, state = resource.create("Pair", "pair@example.com", govcloud=True, tags={"a": "b"})
    no_drift(state, name="Pair", email="pair@example.com", tags={"a": "b"}, parent_id=organization.root)
    assert server.account(resource.govcloud_id)["Partition"] == "aws-us-gov"
    assert resource.read(made) == state
    resource.destroy(made, close_on_deletion=True)
    assert server.account(resource.govcloud_id)["State"] == "CLOSED"


def test_account_that_was_invited_is_imported(server, organization):
    invited = new_account(server, name="Invited")
    organization.join(invited, Tags=tag_list({"k": "v"}))
    resource = Account(organization)
    state = resource.import_(invited)
    no_drift(state, name="Invited", joined_method="INVITED", parent_id=organization.root, tags={"k": "v"})
    resource.destroy(invited)
    assert resource.read(invited) is GONE


def test_organizational_unit(server, organization):
    resource = Unit(organization)
    outer, state = resource.create("Outer", organization.root, tags={"a": "1", "b": ""})
    no_drift(state, name="Outer", parent_id=organization.root, tags={"a": "1", "b": ""}, accounts=[])
    inner, below = resource.create("Inner", outer)
    no_drift(below, name="Inner", parent_id=outer, tags={})
    assert (resource.read(outer), resource.read(inner)) == (state, below)

    renamed = resource.update(outer, state, name="Renamed", tags={"b": "2", "c": "3"})
    no_drift(renamed, name="Renamed", parent_id=organization.root, tags={"b": "2", "c": "3"}, arn=state["arn"])
    assert resource.read(outer) == renamed  # import is a read
    # Its accounts are in its state.
    [member] = organization.add_members(1)
    organization.client.move_account(AccountId=member, SourceParentId=organization.root, DestinationParentId=inner)
    assert [account["id"] for account in resource.read(inner)["accounts"]] == [member]
    organization.client.move_account(AccountId=member, SourceParentId=inner, DestinationParentId=organization.root)
    # In the order of Terraform's graph; and what is gone already is no error.
    for unit in (inner, outer):
        resource.destroy(unit)
        assert resource.read(unit) is GONE
        resource.destroy(unit)


def test_delegated_administrator(server, organization):
    resource = DelegatedAdministrator(organization)
    member, other = organization.add_members(2)
    organization.trust(CONFIG, TRAIL)
    made, state = resource.create(member, CONFIG)
    email = f"owner-{member}@example.com"
    no_drift(state, account_id=member, service_principal=CONFIG, email=email, joined_method="INVITED", status="ACTIVE")
    assert resource.read(made) == state  # import is a read
    others = [resource.create(other, CONFIG), resource.create(member, TRAIL)]
    assert resource.read(made) == state
    resource.destroy(made)
    assert resource.read(made) is GONE
    for id, own in others:
        assert resource.read(id) == own
    # Destroyed elsewhere: the provider's refresh drops it from the state, so that no second call is made.
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        resource.destroy(made)
    assert code_of(caught.value) == "AccountNotRegisteredException"


def test_a_landing_zone(start):
    """A whole configuration under AWS's limits: created in order of its graph, refreshed, changed, refreshed, destroyed."""
    server = start("--ephemeral", "--clock", "virtual", "--limits", "aws")
    management = new_account(server)
    organization_resource = Organization(server, management)
    made, state = organization_resource.create(principals=[CONFIG, TRAIL])
    organization = world.Organization(server, management, made, state["roots"][0]["id"])
    units, accounts, delegates = Unit(organization), Account(organization), DelegatedAdministrator(organization)
    server.advance("1h")
    security, _ = units.create("Security", organization.root, tags={"layer": "core"})
    workloads, _ = units.create("Workloads", organization.root)
    prod, _ = units.create("Prod", workloads)
    made = {
        name: accounts.create(name, f"{name}@example.com", parent_id=parent, tags={"name": name})[0]
        for name, parent in {"audit": security, "logs": security, "shop": prod}.items()
    }
    delegated, _ = delegates.create(made["audit"], CONFIG)

    def refresh():
        return (
            organization_resource.read(),
            [units.read(unit) for unit in (security, workloads, prod)],
            [accounts.read(account) for account in made.values()],
            delegates.read(delegated),
        )

    state = refresh()
    for name, shown in zip(made, state[2], strict=True):
        no_drift(shown, name=name, email=f"{name}@example.com", tags={"name": name})
    for _ in range(2):
        server.advance("1d")
        assert refresh() == state
    changed = accounts.update(made["shop"], accounts.read(made["shop"]), parent_id=workloads, tags={})
    no_drift(changed, parent_id=workloads, tags={})
    state = refresh()
    assert refresh() == state

    delegates.destroy(delegated)
    for account in made.values():
        accounts.destroy(account, close_on_deletion=True)
    server.advance("91d")
    for unit in (prod, workloads, security):
        units.destroy(unit)
    organization_resource.destroy()
    assert organization_resource.read() is GONE
