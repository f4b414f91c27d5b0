"""What goes over the wire: headers, empty bodies, signatures good and bad, hostile and broken requests."""

import datetime
import email.utils
import json
import re
import socket
import threading

import pytest

from harness import shapes
from harness.server import fresh_account, parse_time, wait_for
from harness.wire import FORM, JSON11, PREFIX, Signer
from harness.world import new_account, new_organization, refused, refuses
from test_model import MUST_BE_THERE

NOT_IN_USE = "AWSOrganizationsNotInUseException"
SIGNATURE_TEXT = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and"
    " signing method. Consult the service documentation for details."
)
TOKEN_TEXT = "The security token included in the request is invalid."


def utc():
    return datetime.datetime.now(datetime.timezone.utc)


def front_door(answer, code, text=None):
    """A refusal from before the operation: HTTP 400, lower-case `message`, nothing else."""
    assert (answer.status, answer.code) == (400, code), str(answer)
    assert set(answer.json) <= {"__type", "message"}
    assert re.match(shapes.UUID, answer.headers["x-amzn-RequestId"])
    assert answer.headers["Content-Type"] == JSON11
    if text is not None:
        assert re.fullmatch(text, answer.json["message"]), answer.json["message"]


def still_fine(server, account):
    """The server goes on serving."""
    assert server.alive()
    answer = server.call(account, "ListHandshakesForAccount")
    assert (answer.status, answer.body) == (200, b'{"Handshakes":[]}')


# Headers and bodies.


def test_headers_and_empty_list(shared_server):
    answer = shared_server.call(new_account(shared_server), "ListHandshakesForAccount")
    assert (answer.status, answer.body) == (200, b'{"Handshakes":[]}')
    assert answer.headers["Content-Type"] == JSON11
    assert answer.headers["Content-Length"] == "17"
    assert re.match(shapes.UUID, answer.headers["x-amzn-RequestId"])


def test_request_ids_differ(shared_server):
    account = new_account(shared_server)
    seen = {shared_server.call(account, "ListHandshakesForAccount").headers["x-amzn-RequestId"] for _ in range(5)}
    assert len(seen) == 5


def test_void_operations_answer_zero_bytes(shared_server):
    organization = new_organization(shared_server)
    member, leaver = organization.add_members(2)
    closing = new_organization(shared_server)
    [closed] = closing.add_members(1)
    unit = organization.unit("Unit")
    move = {"AccountId": member, "SourceParentId": organization.root, "DestinationParentId": unit}
    back = {"AccountId": member, "SourceParentId": unit, "DestinationParentId": organization.root}
    service = {"ServicePrincipal": "config.amazonaws.com"}
    client, manager = organization.client, organization.management
    client.enable_policy_type(RootId=organization.root, PolicyType="TAG_POLICY")
    made = client.create_policy(Type="TAG_POLICY", Name="Tags", Description="", Content='{"tags":{}}')
    attachment = {"PolicyId": made["Policy"]["PolicySummary"]["Id"], "TargetId": member}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "organizations:ListAccounts", "Resource": "*"}
    client.put_resource_policy(Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    calls = [
        (manager, "AttachPolicy", attachment),
        (manager, "DetachPolicy", attachment),
        (manager, "DeletePolicy", {"PolicyId": attachment["PolicyId"]}),
        (manager, "DeleteResourcePolicy", {}),
        (closing.management, "CloseAccount", {"AccountId": closed}),
        (organization.management, "MoveAccount", move),
        (organization.management, "MoveAccount", back),
        (organization.management, "DeleteOrganizationalUnit", {"OrganizationalUnitId": unit}),
        (organization.management, "EnableAWSServiceAccess", service),
        (organization.management, "RegisterDelegatedAdministrator", {"AccountId": member, **service}),
        (organization.management, "DeregisterDelegatedAdministrator", {"AccountId": member, **service}),
        (organization.management, "DisableAWSServiceAccess", service),
        (organization.management, "TagResource", {"ResourceId": member, "Tags": [{"Key": "a", "Value": "b"}]}),
        (organization.management, "UntagResource", {"ResourceId": member, "TagKeys": ["a"]}),
        (organization.management, "RemoveAccountFromOrganization", {"AccountId": member}),
        (leaver, "LeaveOrganization", {}),
        (organization.management, "DeleteOrganization", {}),
    ]
    for caller, operation, body in calls:
        answer = shared_server.call(caller, operation, body)
        assert (answer.status, answer.body) == (200, b""), f"{operation}: {answer}"
        assert answer.headers["Content-Length"] == "0"
        assert re.match(shapes.UUID, answer.headers["x-amzn-RequestId"])
    without = {name for name in MUST_BE_THERE if shapes.service_model().operation_model(name).output_shape is None}
    assert {operation for _, operation, _ in calls} == without


@pytest.mark.parametrize("raw", [b"", b"{}", b" \n{ } "])
def test_an_empty_body_is_an_empty_object(shared_server, raw):
    organization = new_organization(shared_server)
    answer = shared_server.call(organization.management, "DescribeOrganization", raw=raw)
    assert answer.status == 200, str(answer)
    assert answer.json["Organization"]["Id"] == organization.id


def test_timestamps_are_numbers(shared_server):
    organization = new_organization(shared_server)
    body = {"Target": {"Id": new_account(shared_server), "Type": "ACCOUNT"}}
    answer = shared_server.call(organization.management, "InviteAccountToOrganization", body)
    found = re.findall(rb'"(?:Requested|Expiration)Timestamp":(\d{10}(?:\.\d{1,3})?)[,}]', answer.body)
    assert len(found) == 2, answer.body
    milliseconds = [round(float(number) * 1000) for number in found]
    assert abs(milliseconds[1] - milliseconds[0]) == 1_296_000_000


def test_date_is_wall_time_and_the_other_header_business_time(server):
    account = new_account(server)
    server.advance("100d")
    answer = server.call(account, "ListHandshakesForAccount")
    date = email.utils.parsedate_to_datetime(answer.headers["Date"])
    business = parse_time(answer.headers["X-Guildhall-Now"])
    assert abs(date - utc()) < datetime.timedelta(minutes=5)
    assert datetime.timedelta(days=99) < business - utc() < datetime.timedelta(days=101)


@pytest.mark.parametrize("content_type", [JSON11, "application/json", f"{JSON11}; charset=utf-8"])
def test_content_types(shared_server, content_type):
    answer = shared_server.call(
        new_account(shared_server), "ListHandshakesForAccount", headers={"Content-Type": content_type}
    )
    assert answer.status == 200, str(answer)
    assert answer.headers["Content-Type"] == JSON11


def test_errors_have_the_modelled_form(shared_server):
    answer = shared_server.call(new_account(shared_server), "DescribeOrganization")
    assert answer.status == 400
    assert answer.json == {"__type": NOT_IN_USE, "Message": "Your account is not a member of an organization."}
    organization = new_organization(shared_server)
    answer = shared_server.call(organization.management, "ListAccounts", {"MaxResults": 21})
    assert answer.json == {
        "__type": "InvalidInputException",
        "Message": "You provided a value that exceeds the maximum allowed.",
        "Reason": "MAX_VALUE_EXCEEDED:MAX_RESULTS",
    }


# Signatures.


def test_any_region_is_accepted(shared_server):
    account = new_account(shared_server)
    for region in ("us-east-1", "eu-central-1", "cn-northwest-1", "us-gov-west-1", "local"):
        answer = shared_server.call(account, "ListHandshakesForAccount", signer=Signer(account, region=region))
        assert answer.status == 200, str(answer)


def test_any_host_is_accepted(shared_server):
    account = new_account(shared_server)
    answer = shared_server.call(
        account, "ListHandshakesForAccount", headers={"Host": "organizations.us-east-1.amazonaws.com"}
    )
    assert answer.status == 200, str(answer)


def test_extra_signed_headers(shared_server):
    account = new_account(shared_server)
    extra = {
        "amz-sdk-invocation-id": "4c9e0b3e-0000-0000-0000-000000000000",
        "amz-sdk-request": "attempt=1; max=3",
        "X-Amz-User-Agent": "aws-sdk-js/3  with   blanks ",
    }
    assert shared_server.call(account, "ListHandshakesForAccount", headers=extra).status == 200


@pytest.mark.parametrize("minutes", [-4, 4])
def test_dates_inside_of_the_window(shared_server, minutes):
    account = new_account(shared_server)
    signer = Signer(account, at=utc() + datetime.timedelta(minutes=minutes))
    assert shared_server.call(account, "ListHandshakesForAccount", signer=signer).status == 200


def test_business_time_is_a_valid_date_too(server):
    account = new_account(server)
    server.advance("100d")
    for at in (utc(), server.now()):
        answer = server.call(account, "ListHandshakesForAccount", signer=Signer(account, at=at))
        assert answer.status == 200, str(answer)
    between = Signer(account, at=utc() + datetime.timedelta(days=50))
    front_door(server.call(account, "ListHandshakesForAccount", signer=between), "InvalidSignatureException")


KEY = "555555555555"
BAD_SIGNERS = [
    ("wrong secret", lambda: Signer(KEY, secret="tesT"), "InvalidSignatureException", re.escape(SIGNATURE_TEXT)),
    ("empty secret", lambda: Signer(KEY, secret=""), "InvalidSignatureException", re.escape(SIGNATURE_TEXT)),
    ("unknown key", lambda: Signer("AKIAIOSFODNN7EXAMPLE"), "UnrecognizedClientException", re.escape(TOKEN_TEXT)),
    ("eleven digits", lambda: Signer("55555555555"), "UnrecognizedClientException", re.escape(TOKEN_TEXT)),
    ("unknown token", lambda: Signer(KEY, token="nonsense"), "UnrecognizedClientException", re.escape(TOKEN_TEXT)),
    (
        "expired",
        lambda: Signer(KEY, at=utc() - datetime.timedelta(minutes=16)),
        "InvalidSignatureException",
        r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)",
    ),
    (
        "future",
        lambda: Signer(KEY, at=utc() + datetime.timedelta(minutes=16)),
        "InvalidSignatureException",
        r"Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)",
    ),
    (
        "wrong service",
        lambda: Signer(KEY, service="s3"),
        "InvalidSignatureException",
        r"Credential should be scoped to correct service: 'organizations'\.",
    ),
    (
        "wrong terminator",
        lambda: Signer(KEY, terminator="aws5_request"),
        "InvalidSignatureException",
        r"Credential should be scoped with a valid terminator: 'aws4_request', not .*",
    ),
    (
        "wrong date in scope",
        lambda: Signer(KEY, scope_date="20200101"),
        "InvalidSignatureException",
        r"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: .*",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("signer", "code", "text"), [row[1:] for row in BAD_SIGNERS], ids=[row[0] for row in BAD_SIGNERS]
)
def test_bad_signatures(shared_server, signer, code, text):
    front_door(shared_server.call(KEY, "ListHandshakesForAccount", signer=signer()), code, text)


BAD_HEADERS = [
    ("none", None, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    ("no equal sign", "AWS4-HMAC-SHA256 nonsense", "IncompleteSignatureException", r".*missing equal-sign.*"),
    ("no credential", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00", "IncompleteSignatureException", r".*'Credential'.*"),
    ("no signature", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host", "IncompleteSignatureException", r".*'Signature'.*"),
    ("no signed headers", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=00", "IncompleteSignatureException", r".*'SignedHeaders'.*"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "code", "text"), [row[1:] for row in BAD_HEADERS], ids=[row[0] for row in BAD_HEADERS]
)
def test_bad_authorization_headers(shared_server, value, code, text):
    headers = {
        "Content-Type": JSON11,
        "X-Amz-Target": f"{PREFIX}.ListAccounts",
        "X-Amz-Date": utc().strftime("%Y%m%dT%H%M%SZ"),
    }
    if value is not None:
        headers["Authorization"] = value
    front_door(shared_server.wire.send("POST", "/", headers, b"{}"), code, text)


ODD_AUTHORIZATIONS = [
    "",
    "AWS4-HMAC-SHA256",
    "Basic dXNlcjpwYXNzd29yZA==",
    "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
    "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;;, Signature=zz",
    "AWS4-HMAC-SHA256 Credential=555555555555/20260101/us-east-1/organizations/aws4_request/more, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 " + "Credential=a," * 2000,
    "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=00",
    "AWS4-HMAC-SHA256 Credential=\xff\xfe/x/y/z/aws4_request, SignedHeaders=host, Signature=00",
]


@pytest.mark.parametrize("value", ODD_AUTHORIZATIONS, ids=range(len(ODD_AUTHORIZATIONS)))
def test_odd_authorization_headers(shared_server, value):
    headers = {
        "X-Amz-Target": f"{PREFIX}.ListAccounts",
        "X-Amz-Date": utc().strftime("%Y%m%dT%H%M%SZ"),
        "Authorization": value,
    }
    answer = shared_server.wire.send("POST", "/", headers, b"{}")
    assert answer.status == 400, str(answer)
    assert answer.code in shapes.FRONT_DOOR, str(answer)
    still_fine(shared_server, new_account(shared_server))


def test_each_signed_part_counts(shared_server):
    """Any change after signing is noticed: body, a signed header, the signature itself."""
    account = new_account(shared_server)
    url = f"{shared_server.url}/"
    plain = {"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.ListHandshakesForAccount"}

    def send(change):
        headers = Signer(account).header("POST", url, plain, b"{}")
        body = change(headers) or b"{}"
        return shared_server.wire.send("POST", "/", headers, body)

    assert send(lambda headers: None).status == 200
    changes = {
        "body": lambda headers: b"{ }",
        "target": lambda headers: headers.update({"X-Amz-Target": f"{PREFIX}.ListAccounts"}),
        "content type": lambda headers: headers.update({"Content-Type": "application/json"}),
        "signature": lambda headers: headers.update(
            {"Authorization": headers["Authorization"][:-1] + ("0" if headers["Authorization"][-1] != "0" else "1")}
        ),
        "signature cut": lambda headers: headers.update({"Authorization": headers["Authorization"][:-2]}),
    }
    for what, change in changes.items():
        answer = send(change)
        assert answer.code == "InvalidSignatureException", f"{what}: {answer}"


def presigned(server, account, expires=300, at=None, headers=None, body=b"{}"):
    headers = headers or {"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.ListHandshakesForAccount"}
    url = Signer(account, at=at).query("POST", f"{server.url}/", headers, body, expires)
    return url[len(server.url) :], headers, body


def test_presigned(shared_server):
    account = new_account(shared_server)
    path, headers, body = presigned(shared_server, account)
    assert shared_server.wire.send("POST", path, headers, body).status == 200
    # Until it expires, it may be used again, and each part counts.
    assert shared_server.wire.send("POST", path, headers, body).status == 200
    for bent in (path.replace("X-Amz-Expires=300", "X-Amz-Expires=301"), path[:-1] + ("0" if path[-1] != "0" else "1")):
        front_door(
            shared_server.wire.send("POST", bent, headers, body), "InvalidSignatureException", re.escape(SIGNATURE_TEXT)
        )
    front_door(
        shared_server.wire.send("POST", path, headers, b"{ }"), "InvalidSignatureException", re.escape(SIGNATURE_TEXT)
    )


def test_presigned_expiry(shared_server):
    account = new_account(shared_server)
    path, headers, body = presigned(shared_server, account, expires=60, at=utc() - datetime.timedelta(seconds=120))
    front_door(
        shared_server.wire.send("POST", path, headers, body), "InvalidSignatureException", r"Signature expired: .*"
    )


def test_a_fresh_key(shared_server):
    account = new_account(shared_server)
    registered = shared_server.register(f"second-{account}@example.com")
    client = shared_server.client(registered["AccessKeyId"], secret=registered["SecretAccessKey"])
    assert client.list_handshakes_for_account()["Handshakes"] == []
    caller = shared_server.client(registered["AccessKeyId"], "sts", secret=registered["SecretAccessKey"])
    assert caller.get_caller_identity()["Account"] == registered["Id"]
    wrong = Signer(registered["AccessKeyId"], secret="test")
    front_door(shared_server.call("", "ListHandshakesForAccount", signer=wrong), "InvalidSignatureException")


# STS: AWS Query, answered in XML.


def test_get_caller_identity(shared_server):
    account = new_account(shared_server)
    answer = shared_server.wire.sts(account)
    assert answer.status == 200, str(answer)
    assert answer.headers["Content-Type"].startswith("text/xml")
    text = answer.body.decode()
    assert 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"' in text
    assert f"<Arn>arn:aws:iam::{account}:root</Arn>" in text
    assert f"<Account>{account}</Account>" in text
    assert f"<UserId>{account}</UserId>" in text
    identifier = re.search(r"<RequestId>([^<]+)</RequestId>", text).group(1)
    assert identifier == answer.headers["x-amzn-RequestId"]


STS_REFUSALS = [
    ("wrong secret", {"secret": "no"}, "GetCallerIdentity", 403, "SignatureDoesNotMatch"),
    ("unknown key", {"key": "AKIAIOSFODNN7EXAMPLE"}, "GetCallerIdentity", 403, "InvalidClientTokenId"),
    ("unknown action", {}, "GetNothing", 400, "InvalidAction"),
]


@pytest.mark.parametrize(
    ("change", "action", "status", "code"), [row[1:] for row in STS_REFUSALS], ids=[row[0] for row in STS_REFUSALS]
)
def test_sts_refusals(shared_server, change, action, status, code):
    signer = Signer(**{"key": KEY, "service": "sts", **change})
    answer = shared_server.wire.sts(KEY, action, signer=signer)
    assert answer.status == status, str(answer)
    assert f"<Code>{code}</Code>" in answer.body.decode()
    assert "<Type>Sender</Type>" in answer.body.decode()


# What STS answered, up to the semicolon (identity.md 1.5).
UNKNOWN = [
    ("action", "Action=NoSuchAction&Version=2011-06-15", "NoSuchAction for version 2011-06-15", "which its docs"),
    ("no version", "Action=GetCallerIdentity", "GetCallerIdentity for version NO_VERSION_SPECIFIED", "is 2011-06-15"),
    ("empty version", "Action=GetCallerIdentity&Version=", "GetCallerIdentity for version ", "is 2011-06-15"),
    (
        "version of another service",
        "Action=GetCallerIdentity&Version=2010-05-08",
        "GetCallerIdentity for version 2010-05-08",
        "is 2011-06-15",
    ),
    ("empty action", "Action=&Version=2011-06-15", " for version 2011-06-15", "which its docs"),
    ("two actions", "Action=No&Action=GetCallerIdentity&Version=2011-06-15", "No for version 2011-06-15", "which"),
]


@pytest.mark.parametrize(("form", "named", "also"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
def test_actions_and_versions_that_are_none(shared_server, form, named, also):
    answer = shared_server.wire.sts(KEY, form=form)
    text = answer.body.decode()
    assert answer.status == 400 and "<Code>InvalidAction</Code>" in text, str(answer)
    assert f"<Message>Could not find operation {named}; " in text and also in text, str(answer)
    assert 'xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"' in text, str(answer)


def test_of_two_actions_and_versions_the_first_counts(shared_server):
    account = new_account(shared_server)
    form = "Action=GetCallerIdentity&Action=No&Version=2011-06-15&Version=2000-01-01"
    assert f"<Account>{account}</Account>" in shared_server.wire.sts(account, form=form).body.decode()


def test_sts_wrong_secret_with_boto3(shared_server):
    with refused("SignatureDoesNotMatch"):
        shared_server.client(KEY, "sts", secret="wrong").get_caller_identity()


def test_sts_presigned_get(shared_server):
    """The form that cluster and vault log-ins carry around."""
    account = new_account(shared_server)
    url = shared_server.client(account, "sts").generate_presigned_url(
        "get_caller_identity", ExpiresIn=60, HttpMethod="GET"
    )
    answer = shared_server.wire.send("GET", url[len(shared_server.url) :])
    assert answer.status == 200, str(answer)
    assert f"<Account>{account}</Account>" in answer.body.decode()


# Broken and hostile requests: a clear AWS-shaped error, never a 500, and the server lives on.

DEEP = 200_000
BROKEN = [
    ("no JSON", b"not json", "SerializationException"),
    ("half an object", b'{"MaxResults":', "SerializationException"),
    ("text after the object", b"{} {}", "SerializationException"),
    ("a list", b"[]", "SerializationException"),
    ("null", b"null", "SerializationException"),
    ("a number", b"7", "SerializationException"),
    ("duplicate member", b'{"MaxResults":1,"MaxResults":2}', "SerializationException"),
    ("duplicate unknown member", b'{"x":1,"x":2}', "SerializationException"),
    ("duplicate member deep inside", b'{"x":[{"a":{"b":1,"b":2}}]}', "SerializationException"),
    ("deep lists", b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}", "SerializationException"),
    ("deep objects", b'{"x":' + b'{"a":' * (DEEP // 5) + b"1" + b"}" * (DEEP // 5) + b"}", "SerializationException"),
    ("open lists", b"[" * DEEP, "SerializationException"),
    ("invalid UTF-8", b'{"NextToken":"\xff\xfe"}', "SerializationException"),
    ("half a surrogate", rb'{"NextToken":"\ud800"}', "SerializationException"),
    ("NUL byte", b'{"NextToken":"\x00"}', "SerializationException"),
    ("byte order mark", b"\xef\xbb\xbf{}", "SerializationException"),
    ("huge number", b'{"MaxResults":' + b"9" * 1000 + b"}", "SerializationException"),
    ("huge exponent", b'{"MaxResults":1e999999999}', "SerializationException"),
    ("NaN", b'{"MaxResults":NaN}', "SerializationException"),
    ("UTF-16", "{}".encode("utf-16"), "SerializationException"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "code"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_broken_bodies(shared_server, raw, code):
    account = new_account(shared_server)
    answer = shared_server.call(account, "ListHandshakesForAccount", raw=raw)
    front_door(answer, code)
    still_fine(shared_server, account)


TARGETS = [
    None,
    "",
    "ListAccounts",
    f"{PREFIX}.",
    f"{PREFIX}.NoSuchOperation",
    f"{PREFIX}.listaccounts",
    f"{PREFIX}.ListAccounts.more",
    f"{PREFIX.lower()}.ListAccounts",
    "AWSOrganizationsV20991128.ListAccounts",
    "DynamoDB_20120810.ListTables",
    f"{PREFIX}." + "A" * 4000,
]


@pytest.mark.parametrize("name", TARGETS, ids=range(len(TARGETS)))
def test_unknown_operations(shared_server, name):
    account = new_account(shared_server)
    headers = {"Content-Type": JSON11}
    if name is not None:
        headers["X-Amz-Target"] = name
    signed = Signer(account).header("POST", f"{shared_server.url}/", headers, b"{}")
    front_door(shared_server.wire.send("POST", "/", signed, b"{}"), "UnknownOperationException")
    still_fine(shared_server, account)


METHODS_AND_PATHS = [
    ("GET", "/nothing/here"),
    ("POST", "/nothing"),
    ("PUT", "/"),
    ("DELETE", "/"),
    ("PATCH", "/"),
    ("OPTIONS", "/"),
    ("TRACE", "/"),
    ("BREW", "/"),
    ("GET", "/../../etc/passwd"),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd"),
    ("GET", "/_guildhall/nothing"),
    ("POST", "//"),
    ("GET", "/?" + "a=b&" * 4000),
    ("GET", "/accept/%00"),
    ("GET", "/accept/%00/%00"),
    ("GET", "/accept/" + "h" * 4000),
]


@pytest.mark.parametrize(("method", "path"), METHODS_AND_PATHS)
def test_wrong_methods_and_paths(shared_server, method, path):
    answer = shared_server.wire.send(method, path)
    if (method, path[:2]) == ("GET", "/?"):
        assert answer.status in (200, 400, 414, 431), str(answer)
    else:
        assert 400 <= answer.status < 500, str(answer)
    assert b"root:" not in answer.body
    still_fine(shared_server, new_account(shared_server))


def test_body_up_to_one_mebibyte(shared_server):
    account = new_account(shared_server)
    limit = 1 << 20
    fits = b'{"x":"' + b"a" * (limit - 8) + b'"}'
    assert len(fits) == limit
    assert shared_server.call(account, "ListHandshakesForAccount", raw=fits).status == 200
    answer = shared_server.call(account, "ListHandshakesForAccount", raw=fits[:-2] + b'a"}')
    assert answer.status == 413, str(answer)
    assert answer.code == "RequestEntityTooLargeException"
    still_fine(shared_server, account)


def read_all(connection):
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except (ConnectionError, TimeoutError):
        pass
    return data


def test_a_body_far_too_long_is_not_read_to_its_end(shared_server):
    """Content-Length of a terabyte: refused at once, or the connection is closed; nothing is kept in memory."""
    with shared_server.wire.socket() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n")
        try:
            for _ in range(64):
                connection.sendall(b"a" * 65536)
        except ConnectionError:
            pass
        answer = read_all(connection)
    assert not answer or re.match(rb"HTTP/1\.1 4(00|13) ", answer), answer[:200]
    still_fine(shared_server, new_account(shared_server))


def test_chunked_bodies_have_the_same_limit(shared_server):
    with shared_server.wire.socket() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
        except ConnectionError:
            pass
        answer = read_all(connection)
    assert not answer or re.match(rb"HTTP/1\.1 4(00|13) ", answer), answer[:200]
    still_fine(shared_server, new_account(shared_server))


HALF = [
    b"",
    b"P",
    b"POST / HTTP/1.1\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
]


def test_others_are_served_while_requests_hang(shared_server):
    account = new_account(shared_server)
    hanging = []
    try:
        for _ in range(20):
            for part in HALF:
                connection = shared_server.wire.socket()
                connection.sendall(part)
                hanging.append(connection)
        still_fine(shared_server, account)
        organization = new_organization(shared_server)
        organization.invite(account)
    finally:
        for connection in hanging:
            connection.close()
    still_fine(shared_server, new_account(shared_server))


GARBAGE = [
    b"\x00" * 1000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(5000)) + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nlong: " + b"y" * 2_000_000 + b"\r\n\r\n",
    b"\xff\xff\xff\xff / HTTP/1.1\r\n\r\n",
]


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage(shared_server, data):
    with shared_server.wire.socket() as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = read_all(connection)
    assert not re.match(rb"HTTP/1\.1 (2\d\d|50[0-4])", answer), answer[:200]
    still_fine(shared_server, new_account(shared_server))


def test_a_client_that_goes_away(shared_server):
    """Connections dropped in the middle of an answer do no harm."""
    account = new_account(shared_server)
    url = f"{shared_server.url}/"
    for _ in range(50):
        headers = Signer(account).header(
            "POST", url, {"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.ListHandshakesForAccount"}, b"{}"
        )
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with shared_server.wire.socket() as connection:
            connection.sendall(f"POST / HTTP/1.1\r\nHost: {url[7:-1]}\r\nContent-Length: 2\r\n{text}\r\n{{}}".encode())
    still_fine(shared_server, account)


def test_pipelined_and_kept_connections(shared_server):
    account = new_account(shared_server)
    headers = Signer(account).header(
        "POST",
        f"{shared_server.url}/",
        {"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.ListHandshakesForAccount"},
        b"{}",
    )
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    one = f"POST / HTTP/1.1\r\nHost: {shared_server.url[7:]}\r\nContent-Length: 2\r\n{text}\r\n{{}}".encode()
    with shared_server.wire.socket() as connection:
        connection.sendall(one * 3)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    assert answer.count(b"HTTP/1.1 200 OK") == 3, answer[:600]


def test_many_at_once(shared_server):
    """A few hundred requests from many threads, good and bad, each with the answer it should get."""
    account, wrong = new_account(shared_server), []

    def work(number):
        for turn in range(10):
            if (number + turn) % 3:
                answer = shared_server.call(account, "ListHandshakesForAccount")
                good = answer.body == b'{"Handshakes":[]}'
            else:
                answer = shared_server.call(account, "ListHandshakesForAccount", signer=Signer(account, secret="no"))
                good = answer.code == "InvalidSignatureException"
            if not good:
                wrong.append(str(answer))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_secret_in_messages_or_log(start):
    server = start("--ephemeral", "--clock", "virtual")
    registered = server.register("secret@example.com")
    secret = registered["SecretAccessKey"]
    answers = [
        server.call("", "ListAccounts", signer=Signer(registered["AccessKeyId"], secret=secret)),
        server.call("", "ListAccounts", signer=Signer(registered["AccessKeyId"], secret=secret[:-1])),
        server.call("", "ListAccounts", signer=Signer(registered["AccessKeyId"], secret=secret), raw=b"["),
    ]
    refuses(answers[0], NOT_IN_USE)
    for answer in answers:
        assert secret.encode() not in answer.body
    wait_for(server.alive, "the server lives")
    assert secret not in server.stderr()
    assert secret not in "\n".join(server.output)


def test_forms_are_not_json(shared_server):
    """A form without an action, and JSON sent as a form."""
    account = fresh_account()
    for data in (b"", b"nothing=1", json.dumps({"Action": "GetCallerIdentity"}).encode()):
        signed = Signer(account, service="sts").header("POST", f"{shared_server.url}/", {"Content-Type": FORM}, data)
        answer = shared_server.wire.send("POST", "/", signed, data)
        assert answer.status == 400, str(answer)
