"""A browser for the pages, and what pages say without one: headless Chromium, forms, and requests of other sites."""

import contextlib
import re
import shutil
from html.parser import HTMLParser

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-proxy-server",
]  # fmt: skip


@contextlib.contextmanager
def chromium():
    if not CHROMIUM:
        pytest.fail(
            "Chromium is not there. Install Debian's package chromium (tests/e2e/run does, as root or with sudo)."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def watched_page(browser, server, javascript, picture):
    """A page whose every request goes to the server, and on which no dialog opens and no script fails."""
    context = browser.new_context(java_script_enabled=javascript)
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
    page.screenshot(path=picture, full_page=True)
    context.close()
    assert [url for url in asked if not url.startswith((f"{server.url}/", "data:"))] == []
    assert troubles == []


def text_of(page):
    return page.locator("body").inner_text()


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
        if tag in ("input", "button", "select", "textarea") and self.found and attributes.get("name"):
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


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example"},
]
