"""The calls of Terraform's AWS provider for aws_organizations_organization with enabled_policy_types, _policy,
_policy_attachment and _resource_policy, in its order: create, refresh, update, import, destroy; which errors it takes
for "gone", and what it waits for. After each apply a refresh finds what was written: no drift. The provider compares the
documents of policies as JSON, and those of resource policies by their meaning.

As in test_terraform.py, each class replays one resource (hashicorp/terraform-provider-aws,
internal/service/organizations).
"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import world
from harness.terraform import GONE, Failed, no_drift, normal_json, same_json, same_policy, tag_list, unless
from harness.world import new_account, refused
from test_policies import BACKUP, DENY, RCP, SCP, TAG, VERSIONED_RCP
from test_terraform import Organization, Provider, listed

SCP_WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOT_IN_USE, NO_POLICY, NO_TARGET = (
    "AWSOrganizationsNotInUseException",
    "PolicyNotFoundException",
    "TargetNotFoundException",
)


class OrganizationWithTypes(Organization):
    """aws_organizations_organization with enabled_policy_types: after the services, and before all features."""

    def create(self, feature_set="ALL", principals=(), policy_types=()):
        made, state = super().create(feature_set, principals)
        if policy_types:
            root = self.root()["Id"]
            for kind in sorted(policy_types):
                self.enable(kind, root)
            state = self.read()
        return made, state

    def update(self, old, principals, feature_set="ALL", policy_types=()):
        state = super().update(old, principals, old["feature_set"])
        root = old["roots"][0]["id"]
        for kind in sorted(old["enabled_policy_types"] - set(policy_types)):
            self.disable(kind, root)
        for kind in sorted(set(policy_types) - old["enabled_policy_types"]):
            self.enable(kind, root)
        return super().update(state, principals, feature_set)

    def root(self):
        return listed(self.client, "list_roots", "Roots")[0]

    def status(self, kind):
        for entry in self.root()["PolicyTypes"]:
            if entry["Type"] == kind:
                return entry, entry["Status"]
        return {}, "DISABLED"

    def enable(self, kind, root):
        self.client.enable_policy_type(PolicyType=kind, RootId=root)
        self.waited(lambda: self.status(kind), pending=("DISABLED", "PENDING_ENABLE"), target="ENABLED")

    def disable(self, kind, root):
        self.client.disable_policy_type(PolicyType=kind, RootId=root)
        self.waited(lambda: self.status(kind), pending=("ENABLED", "PENDING_DISABLE"), target="DISABLED")


class Policy(Provider):
    """aws_organizations_policy."""

    def create(self, name, content, type=SCP, description="", tags=None):
        more = {"Tags": tag_list(tags)} if tags else {}
        made = self.retried(
            self.client.create_policy, Content=content, Description=description, Name=name, Type=type, **more
        )["Policy"]["PolicySummary"]["Id"]
        return made, self.read(made)

    def read(self, id):
        found = unless((NOT_IN_USE, NO_POLICY), self.client.describe_policy, PolicyId=id)
        if found is GONE:
            return GONE
        policy, summary = found["Policy"], found["Policy"]["PolicySummary"]
        state = {name.lower(): summary[name] for name in ("Arn", "Description", "Name", "Type")}
        return {**state, "content": policy["Content"], "tags": self.tags(id)}

    def update(self, id, old, **configured):
        wanted = {**old, **configured}
        # The tagging interceptor comes before the resource's own update.
        self.update_tags(id, old["tags"], wanted["tags"])
        changes = {key.capitalize(): wanted[key] for key in ("description", "name") if wanted[key] != old[key]}
        if not same_json(old["content"], wanted["content"]):
            changes["Content"] = wanted["content"]
        if changes:
            self.client.update_policy(PolicyId=id, **changes)
        return self.read(id)

    def import_(self, id):
        if self.client.describe_policy(PolicyId=id)["Policy"]["PolicySummary"]["AwsManaged"]:
            raise Failed(f"AWS-managed Organizations policy ({id}) cannot be imported")
        return self.read(id)

    def destroy(self, id):
        unless((NO_POLICY,), self.client.delete_policy, PolicyId=id)


def no_policy_drift(state, content, **configured):
    """The stored document is the configured one, as JSON, and so is everything else."""
    assert same_json(state["content"], content), state["content"]
    no_drift(state, **configured)


class Attachment(Provider):
    """aws_organizations_policy_attachment. Its id is `target:policy`."""

    def create(self, policy, target):
        self.retried(self.client.attach_policy, PolicyId=policy, TargetId=target)
        made = f"{target}:{policy}"
        if self.read(made) is GONE:
            raise Failed("not found right after it was created")
        return made

    def read(self, id):
        target, policy = id.split(":")
        gone = (NOT_IN_USE, NO_POLICY, NO_TARGET)
        targets = unless(gone, lambda: listed(self.client, "list_targets_for_policy", "Targets", PolicyId=policy))
        found = [entry for entry in targets or [] if entry["TargetId"] == target]
        if len(found) > 1:
            raise Failed("too many results")
        return {"policy_id": policy, "target_id": target} if found else GONE

    def destroy(self, id):
        target, policy = id.split(":")
        gone = ("PolicyNotAttachedException", NO_POLICY, NO_TARGET)
        unless(gone, self.client.detach_policy, PolicyId=policy, TargetId=target)


class ResourcePolicy(Provider):
    """aws_organizations_resource_policy. Documents are sent in a normal form."""

    def put(self, content, **more):
        return self.retried(self.client.put_resource_policy, Content=normal_json(content), **more)["ResourcePolicy"]

    def create(self, content, tags=None):
        made = self.put(content, **({"Tags": tag_list(tags)} if tags else {}))
        return made["ResourcePolicySummary"]["Id"], self.read()

    def read(self):
        found = unless((NOT_IN_USE, "ResourcePolicyNotFoundException"), self.client.describe_resource_policy)
        if found is GONE:
            return GONE
        policy = found["ResourcePolicy"]
        summary = policy["ResourcePolicySummary"]
        return {"arn": summary["Arn"], "content": policy["Content"], "tags": self.tags(summary["Id"])}

    def update(self, id, old, **configured):
        wanted = {**old, **configured}
        self.update_tags(id, old["tags"], wanted["tags"])
        if not same_policy(old["content"], wanted["content"]):
            self.put(wanted["content"])
        return self.read()

    def destroy(self):
        unless(("ResourcePolicyNotFoundException",), self.client.delete_resource_policy)


@pytest.fixture
def manager(server):
    return new_account(server)


def test_an_organization_with_policy_types(server, manager):
    resource = OrganizationWithTypes(server, manager)
    kinds, services = {SCP, RCP, TAG, BACKUP}, {"ram.amazonaws.com", "securityhub.amazonaws.com"}
    made, state = resource.create(principals=sorted(services), policy_types=kinds)
    no_drift(state, feature_set="ALL", aws_service_access_principals=services, enabled_policy_types=kinds)
    assert state["roots"][0]["policy_types"] == [{"Type": kind, "Status": "ENABLED"} for kind in sorted(kinds)]
    assert resource.read() == state == resource.import_(made)
    kinds = {SCP, RCP, TAG, "CHATBOT_POLICY", "SECURITYHUB_POLICY"}
    state = resource.update(state, principals=services, policy_types=kinds)
    no_drift(state, aws_service_access_principals=services, enabled_policy_types=kinds)
    # A service that its type needs cannot go before it.
    with refused("ConstraintViolationException", "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE"):
        resource.update(state, principals=[], policy_types={SCP})
    state = resource.update(resource.read(), principals=["securityhub.amazonaws.com"], policy_types=kinds)
    no_drift(state, aws_service_access_principals={"securityhub.amazonaws.com"}, enabled_policy_types=kinds)
    state = resource.update(state, principals=["securityhub.amazonaws.com"], policy_types={SCP})
    state = resource.update(state, principals=[], policy_types=())
    no_drift(state, aws_service_access_principals=set(), enabled_policy_types=set())
    assert resource.read() == state
    # Changed behind its back: the next apply enables what is enabled, and stops.
    resource.client.enable_policy_type(RootId=state["roots"][0]["id"], PolicyType=TAG)
    with refused("PolicyTypeAlreadyEnabledException"):
        resource.update(state, principals=[], policy_types={TAG})
    no_drift(resource.read(), enabled_policy_types={TAG})
    resource.destroy()
    assert resource.read() is GONE
    with refused(NOT_IN_USE):
        resource.client.describe_organization()


def test_policy_types_wait_for_all_features(server, manager):
    resource = OrganizationWithTypes(server, manager)
    _, state = resource.create(feature_set="CONSOLIDATED_BILLING")
    no_drift(state, enabled_policy_types=set())
    with refused("PolicyTypeNotAvailableForOrganizationException"):
        resource.update(state, principals=[], policy_types={SCP})


BACKUP_PLAN = {
    "plans": {
        "nightly": {
            "regions": {"@@assign": ["eu-west-1", "us-east-1"]},
            "rules": {
                "night": {
                    "schedule_expression": {"@@assign": "cron(0 3/1 ? * * *)"},
                    "start_backup_window_minutes": {"@@assign": "480"},
                    "complete_backup_window_minutes": {"@@assign": "10080"},
                    "lifecycle": {
                        "move_to_cold_storage_after_days": {"@@assign": "180"},
                        "delete_after_days": {"@@assign": "270"},
                    },
                    "target_backup_vault_name": {"@@assign": "vault"},
                    "copy_actions": {
                        "arn:aws:backup:us-east-1:$account:backup-vault:second": {
                            "target_backup_vault_arn": {
                                "@@assign": "arn:aws:backup:us-east-1:$account:backup-vault:second"
                            },
                            "lifecycle": {
                                "move_to_cold_storage_after_days": {"@@assign": "10"},
                                "delete_after_days": {"@@assign": "100"},
                            },
                        }
                    },
                }
            },
            "selections": {
                "tags": {
                    "kept": {
                        "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/Backup"},
                        "tag_key": {"@@assign": "kept"},
                        "tag_value": {"@@assign": ["yes", "always"]},
                    }
                }
            },
        }
    }
}
AI = "AISERVICES_OPT_OUT_POLICY"
# Documents of the kinds that the provider's own tests use.
DOCUMENTS = {
    SCP: (DENY, SCP_WIDE),
    RCP: (VERSIONED_RCP, {**VERSIONED_RCP, "Statement": [{**VERSIONED_RCP["Statement"][0], "Action": ["sqs:*"]}]}),
    TAG: (
        {"tags": {"Product": {"tag_key": {"@@assign": "Product"}, "enforced_for": {"@@assign": ["ec2:instance"]}}}},
        {"tags": {}},
    ),
    BACKUP: (BACKUP_PLAN, {"plans": {"p": {"regions": {"@@assign": ["eu-west-1"]}}}}),
    AI: (
        {"services": {"lex": {"opt_out_policy": {"@@assign": "optOut"}}}},
        {"services": {"rekognition": {"opt_out_policy": {"@@assign": "optIn"}}, "default": {}}},
    ),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_policy_and_its_attachments(organization, kind):
    client = organization.client
    [member] = organization.add_members(1)
    client.enable_policy_type(RootId=organization.root, PolicyType=kind)
    policies, attachments = Policy(organization), Attachment(organization)
    first, second = DOCUMENTS[kind]
    # A here-document with spaces, and jsonencode.
    text = json.dumps(first, indent=2) + "\n"
    policy, state = policies.create("one", text, type=kind, tags={"a": "1"})
    no_policy_drift(state, text, name="one", description="", type=kind, tags={"a": "1"})
    assert policies.read(policy) == state == policies.import_(policy)
    targets = (organization.root, organization.unit("Unit"), organization.management, member)
    made = [attachments.create(policy, target) for target in targets]
    text = json.dumps(second, separators=(",", ":"))
    state = policies.update(policy, state, content=text)
    no_policy_drift(state, text, name="one", description="", tags={"a": "1"})
    state = policies.update(policy, state, name="two", description="said")
    no_policy_drift(state, text, name="two", description="said")
    state = policies.update(policy, state, tags={"b": "2", "c": ""}, description="said again")
    no_policy_drift(state, text, description="said again", tags={"b": "2", "c": ""})
    state = policies.update(policy, state, tags={})
    no_policy_drift(state, text, tags={})
    # The same document with other spaces is no change, and nothing is called.
    assert policies.update(policy, state, content=json.dumps(second, indent=4)) == state
    assert [attachments.read(id) is GONE for id in made] == [False] * 4
    # Detached behind its back: it is seen, and attached again; and what is gone already is no error.
    client.detach_policy(PolicyId=policy, TargetId=member)
    assert attachments.read(made[3]) is GONE
    attachments.destroy(made[3])
    assert attachments.create(policy, member) == made[3]
    with refused("PolicyInUseException"):
        policies.destroy(policy)
    for id in made:
        attachments.destroy(id)
        assert attachments.read(id) is GONE
        attachments.destroy(id)
    with refused("PolicyNotAttachedException"):
        client.detach_policy(PolicyId=policy, TargetId=member)
    policies.destroy(policy)
    assert policies.read(policy) is GONE and attachments.read(made[0]) is GONE
    policies.destroy(policy)
    attachments.destroy(made[0])
    with refused(NO_POLICY):
        client.list_targets_for_policy(PolicyId=policy)


def test_what_drifts_on_aws_does_here(organization):
    """A resource control policy is stored anew: without a version, or with one statement, a plan is never empty."""
    policies = Policy(organization)
    for change in ({"Version": None}, {"Statement": VERSIONED_RCP["Statement"][0]}):
        text = json.dumps({key: value for key, value in {**VERSIONED_RCP, **change}.items() if value})
        _, state = policies.create(f"one {len(text)}", text, type=RCP)
        assert not same_json(state["content"], text)
    # A description that is taken away stays (observed.md 9).
    policy, state = policies.create("two", json.dumps(DENY), description="said")
    assert policies.update(policy, state, description="")["description"] == "said"


def test_policies_that_aws_manages(organization):
    organization.client.enable_policy_type(RootId=organization.root, PolicyType=SCP)
    policies, attachments = Policy(organization), Attachment(organization)
    with pytest.raises(Failed):
        policies.import_("p-FullAWSAccess")
    # To attach one of one's own in its place, it is detached by hand, and imported to be destroyed.
    policy, _ = policies.create("wide", json.dumps(SCP_WIDE))
    made = attachments.create(policy, organization.root)
    managed = f"{organization.root}:p-FullAWSAccess"
    assert attachments.read(managed) is not GONE
    attachments.destroy(managed)
    assert attachments.read(managed) is GONE
    with refused("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"):
        attachments.destroy(made)
    assert attachments.create("p-FullAWSAccess", organization.root) == managed
    attachments.destroy(made)


def test_what_goes_with_its_target_and_its_organization(server, organization):
    client = organization.client
    client.enable_policy_type(RootId=organization.root, PolicyType=TAG)
    policies, attachments, resource_policy = (kind(organization) for kind in (Policy, Attachment, ResourcePolicy))
    policy, _ = policies.create("one", '{"tags":{}}', type=TAG)
    unit = organization.unit("Unit")
    made = attachments.create(policy, unit)
    client.delete_organizational_unit(OrganizationalUnitId=unit)
    assert attachments.read(made) is GONE
    attachments.destroy(made)
    again = attachments.create(policy, organization.root)
    resource_policy.create(json.dumps(delegation("*", "organizations:ListRoots")))
    client.delete_organization()
    assert [policies.read(policy), attachments.read(again), resource_policy.read()] == [GONE] * 3


def test_many_at_once(organization):
    """Terraform makes ten resources at a time."""
    client = organization.client
    client.enable_policy_type(RootId=organization.root, PolicyType=TAG)
    policies, attachments = Policy(organization), Attachment(organization)
    units = [organization.unit(f"Unit {n}") for n in range(5)]
    with ThreadPoolExecutor(10) as at_once:
        made = list(at_once.map(lambda n: policies.create(f"policy {n}", '{"tags":{}}', type=TAG)[0], range(8)))
        pairs = [(policy, unit) for policy in made for unit in units]
        attached = list(at_once.map(lambda pair: attachments.create(*pair), pairs))
        assert len(set(attached)) == 40
        list(at_once.map(attachments.destroy, attached))
        list(at_once.map(policies.destroy, made))
    assert client.list_policies(Filter=TAG)["Policies"] == []


def delegation(principal, *actions):
    said = {"Sid": "Delegated", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    return {"Version": "2012-10-17", "Statement": [{**said, "Resource": "*"}]}


def test_the_resource_policy(organization):
    [member] = organization.add_members(1)
    resource = ResourcePolicy(organization)
    assert resource.read() is GONE
    first = json.dumps(delegation(member, "organizations:DescribePolicy"), indent=2)
    made, state = resource.create(first, tags={"a": "1"})
    assert same_policy(state["content"], first) and state["tags"] == {"a": "1"}
    assert resource.read() == state  # import is a read
    second = json.dumps(
        delegation(
            f"arn:aws:iam::{member}:root",
            "organizations:DescribeOrganization", "organizations:DescribeOrganizationalUnit",
            "organizations:DescribeAccount", "organizations:DescribePolicy", "organizations:DescribeEffectivePolicy",
            "organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent", "organizations:ListParents",
            "organizations:ListChildren", "organizations:ListAccounts", "organizations:ListAccountsForParent",
            "organizations:ListPolicies", "organizations:ListPoliciesForTarget", "organizations:ListTargetsForPolicy",
            "organizations:ListTagsForResource",
        )
    )  # fmt: skip
    changed = resource.update(made, state, content=second)
    assert same_policy(changed["content"], second) and same_json(changed["content"], second)
    no_drift(changed, arn=state["arn"], tags={"a": "1"})
    tagged = resource.update(made, changed, tags={"b": "2"})
    assert tagged == {**changed, "tags": {"b": "2"}} == resource.read()
    resource.destroy()
    assert resource.read() is GONE
    resource.destroy()
    with refused("ResourcePolicyNotFoundException"):
        resource.client.delete_resource_policy()
    # Another one has another id.
    again, _ = resource.create(first)
    assert again != made


def test_a_whole_configuration(server, manager):
    """Organization, units, policies, attachments and delegation in the order of Terraform's graph, refreshed and
    destroyed."""
    organization_resource = OrganizationWithTypes(server, manager)
    made, state = organization_resource.create(policy_types={SCP, TAG, BACKUP})
    organization = world.Organization(server, manager, made, state["roots"][0]["id"])
    policies, attachments, delegated = (kind(organization) for kind in (Policy, Attachment, ResourcePolicy))
    [member] = organization.add_members(1)
    unit = organization.unit("Workloads")
    own = {
        kind: policies.create(f"our {kind}", json.dumps(DOCUMENTS[kind][0], indent=2), type=kind, tags={"team": "x"})[0]
        for kind in (SCP, TAG, BACKUP)
    }
    attached = [attachments.create(policy, target) for policy in own.values() for target in (unit, member)]
    document = delegation(f"arn:aws:iam::{member}:root", "organizations:ListPolicies")
    delegated.create(json.dumps(document), tags={"a": "1"})

    def refresh():
        return (
            organization_resource.read(),
            [policies.read(policy) for policy in own.values()],
            [attachments.read(id) for id in attached],
            delegated.read(),
        )

    state = refresh()
    for kind, shown in zip(own, state[1], strict=True):
        no_policy_drift(shown, json.dumps(DOCUMENTS[kind][0]), name=f"our {kind}", tags={"team": "x"})
    server.advance("1d")
    assert refresh() == state and GONE not in state[2]
    delegated.destroy()
    for id in attached:
        attachments.destroy(id)
    for policy in own.values():
        policies.destroy(policy)
    assert refresh()[1:] == ([GONE] * 3, [GONE] * 6, GONE)
    organization.client.remove_account_from_organization(AccountId=member)
    organization.client.delete_organizational_unit(OrganizationalUnitId=unit)
    organization_resource.destroy()
    assert organization_resource.read() is GONE
