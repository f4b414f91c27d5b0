"""The checkers of the harness, on canned data: a checker that lets everything through would make every test worthless."""

import json

import pytest

from harness import shapes
from harness.wire import Signer, Wire

ACCOUNT = "111111111111"
ORGANIZATION = {
    "Id": "o-abcdefghij",
    "Arn": f"arn:aws:organizations::{ACCOUNT}:organization/o-abcdefghij",
    "FeatureSet": "ALL",
    "MasterAccountArn": f"arn:aws:organizations::{ACCOUNT}:account/o-abcdefghij/{ACCOUNT}",
    "MasterAccountId": ACCOUNT,
    "MasterAccountEmail": "owner@example.com",
    "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
}
HANDSHAKE = {
    "Id": "h-" + "0" * 32,
    "Arn": f"arn:aws:organizations::{ACCOUNT}:handshake/o-abcdefghij/invite/h-{'0' * 32}",
    "Parties": [{"Id": "222222222222", "Type": "ACCOUNT"}, {"Id": "abcdefghij", "Type": "ORGANIZATION"}],
    "State": "OPEN",
    "RequestedTimestamp": 1481656459.257,
    "ExpirationTimestamp": 1482952459.257,
    "Action": "INVITE",
    "Resources": [
        {
            "Type": "ORGANIZATION",
            "Value": "o-abcdefghij",
            "Resources": [{"Type": "MASTER_NAME", "Value": "Management"}],
        },
        {"Type": "ACCOUNT", "Value": "222222222222"},
    ],
}


def check(operation, body, status=200, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "x-amzn-requestid": "c0739716-c322-4d1f-9fb8-8346c368967e",
        "content-type": shapes.JSON11,
        "content-length": str(len(data)),
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    shapes.check(shapes.service_model().operation_model(operation), status, sent, data)


GOOD = [
    ("DescribeOrganization", {"Organization": ORGANIZATION}),
    ("DescribeHandshake", {"Handshake": HANDSHAKE}),
    ("ListChildren", {"Children": []}),
    ("ListAccounts", {"Accounts": [], "NextToken": "more"}),
    ("TagResource", b""),
]


@pytest.mark.parametrize(("operation", "body"), GOOD, ids=[row[0] for row in GOOD])
def test_good(operation, body):
    check(operation, body)


def with_(base, **changes):
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


BAD = [
    ("unknown member", "DescribeOrganization", {"Organization": with_(ORGANIZATION, Name="x")}),
    ("unknown member on top", "DescribeOrganization", {"Organization": ORGANIZATION, "x": 1}),
    ("missing member", "DescribeOrganization", {"Organization": with_(ORGANIZATION, Arn=...)}),
    ("null", "DescribeOrganization", {"Organization": with_(ORGANIZATION, Arn=None)}),
    ("no enum value", "DescribeOrganization", {"Organization": with_(ORGANIZATION, FeatureSet="FULL")}),
    ("bad pattern", "DescribeOrganization", {"Organization": with_(ORGANIZATION, Id="abcdefghij")}),
    ("text after the pattern", "DescribeOrganization", {"Organization": with_(ORGANIZATION, Arn=ORGANIZATION["Arn"] + "/x")}),
    ("too short", "DescribeOrganization", {"Organization": with_(ORGANIZATION, MasterAccountEmail="a@b.c")}),
    ("wrong type", "DescribeOrganization", {"Organization": with_(ORGANIZATION, MasterAccountId=111111111111)}),
    ("nothing", "DescribeOrganization", {}),
    ("body where there is none", "TagResource", {}),
    ("null NextToken", "ListChildren", {"Children": [], "NextToken": None}),
    ("empty NextToken", "ListChildren", {"Children": [], "NextToken": ""}),
    ("list left out", "ListChildren", {}),
    ("nested resource with an unknown type", "DescribeHandshake", {"Handshake": with_(HANDSHAKE, Resources=[{"Type": "OWNER_EMAIL", "Value": "x"}])}),
    ("party without type", "DescribeHandshake", {"Handshake": with_(HANDSHAKE, Parties=[{"Id": "x"}])}),
    ("timestamp as text", "DescribeHandshake", {"Handshake": with_(HANDSHAKE, RequestedTimestamp="1481656459")}),
    ("timestamp too fine", "DescribeHandshake", {"Handshake": with_(HANDSHAKE, RequestedTimestamp=1481656459.2571)}),
    ("timestamp with exponent", "ListChildren", b'{"Children":[],"Children":[]}'),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "body"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad(operation, body):
    with pytest.raises(shapes.Mismatch):
        check(operation, body)


def test_exponent_form():
    data = json.dumps({"Handshake": HANDSHAKE}).replace("1481656459.257", "1.481656459257E9").encode()
    with pytest.raises(shapes.Mismatch):
        check("DescribeHandshake", data)


ERRORS = [
    ("modelled", {"__type": "AccessDeniedException", "Message": "No."}, 400, True),
    (
        "with reason",
        {"__type": "InvalidInputException", "Message": "No.", "Reason": "INPUT_REQUIRED:ACCOUNT_ID"},
        400,
        True,
    ),
    ("without reason", {"__type": "InvalidInputException", "Message": "No."}, 400, False),
    ("unknown reason", {"__type": "InvalidInputException", "Message": "No.", "Reason": "BAD:ACCOUNT_ID"}, 400, False),
    ("lower-case message", {"__type": "AccessDeniedException", "message": "No."}, 400, False),
    ("no message", {"__type": "AccessDeniedException"}, 400, False),
    ("not declared", {"__type": "HandshakeNotFoundException", "Message": "No."}, 400, False),
    ("status", {"__type": "AccountNotFoundException", "Message": "No."}, 404, False),
    ("namespace", {"__type": "x#AccountNotFoundException", "Message": "No."}, 400, False),
    ("service", {"__type": "ServiceException", "Message": "No."}, 500, True),
    ("service as 400", {"__type": "ServiceException", "Message": "No."}, 400, False),
    ("front door", {"__type": "SerializationException", "message": "x"}, 400, True),
    ("front door, capital", {"__type": "SerializationException", "Message": "x"}, 400, False),
    ("nothing", {}, 400, False),
]


@pytest.mark.parametrize(("body", "status", "good"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_errors(body, status, good):
    if good:
        check("DescribeAccount", body, status)
    else:
        with pytest.raises(shapes.Mismatch):
            check("DescribeAccount", body, status)


@pytest.mark.parametrize(
    "headers", [{"x_amzn_requestid": "1"}, {"content_type": "application/json"}, {"content_length": "0"}, {"date": ""}]
)
def test_headers(headers):
    with pytest.raises(shapes.Mismatch):
        check("ListChildren", {"Children": []}, **headers)


def test_the_signer_agrees_with_botocore():
    """The signer that can be bent signs as botocore's own does when nothing is bent."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url, data = "http://127.0.0.1:1234/", b"{}"
    theirs = AWSRequest("POST", url, headers={"Content-Type": shapes.JSON11, "X-Amz-Target": "x"}, data=data)
    SigV4Auth(Credentials(ACCOUNT, "test"), "organizations", "us-east-1").add_auth(theirs)
    import datetime

    at = datetime.datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(
        tzinfo=datetime.timezone.utc
    )
    ours = Signer(ACCOUNT, at=at).header("POST", url, {"Content-Type": shapes.JSON11, "X-Amz-Target": "x"}, data)
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert Wire(url).address == ("127.0.0.1", 1234)
