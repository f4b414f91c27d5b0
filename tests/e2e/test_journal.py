"""What is not to be written down: the journal's table against the service models, and a log that says everything."""

import re
import socket
import sqlite3
from pathlib import Path

import pytest

from conftest import EVERYDAY
from harness import rest, shapes
from harness.server import clean_environment, wait_for
from harness.world import new_account, new_organization
from test_account import ACCOUNT, ALTERNATE, CONTACT, code_in, refused

DOCUMENT = Path(__file__).parents[2] / "docs" / "journal.md"


def table():
    """The members that the journal keeps and masks, by command."""
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = [set(re.findall(r"`([^`]+)`", cell)) for cell in cells[1:]]
    return rows


def sensitive(shape, path=""):
    """The paths of the members that the model calls sensitive."""
    if shape is None or shape.metadata.get("sensitive"):
        return {path} if shape else set()
    if shape.type_name == "structure":
        below = [sensitive(member, f"{path}.{name}".strip(".")) for name, member in shape.members.items()]
        return set().union(*below)
    return sensitive(shape.member, path + "[]") if shape.type_name == "list" else set()


@pytest.mark.parametrize("service", ["organizations", "account", "sts"])
def test_what_the_models_call_sensitive_is_masked(service):
    model, rows, seen = shapes.service_model(service), table(), 0
    for name in model.operation_names:
        if f"{service}:{name}" in rows:
            _, masked = rows[f"{service}:{name}"]
            for member in sensitive(model.operation_model(name).input_shape):
                assert {member, member.split(".")[0]} & masked, f"{name}: the journal does not mask {member}"
                seen += 1
    assert seen == {"organizations": 10, "account": 20, "sts": 0}[service]


def test_nothing_sensitive_is_in_the_log_or_the_journal(start, tmp_path):
    """At the level at which everything is logged. What a mail or an account says is in the database, and not in these."""
    everything = clean_environment(GUILDHALL_LOG="trace")
    server = start("--data", tmp_path / "state", *EVERYDAY[1:], env=everything)
    organization = new_organization(server)
    organization.trust(ACCOUNT)
    member = new_account(server, email="zz.old@marked.example", name="zzmark old")
    own, manager = rest.client(server, member), rest.client(server, organization.management)
    target = {"Id": "zz.old@marked.example", "Type": "EMAIL"}
    handshake = organization.client.invite_account_to_organization(Target=target, Notes="dear zzmark")["Handshake"]
    server.client(member).accept_handshake(HandshakeId=handshake["Id"])
    own.put_contact_information(ContactInformation=CONTACT | {"FullName": "zzmark"})
    own.put_alternate_contact(AlternateContactType="BILLING", **ALTERNATE | {"Title": "zzmark"})
    own.put_account_name(AccountName="zzmark new")
    address = "zz.new@marked.example"
    manager.start_primary_email_update(AccountId=member, PrimaryEmail=address)
    code = code_in(server.settled_mail(address)[-1])
    with refused("ValidationException", 400, "regex"):
        manager.accept_primary_email_update(AccountId=member, PrimaryEmail=address, Otp=f"{code}-zzmark")
    manager.accept_primary_email_update(AccountId=member, PrimaryEmail=address, Otp=code)
    organization.client.create_account(Email="zz.made@marked.example", AccountName="zzmark made")
    # One line that is not there at other levels.
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost:")
    wait_for(lambda: "DEBUG" in server.stderr(), "a line at the level debug")
    server.stop()

    log = server.stderr()
    database = sqlite3.connect(tmp_path / "state" / "guildhall.db")
    rows = [" ".join(map(str, row)) for row in database.execute("SELECT owner, actor, op, request_id, body FROM journal")]
    assert len(rows) > 10 and any("AcceptPrimaryEmailUpdate" in row for row in rows)
    for text in ["zzmark", "marked.example", "7946"]:
        assert text not in log
        assert [row for row in rows if text in row] == []
    assert f'"{code}"' not in log and [row for row in rows if code in row and "Otp" in row] == []
