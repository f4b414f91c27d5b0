"""Raw HTTP against the server, signed or mis-signed at will.

The signature itself is botocore's (`SigV4Auth`); this module only chooses what goes into it, so that each part can be bent
by itself.
"""

import datetime
import hashlib
import http.client
import json
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PREFIX = "AWSOrganizationsV20161128"
JSON11 = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
SECRET = "test"


@dataclass
class Answer:
    """One HTTP response, unparsed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error's name, or None for a success."""
        return None if self.status == 200 else self.json.get("__type")

    @property
    def reason(self):
        return self.json.get("Reason")

    @property
    def text(self):
        """The error's message, whichever way it is spelled."""
        parsed = self.json
        return parsed.get("Message", parsed.get("message"))

    def __str__(self):
        return f"HTTP {self.status} {self.body[:600]!r}"


@dataclass
class Signer:
    """SigV4 with every input open to change."""

    key: str
    secret: str = SECRET
    service: str = "organizations"
    region: str = "us-east-1"
    at: datetime.datetime | None = None
    scope_date: str | None = None
    terminator: str = "aws4_request"
    token: str | None = None

    def timestamp(self):
        at = self.at or datetime.datetime.now(datetime.timezone.utc)
        return at.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")

    def scope(self, stamp):
        return f"{self.scope_date or stamp[:8]}/{self.region}/{self.service}/{self.terminator}"

    def _signature(self, stamp, request):
        auth = SigV4Auth(Credentials(self.key, self.secret), self.service, self.region)
        request.context["timestamp"] = stamp
        canonical = auth.canonical_request(request)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, self.scope(stamp), digest])
        key = f"AWS4{self.secret}".encode()
        for part in self.scope(stamp).split("/"):
            key = auth._sign(key, part)
        return auth._sign(key, to_sign, hex=True), auth.signed_headers(auth.headers_to_sign(request))

    def header(self, method, url, headers, body):
        """The headers of a request signed in its `Authorization` header."""
        stamp = self.timestamp()
        headers = dict(headers)
        headers["X-Amz-Date"] = stamp
        if self.token:
            headers["X-Amz-Security-Token"] = self.token
        signature, names = self._signature(stamp, AWSRequest(method, url, headers=headers, data=body or None))
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{self.scope(stamp)}, SignedHeaders={names}, Signature={signature}"
        )
        return headers

    def query(self, method, url, headers, body, expires=300):
        """The address of a presigned request."""
        stamp = self.timestamp()
        names = ";".join(sorted({name.lower() for name in headers} | {"host"}))
        parameters = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.key}/{self.scope(stamp)}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": names,
        }
        join = "&" if "?" in url else "?"
        url = f"{url}{join}{urlencode(parameters, quote_via=quote, safe='-_.~')}"
        signature, _ = self._signature(stamp, AWSRequest(method, url, headers=dict(headers), data=body or None))
        return f"{url}&X-Amz-Signature={signature}"


@dataclass
class Wire:
    """A connection-per-request HTTP client that reports exactly what came back."""

    url: str
    timeout: float = 60
    _parts: object = field(init=False)

    def __post_init__(self):
        self._parts = urlsplit(self.url)

    @property
    def address(self):
        return self._parts.hostname, self._parts.port

    def send(self, method="POST", path="/", headers=None, body=b""):
        connection = http.client.HTTPConnection(*self.address, timeout=self.timeout)
        try:
            try:
                connection.request(method, path, body=body, headers=dict(headers or {}))
            except (BrokenPipeError, ConnectionResetError):
                # Refused before everything was sent: the answer is there all the same.
                pass
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def call(self, account, operation, body=None, *, signer=None, headers=None, target=None, raw=None):
        """One signed AWS JSON 1.1 call. `body` is a value, `raw` are bytes sent as they are."""
        data = raw if raw is not None else json.dumps({} if body is None else body).encode()
        sent = {"Content-Type": JSON11, "X-Amz-Target": target or f"{PREFIX}.{operation}", **(headers or {})}
        sent = {name: value for name, value in sent.items() if value is not None}
        signer = signer or Signer(account)
        return self.send("POST", "/", signer.header("POST", f"{self.url}/", sent, data), data)

    def sts(self, account, action="GetCallerIdentity", *, signer=None, form=None):
        data = (f"Action={action}&Version=2011-06-15" if form is None else form).encode()
        signer = signer or Signer(account, service="sts")
        return self.send("POST", "/", signer.header("POST", f"{self.url}/", {"Content-Type": FORM}, data), data)

    def socket(self):
        """A bare connection, for half requests."""
        return socket.create_connection(self.address, timeout=self.timeout)


def form(parameters, name=""):
    """The names and values of a form: structures by their members, lists as `Name.member.N`, None left out."""
    if parameters is None:
        return
    if isinstance(parameters, (dict, list)) and not parameters:
        # An empty list; without a name it is an empty form.
        if name:
            yield name, ""
    elif isinstance(parameters, dict):
        for member, value in parameters.items():
            yield from form(value, f"{name}.{member}" if name else member)
    elif isinstance(parameters, list):
        for index, value in enumerate(parameters, 1):
            yield from form(value, f"{name}.member.{index}")
    else:
        yield name, str(parameters).lower() if isinstance(parameters, bool) else str(parameters)


class Keep:
    """Signed calls over one kept connection: for those who call as fast as they can."""

    def __init__(self, url, account, timeout=30, service="organizations"):
        self.url, self.signer = url, Signer(account, service=service)
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def call(self, operation, body):
        return self.send({"Content-Type": JSON11, "X-Amz-Target": f"{PREFIX}.{operation}"}, json.dumps(body).encode())

    def query(self, action, version, parameters):
        data = urlencode([("Action", action), ("Version", version), *form(parameters)]).encode()
        return self.send({"Content-Type": FORM}, data)

    def knows(self, action, version):
        """Whether the server has an operation of AWS Query. Nothing happens: the name has too many parts for any of them."""
        answer = self.query(action, version, {".".join("a" * 20): "x"})
        [code] = re.findall(rb"<Code>(MalformedInput|InvalidAction)</Code>", answer.body)
        return code == b"MalformedInput"

    def send(self, headers, data):
        headers = self.signer.header("POST", f"{self.url}/", headers, data)
        self.connection.request("POST", "/", body=data, headers=headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def close(self):
        self.connection.close()
