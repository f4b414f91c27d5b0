"""The control API, the health and metrics endpoints, and the command line's flags and configuration."""

import datetime
import json
import re
import shutil

import pytest

from harness.server import (
    FIRST_LINE,
    StartFailed,
    clean_environment,
    guildhall,
    listed,
    parse_time,
    print_time,
    wait_for,
)
from harness.world import new_account, new_organization, refused

EVERYDAY = ("--ephemeral", "--clock", "virtual")


def error(answer, *statuses):
    """Ours: {"error": {"code", "message"}} with a 4xx status."""
    assert answer.status in (statuses or range(400, 500)), str(answer)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) >= {"code", "message"}
    assert answer.json["error"]["code"]
    assert answer.json["error"]["message"]
    return answer.json["error"]


# Accounts and keys.


def test_registering(server):
    made = server.control("POST", "/_guildhall/accounts", {"Email": "juan@example.com", "Name": "Juan"})
    assert set(made) == {"Id", "Email", "Name", "AccessKeyId", "SecretAccessKey"}
    assert re.fullmatch(r"\d{12}", made["Id"])
    assert (made["Email"], made["Name"]) == ("juan@example.com", "Juan")
    client = server.client(made["AccessKeyId"], secret=made["SecretAccessKey"])
    assert client.create_organization()["Organization"]["MasterAccountId"] == made["Id"]
    # The lab's own key of 12 digits is the same account.
    assert server.client(made["Id"]).describe_organization()["Organization"]["MasterAccountId"] == made["Id"]


def test_registering_with_an_id(server):
    made = server.register("juan@example.com", account="012345678901")
    assert made["Id"] == "012345678901"
    assert server.account("012345678901")["Email"] == "juan@example.com"


REFUSED_REGISTRATIONS = [
    ("no e-mail", {"Name": "x"}),
    ("no name", {"Email": "x@example.com"}),
    ("bad e-mail", {"Email": "nobody", "Name": "x"}),
    ("long e-mail", {"Email": "x" * 60 + "@example.com", "Name": "x"}),
    ("empty name", {"Email": "x@example.com", "Name": ""}),
    ("short id", {"Email": "x@example.com", "Name": "x", "Id": "123"}),
    ("id of letters", {"Email": "x@example.com", "Name": "x", "Id": "abcdefghijkl"}),
    ("wrong type", {"Email": "x@example.com", "Name": "x", "PaymentInstrument": "yes"}),
    ("unknown member", {"Email": "x@example.com", "Name": "x", "Color": "red"}),
    ("list", []),
]


@pytest.mark.parametrize(
    "body", [row[1] for row in REFUSED_REGISTRATIONS], ids=[row[0] for row in REFUSED_REGISTRATIONS]
)
def test_refused_registrations(shared_server, body):
    before = len(shared_server.accounts())
    error(shared_server.control_raw("POST", "/_guildhall/accounts", body))
    assert len(shared_server.accounts()) == before


def test_an_address_and_an_id_belong_to_one_account(server):
    server.register("juan@example.com", account="222222222222")
    error(server.control_raw("POST", "/_guildhall/accounts", {"Email": "juan@example.com", "Name": "x"}), 409)
    error(
        server.control_raw(
            "POST", "/_guildhall/accounts", {"Email": "other@example.com", "Name": "x", "Id": "222222222222"}
        ),
        409,
    )
    assert len(server.accounts()) == 1


def test_accounts_and_their_facts(server):
    organization = new_organization(
        server, new_account(server, "111111111111", email="owner@example.com", name="Management")
    )
    new_account(server, "222222222222")
    known = {account["Id"]: account for account in server.accounts()}
    assert set(known) == {"111111111111", "222222222222"}
    assert known["111111111111"]["OrganizationId"] == organization.id
    assert known["222222222222"].get("OrganizationId") is None
    assert known["111111111111"] == server.account("111111111111")
    for fact in ("PaymentInstrument", "EmailVerified", "PhoneVerified", "CustomerAgreement"):
        assert known["222222222222"][fact] is True
        assert server.facts("222222222222", **{fact: False})[fact] is False
        assert server.account("222222222222")[fact] is False
    assert known["222222222222"]["Partition"] == "aws"
    assert known["222222222222"]["Suspended"] is False
    error(server.control_raw("PATCH", "/_guildhall/accounts/222222222222", {"Color": "red"}), 400)
    error(server.control_raw("PATCH", "/_guildhall/accounts/222222222222", {"Suspended": "maybe"}), 400)
    error(server.control_raw("PATCH", "/_guildhall/accounts/222222222222", {"Partition": "aws-moon"}), 400)
    error(server.control_raw("GET", "/_guildhall/accounts/999999999999"), 404)
    error(server.control_raw("PATCH", "/_guildhall/accounts/999999999999", {"Suspended": True}), 404)
    assert server.account("222222222222")["Suspended"] is False


def test_no_secret_is_listed(server):
    made = server.register("juan@example.com")
    answer = server.control_raw("GET", "/_guildhall/accounts")
    assert made["SecretAccessKey"].encode() not in answer.body


def test_keys(server):
    account = new_account(server)
    keys = [server.control("POST", f"/_guildhall/accounts/{account}/keys") for _ in range(2)]
    assert len({key["AccessKeyId"] for key in keys}) == 2
    for key in keys:
        assert set(key) >= {"AccessKeyId", "SecretAccessKey"}
        caller = server.client(key["AccessKeyId"], "sts", secret=key["SecretAccessKey"])
        assert caller.get_caller_identity()["Account"] == account
    error(server.control_raw("POST", "/_guildhall/accounts/999999999999/keys"), 404)


def test_sending_the_verification_mail_again(server):
    account = new_account(server, email="owner@example.com", EmailVerified=False)
    path = f"/_guildhall/accounts/{account}/verification"
    # Only a management account's address is verified.
    assert "management account" in error(server.control_raw("POST", path), 400)["message"]
    new_organization(server, account)
    first = server.mail("owner@example.com")
    assert [mail["Kind"] for mail in first] == ["EmailVerification"]
    assert first[0]["HandshakeId"] is None
    answer = server.control("POST", path)
    assert (answer["Id"], answer["EmailVerified"]) == (account, False)
    [_, second] = server.mail("owner@example.com")
    codes = [re.search(rf"/verify/{account}/(\S+)", mail["Text"])[1] for mail in (first[0], second)]
    assert codes[0] != codes[1]
    # Nothing is sent for an address that is verified.
    server.facts(account, EmailVerified=True)
    assert server.control("POST", path)["EmailVerified"] is True
    assert len(server.mail()) == 2
    error(server.control_raw("POST", "/_guildhall/accounts/999999999999/verification"), 404)
    error(server.control_raw("GET", path), 405)


# The clock.


def test_clock_advances(server):
    server.freeze()
    start = server.now()
    for by, seconds in [
        ("30s", 30), ("5m", 300), ("2h", 7200), ("15d", 1_296_000), ("PT1H", 3600), ("P1D", 86400), ("P1DT1M", 86460),
    ]:  # fmt: skip
        server.advance(by)
        now = server.now()
        assert now - start == datetime.timedelta(seconds=seconds), by
        start = now


def test_timers_go_on_after_the_clock_was_moved(server):
    """What falls due by itself after a move does so in time, not when the timers look again for another reason."""
    organization = new_organization(server)
    organization.invite("late@example.com")
    server.advance("15d")
    made = organization.client.create_account(Email="made@example.com", AccountName="Made")["CreateAccountStatus"]

    def done():
        status = organization.client.describe_create_account_status(CreateAccountRequestId=made["Id"])
        return status["CreateAccountStatus"]["State"] != "IN_PROGRESS"

    wait_for(done, "the account is created", seconds=10)


def test_clock_set_and_freeze(server):
    frozen = server.freeze()
    assert frozen["Frozen"] is True
    assert server.now() == server.now()
    later = server.now() + datetime.timedelta(days=3, milliseconds=7)
    server.set_clock(later)
    assert abs(server.now() - later) < datetime.timedelta(milliseconds=1)
    # With an offset it is the same instant.
    server.control("POST", "/_guildhall/clock", {"set": (later + datetime.timedelta(hours=1)).astimezone(
        datetime.timezone(datetime.timedelta(hours=2))
    ).isoformat(timespec="milliseconds")})  # fmt: skip
    assert abs(server.now() - later - datetime.timedelta(hours=1)) < datetime.timedelta(milliseconds=1)
    assert server.freeze(False)["Frozen"] is False
    first = server.now()
    # It runs on.
    while server.now() == first:
        pass


REFUSED_CLOCKS = [
    {"advance": "-1s"}, {"advance": "1"}, {"advance": "1y"}, {"advance": ""}, {"advance": 15}, {"advance": "P1Y"},
    {"advance": "99999999999999999999d"}, {"set": "tomorrow"}, {"set": "2020-01-01T00:00:00Z"}, {"set": 7}, {"freeze": "yes"},
    {"back": "1d"}, {}, [], {"advance": "1d", "set": "2099-01-01T00:00:00Z"},
]  # fmt: skip


@pytest.mark.parametrize("body", REFUSED_CLOCKS, ids=[json.dumps(body) for body in REFUSED_CLOCKS])
def test_refused_clocks(shared_server, body):
    before = shared_server.now()
    error(shared_server.control_raw("POST", "/_guildhall/clock", body), 400)
    assert datetime.timedelta(0) <= shared_server.now() - before < datetime.timedelta(minutes=5)


def test_the_clock_starts_where_told(start):
    server = start("--ephemeral", "--clock", "virtual=2031-05-06T07:08:09Z")
    first = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
    assert datetime.timedelta(0) <= server.now() - first < datetime.timedelta(minutes=5)
    assert server.client(new_account(server)).list_handshakes_for_account()["Handshakes"] == []


def test_the_clock_goes_on_where_the_store_left_off(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    server.advance("40d")
    left = server.now()
    server.stop()
    again = start("--data", tmp_path / "data", "--clock", "virtual")
    assert again.now() >= left


def test_the_wall_clock_does_not_move(start):
    server = start("--ephemeral", "--clock", "wall")
    answer = server.control_raw("GET", "/_guildhall/clock")
    wall = datetime.datetime.now(datetime.timezone.utc)
    assert abs(parse_time(answer.json["Now"]) - wall) < datetime.timedelta(minutes=5)
    for body in ({"advance": "1d"}, {"set": print_time(wall + datetime.timedelta(days=1))}, {"freeze": True}):
        error(server.control_raw("POST", "/_guildhall/clock", body), 409)


def test_an_advance_answers_when_everything_due_has_run(server):
    organization = new_organization(server)
    handshakes = {organization.invite(new_account(server))["Id"] for _ in range(5)}
    server.advance("50d")
    # 15 days to expire, 30 more to disappear: both have happened.
    assert organization.client.list_handshakes_for_organization()["Handshakes"] == []
    for handshake in handshakes:
        with refused("HandshakeNotFoundException"):
            organization.client.describe_handshake(HandshakeId=handshake)


# Mailbox, reset, limits, health, metrics.


def test_mailbox(server):
    organization, account = new_organization(server), new_account(server, email="juan@example.com")
    handshake = organization.invite(account, Notes="Hello")["Id"]
    organization.invite("late@example.com")
    [mail] = server.settled_mail(to="juan@example.com")
    assert set(mail) >= {
        "Id", "To", "Subject", "Text", "Html", "Kind", "HandshakeId", "SentAt", "State", "Attempts",
    }  # fmt: skip
    assert (mail["To"], mail["HandshakeId"], mail["State"]) == ("juan@example.com", handshake, "DELIVERED")
    assert server.control("GET", f"/_guildhall/mail/{mail['Id']}") == mail
    assert len(server.mail()) == 2
    assert server.mail(to="nobody@example.com") == []
    sent = parse_time(mail["SentAt"])
    assert mail in server.mail(since=print_time(sent - datetime.timedelta(seconds=1)))
    assert server.mail(since=print_time(sent + datetime.timedelta(days=1))) == []
    error(server.control_raw("GET", "/_guildhall/mail/no-such-mail"), 404)
    error(server.control_raw("GET", "/_guildhall/mail?since=yesterday"), 400)
    server.settled_mail()
    server.control("DELETE", "/_guildhall/mail")
    assert server.mail() == []


def walk(server, path, name, **chosen):
    """The pages of one of our own lists."""
    while True:
        query = "&".join(f"{key}={value}" for key, value in chosen.items())
        answer = server.control("GET", f"{path}?{query}")
        assert set(answer) <= {name, "Next"}
        yield answer[name]
        if "Next" not in answer:
            return
        chosen["after"] = answer["Next"]


def test_pages_of_accounts(server):
    accounts = [new_account(server, f"{n:012}") for n in (5, 1, 3, 2, 4)]
    # An invitation waits for an account that does not exist: it has a place in the order, and is no account.
    new_organization(server, accounts[0]).invite("000000000006")
    found = [[account["Id"] for account in page] for page in walk(server, "/_guildhall/accounts", "Accounts", limit=2)]
    assert [number for page in found for number in page] == sorted(accounts)
    assert max(map(len, found)) == 2
    # The place is an id, whether somebody has it or not.
    [found] = walk(server, "/_guildhall/accounts", "Accounts", after="000000000003")
    assert [account["Id"] for account in found] == sorted(accounts)[3:]
    [found] = walk(server, "/_guildhall/accounts", "Accounts", after="999999999999")
    assert found == []


def test_pages_of_mails(server):
    organization = new_organization(server)
    for n in range(5):
        organization.invite(f"to-{n % 2}@example.com" if n < 2 else f"late-{n}@example.com")
    everything = server.mail()
    assert len(everything) == 5
    pages = list(walk(server, "/_guildhall/mail", "Mail", limit=2))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [mail for page in pages for mail in page] == everything
    [rest] = walk(server, "/_guildhall/mail", "Mail", after=everything[1]["Id"])
    assert rest == everything[2:]
    assert [len(page) for page in walk(server, "/_guildhall/mail", "Mail", limit=1, to="to-1@example.com")] == [1]
    # The mail that a page showed last is gone, and so is everything else that was sent by then.
    first = server.control("GET", "/_guildhall/mail?limit=2")
    server.control("DELETE", "/_guildhall/mail")
    organization.invite("later@example.com")
    [rest] = walk(server, "/_guildhall/mail", "Mail", limit=2, after=first["Next"])
    assert [mail["To"] for mail in rest] == ["later@example.com"]


@pytest.mark.parametrize("path", ["/_guildhall/accounts", "/_guildhall/mail"])
@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=99999999999999999999", "page=2"])  # fmt: skip
def test_refused_pages(shared_server, path, query):
    error(shared_server.control_raw("GET", f"{path}?{query}"), 400)


def test_a_place_among_accounts_that_there_cannot_be(shared_server):
    assert "Next" in error(shared_server.control_raw("GET", "/_guildhall/accounts?after=nobody"), 400)["message"]


def test_commands_walk_the_pages(server, tmp_path):
    """A page has a thousand entries at most; `account list`, `profiles` and `mail list` show all of them."""
    accounts = [new_account(server, f"{n:012}") for n in range(1, 1003)]
    first = server.control("GET", "/_guildhall/accounts")
    assert len(first["Accounts"]) == 1000
    assert first["Next"] == accounts[999]
    assert len(server.control("GET", "/_guildhall/accounts?limit=1000&after=" + first["Next"])["Accounts"]) == 2
    shown = guildhall("account", "list", "--endpoint", server.url, check=True).stdout.splitlines()
    assert [line.split()[0] for line in shown] == accounts
    config = tmp_path / "config"
    guildhall("profiles", "--endpoint", server.url, check=True, env={**clean_environment(), "AWS_CONFIG_FILE": str(config)})
    assert config.read_text().count("[profile guildhall-") == 1002
    organization = new_organization(server, accounts[0])
    for account in accounts[1:]:
        server.call(organization.management, "InviteAccountToOrganization", {"Target": {"Type": "ACCOUNT", "Id": account}})
    organization.invite("last@example.com")
    shown = guildhall("mail", "list", "--endpoint", server.url, check=True).stdout.splitlines()
    assert len(shown) == 1002
    assert "last@example.com" in shown[-1]


def test_reset(server):
    organization = new_organization(server)
    organization.invite(new_account(server))
    server.control("POST", "/_guildhall/reset")
    assert server.accounts() == []
    assert server.mail() == []
    # The key works as at the first time.
    with refused("AWSOrganizationsNotInUseException"):
        organization.client.describe_organization()


def test_reset_of_a_stored_server(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual")
    new_organization(server)
    server.control("POST", "/_guildhall/reset")
    assert server.accounts() == []
    server.stop()
    guildhall("check", "--data", tmp_path / "data", check=True)
    assert start("--data", tmp_path / "data", "--clock", "virtual").accounts() == []


def test_limits(server):
    organization = new_organization(server)
    path = f"/_guildhall/limits?organization={organization.id}"
    before = server.control("GET", path)
    assert before == {
        "OrganizationId": organization.id,
        "Accounts": 5000,
        "InvitationsPerDay": 5000,  # max(20, account quota)
        "InvitationDays": 15,
        "AllFeaturesDays": 90,
        "AllFeaturesAccounts": 5000,
        "FirstHour": False,
        "FirstWeek": False,
        "CreationsAtOnce": 5,
        "CreationMillis": 0,
        "CreatedAccountDays": 4,
        "ClosuresAtOnce": 3,
        "ClosuresPer30Days": 250,  # max(250, 20 % of the members)
        "ClosureMillis": 0,
        "PostClosureDays": 90,
        "RegionsAtOnce": 6,
        "OrganizationRegionsAtOnce": 50,
        "RegionMillis": 0,
        "OrganizationalUnits": 2000,
        "OrganizationalUnitDepth": 5,
        "Tags": 50,
        "ServiceControlPolicies": 10_000,
        "ServiceControlPolicyCharacters": 10_240,
        "ServiceControlPoliciesPerTarget": 10,
        "ResourceControlPolicies": 2_000,
        "ResourceControlPolicyCharacters": 5_120,
        "ResourceControlPoliciesPerTarget": 5,
        "ManagementPolicies": 1_000,
        "ManagementPolicyCharacters": 0,  # AWS's number for the type
        "ManagementPoliciesPerTarget": 0,
        "ResourcePolicyCharacters": 40_000,
        "InboundTransfers": 1000,
        "OutboundTransfers": 1,
        "TransferLevels": 1,
        "Roles": 1000,
        "Users": 5000,
        "Groups": 300,
        "GroupsPerUser": 10,
        "AccessKeysPerUser": 2,
        "MfaDevicesPerUser": 8,
        "InstanceProfiles": 1000,
        "CustomerManagedPolicies": 1500,
        "PoliciesPerUser": 10,
        "PoliciesPerGroup": 10,
        "PoliciesPerRole": 20,
        "TrustPolicyCharacters": 2048,
        "PolicyVersions": 5,
        "ManagedPolicyCharacters": 6144,
        "UserPolicyCharacters": 2048,
        "GroupPolicyCharacters": 5120,
        "RolePolicyCharacters": 10240,
    }
    server.limits(organization.id, Accounts=3, Tags=1)
    after = server.control("GET", path)
    assert after == {**before, "Accounts": 3, "Tags": 1, "InvitationsPerDay": 20}
    # What is left out stays.
    server.limits(organization.id, InvitationsPerDay=7)
    assert server.control("GET", path) == {**after, "InvitationsPerDay": 7}
    for bad in ({"Accounts": -1}, {"Accounts": "3"}, {"Rockets": 1}):
        error(server.control_raw("POST", "/_guildhall/limits", {"OrganizationId": organization.id, **bad}), 400)
    error(server.control_raw("POST", "/_guildhall/limits", {"Accounts": 3}), 400)
    error(server.control_raw("POST", "/_guildhall/limits", {"OrganizationId": "o-zzzzzzzzzz", "Accounts": 3}), 404)
    error(server.control_raw("GET", "/_guildhall/limits?organization=o-zzzzzzzzzz"), 404)
    error(server.control_raw("GET", "/_guildhall/limits"), 400)


def test_limits_of_aws(start):
    server = start(*EVERYDAY, "--limits", "aws")
    organization = new_organization(server)
    limits = server.control("GET", f"/_guildhall/limits?organization={organization.id}")
    assert (limits["Accounts"], limits["InvitationsPerDay"], limits["FirstHour"], limits["FirstWeek"]) == (
        10,
        20,
        True,
        True,
    )


def test_health_and_metrics(server):
    for path in ("/health/live", "/health/ready"):
        assert server.wire.send("GET", path).status == 200
    account = new_account(server)
    for _ in range(3):
        server.client(account).list_handshakes_for_account()
    answer = server.wire.send("GET", "/metrics")
    assert answer.status == 200
    text = answer.body.decode()
    assert text.endswith("\n")
    samples = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in samples:
        assert re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+0-9.eEInfNa]+", line), line
    counted = [line for line in samples if "ListHandshakesForAccount" in line]
    assert any(float(line.rsplit(" ", 1)[1]) == 3 for line in counted), counted


BROKEN_BODIES = [b"", b"{", b"null", b"[]", b'{"Email":"a@b.example","Email":"c@d.example","Name":"x"}', b"\xff"]


@pytest.mark.parametrize("body", BROKEN_BODIES)
def test_broken_bodies(shared_server, body):
    error(shared_server.control_raw("POST", "/_guildhall/accounts", body))


def test_a_body_too_long(shared_server):
    error(shared_server.control_raw("POST", "/_guildhall/clock", b'{"advance":"' + b"1" * (1 << 21) + b'"}'))
    assert shared_server.alive()


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/_guildhall/nothing", 404), ("GET", "/_guildhall", 404), ("PUT", "/_guildhall/accounts", 405),
    ("DELETE", "/_guildhall/clock", 405), ("GET", "/_guildhall/accounts/12", 404), ("GET", "/_guildhall/accounts/..", 404),
])  # fmt: skip
def test_wrong_paths_and_methods(shared_server, method, path, status):
    error(shared_server.control_raw(method, path), status)


# Web pages of other sites can reach loopback: they may neither read nor change anything.


@pytest.mark.parametrize(("method", "path", "body"), [
    ("GET", "/_guildhall/accounts", None),
    ("POST", "/_guildhall/reset", None),
    ("POST", "/_guildhall/accounts", {"Email": "evil@example.com", "Name": "x"}),
])  # fmt: skip
@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:4615"},
], ids=lambda headers: "-".join(headers.values()))  # fmt: skip
def test_foreign_origins_and_hosts(shared_server, method, path, body, headers):
    account = new_account(shared_server)
    before = len(shared_server.accounts())
    answer = shared_server.control_raw(method, path, body, headers)
    error(answer, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert account.encode() not in answer.body
    assert len(shared_server.accounts()) == before


def test_our_own_origin(shared_server):
    port = shared_server.url.rsplit(":", 1)[1]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        answer = shared_server.control_raw(
            "GET", "/_guildhall/clock", headers={"Host": host, "Origin": f"http://{host}"}
        )
        assert answer.status == 200, str(answer)


# The command line and the configuration.


def test_version_and_help():
    assert re.match(r"guildhall \d+\.\d+\.\d+", guildhall("--version", check=True).stdout)
    for command in ("serve", "account", "env", "profiles", "clock", "mail", "check", "backup", "restore", "explain", "key"):
        assert command in guildhall("--help", check=True).stdout
        assert "Usage" in guildhall(command, "--help", check=True).stdout


# Wrong usage -> what the message must name.
WRONG_FLAGS = [
    (["serve", "--lisen", "127.0.0.1:0"], "--listen"),
    (["serve", "--listen", "nowhere"], "--listen"),
    (["serve", "--mode", "party"], "production"),
    (["serve", "--clock", "sundial"], "virtual"),
    (["serve", "--clock", "virtual=soon"], "soon"),
    (["serve", "--limits", "sky"], "aws"),
    (["serve", "--throttle", "full"], "off"),
    (["serve", "--log-format", "xml"], "json"),
    (["serve", "--service-principal", "a b"], "config.amazonaws.com"),
    (["serve", "--ephemeral", "--data", "x"], "--ephemeral"),
    (["dance"], "dance"),
    ([], "serve"),
    (["clock", "advance", "soon"], "15d"),
    (["account", "create"], "--email"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), WRONG_FLAGS, ids=[" ".join(row[0]) or "nothing" for row in WRONG_FLAGS]
)
def test_wrong_flags(arguments, named, tmp_path):
    done = guildhall(*arguments, cwd=tmp_path)
    assert done.returncode == 2, f"{done.returncode}: {done.stderr}"
    assert named in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


WRONG_CONFIGURATIONS = [
    ("unknown key", "colour = 'red'", "colour"),
    ("unknown key of mail", "[mail]\ntransprot = 'file'", "transprot"),
    ("unknown key of smtp", "[mail]\ntransport = 'smtp'\n[mail.smtp]\nhost = 'x'\nprot = 25", "prot"),
    ("unknown transport", "[mail]\ntransport = 'pigeon'", "mailbox"),
    ("no sender", "[mail]\ntransport = 'smtp'\n[mail.smtp]\nhost = 'x'", "from"),
    ("no host", "[mail]\ntransport = 'smtp'\nfrom = 'x@example.com'", "host"),
    ("no directory", "[mail]\ntransport = 'file'", "directory"),
    ("bad duration", "[mail.retry]\nfirst = 'soon'", "first"),
    ("wrong type", "listen = 7", "listen"),
    ("no service principal", "service_principals = ['a b']", "service principal"),
    ("no TOML", "listen = ", "line 1"),
]


@pytest.mark.parametrize(
    ("text", "named"), [row[1:] for row in WRONG_CONFIGURATIONS], ids=[row[0] for row in WRONG_CONFIGURATIONS]
)
def test_wrong_configuration(tmp_path, text, named):
    config = tmp_path / "guildhall.toml"
    config.write_text(text)
    done = guildhall("serve", "--listen", "127.0.0.1:0", "--ephemeral", "--config", config)
    assert done.returncode == 2, f"{done.returncode}: {done.stderr}"
    assert named in done.stderr
    assert str(config) in done.stderr


def test_a_missing_configuration(tmp_path):
    done = guildhall("serve", "--ephemeral", "--config", tmp_path / "nothing.toml")
    assert done.returncode == 2
    assert "nothing.toml" in done.stderr


def test_flags_over_environment_over_configuration(start, tmp_path):
    config = tmp_path / "guildhall.toml"
    config.write_text('clock = "virtual=2040-01-01T00:00:00Z"\n')

    def year(*flags, **environment):
        return start("--ephemeral", "--config", config, *flags, env=clean_environment(**environment)).now().year

    assert year() == 2040
    assert year(GUILDHALL_CLOCK="virtual=2041-06-01T00:00:00Z") == 2041
    assert year("--clock", "virtual=2042-06-01T00:00:00Z", GUILDHALL_CLOCK="virtual=2041-06-01T00:00:00Z") == 2042


def test_flags_and_the_environment_about_the_place_of_the_state(start, tmp_path):
    """What is said of a directory or of memory first outweighs what is said later."""
    data, other = tmp_path / "data", tmp_path / "other"
    for flags, environment, there in [
        (["--ephemeral"], {"GUILDHALL_DATA": str(other)}, None),
        (["--data", data], {"GUILDHALL_EPHEMERAL": "true"}, data),
        ([], {"GUILDHALL_DATA": str(other), "GUILDHALL_EPHEMERAL": "false"}, other),
    ]:
        server = start(*flags, env=clean_environment(**environment))
        assert [path for path in (data, other) if (path / "guildhall.db").exists()] == ([there] if there else [])
        assert server.stop() == 0
        for path in (data, other):
            shutil.rmtree(path, ignore_errors=True)
    both = clean_environment(GUILDHALL_DATA=str(other), GUILDHALL_EPHEMERAL="1")
    for wrong in (both, clean_environment(GUILDHALL_EPHEMERAL="perhaps")):
        done = guildhall("serve", "--listen", "127.0.0.1:0", env=wrong)
        assert done.returncode == 2 and "phemeral" in done.stderr.lower(), done.stderr
    # A server that is named in the environment does not stand in the way of a directory.
    start("--data", data).stop()
    env = clean_environment(GUILDHALL_ENDPOINT="http://127.0.0.1:1")
    assert guildhall("backup", tmp_path / "file", "--data", data, env=env).returncode == 0


def test_a_server_that_is_started_again_in_the_same_way_goes_on(start, tmp_path):
    flags = ("--data", tmp_path / "data", "--clock", "virtual=2031-01-01T00:00:00Z")
    server = start(*flags)
    server.advance("15d")
    assert server.stop() == 0
    assert start(*flags).now().strftime("%Y-%m-%d") == "2031-01-16"


def test_an_unknown_environment_variable_is_wrong_usage():
    done = guildhall("serve", "--ephemeral", "--listen", "127.0.0.1:0", env=clean_environment(GUILDHALL_LIMITS="sky"))
    assert done.returncode == 2
    assert "sky" in done.stderr


def test_a_port_in_use(start):
    first = start(*EVERYDAY)
    with pytest.raises(StartFailed) as failed:
        start(*EVERYDAY, listen=first.url.removeprefix("http://"))
    assert failed.value.code == 1
    assert first.url.removeprefix("http://") in failed.value.stderr


def test_the_first_line_and_sigterm(start):
    server = start(*EVERYDAY)
    assert FIRST_LINE.match(server.output[0])
    assert server.stop() == 0


def test_lab_mode_stays_on_loopback():
    """Without set-up, anyone who reaches it is root: so only this machine may."""
    done = guildhall("serve", "--ephemeral", "--listen", "0.0.0.0:0")
    assert done.returncode == 2, done.stderr
    assert "loopback" in done.stderr


def test_json_log(start):
    server = start(*EVERYDAY, "--log-format", "json")
    new_organization(server)
    assert server.stop() == 0
    for line in server.stderr().splitlines():
        assert isinstance(json.loads(line), dict)


def test_the_command_line_talks_to_a_server(server):
    endpoint = ("--endpoint", server.url)
    made = guildhall(
        "account",
        "create",
        "--email",
        "cli@example.com",
        "--name",
        "Cli",
        "--id",
        "333333333333",
        *endpoint,
        check=True,
    )
    assert "333333333333" in made.stdout
    assert server.account("333333333333")["Email"] == "cli@example.com"
    assert "cli@example.com" in guildhall("account", "list", *endpoint, check=True).stdout
    again = guildhall("account", "create", "--email", "cli@example.com", "--name", "Cli", *endpoint)
    assert again.returncode == 1
    assert "cli@example.com" in again.stderr
    key = guildhall("key", "create", "--account", "333333333333", *endpoint, check=True).stdout
    assert re.search(r"\bAKIA[A-Z0-9]{16}\b", key)

    before = server.now()
    guildhall("clock", "advance", "15d", *endpoint, check=True)
    assert server.now() - before >= datetime.timedelta(days=15)
    guildhall("clock", "set", print_time(before + datetime.timedelta(days=30)), *endpoint, check=True)
    assert (
        str((before + datetime.timedelta(days=30)).date()) in guildhall("clock", "show", *endpoint, check=True).stdout
    )
    back = guildhall("clock", "set", "2020-01-01T00:00:00Z", *endpoint)
    assert back.returncode == 1

    organization = new_organization(server)
    handshake = organization.invite("juan@example.com")["Id"]
    assert "juan@example.com" in guildhall("mail", "list", *endpoint, check=True).stdout
    [mail] = listed(server.control("GET", "/_guildhall/mail"), "Mail")
    assert handshake in guildhall("mail", "show", mail["Id"], *endpoint, check=True).stdout


def test_no_server_to_talk_to():
    done = guildhall("account", "list", "--endpoint", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
