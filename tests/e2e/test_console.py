"""The two pages, in headless Chromium: with and without JavaScript, without a request to anywhere else."""

import datetime
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from harness.server import wait_for
from harness.world import new_account, new_organization, refused

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-proxy-server",
]  # fmt: skip
NASTY_NAME = "<script>alert('name')</script>"
NASTY_NOTES = '<b>bold</b> & "quoted" <i title=x>\nsecond line'


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.fail(
            "Chromium is not there. Install Debian's package chromium (tests/e2e/run does, as root or with sudo)."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[False, True], ids=["no JavaScript", "JavaScript"])
def page(request, browser, server, tmp_path):
    """A page whose every request goes to the server, and on which no dialog opens and no script fails."""
    context = browser.new_context(java_script_enabled=request.param)
    context.set_default_timeout(10_000)
    page = context.new_page()
    asked, troubles = [], []
    page.on("request", lambda sent: asked.append(sent.url))
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    # The browser reports what the Content-Security-Policy stopped, and missing files.
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.troubles = troubles
    yield page
    page.screenshot(path=tmp_path / "last.png", full_page=True)
    context.close()
    assert [url for url in asked if not url.startswith((f"{server.url}/", "data:"))] == []
    assert troubles == []


@pytest.fixture
def inviter(server):
    return new_organization(server, new_account(server, email="owner@example.com", name=NASTY_NAME))


def state(organization, handshake):
    return organization.client.describe_handshake(HandshakeId=handshake)["Handshake"]["State"]


def utc_date(at):
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d")


def text_of(page):
    return page.locator("body").inner_text()


def test_the_invitation(server, inviter, account, page):
    handshake = inviter.invite(account, Notes=NASTY_NOTES)
    answer = page.goto(f"{server.url}/accept/{handshake['Id']}")
    assert answer.status == 200
    text = text_of(page)
    for known in (inviter.id, NASTY_NAME, "owner@example.com", utc_date(handshake["ExpirationTimestamp"])):
        assert known in text, known
    for line in NASTY_NOTES.splitlines():
        assert line in text
    # Shown as text, not taken as markup.
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("script", has_text="alert").count() == 0
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Decline", exact=True)).to_be_visible()
    # Looking changes nothing, however often.
    page.reload()
    assert state(inviter, handshake["Id"]) == "OPEN"
    assert page.title()
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize(("button", "ending"), [("Accept", "ACCEPTED"), ("Decline", "DECLINED")])
def test_answering(server, inviter, account, page, button, ending):
    handshake = inviter.invite(account)["Id"]
    page.goto(f"{server.url}/accept/{handshake}")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("body")).to_contain_text(re.compile(ending, re.IGNORECASE))
    assert state(inviter, handshake) == ending
    assert (account in inviter.member_ids()) == (ending == "ACCEPTED")
    # Nothing is left to answer, and a reload (GET) repeats nothing.
    for _ in range(2):
        assert page.get_by_role("button", name="Accept", exact=True).count() == 0
        assert page.get_by_role("button", name="Decline", exact=True).count() == 0
        page.goto(f"{server.url}/accept/{handshake}")
    assert state(inviter, handshake) == ending


def test_a_refusal_is_shown(server, inviter, account, page):
    """What the API refuses, the page refuses with the same words."""
    handshake = inviter.invite(account)["Id"]
    page.goto(f"{server.url}/accept/{handshake}")
    server.facts(inviter.management, EmailVerified=False)
    refusal = server.call(account, "AcceptHandshake", {"HandshakeId": handshake})
    assert refusal.reason == "MANAGEMENT_ACCOUNT_EMAIL_NOT_VERIFIED"
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator("body")).to_contain_text(refusal.text)
    assert state(inviter, handshake) == "OPEN"
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


@pytest.mark.parametrize("ending", ["CANCELED", "EXPIRED"])
def test_too_late(server, inviter, account, page, ending):
    handshake = inviter.invite(account)["Id"]
    page.goto(f"{server.url}/accept/{handshake}")
    if ending == "CANCELED":
        inviter.client.cancel_handshake(HandshakeId=handshake)
    else:
        server.advance("15d")
    # The page was open when it ended.
    page.get_by_role("button", name="Accept", exact=True).click()
    wait_for(lambda: re.search(ending, text_of(page), re.IGNORECASE), "the page tells the end")
    assert state(inviter, handshake) == ending
    assert inviter.member_ids() == [inviter.management]
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]
    page.goto(f"{server.url}/accept/{handshake}")
    assert page.get_by_role("button", name="Accept", exact=True).count() == 0


def test_an_address_without_an_account(server, inviter, page):
    handshake = inviter.invite("late@example.com")["Id"]
    assert page.goto(f"{server.url}/accept/{handshake}").status == 200
    assert "late@example.com" in text_of(page)
    assert inviter.id in text_of(page)
    assert state(inviter, handshake) == "OPEN"


@pytest.mark.parametrize("identifier", ["h-" + "0" * 32, "nonsense", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"])
def test_unknown_invitations(server, page, identifier):
    answer = page.goto(f"{server.url}/accept/{identifier}")
    assert answer.status == 404
    assert page.locator("script", has_text="alert").count() == 0
    page.troubles[:] = [text for text in page.troubles if "404" not in text]


def test_the_mail_leads_here(server, inviter, account, page):
    inviter.invite(account)
    [mail] = server.mail()
    [link] = set(re.findall(rf"{re.escape(server.url)}/accept/h-[0-9a-f]+", mail["Text"]))
    page.goto(link)
    page.get_by_role("button", name="Accept", exact=True).click()
    wait_for(lambda: account in inviter.member_ids(), "the account has joined")


# The first page.


def test_the_overview(server, inviter, account, page):
    handshake = inviter.invite(account, Notes="Hello")["Id"]
    assert page.goto(f"{server.url}/").status == 200
    text = text_of(page)
    for known in (inviter.management, account, inviter.id, handshake, NASTY_NAME, "owner@example.com"):
        assert known in text, known
    assert f"owner-{account}@example.com" in text
    [mail] = server.mail()
    assert mail["Subject"] in text
    assert utc_date(server.now()) in text
    assert page.locator("script", has_text="alert").count() == 0
    page.locator(f"a[href*='/accept/{handshake}']").first.click()
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_visible()


def test_advance_to_the_next_expiry(server, inviter, account, page):
    first = inviter.invite(account)["Id"]
    server.advance("1d")
    second = inviter.invite("late@example.com")["Id"]
    page.goto(f"{server.url}/")
    page.get_by_role("button", name=re.compile("advance to the next expiry", re.IGNORECASE)).click()
    wait_for(lambda: state(inviter, first) == "EXPIRED", "the first invitation expires")
    assert state(inviter, second) == "OPEN"


def test_an_empty_house(server, page):
    assert page.goto(f"{server.url}/").status == 200
    assert page.title()
    # Nothing is open, so there is nothing to advance to.
    button = page.get_by_role("button", name=re.compile("advance to the next expiry", re.IGNORECASE))
    assert button.count() == 0 or button.is_disabled()


def test_pictures(server, inviter, account, page, tmp_path):
    """Screenshots for the eye, small and large; no page scrolls sideways."""
    handshake = inviter.invite(account, Notes="Welcome")["Id"]
    for name, path in (("home", "/"), ("accept", f"/accept/{handshake}")):
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(server.url + path)
            box = page.locator("body").bounding_box()
            assert box["width"] <= width
            picture = tmp_path / f"{name}-{width}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 2000


# Without a browser: headers, methods, and forms of other sites.


class Forms(HTMLParser):
    """Every form of a page, with its fields and the texts of its buttons."""

    def __init__(self):
        super().__init__()
        self.found, self.outside = [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found.append(
                {
                    "method": attributes.get("method", "get").lower(),
                    "action": attributes.get("action", ""),
                    "fields": {},
                }
            )
        if tag in ("input", "button") and self.found and attributes.get("name"):
            self.found[-1]["fields"][attributes["name"]] = attributes.get("value", "")
        for name in ("src", "href", "action"):
            if re.match(r"(?i)(https?:)?//|javascript:", attributes.get(name) or ""):
                self.outside.append(attributes[name])
        assert not any(name.startswith("on") for name in attributes), attributes
        assert "style" not in attributes, attributes


def forms(answer):
    parser = Forms()
    parser.feed(answer.body.decode())
    assert parser.outside == []
    return parser.found


def test_headers(server, inviter, account):
    handshake = inviter.invite(account)["Id"]
    for path in ("/", f"/accept/{handshake}", "/accept/h-" + "0" * 32):
        answer = server.wire.send("GET", path, {"Accept": "text/html"})
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = {
            words[0]: words[1:]
            for part in answer.headers["Content-Security-Policy"].split(";")
            if (words := part.split())
        }
        assert policy["default-src"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'none'"]
        assert policy["base-uri"] == ["'none'"]
        assert policy["form-action"] in (["'self'"], ["'none'"])
        everything = " ".join(word for words in policy.values() for word in words)
        for unsafe in ("unsafe-inline", "unsafe-eval", "http:", "https:", "data:", "*"):
            assert unsafe not in everything, f"{path}: {unsafe}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        # The next visitor of a shared computer shall not see it.
        assert answer.headers["Cache-Control"] == "no-store"


def test_answers_only_by_post(server, inviter, account):
    handshake = inviter.invite(account)["Id"]
    found = forms(server.wire.send("GET", f"/accept/{handshake}"))
    assert found
    assert {form["method"] for form in found} == {"post"}
    for form in found:
        path = urlsplit(urljoin(f"{server.url}/accept/{handshake}", form["action"])).path
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            server.wire.send(method, path)
            server.wire.send(method, f"{path}?answer=accept&decision=accept&action=accept")
    assert state(inviter, handshake) == "OPEN"


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=[" ".join(headers.values()) for headers in FOREIGN])
def test_forms_of_other_sites(server, inviter, account, headers):
    handshake = inviter.invite(account)["Id"]
    pages = [f"/accept/{handshake}", "/"]
    now = server.now()
    sent = 0
    for path in pages:
        for form in forms(server.wire.send("GET", path)):
            action = urlsplit(urljoin(server.url + path, form["action"])).path
            body = "&".join(f"{name}={value}" for name, value in form["fields"].items()).encode()
            answer = server.wire.send(
                "POST", action, {"Content-Type": "application/x-www-form-urlencoded", **headers}, body
            )
            assert answer.status == 403, f"{action}: {answer}"
            sent += 1
    assert sent >= 2
    assert state(inviter, handshake) == "OPEN"
    assert (server.now() - now).days == 0


def test_forms_without_their_token(server, inviter, account):
    """A browser that sends neither Origin nor Sec-Fetch-Site is stopped by the token that only our own page holds."""
    handshake = inviter.invite(account)["Id"]
    for form in forms(server.wire.send("GET", f"/accept/{handshake}")):
        action = urlsplit(urljoin(f"{server.url}/accept/{handshake}", form["action"])).path
        for body in (b"", "&".join(f"{name}=x" for name in form["fields"]).encode()):
            answer = server.wire.send("POST", action, {"Content-Type": "application/x-www-form-urlencoded"}, body)
            assert 400 <= answer.status < 500, f"{action}: {answer}"
    assert state(inviter, handshake) == "OPEN"


def test_the_pages_use_the_same_operations(server, inviter, account):
    """An answer on the page and one by the API meet in the same state."""
    handshake = inviter.invite(account)["Id"]
    server.client(account).decline_handshake(HandshakeId=handshake)
    with refused("HandshakeAlreadyInStateException"):
        server.client(account).decline_handshake(HandshakeId=handshake)
    answer = server.wire.send("GET", f"/accept/{handshake}")
    assert "declined" in answer.body.decode().lower()
    assert forms(answer) == []
