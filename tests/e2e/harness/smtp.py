"""A real SMTP server that refuses, hangs and drops connections as a test wants it."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading
from dataclasses import dataclass

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USER, PASSWORD = "guildhall", "a secret with blanks"


@dataclass
class Certificate:
    """A certificate authority of its own and a certificate for localhost."""

    ca_file: object
    context: ssl.SSLContext


def certificate(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)

    def build(subject, issuer, public, signer, extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    own = ec.generate_private_key(ec.SECP256R1())
    authority = build(
        "Test Authority",
        "Test Authority",
        key.public_key(),
        key,
        [(x509.BasicConstraints(ca=True, path_length=None), True)],
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = build(
        "localhost",
        "Test Authority",
        own.public_key(),
        key,
        [(names, False), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)],
    )
    pem = serialization.Encoding.PEM
    ca_file, chain, key_file = directory / "ca.pem", directory / "server.pem", directory / "server.key"
    ca_file.write_bytes(authority.public_bytes(pem))
    chain.write_bytes(leaf.public_bytes(pem))
    key_file.write_bytes(own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key_file)
    return Certificate(ca_file, context)


@dataclass
class Received:
    """One message that the server took."""

    sender: str
    recipients: list
    message: email.message.EmailMessage
    encrypted: bool
    user: str | None

    @property
    def to(self):
        return self.recipients[0]


class MailServer:
    """Takes every message, but for what `misbehave` says.

    `misbehave[address]` is a list of behaviours, one per attempt, or one behaviour for all attempts: "451" or "550" (the
    recipient is refused so), "hang", "drop" (the connection is cut at the recipient), "lose" (the message is taken, then the
    connection is cut before the answer), "" (taken).
    """

    def __init__(self, certificate=None, implicit_tls=False, auth=False, port=0):
        self.received, self.lost, self.attempts = [], [], {}
        self.misbehave, self.logins = {}, []
        self.certificate, self.implicit_tls, self.auth = certificate, implicit_tls, auth
        self.stopped = False
        self.lock = threading.Lock()
        self._start(port)

    def _start(self, port):
        options = {}
        if self.auth:
            options |= {"auth_required": True, "authenticator": self._authenticate}
            if self.implicit_tls:
                options["auth_require_tls"] = False
        if self.certificate and self.implicit_tls:
            options["ssl_context"] = self.certificate.context
        elif self.certificate:
            options |= {"tls_context": self.certificate.context, "require_starttls": True}
        self.controller = Patient(self, hostname="127.0.0.1", port=port, **options)
        self.controller.start()

    @property
    def port(self):
        return self.controller.server.sockets[0].getsockname()[1]

    def stop(self):
        """Stops it; once is enough."""
        if not self.stopped:
            self.stopped = True
            self.controller.stop(no_assert=True)

    def _authenticate(self, server, session, envelope, mechanism, data):
        login = (data.login.decode(), data.password.decode())
        self.logins.append((mechanism, *login))
        return AuthResult(success=login == (USER, PASSWORD), auth_data=data)

    def _behaviour(self, address):
        with self.lock:
            self.attempts[address] = self.attempts.get(address, 0) + 1
            rule = self.misbehave.get(address, "")
            if isinstance(rule, list):
                return rule.pop(0) if rule else ""
            return rule

    def to(self, address):
        return [received for received in self.received if address in received.recipients]

    # aiosmtpd's hooks.

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.behaviour = behaviour = self._behaviour(address)
        if behaviour in ("451", "550"):
            return (
                f"{behaviour} 4.2.1 No room for {address}"
                if behaviour == "451"
                else f"550 5.1.1 No such user {address}"
            )
        if behaviour == "hang":
            await asyncio.sleep(3600)
        if behaviour == "drop":
            server.transport.abort()
            return "451 dropped"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        user = session.auth_data.login.decode() if session.authenticated else None
        received = Received(
            envelope.mail_from, list(envelope.rcpt_tos), message, session.ssl is not None or self.implicit_tls, user
        )
        if getattr(envelope, "behaviour", "") == "lose":
            self.lost.append(received)
            server.transport.abort()
            return "451 lost"
        self.received.append(received)
        return "250 OK"


class Patient(Controller):
    """aiosmtpd's controller, on a port of the system's choice."""

    def _trigger_server(self):
        """The controller probes its configured port, which is 0 until now."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
