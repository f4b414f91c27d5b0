"""Fixtures: a fresh server for each test (`server`), one for a whole file (`shared_server`), or any number (`start`)."""

import os

import pytest

from harness.server import BINARY, Server
from harness.world import new_account, new_organization

# Neither the clients of this process nor those that it starts may be steered by the machine.
for name in list(os.environ):
    if name.startswith("AWS_") or name.lower().endswith("_proxy"):
        del os.environ[name]

EVERYDAY = ("--ephemeral", "--clock", "virtual")


def pytest_report_header():
    return f"guildhall: {BINARY}{'' if BINARY.exists() else ' (NOT THERE: build it, or set GUILDHALL_BIN)'}"


@pytest.fixture
def start():
    """Starts servers with any flags; a test may end them. None may have panicked."""
    servers = []

    def starter(*flags, **more):
        server = Server(*flags, **more)
        servers.append(server)
        return server

    yield starter
    for server in servers:
        server.close(may_have_ended=True)


@pytest.fixture
def server():
    """A fresh in-memory server with a clock that the test moves."""
    server = Server(*EVERYDAY)
    yield server
    server.close()


@pytest.fixture(scope="module")
def shared_server():
    """One in-memory server for a file whose tests use accounts of their own and leave the clock alone."""
    server = Server(*EVERYDAY)
    yield server
    server.close()


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    from harness.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(params=[False, True], ids=["no JavaScript", "JavaScript"])
def page(request, browser, server, tmp_path):
    """A page of the browser for the fresh server, without and with JavaScript. It fails if anything else is asked."""
    from harness.browser import watched_page

    with watched_page(browser, server, request.param, tmp_path / "last.png") as page:
        yield page


@pytest.fixture
def organization(server):
    """An organization on the fresh server."""
    return new_organization(server)


@pytest.fixture
def account(server):
    """A standalone account on the fresh server."""
    return new_account(server)
