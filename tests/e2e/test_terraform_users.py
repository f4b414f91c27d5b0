"""The calls of Terraform's AWS provider for users, groups and keys (identity.md 8), in its order:
create, refresh, update, import, destroy; which errors it takes for "gone"; and that they leave no drift.

As in test_terraform.py, each class replays one resource (hashicorp/terraform-provider-aws, internal/service/iam). What
the provider repeats where AWS is not consistent yet is called once: here an answer that says "not there yet" would fail.
"""

from functools import partial

import pytest

from harness.terraform import GONE, WAYS, Resource, Session, no_drift, no_such, rfc3339, tag_list, tag_map, update_tags
from test_iam import refused

READ_ONLY, VIEW_ONLY = (f"arn:aws:iam::aws:policy/{name}" for name in ("ReadOnlyAccess", "job-function/ViewOnlyAccess"))


class User(Resource):
    """aws_iam_user"""

    def create(self, name, path="/", permissions_boundary=None, tags=None):
        body = {"UserName": name, "Path": path}
        if permissions_boundary:
            body["PermissionsBoundary"] = permissions_boundary
        if tags:
            body["Tags"] = tag_list(tags)
        made = self.iam.create_user(**body)["User"]["UserName"]
        return made, self.read(made)

    def read(self, name):
        found = no_such(self.iam.get_user, UserName=name)
        if found is GONE:
            return GONE
        user = found["User"]
        return {
            "arn": user["Arn"],
            "name": user["UserName"],
            "path": user["Path"],
            "permissions_boundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "unique_id": user["UserId"],
            "tags": tag_map(user.get("Tags", [])),
        }

    def update(self, old, **configured):
        new = {**old, **configured}
        calls = (self.iam.untag_user, self.iam.tag_user)
        update_tags(old["tags"], new["tags"], *(partial(call, UserName=old["name"]) for call in calls))
        if (old["name"], old["path"]) != (new["name"], new["path"]):
            self.iam.update_user(UserName=old["name"], NewUserName=new["name"], NewPath=new["path"])
        boundary = new["permissions_boundary"]
        if boundary and boundary != old["permissions_boundary"]:
            self.iam.put_user_permissions_boundary(UserName=new["name"], PermissionsBoundary=boundary)
        elif boundary != old["permissions_boundary"]:
            self.iam.delete_user_permissions_boundary(UserName=new["name"])
        return self.read(new["name"])

    def destroy(self, name, force_destroy=False):
        no_such(self.leave_groups, name)
        if force_destroy:
            self.destroy_credentials(name)
        no_such(self.iam.delete_user, UserName=name)

    def leave_groups(self, name):
        for group in self.pages("list_groups_for_user", "Groups", UserName=name):
            no_such(self.iam.remove_user_from_group, UserName=name, GroupName=group["GroupName"])

    def destroy_credentials(self, name):
        """Each kind is listed, and what is there goes."""
        iam = self.iam
        self.each(name, "list_access_keys", "AccessKeyMetadata", "AccessKeyId", iam.delete_access_key)
        self.each(name, "list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId", iam.delete_ssh_public_key)
        for device in self.pages("list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned"):
            if device["User"].get("UserName") == name:
                iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
                iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
        self.each(name, "list_mfa_devices", "MFADevices", "SerialNumber", iam.deactivate_mfa_device)
        no_such(iam.delete_login_profile, UserName=name)
        self.each(name, "list_signing_certificates", "Certificates", "CertificateId", iam.delete_signing_certificate)
        found = no_such(iam.list_service_specific_credentials, UserName=name) or {"ServiceSpecificCredentials": []}
        for entry in found["ServiceSpecificCredentials"]:
            credential = entry["ServiceSpecificCredentialId"]
            iam.delete_service_specific_credential(UserName=name, ServiceSpecificCredentialId=credential)

    def each(self, name, operation, key, member, delete):
        for entry in no_such(self.pages, operation, key, UserName=name) or []:
            delete(UserName=name, **{member: entry[member]})


class Group(Resource):
    """aws_iam_group"""

    def create(self, name, path="/"):
        made = self.iam.create_group(GroupName=name, Path=path)["Group"]["GroupName"]
        return made, self.read(made)

    def read(self, name):
        found = no_such(self.iam.get_group, GroupName=name)
        if found is GONE:
            return GONE
        return {
            member: found["Group"][key]
            for member, key in {"arn": "Arn", "name": "GroupName", "path": "Path", "unique_id": "GroupId"}.items()
        }

    def update(self, old, **configured):
        new = {**old, **configured}
        self.iam.update_group(GroupName=old["name"], NewGroupName=new["name"], NewPath=new["path"])
        return self.read(new["name"])

    def destroy(self, name):
        no_such(self.iam.delete_group, GroupName=name)


class GroupMembership(Resource):
    """aws_iam_group_membership: one group and its users."""

    def create(self, group, users):
        for user in users:
            self.iam.add_user_to_group(GroupName=group, UserName=user)
        return self.read(group)

    def read(self, group):
        users = no_such(self.pages, "get_group", "Users", GroupName=group)
        return GONE if users is GONE else {user["UserName"] for user in users}

    def update(self, group, old, users):
        self.destroy(group, old - users)
        return self.create(group, users - old)

    def destroy(self, group, users):
        for user in users:
            no_such(self.iam.remove_user_from_group, GroupName=group, UserName=user)


class UserGroupMembership(Resource):
    """aws_iam_user_group_membership: one user and some of its groups."""

    def create(self, user, groups):
        for group in groups:
            self.iam.add_user_to_group(UserName=user, GroupName=group)
        return self.read(user, groups)

    def read(self, user, groups):
        found = no_such(self.pages, "list_groups_for_user", "Groups", UserName=user)
        return GONE if found is GONE else {group["GroupName"] for group in found} & groups

    def import_(self, text):
        """`user/group/group`"""
        user, *groups = text.split("/")
        return self.read(user, set(groups))

    def destroy(self, user, groups):
        for group in groups:
            no_such(self.iam.remove_user_from_group, UserName=user, GroupName=group)


class AccessKey(Resource):
    """aws_iam_access_key"""

    def create(self, user, status="Active"):
        made = self.iam.create_access_key(UserName=user)["AccessKey"]
        if status == "Inactive":
            self.update(user, made["AccessKeyId"], status)
        return made, self.state({**made, "Status": status})

    @staticmethod
    def state(key):
        return {"create_date": rfc3339(key["CreateDate"]), "status": key["Status"], "user": key["UserName"]}

    def read(self, user, key):
        keys = no_such(self.pages, "list_access_keys", "AccessKeyMetadata", UserName=user)
        found = [entry for entry in keys or [] if entry["AccessKeyId"] == key]
        return self.state(found[0]) if found else GONE

    def update(self, user, key, status):
        self.iam.update_access_key(UserName=user, AccessKeyId=key, Status=status)
        return self.read(user, key)

    def import_(self, key):
        return self.read(self.iam.get_access_key_last_used(AccessKeyId=key)["UserName"], key)

    def destroy(self, user, key):
        no_such(self.iam.delete_access_key, UserName=user, AccessKeyId=key)


class LoginProfile(Resource):
    """aws_iam_user_login_profile, whose password the provider makes up."""

    def create(self, user, password_reset_required=False):
        given = {"UserName": user, "Password": "kB8!vq2Zr#Lm5xTt9&Wd"}
        self.iam.create_login_profile(**given, PasswordResetRequired=password_reset_required)
        return self.read(user)

    def read(self, user):
        found = no_such(self.iam.get_login_profile, UserName=user)
        if found is GONE:
            return GONE
        profile = found["LoginProfile"]
        return {"user": profile["UserName"], "password_reset_required": profile["PasswordResetRequired"]}

    def destroy(self, user):
        no_such(self.iam.delete_login_profile, UserName=user)


@pytest.fixture(params=WAYS)
def session(request, shared_server):
    return Session(shared_server, request.param)


def test_caller_identity(session):
    """The data source aws_caller_identity, and aws_iam_session_context of what it says."""
    identity = session.sts.get_caller_identity()
    kind, *names = identity["Arn"].split(":")[5].split("/")
    if kind == "user":
        assert identity["Arn"] == User(session).read(names[0])["arn"]
    else:
        role = session.iam.get_role(RoleName=names[0])["Role"]
        assert role["Arn"] == f"arn:aws:iam::{session.account}:role/{names[0]}"
        assert identity["UserId"] == f"{role['RoleId']}:{names[1]}"


def test_user(session):
    resource = User(session)
    config = {
        "name": "ana",
        "path": "/team/",
        "permissions_boundary": READ_ONLY,
        "tags": {"a": "1", "b": "", "c d": "é+@"},
    }
    made, state = resource.create(**config)
    no_drift(state, **config, arn=f"arn:aws:iam::{session.account}:user/team/ana")
    assert resource.read(made) == state  # import and the data source are reads
    changed = resource.update(state, permissions_boundary=VIEW_ONLY, tags={"b": "2", "d": "3"})
    no_drift(changed, **config | {"permissions_boundary": VIEW_ONLY, "tags": {"b": "2", "d": "3"}})
    assert resource.read(made) == changed
    changed = resource.update(changed, permissions_boundary=None, tags={})
    no_drift(changed, permissions_boundary=None, tags={})
    renamed = resource.update(changed, name="Ana", path="/")
    no_drift(
        renamed, name="Ana", path="/", unique_id=state["unique_id"], arn=f"arn:aws:iam::{session.account}:user/Ana"
    )
    assert resource.read("Ana") == renamed
    resource.destroy("Ana")
    assert resource.read("Ana") is GONE
    resource.destroy("Ana", force_destroy=True)  # gone is as good as destroyed


def test_a_user_with_all_that_hangs_on_it(session):
    users, groups = User(session), Group(session)
    users.create("ana")
    group, _ = groups.create("team")
    GroupMembership(session).create(group, {"ana"})
    for _ in range(2):
        AccessKey(session).create("ana")
    LoginProfile(session).create("ana")
    # Without force_destroy it leaves its groups and stays, as on AWS.
    with refused("DeleteConflict", 409):
        users.destroy("ana")
    assert users.read("ana") and GroupMembership(session).read(group) == set()
    users.destroy("ana", force_destroy=True)
    assert users.read("ana") is GONE
    groups.destroy(group)


def test_group(session):
    resource = Group(session)
    made, state = resource.create("team", path="/x/")
    no_drift(state, name="team", path="/x/", arn=f"arn:aws:iam::{session.account}:group/x/team")
    assert resource.read(made) == state
    renamed = resource.update(state, name="Team", path="/")
    no_drift(renamed, name="Team", path="/", unique_id=state["unique_id"])
    assert resource.read("Team") == renamed
    resource.destroy("Team")
    assert resource.read("Team") is GONE
    resource.destroy("Team")


def test_memberships(session):
    users, groups = User(session), Group(session)
    of_group, of_user = GroupMembership(session), UserGroupMembership(session)
    names = [f"user-{n}" for n in range(5)]
    for name in names:
        users.create(name)
    for name in ("one", "two", "three"):
        groups.create(name)
    state = of_group.create("one", set(names[:3]))
    assert state == set(names[:3]) == of_group.read("one")
    state = of_group.update("one", state, set(names[2:]))
    assert state == set(names[2:]) == of_group.read("one")
    # That one is in another group too is none of this resource's business.
    assert of_user.create(names[4], {"two", "three"}) == {"two", "three"} == of_user.read(names[4], {"two", "three"})
    assert of_user.import_(f"{names[4]}/two/three") == {"two", "three"}
    # Behind its back: it is seen, put right, and what is gone already is no error.
    session.iam.remove_user_from_group(UserName=names[4], GroupName="two")
    assert of_user.read(names[4], {"two", "three"}) == {"three"}
    of_user.create(names[4], {"two"})
    for _ in range(2):
        of_user.destroy(names[4], {"two", "three"})
    assert of_user.read(names[4], {"two", "three"}) == set() and names[4] in of_group.read("one")
    of_group.destroy("one", state)
    users.destroy(names[4])
    groups.destroy("one")
    assert of_group.read("one") is GONE and of_user.read(names[4], {"one"}) is GONE
    of_user.destroy(names[4], {"two"})


def test_access_key(session):
    User(session).create("ana", path="/team/")
    resource = AccessKey(session)
    made, state = resource.create("ana")
    key = made["AccessKeyId"]
    no_drift(state, status="Active", user="ana")
    assert resource.read("ana", key) == state == resource.import_(key)
    other, inactive = resource.create("ana", status="Inactive")
    assert resource.read("ana", other["AccessKeyId"]) == inactive and inactive["status"] == "Inactive"
    state = resource.update("ana", key, "Inactive")
    assert resource.read("ana", key) == state and state["status"] == "Inactive"
    assert resource.update("ana", key, "Active")["status"] == "Active"
    resource.destroy("ana", key)
    assert resource.read("ana", key) is GONE and resource.read("ana", other["AccessKeyId"]) == inactive
    User(session).destroy("ana", force_destroy=True)
    assert resource.read("ana", other["AccessKeyId"]) is GONE
    resource.destroy("ana", key)


def test_login_profile(session):
    User(session).create("ana")
    resource = LoginProfile(session)
    state = resource.create("ana", password_reset_required=True)
    assert state == {"user": "ana", "password_reset_required": True} == resource.read("ana")
    resource.destroy("ana")
    assert resource.read("ana") is GONE
    resource.destroy("ana")
