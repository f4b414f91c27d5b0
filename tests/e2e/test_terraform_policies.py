"""The calls of Terraform's AWS provider for aws_organizations_organization with enabled_policy_types, _policy,
_policy_attachment and _resource_policy, in its order: create, refresh, update, import, destroy. After each apply a
refresh finds what was written: no drift. The provider compares documents by their meaning."""

import json

import pytest

from harness.world import new_account, new_organization, refused
from test_policies import BACKUP, DENY, RCP, SCP, TAG, VERSIONED_RCP

SCP_WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def same_policy(one, other):
    """As the provider compares resource policies: one statement or a list of one, an account or its root's ARN, one
    value or a list of one."""

    def normal(value):
        if isinstance(value, dict):
            return {k: normal(v) for k, v in value.items()}
        if isinstance(value, list):
            return normal(value[0]) if len(value) == 1 else sorted((normal(v) for v in value), key=repr)
        if isinstance(value, str) and value.startswith("arn:aws:iam::") and value.endswith(":root"):
            return value.split(":")[4]
        return value

    return normal(json.loads(one)) == normal(json.loads(other))


class OrganizationResource:
    """aws_organizations_organization."""

    def __init__(self, client, policy_types, services):
        self.client = client
        client.create_organization(FeatureSet="ALL")
        for service in services:
            client.enable_aws_service_access(ServicePrincipal=service)
        for kind in policy_types:
            self.enable(kind)

    def root(self):
        roots = [root for page in self.client.get_paginator("list_roots").paginate() for root in page["Roots"]]
        assert len(roots) == 1
        return roots[0]

    def status(self, kind):
        return {entry["Type"]: entry["Status"] for entry in self.root()["PolicyTypes"]}.get(kind)

    def enable(self, kind):
        self.client.enable_policy_type(PolicyType=kind, RootId=self.root()["Id"])
        assert self.status(kind) == "ENABLED", "the provider waits for this"

    def disable(self, kind):
        self.client.disable_policy_type(PolicyType=kind, RootId=self.root()["Id"])
        assert self.status(kind) is None, "the provider waits for this"

    def read(self):
        organization = self.client.describe_organization()["Organization"]
        accounts = [a for page in self.client.get_paginator("list_accounts").paginate() for a in page["Accounts"]]
        pages = self.client.get_paginator("list_aws_service_access_for_organization").paginate()
        services = [s["ServicePrincipal"] for page in pages for s in page["EnabledServicePrincipals"]]
        kinds = [e["Type"] for e in self.root()["PolicyTypes"] if e["Status"] == "ENABLED"]
        return organization["FeatureSet"], len(accounts), set(services), set(kinds)


class PolicyResource:
    """aws_organizations_policy."""

    def __init__(self, client, **wanted):
        self.client = client
        self.wanted = {"description": "", "type": SCP, "tags": {}, **wanted}
        w = self.wanted
        tags = {"Tags": [{"Key": k, "Value": v} for k, v in w["tags"].items()]} if w["tags"] else {}
        made = client.create_policy(
            Content=w["content"], Description=w["description"], Name=w["name"], Type=w["type"], **tags
        )
        self.id = made["Policy"]["PolicySummary"]["Id"]
        self.refresh()

    def refresh(self):
        policy = self.client.describe_policy(PolicyId=self.id)["Policy"]
        listed = self.client.get_paginator("list_tags_for_resource").paginate(ResourceId=self.id)
        tags = {t["Key"]: t["Value"] for page in listed for t in page["Tags"]}
        summary = policy["PolicySummary"]
        assert (summary["Name"], summary["Description"], summary["Type"], tags, summary["AwsManaged"]) == (
            self.wanted["name"], self.wanted["description"], self.wanted["type"], self.wanted["tags"], False,
        )  # fmt: skip
        same = same_policy if self.wanted["type"] == RCP else lambda a, b: json.loads(a) == json.loads(b)
        stored, wanted = policy["Content"], self.wanted["content"]
        if self.wanted["type"] == RCP:
            # A document without a version drifts on AWS, too: the provider's users write one.
            assert "Version" in json.loads(wanted)
        assert same(stored, wanted), stored
        return summary["Arn"]

    def update(self, **changes):
        tags = changes.pop("tags", None)
        if changes:
            names = {"content": "Content", "description": "Description", "name": "Name"}
            self.client.update_policy(PolicyId=self.id, **{names[k]: v for k, v in changes.items()})
        if tags is not None:
            gone = [k for k in self.wanted["tags"] if k not in tags]
            if gone:
                self.client.untag_resource(ResourceId=self.id, TagKeys=gone)
            new = [{"Key": k, "Value": v} for k, v in tags.items() if self.wanted["tags"].get(k) != v]
            if new:
                self.client.tag_resource(ResourceId=self.id, Tags=new)
            changes["tags"] = tags
        self.wanted.update(changes)
        self.refresh()

    def destroy(self):
        self.client.delete_policy(PolicyId=self.id)
        with refused("PolicyNotFoundException"):
            self.client.describe_policy(PolicyId=self.id)


class AttachmentResource:
    """aws_organizations_policy_attachment."""

    def __init__(self, client, policy, target):
        self.client, self.policy, self.target = client, policy, target
        client.attach_policy(PolicyId=policy, TargetId=target)
        assert self.refresh()

    def refresh(self):
        pages = self.client.get_paginator("list_targets_for_policy").paginate(PolicyId=self.policy)
        return self.target in [t["TargetId"] for page in pages for t in page["Targets"]]

    def destroy(self):
        self.client.detach_policy(PolicyId=self.policy, TargetId=self.target)
        assert not self.refresh()


@pytest.fixture
def manager(server):
    return new_account(server)


def test_an_organization_with_policy_types(server, manager):
    client = server.client(manager)
    kinds, services = {SCP, RCP, TAG, BACKUP}, {"ram.amazonaws.com", "securityhub.amazonaws.com"}
    resource = OrganizationResource(client, sorted(kinds), sorted(services))
    assert resource.read() == ("ALL", 1, services, kinds) == resource.read()
    resource.disable(BACKUP)
    resource.enable("CHATBOT_POLICY")
    resource.enable("SECURITYHUB_POLICY")
    kinds = {SCP, RCP, TAG, "CHATBOT_POLICY", "SECURITYHUB_POLICY"}
    assert resource.read() == ("ALL", 1, services, kinds)
    client.disable_aws_service_access(ServicePrincipal="ram.amazonaws.com")
    assert resource.read() == ("ALL", 1, {"securityhub.amazonaws.com"}, kinds)
    client.delete_organization()
    with refused("AWSOrganizationsNotInUseException"):
        client.describe_organization()


DOCUMENTS = {
    SCP: (DENY, SCP_WIDE),
    RCP: (VERSIONED_RCP, {**VERSIONED_RCP, "Statement": [{**VERSIONED_RCP["Statement"][0], "Action": ["sqs:*"]}]}),
    TAG: ({"tags": {"a": {"tag_key": {"@@assign": "A"}}}}, {"tags": {}}),
    BACKUP: ({"plans": {}}, {"plans": {"p": {"regions": {"@@assign": ["eu-west-1"]}}}}),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_policy_and_its_attachments(server, kind):
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    client = organization.client
    client.enable_policy_type(RootId=organization.root, PolicyType=kind)
    first, second = DOCUMENTS[kind]
    # jsonencode, and a here-document with spaces.
    policy = PolicyResource(client, name="one", type=kind, content=json.dumps(first, indent=2), tags={"a": "1"})
    arn = policy.refresh()
    attachments = [AttachmentResource(client, policy.id, target) for target in (organization.root, member)]
    policy.update(content=json.dumps(second, separators=(",", ":")))
    policy.update(name="two", description="said")
    policy.update(tags={"b": "2"}, description="said again")
    policy.update(tags={})
    # Imports read the same by the id: `p-…`, and `target:policy`.
    assert policy.refresh() == arn and all(attachment.refresh() for attachment in attachments)
    # Detached behind its back: it is seen, and attached again.
    client.detach_policy(PolicyId=policy.id, TargetId=member)
    assert not attachments[1].refresh()
    attachments[1] = AttachmentResource(client, policy.id, member)
    for attachment in attachments:
        attachment.destroy()
    with refused("PolicyNotAttachedException"):
        client.detach_policy(PolicyId=policy.id, TargetId=member)
    policy.destroy()
    with refused("PolicyNotFoundException"):
        client.delete_policy(PolicyId=policy.id)
    with refused("PolicyNotFoundException"):
        client.list_targets_for_policy(PolicyId=policy.id)


def test_the_resource_policy(organization):
    member = new_account(organization.server)
    organization.join(member)
    client = organization.client

    def document(principal, actions):
        said = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": [said]})

    def refresh(wanted, tags):
        policy = client.describe_resource_policy()["ResourcePolicy"]
        assert same_policy(policy["Content"], wanted), policy["Content"]
        found = client.list_tags_for_resource(ResourceId=policy["ResourcePolicySummary"]["Id"])["Tags"]
        assert {t["Key"]: t["Value"] for t in found} == tags
        return policy["ResourcePolicySummary"]

    first = document(member, "organizations:DescribePolicy")
    made = client.put_resource_policy(Content=first, Tags=[{"Key": "a", "Value": "1"}])["ResourcePolicy"]
    summary = made["ResourcePolicySummary"]
    assert refresh(first, {"a": "1"}) == summary == refresh(first, {"a": "1"})
    second = document(f"arn:aws:iam::{member}:root", ["organizations:ListRoots", "organizations:DescribePolicy"])
    client.put_resource_policy(Content=second)
    assert refresh(second, {"a": "1"}) == summary
    client.untag_resource(ResourceId=summary["Id"], TagKeys=["a"])
    client.tag_resource(ResourceId=summary["Id"], Tags=[{"Key": "b", "Value": "2"}])
    assert refresh(second, {"b": "2"}) == summary
    client.delete_resource_policy()
    with refused("ResourcePolicyNotFoundException"):
        client.describe_resource_policy()
    with refused("ResourcePolicyNotFoundException"):
        client.delete_resource_policy()
