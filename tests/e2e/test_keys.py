"""The keys that secrets are sealed with: the key file, rotation, what a thief gets, backups and snapshots."""

import base64
import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from harness import server as harness_server
from harness.server import StartFailed, clean_environment, guildhall
from harness.world import new_account
from test_durability import FIRST_FORM, flags, large_first_form

# Of the database of the first form: access key, secret.
FIRST_KEYS = {
    "AKIADBVE4XOSEZLZIQT5": "RrLP6ZPI1iRMWvCGTKF22Xqgm0sYj5gl4myICaod",
    "AKIAEE7GVPITELK6TDBC": "bhLylen5raOj139CwCTUlZsKWUa2d4cE6kN56k8+",
    "AKIAMBKWCS5ZNJZDHS6F": "5XzmodDFoXBymMmcGRdo06CprNj5WiYVUptn4sSD",
    "AKIAQEGAMLJEBFRHKMDP": "crgbzk9gvGNzuE5Jn3MaPmKNjn3BQx1EWO6qeDD0",
}


class Keys:
    """Access keys that were issued, and the accounts that they sign for."""

    def __init__(self):
        self.issued = []

    def issue(self, server):
        account = new_account(server)
        made = server.control("POST", f"/_guildhall/accounts/{account}/keys")
        self.issued.append((account, made["AccessKeyId"], made["SecretAccessKey"]))
        return self

    def work(self, server):
        assert self.issued
        for account, key, secret in self.issued:
            assert server.client(key, "sts", secret=secret).get_caller_identity()["Account"] == account

    def secrets(self):
        return [secret for _, _, secret in self.issued]


def assert_in_no_file(texts, *places):
    """None of these texts stands in a file below these places."""
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()]
    assert texts and any(file.stat().st_size > 10_000 for file in files)
    for file in files:
        content = file.read_bytes()
        for text in texts:
            assert text.encode() not in content, f"{file} has {text}"


def ids(file):
    """The ids of the keys in a key file, the newest one last."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[0-9a-f]{8} [A-Za-z0-9+/]{43}=", line), line
    return [line.split()[0] for line in lines]


def key(*arguments, data, check=True):
    return guildhall("key", *arguments, "--data", data, check=check)


def check(data):
    done = guildhall("check", "--data", data)
    assert done.returncode == 0, done


def refuses_to_start(start, *arguments):
    with pytest.raises(StartFailed) as failed:
        start(*arguments)
    assert failed.value.code == 1
    return failed.value.stderr


# The file.


def test_the_key_file_is_made_at_the_first_start(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    file = data / "guildhall.key"
    assert file.stat().st_mode & 0o777 == 0o600
    [first] = ids(file)
    keys, before = Keys().issue(server), file.read_bytes()
    keys.work(server)
    assert server.stop() == 0
    again = start(*flags(data))
    keys.work(again)
    assert file.read_bytes() == before
    assert key("list", data=data).stdout == f"{first}  secrets may be sealed with it, seals\n"
    check(data)


def test_a_stolen_database_gives_no_secret_away(start, tmp_path):
    """Neither its log, which a killed server leaves, nor another server's keys help."""
    data, stolen = tmp_path / "data", tmp_path / "stolen"
    server = start(*flags(data))
    keys = Keys().issue(server).issue(server)
    server.kill()
    assert (data / "guildhall.db-wal").stat().st_size > 0
    shutil.copytree(data, stolen)
    (stolen / "guildhall.key").unlink()
    assert_in_no_file(keys.secrets(), stolen)
    assert_in_no_file([base64.b64encode(secret.encode()).decode().rstrip("=") for secret in keys.secrets()], stolen)
    [needed] = ids(data / "guildhall.key")
    said = refuses_to_start(start, *flags(stolen))
    assert "guildhall.key: it is not there" in said and needed in said and "--key-file" in said
    assert not (stolen / "guildhall.key").exists()
    done = guildhall("check", "--data", stolen)
    assert done.returncode == 1 and f"sealed with the keys {needed}" in done.stdout, done
    # Another server's file.
    start(*flags(tmp_path / "other")).stop()
    shutil.copy(tmp_path / "other" / "guildhall.key", stolen)
    said = refuses_to_start(start, *flags(stolen))
    assert f"it lacks keys that secrets of the database are sealed with: {needed}" in said
    done = guildhall("check", "--data", stolen)
    assert done.returncode == 1
    for _, access_key, _ in keys.issued:
        assert f"key/{access_key}: its secret is sealed with the key {needed}, which is missing" in done.stdout
    # Its own opens it.
    shutil.copy(data / "guildhall.key", stolen)
    keys.work(start(*flags(stolen)))


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [
        (0o640, None, "mode 640"),
        (0o604, None, "chmod 600"),
        (0o600, b"", "it has no key"),
        (0o600, b"\xff\xfe", "UTF-8"),
        (0o600, b"00000000 c2VjcmV0", "line 1 is no key"),
        (0o600, b"00000000 " + base64.b64encode(bytes(32)), "line 1: the key is not the one whose id"),
    ],
)
def test_a_key_file_that_is_not_one(start, tmp_path, mode, content, said):
    data = tmp_path / "data"
    start(*flags(data)).stop()
    file = data / "guildhall.key"
    if content is not None:
        file.write_bytes(content)
    file.chmod(mode)
    before = file.read_bytes()
    stderr = refuses_to_start(start, *flags(data))
    assert str(file) in stderr and said in stderr
    assert file.read_bytes() == before
    done = guildhall("check", "--data", data)
    assert done.returncode == 1 and said in done.stdout, done


def test_the_key_file_elsewhere(start, tmp_path):
    """By flag, environment or configuration file; for a state in memory too."""
    data, file = tmp_path / "data", tmp_path / "keys"
    server = start(*flags(data), "--key-file", file)
    keys = Keys().issue(server)
    server.stop()
    assert ids(file) and not (data / "guildhall.key").exists()
    environment = clean_environment(GUILDHALL_KEY_FILE=str(file))
    server = start(*flags(data), env=environment)
    keys.work(server)
    server.stop()
    assert guildhall("check", "--data", data, env=environment).returncode == 0
    (tmp_path / "config").write_text(f'key_file = "{file}"\n')
    keys.work(start(*flags(data), "--config", tmp_path / "config"))
    start("--ephemeral", "--key-file", tmp_path / "memory").stop()
    assert ids(tmp_path / "memory")
    missing = tmp_path / "missing" / "keys"
    assert str(missing) in refuses_to_start(start, "--data", tmp_path / "new", "--key-file", missing)


def test_a_lost_key_file_that_nothing_needs(start, tmp_path):
    """Where no access key was ever issued, nothing is lost with it."""
    data = tmp_path / "data"
    server = start(*flags(data))
    server.client("111111111111").create_organization()
    server.stop()
    before = ids(data / "guildhall.key")
    (data / "guildhall.key").unlink()
    check(data)
    server = start(*flags(data))
    server.client("111111111111").describe_organization()
    assert ids(data / "guildhall.key") != before


# Earlier versions.


def test_secrets_of_the_first_form_are_sealed(start, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(FIRST_FORM, data / "guildhall.db")
    assert all(secret.encode() in FIRST_FORM.read_bytes() for secret in FIRST_KEYS.values())
    check(data)
    # A backup of it before anybody serves it is as good.
    guildhall("backup", tmp_path / "backup", "--data", data, check=True)
    server = start(*flags(data))
    for place in (data, tmp_path / "restored"):
        for access_key, secret in FIRST_KEYS.items():
            server.client(access_key, "sts", secret=secret).get_caller_identity()
        assert_in_no_file(list(FIRST_KEYS.values()), place)
        server.stop()
        check(place)
        assert_in_no_file(list(FIRST_KEYS.values()), place)
        if place == data:
            guildhall("restore", tmp_path / "backup", "--data", tmp_path / "restored", check=True)
            server = start(*flags(tmp_path / "restored"))
    other = start("--ephemeral", "--clock", "virtual")
    guildhall("restore", tmp_path / "backup", "--endpoint", other.url, check=True)
    for access_key, secret in FIRST_KEYS.items():
        other.client(access_key, "sts", secret=secret).get_caller_identity()


# Rotation.


def test_rotation(start, tmp_path):
    data, file = tmp_path / "data", tmp_path / "data" / "guildhall.key"
    server = start(*flags(data))
    keys = Keys().issue(server)
    keys.work(server)
    done = key("rotate", data=data, check=False)
    assert done.returncode == 1 and "in use" in done.stderr
    server.stop()
    [old] = ids(file)
    guildhall("backup", tmp_path / "before", "--data", data, check=True)
    done = key("rotate", data=data)
    first, new = ids(file)
    assert first == old and new != old and file.stat().st_mode & 0o777 == 0o600
    assert f"sealed with the key {new} now" in done.stdout and old in done.stdout
    assert key("list", data=data).stdout == f"{old}  no secret needs it\n{new}  secrets may be sealed with it, seals\n"
    for wrong, why in ((new, "key rotate"), ("00000000", "does not have it")):
        done = key("forget", wrong, data=data, check=False)
        assert done.returncode == 1 and why in done.stderr, done
    old_file = file.read_text()
    key("forget", old, data=data)
    assert ids(file) == [new]
    check(data)
    server = start(*flags(data))
    keys.work(server)
    keys.issue(server).work(server)
    server.stop()
    # What was kept from before needs the old key, and says so.
    done = guildhall("restore", tmp_path / "before", "--data", data)
    assert done.returncode == 1 and f"keys that are not here: {old}" in done.stderr, done
    keys.work(start(*flags(data)))
    shutil.copytree(data, tmp_path / "copy")
    copied = tmp_path / "copy" / "guildhall.key"
    copied.write_text(old_file)
    guildhall("restore", tmp_path / "before", "--data", tmp_path / "copy", check=True)
    check(tmp_path / "copy")
    restored = start(*flags(tmp_path / "copy"))
    assert len(restored.accounts()) == 1
    keys.issued.pop()
    keys.work(restored)


def test_a_rotation_that_goes_on(start, tmp_path):
    """A key that stands in the file and has sealed nothing is taken before another one is made."""
    data, file = tmp_path / "data", tmp_path / "data" / "guildhall.key"
    server = start(*flags(data))
    keys = Keys().issue(server)
    server.stop()
    # With a directory in the way of the new database, the rotation ends once the key is there.
    (data / "guildhall.db.new").mkdir()
    assert key("rotate", data=data, check=False).returncode == 1
    (data / "guildhall.db.new").rmdir()
    before = ids(file)
    key("rotate", data=data)
    after = ids(file)
    assert len(after) == 2 and after[: len(before)] == before
    keys.work(start(*flags(data)))


def test_eight_keys_at_most(start, tmp_path):
    data, file = tmp_path / "data", tmp_path / "data" / "guildhall.key"
    server = start(*flags(data))
    keys = Keys().issue(server)
    server.stop()
    for _ in range(7):
        key("rotate", data=data)
    eight = ids(file)
    assert len(set(eight)) == 8
    done = key("rotate", data=data, check=False)
    assert done.returncode == 1 and "more than 8 keys" in done.stderr and "key forget" in done.stderr
    assert ids(file) == eight
    check(data)
    key("forget", eight[3], data=data)
    key("rotate", data=data)
    assert ids(file)[:-1] == eight[:3] + eight[4:]
    keys.work(start(*flags(data)))


@pytest.mark.timeout(600)
def test_kills_while_keys_are_rotated(start, tmp_path):
    """Whenever it is killed, every secret opens, and the next rotation goes on."""
    seed = int(os.environ.get("GUILDHALL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
    print(f"GUILDHALL_SEED={seed}")
    moments, data = random.Random(seed), tmp_path / "data"
    large_first_form(data)
    start(*flags(data)).stop()
    file, new = data / "guildhall.key", data / "guildhall.db.new"
    begun = time.monotonic()
    key("rotate", data=data)
    whole, killed, halves = time.monotonic() - begun, 0, 0
    for _ in range(12):
        command = [harness_server.BINARY, "key", "rotate", "--data", data]
        with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
            time.sleep(moments.uniform(0, whole))
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        halves += new.exists()
        check(data)
        assert file.stat().st_mode & 0o777 == 0o600
        # One that was killed adds no further key; what is done has sealed with each of them.
        for old in ids(file)[:-2]:
            key("forget", old, data=data)
    assert killed >= 3 and halves >= 1, (killed, halves)
    key("rotate", data=data)
    for old in ids(file)[:-1]:
        key("forget", old, data=data)
    server = start(*flags(data))
    for access_key, secret in FIRST_KEYS.items():
        server.client(access_key, "sts", secret=secret).get_caller_identity()
    assert_in_no_file(list(FIRST_KEYS.values()), data)


# Backups and snapshots.


def test_a_snapshot_brings_its_secrets_to_another_server(start, tmp_path):
    """Its keys open them once: afterwards they are sealed with the other server's, which keeps none of them."""
    data, back = tmp_path / "data", tmp_path / "back"
    first, second, third = start("--ephemeral"), start(*flags(data)), start("--ephemeral")
    keys = Keys().issue(first).issue(first)
    snapshot = first.control_raw("GET", "/_guildhall/snapshot")
    assert snapshot.headers["guildhall-keys"] == "included"
    own = ids(data / "guildhall.key")
    second.control("PUT", "/_guildhall/snapshot", snapshot.body)
    keys.work(second)
    assert ids(data / "guildhall.key") == own
    [carried] = re.findall(rb"[0-9a-f]{8} [A-Za-z0-9+/]{43}=", snapshot.body)
    again = second.control_raw("GET", "/_guildhall/snapshot").body
    assert carried not in again
    third.control("PUT", "/_guildhall/snapshot", again)
    keys.work(third)
    # It is durable, and holds under its own key alone.
    second.kill()
    assert_in_no_file([*keys.secrets(), carried.decode(), carried.decode().split()[1]], data)
    check(data)
    shutil.copytree(data, back)
    keys.work(start(*flags(back)))
    key("rotate", data=data)


def test_a_backup_is_without_the_keys(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    keys = Keys().issue(server)
    [needed] = ids(data / "guildhall.key")
    done = guildhall("backup", tmp_path / "served", "--endpoint", server.url, check=True)
    assert "not in it" in done.stdout and "key file" in done.stdout
    assert server.control_raw("GET", "/_guildhall/snapshot?keys=false").headers["guildhall-keys"] == "left out"
    assert server.control_raw("GET", "/_guildhall/snapshot?keys=perhaps").status == 400
    server.stop()
    done = guildhall("backup", tmp_path / "stored", "--data", data, check=True)
    assert "not in it" in done.stdout and str(data / "guildhall.key") in done.stdout
    secret_key = (data / "guildhall.key").read_text().split()[-1]
    for file in (tmp_path / "served", tmp_path / "stored"):
        assert_in_no_file([*keys.secrets(), secret_key], file)
        other = start("--ephemeral")
        kept = Keys().issue(other)
        done = guildhall("restore", file, "--endpoint", other.url)
        assert done.returncode == 1 and f"keys that are not here: {needed}" in done.stderr, done
        kept.work(other)
        new = tmp_path / f"new-{file.name}"
        new.mkdir()
        shutil.copy(data / "guildhall.key", new)
        guildhall("restore", file, "--data", new, check=True)
        keys.work(start(*flags(new)))


def test_a_backup_of_a_server_without_a_key_file_has_the_keys(start, tmp_path):
    server = start("--ephemeral")
    keys = Keys().issue(server)
    done = guildhall("backup", tmp_path / "backup", "--endpoint", server.url, check=True)
    assert "are in it" in done.stdout
    server.kill()
    data = tmp_path / "data"
    guildhall("restore", tmp_path / "backup", "--data", data, check=True)
    check(data)
    keys.work(start(*flags(data)))


def test_access_keys_are_created_under_both_names(start):
    server = start("--ephemeral")
    account = new_account(server)
    for group in (["account", "key"], ["key"]):
        done = guildhall(*group, "create", "--account", account, "--endpoint", server.url, check=True)
        found = dict(re.findall(r"^(.*?)  +(\S+)$", done.stdout, re.MULTILINE))
        client = server.client(found["access key id"], "sts", secret=found["secret access key"])
        assert client.get_caller_identity()["Account"] == account
