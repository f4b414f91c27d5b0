"""Situations that many tests begin with, and the texts that the reference knows."""

import contextlib
import datetime
from dataclasses import dataclass

import botocore
import botocore.exceptions
import pytest

from .server import fresh_account

PATTERN_TEXT = "You provided a value that does not match the required pattern."
LEAVE_TEXT = (
    "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add"
    " what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the"
    " organization. You will then be prompted to enter any missing information."
)

# (code, reason without path) -> the message, where accounts.md section 13 or observed.md knows it.
TEXTS = {
    ("AWSOrganizationsNotInUseException", None): "Your account is not a member of an organization.",
    ("AccessDeniedException", None): "You don't have permissions to access this resource.",
    ("AlreadyInOrganizationException", None): "The AWS account is already a member of an organization.",
    ("AccountNotFoundException", None): "You specified an account that doesn't exist.",
    ("ParentNotFoundException", None): "You specified parent that doesn't exist.",
    ("ChildNotFoundException", None): "You specified a child that doesn't exist.",
    ("TargetNotFoundException", None): "You specified a target that doesn't exist.",
    ("HandshakeNotFoundException", None): "You specified a handshake that doesn't exist.",
    (
        "OrganizationNotEmptyException",
        None,
    ): "To delete an organization you must first remove all member accounts (except the master).",
    (
        "DuplicateHandshakeException",
        None,
    ): "A handshake with the specified type and parameters already exists for the given parties.",
    ("HandshakeAlreadyInStateException", None): "The handshake is already in the requested state.",
    ("InvalidHandshakeTransitionException", None): (
        "You cannot perform this operation on a handshake in its current state, such as attempting to cancel a handshake"
        " that was previously accepted or attempting to accept a handshake that was declined."
    ),
    ("FinalizingOrganizationException", None): (
        "AWS Organizations could not finalize the creation of your organization. Try again later. If this persists,"
        " contact AWS customer support."
    ),
    ("HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION"): (
        "The AWS account is already a member of an organization."
    ),
    ("HandshakeConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED"): (
        "You have exceeded the allowed number of AWS accounts"
    ),
    ("ConstraintViolationException", "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"): (
        "The member account must be configured with a valid payment method, such as a credit card."
    ),
    ("ConstraintViolationException", "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA"): LEAVE_TEXT,
    ("ConstraintViolationException", "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION"): LEAVE_TEXT,
    ("ConstraintViolationException", "WAIT_PERIOD_ACTIVE"): "This operation requires a wait period.  Try again later.",
    ("ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED"): (
        "You have exceeded close account quota for the past 30 days."
    ),
    ("ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED"): (
        "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed."
    ),
    ("HandshakeConstraintViolationException", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"): (
        "All features are already enabled on this organization."
    ),
    ("AccountAlreadyClosedException", None): "You attempted to close an account that is already closed.",
    ("AccountAlreadyRegisteredException", None): (
        "The provided account is already a delegated administrator for your organization."
    ),
    ("ConstraintViolationException", "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"): (
        "You cannot register management account/yourself as delegated administrator for your organization."
    ),
    ("ConstraintViolationException", "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"): (
        "You have delegated administrator/s for this service. De-register them in order to disable service access."
    ),
    ("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED"): "You have exceeded the maximum policy size.",
    ("DuplicatePolicyException", None): "A policy with the specified name and type already exists.",
    ("DuplicatePolicyAttachmentException", None): "A policy with the specified name and type already exists.",
    ("PolicyTypeAlreadyEnabledException", None): "The specified policy type is already enabled.",
    ("CreateAccountStatusNotFoundException", None): "You specified a create account status that doesn't exist.",
    ("DuplicateOrganizationalUnitException", None): "An OU with the same name already exists.",
    ("OrganizationalUnitNotFoundException", None): "You specified an organizational unit that doesn't exist.",
    ("InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL"): "You specified an unrecognized service principal.",
    ("InvalidInputException", "INVALID_PATTERN"): PATTERN_TEXT,
    ("InvalidInputException", "INVALID_ENUM"): "You specified an invalid value.",
    ("InvalidInputException", "INPUT_REQUIRED"): "You must provide a value for the parameter.",
    ("InvalidInputException", "MAX_LENGTH_EXCEEDED"): "You provided a string that exceeds that maximum length.",
    ("InvalidInputException", "MIN_VALUE_EXCEEDED"): "You provided a value that is below the minimum allowed.",
    ("InvalidInputException", "MAX_VALUE_EXCEEDED"): "You provided a value that exceeds the maximum allowed.",
    ("InvalidInputException", "INVALID_NEXT_TOKEN"): (
        "You specified an invalid value for nextToken. You must get the value from the response to a previous call to"
        " the API."
    ),
    ("InvalidInputException", "MAX_LIMIT_EXCEEDED_FILTER"): "You specified too many filter parameters.",
    ("InvalidInputException", "INVALID_PARTY_TYPE_TARGET"): (
        "You specified an invalid party type as the target parameter."
    ),
    ("InvalidInputException", "INVALID_EMAIL_ADDRESS_TARGET"): (
        "You specified an invalid email address for the invited account owner."
    ),
    ("InvalidInputException", "DUPLICATE_TAG_KEY"): "Your request includes duplicate tag keys.",
    ("InvalidInputException", "TARGET_NOT_SUPPORTED"): "You specified a target that is not currently supported.",
    ("InvalidInputException", "INVALID_ENUM_POLICY_TYPE"): "You specified an invalid policy type.",
    ("InvalidInputException", "INVALID_RESOURCE_POLICY_JSON"): "This resource-based policy contains invalid JSON.",
    ("ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"): (
        "You have attached the maximum number of policies to the specified target."
    ),
    ("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"): (
        "You cannot remove the last policy attached to the specified target. You must have at least one attached at all"
        " times."
    ),
    ("TargetNotFoundException", None): "You specified a target that doesn't exist.",
    ("RootNotFoundException", None): "You specified a root that doesn't exist.",
    ("PolicyTypeNotEnabledException", None): "This operation can be performed only for enabled policy types.",
    ("PolicyInUseException", None): "The specified policy is in use and cannot be deleted.",
    ("ResourcePolicyNotFoundException", None): "No resource-based policy found.",
    ("MalformedPolicyDocumentException", None): (
        "The provided policy document does not meet the requirements of the specified policy type."
    ),
    ("EffectivePolicyNotFoundException", None): (
        "The specified policy type is not enabled. Enable that policy type on your organization root and then retry."
    ),
}


def expected_text(code, reason):
    return TEXTS.get((code, reason.split(":", 1)[0] if reason else None))


def check_refusal(code, reason, message, want_code, want_reason):
    assert (code, reason) == (want_code, want_reason), f"{code} / {reason}: {message}"
    text = expected_text(want_code, want_reason)
    if text is not None:
        assert message == text


@contextlib.contextmanager
def refused(code, reason=None):
    """The boto3 call in the block is refused with exactly this code, reason, and the known text."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield
    answer = caught.value.response
    check_refusal(answer["Error"]["Code"], answer.get("Reason"), answer["Error"]["Message"], code, reason)


def refuses(answer, code, reason=None):
    """The same for a raw answer."""
    assert answer.status != 200, f"was not refused: {answer}"
    check_refusal(answer.code, answer.reason, answer.text, code, reason)
    assert answer.status == 400


def target(account_or_email):
    kind = "EMAIL" if "@" in account_or_email else "ACCOUNT"
    return {"Id": account_or_email, "Type": kind}


@dataclass
class Organization:
    """An organization and the account that manages it."""

    server: object
    management: str
    id: str
    root: str

    @property
    def client(self):
        return self.server.client(self.management)

    def invite(self, account_or_email, **more):
        return self.client.invite_account_to_organization(Target=target(account_or_email), **more)["Handshake"]

    def join(self, account, **more):
        """Invites an account and accepts; returns the handshake's id."""
        handshake = self.invite(account, **more)["Id"]
        self.server.client(account).accept_handshake(HandshakeId=handshake)
        return handshake

    def trust(self, *principals):
        for principal in principals:
            self.client.enable_aws_service_access(ServicePrincipal=principal)

    def invite_to_transfer(self, account_or_email, start, name="Source", **more):
        """Asks to pay another organization's bill; returns the handshake."""
        return self.client.invite_organization_to_transfer_responsibility(
            Type="BILLING", Target=target(account_or_email), StartTimestamp=start, SourceName=name, **more
        )["Handshake"]  # fmt: skip

    def create(self, email, name="Created", **more):
        """Asks for an account and waits for it, on a clock that the test moves; returns the request as it ended."""
        asked = self.client.create_account(Email=email, AccountName=name, **more)["CreateAccountStatus"]
        self.server.advance("5s")
        shown = self.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])
        return shown["CreateAccountStatus"]

    def vend(self, email, name="Vended", **more):
        """An account by CreateAccount, which a lab makes at once; its id."""
        asked = self.client.create_account(Email=email, AccountName=name, **more)["CreateAccountStatus"]
        shown = self.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])
        return shown["CreateAccountStatus"]["AccountId"]

    def unit(self, name, parent=None, **more):
        """A new unit's id, below the root unless said otherwise."""
        made = self.client.create_organizational_unit(ParentId=parent or self.root, Name=name, **more)
        return made["OrganizationalUnit"]["Id"]

    def add_members(self, count):
        return self.add_members_of("aws", count)

    def add_members_of(self, partition, count):
        members = [new_account(self.server, Partition=partition) for _ in range(count)]
        for member in members:
            self.join(member)
        return members

    def member_ids(self):
        pages = self.client.get_paginator("list_accounts").paginate()
        return [account["Id"] for page in pages for account in page["Accounts"]]


def snake(operation):
    """The name of an operation as boto3 has it."""
    return botocore.xform_name(operation)


def months_on(at, months, **more):
    """The first instant of the month that is so many months later."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    first = datetime.datetime(year, month + 1, 1, tzinfo=datetime.timezone.utc)
    return first + datetime.timedelta(**more)


def new_account(server, account=None, email=None, name=None, **facts):
    """Registers a standalone account with an address of its own; returns its id."""
    account = account or fresh_account()
    server.register(email or f"owner-{account}@example.com", name or f"Account {account}", account, **facts)
    return account


def new_organization(server, management=None, feature_set="ALL", **facts):
    """An organization of `management`, an account that is there already, or of a new one with these facts."""
    management = management or new_account(server, **facts)
    created = server.client(management).create_organization(FeatureSet=feature_set)["Organization"]
    root = server.client(management).list_roots()["Roots"][0]["Id"]
    return Organization(server, management, created["Id"], root)


def resources(handshake, kind):
    """The values of the resources of one type, nested ones included."""
    found = []

    def walk(entries):
        for entry in entries:
            if entry["Type"] == kind:
                found.append(entry["Value"])
            walk(entry.get("Resources", []))

    walk(handshake["Resources"])
    return found
