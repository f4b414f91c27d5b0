"""Business time over kills and to its end, files that are taken away under the running server, and what `ready` says."""

import datetime
import os
import shutil

import pytest

from harness.server import StartFailed, guildhall, wait_for
from harness.world import new_account, new_organization


def flags(data):
    return "--data", data, "--clock", "virtual"


def ready(server):
    return server.wire.send("GET", "/health/ready").status


def test_a_frozen_clock_stays_frozen_over_a_kill(start, tmp_path):
    server = start(*flags(tmp_path / "data"))
    server.freeze()
    server.advance("40d")
    stands = server.now()
    server.kill()
    again = start(*flags(tmp_path / "data"))
    assert again.control("GET", "/_guildhall/clock")["Frozen"] is True
    assert again.now() == stands


@pytest.mark.parametrize("clock", ["virtual", "wall"])
def test_time_goes_on_after_a_kill(start, tmp_path, clock):
    """Not before what was answered, whether or not anything was written; and not far ahead of it."""
    data = tmp_path / "data"
    last = None
    for _ in range(3):
        server = start("--data", data, "--clock", clock)
        if last:
            assert last <= server.now() < last + datetime.timedelta(minutes=5)
        for _ in range(5):
            new_account(server)
            last = server.now()
        server.kill()


def test_a_wall_clock_goes_on_from_a_virtual_one(start, tmp_path):
    data = tmp_path / "data"
    server = start(*flags(data))
    server.advance("40d")
    last = server.now()
    assert server.stop() == 0
    server = start("--data", data, "--clock", "wall")
    assert server.now() >= last
    first = server.now()
    wait_for(lambda: server.now() > first, "time goes on")


def test_nothing_goes_beyond_the_year_9999(server, start):
    def refused(body):
        answer = server.control_raw("POST", "/_guildhall/clock", body)
        assert answer.status == 400, str(answer)
        assert "9999" in answer.json["error"]["message"]

    before = server.now()
    refused({"set": "9999-12-31T00:00:00Z"})
    refused({"set": "+010000-01-01T00:00:00Z"})
    assert server.now() - before < datetime.timedelta(minutes=5)
    server.control("POST", "/_guildhall/clock", {"set": "9990-01-01T00:00:00Z"})
    refused({"advance": "3660d"})
    organization = new_organization(server)
    organization.invite("late@example.com")
    server.advance("50d")
    with pytest.raises(StartFailed) as failed:
        start("--ephemeral", "--clock", "virtual=9999-12-31T12:00:00Z")
    assert failed.value.code == 2
    assert "9999" in failed.value.stderr


@pytest.mark.parametrize("what", ["the file is removed", "the file is replaced", "the directory is moved away"])
def test_the_floor_goes(start, tmp_path, what):
    """Nothing that would be lost is acknowledged; reads go on from memory, and `ready` says no."""
    data = tmp_path / "data"
    server = start(*flags(data))
    organization = new_organization(server)
    organization.invite("before@example.com")
    assert ready(server) == 200
    if what == "the directory is moved away":
        os.rename(data, tmp_path / "elsewhere")
    else:
        shutil.copy(data / "guildhall.db", tmp_path / "copy")
        os.unlink(data / "guildhall.db")
        if what == "the file is replaced":
            shutil.copy(tmp_path / "copy", data / "guildhall.db")
    body = {"Target": {"Id": "after@example.com", "Type": "EMAIL"}}
    answer = server.call(organization.management, "InviteAccountToOrganization", body)
    assert (answer.status, answer.code) == (500, "ServiceException"), str(answer)
    assert ready(server) == 503
    assert organization.client.describe_organization()["Organization"]["Id"] == organization.id
    wait_for(lambda: "FILES ARE GONE" in server.stderr(), "it is told")
    if what == "the directory is moved away":
        os.rename(tmp_path / "elsewhere", data)
        wait_for(lambda: ready(server) == 200, "it is ready again")
        organization.invite("again@example.com")
        server.kill()
        guildhall("check", "--data", data, check=True)
