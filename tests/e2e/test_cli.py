"""The AWS CLI, as its users type it, and the commands that set it up (`guildhall env`, `guildhall profiles`)."""

import configparser
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import botocore.exceptions
import botocore.session
import pytest

from harness.server import BINARY, clean_environment, guildhall, wait_for
from harness.world import TEXTS, new_account, new_organization
from test_sts import admin, make_role, trust

AWS = Path(sys.executable).parent / "aws"


class Cli:
    """`aws` with the credentials of one account."""

    def __init__(self, server, home, account):
        self.environment = clean_environment(
            HOME=str(home),
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID=account,
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
            AWS_PAGER="",
            NO_PROXY="*",
        )

    def run(self, *arguments, **environment):
        command = [sys.executable, str(AWS), *arguments]
        env = {name: value for name, value in {**self.environment, **environment}.items() if value is not None}
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)

    def text(self, *arguments, **environment):
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, f"aws {shlex.join(arguments)}: {done.returncode}\n{done.stderr}"
        return done.stdout

    def __call__(self, *arguments, **environment):
        """The parsed JSON of `aws organizations …`, or None where it prints nothing."""
        printed = self.text("organizations", *arguments, **environment)
        return json.loads(printed) if printed.strip() else None

    def refused(self, code, *arguments, reason=None):
        done = self.run("organizations", *arguments)
        assert done.returncode in (254, 255), f"{done.returncode}: {done.stderr}"
        assert f"An error occurred ({code}) when calling the " in done.stderr, done.stderr
        if (code, reason) in TEXTS:
            assert TEXTS[code, reason] in done.stderr


@pytest.fixture
def cli(server, tmp_path):
    return lambda account: Cli(server, tmp_path, account)


def test_the_whole_flow(server, cli, tmp_path):
    manager_id = new_account(server, email="owner@example.com", name="Management")
    invited_id = new_account(server, email="juan@example.com", name="Juan")
    other_id = new_account(server, email="ana@example.com", name="Ana")
    manager, invited, other = cli(manager_id), cli(invited_id), cli(other_id)

    assert json.loads(manager.text("sts", "get-caller-identity")) == {
        "UserId": manager_id,
        "Account": manager_id,
        "Arn": f"arn:aws:iam::{manager_id}:root",
    }
    invited.refused("AWSOrganizationsNotInUseException", "describe-organization")
    organization = manager("create-organization", "--feature-set", "ALL")["Organization"]["Id"]
    manager.refused("AlreadyInOrganizationException", "create-organization")
    root = manager.text("organizations", "list-roots", "--query", "Roots[0].Id", "--output", "text").strip()

    # Short form, with notes and tags.
    handshake = manager(
        "invite-account-to-organization",
        "--target", f"Id={invited_id},Type=ACCOUNT",
        "--notes", "Welcome, Juan: it's \"us\"",
        "--tags", "Key=team,Value=blue", "Key=cost center,Value=12/3",
    )["Handshake"]  # fmt: skip
    assert handshake["State"] == "OPEN"
    assert [entry["Value"] for entry in handshake["Resources"] if entry["Type"] == "NOTES"] == [
        'Welcome, Juan: it\'s "us"'
    ]
    # JSON form, by e-mail.
    by_email = manager(
        "invite-account-to-organization", "--target", '{"Type":"EMAIL","Id":"ana@example.com"}', "--notes", "Hello Ana"
    )["Handshake"]["Id"]  # fmt: skip
    manager.refused(
        "DuplicateHandshakeException", "invite-account-to-organization", "--target", "Id=ana@example.com,Type=EMAIL"
    )

    open_ones = invited.text(
        "organizations", "list-handshakes-for-account", "--filter", "ActionType=INVITE",
        "--query", "Handshakes[?State=='OPEN'].Id", "--output", "text",
    ).split()  # fmt: skip
    assert open_ones == [handshake["Id"]]
    assert other("list-handshakes-for-account")["Handshakes"][0]["Id"] == by_email
    manager.refused("AccessDeniedException", "accept-handshake", "--handshake-id", handshake["Id"])
    other.refused("HandshakeNotFoundException", "accept-handshake", "--handshake-id", handshake["Id"])

    assert invited("accept-handshake", "--handshake-id", handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert other("decline-handshake", "--handshake-id", by_email)["Handshake"]["State"] == "DECLINED"
    assert invited("describe-organization")["Organization"]["Id"] == organization
    tags = manager("list-tags-for-resource", "--resource-id", invited_id)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "blue", "cost center": "12/3"}
    assert manager("tag-resource", "--resource-id", root, "--tags", "Key=a,Value=b") is None
    assert manager("untag-resource", "--resource-id", root, "--tag-keys", "a", "b") is None

    # Input from a file, made from the skeleton.
    skeleton = manager("invite-account-to-organization", "--generate-cli-skeleton")
    assert set(skeleton) == {"Target", "Notes", "Tags"}
    skeleton["Target"] = {"Id": "late@example.com", "Type": "EMAIL"}
    skeleton["Notes"] = "From a file"
    skeleton["Tags"] = [{"Key": "from", "Value": "file"}]
    file = tmp_path / "input.json"
    file.write_text(json.dumps(skeleton))
    late = manager("invite-account-to-organization", "--cli-input-json", f"file://{file}")["Handshake"]
    canceled = manager("cancel-handshake", "--handshake-id", late["Id"])["Handshake"]
    assert canceled["State"] == "CANCELED"
    assert manager("describe-handshake", "--handshake-id", late["Id"])["Handshake"] == canceled

    names = manager.text(
        "organizations", "list-accounts", "--query", "sort(Accounts[].Name)", "--output", "text"
    ).split("\t")
    assert [name.strip() for name in names] == ["Juan", "Management"]
    assert manager("describe-account", "--account-id", invited_id)["Account"]["JoinedMethod"] == "INVITED"
    assert manager("list-parents", "--child-id", invited_id)["Parents"] == [{"Id": root, "Type": "ROOT"}]
    assert len(manager("list-children", "--parent-id", root, "--child-type", "ACCOUNT")["Children"]) == 2
    assert len(manager("list-accounts-for-parent", "--parent-id", root)["Accounts"]) == 2
    assert invited("leave-organization") is None
    manager.refused("AccountNotFoundException", "remove-account-from-organization", "--account-id", invited_id)
    assert manager("delete-organization") is None
    manager.refused("AWSOrganizationsNotInUseException", "describe-organization")


def test_bad_input_reaches_the_user(server, cli):
    manager = cli(new_organization(server).management)
    manager.refused("InvalidInputException", "describe-account", "--account-id", "12345", reason="INVALID_PATTERN")
    manager.refused("InvalidInputException", "list-parents", "--child-id", "null", reason="INVALID_PATTERN")
    done = manager.run("organizations", "list-accounts", "--no-paginate", "--starting-token", "x")
    assert done.returncode != 0


def test_endpoint_flag_and_wrong_secret(server, cli):
    account = new_account(server)
    aws = cli(account)
    listed = aws.text(
        "--endpoint-url", server.url, "organizations", "list-handshakes-for-account", AWS_ENDPOINT_URL=None
    )  # fmt: skip
    assert json.loads(listed) == {"Handshakes": []}
    done = aws.run("organizations", "list-handshakes-for-account", AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode != 0
    assert "(InvalidSignatureException)" in done.stderr


def test_automatic_pagination(server, cli):
    organization = new_organization(server)
    members = organization.add_members(45)
    aws = cli(organization.management)
    everyone = sorted([organization.management, *members])
    assert sorted(account["Id"] for account in aws("list-accounts")["Accounts"]) == everyone
    assert sorted(account["Id"] for account in aws("list-accounts", "--page-size", "7")["Accounts"]) == everyone
    assert aws.text("organizations", "list-accounts", "--query", "length(Accounts)").strip() == "46"

    # A part, and the rest by the CLI's own token.
    first = aws("list-accounts", "--max-items", "25")
    assert len(first["Accounts"]) == 25
    rest = aws("list-accounts", "--starting-token", first["NextToken"])
    assert "NextToken" not in rest
    assert sorted(account["Id"] for part in (first, rest) for account in part["Accounts"]) == everyone

    # One page only.
    page = aws("list-accounts", "--no-paginate")
    assert len(page["Accounts"]) == 20
    assert page["NextToken"]

    for number in range(25):
        organization.invite(f"many{number}@example.com")
    found = aws("list-handshakes-for-organization", "--filter", "ActionType=INVITE")["Handshakes"]
    assert len(found) == 45 + 25


# guildhall env


def test_env(server, tmp_path):
    account = new_account(server)
    script = (
        f'eval "$({shlex.quote(str(BINARY))} env --account {account} --endpoint {server.url})"'
        f" && {shlex.quote(sys.executable)} {shlex.quote(str(AWS))} sts get-caller-identity --query Account --output text"
    )
    environment = clean_environment(HOME=str(tmp_path), AWS_EC2_METADATA_DISABLED="true", NO_PROXY="*")
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == account


def test_env_prints_exports_only(server):
    account = new_account(server)
    printed = guildhall("env", "--account", account, "--endpoint", server.url, check=True).stdout
    exported = {}
    for line in printed.splitlines():
        words = shlex.split(line, comments=True)
        if words:
            assert (words[0], len(words)) == ("export", 2), line
            name, _, value = words[1].partition("=")
            exported[name] = value
    assert exported["AWS_ENDPOINT_URL"] == server.url
    assert set(exported) >= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert exported.get("AWS_REGION") or exported.get("AWS_DEFAULT_REGION")


def test_env_of_a_bad_account(server):
    done = guildhall("env", "--account", "12", "--endpoint", server.url)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "12" in done.stderr


# guildhall profiles

FOREIGN = """# kept by hand
[default]
region = eu-central-1

[profile work]
role_arn = arn:aws:iam::123456789012:role/Work   ; a comment
source_profile = default

[services own]
s3 =
  endpoint_url = https://s3.example.com
"""


class Profiles:
    def __init__(self, server, home, foreign):
        self.server, self.home = server, home
        self.file = home / ".aws" / "config"
        if foreign is not None:
            self.file.parent.mkdir()
            self.file.write_text(foreign)

    def run(self, *flags):
        environment = clean_environment(HOME=str(self.home))
        return guildhall("profiles", *flags, "--endpoint", self.server.url, env=environment, check=True)

    def text(self):
        return self.file.read_text() if self.file.exists() else None

    def names(self):
        """Which profile belongs to which account, as botocore reads the file."""
        session = botocore.session.Session()
        session.set_config_variable("config_file", str(self.file))
        session.set_config_variable("credentials_file", str(self.home / ".aws" / "credentials"))
        profiles = session.full_config["profiles"]
        urls = {name: profile.get("endpoint_url") for name, profile in profiles.items()}
        return {name: profiles[name].get("aws_access_key_id") for name, url in urls.items() if url == self.server.url}


@pytest.mark.parametrize(
    "foreign", [None, "", FOREIGN, FOREIGN.rstrip("\n")], ids=["no file", "empty", "own", "own without end"]
)
def test_profiles(server, tmp_path, foreign):
    accounts = [new_account(server, name=name) for name in ("Management", "Juan Pérez; [x]", "Juan Pérez; [x]")]
    profiles = Profiles(server, tmp_path, foreign)

    # Told first, not done.
    told = profiles.run("--dry-run").stdout
    assert profiles.text() == foreign
    assert all(account in told for account in accounts)

    profiles.run()
    written = profiles.text()
    if foreign:
        assert written.startswith(foreign)
    names = profiles.names()
    assert len(names) == 3, written
    # It is a file that others can read too.
    configparser.ConfigParser(interpolation=None, strict=True).read_string(written)
    found = set()
    for name in names:
        environment = clean_environment(HOME=str(tmp_path), AWS_EC2_METADATA_DISABLED="true", NO_PROXY="*")
        command = [
            sys.executable,
            str(AWS),
            "--profile",
            name,
            "sts",
            "get-caller-identity",
            "--query",
            "Account",
            "--output",
            "text",
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout.strip())
    assert found == set(accounts)

    # Again: the same file, byte for byte.
    profiles.run()
    assert profiles.text() == written
    # One more account, and one more profile.
    new_account(server)
    profiles.run()
    assert len(profiles.names()) == 4
    # Removed: as it was.
    profiles.run("--remove")
    assert (profiles.text() or "").rstrip("\n") == (foreign or "").rstrip("\n")
    profiles.run("--remove")
    assert (profiles.text() or "").rstrip("\n") == (foreign or "").rstrip("\n")


ROLE = "OrganizationAccountAccessRole"
OWN_CHAINS = """
[profile deploy]
role_arn = {deploy}
source_profile = guildhall-{vended}
external_id = se:cret/1
role_session_name = pipeline
duration_seconds = 900
region = eu-west-1
endpoint_url = {url}

[profile deploy-without-a-word]
role_arn = {deploy}
source_profile = guildhall-{vended}
region = eu-west-1
endpoint_url = {url}

[profile of-the-environment]
role_arn = {entered}
credential_source = Environment
region = eu-west-1
endpoint_url = {url}
"""


def test_profiles_lead_through_roles(server, tmp_path):
    """Into an account that an organization made, and from there by somebody's own profiles into the next one, as
    botocore's chain of credentials goes."""
    organization = new_organization(server)
    vended, other = organization.vend("vended@example.com"), new_account(server)
    entered = f"arn:aws:iam::{vended}:role/{ROLE}"
    deploy = make_role(server, other, "Deploy", trust(entered, StringEquals={"sts:ExternalId": "se:cret/1"}))["Arn"]
    profiles = Profiles(server, tmp_path, FOREIGN)
    profiles.run()
    with profiles.file.open("a") as file:
        file.write(OWN_CHAINS.format(deploy=deploy, entered=entered, vended=vended, url=server.url))
    assumed = f"arn:aws:sts::{vended}:assumed-role/{ROLE}/botocore-session-"
    deployed = f"arn:aws:sts::{other}:assumed-role/Deploy/pipeline"

    def by_botocore(profile):
        session = botocore.session.Session(profile=profile)
        session.set_config_variable("config_file", str(profiles.file))
        session.set_config_variable("credentials_file", str(tmp_path / "none"))
        return session.create_client("sts").get_caller_identity()["Arn"]

    administrator = f"arn:aws:iam::{organization.management}:user/guildhall-admin"
    assert by_botocore(f"guildhall-{organization.management}") == administrator
    assert by_botocore(f"guildhall-{vended}").startswith(assumed)
    assert by_botocore("deploy") == deployed
    with pytest.raises(botocore.exceptions.ClientError, match=f"AccessDenied.*sts:AssumeRole on resource: {deploy}"):
        by_botocore("deploy-without-a-word")

    # The CLI, which keeps the sessions in files.
    aws = Cli(server, tmp_path, account=admin(organization.management))
    no_key = {"AWS_ENDPOINT_URL": None, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    identity = ("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    for _ in range(2):
        assert aws.text("--profile", "deploy", *identity, **no_key).strip() == deployed
    assert (tmp_path / ".aws" / "cli" / "cache").is_dir()
    done = aws.run("--profile", "deploy-without-a-word", *identity, **no_key)
    assert done.returncode != 0 and f"sts:AssumeRole on resource: {deploy}" in done.stderr, done.stderr
    assert aws.text("--profile", "of-the-environment", *identity).strip().startswith(assumed)


def test_profiles_keep_the_permissions(server, tmp_path):
    new_account(server)
    profiles = Profiles(server, tmp_path, FOREIGN)
    profiles.file.chmod(0o600)
    profiles.run()
    assert profiles.file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(profiles.file.parent) == ["config"]


def test_profiles_of_a_link(server, tmp_path):
    """Dotfiles are often links into a repository; the link stays one."""
    new_account(server)
    profiles = Profiles(server, tmp_path, FOREIGN)
    real = tmp_path / "dotfiles"
    profiles.file.rename(real)
    profiles.file.symlink_to(real)
    profiles.run()
    assert profiles.file.is_symlink()
    assert real.read_text().startswith(FOREIGN)
    assert len(profiles.names()) == 1


def test_the_mail_can_be_read_on_the_command_line(server):
    organization = new_organization(server)
    organization.invite("juan@example.com", Notes="Read me")
    wait_for(lambda: server.mail(to="juan@example.com"), "the mail is there")
    listed = guildhall("mail", "list", "--endpoint", server.url, check=True).stdout
    assert "juan@example.com" in listed
    [mail] = server.mail(to="juan@example.com")
    assert "Read me" in guildhall("mail", "show", str(mail["Id"]), "--endpoint", server.url, check=True).stdout
