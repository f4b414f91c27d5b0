"""Mail: what each one says, and that it arrives, through the mailbox, as files, and over SMTP with all its troubles."""

import datetime
import email
import email.policy
import re
from html.parser import HTMLParser

import pytest

from harness.server import guildhall, wait_for
from harness.smtp import PASSWORD, USER, MailServer, certificate
from harness.world import new_account, new_organization, refused

EVERYDAY = ("--ephemeral", "--clock", "virtual")


# What is sent, and to whom (accounts.md section 8).


@pytest.fixture
def inviter(server):
    return new_organization(server, new_account(server, email="owner@example.com", name="Management & Co"))


class Reader(HTMLParser):
    """What a reader of an HTML mail sees: its text, its elements, its links."""

    def __init__(self, source):
        super().__init__()
        self.words, self.elements, self.links = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


@pytest.mark.parametrize("address", ["juan@example.com", "nobody-yet@example.com"])
def test_the_invitation(server, inviter, address):
    account = new_account(server, email="juan@example.com")
    notes = 'Dear Juan,\n<b>welcome</b> & "come in" <i class=x>.'
    handshake = inviter.invite(account if address == "juan@example.com" else address, Notes=notes)
    [mail] = server.settled_mail()
    assert (mail["To"], mail["HandshakeId"], mail["State"]) == (address, handshake["Id"], "DELIVERED")
    link = f"{server.url}/accept/{inviter.id}/{handshake['Id']}"
    expiry = handshake["ExpirationTimestamp"].astimezone(datetime.timezone.utc).strftime("%Y-%m-%d")
    shown = Reader(mail["Html"])
    assert mail["Subject"]
    for known in (inviter.id, "Management & Co", "owner@example.com", expiry, link, *notes.splitlines()):
        assert known in mail["Text"], known
        assert known in shown.text, known
    # What is being joined: all features.
    assert re.search(r"all features", mail["Text"], re.IGNORECASE)
    assert re.search(r"all features", shown.text, re.IGNORECASE)
    # The notes are text, not markup, and every link leads to the invitation.
    assert not {"b", "i"} & set(shown.elements)
    assert set(shown.links) == {link}


def test_consolidated_billing_is_named(server):
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    organization.invite("juan@example.com")
    [mail] = server.mail()
    assert re.search(r"consolidated billing", mail["Text"], re.IGNORECASE)
    assert not re.search(r"all features", mail["Text"], re.IGNORECASE)


def test_who_gets_mail(server, inviter):
    account = new_account(server, email="juan@example.com")
    seen = []

    def sent():
        new = [mail for mail in server.mail() if mail["Id"] not in seen]
        seen.extend(mail["Id"] for mail in new)
        return new

    first = inviter.invite(account)["Id"]
    [invited] = sent()
    inviter.client.cancel_handshake(HandshakeId=first)
    [canceled] = sent()
    assert (canceled["To"], canceled["HandshakeId"]) == ("juan@example.com", first)

    second = inviter.invite(account)["Id"]
    sent()
    server.client(account).decline_handshake(HandshakeId=second)
    [declined] = sent()
    assert (declined["To"], declined["HandshakeId"]) == ("owner@example.com", second)
    assert account in declined["Text"]

    third = inviter.invite(account)["Id"]
    sent()
    server.client(account).accept_handshake(HandshakeId=third)
    accepted = {mail["To"]: mail for mail in sent()}
    assert set(accepted) == {"owner@example.com", "juan@example.com"}
    assert {mail["HandshakeId"] for mail in accepted.values()} == {third}
    assert account in accepted["owner@example.com"]["Text"]
    assert inviter.id in accepted["juan@example.com"]["Text"]
    every = [invited, canceled, declined, *accepted.values()]
    assert len({mail["Kind"] for mail in every}) == 5
    assert all(mail["Subject"] and mail["Text"] and mail["Html"] for mail in every)

    # Nobody is told of a departure or of an expiry.
    server.client(account).leave_organization()
    inviter.invite("late@example.com")
    sent()
    server.advance("50d")
    inviter.join(account)
    sent()
    inviter.client.remove_account_from_organization(AccountId=account)
    assert sent() == []


def test_no_mail_without_the_change(server, inviter):
    account = new_account(server, email="juan@example.com")
    inviter.join(account)
    server.settled_mail()
    server.control("DELETE", "/_guildhall/mail")
    with refused("HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION"):
        inviter.invite(account)
    handshake = inviter.invite("late@example.com")["Id"]
    with refused("DuplicateHandshakeException"):
        inviter.invite("late@example.com")
    assert [mail["HandshakeId"] for mail in server.mail()] == [handshake]


# Configurations.


def configured(tmp_path, text):
    config = tmp_path / "guildhall.toml"
    config.write_text(text)
    return "--config", config


def quoted(value):
    return "'" + str(value) + "'"


def smtp_config(tmp_path, mail_server, security="none", keep_trying="1d", timeout="5s", **extra):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    lines = [
        "[mail]",
        "transport = 'smtp'",
        "from = 'Guildhall <no-reply@guildhall.example>'",
        "[mail.smtp]",
        f"host = {quoted('127.0.0.1' if security == 'none' else 'localhost')}",
        f"port = {mail_server.port}",
        f"security = {quoted(security)}",
        f"timeout = {quoted(timeout)}",
        *(f"{name} = {quoted(value)}" for name, value in extra.items()),
        "[mail.retry]",
        "first = '1s'",
        "most = '2s'",
        f"for = {quoted(keep_trying)}",
    ]
    return configured(tmp_path, "\n".join(lines) + "\n")


@pytest.fixture
def mail_servers():
    """Starts mail servers; they are stopped at the end."""
    running = []

    def starter(**options):
        running.append(MailServer(**options))
        return running[-1]

    yield starter
    for mail_server in running:
        mail_server.stop()


def check_message(message, to, handshake, server):
    """A mail as it leaves: three parts (subject, text, HTML) that agree."""
    assert message["To"].addresses[0].addr_spec == to
    assert len(message["To"].addresses) == 1
    assert message["From"].addresses[0].addr_spec == "no-reply@guildhall.example"
    assert message["Bcc"] is None
    assert message["Subject"]
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", message["Message-ID"])
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for part in message.iter_parts():
        assert handshake in part.get_content()
        assert f"{server.url}/accept/" in part.get_content()


def state_of(server, to):
    [mail] = server.mail(to=to)
    return mail


def test_files(start, tmp_path):
    folder = tmp_path / "outbox"
    folder.mkdir()
    config = (
        f"[mail]\ntransport = 'file'\nfrom = 'Guildhall <no-reply@guildhall.example>'\ndirectory = {quoted(folder)}\n"
    )
    server = start(*EVERYDAY, *configured(tmp_path, config))
    organization = new_organization(server)
    handshake = organization.invite("juan@example.com", Notes="Grüße")["Id"]
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "DELIVERED", "the mail is delivered")
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o777 == 0o600
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    check_message(message, "juan@example.com", handshake, server)
    assert "Grüße" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "name", ["Evil\r\nBcc: victim@example.com", "Evil\nSubject: x", "Ünïcode ☃ " * 4, 'Quote " < > , ; name']
)
def test_names_do_not_become_headers(start, tmp_path, name):
    folder = tmp_path / "outbox"
    folder.mkdir()
    config = (
        f"[mail]\ntransport = 'file'\nfrom = 'Guildhall <no-reply@guildhall.example>'\ndirectory = {quoted(folder)}\n"
    )
    server = start(*EVERYDAY, *configured(tmp_path, config))
    answer = server.control_raw("POST", "/_guildhall/accounts", {"Email": "owner@example.com", "Name": name})
    if answer.status >= 400:
        assert answer.status < 500
        assert answer.json["error"]["code"]
        return
    account = answer.json["Id"]
    server.client(account).create_organization()
    server.client(account).invite_account_to_organization(Target={"Id": "juan@example.com", "Type": "EMAIL"})
    wait_for(lambda: any(folder.iterdir()), "the file is there")
    [file] = folder.iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert [address.addr_spec for address in message["To"].addresses] == ["juan@example.com"]


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_smtp(start, tmp_path, mail_servers, security):
    options, extra = {}, {}
    if security != "none":
        files = certificate(tmp_path)
        options = {"certificate": files, "implicit_tls": security == "tls", "auth": True}
        extra = {"username": USER, "password_file": tmp_path / "password", "ca_file": files.ca_file}
    mail_server = mail_servers(**options)
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server, security, **extra))
    handshake = new_organization(server).invite("juan@example.com", Notes="Grüße\n.\nx")["Id"]
    [received] = wait_for(lambda: mail_server.to("juan@example.com"), "the mail arrives")
    assert received.recipients == ["juan@example.com"]
    assert received.sender == "no-reply@guildhall.example"
    assert received.encrypted is (security != "none")
    assert received.user == (USER if security != "none" else None)
    check_message(received.message, "juan@example.com", handshake, server)
    # A line with a single dot ends nothing.
    assert re.search(r"Grüße\s*\n\.\s*\nx", received.message.get_body(("plain",)).get_content())
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "DELIVERED", "the delivery is noted")
    assert state_of(server, "juan@example.com")["Attempts"] == 1
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("trouble", ["foreign certificate", "no TLS offered", "wrong password"])
def test_nothing_goes_out_unsafely(start, tmp_path, mail_servers, trouble):
    """No fall-back to plain text, no certificate that is not trusted, and no password in what is shown or logged."""
    files = certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    offered = {
        "foreign certificate": {"certificate": certificate(other), "auth": True},
        "no TLS offered": {},
        "wrong password": {"certificate": files, "auth": True},
    }[trouble]
    mail_server = mail_servers(**offered)
    config = smtp_config(
        tmp_path,
        mail_server,
        "starttls",
        keep_trying="1s",
        username=USER,
        password_file=tmp_path / "password",
        ca_file=files.ca_file,
    )
    secret = PASSWORD
    if trouble == "wrong password":
        secret = "another secret"
        (tmp_path / "password").write_text(secret)
    server = start(*EVERYDAY, *config)
    new_organization(server).invite("juan@example.com")
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "FAILED", "its time is over")
    mail = state_of(server, "juan@example.com")
    assert mail["LastError"]
    assert secret not in mail["LastError"]
    assert secret not in server.stderr()
    assert mail_server.received == []
    if trouble != "wrong password":
        assert mail_server.logins == []


@pytest.mark.parametrize("trouble", ["451", "drop", "hang"])
def test_a_passing_trouble_is_retried(start, tmp_path, mail_servers, trouble):
    mail_server = mail_servers()
    mail_server.misbehave = {"juan@example.com": [trouble, trouble]}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server, timeout="1s"))
    new_organization(server).invite("juan@example.com")
    wait_for(lambda: mail_server.attempts.get("juan@example.com", 0) >= 1, "the first attempt")
    wait_for(lambda: state_of(server, "juan@example.com").get("LastError"), "the trouble is shown")
    [received] = wait_for(lambda: mail_server.to("juan@example.com"), "the mail arrives after all")
    assert received.recipients == ["juan@example.com"]
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "DELIVERED", "the delivery is noted")
    assert state_of(server, "juan@example.com")["Attempts"] == 3
    assert mail_server.attempts["juan@example.com"] == 3


def test_pending_is_shown_meanwhile(start, tmp_path, mail_servers):
    mail_server = mail_servers()
    mail_server.misbehave = {"juan@example.com": "451"}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server))
    new_organization(server).invite("juan@example.com")
    wait_for(lambda: state_of(server, "juan@example.com")["Attempts"] >= 2, "two attempts")
    mail = state_of(server, "juan@example.com")
    assert mail["State"] == "PENDING"
    assert "451" in mail["LastError"]


@pytest.mark.parametrize("poison", ["451", "550", "drop", "hang"])
def test_a_poisoned_mail_blocks_nobody(start, tmp_path, mail_servers, poison):
    mail_server = mail_servers()
    mail_server.misbehave = {"poison@example.com": poison}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server, keep_trying="3s", timeout="1s"))
    organization = new_organization(server)
    organization.invite("poison@example.com")
    wait_for(lambda: mail_server.attempts.get("poison@example.com"), "the poisoned mail is tried")
    others = [f"other{number}@example.com" for number in range(5)]
    for address in others:
        organization.invite(address)
    for address in others:
        wait_for(lambda address=address: mail_server.to(address), f"the mail to {address} arrives")
    wait_for(lambda: state_of(server, "poison@example.com")["State"] == "FAILED", "the poisoned mail is given up")
    mail = state_of(server, "poison@example.com")
    assert 1 <= mail["Attempts"] <= 4
    assert mail["LastError"]
    if poison in ("451", "550"):
        assert poison in mail["LastError"]
    assert mail_server.to("poison@example.com") == []
    assert all(len(mail_server.to(address)) == 1 for address in others)


def test_the_message_id_is_the_same_in_each_attempt(start, tmp_path, mail_servers):
    """The mail is taken, but the answer is lost: it comes again, and a mailbox can tell that it is the same."""
    mail_server = mail_servers()
    mail_server.misbehave = {"juan@example.com": ["lose", "lose"]}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server))
    organization = new_organization(server)
    organization.invite("juan@example.com")
    organization.invite("other@example.com")
    [received] = wait_for(lambda: mail_server.to("juan@example.com"), "the third attempt is answered")
    assert [lost.to for lost in mail_server.lost] == ["juan@example.com"] * 2
    identifiers = {copy.message["Message-ID"] for copy in [received, *mail_server.lost]}
    assert len(identifiers) == 1
    [other] = wait_for(lambda: mail_server.to("other@example.com"), "the other mail arrives")
    assert other.message["Message-ID"] not in identifiers


def shown(server, path):
    return server.wire.send("GET", path).body.decode()


def retry(server, *arguments):
    return guildhall("mail", "retry", *arguments, "--endpoint", server.url)


def test_given_up_mails_are_told_and_sent_again(start, tmp_path, mail_servers):
    """What was given up is counted, shown, and sent again as the same mail."""
    mail_server = mail_servers()
    # Taken once, but the answer is lost; then refused for good.
    mail_server.misbehave = {"juan@example.com": ["lose", "550"], "ana@example.com": ["550"], "eva@example.com": "550"}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server))
    organization = new_organization(server)
    addresses = ["juan@example.com", "ana@example.com", "eva@example.com"]
    for address in addresses:
        organization.invite(address)
    for address in addresses:
        wait_for(lambda address=address: state_of(server, address)["State"] == "FAILED", f"{address} is given up")
    metrics = shown(server, "/metrics").splitlines()
    assert "guildhall_mails_failed 3" in metrics
    assert "guildhall_mails_pending 0" in metrics
    assert "3 mails were given up" in shown(server, "/")

    juan, ana, eva = (state_of(server, address)["Id"] for address in addresses)
    assert server.control("POST", f"/_guildhall/mail/{juan}/retry")["Id"] == juan
    [received] = wait_for(lambda: mail_server.to("juan@example.com"), "the mail arrives after all")
    assert received.message["Message-ID"] == mail_server.lost[0].message["Message-ID"]
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "DELIVERED", "the delivery is noted")
    assert state_of(server, "juan@example.com")["Attempts"] == 1

    assert server.control("POST", "/_guildhall/mail/retry", {"State": "FAILED"}) == {"Retried": 2}
    wait_for(lambda: mail_server.to("ana@example.com"), "the other mail arrives")
    wait_for(lambda: state_of(server, "eva@example.com")["State"] == "FAILED", "the third is refused again")
    mail_server.misbehave = {}
    done = retry(server, eva)
    assert (done.returncode, done.stdout.split()[0]) == (0, eva)
    wait_for(lambda: mail_server.to("eva@example.com"), "the last mail arrives")
    wait_for(lambda: "guildhall_mails_failed 0" in shown(server, "/metrics").splitlines(), "nothing is given up")
    assert "given up" not in shown(server, "/")


def test_what_cannot_be_sent_again(server, inviter):
    inviter.invite("juan@example.com")
    [mail] = server.mail()
    for path, body, status, code in [
        (f"/_guildhall/mail/{mail['Id']}/retry", None, 409, "MailDelivered"),
        ("/_guildhall/mail/nobody/retry", None, 404, "NotFound"),
        ("/_guildhall/mail/retry", {"State": "PENDING"}, 400, "BadRequest"),
        ("/_guildhall/mail/retry", {}, 400, "BadRequest"),
    ]:
        answer = server.control_raw("POST", path, body)
        assert (answer.status, answer.json["error"]["code"]) == (status, code), path
    assert server.control("POST", "/_guildhall/mail/retry", {"State": "FAILED"}) == {"Retried": 0}
    for arguments, status in [(["nobody"], 1), ([mail["Id"]], 1), ([], 2), (["--failed", "x"], 2), (["--failed"], 0)]:
        assert retry(server, *arguments).returncode == status, arguments


def test_nobody_sends_with_the_transport_mailbox(start, tmp_path, mail_servers):
    """What another transport gave up stays so: to put it back would be to promise what nobody does."""
    mail_server = mail_servers()
    mail_server.misbehave = {"juan@example.com": "550"}
    data = ("--data", tmp_path / "data")
    server = start(*data, *smtp_config(tmp_path, mail_server))
    new_organization(server).invite("juan@example.com")
    wait_for(lambda: state_of(server, "juan@example.com")["State"] == "FAILED", "the mail is given up")
    assert server.stop() == 0
    server = start(*data)
    juan = state_of(server, "juan@example.com")["Id"]
    for path, body in [(f"/_guildhall/mail/{juan}/retry", None), ("/_guildhall/mail/retry", {"State": "FAILED"})]:
        answer = server.control_raw("POST", path, body)
        assert (answer.status, answer.json["error"]["code"]) == (409, "NoTransport"), path
    assert "mail.transport" in retry(server, juan).stderr
    assert state_of(server, "juan@example.com")["State"] == "FAILED"


def test_a_number_of_tries_is_no_setting(start, tmp_path):
    config = configured(tmp_path, "[mail.retry]\nattempts = 10\n")
    done = guildhall("serve", "--ephemeral", "--listen", "127.0.0.1:0", *config)
    assert done.returncode == 2
    assert 'for = "5d"' in done.stderr


def test_old_mails_go_and_others_stay(start, tmp_path):
    """By business time: a clock that is moved on ages the mails."""
    server = start(*EVERYDAY, *configured(tmp_path, "journal_days = 10\nmail_days = 10\n"))
    organization = new_organization(server)
    organization.invite("old@example.com")
    server.advance("9d")
    organization.invite("new@example.com")
    assert [mail["To"] for mail in server.mail()] == ["old@example.com", "new@example.com"]
    server.advance("2d")
    wait_for(lambda: [mail["To"] for mail in server.mail()] == ["new@example.com"], "the old mail goes")


def test_mail_survives_a_kill(start, tmp_path, mail_servers):
    """The mail server is away, ours is killed: the mail arrives when both are back."""
    mail_server = mail_servers()
    port = mail_server.port
    config = smtp_config(tmp_path, mail_server)
    mail_server.stop()
    flags = ("--data", tmp_path / "data", "--clock", "virtual", *config)
    server = start(*flags)
    organization = new_organization(server)
    addresses = {f"juan{number}@example.com" for number in range(5)}
    for address in addresses:
        organization.invite(address)
    server.kill()
    mail_server = mail_servers(port=port)
    again = start(*flags)
    for address in sorted(addresses):
        wait_for(lambda address=address: mail_server.to(address), f"the mail to {address} arrives")
        wait_for(lambda address=address: state_of(again, address)["State"] == "DELIVERED", "the delivery is noted")


def test_the_api_does_not_wait_for_mail(start, tmp_path, mail_servers):
    """While the mail server hangs, invitations are answered and everything else goes on; and the server stops."""
    mail_server = mail_servers()
    mail_server.misbehave = {f"h{number}@example.com": "hang" for number in range(20)}
    server = start(*EVERYDAY, *smtp_config(tmp_path, mail_server, timeout="60s"))
    organization = new_organization(server)
    for number in range(20):
        organization.invite(f"h{number}@example.com")
    assert len(organization.client.list_handshakes_for_organization()["Handshakes"]) == 20
    assert {mail["State"] for mail in server.mail()} == {"PENDING"}
    assert server.stop() == 0
