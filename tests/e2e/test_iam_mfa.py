"""MFA devices by boto3, botocore's own provider and the AWS CLI: made, enabled, proved to STS, given back."""

import base64
import hmac
import json
import struct

import botocore.session
import pytest

from harness.world import new_account
from test_cli import Cli
from test_iam import refused
from test_iam_users import client_of
from test_sts import with_credentials

UNABLE = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify"
WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)


def code(seed, step):
    """RFC 6238: HMAC-SHA-1, six digits."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">q", step), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Phone:
    def __init__(self, server, iam, name, **more):
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **more)["VirtualMFADevice"]
        self.server, self.iam, self.device = server, iam, device
        self.serial, self.seed = device["SerialNumber"], device["Base32StringSeed"]

    def code(self, off=0):
        return code(self.seed, int(self.server.now().timestamp()) // 30 + off)

    def enable(self, off=0, **user):
        codes = {"AuthenticationCode1": self.code(off - 1), "AuthenticationCode2": self.code(off)}
        self.iam.enable_mfa_device(SerialNumber=self.serial, **codes, **user)

    def proof(self, off=0):
        return {"SerialNumber": self.serial, "TokenCode": self.code(off)}


@pytest.fixture
def account(server):
    return new_account(server)


@pytest.fixture
def iam(server, account):
    return server.client(account, "iam")


@pytest.fixture
def ana(iam):
    """The key of a user who may do everything."""
    iam.create_user(UserName="Ana")
    iam.put_user_policy(UserName="Ana", PolicyName="all", PolicyDocument=EVERYTHING)
    return iam.create_access_key(UserName="Ana")["AccessKey"]


@pytest.fixture
def role(iam, account):
    """A role that wants a second factor that was proved within the last hour."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return iam.create_role(RoleName="Guarded", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def test_a_device_from_its_making_to_its_end(server, iam, account, ana):
    tags = [{"Key": "team", "Value": "a b"}]
    phone = Phone(server, iam, "ana", Path="/phones/", Tags=tags)
    assert phone.serial == f"arn:aws:iam::{account}:mfa/phones/ana"
    assert phone.device.keys() == {"SerialNumber", "Base32StringSeed", "QRCodePNG", "Tags"}
    assert len(base64.b32decode(phone.seed)) == 40 and phone.device["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")
    assert iam.list_mfa_device_tags(SerialNumber=phone.serial)["Tags"] == tags
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException, match="MFA device already exists."):
        Phone(server, iam, "ana", Path="/phones/")
    with pytest.raises(iam.exceptions.InvalidAuthenticationCodeException, match="Authentication code for device is not"):
        iam.enable_mfa_device(
            UserName="Ana", SerialNumber=phone.serial, AuthenticationCode1=phone.code(), AuthenticationCode2=phone.code()
        )
    phone.enable(UserName="Ana")
    enabled = server.now().replace(microsecond=0)
    listed = {"UserName": "Ana", "SerialNumber": phone.serial, "EnableDate": enabled}
    assert iam.list_mfa_devices(UserName="Ana")["MFADevices"] == [listed]
    user = iam.get_user(UserName="Ana")["User"]
    loose = Phone(server, iam, "loose")
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 1})
    assert [device for page in pages for device in page["VirtualMFADevices"]] == [
        {"SerialNumber": phone.serial, "EnableDate": enabled, "User": user},
        {"SerialNumber": loose.serial},
    ]
    with refused("ValidationError", 400, "The MFA device serial number sent in the request is invalid or not supported"):
        iam.get_mfa_device(SerialNumber=phone.serial, UserName="Ana")
    summary = iam.get_account_summary()["SummaryMap"]
    assert [summary[key] for key in ("MFADevices", "MFADevicesInUse", "AccountMFAEnabled")] == [2, 1, 0]
    with refused("DeleteConflict", 409, "Cannot delete entity, must remove tokens from principal first."):
        iam.delete_user(UserName="Ana")
    with refused("DeleteConflict", 409, "MFA VirtualDevice in use. Must deactivate first."):
        iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    # As Terraform's force_destroy does.
    for device in iam.list_mfa_devices(UserName="Ana")["MFADevices"]:
        iam.deactivate_mfa_device(UserName="Ana", SerialNumber=device["SerialNumber"])
    for device in iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]:
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    iam.delete_access_key(UserName="Ana", AccessKeyId=ana["AccessKeyId"])
    iam.delete_user_policy(UserName="Ana", PolicyName="all")
    iam.delete_user(UserName="Ana")


def test_a_session_with_a_second_factor_may_call_iam(server, iam, ana):
    phone = Phone(server, iam, "ana")
    phone.enable(UserName="Ana")
    sts = client_of(server, ana, "sts")
    weak = sts.get_session_token()["Credentials"]
    with refused("InvalidClientTokenId", 403):
        with_credentials(server, weak, "iam").list_users()
    proof = phone.proof()
    own = with_credentials(server, sts.get_session_token(**proof)["Credentials"], "iam")
    assert [user["UserName"] for user in own.list_users()["Users"]] == ["Ana"]
    with refused("AccessDenied", 403, WRONG):
        sts.get_session_token(**proof)
    with refused("AccessDenied", 403, UNABLE):
        sts.get_session_token(SerialNumber=phone.serial + "x", TokenCode=phone.code(1))
    with refused("AccessDenied", 403, UNABLE):
        server.client(new_account(server), "sts").get_session_token(**phone.proof(1))
    with refused("AccessDenied", 403, "MultiFactorAuthentication failed, must provide both MFA serial number"):
        sts.get_session_token(SerialNumber=phone.serial)
    # Only with a proof a user gives a device of its own back.
    with refused("AccessDenied", 403, "To complete this action, please ensure that you are authenticated with an MFA"):
        client_of(server, ana).deactivate_mfa_device(SerialNumber=phone.serial)
    own.deactivate_mfa_device(SerialNumber=phone.serial)


def test_a_device_whose_codes_are_guessed_is_locked_for_a_while(server, iam, ana):
    phone = Phone(server, iam, "ana")
    phone.enable(UserName="Ana")
    sts = client_of(server, ana, "sts")
    good = {phone.code(off) for off in range(-2, 3)}
    wrong = next(code for code in map("{:06}".format, range(10)) if code not in good)
    for _ in range(9):
        with refused("AccessDenied", 403, WRONG):
            sts.get_session_token(SerialNumber=phone.serial, TokenCode=wrong)
    with refused("AccessDenied", 403, UNABLE):
        sts.get_session_token(**phone.proof())
    server.advance("3m")
    sts.get_session_token(**phone.proof())


def test_the_provider_of_botocore_and_the_cli_prove_it(server, iam, account, ana, role, tmp_path, monkeypatch):
    phone = Phone(server, iam, "ana")
    phone.enable(UserName="Ana")
    with refused("AccessDenied", 403, "User: "):
        client_of(server, ana, "sts").assume_role(RoleArn=role, RoleSessionName="ci")
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        f"[profile guarded]\nrole_arn = {role}\nsource_profile = ana\nmfa_serial = {phone.serial}\nregion = us-east-1\n"
    )
    credentials.write_text(
        f"[ana]\naws_access_key_id = {ana['AccessKeyId']}\naws_secret_access_key = {ana['SecretAccessKey']}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("NO_PROXY", "*")
    session = botocore.session.Session(profile="guarded")
    provider = session.get_component("credential_provider").get_provider("assume-role")
    asked = []
    provider._prompter = lambda prompt: asked.append(prompt) or phone.code()
    identity = session.create_client("sts").get_caller_identity()
    assert identity["Arn"].startswith(f"arn:aws:sts::{account}:assumed-role/Guarded/") and len(asked) == 1, asked

    cli = Cli(server, tmp_path, ana["AccessKeyId"])
    arguments = ("--role-arn", role, "--role-session-name", "cli", "--serial-number", phone.serial)
    secret = {"AWS_SECRET_ACCESS_KEY": ana["SecretAccessKey"]}
    spent = cli.run("sts", "assume-role", *arguments, "--token-code", phone.code(), **secret)
    assert spent.returncode != 0 and WRONG.strip() in spent.stderr, spent.stderr
    printed = cli.text("sts", "assume-role", *arguments, "--token-code", phone.code(1), **secret)
    own = with_credentials(server, json.loads(printed)["Credentials"], "sts")
    assert own.get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/Guarded/cli"


def test_a_proof_is_an_hour_old_at_most(server, iam, ana, role):
    phone = Phone(server, iam, "ana")
    phone.enable(UserName="Ana")
    session = client_of(server, ana, "sts").get_session_token(DurationSeconds=7200, **phone.proof())["Credentials"]
    sts = with_credentials(server, session, "sts")
    server.advance("59m")
    sts.assume_role(RoleArn=role, RoleSessionName="ci")
    server.advance("1m")
    with refused("AccessDenied", 403, "User: "):
        sts.assume_role(RoleArn=role, RoleSessionName="ci")
    sts.assume_role(RoleArn=role, RoleSessionName="ci", **phone.proof())


def test_the_root_user_has_a_device_of_its_own(server, iam, account):
    phone = Phone(server, iam, "root-account-mfa-device")
    assert phone.serial == f"arn:aws:iam::{account}:mfa/root-account-mfa-device"
    phone.enable()
    assert [device["SerialNumber"] for device in iam.list_mfa_devices()["MFADevices"]] == [phone.serial]
    listed = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert listed[0]["User"]["Arn"] == f"arn:aws:iam::{account}:root"
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
    session = server.client(account, "sts").get_session_token(**phone.proof())["Credentials"]
    with_credentials(server, session, "iam").deactivate_mfa_device(SerialNumber=phone.serial)
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0


def test_a_used_code_and_a_seed_survive_a_restart_and_nobody_reads_them(start, tmp_path):
    flags = ("--data", str(tmp_path / "guildhall.db"), "--clock", "virtual")
    server = start(*flags)
    account = new_account(server)
    iam = server.client(account, "iam")
    iam.create_user(UserName="Ana")
    key = iam.create_access_key(UserName="Ana")["AccessKey"]
    phone = Phone(server, iam, "ana")
    phone.enable(UserName="Ana")
    proof = phone.proof()
    client_of(server, key, "sts").get_session_token(**proof)
    server.stop()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert phone.seed not in content and base64.b64encode(phone.seed) not in content, file
        assert base64.b32decode(phone.seed) not in content and f'"{proof["TokenCode"]}"'.encode() not in content, file
    phone.server = server = start(*flags)
    with refused("AccessDenied", 403, WRONG):
        client_of(server, key, "sts").get_session_token(**proof)
    client_of(server, key, "sts").get_session_token(**phone.proof(1))
