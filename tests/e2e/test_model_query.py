"""Every constraint of the public models of IAM and STS on every input member, for each operation that the server knows.

The walk (harness/model.py) makes the cases from botocore's installed models; an answer has to be AWS's code and sentence to the
letter. Where the service is known to differ from its model stands in CORRECTIONS, what it says otherwise in EXCEPTIONS, each with
its row of the reference. Operations that come later are covered by themselves.
"""

import functools
import re

import pytest

from harness import model, shapes
from harness.wire import Keep, form
from harness.world import new_account

DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}'

ACCOUNT = "111122223333"

# Good values by shape, or by operation and path. Whether the thing exists does not matter.
VALUES = {
    "arnType": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "policyDocumentType": DOCUMENT,
    "unrestrictedSessionPolicyDocumentType": DOCUMENT,
    "sessionPolicyDocumentType": DOCUMENT,
    "second Tag": {"Key": "other", "Value": "value"},
    "second tagKeyType": "other",
    "policyVersionIdType": "v1",
    "ActionNameType": "iam:GetUser",
    "ContextKeyNameType": "aws:userid",
    "ContextEntry": {"ContextKeyName": "aws:userid", "ContextKeyValues": ["a"], "ContextKeyType": "string"},
    "second ContextEntry": {"ContextKeyName": "aws:username", "ContextKeyValues": ["a"], "ContextKeyType": "string"},
    "accountIdType": "999999999999",
    "organizationsEntityPathType": "o-a1b2c3d4e5/r-f6g7h8i9",
    # A union: the second has the member that is walked.
    "PolicyIdentifier": {"PolicyType": "scp"},
    "second PolicyIdentifier": {},
    "SimulatePrincipalPolicy.policySourceArn": f"arn:aws:iam::{ACCOUNT}:user/walker",
}

BAD_PATH = (
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or /"
    " characters."
)
WORDS = ["LocalManagedPolicy", "User", "AWSManagedPolicy", "Role", "Group"]

# (operation pattern, path pattern, what differs from the public model, where that comes from)
CORRECTIONS = [
    (r"(Create|Update).*", r"path|newPath", {model.ALONE: BAD_PATH}, "identity.md 2.3"),
    (r"UpdateAccessKey|ListVirtualMFADevices", r"status|assignmentStatus", {model.UNTOLD: True}, "identity.md 10, row 3"),
    (r"ListEntitiesForPolicy", r"entityFilter", {"enum": WORDS}, "identity.md 1.6: the order of the words"),
    (r"AssumeRole", r"sourceIdentity", {"max": 256}, "identity.md 10, row 9"),
    (
        r"SimulatePrincipalPolicy",
        r"policyExclusionList\.\d+\.member\.(policyType|inlinePolicyIdentifier\.\w+)",
        {model.FREE: True},
        "identity.md 3.12: what is malformed is InvalidInput; 13, row 4: names with wildcards",
    ),
]

INLINE = "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required"

# (operation pattern, path pattern, what pattern, answer, where it comes from). The first match counts.
EXCEPTIONS = [
    (
        r"SimulatePrincipalPolicy",
        r".*\.inlinePolicyIdentifier\..*",
        r"missing",
        ("InvalidInput", INLINE),
        "identity.md 13, row 10",
    ),
    (
        r"Simulate.*",
        r".*\.contextKeyName",
        r"missing|empty",
        ("InvalidInput", "ContextKeyName cannot be null or empty."),
        "identity.md 3.12",
    ),
]

SERVICES = {"iam": "2010-05-08", "sts": "2011-06-15"}


@functools.cache
def dialect(service):
    return model.Query(VALUES, service, CORRECTIONS)


@functools.cache
def cases(service, operation):
    """All cases of an operation, those that exceptions are about with their answers."""
    return [(case, *exception_for(case)) for case in model.Walk(dialect(service), operation).all()]


def exception_for(case):
    """The answer that is wanted, and the row it comes from, if it is an exception's."""
    for row in EXCEPTIONS:
        operation, path, what, answer, _source = row
        if re.fullmatch(operation, case.operation) and re.fullmatch(path, case.path) and re.fullmatch(what, case.what):
            return answer, row
    return case.expect, None


@functools.cache
def all_operations():
    return [(service, operation) for service in SERVICES for operation in model.operations(service)]


@pytest.fixture(scope="module")
def root(shared_server):
    """Connections of an account's root user, one for each service."""
    new_account(shared_server, ACCOUNT)
    shared_server.client(ACCOUNT, "iam").create_user(UserName="walker")
    kept = {service: Keep(shared_server.url, ACCOUNT, service=service) for service in SERVICES}
    yield kept
    for keep in kept.values():
        keep.close()


@pytest.fixture(scope="module")
def known(root):
    """The operations that the server knows, by their services."""
    return {(service, name) for service, name in all_operations() if root[service].knows(name, SERVICES[service])}


def test_the_operations_are_there(known):
    assert len(known) > 100


@pytest.mark.parametrize(("service", "operation"), all_operations(), ids=[name for _, name in all_operations()])
def test_constraints(shared_server, root, known, service, operation):
    if (service, operation) not in known:
        pytest.skip("the server does not have it")
    wrong = []
    for case, wanted, row in cases(service, operation):
        complaint = judge(root, service, case, wanted)
        if complaint:
            source = f" ({row[-1]})" if row else ""
            wrong.append(f"{case.path or 'body'} {case.what}{source}: {complaint}")
    assert not wrong, f"{len(wrong)} of {len(cases(service, operation))} cases:\n" + "\n".join(wrong)
    assert shared_server.alive()


def test_corrections_and_exceptions_are_all_used(known):
    """A row that matches nothing is dead."""
    walked = [case for service, operation in sorted(known) for case in cases(service, operation)]
    used = [row for _, _, row in walked if row]
    assert [row for row in EXCEPTIONS if row not in used] == []
    places = {(case.operation, case.path) for case, _, _ in walked}
    matches = [
        any(re.fullmatch(row[0], operation) and re.fullmatch(row[1], path) for operation, path in places)
        for row in CORRECTIONS
    ]
    assert [row for row, used in zip(CORRECTIONS, matches, strict=True) if not used] == []


def judge(root, service, case, wanted):
    """What is wrong with the answer to a case, or None."""
    answer = root[service].query(case.operation, SERVICES[service], case.body)
    try:
        said = shapes.check_query(shapes.service_model(service).operation_model(case.operation), answer)
    except shapes.Mismatch as mismatch:
        return str(mismatch)
    if wanted is not None:
        return None if said == wanted else f"wanted {wanted}\n    got    {said}"
    if said and (said[0] == model.MALFORMED or "validation error" in said[1]):
        return f"must be let through, got {said}"
    return None


# The walker itself, on canned data.

PREFIX = "failed to satisfy constraint: Member must"

# What AWS was seen to answer (identity.md 1.6, 4.2 and 4.8).
RECORDED = [
    (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::111122223333:role/App", "RoleSessionName": "Session1:2"},
        rf"Value 'Session1:2' at 'roleSessionName' {PREFIX} satisfy regular expression pattern: [\w+=,.@-]*",
    ),
    (
        "sts",
        "AssumeRoot",
        {"TargetPrincipal": "111122223333", "DurationSeconds": 901},
        f"Value null at 'taskPolicyArn' {PREFIX} not be null; "
        f"Value '901' at 'durationSeconds' {PREFIX} have value less than or equal to 900",
    ),
    (
        "iam",
        "GetAccountAuthorizationDetails",
        {"Filter": ["Nobody"]},
        f"Value at 'filter' {PREFIX} satisfy constraint: "
        "[Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]]",
    ),
    (
        "iam",
        "TagUser",
        {"UserName": "a", "Tags": [{"Key": "k", "Value": "v"}, None, {}]},
        f"Value at 'tags.2.member' {PREFIX} not be null; "
        f"Value at 'tags.3.member.value' {PREFIX} not be null; Value at 'tags.3.member.key' {PREFIX} not be null",
    ),
    (
        "iam",
        "UntagUser",
        {"UserName": "a", "TagKeys": ["%"]},
        f"Value at 'tagKeys' {PREFIX} satisfy constraint: [Member must have length less than or equal to 128, Member must have "
        r"length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member "
        "must not be null]",
    ),
]


@pytest.mark.parametrize(("service", "operation", "body", "told"), RECORDED, ids=[row[1] for row in RECORDED])
def test_sentences_as_recorded(service, operation, body, told):
    count = told.count("' failed to satisfy")
    errors = "error" if count == 1 else "errors"
    wanted = (model.VALIDATION, f"{count} validation {errors} detected: {told}")
    assert dialect(service).expect(operation, dialect(service).shape(operation), body) == wanted


def test_ten_at_most_are_told():
    shape = dialect("iam").shape("TagUser")
    _, text = dialect("iam").expect("TagUser", shape, {"UserName": "a", "Tags": [{}] * 6})
    assert text.startswith("12 validation errors detected: ") and text.count("Value at") == 10


def test_paths_have_a_sentence_of_their_own():
    shape = dialect("iam").shape("CreateUser")
    assert dialect("iam").expect("CreateUser", shape, {"UserName": "a", "Path": "a"}) == (model.VALIDATION, BAD_PATH)
    _, text = dialect("iam").expect("CreateUser", shape, {"UserName": "a", "Path": ""})
    assert text == f"1 validation error detected: Value at 'path' {PREFIX} have length greater than or equal to 1"


def test_every_member_is_reached(known):
    for service, operation in known:
        shape = dialect(service).shape(operation)
        paths = {case.path for case, _, _ in cases(service, operation)}
        for name in shape.members if shape else ():
            assert model.Step(name).lower() in paths, f"{operation}.{name}"


def test_forms():
    body = {"Name": "a b", "Tags": [None, {"Key": "k", "Value": 1}], "Keys": [], "All": True, "No": None}
    assert list(form(body)) == [
        ("Name", "a b"),
        ("Tags.member.2.Key", "k"),
        ("Tags.member.2.Value", "1"),
        ("Keys", ""),
        ("All", "true"),
    ]
