"""The Account Management API, REST JSON: raw calls, and every answer checked against botocore's model of the service."""

import json
import re

from . import shapes
from .wire import Signer

SERVICE = "account"
JSON = "application/json"
FORBIDDEN = {
    "MissingAuthenticationTokenException", "IncompleteSignatureException", "InvalidSignatureException",
    "UnrecognizedClientException",
}  # fmt: skip
# Recorded without an error type (observed.md row 23).
UNTYPED = "The input AccountName must not be null or only whitespace."


class Checker(shapes.Checker):
    def _timestamp(self, shape, value, path):
        if shape.serialization.get("timestampFormat") != "iso8601":
            # The protocol's own: seconds since the epoch.
            super()._timestamp(shape, value, path)
        elif not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
            self.fail(path, f"{value!r} is no ISO 8601 instant to the second")


def path(operation):
    return f"/{operation[0].lower()}{operation[1:]}"


def call(server, account, operation, body=None, *, raw=None, signer=None, method="POST", at=None):
    """One raw signed call."""
    data = raw if raw is not None else json.dumps({} if body is None else body).encode()
    at = at or path(operation)
    signer = signer or Signer(account, service=SERVICE)
    headers = signer.header(method, f"{server.url}{at}", {"Content-Type": JSON}, data)
    return server.wire.send(method, at, headers, data)


def error_type(answer):
    return answer.headers.get("x-amzn-ErrorType")


def check(model, status, headers, body):
    """Checks one answer of one operation, success or not."""
    where = model.name
    if headers.get("content-type") != JSON or not shapes.UUID.match(headers.get("x-amzn-requestid", "")):
        raise shapes.Mismatch(f"{where}: the headers are {headers}")
    kind = headers.get("x-amzn-errortype")
    if status == 200:
        if kind is not None:
            raise shapes.Mismatch(f"{where}: a success has the error type {kind}")
        if model.output_shape is None:
            if body:
                raise shapes.Mismatch(f"{where}: has no output shape, so the body is empty; got {body[:200]!r}")
            return
        value = shapes.strict_json(body)
        Checker(where).check(model.output_shape, value)
        if set(model.output_shape.members) - set(value) - {"NextToken"}:
            raise shapes.Mismatch(f"{where}: the members are {sorted(value)}")
        return
    value = shapes.strict_json(body)
    if kind is None:
        wanted = 400 if value == {"message": UNTYPED} else None
    elif kind in FORBIDDEN or kind in shapes.FRONT_DOOR:
        wanted = 403 if kind in FORBIDDEN else 400
        if set(value) - {"message"}:
            raise shapes.Mismatch(f"{where}: {kind} has the members {sorted(value)}")
    else:
        known = {shape.name: shape for shape in model.error_shapes}
        if kind not in known:
            raise shapes.Mismatch(f"{where}: {kind} is not declared for this operation")
        wanted = known[kind].metadata["error"]["httpStatusCode"]
        Checker(f"{where} {kind}").check(known[kind], value)
        if not value["message"]:
            raise shapes.Mismatch(f"{where}: {kind} has an empty message")
    if status != wanted:
        raise shapes.Mismatch(f"{where}: {kind} with HTTP {status}, not {wanted}: {body[:200]!r}")


def client(server, account):
    """A boto3 client that checks every answer before it parses it."""
    made = server.client(account, SERVICE)

    def before_parse(operation_model, response_dict, **_):
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        check(operation_model, response_dict["status_code"], headers, response_dict["body"])

    made.meta.events.register(f"before-parse.{SERVICE}", before_parse, unique_id="check")
    return made
