"""The pages, in headless Chromium: with and without JavaScript, without a request to anywhere else."""

import datetime
import re
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from harness.browser import FOREIGN, forms, text_of
from harness.server import wait_for
from harness.world import new_account, new_organization, refused

NASTY_NAME = "<script>alert('name')</script>"
NASTY_NOTES = '<b>bold</b> & "quoted" <i title=x>\nsecond line'


@pytest.fixture
def inviter(server):
    return new_organization(server, new_account(server, email="owner@example.com", name=NASTY_NAME))


def state(organization, handshake):
    return organization.client.describe_handshake(HandshakeId=handshake)["Handshake"]["State"]


def utc_date(at):
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d")


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


UNKNOWN = ["h-" + "0" * 32, "nonsense", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"]


@pytest.mark.parametrize(
    "identifier", [*UNKNOWN, *(f"o-0000000000/{unknown}" for unknown in UNKNOWN), f"nonsense/{UNKNOWN[0]}"]
)
def test_unknown_invitations(server, page, identifier):
    answer = page.goto(f"{server.url}/accept/{identifier}")
    assert answer.status == 404
    assert page.locator("script", has_text="alert").count() == 0
    page.troubles[:] = [text for text in page.troubles if "404" not in text]


def test_the_mail_leads_here(server, inviter, account, page):
    inviter.invite(account)
    [mail] = server.mail()
    [link] = set(re.findall(rf"{re.escape(server.url)}/accept/{inviter.id}/h-[0-9a-f]+", mail["Text"]))
    page.goto(link)
    page.get_by_role("button", name="Accept", exact=True).click()
    wait_for(lambda: account in inviter.member_ids(), "the account has joined")


def test_links_that_do_not_name_the_organization(server, inviter, account):
    """Those of mails that an earlier version sent, among other organizations: they show the same, and lead on."""
    server.freeze()
    others = [new_organization(server) for _ in range(3)]
    handshakes = {organization.id: organization.invite(account)["Id"] for organization in (inviter, *others)}
    for organization, handshake in handshakes.items():
        old = server.wire.send("GET", f"/accept/{handshake}")
        new = server.wire.send("GET", f"/accept/{organization}/{handshake}")
        assert (old.status, old.body) == (200, new.body)
        assert {form["action"] for form in forms(old)} == {f"/accept/{organization}/{handshake}"}
        elsewhere = next(other for other in handshakes if other != organization)
        assert server.wire.send("GET", f"/accept/{elsewhere}/{handshake}").status == 404


# Requests to enable all features.


@pytest.fixture
def billing(server):
    """An organization without all features, and two invited members of it."""
    management = new_account(server, email="billing@example.com", name=NASTY_NAME)
    organization = new_organization(server, management, "CONSOLIDATED_BILLING")
    return organization, organization.add_members(2)


def link_of(mail, server, path):
    [link] = set(re.findall(rf"{re.escape(server.url)}{path}[^\s]+", mail["Text"]))
    return link


def test_approving_all_features(server, billing, page):
    organization, members = billing
    request = organization.client.enable_all_features()["Handshake"]["Id"]
    page.goto(f"{server.url}/accept/{request}")
    # Nobody has approved: the management account can only give up.
    expect(page.locator("body")).to_contain_text("0 approved, 2 not answered, 0 declined")
    assert page.get_by_role("button", name="Finalize", exact=True).count() == 0
    expect(page.get_by_role("button", name="Cancel the request", exact=True)).to_be_visible()
    for number, member in enumerate(members, start=1):
        [mail] = [m for m in server.mail(f"owner-{member}@example.com") if m["Kind"] == "AllFeaturesRequest"]
        page.goto(link_of(mail, server, "/accept/"))
        expect(page.locator("h1")).to_have_text("Your organization wants to enable all features")
        assert "policies" in text_of(page)
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.locator("body")).to_contain_text(f"Account {member} has approved all features.")
        page.goto(f"{server.url}/accept/{request}")
        expect(page.locator("body")).to_contain_text(f"{number} approved, {2 - number} not answered")
        assert member in text_of(page)
    assert state(organization, request) == "OPEN"
    page.get_by_role("button", name="Finalize", exact=True).click()
    expect(page.locator("body")).to_contain_text("The organization has all features now.")
    assert organization.client.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    assert page.get_by_role("button").count() == 0
    assert page.locator("script", has_text="alert").count() == 0


def test_giving_up_all_features(server, billing, page):
    organization, members = billing
    request = organization.client.enable_all_features()["Handshake"]["Id"]
    client = server.client(members[0])
    found = client.list_handshakes_for_account(Filter={"ActionType": "APPROVE_ALL_FEATURES"})["Handshakes"]
    [part] = [handshake["Id"] for handshake in found]
    page.goto(f"{server.url}/accept/{part}")
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.locator("body")).to_contain_text(f"Account {members[0]} has declined.")
    page.goto(f"{server.url}/accept/{request}")
    expect(page.locator("body")).to_contain_text("0 approved, 1 not answered, 1 declined")
    page.get_by_role("button", name="Cancel the request", exact=True).click()
    expect(page.locator("body")).to_contain_text("has canceled the request")
    assert state(organization, request) == "CANCELED"
    assert page.get_by_role("button").count() == 0


def test_a_role_that_was_deleted(server, page):
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    status = organization.client.create_account(Email="made@example.com", AccountName="Made")["CreateAccountStatus"]
    server.advance("1m")
    made = organization.client.describe_create_account_status(CreateAccountRequestId=status["Id"])
    member = made["CreateAccountStatus"]["AccountId"]
    server.facts(member, ServiceLinkedRole=False)
    organization.client.enable_all_features()
    [mail] = [m for m in server.mail("made@example.com") if m["Kind"] == "AllFeaturesRequest"]
    page.goto(link_of(mail, server, "/accept/"))
    expect(page.locator("body")).to_contain_text("AWSServiceRoleForOrganizations")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator("body")).to_contain_text(f"Account {member} has the service-linked role")
    assert server.account(member)["ServiceLinkedRole"] is True


# Offers to pay a bill.


@pytest.fixture
def offer(server):
    """An offer of one organization to pay another one's bill: the two, and the handshake's id."""
    server.set_clock(datetime.datetime(2031, 1, 15, 12, tzinfo=datetime.timezone.utc))
    payer = new_organization(server, new_account(server, email="payer@example.com", name=NASTY_NAME))
    source = new_organization(server)
    handshake = payer.client.invite_organization_to_transfer_responsibility(
        Type="BILLING",
        Target={"Id": source.management, "Type": "ACCOUNT"},
        StartTimestamp=datetime.datetime(2031, 2, 1, tzinfo=datetime.timezone.utc),
        SourceName="Source",
        Notes=NASTY_NOTES,
    )["Handshake"]["Id"]
    return payer, source, handshake


@pytest.mark.parametrize(("button", "ending"), [("Accept", "ACCEPTED"), ("Decline", "DECLINED")])
def test_answering_an_offer(server, offer, page, button, ending):
    payer, source, handshake = offer
    [mail] = server.mail(f"owner-{source.management}@example.com")
    page.goto(link_of(mail, server, "/accept/"))
    expect(page.locator("h1")).to_have_text("Another organization offers to pay your bill")
    text = text_of(page)
    for known in (payer.id, payer.management, NASTY_NAME, "2031-02-01 00:00 UTC", "2031-01-31 00:00 UTC", source.id):
        assert known in text, known
    for line in NASTY_NOTES.splitlines():
        assert line in text
    assert page.locator("script", has_text="alert").count() == 0
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("body")).to_contain_text(ending)
    assert state(payer, handshake) == ending
    [transfer] = payer.client.list_inbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"]
    assert transfer["Status"] == ending
    assert page.get_by_role("button").count() == 0


def test_an_offer_that_came_too_late(server, offer, page):
    payer, _, handshake = offer
    page.goto(f"{server.url}/accept/{handshake}")
    server.advance("16d")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator("h1")).to_have_text("This offer has expired")
    assert state(payer, handshake) == "EXPIRED"
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


# Verifying an address.


def unverified(server):
    """An organization whose management account's address is not verified, and the link in its mail."""
    organization = new_organization(server, EmailVerified=False)
    [mail] = server.mail()
    assert mail["Kind"] == "EmailVerification"
    return organization, link_of(mail, server, "/verify/")


def test_verifying_an_address(server, account, page):
    organization, link = unverified(server)
    with refused("AccountOwnerNotVerifiedException"):
        organization.invite(account)
    page.goto(link)
    expect(page.locator("body")).to_contain_text(f"owner-{organization.management}@example.com")
    page.reload()
    # Looking verifies nothing: programs that scan mails look.
    assert server.account(organization.management)["EmailVerified"] is False
    page.get_by_role("button", name="Verify this address", exact=True).click()
    expect(page.locator("h1")).to_have_text("Your address is verified")
    assert server.account(organization.management)["EmailVerified"] is True
    organization.invite(account)
    # A link is good once.
    assert page.goto(link).status == 410
    assert page.get_by_role("button").count() == 0
    assert link.rsplit("/", 1)[1] not in server.stderr()
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


def test_a_link_that_is_too_old(server, page):
    organization, link = unverified(server)
    page.goto(link)
    server.advance("1d")
    # The page was open when the time was over.
    page.get_by_role("button", name="Verify this address", exact=True).click()
    expect(page.locator("h1")).to_have_text("This link is no longer good")
    assert server.account(organization.management)["EmailVerified"] is False
    page.get_by_role("button", name="Send a new link", exact=True).click()
    expect(page.locator("body")).to_contain_text("A link is on its way")
    [_, mail] = server.mail()
    page.goto(link_of(mail, server, "/verify/"))
    page.get_by_role("button", name="Verify this address", exact=True).click()
    expect(page.locator("h1")).to_have_text("Your address is verified")
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


def test_a_link_that_was_replaced(server, page):
    organization, link = unverified(server)
    page.goto(f"{server.url}/")
    expect(page.locator("body")).to_contain_text("Address not verified")
    page.get_by_role("button", name=re.compile("Send verification request")).click()
    expect(page.locator("body")).to_contain_text("A link is on its way")
    assert len(server.mail()) == 2
    assert page.goto(link).status == 410
    # Verified by other means while the page is open: there is nothing to send.
    server.facts(organization.management, EmailVerified=True)
    page.get_by_role("button", name="Send a new link", exact=True).click()
    expect(page.locator("body")).to_contain_text("is verified already")
    assert len(server.mail()) == 2
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


@pytest.mark.parametrize("path", ["999999999999/x", "nobody/x", "%3Cscript%3E/%3Cscript%3Ealert(1)%3C%2Fscript%3E"])
def test_links_that_never_were(server, page, path):
    assert page.goto(f"{server.url}/verify/{path}").status in (404, 410)
    assert page.get_by_role("button").count() == 0
    assert page.locator("script", has_text="alert").count() == 0
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


# The first page.


def test_what_else_the_overview_shows(server, offer, page):
    """States of accounts, units, the request for all features, and offers, with links to their pages."""
    payer, _, handshake = offer
    billing = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    [member] = billing.add_members(1)
    request = billing.client.enable_all_features()["Handshake"]["Id"]
    for name in ("One", "Two"):
        payer.client.create_organizational_unit(ParentId=payer.root, Name=name)
    server.facts(member, Suspended=True)
    page.goto(f"{server.url}/")
    rows = page.get_by_role("row")
    expect(rows.filter(has_text=payer.id).filter(has_text="Offer to pay")).to_contain_text("2")
    expect(rows.filter(has_text=member).filter(has_text="SUSPENDED")).to_have_count(1)
    page.locator(f"a[href='/accept/{billing.id}/{request}']").click()
    expect(page.locator("h1")).to_have_text("All features wait for the members' approval")
    page.goto(f"{server.url}/")
    page.locator(f"a[href='/accept/{payer.id}/{handshake}']").click()
    expect(page.locator("h1")).to_have_text("Another organization offers to pay your bill")


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
    page.locator(f"a[href='/accept/{inviter.id}/{handshake}']").first.click()
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_visible()


def test_lists_of_the_overview_have_pages(server, page):
    """A hundred rows of each at a time: with the entry that a page showed last gone, the next one goes on there."""
    inviters = [new_organization(server, new_account(server, f"{n:012}")) for n in range(1, 104)]
    invited = [f"invited-{n:03}@example.com" for n in range(103)]
    for inviter, address in zip(inviters, invited, strict=True):
        inviter.invite(address)

    def walk(table):
        shown = []
        page.goto(f"{server.url}/")
        while True:
            rows = page.get_by_role("table", name=table, exact=True).locator("tbody tr th")
            shown.append([text.strip() for text in rows.all_inner_texts()])
            more = page.locator("section", has=page.get_by_role("table", name=table, exact=True))
            more = more.get_by_role("link", name="More", exact=True)
            if not more.count():
                return shown
            # A click alone does not wait for the page that it leads to.
            with page.expect_navigation():
                more.click()

    for table, entries in (
        ("Open invitations", invited),
        ("Organizations", sorted(inviter.id for inviter in inviters)),
        ("Mails, the latest first", None),
        ("Accounts and their keys", None),
    ):
        shown = walk(table)
        assert [len(rows) for rows in shown] == [100, 3], table
        if entries is not None:
            assert [row for rows in shown for row in rows] == entries, table
    page.goto(f"{server.url}/?mails=zzz&accounts={inviters[-1].management}")
    expect(page.get_by_role("link", name="From the first one")).to_have_count(2)
    assert page.goto(f"{server.url}/?accounts=nobody").status == 400
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]


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


def test_pictures(server, inviter, account, billing, offer, page, tmp_path):
    """Screenshots for the eye, small and large; no page scrolls sideways."""
    handshake = inviter.invite(account, Notes="Welcome")["Id"]
    request = billing[0].client.enable_all_features()["Handshake"]["Id"]
    new_organization(server, EmailVerified=False)
    [link] = [link_of(mail, server, "/verify/") for mail in server.mail() if mail["Kind"] == "EmailVerification"]
    paths = {
        "home": "/",
        "accept": f"/accept/{handshake}",
        "features": f"/accept/{request}",
        "offer": f"/accept/{offer[2]}",
        "verify": urlsplit(link).path,
    }
    for name, path in paths.items():
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(server.url + path)
            box = page.locator("body").bounding_box()
            assert box["width"] <= width
            picture = tmp_path / f"{name}-{width}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 2000


# Without a browser: headers, methods, and forms of other sites.


def test_headers(server, inviter, account):
    handshake = inviter.invite(account)["Id"]
    for path in ("/", f"/accept/{handshake}", "/accept/h-" + "0" * 32, "/verify/111111111111/x", "/verify/x/x"):
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


@pytest.mark.parametrize("headers", FOREIGN, ids=[" ".join(headers.values()) for headers in FOREIGN])
def test_forms_of_other_sites(server, inviter, account, headers):
    handshake = inviter.invite(account)["Id"]
    unready = new_organization(server, EmailVerified=False).management
    [link] = [link_of(mail, server, "/verify/") for mail in server.mail() if mail["Kind"] == "EmailVerification"]
    pages = [f"/accept/{handshake}", "/", urlsplit(link).path]
    mails = len(server.mail())
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
    assert sent >= 4
    assert state(inviter, handshake) == "OPEN"
    assert server.account(unready)["EmailVerified"] is False
    assert len(server.mail()) == mails
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
