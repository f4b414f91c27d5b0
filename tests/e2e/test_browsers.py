"""What a page of another site can make a browser send gets nothing, on any path; what SDKs send goes through."""

import pytest

from harness.wire import JSON11, PREFIX, Signer
from harness.world import new_account

NAMES = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"]
PATHS = [
    ("POST", "/"),
    ("POST", "/getAccountInformation"),
    ("GET", "/metrics"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/_guildhall/accounts"),
    ("POST", "/_guildhall/reset"),
    ("GET", "/"),
    ("POST", "/clock"),
]


def send(server, method, path, headers):
    """Signed as it has to be there: a lab's secret is known."""
    account, body, headers = new_account(server), b"{}" if method == "POST" else b"", dict(headers)
    headers.setdefault("Host", server.url.removeprefix("http://"))
    if path == "/" and method == "POST":
        headers |= {"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.ListHandshakesForAccount"}
        headers = Signer(account).header(method, f"{server.url}{path}", headers, body)
    elif path == "/getAccountInformation":
        headers = Signer(account, service="account").header(method, f"{server.url}{path}", headers, body)
    elif path == "/_guildhall/reset":
        body = b""
    return server.wire.send(method, path, headers, body)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_pages_of_other_sites_get_nothing(shared_server, method, path):
    port = shared_server.url.rsplit(":", 1)[1]
    foreign = [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"https://127.0.0.1:{port}"},
        {"Origin": f"http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": shared_server.url, "Sec-Fetch-Site": "cross-site"},
    ]
    # A rebound name: to the browser it is the same origin.
    foreign += [{"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"} for name in NAMES]
    foreign += [{"Host": f"{name}:{port}", "Sec-Fetch-Site": "same-origin"} for name in NAMES]
    if (method, path) not in PATHS[:2]:
        foreign += [{"Host": f"{name}:{port}"} for name in NAMES]
    for headers in foreign:
        answer = send(shared_server, method, path, headers)
        assert (answer.status, answer.json["error"]["code"]) == (403, "Forbidden"), f"{headers}: {answer}"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("method", "path"), PATHS[:6])
def test_our_own_pages_and_sdks_do(shared_server, method, path):
    for headers in [{}, {"Origin": shared_server.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]:
        answer = send(shared_server, method, path, headers)
        assert answer.status == 200, f"{headers}: {answer}"
    if (method, path) in PATHS[:2]:
        assert send(shared_server, method, path, {"Host": "organizations.us-east-1.amazonaws.com"}).status == 200


def test_links_are_followed_but_not_to_the_apis(shared_server):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert send(shared_server, "GET", "/", link).status == 200
    assert send(shared_server, "POST", "/clock", link).status == 403
    assert send(shared_server, "POST", "/", link).status == 403


def test_a_presigned_get_runs_no_operation_of_organizations(shared_server):
    """Of a GET on a rebound name a browser says nothing, and a page may add any header."""
    account = new_account(shared_server)
    headers = {"X-Amz-Target": f"{PREFIX}.CreateOrganization"}
    url = Signer(account).query("GET", f"{shared_server.url}/", headers, b"")
    answer = shared_server.wire.send("GET", url[len(shared_server.url) :], headers)
    assert (answer.status, answer.code) == (400, "UnknownOperationException"), str(answer)
    assert shared_server.account(account)["OrganizationId"] is None


def raw(server, text):
    with server.wire.socket() as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    return data


def test_an_absolute_uri_outweighs_the_host(shared_server):
    end = "Connection: close\n\n"
    assert raw(shared_server, f"GET http://evil.example/metrics HTTP/1.1\nHost: 127.0.0.1\n{end}")[9:12] == b"403"
    assert raw(shared_server, f"GET http://127.0.0.1/metrics HTTP/1.1\nHost: evil.example\n{end}")[9:12] == b"200"
    assert raw(shared_server, f"GET /metrics HTTP/1.1\nHost: 127.0.0.1\nHost: evil.example\n{end}")[9:12] == b"400"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_the_control_api_takes_json_only(shared_server, kind):
    headers = {"Content-Type": kind} if kind else {}
    for method, path in [
        ("POST", "/_guildhall/accounts"),
        ("PATCH", "/_guildhall/accounts/111111111111"),
        ("POST", "/_guildhall/clock"),
        ("POST", "/_guildhall/limits"),
    ]:
        answer = shared_server.wire.send(method, path, headers, b'{"freeze":false}')
        assert (answer.status, answer.json["error"]["code"]) == (415, "UnsupportedMediaType"), str(answer)
    answer = shared_server.wire.send(
        "POST", "/_guildhall/clock", {"Content-Type": "application/json; charset=utf-8"}, b'{"freeze":false}'
    )
    assert answer.status == 200, str(answer)


@pytest.mark.parametrize(("method", "path"), PATHS + [("GET", "/nothing"), ("PUT", "/_guildhall/accounts")])
def test_every_answer_tells_browsers_to_keep_it_to_themselves(shared_server, method, path):
    for headers in [{}, {"Origin": "http://evil.example"}]:
        answer = send(shared_server, method, path, headers)
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"], f"{path}: {answer.headers}"
        assert answer.headers.get_all("Cache-Control") == ["no-store"], f"{path}: {answer.headers}"
        assert answer.headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"], f"{path}: {answer.headers}"
