"""The calls of Terraform's AWS provider for roles and instance profiles (identity.md 8), as in test_terraform_users.py.

The provider sends documents in a normal form, reads them as Go's forms are read, and compares them by their meaning.
"""

import json
from functools import partial

import pytest

from harness.terraform import (
    GONE,
    WAYS,
    Resource,
    Session,
    no_document_drift,
    no_drift,
    no_such,
    normal_json,
    rfc3339,
    same_policy,
    tag_list,
    tag_map,
    unescaped,
    update_tags,
)
from harness.world import new_account
from test_iam import TRUST, refused
from test_sts import trust
from test_terraform_users import READ_ONLY, VIEW_ONLY, User

EC2 = json.dumps(TRUST, indent=2)


class Role(Resource):
    """aws_iam_role, with inline_policy and managed_policy_arns"""

    def create(self, name, assume_role_policy, path="/", description="", max_session_duration=3600, **more):
        body = {
            "AssumeRolePolicyDocument": normal_json(assume_role_policy),
            "Path": path,
            "RoleName": name,
            "Description": description,
            "MaxSessionDuration": max_session_duration,
            "PermissionsBoundary": more.get("permissions_boundary"),
            "Tags": tag_list(more.get("tags", {})),
        }
        made = self.iam.create_role(**{key: value for key, value in body.items() if value})["Role"]["RoleName"]
        self.add(made, more.get("inline_policy", {}), more.get("managed_policy_arns", ()))
        return made, self.read(made)

    def add(self, name, inline, managed):
        for policy, text in inline.items():
            self.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
        for arn in managed:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def read(self, name):
        # It waits until the ARN is one four times running.
        found = [no_such(self.iam.get_role, RoleName=name) for _ in range(4)]
        if GONE in found:
            assert found == [GONE] * 4
            return GONE
        assert len({answer["Role"]["Arn"] for answer in found}) == 1
        role = found[0]["Role"]
        assert role["Arn"].startswith("arn:")
        return {
            "arn": role["Arn"],
            "assume_role_policy": unescaped(role["AssumeRolePolicyDocument"]),
            "create_date": rfc3339(role["CreateDate"]),
            "description": role.get("Description", ""),
            "inline_policy": {policy: self.inline(name, policy) for policy in self.inline_names(name)},
            "managed_policy_arns": set(self.managed(name)),
            "max_session_duration": role["MaxSessionDuration"],
            "name": role["RoleName"],
            "path": role["Path"],
            "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "unique_id": role["RoleId"],
            "tags": tag_map(role.get("Tags", [])),
        }

    def inline(self, name, policy):
        return unescaped(self.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])

    def inline_names(self, name):
        return no_such(self.pages, "list_role_policies", "PolicyNames", RoleName=name) or []

    def managed(self, name):
        found = no_such(self.pages, "list_attached_role_policies", "AttachedPolicies", RoleName=name) or []
        return [policy["PolicyArn"] for policy in found]

    def update(self, name, old, **configured):
        new, iam = {**old, **configured}, self.iam
        update_tags(old["tags"], new["tags"], *(partial(f, RoleName=name) for f in (iam.untag_role, iam.tag_role)))
        if not same_policy(old["assume_role_policy"], new["assume_role_policy"]):
            text = normal_json(new["assume_role_policy"])
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=text)
        if old["description"] != new["description"]:
            iam.update_role_description(RoleName=name, Description=new["description"])
        if old["max_session_duration"] != new["max_session_duration"]:
            iam.update_role(RoleName=name, MaxSessionDuration=new["max_session_duration"])
        boundary = new["permissions_boundary"]
        if boundary and boundary != old["permissions_boundary"]:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif boundary != old["permissions_boundary"]:
            iam.delete_role_permissions_boundary(RoleName=name)
        inline = {
            policy: text for policy, text in new["inline_policy"].items() if old["inline_policy"].get(policy) != text
        }
        self.remove_inline(name, [p for p, text in old["inline_policy"].items() if new["inline_policy"].get(p) != text])
        self.add(name, inline, ())
        self.detach(name, old["managed_policy_arns"] - new["managed_policy_arns"])
        self.add(name, {}, new["managed_policy_arns"] - old["managed_policy_arns"])
        return self.read(name)

    def remove_inline(self, name, policies):
        for policy in policies:
            no_such(self.iam.delete_role_policy, RoleName=name, PolicyName=policy)

    def detach(self, name, policies):
        for arn in policies:
            no_such(self.iam.detach_role_policy, RoleName=name, PolicyArn=arn)

    def destroy(self, name, own_inline=False, own_managed=False, force_detach_policies=False):
        profiles = no_such(self.iam.list_instance_profiles_for_role, RoleName=name) or {"InstanceProfiles": []}
        for profile in profiles["InstanceProfiles"]:
            call, profile = self.iam.remove_role_from_instance_profile, profile["InstanceProfileName"]
            no_such(call, InstanceProfileName=profile, RoleName=name)
        if force_detach_policies or own_managed:
            self.detach(name, self.managed(name))
        if force_detach_policies or own_inline:
            self.remove_inline(name, self.inline_names(name))
        no_such(self.iam.delete_role, RoleName=name)


class InstanceProfile(Resource):
    """aws_iam_instance_profile"""

    def create(self, name, path="/", role=None, tags=None):
        more = {"Tags": tag_list(tags)} if tags else {}
        made = self.iam.create_instance_profile(InstanceProfileName=name, Path=path, **more)
        made = made["InstanceProfile"]["InstanceProfileName"]
        self.iam.get_instance_profile(InstanceProfileName=made)
        if role:
            self.iam.add_role_to_instance_profile(InstanceProfileName=made, RoleName=role)
        return made, self.read(made)

    def read(self, name):
        found = no_such(self.iam.get_instance_profile, InstanceProfileName=name)
        if found is GONE:
            return GONE
        profile = found["InstanceProfile"]
        roles = [role["RoleName"] for role in profile["Roles"]]
        for role in roles[:1]:
            self.iam.get_role(RoleName=role)
        return {
            "arn": profile["Arn"],
            "create_date": rfc3339(profile["CreateDate"]),
            "name": profile["InstanceProfileName"],
            "path": profile["Path"],
            "role": roles[0] if roles else None,
            "unique_id": profile["InstanceProfileId"],
            "tags": tag_map(profile.get("Tags", [])),
        }

    def update(self, name, old, **configured):
        new, iam = {**old, **configured}, self.iam
        calls = (iam.untag_instance_profile, iam.tag_instance_profile)
        update_tags(old["tags"], new["tags"], *(partial(call, InstanceProfileName=name) for call in calls))
        if old["role"] != new["role"]:
            self.remove(name, old["role"])
            if new["role"]:
                iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=new["role"])
        return self.read(name)

    def remove(self, name, role):
        if role:
            no_such(self.iam.remove_role_from_instance_profile, InstanceProfileName=name, RoleName=role)

    def destroy(self, name, role):
        self.remove(name, role)
        no_such(self.iam.delete_instance_profile, InstanceProfileName=name)


@pytest.fixture(params=WAYS)
def session(request, shared_server):
    return Session(shared_server, request.param)


def test_role(session):
    resource = Role(session)
    config = {
        "name": "app",
        "path": "/team/",
        "description": "Größe + 50 %",
        "max_session_duration": 7200,
        "permissions_boundary": READ_ONLY,
        "tags": {"a": "1", "b": ""},
    }
    made, state = resource.create(assume_role_policy=EC2, **config)
    no_drift(state, **config, arn=f"arn:aws:iam::{session.account}:role/team/app")
    no_drift(state, inline_policy={}, managed_policy_arns=set())
    no_document_drift(state, assume_role_policy=EC2)
    assert resource.read(made) == state  # import and the data source are reads
    text = trust(session.account, StringEquals={"sts:ExternalId": "a+b c%20"})
    change = {"description": "", "max_session_duration": 3600, "permissions_boundary": VIEW_ONLY, "tags": {"b": "2"}}
    changed = resource.update(made, state, assume_role_policy=text, **change)
    no_drift(changed, **config | change, unique_id=state["unique_id"], create_date=state["create_date"])
    no_document_drift(changed, assume_role_policy=text)
    assert resource.read(made) == changed
    # The same document, written otherwise, is no change.
    root = trust(f"arn:aws:iam::{session.account}:root", StringEquals={"sts:ExternalId": ["a+b c%20"]})
    assert resource.update(made, changed, assume_role_policy=root) == changed
    changed = resource.update(made, changed, permissions_boundary=None, tags={})
    no_drift(changed, permissions_boundary=None, tags={})
    resource.destroy(made)
    assert resource.read(made) is GONE
    resource.destroy(made)


def test_a_role_that_trusts(session):
    """Roles and users in a trust policy: whom the provider waits for, and the drift by design when they are gone."""
    users, roles = User(session), Role(session)
    text = trust(f"arn:aws:iam::{session.account}:user/ana")
    # The provider tries again for two minutes on this text.
    with pytest.raises(session.iam.exceptions.MalformedPolicyDocumentException, match="Invalid principal in policy"):
        roles.create("app", text)
    _, user = users.create("ana")
    made, state = roles.create("app", text)
    no_document_drift(state, assume_role_policy=text)
    users.destroy("ana")
    [statement] = json.loads(roles.read(made)["assume_role_policy"])["Statement"]
    assert statement["Principal"] == {"AWS": user["unique_id"]}
    # One of the same name is another; the next apply writes the document again.
    _, again = users.create("ana")
    assert again["unique_id"] != user["unique_id"]
    assert not same_policy(roles.read(made)["assume_role_policy"], text)
    no_document_drift(roles.update(made, roles.read(made), assume_role_policy=text), assume_role_policy=text)
    # The users and roles of others are seen too.
    stranger = new_account(session.server)
    text = trust(stranger, f"arn:aws:iam::{session.account}:user/ana")
    no_document_drift(roles.update(made, state, assume_role_policy=text), assume_role_policy=text)


def test_instance_profile(session):
    resource, roles = InstanceProfile(session), Role(session)
    for name in ("one", "two"):
        roles.create(name, EC2)
    config = {"name": "box", "path": "/x/", "role": "one", "tags": {"a": "1"}}
    made, state = resource.create(**config)
    no_drift(state, **config, arn=f"arn:aws:iam::{session.account}:instance-profile/x/box")
    assert resource.read(made) == state
    state = resource.update(made, state, role="two", tags={"b": "2"})
    no_drift(state, **config | {"role": "two", "tags": {"b": "2"}})
    state = resource.update(made, state, role=None, tags={})
    no_drift(state, role=None, tags={})
    state = resource.update(made, state, role="one")
    assert resource.read(made) == state
    # Its role is destroyed behind its back.
    roles.destroy("one")
    no_drift(resource.read(made), role=None)
    # What the provider tries again on.
    with refused("NoSuchEntity", 404, "The role with name one cannot be found."):
        resource.update(made, state | {"role": None}, role="one")
    resource.destroy(made, state["role"])
    assert resource.read(made) is GONE
    resource.destroy(made, None)
