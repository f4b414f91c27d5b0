"""The console's pages for policies, in headless Chromium with and without JavaScript: organizations and their trees,
policy types, documents and what is wrong with them, attachments, effective policies, and decisions with reasons."""

import json
import re
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from harness.browser import FOREIGN, forms, text_of
from harness.world import new_account, new_organization, refused
from test_policies import BACKUP, DENY, RCP, RCP_DENY, SCP, TAG, attached, create, policy_types, targets

NASTY = "</textarea></title><script>alert('name')</script><img src=x onerror=alert(1)>"
# What the API takes as a name: it refuses scripts.
ODD = "</textarea></title><img src=x><b title='y'>bold\" &amp;"
COST = {"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["a", "b"]}}}}
MORE = {"tags": {"cost": {"tag_value": {"@@append": ["c"]}}}}
VAULTLESS = {"plans": {"p": {"rules": {"daily": {"target_backup_vault_name": {"@@assign": "vault"}}}}}}


@pytest.fixture
def lab(server):
    """An organization with a unit in a unit and an account in there; and its page's address."""
    organization = new_organization(server)
    organization.outer = organization.unit("Outer")
    organization.inner = organization.unit("Inner", organization.outer)
    [organization.member] = organization.add_members(1)
    organization.client.move_account(
        AccountId=organization.member,
        SourceParentId=organization.root,
        DestinationParentId=organization.inner,
    )
    organization.url = f"{server.url}/organizations/{organization.id}"
    return organization


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def refusal(page, code):
    """The notice of a refusal, which the browser also reports as a status."""
    notice = page.locator(".notice.bad").first
    expect(notice).to_contain_text(code)
    page.troubles[:] = [text for text in page.troubles if "status of 4" not in text]
    return notice.inner_text()


def done(page, text):
    expect(page.locator(".notice.good").first).to_contain_text(text)


def write(page, lab, kind, name, content):
    page.goto(f"{lab.url}/policies/new")
    page.get_by_label("Type").select_option(kind)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Description").fill("What it is for")
    page.get_by_label("Document").fill(content if isinstance(content, str) else json.dumps(content))


def row(page, *texts):
    found = page.get_by_role("row")
    for text in texts:
        found = found.filter(has_text=text)
    return found


# What is wrong with a document.

WRONG = [
    (SCP, '{\n  "Statement": {"Effect": "Deny", "Actions": "s3:*", "Resource": "*"}\n}',
     (2, 35), "`Actions`", "the member is written `Action`", "\""),
    (RCP, '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}',
     (1, 26), None, "Deny", "\""),
    (TAG, '{"tags": {"cost": {\n\t"tag_value": {"@@assign": "red"}}}}', (2, 28), "a string", "a list", "\""),
    (BACKUP, '{\n"plans": {"p": {"rule": {}}}}', (2, 17), "`rule`", "rules", "\""),
    (TAG, '{"tags": {"a": {"tag_key": {"@@assign": "A"}},}}', (1, 47), "`}`", "a key in double quotes", "}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "place", "found", "wanted", "mark"), WRONG, ids=[f"{wrong[0]} {wrong[2]}" for wrong in WRONG]
)
def test_what_is_wrong(lab, page, kind, text, place, found, wanted, mark):
    line, column = place
    write(page, lab, kind, "wrong", text)
    press(page, "Check")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text(f"Line {line}, column {column}")
    said = notice.inner_text()
    assert wanted in said and (found or "") in said, said
    assert notice.locator("mark").inner_text() == mark
    shown = notice.locator("pre").inner_text().split("\n")
    # A long line is cut behind the mark.
    assert text.split("\n")[line - 1].replace("\t", " ")[: column + 50] in shown[-2]
    assert shown[-1].rstrip().endswith("^") and shown[-2][len(shown[-1].rstrip()) - 1] == mark
    # What was written is still there, and nothing was made.
    assert page.get_by_label("Document").input_value() == text
    assert page.get_by_label("Name").input_value() == "wrong"
    assert page.get_by_label("Type").input_value() == kind
    assert all(policy["AwsManaged"] for policy in lab.client.list_policies(Filter=kind)["Policies"])
    # To create it is refused with AWS's words, and the position beside them.
    press(page, "Create")
    said = refusal(page, "MalformedPolicyDocumentException")
    with refused("MalformedPolicyDocumentException"):
        create(lab.client, kind, "wrong", text)
    assert "The provided policy document does not meet the requirements" in said
    expect(page.locator("body")).to_contain_text(f"Line {line}, column {column}")


def test_a_document_without_an_organization(server, page):
    page.goto(f"{server.url}/")
    page.get_by_role("link", name="Check a policy document").click()
    page.get_by_label("Document").fill('{"tags": 7}')
    press(page, "Check")
    expect(page.get_by_role("alert")).to_contain_text("Line 1, column 10")
    expect(page.get_by_role("alert")).to_contain_text("TAG_POLICY")
    page.get_by_label("What it is to be").select_option("RESOURCE_POLICY")
    press(page, "Check")
    expect(page.get_by_role("alert")).to_contain_text("RESOURCE_POLICY")
    page.get_by_label("What it is to be").select_option(SCP)
    page.get_by_label("Document").fill(json.dumps(DENY))
    press(page, "Check")
    expect(page.locator(".notice.good")).to_contain_text("Nothing is wrong")
    for content in ("", NASTY, "\n\n{", "ä" * 3000):
        page.get_by_label("Document").fill(content)
        press(page, "Check")
        expect(page.get_by_role("alert")).to_contain_text("Line")
        assert page.get_by_label("Document").input_value() == content
    assert page.locator("script").count() == 0


def post(server, path, **fields):
    """A form of ours as a browser sends it."""
    token = forms(server.wire.send("GET", path))[0]["fields"]["csrf"]
    body = urlencode({"csrf": token, **fields}).encode()
    return server.wire.send("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)


def test_every_type_is_judged(server, lab):
    """All fifteen types of the model can be written, and each says what is wrong."""
    path = f"{urlsplit(lab.url).path}/policies/new"
    kinds = lab.client.meta.service_model.shape_for("PolicyType").enum
    assert len(kinds) == 15
    for kind in kinds:
        fields = {"type": kind, "name": "x", "description": "", "content": '{\n "nonsense": 1}'}
        checked = post(server, path, action="check", **fields)
        assert checked.status == 200
        created = post(server, path, action="create", **fields)
        assert created.status == 409 and b"MalformedPolicyDocumentException" in created.body, kind
        for answer in (checked, created):
            assert re.search(rb"Line [12], column \d+", answer.body), kind
            assert b"nonsense" in answer.body and b"<dt>Found</dt>" in answer.body, kind
        assert all(policy["AwsManaged"] for policy in lab.client.list_policies(Filter=kind)["Policies"])


def test_large_documents(server, page):
    """As long as any policy may be, and longer: what is too long is said, and what is far too long is refused."""
    page.goto(f"{server.url}/policies/check")
    page.get_by_label("What it is to be").select_option("RESOURCE_POLICY")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "organizations:ListRoots", "Resource": "*"}
    longest = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Sid": "ä"}]})
    for length, text in ((40_000, "Nothing is wrong"), (40_001, "40001 characters")):
        padding = (" " * 99 + "\n") * (length // 100)
        page.get_by_label("Document").fill(longest + padding[: length - len(longest)])
        press(page, "Check")
        expect(page.locator(".notice").first).to_contain_text(text)
    for size, status in ((100_000, 200), (1_040_000, 200), (1_100_000, 413), (3_000_000, 413)):
        answer = post(server, "/policies/check", type=SCP, content="x" * size)
        assert answer.status == status
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


# Organizations, their trees and their policy types.


def test_the_organization(server, lab, page):
    page.goto(f"{server.url}/")
    page.get_by_role("link", name=lab.id).first.click()
    expect(page.locator("h1")).to_contain_text(lab.id)
    text = text_of(page)
    for known in (lab.management, "All features", "Root", "Outer"):
        assert known in text, known
    assert "Inner" not in text
    page.get_by_role("link", name="Outer", exact=True).click()
    page.get_by_role("link", name="Inner", exact=True).click()
    expect(row(page, lab.member)).to_have_count(1)
    row(page, lab.member).get_by_role("link").click()
    expect(page.locator("h1")).to_have_text(f"Account {lab.member}")
    assert "Root" in text_of(page) and "Outer" in text_of(page) and "Inner" in text_of(page)


def test_enabling_and_disabling_types(lab, page):
    page.goto(lab.url)
    expect(row(page, TAG)).to_contain_text("Not enabled")
    press(page, f"Enable {TAG}")
    done(page, f"{TAG} is enabled")
    assert policy_types(lab.client) == {TAG: "ENABLED"}
    policy = create(lab.client, TAG, "cost", COST)
    lab.client.attach_policy(PolicyId=policy, TargetId=lab.root)
    press(page, f"Disable {TAG}")
    done(page, "its policies are detached")
    assert policy_types(lab.client) == {} and targets(lab.client, policy) == []
    # The page was open when somebody else enabled it.
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=BACKUP)
    press(page, f"Enable {BACKUP}")
    assert "already enabled" in refusal(page, "PolicyTypeAlreadyEnabledException")
    press(page, "Enable SECURITYHUB_POLICY")
    refusal(page, "ConstraintViolationException")


def test_without_all_features(server, page):
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    page.goto(f"{server.url}/organizations/{organization.id}")
    assert "need all features" in text_of(page)
    assert page.get_by_role("button").count() == 0


def test_many_children_and_many_policies(server, lab, page):
    """A page has 100 rows; the next ones are a link away, and none is shown twice."""
    for number in range(101):
        lab.unit(f"unit {number:03}", lab.outer)
    for number in range(101):
        create(lab.client, TAG, f"tags {number:03}")
    page.goto(f"{lab.url}?parent={lab.outer}")
    first = re.findall(r"\bunit \d{3}\b", text_of(page))
    page.locator("#tree, section[aria-labelledby=tree]").get_by_role("link", name="The next ones").click()
    second = re.findall(r"\bunit \d{3}\b", text_of(page))
    assert len(set(first) | set(second)) == len(first) + len(second) == 101
    page.get_by_role("link", name="Tag policy", exact=True).click()
    first = set(re.findall(r"\btags \d{3}\b", text_of(page)))
    page.get_by_role("link", name="The next ones").last.click()
    second = set(re.findall(r"\btags \d{3}\b", text_of(page)))
    assert len(first) == 100 and len(first | second) == 101


# The life of a policy.


def test_the_life_of_a_policy(server, lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=TAG)
    write(page, lab, TAG, "cost", COST)
    press(page, "Check")
    done(page, "Nothing is wrong")
    press(page, "Create")
    done(page, "created")
    [made] = lab.client.list_policies(Filter=TAG)["Policies"]
    assert (made["Name"], made["Description"]) == ("cost", "What it is for")
    policy = made["Id"]
    page.get_by_label("Attach to").fill(lab.root)
    press(page, "Attach")
    done(page, f"attached to {lab.root}")
    assert targets(lab.client, policy) == [lab.root]
    # It reaches the account at the bottom, and the page says from where.
    page.goto(f"{lab.url}/targets/{lab.member}")
    setting = row(page, "tags/cost/tag_key")
    expect(setting).to_contain_text("Cost")
    expect(setting.get_by_role("link", name="cost", exact=True)).to_have_attribute(
        "href", f"/organizations/{lab.id}/policies/{policy}"
    )
    expect(setting.get_by_role("link", name="Root", exact=True)).to_have_attribute(
        "href", f"/organizations/{lab.id}/targets/{lab.root}"
    )
    page.get_by_role("link", name="cost", exact=True).first.click()
    # Somebody else's change is seen, and saved over.
    page.get_by_label("Document").fill(json.dumps(COST).replace("Cost", "cOST"))
    page.get_by_label("Name").fill("costs")
    press(page, "Check")
    done(page, "Nothing is wrong")
    assert page.get_by_label("Name").input_value() == "costs"
    assert "cOST" not in lab.client.describe_policy(PolicyId=policy)["Policy"]["Content"]
    press(page, "Save")
    done(page, "saved")
    assert "cOST" in lab.client.describe_policy(PolicyId=policy)["Policy"]["Content"]
    expect(page.locator("h1")).to_have_text("costs")
    press(page, "Delete this policy")
    refusal(page, "PolicyInUseException")
    press(page, f"Detach from {lab.root}")
    done(page, "detached")
    press(page, "Delete this policy")
    done(page, "deleted")
    assert lab.client.list_policies(Filter=TAG)["Policies"] == []


def test_saving_leaves_alone_what_was_not_changed(lab, page):
    """A compact document is shown with its lines; to change the name alone does not rewrite it."""
    policy = create(lab.client, RCP, "first", RCP_DENY)
    stored = lab.client.describe_policy(PolicyId=policy)["Policy"]["Content"]
    assert "\n" not in stored
    page.goto(f"{lab.url}/policies/{policy}")
    shown = page.get_by_label("Document").input_value()
    assert "\n" in shown and json.loads(shown) == json.loads(stored)
    page.get_by_label("Name").fill("second")
    press(page, "Save")
    done(page, "saved")
    assert lab.client.describe_policy(PolicyId=policy)["Policy"]["Content"] == stored
    text = '\n{\n\t"tags": {}\n}\n'
    other = create(lab.client, TAG, "as it is", text)
    page.goto(f"{lab.url}/policies/{other}")
    assert page.get_by_label("Document").input_value() == text
    page.get_by_label("Document").fill(text + " ")
    press(page, "Save")
    done(page, "saved")
    assert lab.client.describe_policy(PolicyId=other)["Policy"]["Content"] == text + " "


def test_refusals_have_the_words_of_the_api(server, lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=SCP)
    first = create(lab.client, SCP, "taken")
    write(page, lab, SCP, "taken", DENY)
    press(page, "Create")
    raw = server.call(
        lab.management, "CreatePolicy", {"Name": "taken", "Description": "", "Type": SCP, "Content": json.dumps(DENY)}
    )
    assert raw.text in refusal(page, "DuplicatePolicyException")
    # Nothing is wrong with the document, so nothing is said about it, and it is still there.
    assert page.locator(".excerpt").count() == 0
    assert page.get_by_label("Document").input_value() == json.dumps(DENY)
    page.get_by_label("Name").fill("")
    press(page, "Create")
    refusal(page, "InvalidInputException (MIN_LENGTH_EXCEEDED:NAME)")
    page.get_by_label("Name").fill("x")
    page.get_by_label("Document").fill(json.dumps(DENY) + " " * 11_000)
    press(page, "Create")
    refusal(page, "POLICY_CONTENT_LIMIT_EXCEEDED")
    assert "at most 10240 are allowed" in text_of(page)
    # The last service control policy stays.
    page.goto(f"{lab.url}/targets/{lab.member}")
    press(page, "Detach p-FullAWSAccess")
    refusal(page, "ConstraintViolationException (MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED)")
    page.get_by_label("Attach a policy").select_option(first)
    press(page, "Attach")
    done(page, "attached")
    press(page, "Detach p-FullAWSAccess")
    done(page, "detached")
    assert attached(lab.client, lab.member, SCP) == [first]
    page.goto(f"{lab.url}/policies/{first}")
    for target, code in (
        (lab.member, "DuplicatePolicyAttachmentException"),
        ("999999999999", "TargetNotFoundException"),
        ("nonsense", "InvalidInputException"),
    ):
        page.get_by_label("Attach to").fill(target)
        press(page, "Attach")
        refusal(page, code)


def test_what_aws_manages(lab, page):
    page.goto(f"{lab.url}/policies/p-FullAWSAccess")
    expect(page.locator("h1")).to_have_text("FullAWSAccess")
    assert page.locator("textarea").count() == 0 and page.get_by_role("button").count() == 0
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=SCP)
    page.reload()
    assert page.get_by_role("button").count() == 1


def test_hostile_names_and_documents_stay_text(server, lab, page):
    """Names and documents take any text; titles, links, options, fields and provenance show it as it is."""
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=TAG)
    key = "</textarea><script>alert(2)</script>"
    content = json.dumps({"tags": {"x": {"tag_key": {"@@assign": "X"}, "tag_value": {"@@assign": [key]}}}})
    write(page, lab, TAG, NASTY, content)
    press(page, "Create")
    refusal(page, "InvalidInputException (INVALID_PATTERN:NAME)")
    assert page.locator("script").count() == 0 and page.locator("img").count() == 0
    assert page.get_by_label("Name").input_value() == NASTY
    write(page, lab, TAG, ODD, content)
    press(page, "Create")
    done(page, "created")
    policy = lab.client.list_policies(Filter=TAG)["Policies"][0]["Id"]
    assert page.get_by_label("Document").input_value() == json.dumps(json.loads(content), indent=2)
    other = create(lab.client, TAG, f"other {ODD}", content)
    lab.client.attach_policy(PolicyId=policy, TargetId=lab.root)
    stranger = new_account(server, name="</title><script>alert(3)</script>")
    lab.join(stranger)
    for path in (
        "",
        f"?parent={lab.inner}",
        f"/policies/{policy}",
        f"/targets/{lab.root}",
        f"/targets/{stranger}",
        f"/targets/{stranger}/decision",
        f"/policies/new?{urlencode({'type': NASTY})}",
    ):
        page.goto(lab.url + path)
        assert page.locator("script").count() == 0 and page.locator("img").count() == 0, path
    page.goto(f"{lab.url}/targets/{lab.member}")
    assert key in text_of(page) and ODD in text_of(page)
    page.get_by_label("Attach a policy").select_option(other)
    press(page, "Attach")
    done(page, "attached")
    page.goto(f"{lab.url}/targets/{lab.member}/decision")
    for label in ("Action", "ARN of the resource", "Who calls", "Condition keys"):
        page.get_by_label(label).fill(NASTY)
    press(page, "Ask")
    refusal(page, "That does not work")
    assert page.get_by_label("Who calls").input_value() == NASTY
    assert page.locator("script").count() == 0 and page.locator("img").count() == 0


# What accounts get.


def test_effective_policies_down_a_deep_tree(lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=TAG)
    top, below = create(lab.client, TAG, "company", COST), create(lab.client, TAG, "team", MORE)
    lab.client.attach_policy(PolicyId=top, TargetId=lab.root)
    lab.client.attach_policy(PolicyId=below, TargetId=lab.inner)
    page.goto(f"{lab.url}/targets/{lab.member}")
    values = row(page, "tags/cost/tag_value")
    expect(values).to_contain_text("c by team")
    assert [link.inner_text() for link in values.get_by_role("link").all()] == ["company", "Root", "team", "Inner"]
    assert "team" not in row(page, "tags/cost/tag_key").inner_text()
    page.get_by_text("The document", exact=False).last.click()
    document = json.loads(page.locator("details pre").first.inner_text())
    wanted = lab.client.describe_effective_policy(PolicyType=TAG, TargetId=lab.member)["EffectivePolicy"]
    assert document == json.loads(wanted["PolicyContent"])
    # Above, the other policy does not count.
    page.goto(f"{lab.url}/targets/{lab.outer}")
    expect(row(page, "tags/cost/tag_value")).not_to_contain_text("team")
    assert "What is handed down" in text_of(page)


def test_the_deepest_account(server, lab):
    """Root, five units, account: every level is there, and what the lowest says counts last."""
    for kind in (SCP, TAG):
        lab.client.enable_policy_type(RootId=lab.root, PolicyType=kind)
    units = [lab.outer, lab.inner]
    for number in range(3, 6):
        units.append(lab.unit(f"Unit {number}", units[-1]))
    lab.client.move_account(AccountId=lab.member, SourceParentId=lab.inner, DestinationParentId=units[-1])
    nodes = [lab.root, *units, lab.member]
    for number, node in enumerate(nodes):
        value = {"@@assign" if number == 0 else "@@append": [f"value-{number}"]}
        policy = create(lab.client, TAG, f"policy-{number}", {"tags": {"cost": {"tag_value": value}}})
        lab.client.attach_policy(PolicyId=policy, TargetId=node)
    path = urlsplit(lab.url).path
    shown = server.wire.send("GET", f"{path}/targets/{lab.member}").body.decode()
    levels = shown.split("Service control policy, level by level")[1].split("</table>")[0]
    assert re.findall(r"/targets/([^\"]+)", levels) == nodes
    setting = shown.split("tags/cost/tag_value")[1].split("</tr>")[0]
    assert re.findall(r"value-\d", setting) == [f"value-{number}" for number in range(7)]
    assert re.findall(r"/targets/([^\"]+)", setting) == nodes
    above = server.wire.send("GET", f"{path}/targets/{units[0]}").body.decode()
    assert "value-1" in above and "value-2" not in above


def test_a_merge_that_is_not_valid(lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=BACKUP)
    policy = create(lab.client, BACKUP, "vaultless", VAULTLESS)
    lab.client.attach_policy(PolicyId=policy, TargetId=lab.outer)
    page.goto(f"{lab.url}/targets/{lab.member}")
    expect(page.locator("body")).to_contain_text("The merge is not valid")
    errors = lab.client.list_effective_policy_validation_errors(AccountId=lab.member, PolicyType=BACKUP)
    found = errors["EffectivePolicyValidationErrors"]
    assert found
    for error in found:
        wrong = row(page, error["ErrorMessage"], error["ErrorCode"])
        expect(wrong.first).to_contain_text(error["PathToError"])
        expect(wrong.first).to_contain_text("vaultless")
    page.goto(f"{lab.url}/targets/{lab.management}")
    expect(page.locator("body")).not_to_contain_text("The merge is not valid")


def test_levels(lab, page):
    for kind in (SCP, RCP):
        lab.client.enable_policy_type(RootId=lab.root, PolicyType=kind)
    lab.client.attach_policy(PolicyId=create(lab.client, SCP, "no-s3"), TargetId=lab.outer)
    page.goto(f"{lab.url}/targets/{lab.member}")
    table = page.get_by_role("table", name="Service control policy, level by level")
    levels = [found.inner_text().split() for found in table.get_by_role("row").all()[1:]]
    assert [level[0] for level in levels] == ["Root", "Outer", "Inner", "Account"]
    assert ["no-s3" in level for level in levels] == [False, True, False, False]
    assert all("FullAWSAccess" in level for level in levels)
    assert page.get_by_role("table", name="Resource control policy, level by level").count() == 1
    page.goto(f"{lab.url}/targets/{lab.management}")
    assert "This is the management account" in text_of(page)


# Would a call be allowed?

LOCK = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "OnlyEurope", "Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    },
}  # fmt: skip


def ask(page, lab, account, action, resource="", principal="", context="", partial=False, **more):
    page.goto(f"{lab.url}/targets/{account}/decision")
    page.get_by_label("Action").fill(action)
    page.get_by_label("ARN of the resource").fill(resource)
    page.get_by_label("Who calls").fill(principal)
    page.get_by_label("Condition keys").fill(context)
    if partial:
        page.get_by_label("Keys that are not named").check()
    if more:
        page.get_by_text("The resource's owner, and policies").click()
    for label, text in more.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    press(page, "Ask")
    return page.locator("section", has=page.locator("#ruling"))


def reasons(ruling):
    return [" ".join(found.inner_text().split()) for found in ruling.locator("ol > li").all()]


def test_decisions_with_their_reasons(lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=SCP)
    lock = create(lab.client, SCP, "lock", LOCK)
    lab.client.attach_policy(PolicyId=lock, TargetId=lab.outer)
    role = f"arn:aws:iam::{lab.member}:role/dev"
    ruling = ask(page, lab, lab.member, "ec2:RunInstances", principal=role, context="aws:RequestedRegion=us-east-1")
    expect(ruling.locator(".badge").first).to_have_text("Denied by a statement")
    [reason] = reasons(ruling)
    assert reason.startswith("denies service control policy at Outer") and "lock, statement 1 (OnlyEurope)" in reason
    assert "StringNotEquals aws:RequestedRegion [eu-west-1] with us-east-1: holds" in reason
    arn = lab.client.describe_policy(PolicyId=lock)["Policy"]["PolicySummary"]["Arn"]
    assert f"with an explicit deny in a service control policy: {arn}" in ruling.inner_text()
    # What was asked is still there, to ask again.
    assert page.get_by_label("Who calls").input_value() == role
    page.get_by_label("Condition keys").fill("aws:RequestedRegion=eu-west-1")
    press(page, "Ask")
    ruling = page.locator("section", has=page.locator("#ruling"))
    expect(ruling.locator(".badge").first).to_have_text("Allowed")
    told = reasons(ruling)
    for node in ("Root", "Outer", "Inner", f"Account {lab.member}"):
        assert any(f"allows service control policy at {node}" in reason for reason in told), told
    assert any("resource control policy" in reason for reason in told)
    assert any("identity-based policy" in reason and "the caller's policy" in reason for reason in told)
    ruling = ask(page, lab, lab.member, "ec2:RunInstances", principal=role, partial=True)
    expect(ruling).to_contain_text("Undecided")
    expect(ruling).to_contain_text("aws:requestedregion")
    # The management account is under no such policy.
    ruling = ask(page, lab, lab.management, "ec2:RunInstances")
    expect(ruling.locator(".badge").first).to_have_text("Allowed")
    assert any("it is the management account" in reason for reason in reasons(ruling))


def test_a_level_that_allows_nothing(lab, page):
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=SCP)
    only = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}
    lab.client.attach_policy(PolicyId=create(lab.client, SCP, "only", only), TargetId=lab.member)
    lab.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=lab.member)
    ruling = ask(page, lab, lab.member, "s3:ListAllMyBuckets")
    expect(ruling.locator(".badge").first).to_have_text("Denied: nothing allows it")
    [reason] = reasons(ruling)
    assert reason.startswith(f"does not allow service control policy at Account {lab.member}")


def test_resources_of_others(lab, page):
    """The owner's resource control policies, and the resource's own policy, have a say."""
    bucket = "arn:aws:s3:::bucket/key"
    [owner] = lab.add_members(1)
    role = f"arn:aws:iam::{lab.member}:role/dev"
    grant = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": lab.member}, "Action": "s3:GetObject", "Resource": "*"}}  # fmt: skip
    asked = dict(resource=bucket, principal=role, Account_that_owns_the_resource=owner)
    ruling = ask(page, lab, lab.member, "s3:GetObject", **asked)
    expect(ruling.locator(".badge").first).to_have_text("Denied: nothing allows it")
    assert any("resource-based policy" in reason for reason in reasons(ruling))
    ruling = ask(page, lab, lab.member, "s3:GetObject", **asked, Policy_on_the_resource=json.dumps(grant))
    expect(ruling.locator(".badge").first).to_have_text("Allowed")
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=RCP)
    lab.client.attach_policy(PolicyId=create(lab.client, RCP, "closed"), TargetId=owner)
    ruling = ask(page, lab, lab.member, "s3:GetObject", **asked, Policy_on_the_resource=json.dumps(grant))
    expect(ruling.locator(".badge").first).to_have_text("Denied by a statement")
    assert "closed, statement 1" in reasons(ruling)[0]
    # A policy that is none is told like any other.
    ask(page, lab, lab.member, "s3:GetObject", **asked, Identity_policy_of_the_caller='{"Statement": []}')
    refusal(page, "That does not work")
    expect(page.locator("body")).to_contain_text("Line 1, column 15")


QUESTIONS = [
    ({"action": "nonsense"}, "An action is"),
    ({"action": ""}, "An action is"),
    ({"action": "s3:*"}, "An action is"),
    ({"action": "s3:GetObject", "resource": "bucket"}, "A resource is an ARN"),
    ({"action": "s3:GetObject", "principal": "somebody"}, "Who calls is"),
    ({"action": "s3:GetObject", "principal": "arn:aws:iam::999999999999:user/x"}, "has to be of account"),
    ({"action": "s3:GetObject", "context": "nonsense"}, "has a colon"),
    ({"action": "s3:GetObject", "context": "a:b=c\n" * 101}, "at most 100"),
    ({"action": "s3:GetObject", "Account_that_owns_the_resource": "me"}, "12 digits"),
    ({"action": "s3:" + "x" * 3000}, "at most 2048"),
]


@pytest.mark.parametrize(("asked", "told"), QUESTIONS, ids=[told for _, told in QUESTIONS])
def test_questions_that_cannot_be_asked(lab, page, asked, told):
    ask(page, lab, lab.member, **asked)
    assert told in refusal(page, "That does not work")
    assert page.get_by_label("Action").input_value() == asked["action"]


def test_the_question_on_the_account_page(lab, page):
    page.goto(f"{lab.url}/targets/{lab.member}")
    page.get_by_label("Action").fill("s3:ListAllMyBuckets")
    press(page, "Ask")
    expect(page.locator("#ruling")).to_contain_text("s3:ListAllMyBuckets")
    expect(page.locator("section .badge").first).to_have_text("Allowed")


# Without a browser.


def test_what_is_not_there(server, lab):
    policy = create(lab.client, TAG, "cost", COST)
    gone = new_organization(server)
    gone.client.delete_organization()
    path = urlsplit(lab.url).path
    stranger = new_account(server)
    missing = [
        "/organizations/o-0000000000", "/organizations/x", f"/organizations/{gone.id}",
        "/organizations/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        f"/organizations/{gone.id}/policies/{policy}", f"/organizations/{gone.id}/policies/new",
        f"{path}?parent=ou-0000-00000000", f"{path}?parent=x", f"{path}?type=x", f"{path}?after=x", f"{path}?from=x",
        f"{path}/policies/p-00000000", f"{path}/policies/x", f"{path}/policies/%3Cscript%3E",
        f"{path}/targets/{stranger}", f"{path}/targets/r-0000", f"{path}/targets/ou-0000-00000000", f"{path}/targets/x",
        f"{path}/targets/{stranger}/decision", f"{path}/targets/{lab.root}/decision", f"{path}/targets/x/decision",
    ]  # fmt: skip
    for path in missing:
        answer = server.wire.send("GET", path)
        assert answer.status == 404, path
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"<script" not in answer.body


def pages_of(lab):
    """Every page with forms, with something attached."""
    lab.client.enable_policy_type(RootId=lab.root, PolicyType=SCP)
    policy = create(lab.client, SCP, "no-s3")
    lab.client.attach_policy(PolicyId=policy, TargetId=lab.root)
    path = urlsplit(lab.url).path
    lab.paths = [
        path, f"{path}/policies/new", f"{path}/policies/{policy}", f"{path}/targets/{lab.root}",
        f"{path}/targets/{lab.member}", f"{path}/targets/{lab.member}/decision", "/policies/check",
    ]  # fmt: skip
    return lab.paths


def state(lab):
    """All that the forms could change."""
    kinds = (SCP, TAG, RCP)
    named = [lab.client.list_policies(Filter=kind)["Policies"] for kind in kinds]
    return named, policy_types(lab.client), [attached(lab.client, at, SCP) for at in (lab.root, lab.member)]


@pytest.mark.parametrize("headers", FOREIGN, ids=[" ".join(headers.values()) for headers in FOREIGN])
def test_forms_of_other_sites(server, lab, headers):
    paths = pages_of(lab)
    before, sent = state(lab), 0
    for path in paths:
        for form in forms(server.wire.send("GET", path)):
            assert form["method"] == "post"
            kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
            answer = server.wire.send("POST", form["action"], kind, urlencode(form["fields"]).encode())
            assert answer.status == 403, f"{form['action']}: {answer}"
            sent += 1
    assert sent >= 25 and state(lab) == before


def test_forms_without_their_token(server, lab):
    paths = pages_of(lab)
    before = state(lab)
    for path in paths:
        for form in forms(server.wire.send("GET", path)):
            fields = {name: value for name, value in form["fields"].items() if name != "csrf"}
            for body in ("", urlencode(fields), urlencode({**fields, "csrf": "x"}), "csrf=%FF&csrf", "content=1&content=2"):
                action = urljoin(path, form["action"])
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = server.wire.send("POST", action, kind, body.encode())
                assert 400 <= answer.status < 500, f"{action}: {answer}"
                assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            for method in ("GET", "PUT", "DELETE"):
                server.wire.send(method, f"{action}?{urlencode(form['fields'])}")
    assert state(lab) == before


def test_headers(server, lab):
    for path in [*pages_of(lab), "/organizations/x"]:
        answer = server.wire.send("GET", path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_actions_that_are_none(server, lab):
    for path in pages_of(lab)[:-2]:
        for action in ({}, {"action": ""}, {"action": "destroy"}):
            answer = post(server, path, type=SCP, **action)
            assert answer.status == 400, f"{path}: {answer}"


def test_pictures(server, lab, page, tmp_path):
    """Screenshots for the eye, small and large; no page scrolls sideways."""
    for kind in (SCP, RCP, TAG, BACKUP):
        lab.client.enable_policy_type(RootId=lab.root, PolicyType=kind)
    top, below = create(lab.client, TAG, "company", COST), create(lab.client, TAG, "team", MORE)
    lock, vaultless = create(lab.client, SCP, "lock", LOCK), create(lab.client, BACKUP, "vaultless", VAULTLESS)
    for policy, at in ((top, lab.root), (below, lab.inner), (lock, lab.outer), (vaultless, lab.member)):
        lab.client.attach_policy(PolicyId=policy, TargetId=at)

    def wrong():
        write(page, lab, WRONG[0][0], "wrong", WRONG[0][1])
        press(page, "Check")
        expect(page.get_by_role("alert")).to_be_visible()

    def denied():
        context = "aws:RequestedRegion=us-east-1"
        ask(page, lab, lab.member, "ec2:RunInstances", f"arn:aws:ec2:us-east-1:{lab.member}:instance/*", context=context)
        expect(page.locator("#ruling")).to_be_visible()

    shown = {
        "home": lambda: page.goto(f"{server.url}/"),
        "organization": lambda: page.goto(f"{lab.url}?parent={lab.inner}"),
        "wrong": wrong,
        "policy": lambda: page.goto(f"{lab.url}/policies/{top}"),
        "account": lambda: page.goto(f"{lab.url}/targets/{lab.member}"),
        "root": lambda: page.goto(f"{lab.url}/targets/{lab.root}"),
        "decision": denied,
        "check": lambda: page.goto(f"{server.url}/policies/check"),
    }
    for name, show in shown.items():
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            show()
            page.emulate_media(color_scheme="dark" if name == "decision" else "light")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert page.locator("body").bounding_box()["width"] <= width
            picture = tmp_path / f"{name}-{width}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 2000
