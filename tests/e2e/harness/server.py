"""A `guildhall serve` process, its control API, and clients for it."""

import datetime
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import quote, urlencode

import boto3
import botocore.config
import botocore.session

from . import shapes
from .wire import Wire

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("GUILDHALL_BIN") or REPOSITORY / "target" / "debug" / "guildhall")
FIRST_LINE = re.compile(r"^guildhall listening on (http://(127\.0\.0\.1|\[::1\]|localhost):\d+)$")
START_SECONDS = 30

_botocore = botocore.session.Session()
_botocore.set_config_variable("credentials_file", os.devnull)
_botocore.set_config_variable("config_file", os.devnull)


def wait_for(condition, what, seconds=60):
    """Polls until `condition` answers something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"in {seconds} s this did not come about: {what}")
        time.sleep(0.02)


def clean_environment(**more):
    """The environment without anything that steers Guildhall, AWS clients or proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GUILDHALL_", "AWS_")) and not name.lower().endswith("_proxy")
    }
    return kept | more


def guildhall(*arguments, check=False, env=None, input=None, seconds=60, **more):
    """Runs the program to its end. Returns the completed process with text output."""
    if not BINARY.exists():
        raise AssertionError(f"{BINARY} is not there: build it, or set GUILDHALL_BIN")
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=env or clean_environment(),
        input=input,
        **more,
    )
    if check:
        assert done.returncode == 0, f"guildhall {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}"
    return done


class ControlError(AssertionError):
    """The control API refused."""

    def __init__(self, call, status, body):
        super().__init__(f"{call}: HTTP {status} {body}")
        self.status, self.body = status, body
        self.code = body["error"]["code"] if isinstance(body, dict) and "error" in body else None


class StartFailed(AssertionError):
    """The server ended before it listened."""

    def __init__(self, code, stderr):
        super().__init__(f"guildhall serve ended with {code}:\n{stderr}")
        self.code, self.stderr = code, stderr


class Server:
    """One server process. `flags` follow `serve`."""

    def __init__(self, *flags, listen="127.0.0.1:0", env=None, **popen):
        if not BINARY.exists():
            raise AssertionError(f"{BINARY} is not there: build it, or set GUILDHALL_BIN")
        self.flags = [str(flag) for flag in flags]
        self.log = tempfile.TemporaryFile(mode="w+", prefix="guildhall-log-")
        self.clients = {}
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--listen", listen, *self.flags],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=env or clean_environment(),
            **popen,
        )
        self.output = []
        self._first = threading.Event()
        threading.Thread(target=self._drain, daemon=True).start()
        if not self._first.wait(START_SECONDS):
            self.kill()
            raise AssertionError(f"guildhall serve printed nothing in {START_SECONDS} s:\n{self.stderr()}")
        if not self.output:
            raise StartFailed(self.process.wait(START_SECONDS), self.stderr())
        match = FIRST_LINE.match(self.output[0])
        if not match:
            self.kill()
            raise AssertionError(f"first line on standard output: {self.output[0]!r}")
        self.url = match.group(1)
        self.wire = Wire(self.url)

    def _drain(self):
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            self._first.set()
        self._first.set()

    # The process.

    def stderr(self):
        self.log.flush()
        with open(self.log.fileno(), closefd=False) as log:
            log.seek(0)
            return log.read()

    def alive(self):
        return self.process.poll() is None

    def stop(self, seconds=30):
        """SIGTERM; returns the exit code."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        """SIGKILL."""
        if self.alive():
            self.process.kill()
        self.process.wait()

    def close(self, may_have_ended=False):
        """Ends the process. Fails if it panicked, or died although no test ended it."""
        ended = self.process.poll()
        self.kill()
        log = self.stderr()
        self.log.close()
        assert ended is None or may_have_ended, f"the server had ended with {ended}:\n{log}"
        assert "panicked at" not in log, log

    # AWS clients.

    def session(self, account, secret="test", token=None):
        session = boto3.Session(
            aws_access_key_id=account,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name="us-east-1",
            botocore_session=botocore_session(),
        )
        return session

    def client(self, account, service="organizations", secret="test", checked=True, token=None):
        """A boto3 client as the root of an account, or with a key; every Organizations response is checked against the
        model."""
        key = (account, service, secret, checked, token)
        if key not in self.clients:
            client = self.session(account, secret, token).client(
                service,
                endpoint_url=self.url,
                config=botocore.config.Config(
                    retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False, read_timeout=120
                ),
            )
            if checked and service == "organizations":
                shapes.watch(client)
            self.clients[key] = client
        return self.clients[key]

    def call(self, account, operation, body=None, **more):
        """One raw signed call."""
        return self.wire.call(account, operation, body, **more)

    # The control API.

    def control_raw(self, method, path, body=None, headers=None):
        sent = dict(headers or {})
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return self.wire.send(method, path, sent, data)

    def control(self, method, path, body=None):
        """One control call that must succeed; returns the parsed answer."""
        answer = self.control_raw(method, path, body)
        parsed = answer.json if answer.body else None
        if not 200 <= answer.status < 300:
            raise ControlError(f"{method} {path}", answer.status, parsed)
        return parsed

    def register(self, email, name="Somebody", account=None, **facts):
        """Registers a standalone account; returns what the control API answers."""
        body = {"Email": email, "Name": name, **facts}
        if account:
            body["Id"] = account
        return self.control("POST", "/_guildhall/accounts", body)

    def accounts(self):
        return listed(self.control("GET", "/_guildhall/accounts"), "Accounts")

    def account(self, account):
        return self.control("GET", f"/_guildhall/accounts/{account}")

    def facts(self, account, **facts):
        return self.control("PATCH", f"/_guildhall/accounts/{account}", facts)

    def limits(self, organization, **limits):
        return self.control("POST", "/_guildhall/limits", {"OrganizationId": organization, **limits})

    def now(self):
        """Business time."""
        return parse_time(self.control("GET", "/_guildhall/clock")["Now"])

    def advance(self, by):
        return self.control("POST", "/_guildhall/clock", {"advance": by})

    def set_clock(self, at):
        return self.control("POST", "/_guildhall/clock", {"set": print_time(at)})

    def freeze(self, frozen=True):
        return self.control("POST", "/_guildhall/clock", {"freeze": frozen})

    def mail(self, to=None, **filters):
        """The mailbox, oldest first."""
        filters = {name: value for name, value in {"to": to, **filters}.items() if value is not None}
        query = f"?{urlencode(filters, quote_via=quote)}" if filters else ""
        return listed(self.control("GET", f"/_guildhall/mail{query}"), "Mail")

    def settled_mail(self, to=None):
        """The mailbox, once none of it waits for its delivery."""

        def settled():
            mails = self.mail(to)
            return None if any(mail["State"] == "PENDING" for mail in mails) else [mails]

        return wait_for(settled, "every mail is delivered or given up")[0]


def listed(answer, name):
    """The list out of the control API's envelope."""
    found = answer.get(name) if isinstance(answer, dict) else None
    assert isinstance(found, list), f"no list {name} in {str(answer)[:300]}"
    return found


def botocore_session():
    """A botocore session that shares the loaded service models and reads no configuration of this machine."""
    session = botocore.session.Session()
    session.set_config_variable("credentials_file", os.devnull)
    session.set_config_variable("config_file", os.devnull)
    session.register_component("data_loader", _botocore.get_component("data_loader"))
    return session


def parse_time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def print_time(at):
    return at.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fresh_account():
    """A random account id, so that tests on a shared server do not meet."""
    return f"{uuid.uuid4().int % 900_000_000_000 + 100_000_000_000}"
