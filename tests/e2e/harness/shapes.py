"""Checks every response against botocore's own model of the service.

Stricter than a client is: only modelled members, no nulls, required members and those that the reference shows to be always
there, enum values, string patterns (anchored), plain-decimal timestamps with at most milliseconds, empty bodies where the
model has no output, `NextToken` left out and never empty.
"""

import functools
import json
import re
import xml.etree.ElementTree

import botocore.session
import regex

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
JSON11 = "application/x-amz-json-1.1"

# Errors of the front door: not in the model, with a lower-case `message` (reference, accounts.md section 1.4).
FRONT_DOOR = {
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "SerializationException",
    "UnknownOperationException",
    "InternalFailure",
    "MalformedHttpRequestException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
}

# Members that the model leaves optional and the service always sends (accounts.md sections 2.6, 1.3, 4.5, 5.3; policies.md
# sections 7.1, 8, 9).
ALWAYS = {
    "Organization": {
        "Id", "Arn", "FeatureSet", "MasterAccountArn", "MasterAccountId", "MasterAccountEmail", "AvailablePolicyTypes",
    },
    "Account": {"Id", "Arn", "Email", "Name", "Status", "State", "Paths", "JoinedMethod", "JoinedTimestamp"},
    "Root": {"Id", "Arn", "Name", "PolicyTypes"},
    "PolicyTypeSummary": {"Type", "Status"},
    "Handshake": {
        "Id", "Arn", "Parties", "State", "RequestedTimestamp", "ExpirationTimestamp", "Action", "Resources",
    },
    "HandshakeResource": {"Type", "Value"},
    "Parent": {"Id", "Type"},
    "Child": {"Id", "Type"},
    "OrganizationalUnit": {"Id", "Arn", "Name", "Path"},
    "CreateAccountStatus": {"Id", "AccountName", "State", "RequestedTimestamp"},
    "EnabledServicePrincipal": {"ServicePrincipal", "DateEnabled"},
    "DelegatedService": {"ServicePrincipal", "DelegationEnabledDate"},
    "DelegatedAdministrator": {
        "Id", "Arn", "Email", "Name", "Status", "State", "JoinedMethod", "JoinedTimestamp", "DelegationEnabledDate",
    },
    "ResponsibilityTransfer": {
        "Arn", "Name", "Id", "Type", "Status", "Source", "Target", "StartTimestamp", "ActiveHandshakeId",
    },
}  # fmt: skip

# The output patterns are the model's, closed at both ends. Two kinds are known not to hold on real output:
UNENFORCED = {
    "PolicyArn": "the pattern wants ids of 10 characters, real ones have 8 (accounts.md section 15, row 21)",
    "HandshakePartyId": "free text",
}
# The kind in a handshake's ARN is its action in lower case (accounts.md section 2.2); the model's pattern has room for 32
# letters, and one of the actions has 37.
LONG_KIND = "/add_organizations_service_linked_role/"


class Mismatch(AssertionError):
    """The server said something that the model does not know."""


class Number:
    """A JSON number with its spelling, so that exponents and digits can be judged."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def strict_json(body):
    """Parses JSON and refuses duplicate members and NaN; numbers keep their spelling."""

    def pairs(items):
        seen = dict(items)
        if len(seen) != len(items):
            raise Mismatch(f"duplicate member in {[name for name, _ in items]}")
        return seen

    def constant(text):
        raise Mismatch(f"{text} is not JSON")

    return json.loads(
        body.decode("utf-8"), object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=constant
    )


@functools.cache
def service_model(service="organizations"):
    return botocore.session.Session().get_service_model(service)


@functools.cache
def anchored(pattern):
    """The model's pattern as it is meant: alternatives grouped, both ends closed, every partition."""
    text = pattern.replace("arn:aws:", "arn:aws(?:-[a-z]+)*:")
    # The service's own expressions know ASCII letters only, unless a pattern says otherwise (`\p{L}`).
    text = text.replace(r"\w", "a-zA-Z0-9_" if r"[\w" in text else "[a-zA-Z0-9_]")
    # Characters beyond four digits are meant, not "\u1000" and a zero.
    text = text.replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    text = re.sub(r"(?<!\\)(?<!\[)\^", "", text)
    text = re.sub(r"(?<!\\)\$", "", text)
    return regex.compile(rf"(?:{text})\Z")


def raw_constraints(shape):
    """A shape as the model file has it: botocore's `metadata` leaves out `pattern`."""
    return shape._shape_model


# Members that AWS leaves out of an answer without entries (policies.md 5.2).
SOMETIMES = {"ListEffectivePolicyValidationErrors": {"Path", "EvaluationTimestamp"}}
# Observed as a Reason of ConstraintViolationException, although the model has it elsewhere only (policies.md 1.7).
UNLISTED_REASONS = {"UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED"}


class Checker:
    """Walks one parsed response along its output shape."""

    def __init__(self, where):
        self.where = where

    def fail(self, path, what):
        raise Mismatch(f"{self.where}: {path or 'body'}: {what}")

    def check(self, shape, value, path=""):
        if value is None:
            self.fail(path, "is null; absent members are left out")
        getattr(self, f"_{shape.type_name}", self._other)(shape, value, path)

    def _structure(self, shape, value, path):
        if not isinstance(value, dict):
            self.fail(path, f"is no object: {value!r}")
        unknown = sorted(set(value) - set(shape.members))
        if unknown:
            self.fail(path, f"has members that {shape.name} does not have: {unknown}")
        needed = set(shape.required_members) | ALWAYS.get(shape.name, set())
        missing = sorted(needed - set(value))
        if missing:
            self.fail(path, f"{shape.name} lacks {missing}")
        for name, member in value.items():
            self.check(shape.members[name], member, f"{path}.{name}" if path else name)

    def _list(self, shape, value, path):
        if not isinstance(value, list):
            self.fail(path, f"is no list: {value!r}")
        for index, member in enumerate(value):
            self.check(shape.member, member, f"{path}[{index}]")

    def _string(self, shape, value, path):
        if not isinstance(value, str):
            self.fail(path, f"is no string: {value!r}")
        rules = raw_constraints(shape)
        if rules.get("enum") and value not in rules["enum"] and value not in UNLISTED_REASONS:
            self.fail(path, f"{value!r} is not one of {rules['enum']}")
        if shape.name == "NextToken" and not value:
            self.fail(path, "is empty; the last page leaves NextToken out")
        if shape.name in UNENFORCED:
            return
        if shape.name == "HandshakeArn":
            value = value.replace(LONG_KIND, "/add_role/")
        if "pattern" in rules and not anchored(rules["pattern"]).match(value):
            self.fail(path, f"{value!r} does not match {rules['pattern']}")
        if len(value) > rules.get("max", len(value)) or len(value) < rules.get("min", 0):
            self.fail(path, f"{value!r} is not between {rules.get('min', 0)} and {rules.get('max')} characters")

    def _timestamp(self, shape, value, path):
        if not isinstance(value, Number) or not re.fullmatch(r"\d+(\.\d{1,3})?", value.text):
            self.fail(path, f"{value!r} is no epoch second with at most milliseconds in plain decimals")

    def _integer(self, shape, value, path):
        if not isinstance(value, Number) or not re.fullmatch(r"-?\d+", value.text):
            self.fail(path, f"{value!r} is no whole number")

    _long = _integer

    def _boolean(self, shape, value, path):
        if not isinstance(value, bool):
            self.fail(path, f"{value!r} is no boolean")

    def _other(self, shape, value, path):
        self.fail(path, f"the checker does not know the type {shape.type_name}")


def check_headers(where, headers, body):
    identifier = headers.get("x-amzn-requestid")
    if not identifier or not UUID.match(identifier):
        raise Mismatch(f"{where}: x-amzn-RequestId is {identifier!r}")
    if not headers.get("date"):
        raise Mismatch(f"{where}: no Date header")
    if headers.get("content-length") != str(len(body)):
        raise Mismatch(f"{where}: Content-Length {headers.get('content-length')!r} for {len(body)} bytes")
    if body and headers.get("content-type") != JSON11:
        raise Mismatch(f"{where}: Content-Type is {headers.get('content-type')!r}")


def check_success(model, body):
    where = model.name
    if model.output_shape is None:
        if body:
            raise Mismatch(f"{where}: has no output shape, so the body is empty; got {body[:200]!r}")
        return
    value = strict_json(body)
    Checker(where).check(model.output_shape, value)
    for name in model.output_shape.members:
        if name != "NextToken" and name not in value and name not in SOMETIMES.get(model.name, ()):
            raise Mismatch(f"{where}: {name} is missing; an empty list is written as []")


def check_error(model, status, body):
    where = f"{model.name} (refused)"
    value = strict_json(body)
    if not isinstance(value, dict) or not isinstance(value.get("__type"), str):
        raise Mismatch(f"{where}: no __type in {body[:300]!r}")
    code = value.pop("__type")
    if code in FRONT_DOOR:
        if set(value) - {"message"}:
            raise Mismatch(f"{where}: {code} has the members {sorted(value)}; the front door has only `message`")
        expected = 500 if code == "InternalFailure" else 400
        if status != expected:
            raise Mismatch(f"{where}: {code} with HTTP {status}, not {expected}")
        return
    shapes = {shape.name: shape for shape in model.error_shapes}
    if code not in shapes:
        raise Mismatch(f"{where}: {code} is not declared for this operation")
    expected = 500 if code == "ServiceException" else 400
    if status != expected:
        raise Mismatch(f"{where}: {code} with HTTP {status}, not {expected}")
    # A Reason may carry the member's path behind a colon (observed.md row 1), which the enum does not list.
    reason = value.get("Reason")
    if isinstance(reason, str):
        value["Reason"] = reason.split(":", 1)[0]
    Checker(f"{where} {code}").check(shapes[code], value)
    needed = {"Message"} | ({"Reason"} & set(shapes[code].members))
    if needed - set(value):
        raise Mismatch(f"{where}: {code} lacks {sorted(needed - set(value))}")
    if not value["Message"]:
        raise Mismatch(f"{where}: {code} has an empty Message")


def check(model, status, headers, body):
    """Checks one response of one operation, success or not."""
    check_headers(model.name, headers, body)
    if status == 200:
        check_success(model, body)
    else:
        check_error(model, status, body)


def check_query(model, answer):
    """Checks the form of one answer of AWS Query (identity.md 1.3 and 1.4). Returns code and message of a refusal, or None."""
    where, name = model.name, f"{{{model.service_model.metadata['xmlNamespace']}}}"
    root = xml.etree.ElementTree.fromstring(answer.body)
    success = answer.status == 200
    identifier = root.findtext(f"{name}ResponseMetadata/{name}RequestId" if success else f"{name}RequestId")
    if not identifier or not UUID.match(identifier) or identifier != answer.headers["x-amzn-RequestId"]:
        raise Mismatch(f"{where}: the request's id is {identifier!r} and {answer.headers['x-amzn-RequestId']!r}")
    if answer.headers["Content-Type"] != "text/xml":
        raise Mismatch(f"{where}: Content-Type is {answer.headers['Content-Type']!r}")
    if success:
        result = [f"{name}{where}Result"] if model.output_shape else []
        tags = [child.tag for child in root]
        if root.tag != f"{name}{where}Response" or tags != [*result, f"{name}ResponseMetadata"]:
            raise Mismatch(f"{where}: {root.tag} has {tags}")
        return None
    said = {child.tag.removeprefix(name): child.text or "" for child in root.findall(f"{name}Error/*")}
    # A value of the wrong type has no message.
    if root.tag != f"{name}ErrorResponse" or set(said) | {"Message"} != {"Type", "Code", "Message"}:
        raise Mismatch(f"{where}: {root.tag} says {said}")
    if said["Type"] != "Sender" or not 400 <= answer.status < 500:
        raise Mismatch(f"{where}: HTTP {answer.status} says {said}")
    if said["Code"] in ("ValidationError", "MalformedInput") and answer.status != 400:
        raise Mismatch(f"{where}: {said['Code']} with HTTP {answer.status}")
    return said["Code"], said.get("Message", "")


def watch(client):
    """Makes a boto3 client check every response before it parses it."""

    def before_parse(operation_model, response_dict, **_):
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        check(operation_model, response_dict["status_code"], headers, response_dict["body"])

    client.meta.events.register("before-parse.organizations", before_parse)
