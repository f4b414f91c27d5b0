"""Every constraint of the public model on every input member, for each operation that the server knows.

The walk (harness/model.py) makes the cases from botocore's installed model. What the real service was seen to answer otherwise
stands in EXCEPTIONS, each with its row of observed.md. Operations that come later are covered by themselves.
"""

import re

import pytest

from harness import model, shapes
from harness.world import TEXTS, expected_text, new_account, new_organization

# The whole model: the server has to know every operation of it.
MUST_BE_THERE = set(model.operations())

# Good values by shape, or by operation and path. They pass the model's checks; whether the thing exists does not matter.
VALUES = {
    "AccountId": "999999999999",
    "HandshakeId": "h-" + "0" * 32,
    "HandshakeParty": {"Id": "nobody@example.com", "Type": "EMAIL"},
    "ParentId": "r-zzzz",
    "ChildId": "999999999999",
    "TaggableResourceId": "999999999999",
    "Tag": {"Key": "key", "Value": "value"},
    "second Tag": {"Key": "other", "Value": "value"},
    "second TagKey": "other",
    "RootId": "r-zzzz",
    "OrganizationalUnitId": "ou-zzzz-12345678",
    "PolicyId": "p-12345678",
    "ResourcePolicyContent": (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
        '"Action":"organizations:ListAccounts","Resource":"*"}]}'
    ),
    "PolicyTargetId": "999999999999",
    "CreateAccountRequestId": "car-" + "0" * 32,
    "ServicePrincipal": "service.amazonaws.com",
    "Email": "nobody@example.com",
    "ResponsibilityTransferId": "rt-12345678",
    "Timestamp": 1_900_000_000,
    "PutResourcePolicy.CONTENT": (
        '{"Statement":{"Effect":"Deny","Principal":"*","Action":"organizations:ListRoots","Resource":"*"}}'
    ),
}

MERGED = r"ListAccountsWithInvalidEffectivePolicy|ListEffectivePolicyValidationErrors"

TARGETED = r"InviteAccountToOrganization|InviteOrganizationToTransferResponsibility"

# Texts that the model lets through.
BOUNDS = "longest.*|shortest|every character"

# (operation pattern, path pattern, what pattern) -> (exact Reason, where it comes from). The first match counts.
EXCEPTIONS = [
    (
        r"PutResourcePolicy",
        r"CONTENT",
        BOUNDS,
        "INVALID_RESOURCE_POLICY_JSON",
        "policies.md 7.2: 40,000 of one letter are no document",
    ),
    (MERGED, r"POLICY_TYPE", r"unknown value|lower case|empty", "INVALID_ENUM_POLICY_TYPE", "policies.md 5.1: bare"),
    (
        r"ListEffectivePolicyValidationErrors",
        r"ACCOUNT_ID",
        r"missing|null",
        "TARGET_NOT_SUPPORTED",
        "policies.md 5.2: for a missing account, too",
    ),
    (r".*", r"NEXT_TOKEN", rf"empty|{BOUNDS}", "INVALID_NEXT_TOKEN", "observed.md row 7: bare, also for an empty text"),
    # InviteAccountToOrganization.Target answers with bare reasons; the other invitation has the same shape there.
    (TARGETED, r"TARGET", r"missing|null", "INVALID_PATTERN", "observed.md row 2"),
    (TARGETED, r"TARGET_TYPE", r"missing|null|unknown value|lower case|empty|word ORGANIZATION", "INVALID_PARTY_TYPE_TARGET", "observed.md rows 2 and 3"),
    (TARGETED, r"TARGET_TYPE", r"word ACCOUNT", "INVALID_PATTERN", "observed.md row 2: an address is no account's id"),
    (TARGETED, r"TARGET_ID", rf"missing|null|empty|{BOUNDS}", "INVALID_EMAIL_ADDRESS_TARGET", "observed.md row 2: no address"),
]  # fmt: skip

# What a case may meet although its input is let through: the thing named does not exist, or the caller may not.
LET_THROUGH = re.compile(r"^(INVALID_|INPUT_|MAX_|MIN_|DUPLICATE_)")


def expectation(case):
    """The case's own expectation, or the reviewed exception's."""
    if case.expect == model.SERIALIZATION:
        return case.expect, ""
    for operation, path, what, reason, source in EXCEPTIONS:
        if re.fullmatch(operation, case.operation) and re.fullmatch(path, case.path) and re.fullmatch(what, case.what):
            return reason, source
    return case.expect, ""


def walked():
    dialect = model.Json(VALUES)
    for operation in model.operations():
        try:
            cases = model.Walk(dialect, operation).all()
        except model.Unknown as unknown:
            # Only a failure if the server knows the operation: see test_the_walker_knows_what_the_server_knows.
            yield model.Case(operation, "unwalkable", str(unknown), {}, None)
            continue
        yield from cases


CASES = {}
for _case in walked():
    CASES.setdefault(_case.operation, []).append(_case)


@pytest.fixture(scope="module")
def manager(shared_server):
    """A management account: membership is checked before input."""
    return new_organization(shared_server).management


@pytest.fixture(scope="module")
def known(shared_server):
    """The operations that the server knows, asked by an account without an organization."""
    stranger = new_account(shared_server)
    found = set()
    for operation in model.operations():
        # A body of the wrong type is refused by every operation, so nothing happens.
        answer = shared_server.call(stranger, operation, raw=b"[")
        assert answer.status == 400, f"{operation}: {answer}"
        if answer.code != "UnknownOperationException":
            found.add(operation)
    return found


def test_the_operations_are_there(known):
    assert sorted(MUST_BE_THERE - known) == []
    assert len(MUST_BE_THERE) == 63


def test_the_walker_knows_what_the_server_knows(known):
    unwalkable = {case.operation: case.path for cases in CASES.values() for case in cases if case.what == "unwalkable"}
    assert {name: why for name, why in unwalkable.items() if name in known} == {}


def test_exceptions_are_all_used():
    """A row of EXCEPTIONS that matches nothing is dead."""
    used = {source_of(case) for cases in CASES.values() for case in cases}
    assert [row for row in EXCEPTIONS if row[4] not in used] == []


def source_of(case):
    return expectation(case)[1]


@pytest.mark.parametrize("operation", model.operations())
def test_constraints(shared_server, manager, known, operation):
    assert operation in known
    wrong = []
    for case in CASES[operation]:
        expect, source = expectation(case)
        answer = shared_server.call(caller_for(shared_server, operation, manager), operation, case.body)
        complaint = judge(operation, case, expect, answer)
        if complaint:
            wrong.append(f"{case.path or 'body'} {case.what}{f' ({source})' if source else ''}: {complaint}")
    assert not wrong, f"{len(wrong)} of {len(CASES[operation])} cases:\n" + "\n".join(wrong)
    assert shared_server.alive()


def caller_for(server, operation, manager):
    """What is let through happens; these two need a caller of their own each time."""
    if operation == "CreateOrganization":
        return new_account(server)
    if operation == "DeleteOrganization":
        return new_organization(server).management
    return manager


def judge(operation, case, expect, answer):
    """What is wrong with the answer, or None."""
    operation_model = shapes.service_model().operation_model(operation)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        shapes.check(operation_model, answer.status, headers, answer.body)
    except shapes.Mismatch as mismatch:
        return str(mismatch)
    said = "success" if answer.status == 200 else f"{answer.code} / {answer.reason}"
    if expect == model.SERIALIZATION:
        return None if answer.code == model.SERIALIZATION else f"wanted {expect}, got {said}"
    if expect is None:
        if answer.code == model.SERIALIZATION or (
            answer.code == model.INVALID and LET_THROUGH.match(answer.reason or "")
        ):
            return f"must be let through, got {said}"
        return None
    if (answer.code, answer.reason) != (model.INVALID, expect):
        return f"wanted {expect}, got {said}"
    text = expected_text(model.INVALID, expect)
    if text is not None and answer.text != text:
        return f"the text is {answer.text!r}"
    return None


# The walker itself, on canned data.


def cases_of(operation):
    return {(case.path, case.what): expectation(case)[0] for case in CASES[operation]}


def test_walker_paths():
    found = cases_of("TagResource")
    assert found["RESOURCE_ID", "missing"] == "INPUT_REQUIRED:RESOURCE_ID"
    assert found["RESOURCE_ID", "empty"] == "INVALID_PATTERN:RESOURCE_ID"
    assert found["RESOURCE_ID", "too long"] == "MAX_LENGTH_EXCEEDED:RESOURCE_ID"
    assert found["TAGS", "null"] == "INPUT_REQUIRED:TAGS"
    assert found["TAGS_2_MEMBER_KEY", "too long"] == "MAX_LENGTH_EXCEEDED:TAGS_2_MEMBER_KEY"
    assert found["TAGS_2_MEMBER_KEY", "too long and odd"] == "MAX_LENGTH_EXCEEDED:TAGS_2_MEMBER_KEY"
    assert found["TAGS_2_MEMBER_KEY", "empty"] == "MIN_LENGTH_EXCEEDED:TAGS_2_MEMBER_KEY"
    assert found["TAGS_2_MEMBER_KEY", "pattern '%'"] == "INVALID_PATTERN:TAGS_2_MEMBER_KEY"
    assert found["TAGS_2_MEMBER_VALUE", "missing"] == "INPUT_REQUIRED:TAGS_2_MEMBER_VALUE"
    assert ("TAGS_2_MEMBER_VALUE", "empty") not in found
    assert found["TAGS_2_MEMBER", "wrong type 7"] == model.SERIALIZATION
    assert cases_of("UntagResource")["TAG_KEYS_2_MEMBER", "empty"] == "MIN_LENGTH_EXCEEDED:TAG_KEYS_2_MEMBER"


def test_walker_values():
    found = cases_of("ListAccounts")
    assert found["MAX_RESULTS", "too small"] == "MIN_VALUE_EXCEEDED:MAX_RESULTS"
    assert found["MAX_RESULTS", "too big"] == "MAX_VALUE_EXCEEDED:MAX_RESULTS"
    assert found["MAX_RESULTS", "largest"] is None
    assert found["MAX_RESULTS", "null"] is None
    assert found["NEXT_TOKEN", "too long"] == "MAX_LENGTH_EXCEEDED:NEXT_TOKEN"
    assert found["NEXT_TOKEN", "longest"] == "INVALID_NEXT_TOKEN"
    assert cases_of("CreateOrganization")["FEATURE_SET", "lower case"] == "INVALID_ENUM:FEATURE_SET"
    assert (
        cases_of("ListHandshakesForAccount")["FILTER_ACTION_TYPE", "unknown value"] == "INVALID_ENUM:FILTER_ACTION_TYPE"
    )
    assert cases_of("InviteAccountToOrganization")["TARGET", "missing"] == "INVALID_PATTERN"


def test_walker_reaches_every_member():
    """Each member of each input of the 46 operations has its cases, at any depth."""
    for operation in MUST_BE_THERE:
        shape = shapes.service_model().operation_model(operation).input_shape
        if shape is None:
            continue
        paths = {case.path for case in CASES[operation]}
        for name in shape.members:
            assert model.Step(name).upper() in paths, f"{operation}.{name}"


def test_texts_have_reasons_of_the_model():
    """The table of known texts names only codes and reasons that exist."""
    known_shapes = shapes.service_model().shape_names
    for code, reason in TEXTS:
        assert code in known_shapes
        if reason:
            assert reason in shapes.service_model().shape_for(f"{code}Reason").enum, (code, reason)
