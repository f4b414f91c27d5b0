"""Strangers without a key can neither fill the server's memory nor shut others out."""

import concurrent.futures
import contextlib
import itertools
import json
import re
import resource
import socket
import time

import pytest

from harness.server import wait_for
from harness.wire import Signer
from harness.world import new_account, new_organization

HALF_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def resident(server):
    """What the process has in memory, in MiB."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) / 1024


def metrics(server):
    """The numbers of `/metrics` by name and labels."""
    answer = server.wire.send("GET", "/metrics", {"Host": "localhost"})
    assert answer.status == 200, str(answer)
    lines = [line.rsplit(" ", 1) for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def configured(tmp_path, text):
    file = tmp_path / "guildhall.toml"
    file.write_text(text)
    return ("--ephemeral", "--clock", "virtual", "--config", file)


@contextlib.contextmanager
def held(server, count, data=b""):
    """So many connections that each have sent this and do nothing more."""
    connections = []
    try:
        for _ in range(count):
            connection = server.wire.socket()
            connection.sendall(data)
            connections.append(connection)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def ends(connection, seconds=30):
    """Reads until the server ends the connection; returns what came."""
    connection.settimeout(seconds)
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return data


def fine(server):
    assert server.call(new_account(server), "ListHandshakesForAccount").status == 200


# Pipelining.


@pytest.mark.parametrize(("path", "count"), [("/metrics", 900), ("/_guildhall/accounts", 400)])
def test_answers_that_nobody_reads_are_not_made(server, path, count):
    """Hundreds of requests on one connection, and not one answer is read."""
    for _ in range(200):
        new_account(server)
    with server.wire.socket() as warm:
        warm.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        one = len(ends(warm))
    before = resident(server)
    with server.wire.socket() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * count)
        # The socket's buffers take a few MiB by themselves; the server may not hold many times that.
        previous = -1
        while (now := resident(server)) != previous:
            previous = now
            time.sleep(0.3)
        assert now - before < 8, f"{now - before} MiB more for {count} answers of {one} bytes"
        fine(server)
        # Whoever reads gets them all, in order.
        connection.shutdown(socket.SHUT_WR)
        assert ends(connection).count(b"HTTP/1.1 200 OK") == count


def test_answers_without_a_body_count_too(server):
    before = resident(server)
    with server.wire.socket() as connection:
        connection.settimeout(2)
        heads = b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
        with contextlib.suppress(TimeoutError):
            for _ in range(400):
                connection.sendall(heads)
        assert resident(server) - before < 16
        fine(server)


# Deadlines.


def test_whoever_is_too_slow_is_ended(start, tmp_path):
    """Half heads, half bodies on every path, and answers that nobody reads."""
    server = start(*configured(tmp_path, "[connections]\nidle = '1s'\npatience = '1s'\n"))
    halves = [b"", b"GET /metrics HTT", HALF_BODY]
    for method, path in [
        ("POST", "/_guildhall/accounts"),
        ("POST", "/clock"),
        ("PUT", "/_guildhall/snapshot"),
        ("POST", "/getPrimaryEmail"),
    ]:
        halves.append(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 100000\r\n\r\n{".encode()
        )
    for half in halves:
        with held(server, 1, half) as [connection]:
            answer = ends(connection)
            assert not answer or answer.startswith(b"HTTP/1.1 408 "), (half, answer[:200])
    with held(server, 1, METRICS * 20_000):
        wait_for(lambda: metrics(server)['guildhall_connections_ended_total{reason="slow"}'] >= 1, "it is ended")
    assert metrics(server)['guildhall_connections_ended_total{reason="idle"}'] >= 2
    fine(server)


def test_a_body_may_take_its_time_as_long_as_it_goes_on(start, tmp_path):
    """Each 64 KiB earn a second."""
    server = start(*configured(tmp_path, "[connections]\npatience = '500ms'\n"))
    body = b'{"Email":"' + b"a" * (1 << 20)
    with server.wire.socket() as connection:
        head = "POST /_guildhall/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body) - 100}\r\n\r\n".encode())
        for at in range(0, len(body) - 100, 1 << 18):
            connection.sendall(body[:-100][at : at + (1 << 18)])
            time.sleep(0.3)
        connection.shutdown(socket.SHUT_WR)
        assert ends(connection).startswith(b"HTTP/1.1 400 ")


# Places.


@pytest.mark.parametrize("data", [b"", b"GET / HTT", METRICS, HALF_BODY], ids=["nothing", "half", "idle", "body"])
def test_nobody_shuts_others_out(start, tmp_path, data):
    server = start(*configured(tmp_path, "[connections]\nmost = 32\n"))
    with held(server, 32, data):
        if data == HALF_BODY:
            # For a second a body under way keeps its place; health is answered all the same.
            assert server.wire.send("GET", "/health/live", {"Host": "localhost"}).body == b"live\n"
            time.sleep(1.2)
        with held(server, 40, data):
            if data == HALF_BODY:
                time.sleep(1.2)
            for _ in range(5):
                fine(server)
            organization = new_organization(server)
            organization.invite(new_account(server))
        seen = metrics(server)
        assert seen["guildhall_connection_places"] == 32
        assert seen["guildhall_connections"] <= 32
        assert seen['guildhall_connections_ended_total{reason="crowded"}'] > 0
    assert "no place was left" in server.stderr()
    assert server.stderr().count("no place was left") < 10


def test_the_longest_idle_one_is_ended(start, tmp_path):
    server = start(*configured(tmp_path, "[connections]\nmost = 3\n"))
    with held(server, 3, METRICS) as [oldest, used, newest]:
        for connection in (oldest, used, newest):
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
        # One after the other: the first answers may have been made in any order.
        for connection in (oldest, newest, used):
            connection.sendall(METRICS)
            assert connection.recv(65536)
            time.sleep(0.1)
        with held(server, 1, METRICS) as [added]:
            assert added.recv(65536).startswith(b"HTTP/1.1 200 OK")
            ends(oldest)
            for connection in (used, newest):
                connection.sendall(METRICS)
                assert connection.recv(65536)


def limited(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_descriptors_are_raised_and_places_follow_them(start):
    server = start("--ephemeral", preexec_fn=limited(96, 160))
    assert metrics(server)["guildhall_connection_places"] == 160 - 64
    with held(server, 200):
        fine(server)
    server = start("--ephemeral", preexec_fn=limited(256, 8192))
    assert metrics(server)["guildhall_connection_places"] == 4096


def test_a_durable_server_works_while_all_places_are_held(start, tmp_path):
    server = start("--data", tmp_path / "data", preexec_fn=limited(96, 160))
    with held(server, 300):
        organization = new_organization(server)
        assert organization.add_members(3)
        assert server.wire.send("GET", "/health/ready", {"Host": "localhost"}).status == 200


# Whoever sends too much can read that it was too much.


@pytest.mark.parametrize("path", ["/", "/_guildhall/accounts", "/clock"])
def test_whoever_sends_too_much_can_read_the_answer(server, path):
    body = b"x" * (8 << 20)
    for _ in range(5):
        with server.wire.socket() as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
            connection.sendall(body)
            time.sleep(0.05)
            assert ends(connection).startswith(b"HTTP/1.1 413 ")


def test_a_head_that_is_too_long_is_told(server):
    for _ in range(5):
        with server.wire.socket() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nlong: " + b"y" * (1 << 20) + b"\r\n\r\n")
            assert ends(connection).startswith(b"HTTP/1.1 431 ")


# Long bodies.

# How long a body may be, and what all long ones together may hold.
LONGEST, ROOM = 1 << 20, 32 << 20


@contextlib.contextmanager
def flood(server, count, *paths):
    """So many strangers, each with a body of 1 MiB whose last byte never comes. Yields what they are answered."""
    connections = [server.wire.socket() for _ in range(count)]
    answers, body = {path: [] for path in paths}, b"x" * (LONGEST - 1)

    def stranger(connection, path):
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with contextlib.suppress(ConnectionError):
            connection.sendall(f"{head}Content-Length: {LONGEST}\r\n\r\n".encode())
            connection.sendall(body)
        if answer := ends(connection, 60):
            answers[path].append(answer)

    with concurrent.futures.ThreadPoolExecutor(count) as strangers:
        sent = [strangers.submit(stranger, *each) for each in zip(connections, itertools.cycle(paths))]
        try:
            yield answers
        finally:
            # Wakes whoever still sends or reads; to close a socket would not.
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
    for connection, done in zip(connections, sent, strict=True):
        connection.close()
        done.result()


def explained(count):
    """What so many connections with long bodies may take, in MiB. Buffers double, so the allocator has had as much
    again of smaller ones. A body has 8 KiB free and up to three pieces of 8 KiB in the hands of HTTP, beside what a
    connection takes by itself."""
    return 2 * ROOM / 2**20 + count * (8 + 3 * 8 + 16) / 2**10


def test_long_bodies_that_never_end_share_one_room(server):
    """120 MiB at once: what there is no room for is refused, and whoever sends less is served meanwhile."""
    organization, count, most = new_organization(server), 120, 0
    before = resident(server)

    def others_are_served():
        nonlocal most
        most = max(most, resident(server))
        assert metrics(server)["guildhall_body_bytes"] <= ROOM
        assert organization.client.describe_organization()["Organization"]["Id"] == organization.id
        assert server.wire.send("GET", "/health/live", {"Host": "localhost"}).body == b"live\n"
        return True

    with flood(server, count, "/", "/_guildhall/accounts") as answers:
        wait_for(lambda: others_are_served() and metrics(server)["guildhall_body_bytes"] == ROOM, "the room is full")
        wait_for(lambda: others_are_served() and all(answers.values()), "some are refused on every path")
        refused = {path: list(answers[path]) for path in answers}
    assert most - before < explained(count), f"{most - before} MiB more"
    message = "too many long bodies are under way; try again"
    bodies = {
        "/": {"__type": "ServiceUnavailable", "message": message},
        "/_guildhall/accounts": {"error": {"code": "Unavailable", "message": message}},
    }
    for path, body in bodies.items():
        for answer in refused[path]:
            head, told = answer.split(b"\r\n\r\n", 1)
            assert (head.split(b" ")[1], json.loads(told)) == (b"503", body), answer
    # The room is free again, when the last of those who wait has been served or refused, though nobody listens any
    # more: a body of that length is read whole.
    wait_for(lambda: metrics(server)["guildhall_body_bytes"] == 0, "the room is free")
    long = b"{}".ljust(LONGEST)
    assert server.call(organization.management, "ListRoots", raw=long).status == 200
    forged = server.call(organization.management, "ListRoots", raw=long, signer=Signer(organization.management, "no"))
    assert forged.code == "InvalidSignatureException", str(forged)


def test_thousands_of_long_bodies_take_what_is_counted(server):
    """Each sends 100,000 bytes at once: there is room for few, and all others wait, are refused, and linger."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count, most, before = min(2000, hard - 256), 0, resident(server)

    def room_is(full):
        nonlocal most
        most = max(most, resident(server))
        return (metrics(server)["guildhall_body_bytes"] > ROOM - 16384) == full

    half = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LONGEST}\r\n\r\n".encode() + b"x" * 100_000
    with held(server, count, half):
        wait_for(lambda: room_is(True), "the room is full")
        wait_for(lambda: room_is(False), "bodies are refused")
        end = time.monotonic() + 1
        wait_for(lambda: room_is(False) and time.monotonic() > end, "they linger")
        fine(server)
    assert most - before < explained(count), f"{most - before} MiB more"


# Snapshots.


def test_snapshots_that_come_in_take_no_memory(start, tmp_path):
    """Four at once, 48 MiB each, and no scratch file is left."""
    server = start("--data", tmp_path / "data")
    before, most = resident(server), 0
    size, part = 48 << 20, b"x" * (1 << 20)
    head = f"PUT /_guildhall/snapshot HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
    with held(server, 4, head) as connections:
        for _ in range(48):
            for connection in connections:
                connection.sendall(part)
            most = max(most, resident(server))
        for connection in connections:
            connection.shutdown(socket.SHUT_WR)
            assert ends(connection).startswith(b"HTTP/1.1 400 ")
    assert most - before < 24, f"{most - before} MiB more"
    left = [file.name for file in (tmp_path / "data").iterdir() if file.name.startswith("scratch")]
    assert left == []
    fine(server)
