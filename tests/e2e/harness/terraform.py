"""What the replayed resources of Terraform's AWS provider share: how it waits, what it takes for "gone", and when two
documents of policies are the same to it."""

import json
import urllib.parse

import botocore.exceptions
import botocore.handlers

from .server import fresh_account
from .world import new_account, new_organization

GONE = None


class Failed(AssertionError):
    """The provider would stop here."""


def code_of(error):
    return error.response["Error"]["Code"]


def unless(codes, call, /, *positional, **body):
    """The answer, or `GONE` where the service answers with this code, or one of these."""
    try:
        return call(*positional, **body)
    except botocore.exceptions.ClientError as error:
        if code_of(error) in ((codes,) if isinstance(codes, str) else codes):
            return GONE
        raise


def waited(refresh, pending, target, pause, tries):
    """StateChangeConf: polls while the state is one of `pending`, with a `pause` after each look; `target` None: until
    it is gone."""
    for _ in range(tries):
        found, state = refresh()
        if state == target:
            return found
        if state not in pending:
            raise Failed(f"unexpected state {state}, wanted {target}: {found}")
        pause()
    raise Failed("timed out")


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(tags):
    """Those that the provider looks at."""
    return {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")}


def update_tags(old, new, untag, tag):
    """What is gone first, then what is new or changed; neither call is made without need."""
    removed = [key for key in old if key not in new]
    if removed:
        untag(TagKeys=removed)
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        tag(Tags=tag_list(changed))


def no_drift(read, /, **configured):
    """The configured attributes are those that the state has."""
    assert {name: read[name] for name in configured} == configured


def same_json(one, other):
    """SuppressEquivalentJSONDiffs."""
    return json.loads(one) == json.loads(other)


def same_policy(one, other):
    """SuppressEquivalentPolicyDiffs: one statement or a list of one, an account or its root's ARN, one value or a list
    of one; the order of values does not matter."""

    def normal(value):
        if isinstance(value, dict):
            return {k: normal(v) for k, v in value.items()}
        if isinstance(value, list):
            return normal(value[0]) if len(value) == 1 else sorted((normal(v) for v in value), key=repr)
        if isinstance(value, str) and value.startswith("arn:aws:iam::") and value.endswith(":root"):
            return value.split(":")[4]
        return value

    return normal(json.loads(one)) == normal(json.loads(other))


def normal_json(text):
    """NormalizeJsonString: what is sent instead of what somebody wrote."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def no_document_drift(read, /, **configured):
    """The same of policies: the state has what means the same."""
    for name, wanted in configured.items():
        assert same_policy(read[name], wanted), read[name]


# IAM.

CREATED_ROLE = "OrganizationAccountAccessRole"
# Whose credentials the provider has.
WAYS = ("a user's key", "a role of another account")


class Session:
    """The provider as it starts: with the key of a user, who in one of the `WAYS` only may assume the role that
    CreateAccount made in a member account."""

    def __init__(self, server, way):
        assert way in WAYS
        self.server = server
        if way == WAYS[0]:
            self.account = new_account(server)
            administrator = ["arn:aws:iam::aws:policy/AdministratorAccess"]
            key = self._user(self.account, "terraform", administrator)
        else:
            self.account, key = self._assumed()
        self.iam, self.sts = (
            server.client(key["AccessKeyId"], service, key["SecretAccessKey"], token=key.get("SessionToken"))
            for service in ("iam", "sts")
        )
        # Documents stay as the wire has them.
        self.iam.meta.events.unregister("after-call.iam", botocore.handlers.json_decode_policies)
        # What the provider asks of any credentials, before anything else.
        assert self.sts.get_caller_identity()["Account"] == self.account

    def _user(self, account, name, policies=()):
        given = {"UserName": name, "PolicyArns": list(policies)}
        return self.server.control("POST", f"/_guildhall/accounts/{account}/users", given)

    def _assumed(self):
        organization = new_organization(self.server)
        account = organization.vend(f"vended-{fresh_account()}@example.com")
        role = f"arn:aws:iam::{account}:role/{CREATED_ROLE}"
        pipeline = self._user(organization.management, "pipeline")
        self.server.client(organization.management, "iam").put_user_policy(
            UserName="pipeline", PolicyName="enter", PolicyDocument=document("sts:AssumeRole", role)
        )
        sts = self.server.client(pipeline["AccessKeyId"], "sts", pipeline["SecretAccessKey"])
        return account, sts.assume_role(RoleArn=role, RoleSessionName="aws-go-sdk-1780272000000000000")["Credentials"]


class Resource:
    """A resource of IAM."""

    def __init__(self, session):
        self.session, self.iam = session, session.iam

    def pages(self, operation, key, **given):
        return [entry for page in self.iam.get_paginator(operation).paginate(**given) for entry in page[key]]


def rfc3339(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def no_such(call, /, *positional, **given):
    """The answer, or `GONE`."""
    return unless("NoSuchEntity", call, *positional, **given)


def unescaped(text):
    """Go's url.QueryUnescape, which reads a plus as a blank."""
    return urllib.parse.unquote_plus(text, errors="strict")


def document(actions, resource="*", **statement):
    """A policy that allows this."""
    said = {"Effect": "Allow", "Action": actions, "Resource": resource, **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})
