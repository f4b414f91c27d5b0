"""Request throttles: AWS's published token buckets seen from outside, and clients that get through by themselves."""

import math
import re
from urllib.parse import urlencode

import botocore.config
import pytest

from harness import shapes
from harness.server import Server, clean_environment, fresh_account, guildhall
from harness.world import new_account, new_organization, refused, refuses

THROTTLED = "TooManyRequestsException"
TEXT = "You have sent too many requests in too short a period of time. Try again later."
FROZEN = ("--ephemeral", "--clock", "virtual", "--throttle", "aws")

# Operations that share a bucket, requests per second and at once, for one account (accounts.md section 7.2).
BUCKETS = [
    (("CloseAccount",), 0.05, 1),
    (("CreateAccount", "CreateGovCloudAccount"), 0.1, 3),
    (("DescribeAccount",), 20, 30),
    (("DescribeCreateAccountStatus",), 2, 2),
    (("LeaveOrganization",), 1, 1),
    (("ListCreateAccountStatus",), 5, 8),
    (("AcceptHandshake",), 1, 2),
    (("DescribeHandshake",), 1, 2),
    (("CancelHandshake",), 2, 3),
    (("DeclineHandshake",), 1, 1),
    (("InviteAccountToOrganization",), 3, 5),
    (("ListHandshakesForAccount", "ListHandshakesForOrganization"), 5, 8),
    (("CreateOrganization", "DeleteOrganization", "EnableAllFeatures"), 1, 1),
    (("CreateOrganizationalUnit", "DescribeOrganization"), 1, 2),
    (("MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"), 2, 3),
    (("DescribeOrganizationalUnit",), 2, 2),
    (("ListAccounts",), 8, 12),
    (("ListChildren",), 6, 10),
    (("ListParents", "ListAccountsForParent", "ListOrganizationalUnitsForParent"), 5, 8),
    (("ListRoots",), 1, 2),
    (("ListTagsForResource",), 10, 15),
    (("RemoveAccountFromOrganization",), 2, 2),
    (("TagResource", "UntagResource"), 4, 6),
    (("CreatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"), 2, 3),
    (("DescribePolicy",), 2, 2),
    (("EnablePolicyType", "DisablePolicyType"), 1, 1),
    (("ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"), 5, 8),
    (("UpdatePolicy",), 2, 3),
    (("EnableAWSServiceAccess", "DisableAWSServiceAccess"), 1, 2),
    (("ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"), 1, 3),
    (("ListDelegatedAdministrators",), 5, 8),
    (("RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"), 1, 2),
]

# Without a published value.
UNPUBLISHED = {
    "DeleteResourcePolicy", "DescribeEffectivePolicy", "DescribeResourcePolicy", "DescribeResponsibilityTransfer",
    "InviteOrganizationToTransferResponsibility", "ListAccountsWithInvalidEffectivePolicy",
    "ListEffectivePolicyValidationErrors", "ListInboundResponsibilityTransfers", "ListOutboundResponsibilityTransfers",
    "PutResourcePolicy", "TerminateResponsibilityTransfer", "UpdateResponsibilityTransfer",
}  # fmt: skip


@pytest.fixture(scope="module")
def frozen():
    """A server with throttles, by business time that stands still."""
    server = Server(*FROZEN)
    server.freeze()
    yield server
    server.close()


def passes(server, account, operation, most=100):
    """How many calls get through at once. An empty input is no good input for most: it counts all the same."""
    for count in range(most):
        answer = server.call(account, operation)
        if answer.code == THROTTLED:
            return count
    raise AssertionError(f"{operation} is not throttled")


def is_there(server, operation):
    """Whether the server has the operation. What it does not know costs nothing, not even more often than the burst."""
    account = fresh_account()
    answers = {server.call(account, operation).code == "UnknownOperationException" for _ in range(9)}
    assert len(answers) == 1
    return answers == {False}


def test_the_table_is_the_models():
    names = [name for operations, _, _ in BUCKETS for name in operations]
    assert len(names) == len(set(names))
    assert set(names) | UNPUBLISHED == set(shapes.service_model().operation_names)


@pytest.mark.parametrize(
    ("operations", "rate", "burst"), BUCKETS, ids=[" ".join(operations) for operations, _, _ in BUCKETS]
)
def test_bursts_and_rates(frozen, operations, rate, burst):
    there = [name for name in operations if is_there(frozen, name)]
    if not there:
        return
    account = fresh_account()
    # Whichever comes first takes everything.
    for turn in range(len(there)):
        counts = [passes(frozen, account, name) for name in there[turn:] + there[:turn]]
        assert counts == [burst] + [0] * (len(there) - 1)
        frozen.advance("60s")
    # One more is let through when its token is there, to the millisecond.
    assert passes(frozen, account, there[0]) == burst
    wait = math.ceil(1000 / rate)
    frozen.advance(f"{wait - 1}ms")
    assert passes(frozen, account, there[0]) == 0
    frozen.advance("1ms")
    assert passes(frozen, account, there[0]) == 1


def test_the_answer(frozen):
    account = fresh_account()
    assert passes(frozen, account, "LeaveOrganization") == 1
    answer = frozen.call(account, "LeaveOrganization")
    refuses(answer, THROTTLED)
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert answer.json == {"__type": THROTTLED, "Message": TEXT}
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-amzn-RequestId"])
    with refused(THROTTLED):
        frozen.client(account).leave_organization()


def test_it_counts_as_refused(start):
    server = start(*FROZEN)
    server.freeze()
    assert passes(server, fresh_account(), "ListAccounts") == 12
    metrics = server.wire.send("GET", "/metrics").body.decode()
    counters = r'^guildhall_requests_total\{service="organizations",operation="ListAccounts",outcome="(\w+)"\} (\d+)$'
    counts = dict(re.findall(counters, metrics, re.M))
    assert counts == {"ok": "0", "refused": "13", "failed": "0"}


def test_an_organization_has_a_bucket_too(start):
    """DescribeAccount: 30 at once for an account, 36 for an organization."""
    server = start(*FROZEN)
    server.freeze()
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    server.advance("60s")
    assert passes(server, organization.management, "DescribeAccount") == 30
    assert passes(server, member, "DescribeAccount") == 6
    server.client(member).leave_organization()
    assert passes(server, member, "DescribeAccount") == 24


def test_the_console_is_not_throttled(start):
    server = start(*FROZEN)
    server.freeze()
    organization = new_organization(server)
    account = new_account(server)
    handshake = organization.invite(account)["Id"]
    assert passes(server, account, "DeclineHandshake") == 1
    page = server.wire.send("GET", f"/accept/{organization.id}/{handshake}").body.decode()
    [csrf] = set(re.findall(r'name="csrf" value="(\w+)"', page))
    form = urlencode({"csrf": csrf, "account": account, "action": "decline"}).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url}
    answer = server.wire.send("POST", f"/accept/{organization.id}/{handshake}", sent, form)
    assert answer.status == 200, str(answer)
    [seen] = organization.client.list_handshakes_for_organization()["Handshakes"]
    assert seen["State"] == "DECLINED"


@pytest.mark.parametrize("flags", [(), ("--throttle", "off")], ids=["default", "off"])
def test_off(start, flags):
    server = start("--ephemeral", "--clock", "virtual", *flags)
    server.freeze()
    account = fresh_account()
    for _ in range(50):
        assert server.call(account, "LeaveOrganization").code == "AWSOrganizationsNotInUseException"


def retrying(server, account, mode):
    """A client as boto3 makes it, with one of its ways to try again."""
    retries = {"mode": mode, "total_max_attempts": 12}
    config = botocore.config.Config(retries=retries, proxies={})
    return server.session(account).client("organizations", endpoint_url=server.url, config=config)


# Wall time, said to the throttle alone or to the whole server; flag, environment or file.
WALL = {
    "flag": (("--clock", "wall", "--throttle", "aws"), {}, ""),
    "environment": (("--clock", "wall"), {"GUILDHALL_THROTTLE": "aws"}, ""),
    "file": (("--clock", "virtual"), {}, 'throttle = "aws"\nthrottle_clock = "wall"\n'),
}


@pytest.mark.parametrize(("how", "mode"), [("flag", "standard"), ("environment", "legacy"), ("file", "standard")])
def test_boto3_gets_through_by_itself(start, tmp_path, how, mode):
    flags, environment, text = WALL[how]
    config = tmp_path / "guildhall.toml"
    config.write_text(text)
    server = start("--ephemeral", *flags, "--config", config, env=clean_environment(**environment))
    if "virtual" in flags:
        server.freeze()
    account = new_account(server)
    client = retrying(server, account, mode)
    # Of one bucket: one at once, one a second.
    client.create_organization(FeatureSet="ALL")
    client.delete_organization()
    client.create_organization(FeatureSet="ALL")
    # Of another: two at once, one a second. Every call succeeds, and sooner or later one has needed another try.
    tries = 0
    while tries < 2:
        answer = client.describe_organization()
        assert answer["Organization"]["MasterAccountId"] == account
        tries += answer["ResponseMetadata"]["RetryAttempts"]


def test_wrong_clock(tmp_path):
    config = tmp_path / "guildhall.toml"
    config.write_text('throttle_clock = "sun"')
    done = guildhall("serve", "--listen", "127.0.0.1:0", "--ephemeral", "--config", config)
    assert done.returncode == 2
    assert "business" in done.stderr and "wall" in done.stderr
