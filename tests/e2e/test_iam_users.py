"""IAM by boto3: users, groups, access keys and passwords, and what a user's key may."""

import boto3
import botocore.config
import pytest

from harness.server import wait_for
from harness.world import new_account
from test_iam import refused

INVALID = ("InvalidClientTokenId", 403, "The security token included in the request is invalid")


def client_of(server, key, service="iam"):
    """A client that signs with an access key as CreateAccessKey answers it."""
    session = boto3.Session(
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], region_name="eu-west-1"
    )
    config = botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False)
    return session.client(service, endpoint_url=server.url, config=config)


@pytest.fixture
def account(server):
    return new_account(server)


@pytest.fixture
def iam(server, account):
    return server.client(account, "iam")


def test_users_and_groups(iam, account):
    tags = [{"Key": "team", "Value": "a b+c"}]
    user = iam.create_user(UserName="Ana", Path="/team/", Tags=tags)["User"]
    assert (user["Arn"], user["Tags"]) == (f"arn:aws:iam::{account}:user/team/Ana", tags)
    assert iam.get_user(UserName="aNA")["User"] == user
    root = iam.get_user()["User"]
    assert (root["UserId"], root["Arn"]) == (account, f"arn:aws:iam::{account}:root")
    assert "UserName" not in root
    for name in ("Ben", "Eva"):
        iam.create_user(UserName=name)
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2})
    assert [user["UserName"] for page in pages for user in page["Users"]] == ["Ana", "Ben", "Eva"]
    iam.create_group(GroupName="Team")
    for name in ("Ana", "Ben"):
        iam.add_user_to_group(GroupName="Team", UserName=name)
    assert {user["UserName"] for user in iam.get_group(GroupName="team")["Users"]} == {"Ana", "Ben"}
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="Ana")["Groups"]] == ["Team"]
    iam.update_user(UserName="Ana", NewUserName="Zoe", NewPath="/")
    with refused("NoSuchEntity", 404, "The user with name Ana cannot be found."):
        iam.get_user(UserName="Ana")
    assert iam.get_user(UserName="Zoe")["User"]["UserId"] == user["UserId"]
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="zoe")
    with refused("DeleteConflict", 409, "Cannot delete entity, must remove users from group first."):
        iam.delete_user(UserName="Zoe")
    with refused("DeleteConflict", 409, "Cannot delete entity, must remove users from group first."):
        iam.delete_group(GroupName="Team")


def test_a_users_key_signs_and_is_bound_by_its_policies(server, iam, account):
    user = iam.create_user(UserName="Ana", Path="/team/")["User"]
    key = iam.create_access_key(UserName="Ana")["AccessKey"]
    identity = client_of(server, key, "sts").get_caller_identity()
    assert {name: identity[name] for name in ("Arn", "UserId", "Account")} == {
        "Arn": user["Arn"],
        "UserId": user["UserId"],
        "Account": account,
    }
    own = client_of(server, key)
    sentence = (
        f"User: {user['Arn']} is not authorized to perform: iam:GetUser on resource: {user['Arn']} because no"
        " identity-based policy allows the iam:GetUser action"
    )
    with refused("AccessDenied", 403, sentence):
        own.get_user()
    with refused("AccessDenied", 403, f"User: {user['Arn']} is not authorized to perform: iam:CreateUser on resource: "):
        own.create_user(UserName="Ben")
    organizations = client_of(server, key, "organizations")
    with refused("AccessDeniedException", 400):
        organizations.create_organization()
    wrong = dict(key, SecretAccessKey=key["SecretAccessKey"][::-1])
    with refused("SignatureDoesNotMatch", 403):
        client_of(server, wrong).get_user()


def test_a_key_that_is_switched_off_or_gone_signs_nothing(server, iam):
    iam.create_user(UserName="Ana")
    key = iam.create_access_key(UserName="Ana")["AccessKey"]
    sts = client_of(server, key, "sts")
    sts.get_caller_identity()
    of_ana = {"UserName": "Ana", "AccessKeyId": key["AccessKeyId"]}
    iam.update_access_key(**of_ana, Status="Inactive")
    [listed] = iam.list_access_keys(UserName="Ana")["AccessKeyMetadata"]
    assert listed["Status"] == "Inactive"
    with refused(*INVALID):
        sts.get_caller_identity()
    iam.update_access_key(**of_ana, Status="Active")
    sts.get_caller_identity()
    iam.delete_access_key(**of_ana)
    with refused(*INVALID):
        sts.get_caller_identity()
    with refused("NoSuchEntity", 404, f"The Access Key with id {key['AccessKeyId']} cannot be found."):
        iam.delete_access_key(**of_ana)
    iam.delete_user(UserName="Ana")


def test_two_keys_at_most(iam):
    iam.create_user(UserName="Ana")
    for _ in range(2):
        iam.create_access_key(UserName="Ana")
    with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName="Ana")
    # The root user's own.
    assert "UserName" not in iam.create_access_key()["AccessKey"]


def test_when_a_key_was_last_used(server, iam, account):
    iam.create_user(UserName="Ana")
    key = iam.create_access_key(UserName="Ana")["AccessKey"]
    asked = {"AccessKeyId": key["AccessKeyId"]}
    last = iam.get_access_key_last_used(**asked)
    assert (last["UserName"], last["AccessKeyLastUsed"]) == ("Ana", {"ServiceName": "N/A", "Region": "N/A"})
    client_of(server, key, "sts").get_caller_identity()

    def used():
        last = iam.get_access_key_last_used(**asked)["AccessKeyLastUsed"]
        return last if "LastUsedDate" in last else None

    first = wait_for(used, "the key's use is noted")
    assert (first["ServiceName"], first["Region"]) == ("sts", "eu-west-1")
    # Soon after, nothing is noted; later it is.
    with refused("AccessDenied", 403):
        client_of(server, key).get_user()
    assert used() == first
    server.advance("16m")
    with refused("AccessDenied", 403):
        client_of(server, key).get_user()
    later = wait_for(lambda: (last := used()) != first and last, "the later use is noted")
    assert (later["ServiceName"], later["LastUsedDate"] > first["LastUsedDate"]) == ("iam", True)
    with refused(
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{account}:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key"
        " AKIAIOSFODNN7EXAMPLE",
    ):
        iam.get_access_key_last_used(AccessKeyId="AKIAIOSFODNN7EXAMPLE")


def test_a_user_changes_its_password(server, iam):
    iam.create_user(UserName="Ana")
    with refused("PasswordPolicyViolation", 400, "Password should have a minimum length of 8, Password should meet 2 more"):
        iam.create_login_profile(UserName="Ana", Password="secret")
    profile = iam.create_login_profile(UserName="Ana", Password="Correct Horse 1", PasswordResetRequired=True)
    assert profile["LoginProfile"]["PasswordResetRequired"] is True
    own = client_of(server, iam.create_access_key(UserName="Ana")["AccessKey"])
    change = {"OldPassword": "Correct Horse 1", "NewPassword": "Battery Staple 2"}
    with refused("AccessDenied", 403, "User: "):
        own.change_password(**change)
    iam.update_account_password_policy(AllowUsersToChangePassword=True, PasswordReusePrevention=3)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["PasswordReusePrevention"], policy["ExpirePasswords"]) == (6, 3, False)
    with refused("AccessDenied", 403, "The old password was incorrect."):
        own.change_password(OldPassword="Correct Horse 2", NewPassword="Battery Staple 2")
    own.change_password(**change)
    assert iam.get_login_profile(UserName="Ana")["LoginProfile"]["PasswordResetRequired"] is False
    with pytest.raises(iam.exceptions.PasswordPolicyViolationException):
        iam.update_login_profile(UserName="Ana", Password="Correct Horse 1")
    with pytest.raises(iam.exceptions.InvalidUserTypeException):
        iam.change_password(**change)
    iam.delete_account_password_policy()
    with refused("NoSuchEntity", 404):
        iam.get_account_password_policy()


def test_users_keys_and_passwords_survive_a_restart(start, tmp_path):
    flags = ("--data", str(tmp_path / "guildhall.db"), "--clock", "virtual")
    server = start(*flags)
    account = new_account(server)
    iam = server.client(account, "iam")
    iam.create_user(UserName="Ana")
    iam.create_login_profile(UserName="Ana", Password="Correct Horse 1")
    key = iam.create_access_key(UserName="Ana")["AccessKey"]
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    server.stop()
    secret = key["SecretAccessKey"].encode()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert b"Correct Horse 1" not in content and secret not in content, file
    server = start(*flags)
    client_of(server, key).change_password(OldPassword="Correct Horse 1", NewPassword="Battery Staple 2")
    with refused("AccessDenied", 403, "The old password was incorrect."):
        client_of(server, key).change_password(OldPassword="Correct Horse 1", NewPassword="Battery Staple 3")
