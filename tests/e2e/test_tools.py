"""Tools that walk an organization into its accounts, as they come from PyPI, unchanged and set up by `guildhall env`
alone: botocove and Cloud Custodian's c7n-org, over ten accounts that CreateAccount made.

They have a virtual environment of their own, which tests/e2e/run sets up.
"""

import json
import shlex
import subprocess
from dataclasses import dataclass

import pytest

from harness.server import BINARY, REPOSITORY, clean_environment
from harness.world import new_organization

TOOLS = REPOSITORY / ".cache" / "tools" / "bin"
ROLE = "OrganizationAccountAccessRole"


def tool(server, account, home, name, *arguments, **environment):
    """Runs a tool as a user would who has evaluated `guildhall env` for an account's administrator."""
    assert (TOOLS / name).exists(), f"{TOOLS / name} is not there: call tests/e2e/run, which sets it up"
    given = clean_environment(HOME=str(home), AWS_EC2_METADATA_DISABLED="true", NO_PROXY="*", **environment)
    exports = shlex.join([str(BINARY), "env", "--account", account, "--endpoint", server.url])
    script = f'eval "$({exports})"; exec "$@"'
    command = ["bash", "-euc", script, "-", str(TOOLS / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=given, cwd=home, timeout=150)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@dataclass
class Walked:
    """An organization of ten accounts with a user each, of which one is bound by a service control policy, one has its
    role under another name, and two are in a unit; an eleventh is closed."""

    management: str
    accounts: list
    bound: str
    elsewhere: str
    unit: str
    policy: str

    @property
    def open(self):
        return [account for account in self.accounts if account not in (self.bound, self.elsewhere)]


@pytest.fixture(scope="module")
def walked(shared_server):
    organization = new_organization(shared_server)
    client = organization.client
    accounts = [
        organization.vend(f"walked-{n}@example.com", f"account-{n}", Tags=[{"Key": "number", "Value": str(n)}])
        for n in range(9)
    ]
    accounts.append(organization.vend("walked-9@example.com", "account-9", RoleName="Elsewhere"))
    for account in accounts:
        shared_server.control("POST", f"/_guildhall/accounts/{account}/users", {"UserName": f"user-of-{account}"})
    client.close_account(AccountId=organization.vend("closed@example.com", "closed"))
    unit = organization.unit("Workloads")
    for account in accounts[:2]:
        client.move_account(AccountId=account, SourceParentId=organization.root, DestinationParentId=unit)
    client.enable_policy_type(RootId=organization.root, PolicyType="SERVICE_CONTROL_POLICY")
    deny = {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    policy = client.create_policy(Name="p", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)
    policy = policy["Policy"]["PolicySummary"]
    client.attach_policy(PolicyId=policy["Id"], TargetId=accounts[8])
    return Walked(organization.management, accounts, accounts[8], accounts[9], unit, policy["Arn"])


def denied(account, session, policy):
    return (
        f"User: arn:aws:sts::{account}:assumed-role/{ROLE}/{session} is not authorized to perform: iam:ListUsers on"
        f" resource: arn:aws:iam::{account}:user/ with an explicit deny in a service control policy: {policy}"
    )


def not_assumed(walked, sentence):
    who = f"User: arn:aws:iam::{walked.management}:user/guildhall-admin is not authorized to perform: sts:AssumeRole"
    return f"{who} on resource: arn:aws:iam::{walked.elsewhere}:role/{ROLE}" in sentence


# botocove

COVE = """
import json
import sys

from botocove import cove

{decorator}
def users(session):
    iam = session.client("iam")
    try:
        iam.create_user(UserName="made")
        made = True
    except iam.exceptions.ClientError as error:
        made = error.response["Error"]["Message"]
    listed = [user["UserName"] for user in iam.list_users()["Users"]] if {lists} else None
    return {{"made": made, "listed": listed, "who": session.client("sts").get_caller_identity()["Arn"]}}

json.dump(users(), sys.stdout, default=str)
"""


def cove(server, walked, tmp_path, decorator, lists=True):
    script = tmp_path / "script.py"
    script.write_text(COVE.format(decorator=decorator, lists=lists))
    done = tool(server, walked.management, tmp_path, "python", script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_botocove(shared_server, walked, tmp_path):
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:List*","Resource":"*"}}'
    found = cove(shared_server, walked, tmp_path, f"@cove(policy={policy!r}, role_session_name='audit')")
    # All that is open, with what the organization says of each; not the management account, not the closed one.
    results = {result["Id"]: result for result in found["Results"]}
    assert sorted(results) == sorted(walked.open)
    for account, result in results.items():
        number = walked.accounts.index(account)
        assert (result["Name"], result["Email"]) == (f"account-{number}", f"walked-{number}@example.com")
        assert result["AssumeRoleSuccess"] is True and result["Status"] == "ACTIVE"
        who = f"arn:aws:sts::{account}:assumed-role/{ROLE}/audit"
        assert (result["Result"]["listed"], result["Result"]["who"]) == ([f"user-of-{account}"], who)
        # The session's policy cut what the role may.
        assert result["Result"]["made"].startswith(f"User: {who} is not authorized to perform: iam:CreateUser")
    [failed] = found["Exceptions"]
    assert failed["Id"] == walked.bound and failed["AssumeRoleSuccess"] is True
    assert denied(walked.bound, "audit", walked.policy) in failed["ExceptionDetails"], failed
    [failed] = found["FailedAssumeRole"]
    assert failed["Id"] == walked.elsewhere and not_assumed(walked, failed["ExceptionDetails"]), failed


def test_botocove_in_a_unit_and_under_another_role(shared_server, walked, tmp_path):
    regions = "regions=['eu-west-1', 'us-east-1']"
    found = cove(shared_server, walked, tmp_path, f"@cove(target_ids=[{walked.unit!r}], {regions})", lists=False)
    assert (found["Exceptions"], found["FailedAssumeRole"]) == ([], [])
    visited = sorted((result["Id"], result["Region"]) for result in found["Results"])
    assert visited == sorted((account, r) for account in walked.accounts[:2] for r in ("eu-west-1", "us-east-1"))
    # In each account one of the two regions made the user that the other one found.
    said = {account: [] for account in walked.accounts[:2]}
    for result in found["Results"]:
        said[result["Id"]].append(result["Result"]["made"])
    assert all(sorted(made, key=str) == [True, "User with name made already exists."] for made in said.values()), said
    for account in said:
        shared_server.client(account, "iam").delete_user(UserName="made")
    ids = f"target_ids=[{walked.elsewhere!r}], rolename='Elsewhere'"
    found = cove(shared_server, walked, tmp_path, f"@cove({ids})")
    [result] = found["Results"]
    assert result["Result"]["listed"] == ["made", f"user-of-{walked.elsewhere}"]
    shared_server.client(walked.elsewhere, "iam").delete_user(UserName="made")


# c7n-org

# What it reads comes from IAM and STS alone: of some resources it asks the Resource Groups Tagging API for tags.
POLICIES = """
policies:
  - name: users-of-nobody
    resource: aws.iam-user
    filters:
      - "tag:owner": absent
    actions:
      - type: tag
        tags: {owner: nobody}
  - name: users-with-a-key
    resource: aws.iam-user
    filters:
      - type: credential
        report_delay: 0
        key: access_keys.active
        value: true
  - name: users-that-may
    resource: aws.iam-user
    filters:
      - type: check-permissions
        match: allowed
        actions: ["iam:CreateUser"]
  - name: roles-for-others
    resource: aws.iam-role
    filters:
      - type: cross-account
  - name: no-password-policy
    resource: aws.account
    filters:
      - type: password-policy
        key: PasswordPolicyConfigured
        value: false
"""
NAMES = ("users-of-nobody", "users-with-a-key", "users-that-may", "roles-for-others", "no-password-policy")


@pytest.fixture
def custodian(shared_server, walked, tmp_path):
    """c7n-org with the accounts that it wrote down itself."""
    (tmp_path / "policies.yml").write_text(POLICIES)
    (tmp_path / "cache").mkdir()
    common = {"C7N_ORG_PARALLEL": "2"}

    def run(*arguments):
        done = tool(shared_server, walked.management, tmp_path, "c7n-org", *arguments, **common)
        return done

    done = run("aws-accounts", "--active", "-i", walked.management, "-r", "us-east-1", "-f", "accounts.yml")
    assert done.returncode == 0, done.stderr
    return run


def read_yaml(file):
    """Only the tools' environment has a parser."""
    program = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"
    done = subprocess.run([str(TOOLS / "python"), "-c", program, str(file)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_c7n_org_writes_its_accounts_down(custodian, walked, tmp_path):
    accounts = {account["account_id"]: account for account in read_yaml(tmp_path / "accounts.yml")["accounts"]}
    assert sorted(accounts) == sorted(walked.accounts)
    for n, account in enumerate(walked.accounts):
        entry = accounts[account]
        assert (entry["name"], entry["email"]) == (f"account-{n}", f"walked-{n}@example.com")
        assert (entry["role"], entry["regions"]) == (f"arn:aws:iam::{account}:role/{ROLE}", ["us-east-1"])
        path = ["path:/Workloads"] if n < 2 else ["path:/"]
        tags = [f"number:{n}"] if n < 9 else []
        assert entry["tags"] == path + tags, entry


def test_c7n_org(shared_server, custodian, walked, tmp_path):
    done = custodian("run", "-c", "accounts.yml", "-s", "out", "-u", "policies.yml", "--cache-path", "cache")
    log = done.stdout + done.stderr

    def resources(n, policy):
        return json.loads((tmp_path / "out" / f"account-{n}" / "us-east-1" / policy / "resources.json").read_text())

    for n, account in enumerate(walked.accounts[:8]):
        found = {name: resources(n, name) for name in NAMES}
        user = f"arn:aws:iam::{account}:user/user-of-{account}"
        assert [entry["Arn"] for entry in found["users-of-nobody"]] == [user]
        assert [entry["Arn"] for entry in found["users-with-a-key"]] == [user]
        assert found["users-that-may"] == []
        [role] = found["roles-for-others"]
        assert role["RoleName"] == ROLE
        assert role["CrossAccountViolations"][0]["Principal"]["AWS"] == f"arn:aws:iam::{walked.management}:root"
        assert [entry["account_id"] for entry in found["no-password-policy"]] == [account]
        # What it did is done.
        tags = shared_server.client(account, "iam").list_user_tags(UserName=f"user-of-{account}")["Tags"]
        assert tags == [{"Key": "owner", "Value": "nobody"}]
    # The two others are refused their first policy, and left.
    lines = [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line]
    refused = [
        "Access denied api:AssumeRole policy:users-of-nobody account:account-9",
        "Access denied api:ListUsers policy:users-of-nobody account:account-8",
    ]
    told = [line.split("WARNING ", 1)[-1].split(" region:")[0] for line in lines]
    assert sorted(told) == refused, log
    assert done.returncode == 1, log
    # And what it ran it reports: the users, in the accounts of one unit.
    done = custodian(
        "report", "-c", "accounts.yml", "-s", "out", "-u", "policies.yml", "-p", "users-of-nobody",
        "-t", "path:/Workloads", "--format", "json", "--cache-path", "cache",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {(row["account_id"], row["UserName"]) for row in json.loads(done.stdout)}
    assert found == {(account, f"user-of-{account}") for account in walked.accounts[:2]}
