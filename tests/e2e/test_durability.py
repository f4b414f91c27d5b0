"""Nothing that was answered is lost: kills at any moment, full and read-only disks, damaged files, backups.

GUILDHALL_KILLS says how often the server is killed under writers (25 in the everyday run, 200 once in a while);
GUILDHALL_SEED replays a run's moments.
"""

import contextlib
import hashlib
import json
import http.client
import os
import random
import re
import resource
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from harness import server as harness_server
from harness.server import Server, StartFailed, clean_environment, fresh_account, guildhall, listed, wait_for
from harness.wire import Keep
from harness.world import new_account, new_organization

KILLS = int(os.environ.get("GUILDHALL_KILLS", "25"))
SEED = int(os.environ.get("GUILDHALL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
WRITERS = 4
LOST_CONNECTION = (OSError, http.client.HTTPException)


# Writers that remember what was answered.


class Writer(threading.Thread):
    """Founds an organization and writes into it until the server is gone; `acknowledged` holds every answered write."""

    def __init__(self, url, progress, notes=""):
        super().__init__(daemon=True)
        self.url, self.progress, self.notes = url, progress, notes
        self.account = fresh_account()
        self.organization = self.root = None
        self.handshakes, self.tags, self.pending, self.canceling = {}, {}, {}, set()
        self.wrong = None

    def call(self, keep, operation, body):
        answer = keep.call(operation, body)
        if answer.status != 200:
            raise AssertionError(f"{operation}: {answer}")
        self.progress.count()
        return answer.json if answer.body else None

    def run(self):
        keep = Keep(self.url, self.account)
        try:
            self.organization = self.call(keep, "CreateOrganization", {})["Organization"]["Id"]
            self.root = self.call(keep, "ListRoots", {})["Roots"][0]["Id"]
            turn = 0
            while not self.progress.ended.is_set():
                self.step(keep, turn)
                turn += 1
        except LOST_CONNECTION:
            pass
        except AssertionError as wrong:
            if not self.progress.ended.is_set():
                self.wrong = wrong
        finally:
            keep.close()

    def step(self, keep, turn):
        key = f"key{turn % 40}"
        self.pending[key] = str(turn)
        self.call(keep, "TagResource", {"ResourceId": self.root, "Tags": [{"Key": key, "Value": str(turn)}]})
        self.tags[key] = str(turn)
        body = {"Target": {"Id": f"w{self.account}-{turn}@example.com", "Type": "EMAIL"}}
        if self.notes:
            body["Notes"] = self.notes
        handshake = self.call(keep, "InviteAccountToOrganization", body)["Handshake"]["Id"]
        self.handshakes[handshake] = "OPEN"
        if turn % 3 == 0:
            self.canceling.add(handshake)
            self.call(keep, "CancelHandshake", {"HandshakeId": handshake})
            self.handshakes[handshake] = "CANCELED"

    def verify(self, server):
        """Everything that was answered is there, as it was answered, or as a write in flight would have made it."""
        if self.organization is None:
            return
        client = server.client(self.account)
        assert client.describe_organization()["Organization"]["Id"] == self.organization
        [root] = client.list_roots()["Roots"]
        assert self.root in (None, root["Id"])
        pages = client.get_paginator("list_handshakes_for_organization").paginate()
        states = {handshake["Id"]: handshake["State"] for page in pages for handshake in page["Handshakes"]}
        for handshake, state in self.handshakes.items():
            in_flight = {"CANCELED"} if handshake in self.canceling else set()
            assert states.get(handshake) in {state} | in_flight, (
                f"{handshake}: {states.get(handshake)}, answered {state}"
            )
        pages = client.get_paginator("list_tags_for_resource").paginate(ResourceId=root["Id"])
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        for key, value in self.tags.items():
            assert tags.get(key) in (value, self.pending[key]), f"{key}: {tags.get(key)}, answered {value}"
        # No change without its mail.
        for handshake in list(self.handshakes)[-3:]:
            target = client.describe_handshake(HandshakeId=handshake)["Handshake"]["Parties"]
            [address] = [party["Id"] for party in target if party["Type"] == "EMAIL"]
            assert [mail["HandshakeId"] for mail in server.mail(to=address)][:1] == [handshake]


class Progress:
    """Counts answered writes, and lets a test wait for a number of them."""

    def __init__(self):
        self.total, self.changed, self.ended = 0, threading.Condition(), threading.Event()

    def count(self):
        with self.changed:
            self.total += 1
            self.changed.notify_all()

    def wait(self, total, seconds=120):
        with self.changed:
            assert self.changed.wait_for(lambda: self.total >= total, seconds), f"only {self.total} of {total} writes"


def write(server, **options):
    progress = Progress()
    writers = [Writer(server.url, progress, **options) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    return writers, progress


def join(writers):
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    assert [str(writer.wrong) for writer in writers if writer.wrong] == []


def flags(data):
    return "--data", data, "--clock", "virtual"


def check(data):
    done = guildhall("check", "--data", data, seconds=300)
    assert done.returncode == 0, f"check: {done.returncode}\n{done.stdout}\n{done.stderr}"


@pytest.mark.timeout(3600)
def test_kills(start, tmp_path):
    """Killed at random moments under concurrent writers: every answered write is there, the database is sound."""
    print(f"GUILDHALL_SEED={SEED} GUILDHALL_KILLS={KILLS}")
    moments, data, everyone = random.Random(SEED), tmp_path / "data", []
    server = start(*flags(data))
    for life in range(KILLS):
        writers, progress = write(server)
        progress.wait(moments.randint(1, 400))
        server.kill()
        progress.ended.set()
        join(writers)
        check(data)
        server = start(*flags(data))
        for writer in writers:
            writer.verify(server)
        everyone += writers
        # Now and then a life ends while it starts or stops.
        if life % 5 == 4:
            server.process.send_signal(moments.choice([signal.SIGTERM, signal.SIGKILL]))
            server.kill()
            server = start(*flags(data))
    for writer in everyone:
        writer.verify(server)
    assert server.stop() == 0
    check(data)


def test_sigterm_during_writes(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    writers, progress = write(server)
    progress.wait(200)
    assert server.stop() == 0
    progress.ended.set()
    join(writers)
    check(data)
    again = start(*flags(data))
    for writer in writers:
        writer.verify(again)


def test_the_whole_state_survives_a_restart(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    organization = new_organization(server)
    [member] = organization.add_members(1)
    invited = new_account(server, email="juan@example.com")
    organization.invite(invited, Notes="Hello")
    key = server.control("POST", f"/_guildhall/accounts/{invited}/keys")
    server.facts(invited, PaymentInstrument=False)
    server.limits(organization.id, Accounts=7)

    def state(at):
        manager = at.client(organization.management)
        return {
            "organization": manager.describe_organization()["Organization"],
            "accounts": manager.list_accounts()["Accounts"],
            "handshakes": manager.list_handshakes_for_organization()["Handshakes"],
            "received": at.client(key["AccessKeyId"], secret=key["SecretAccessKey"]).list_handshakes_for_account()[
                "Handshakes"
            ],
            "facts": at.account(invited),
            "limits": at.control("GET", f"/_guildhall/limits?organization={organization.id}"),
            # Links lead to where the server is now.
            "mail": json.loads(json.dumps(at.settled_mail()).replace(at.url, "URL")),
            "member": at.client(member).describe_organization()["Organization"],
        }

    before = state(server)
    assert server.stop() == 0
    assert state(start(*flags(data))) == before


def test_expiry_happens_while_nobody_is_there(start, tmp_path):
    """A server that was down over the deadline answers EXPIRED at once."""
    data = tmp_path / "data"
    server = start("--data", data, "--clock", "virtual=2031-01-01T00:00:00Z")
    organization = new_organization(server)
    handshake = organization.invite("juan@example.com")["Id"]
    server.kill()
    again = start("--data", data, "--clock", "virtual=2031-01-16T00:00:01Z")
    seen = again.client(organization.management).describe_handshake(HandshakeId=handshake)["Handshake"]
    assert seen["State"] == "EXPIRED"


def test_ephemeral_forgets(start, tmp_path):
    server = start("--ephemeral", "--clock", "virtual", cwd=tmp_path)
    organization = new_organization(server)
    assert server.stop() == 0
    again = start("--ephemeral", "--clock", "virtual", cwd=tmp_path)
    assert again.accounts() == []
    assert again.call(organization.management, "DescribeOrganization").code == "AWSOrganizationsNotInUseException"
    assert list(tmp_path.iterdir()) == []


# One process per database.


def test_a_second_process_is_refused(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    organization = new_organization(server)
    with pytest.raises(StartFailed) as failed:
        start(*flags(data))
    assert failed.value.code == 1
    assert str(data) in failed.value.stderr
    assert re.search(r"another|already|in use|locked", failed.value.stderr)
    assert organization.client.describe_organization()["Organization"]["Id"] == organization.id
    # Not even when somebody removed its lock.
    (data / "lock").unlink()
    with pytest.raises(StartFailed) as failed:
        start(*flags(data))
    assert re.search(r"another|already|in use|locked", failed.value.stderr)
    # When the first has ended, however it ended, the second may.
    server.kill()
    again = start(*flags(data))
    assert again.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id


# Damaged files.


def database(data):
    [found] = [
        path for path in Path(data).rglob("*") if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"
    ]
    return found


def filled(start, data):
    server = start(*flags(data))
    organization = new_organization(server)
    for member in organization.add_members(20):
        tags = [{"Key": f"key{number}", "Value": "v" * 200} for number in range(20)]
        organization.client.tag_resource(ResourceId=member, Tags=tags)
    assert server.stop() == 0
    return organization, database(data)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def garbage_header(data):
    return b"\xde\xad\xbe\xef" * 25 + data[100:]


def text_file(data):
    return b"This is no database.\n" * 100


def cut_in_half(data):
    return data[: len(data) // 2]


@pytest.mark.parametrize("damage", [garbage_header, text_file, cut_in_half], ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_reported_and_left_alone(start, tmp_path, damage):
    data = tmp_path / "data"
    _, file = filled(start, data)
    file.write_bytes(damage(file.read_bytes()))
    before = digest(file)
    with pytest.raises(StartFailed) as failed:
        start(*flags(data))
    assert failed.value.code == 1
    assert str(file) in failed.value.stderr or str(data) in failed.value.stderr
    assert digest(file) == before
    done = guildhall("check", "--data", data)
    assert done.returncode == 1
    assert done.stderr or done.stdout
    assert digest(file) == before


def test_flipped_pages(start, tmp_path):
    """Damage inside: `check` tells it; the server ends with a message or answers ServiceException, and never makes things up."""
    data = tmp_path / "data"
    organization, file = filled(start, data)
    content = bytearray(file.read_bytes())
    page = int.from_bytes(content[16:18], "big") or 65536
    page = 65536 if page == 1 else page
    for place in range(page, len(content), page):
        content[place : place + 64] = bytes(byte ^ 0xFF for byte in content[place : place + 64])
    file.write_bytes(content)
    before = digest(file)
    done = guildhall("check", "--data", data)
    assert done.returncode == 1, done.stdout
    assert done.stderr or done.stdout
    assert digest(file) == before
    try:
        server = start(*flags(data))
    except StartFailed as failed:
        assert failed.code == 1
        assert failed.stderr
    else:
        answer = server.call(organization.management, "DescribeOrganization")
        assert (answer.status, answer.code) == (500, "ServiceException"), str(answer)


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def test_a_flipped_bit_is_told_and_refuses_its_owner_alone(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    damaged, sound = new_organization(server), new_organization(server)
    tagged = damaged.client.list_roots()["Roots"][0]["Id"]
    damaged.client.tag_resource(ResourceId=tagged, Tags=[{"Key": "costs", "Value": "needle-in-the-body"}])
    assert server.stop() == 0
    file = database(data)
    places = [match.start() for match in re.finditer(b"needle-in-the-body", file.read_bytes())]
    assert places
    for place in places:
        flip(file, place + 7)
    done = guildhall("check", "--data", data)
    assert done.returncode == 1
    assert f"org/{damaged.id}: item `tags`" in done.stdout
    done = guildhall("backup", tmp_path / "backup", "--data", data)
    assert done.returncode == 1 and damaged.id in done.stderr
    server = start(*flags(data))
    answer = server.call(damaged.management, "DescribeOrganization")
    assert (answer.status, answer.code) == (500, "ServiceException"), str(answer)
    assert damaged.id in server.stderr()
    assert sound.id not in server.stderr()
    client = server.client(sound.management)
    assert client.describe_organization()["Organization"]["Id"] == sound.id
    client.tag_resource(ResourceId=client.list_roots()["Roots"][0]["Id"], Tags=[{"Key": "a", "Value": "b"}])
    assert server.control_raw("GET", "/_guildhall/snapshot").status == 500


@pytest.mark.parametrize("damage", ["removed", "cut", "flipped"])
def test_a_damaged_log_is_told(start, tmp_path, damage):
    data = tmp_path / "data"
    server = start(*flags(data))
    writers, progress = write(server)
    progress.wait(100)
    server.kill()
    progress.ended.set()
    join(writers)
    check(data)
    log = data / "guildhall.db-wal"
    if damage == "removed":
        log.unlink()
    elif damage == "cut":
        log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    else:
        flip(log, log.stat().st_size // 2)
    done = guildhall("check", "--data", data)
    assert done.returncode == 1 and "acknowledged are not in the database" in done.stdout, done
    server = start(*flags(data))
    assert "acknowledged are not in the database" in server.stderr()
    assert ("damaged at frame" in server.stderr()) == (damage == "flipped")


# Files of the first form.

FIRST_FORM = harness_server.REPOSITORY / "crates/guildhall-store/tests/data/form1.db"


def test_data_of_the_first_form(start, tmp_path):
    """What the program stored before rows had checksums is served, and backups of it restore."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(FIRST_FORM, data / "guildhall.db")
    check(data)
    server = start(*flags(data))
    client = server.client("100000000001")
    organization = client.describe_organization()["Organization"]
    assert {"100000000001", "100000000002", "100000000003"} <= {a["Id"] for a in client.list_accounts()["Accounts"]}
    assert server.stop() == 0
    check(data)
    other = start("--ephemeral", "--clock", "virtual")
    guildhall("restore", FIRST_FORM, "--endpoint", other.url, check=True)
    assert other.client("100000000001").describe_organization()["Organization"] == organization


COLUMNS = {
    "owners": "owner, version",
    "items": "owner, kind, id, ver, format, body",
    "timers": "due, owner, id",
    "outbox": "id, state, due, attempts, made, recipient, last_error, body",
    "journal": "seq, owner, version, at, actor, op, request_id, body",
    "meta": "key, value",
}


def stored_rows(data):
    """The form of a database, and what stands in the columns of the first form.

    Without the clock's row, which changes as soon as somebody serves, without secrets, which are sealed, and without
    roles, which were facts about accounts.
    """
    with contextlib.closing(sqlite3.connect(data / "guildhall.db")) as connection:
        [[form]] = connection.execute("PRAGMA user_version")
        rows = {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
            for table, columns in COLUMNS.items()
        }
    rows["meta"] = [row for row in rows["meta"] if row[0] not in ("clock", "sealed_with")]
    rows["items"] = [row[:4] if row[1] in ("account", "key") else row for row in rows["items"]]
    for table in ("items", "owners"):
        rows[table] = [row for row in rows[table] if not row[0].startswith("iam/")]
    return form, rows


def large_first_form(data):
    """Data of the first form with thousands of mails, so that it takes a while to bring them to the present one."""
    data.mkdir()
    shutil.copy(FIRST_FORM, data / "guildhall.db")
    with contextlib.closing(sqlite3.connect(data / "guildhall.db")) as connection:
        connection.execute(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)"
            " INSERT INTO outbox SELECT substr(id, 1, 26) || printf('%06x', n), state, due, attempts, made, recipient,"
            " last_error, body FROM outbox, n"
        )
        connection.commit()


def kill_during_migration(data, size=None):
    """Starts a server, and kills it when the database that it makes has this size, or else has just got its name.

    Returns whether half a database was left. It is not if the server was faster than we are.
    """
    new = data / "guildhall.db.new"

    def look():
        try:
            found = new.stat()
        except FileNotFoundError:
            return None
        return found.st_ctime_ns, found.st_size

    # What the last kill left is not what this server makes.
    left, begun = look(), False
    command = [harness_server.BINARY, "serve", "--listen", "127.0.0.1:0", *flags(data)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment()
    ) as process:
        # Until it says that it listens.
        while not select.select([process.stdout], [], [], 0.001)[0]:
            found = look()
            begun = begun or found not in (None, left)
            if begun and (found is None or (size is not None and found[1] >= size)):
                break
        process.kill()
    assert process.returncode == -signal.SIGKILL, f"it ended by itself, with {process.returncode}"
    return new.exists()


def test_kills_while_the_first_form_is_brought_over(start, tmp_path):
    """Killed at random moments of it: the old database or the new one is there, whole, and nothing else stays."""
    print(f"GUILDHALL_SEED={SEED}")
    moments = random.Random(SEED)

    def served(data):
        server = start(*flags(data))
        client = server.client("100000000001")
        state = {
            "organization": client.describe_organization()["Organization"],
            "accounts": client.list_accounts()["Accounts"],
            "handshakes": client.list_handshakes_for_organization()["Handshakes"],
            "registered": server.accounts(),
            "now": server.now(),
        }
        assert server.stop() == 0
        state["files"] = sorted(file.name for file in data.iterdir())
        check(data)
        state["form"], state["rows"] = stored_rows(data)
        return state

    never_killed, data = tmp_path / "never killed", tmp_path / "data"
    large_first_form(never_killed)
    shutil.copytree(never_killed, data)
    form, rows = stored_rows(data)
    assert form == 1001
    expected = served(never_killed)
    assert (expected["form"], expected["rows"]) == (2002, rows)
    assert expected["files"] == ["acknowledged", "guildhall.db", "guildhall.key", "lock"]
    whole, halves = (never_killed / "guildhall.db").stat().st_size, 0
    while halves < 10:
        half = kill_during_migration(data, moments.uniform(0, 0.9) * whole)
        assert stored_rows(data) == (1001 if half else 2002, rows)
        halves += half
        if not half:
            shutil.rmtree(data)
            large_first_form(data)
    assert not kill_during_migration(data)
    assert stored_rows(data) == (2002, rows)
    assert served(data) == expected


HOSTILE = {
    "a body": "UPDATE items SET body = '{' WHERE kind = 'account'",
    "accounts": "DELETE FROM owners WHERE owner LIKE 'acct/%3'",
    "clock": "UPDATE meta SET value = 'late' WHERE key = 'clock'",
    "page_key": "UPDATE meta SET value = '[1]' WHERE key = 'page_key'",
    "a timer": "UPDATE timers SET id = 'whenever'",
    "a view": "CREATE VIEW v AS SELECT 1",
    "an endless view": "DROP TABLE journal; CREATE VIEW journal AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1"
    " FROM n) SELECT n AS seq, 'key/' || n AS owner, n AS version, n AS at, '' AS actor, '' AS op, '' AS request_id,"
    " '' AS body FROM n",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON owners BEGIN DELETE FROM items; END",
    "a table": "CREATE TABLE more(a)",
}


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: change.replace(" ", "-"))
def test_hostile_backups(start, tmp_path, change):
    """Refused with 400, offline too; nothing changes, and nothing is left behind."""
    file = tmp_path / "hostile"
    shutil.copy(FIRST_FORM, file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(HOSTILE[change])
        connection.commit()
    for where in (["--ephemeral"], ["--data", tmp_path / "data"]):
        server = start(*where, "--clock", "virtual")
        kept = new_organization(server)
        refused = server.control_raw("PUT", "/_guildhall/snapshot", file.read_bytes())
        assert (refused.status, refused.json["error"]["code"]) == (400, "BadRequest"), str(refused)
        assert kept.client.describe_organization()["Organization"]["Id"] == kept.id
        kept.invite("later@example.com")
        assert [a["Id"] for a in server.accounts()] == [kept.management]
        assert server.stop() == 0
    done = guildhall("restore", file, "--data", tmp_path / "data")
    assert done.returncode == 1 and done.stderr
    check(tmp_path / "data")
    assert not list((tmp_path / "data").glob("scratch*"))
    server = start(*flags(tmp_path / "data"))
    assert server.client(kept.management).describe_organization()["Organization"]["Id"] == kept.id


# Disks.


def nobody():
    """What makes a process unprivileged when the tests run as root, for whom nothing is read-only."""
    return {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}


@pytest.fixture
def open_folder():
    """A folder that an unprivileged process can reach, with a copy of the program."""
    folder = Path(tempfile.mkdtemp(prefix="guildhall-"))
    folder.chmod(0o755)
    program = folder / "guildhall"
    shutil.copy(harness_server.BINARY, program)
    program.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("there", ["empty", "with data"])
def test_a_read_only_directory(start, open_folder, monkeypatch, there):
    data = open_folder / "data"
    data.mkdir()
    if there == "with data":
        server = start(*flags(data))
        new_organization(server)
        assert server.stop() == 0
    for path in data.rglob("*"):
        path.chmod(0o444)
    data.chmod(0o555)
    before = {path: digest(path) for path in data.rglob("*") if path.is_file()}
    monkeypatch.setattr(harness_server, "BINARY", open_folder / "guildhall")
    with pytest.raises(StartFailed) as failed:
        start(*flags(data), **nobody())
    assert failed.value.code == 1
    assert str(data) in failed.value.stderr
    assert {path: digest(path) for path in data.rglob("*") if path.is_file()} == before


def test_a_path_that_is_no_directory(start, tmp_path):
    (tmp_path / "file").write_text("something else")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StartFailed) as failed:
            start(*flags(data))
        assert failed.value.code == 1
        assert str(data) in failed.value.stderr
    assert (tmp_path / "file").read_text() == "something else"


class SmallDisk:
    """A disk of two mebibytes: a tmpfs where we may mount one, else a limit on the size of the server's files."""

    def __init__(self, folder):
        self.data = folder / "disk" / "data"
        disk = self.data.parent
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "guildhall-test", str(disk)]
        self.mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
        self.popen = {} if self.mounted else {"preexec_fn": self._limit}

    @staticmethod
    def _limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    def grow(self):
        """More room while the server runs. False if only a restart helps."""
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=256m", str(self.data.parent)], check=True)
        return self.mounted

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.data.parent)], check=True)


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path)
    yield disk
    disk.close()


def test_a_full_disk(start, small_disk):
    server = start(*flags(small_disk.data), **small_disk.popen)
    organization = new_organization(server)
    acknowledged, refusal, number = {}, None, 0
    keep = Keep(server.url, organization.management)
    while refusal is None:
        body = {"Target": {"Id": f"full{number}@example.com", "Type": "EMAIL"}, "Notes": "n" * 1024}
        answer = keep.call("InviteAccountToOrganization", body)
        if answer.status == 200:
            acknowledged[answer.json["Handshake"]["Id"]] = number
        else:
            refusal = answer
        number += 1
        assert number < 4900, "the disk does not fill up"
    assert (refusal.status, refusal.code) == (500, "ServiceException"), str(refusal)
    assert refusal.text == (
        "AWS Organizations can't complete your request because there was an internal service error. Try again later."
    )

    def stored(at):
        pages = at.client(organization.management).get_paginator("list_handshakes_for_organization").paginate()
        return {handshake["Id"] for page in pages for handshake in page["Handshakes"]}

    # What was answered is there, what was refused is not, and reading goes on.
    assert stored(server) == set(acknowledged)
    assert server.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id
    if small_disk.grow():
        body = {"Target": {"Id": "after@example.com", "Type": "EMAIL"}}
        more = wait_for(
            lambda: (answer := keep.call("InviteAccountToOrganization", body)).status == 200 and answer,
            "writing goes on",
        )
        acknowledged[more.json["Handshake"]["Id"]] = number
    keep.close()
    server.kill()
    check(small_disk.data)
    again = start(*flags(small_disk.data))
    assert stored(again) == set(acknowledged)
    assert again.client(organization.management).invite_account_to_organization(
        Target={"Id": "last@example.com", "Type": "EMAIL"}
    )["Handshake"]["State"] == "OPEN"  # fmt: skip


def test_a_limit_on_the_size_of_files(start, tmp_path):
    """A file that may not grow is an error like a full disk, and not the end of the server."""

    def limit(size):
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}

    server = start(*flags(tmp_path / "data"), **limit(1 << 20))
    organization = new_organization(server)
    keep = Keep(server.url, organization.management)
    body = {"Notes": "n" * 1024}
    for number in range(4900):
        answer = keep.call("InviteAccountToOrganization", body | {"Target": {"Id": f"{number}@x.com", "Type": "EMAIL"}})
        if answer.status != 200:
            break
    assert (answer.status, answer.code) == (500, "ServiceException"), str(answer)
    keep.close()
    assert server.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id
    guildhall("backup", tmp_path / "backup", "--data", tmp_path / "data", check=True)
    assert server.stop() == 0
    check(tmp_path / "data")
    # Nor of a command.
    done = guildhall("restore", tmp_path / "backup", "--data", tmp_path / "other", **limit(1 << 16))
    assert done.returncode == 1 and done.stderr.startswith("guildhall: "), done


# Backup and restore.


def bring_keys(data, new):
    """Puts the key file of a state where a backup of it is to be restored, as its operator does."""
    new.mkdir()
    shutil.copy(data / "guildhall.key", new)


def test_backup_of_stored_data(start, tmp_path):
    data, file = tmp_path / "data", tmp_path / "backup"
    organization, _ = filled(start, data)
    guildhall("backup", file, "--data", data, check=True)
    bring_keys(data, tmp_path / "new")
    guildhall("restore", file, "--data", tmp_path / "new", check=True)
    check(tmp_path / "new")
    server = start(*flags(tmp_path / "new"))
    assert server.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id
    assert len(server.accounts()) == 21


def test_backup_while_serving(start, tmp_path):
    """What was answered before the backup began is in it, whatever is written meanwhile."""
    data = tmp_path / "data"
    server = start(*flags(data))
    writers, progress = write(server)
    progress.wait(100)
    marked = new_organization(server)
    for number in range(3):
        guildhall("backup", tmp_path / f"backup{number}", "--endpoint", server.url, check=True)
        progress.wait(progress.total + 50)
    progress.ended.set()
    join(writers)
    for number in range(3):
        restored = tmp_path / f"restored{number}"
        bring_keys(data, restored)
        guildhall("restore", tmp_path / f"backup{number}", "--data", restored, check=True)
        check(restored)
        again = start(*flags(restored))
        assert again.client(marked.management).describe_organization()["Organization"]["Id"] == marked.id
        again.stop()
    for writer in writers:
        writer.verify(server)


def test_restore_while_serving(start, tmp_path):
    server = start(*flags(tmp_path / "data"))
    kept = new_organization(server)
    guildhall("backup", tmp_path / "backup", "--endpoint", server.url, check=True)
    later = new_organization(server)
    kept.invite("later@example.com")
    guildhall("restore", tmp_path / "backup", "--endpoint", server.url, check=True)
    assert kept.client.describe_organization()["Organization"]["Id"] == kept.id
    assert kept.client.list_handshakes_for_organization()["Handshakes"] == []
    assert later.management not in [account["Id"] for account in server.accounts()]
    # The restored state is durable, and goes on.
    handshake = kept.invite("after@example.com")["Id"]
    server.kill()
    check(tmp_path / "data")
    again = start(*flags(tmp_path / "data"))
    found = again.client(kept.management).list_handshakes_for_organization()["Handshakes"]
    assert [seen["Id"] for seen in found] == [handshake]


def test_snapshots_go_out_and_in(start, tmp_path):
    server = start("--ephemeral", "--clock", "virtual")
    organization = new_organization(server)
    answer = server.wire.send("GET", "/_guildhall/snapshot")
    assert answer.status == 200
    other = start(*flags(tmp_path / "data"))
    put = other.wire.send("PUT", "/_guildhall/snapshot", {}, answer.body)
    assert 200 <= put.status < 300, str(put)
    assert other.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id
    for bad in (b"", b"nonsense", answer.body[: len(answer.body) // 2]):
        refused = other.wire.send("PUT", "/_guildhall/snapshot", {}, bad)
        assert 400 <= refused.status < 500, str(refused)
        assert refused.json["error"]["code"]
    assert listed(other.control("GET", "/_guildhall/accounts"), "Accounts")


def test_backup_overwrites_nothing(start, tmp_path):
    filled(start, tmp_path / "data")
    (tmp_path / "backup").write_text("something else")
    done = guildhall("backup", tmp_path / "backup", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert str(tmp_path / "backup") in done.stderr
    server = start(*flags(tmp_path / "data"))
    done = guildhall("backup", tmp_path / "backup", "--endpoint", server.url)
    assert done.returncode == 1
    assert str(tmp_path / "backup") in done.stderr
    assert (tmp_path / "backup").read_text() == "something else"


def test_restore_into_data_replaces_it(start, tmp_path):
    organization, _ = filled(start, tmp_path / "data")
    guildhall("backup", tmp_path / "backup", "--data", tmp_path / "data", check=True)
    server = start(*flags(tmp_path / "data"))
    later = new_account(server)
    # Not under a running server.
    done = guildhall("restore", tmp_path / "backup", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert server.account(later)["Id"] == later
    assert server.stop() == 0
    guildhall("restore", tmp_path / "backup", "--data", tmp_path / "data", check=True)
    again = start(*flags(tmp_path / "data"))
    assert later not in [account["Id"] for account in again.accounts()]
    assert again.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"SQLite format 3\x00" + b"\x00" * 5000], ids=["empty", "text", "header"]
)
def test_restore_of_nonsense(start, tmp_path, content):
    """Refused, and nothing of what was there is lost."""
    organization, _ = filled(start, tmp_path / "data")
    (tmp_path / "backup").write_bytes(content)
    done = guildhall("restore", tmp_path / "backup", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert done.stderr
    check(tmp_path / "data")
    server = start(*flags(tmp_path / "data"))
    done = guildhall("restore", tmp_path / "backup", "--endpoint", server.url)
    assert done.returncode == 1
    assert done.stderr
    assert server.client(organization.management).describe_organization()["Organization"]["Id"] == organization.id
    assert len(server.accounts()) == 21
    organization = new_organization(server)
    assert organization.member_ids() == [organization.management]


def test_check_of_nothing(tmp_path):
    done = guildhall("check", "--data", tmp_path / "nothing")
    assert done.returncode == 1
    assert "nothing" in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_server_is_a_context_of_its_own():
    """The harness ends what it started."""
    server = Server("--ephemeral")
    server.close()
    assert not server.alive()
