"""The calls of Terraform's AWS provider for policies, inline and managed, and what they are attached to (identity.md 8),
as in test_terraform_users.py.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from harness.terraform import (
    GONE,
    WAYS,
    Failed,
    Resource,
    Session,
    document,
    no_document_drift,
    no_drift,
    no_such,
    normal_json,
    same_policy,
    tag_list,
    tag_map,
    unescaped,
    update_tags,
)
from test_iam import refused
from test_terraform_roles import EC2, InstanceProfile, Role
from test_terraform_users import READ_ONLY, VIEW_ONLY, Group, User

KINDS = ("role", "user", "group")


class Policy(Resource):
    """aws_iam_policy. A description is sent even if it is empty."""

    def create(self, name, policy, path="/", description="", tags=None):
        given = {"PolicyName": name, "Path": path, "Description": description, "PolicyDocument": normal_json(policy)}
        made = self.iam.create_policy(**given, **({"Tags": tag_list(tags)} if tags else {}))["Policy"]["Arn"]
        return made, self.read(made)

    def read(self, arn):
        found = no_such(self.iam.get_policy, PolicyArn=arn)
        if found is GONE:
            return GONE
        policy = found["Policy"]
        version = self.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        return {
            "arn": policy["Arn"],
            "attachment_count": policy["AttachmentCount"],
            "description": policy.get("Description", ""),
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policy": unescaped(version["Document"]),
            "policy_id": policy["PolicyId"],
            "tags": tag_map(policy.get("Tags", [])),
        }

    def update(self, arn, old, **configured):
        new, iam = {**old, **configured}, self.iam
        update_tags(old["tags"], new["tags"], *(partial(f, PolicyArn=arn) for f in (iam.untag_policy, iam.tag_policy)))
        if not same_policy(old["policy"], new["policy"]):
            versions = self.pages("list_policy_versions", "Versions", PolicyArn=arn)
            if len(versions) >= 5:
                oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
                iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
            given = {"PolicyArn": arn, "PolicyDocument": normal_json(new["policy"]), "SetAsDefault": False}
            made = iam.create_policy_version(**given)["PolicyVersion"]["VersionId"]
            iam.set_default_policy_version(PolicyArn=arn, VersionId=made)
        return self.read(arn)

    def destroy(self, arn):
        versions = no_such(self.pages, "list_policy_versions", "Versions", PolicyArn=arn)
        for version in versions or []:
            if not version["IsDefaultVersion"]:
                self.iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        if versions is not GONE:
            no_such(self.iam.delete_policy, PolicyArn=arn)


class OfPrincipal(Resource):
    """What a role, a user and a group have alike."""

    def __init__(self, session, kind):
        super().__init__(session)
        self.kind, self.name = kind, f"{kind.capitalize()}Name"

    def call(self, form):
        return getattr(self.iam, form.format(self.kind))


class InlinePolicy(OfPrincipal):
    """aws_iam_role_policy, _user_policy, _group_policy. Its id is `owner:name`."""

    def create(self, owner, name, policy):
        given = {self.name: owner, "PolicyName": name, "PolicyDocument": normal_json(policy)}
        self.call("put_{}_policy")(**given)
        made = f"{owner}:{name}"
        return made, self.read(made)

    update = create

    def read(self, id):
        owner, name = id.split(":")
        found = no_such(self.call("get_{}_policy"), **{self.name: owner}, PolicyName=name)
        if found is GONE:
            return GONE
        return {self.kind: owner, "name": name, "policy": unescaped(found["PolicyDocument"])}

    def destroy(self, id):
        owner, name = id.split(":")
        no_such(self.call("delete_{}_policy"), **{self.name: owner}, PolicyName=name)


class Attachment(OfPrincipal):
    """aws_iam_role_policy_attachment, _user_…, _group_…, and the _exclusive ones. The id of an import is `owner/arn`."""

    def create(self, owner, arn):
        self.call("attach_{}_policy")(**{self.name: owner}, PolicyArn=arn)
        if self.read(owner, arn) is GONE:
            raise Failed("not found right after it was created")

    def attached(self, owner):
        operation = f"list_attached_{self.kind}_policies"
        found = no_such(self.pages, operation, "AttachedPolicies", **{self.name: owner})
        return GONE if found is GONE else [policy["PolicyArn"] for policy in found]

    def read(self, owner, arn):
        return {self.kind: owner, "policy_arn": arn} if arn in (self.attached(owner) or []) else GONE

    def import_(self, text):
        return self.read(*text.split("/", 1))

    def destroy(self, owner, arn):
        no_such(self.call("detach_{}_policy"), **{self.name: owner}, PolicyArn=arn)

    def sync(self, owner, arns):
        """aws_iam_…_policy_attachments_exclusive: what is not configured goes, whoever attached it."""
        have = set(self.attached(owner))
        for arn in sorted(arns - have):
            self.create(owner, arn)
        for arn in sorted(have - arns):
            self.destroy(owner, arn)
        return set(self.attached(owner))


class PolicyAttachment(Resource):
    """aws_iam_policy_attachment: one policy and all to which it is attached."""

    def sync(self, arn, old, new):
        for kind in ("group", "role", "user"):
            attachment = Attachment(self.session, kind)
            for owner in sorted(old.get(kind, set()) - new.get(kind, set())):
                attachment.destroy(owner, arn)
            for owner in sorted(new.get(kind, set()) - old.get(kind, set())):
                attachment.call("attach_{}_policy")(**{attachment.name: owner}, PolicyArn=arn)
        return self.read(arn)

    def read(self, arn):
        found = {}
        for kind in KINDS:
            name = kind.capitalize()
            entries = no_such(self.pages, "list_entities_for_policy", f"Policy{name}s", PolicyArn=arn) or []
            found[kind] = {entry[f"{name}Name"] for entry in entries}
        return found if any(found.values()) else GONE


@pytest.fixture(params=WAYS)
def session(request, shared_server):
    return Session(shared_server, request.param)


@pytest.fixture
def owner(session):
    """Makes a role, a user or a group of this name."""
    made = {
        "role": lambda name: Role(session).create(name, EC2),
        "user": lambda name: User(session).create(name),
        "group": lambda name: Group(session).create(name),
    }
    return lambda kind, name="one": made[kind](name)[0]


def test_a_role_with_its_policies(session):
    resource = Role(session)
    config = {
        "inline_policy": {
            "one": document("s3:GetObject"),
            "two": document(["s3:*"], "arn:aws:s3:::a+b/${aws:username}/é %"),
        },
        "managed_policy_arns": {READ_ONLY, VIEW_ONLY},
    }
    made, state = resource.create("app", EC2, **config)
    no_drift(state, **config)
    config = {
        "inline_policy": {"two": document("s3:PutObject"), "three": document("s3:x")},
        "managed_policy_arns": {VIEW_ONLY},
    }
    state = resource.update(made, state, **config)
    no_drift(state, **config)
    assert resource.read(made) == state
    # What others have attached is in its way, and only force_detach_policies takes it away.
    other, _ = resource.create("other", EC2)
    Attachment(session, "role").create(other, READ_ONLY)
    InlinePolicy(session, "role").create(other, "one", document("s3:x"))
    InstanceProfile(session).create("box", role=other)
    with refused("DeleteConflict", 409):
        resource.destroy(other)
    resource.destroy(other, force_detach_policies=True)
    resource.destroy(made, own_inline=True, own_managed=True)
    assert (resource.read(other), resource.read(made)) == (GONE, GONE)
    no_drift(InstanceProfile(session).read("box"), role=None)


def test_policy(session):
    resource = Policy(session)
    text = json.dumps(json.loads(document("s3:GetObject", "arn:aws:s3:::a+b/c%3Ad e/${aws:username}")), indent=2)
    config = {"name": "read", "path": "/team/", "description": "", "tags": {"a": "1"}}
    made, state = resource.create(policy=text, **config)
    assert made == f"arn:aws:iam::{session.account}:policy/team/read"
    no_drift(state, **config, attachment_count=0)
    no_document_drift(state, policy=text)
    assert resource.read(made) == state  # import is a read, and the data source by ARN
    # As often as it likes, though there are five versions at most.
    for n in range(8):
        text = document([f"s3:Get{n}", "s3:List*"])
        state = resource.update(made, state, policy=text)
        no_drift(state, **config)
        no_document_drift(state, policy=text)
    assert resource.read(made) == state
    versions = resource.pages("list_policy_versions", "Versions", PolicyArn=made)
    assert len(versions) == 5 and [v["VersionId"] for v in versions if v["IsDefaultVersion"]] == ["v9"]
    state = resource.update(made, state, tags={"b": "2", "c": ""})
    no_drift(state, tags={"b": "2", "c": ""})
    # The data source by name.
    found = [
        p["Arn"] for p in resource.pages("list_policies", "Policies", PathPrefix="/team/") if p["PolicyName"] == "read"
    ]
    assert found == [made]
    resource.destroy(made)
    assert resource.read(made) is GONE
    resource.destroy(made)
    # A description that is said is kept.
    no_drift(resource.create("other", text, description="Größe")[1], description="Größe", tags={})


@pytest.mark.parametrize("kind", KINDS)
def test_inline_policy(session, owner, kind):
    resource, name = InlinePolicy(session, kind), owner(kind)
    text = json.dumps(json.loads(document("s3:Get*", "arn:aws:s3:::a+b/%/é")), indent=4)
    made, state = resource.create(name, "p", text)
    no_drift(state, **{kind: name}, name="p")
    no_document_drift(state, policy=text)
    assert resource.read(made) == state  # import is a read
    text = document(["s3:Put*"], Condition={"StringLike": {"aws:PrincipalTag/team": ["a", "b"]}})
    _, state = resource.update(name, "p", text)
    no_document_drift(state, policy=text)
    resource.destroy(made)
    assert resource.read(made) is GONE
    resource.destroy(made)
    assert resource.read(f"nobody:{made}".rsplit(":", 1)[0]) is GONE


@pytest.mark.parametrize("kind", KINDS)
def test_attachment(session, owner, kind):
    resource, name = Attachment(session, kind), owner(kind)
    policies = Policy(session)
    own = [policies.create(f"p{n}", document("s3:x"), path="/a/b/")[0] for n in range(3)]
    for arn in (READ_ONLY, *own):
        resource.create(name, arn)
    assert resource.read(name, own[0]) == {kind: name, "policy_arn": own[0]} == resource.import_(f"{name}/{own[0]}")
    assert policies.read(own[0])["attachment_count"] == 1
    resource.destroy(name, own[0])
    assert resource.read(name, own[0]) is GONE
    resource.destroy(name, own[0])
    with refused("DeleteConflict", 409):
        policies.destroy(own[1])
    # Exclusive: exactly these, in one go, again and again.
    wanted = {own[0], own[2], VIEW_ONLY}
    for _ in range(2):
        assert resource.sync(name, wanted) == wanted == set(resource.attached(name))
    assert resource.sync(name, set()) == set()
    for arn in own:
        policies.destroy(arn)
    assert resource.attached("nobody") is GONE and resource.read(name, own[0]) is GONE
    resource.destroy("nobody", READ_ONLY)


def test_policy_attachment(session, owner):
    resource = PolicyAttachment(session)
    arn, _ = Policy(session).create("p", document("s3:x"))
    names = {kind: {owner(kind, name) for name in ("one", "two", "three")} for kind in KINDS}
    assert resource.read(arn) is GONE
    assert resource.sync(arn, {}, names) == names
    assert Policy(session).read(arn)["attachment_count"] == 9
    less = {"role": {"one"}, "user": names["user"], "group": set()}
    assert resource.sync(arn, names, less) == less
    assert resource.sync(arn, less, {}) is GONE
    Policy(session).destroy(arn)
    assert resource.read(arn) is GONE


def test_many_at_once(session):
    """Terraform makes ten resources at a time."""
    roles, policies, attachments = Role(session), Policy(session), Attachment(session, "role")
    with ThreadPoolExecutor(10) as at_once:
        arns = list(at_once.map(lambda n: policies.create(f"p{n}", document("s3:x"))[0], range(8)))
        made = list(at_once.map(lambda n: roles.create(f"r{n}", EC2)[0], range(4)))
        pairs = [(role, arn) for role in made for arn in arns]
        list(at_once.map(lambda pair: attachments.create(*pair), pairs))
        assert [roles.read(role)["managed_policy_arns"] for role in made] == [set(arns)] * 4
        assert [policies.read(arn)["attachment_count"] for arn in arns] == [4] * 8
        list(at_once.map(lambda pair: attachments.destroy(*pair), pairs))
        list(at_once.map(roles.destroy, made))
        list(at_once.map(policies.destroy, arns))
    assert [roles.read(role) for role in made] == [GONE] * 4 and [policies.read(arn) for arn in arns] == [GONE] * 8
