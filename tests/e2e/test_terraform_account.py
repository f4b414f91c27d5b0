"""The calls of Terraform's AWS provider for an account's service-linked roles, alias, password policy and root access
(identity.md 8), as in test_terraform_users.py.
"""

from functools import partial

import pytest

from harness.server import fresh_account
from harness.terraform import (
    GONE,
    WAYS,
    Failed,
    Resource,
    Session,
    no_drift,
    no_such,
    rfc3339,
    tag_list,
    tag_map,
    unless,
    update_tags,
    waited,
)
from harness.world import new_organization


class ServiceLinkedRole(Resource):
    """aws_iam_service_linked_role. Its id is its ARN, of which the provider reads service, name and suffix."""

    def create(self, aws_service_name, custom_suffix=None, description=None, tags=None):
        given = {"AWSServiceName": aws_service_name, "CustomSuffix": custom_suffix, "Description": description}
        made = self.iam.create_service_linked_role(**{k: v for k, v in given.items() if v})["Role"]["Arn"]
        if tags:
            self.iam.tag_role(RoleName=self.decoded(made)[1], Tags=tag_list(tags))
        return made, self.read(made)

    @staticmethod
    def decoded(arn):
        parts = arn.split(":", 5)[5].split("/")
        if len(parts) != 4:
            raise Failed(arn)
        return parts[2], parts[3]

    def read(self, arn):
        service, name = self.decoded(arn)
        found = no_such(self.iam.get_role, RoleName=name)
        if found is GONE:
            return GONE
        role, words = found["Role"], name.split("_")
        return {
            "arn": role["Arn"],
            "aws_service_name": service,
            "create_date": rfc3339(role["CreateDate"]),
            "custom_suffix": words[1] if len(words) == 2 else "",
            "description": role.get("Description", ""),
            "name": role["RoleName"],
            "path": role["Path"],
            "unique_id": role["RoleId"],
            "tags": tag_map(role.get("Tags", [])),
        }

    def update(self, arn, old, **configured):
        new, name = {**old, **configured}, self.decoded(arn)[1]
        if new["description"] != old["description"]:
            self.iam.update_role(RoleName=name, Description=new["description"])
        update_tags(
            old["tags"], new["tags"], *(partial(f, RoleName=name) for f in (self.iam.untag_role, self.iam.tag_role))
        )
        return self.read(arn)

    def destroy(self, arn):
        asked = no_such(self.iam.delete_service_linked_role, RoleName=self.decoded(arn)[1])
        if asked is GONE:
            return

        def refresh():
            status = self.iam.get_service_linked_role_deletion_status(DeletionTaskId=asked["DeletionTaskId"])
            return status.get("Reason"), status["Status"]

        waited(refresh, ("IN_PROGRESS", "NOT_STARTED"), "SUCCEEDED", pause=lambda: None, tries=1)


class AccountAlias(Resource):
    """aws_iam_account_alias"""

    def create(self, alias):
        self.iam.create_account_alias(AccountAlias=alias)
        return self.read()

    def read(self):
        found = self.pages("list_account_aliases", "AccountAliases")
        if len(found) > 1:
            raise Failed("too many results")
        return found[0] if found else GONE

    def destroy(self, alias):
        no_such(self.iam.delete_account_alias, AccountAlias=alias)


class PasswordPolicy(Resource):
    """aws_iam_account_password_policy. What is false, 0 or not configured is not sent."""

    MEMBERS = {
        "allow_users_to_change_password": "AllowUsersToChangePassword",
        "hard_expiry": "HardExpiry",
        "max_password_age": "MaxPasswordAge",
        "minimum_password_length": "MinimumPasswordLength",
        "password_reuse_prevention": "PasswordReusePrevention",
        "require_lowercase_characters": "RequireLowercaseCharacters",
        "require_numbers": "RequireNumbers",
        "require_symbols": "RequireSymbols",
        "require_uppercase_characters": "RequireUppercaseCharacters",
    }
    DEFAULTS = {"allow_users_to_change_password": True, "minimum_password_length": 6}

    def create(self, **configured):
        wanted = {**self.DEFAULTS, **configured}
        self.iam.update_account_password_policy(**{self.MEMBERS[k]: v for k, v in wanted.items() if v})
        return self.read()

    update = create

    def read(self):
        found = no_such(self.iam.get_account_password_policy)
        if found is GONE:
            return GONE
        policy = found["PasswordPolicy"]
        # An absent element is Go's zero.
        zero = {"MaxPasswordAge": 0, "PasswordReusePrevention": 0}
        state = {name: policy.get(member, zero.get(member, False)) for name, member in self.MEMBERS.items()}
        return {**state, "expire_passwords": policy["ExpirePasswords"]}

    def destroy(self):
        no_such(self.iam.delete_account_password_policy)


class OrganizationsFeatures(Resource):
    """aws_iam_organizations_features. Its id is the organization's."""

    CALLS = {"RootCredentialsManagement": "root_credentials_management", "RootSessions": "root_sessions"}

    def sync(self, old, new):
        for way, features in (("enable", new - old), ("disable", old - new)):
            for feature in sorted(features):
                getattr(self.iam, f"{way}_organizations_{self.CALLS[feature]}")()
        return self.read()

    def read(self):
        found = unless("OrganizationNotFoundException", self.iam.list_organizations_features)
        if found is GONE or not found["EnabledFeatures"]:
            return GONE
        return {"id": found["OrganizationId"], "enabled_features": set(found["EnabledFeatures"])}


@pytest.fixture(params=WAYS)
def session(request, shared_server):
    return Session(shared_server, request.param)


@pytest.mark.parametrize("suffix", ["", "team"])
def test_service_linked_role(session, suffix):
    resource = ServiceLinkedRole(session)
    service = "autoscaling.amazonaws.com"
    made, state = resource.create(service, custom_suffix=suffix, description="Größe", tags={"a": "1"})
    name = "AWSServiceRoleForAutoScaling" + (f"_{suffix}" if suffix else "")
    no_drift(state, aws_service_name=service, custom_suffix=suffix, description="Größe", name=name, tags={"a": "1"})
    no_drift(state, path=f"/aws-service-role/{service}/", arn=made)
    assert resource.read(made) == state
    changed = resource.update(made, state, description="", tags={"b": "2"})
    no_drift(changed, **state | {"description": "", "tags": {"b": "2"}})
    assert resource.read(made) == changed
    resource.destroy(made)
    assert resource.read(made) is GONE
    resource.destroy(made)


def test_a_service_linked_role_that_is_used(shared_server):
    """The provider tells the reason, and the role stays."""
    session = Session(shared_server, WAYS[1])
    resource = ServiceLinkedRole(session)
    service, name = "organizations.amazonaws.com", "AWSServiceRoleForOrganizations"
    arn = f"arn:aws:iam::{session.account}:role/aws-service-role/{service}/{name}"
    state = resource.read(arn)  # imported
    no_drift(state, aws_service_name=service, name=name)
    with pytest.raises(Failed, match="FAILED.*RoleUsageList"):
        resource.destroy(arn)
    assert resource.read(arn) == state


def test_account_alias(session):
    resource = AccountAlias(session)
    first, second = (f"alias-{fresh_account()}" for _ in range(2))
    assert resource.read() is GONE
    assert resource.create(first) == first == resource.read()
    # A replacement, and one that creates before it destroys.
    resource.destroy(first)
    assert resource.create(second) == second
    assert resource.create(first) == first == resource.read()
    resource.destroy(first)
    assert resource.read() is GONE
    resource.destroy(first)


def test_password_policy(session):
    resource = PasswordPolicy(session)
    assert resource.read() is GONE
    config = {
        "minimum_password_length": 14,
        "max_password_age": 90,
        "password_reuse_prevention": 24,
        "require_lowercase_characters": True,
        "require_symbols": True,
        "hard_expiry": True,
    }
    state = resource.create(**config)
    no_drift(state, **config, allow_users_to_change_password=True, require_numbers=False, expire_passwords=True)
    assert resource.read() == state
    # What is not sent any more is what it is by default.
    state = resource.update(require_numbers=True, allow_users_to_change_password=False)
    no_drift(state, require_numbers=True, require_symbols=False, minimum_password_length=6, hard_expiry=False)
    no_drift(state, allow_users_to_change_password=False, max_password_age=0, expire_passwords=False)
    assert resource.read() == state
    resource.destroy()
    assert resource.read() is GONE
    resource.destroy()


def test_organizations_features(shared_server):
    session = Session(shared_server, WAYS[0])
    resource = OrganizationsFeatures(session)
    assert resource.read() is GONE
    organization = new_organization(shared_server, session.account)
    organization.trust("iam.amazonaws.com")
    assert resource.read() is GONE
    both, one = {"RootCredentialsManagement", "RootSessions"}, {"RootSessions"}
    state = resource.sync(set(), both)
    assert state == {"id": organization.id, "enabled_features": both} == resource.read()
    assert resource.sync(both, one) == {"id": organization.id, "enabled_features": one} == resource.read()
    assert resource.sync(one, both)["enabled_features"] == both
    assert resource.sync(both, set()) is GONE
