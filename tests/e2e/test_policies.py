"""Policies with boto3 and the AWS CLI: written, attached, listed, enabled and disabled; and `guildhall policy lint`."""

import json

import pytest

from harness.server import guildhall
from harness.world import new_account, new_organization, refused
from test_cli import Cli

SCP, RCP, TAG, BACKUP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY", "BACKUP_POLICY"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
RCP_DENY = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}
VERSIONED_RCP = {"Version": "2012-10-17", "Statement": [RCP_DENY["Statement"]]}
DOCUMENTS = {SCP: DENY, RCP: RCP_DENY, TAG: {"tags": {}}, BACKUP: {"plans": {}}}


def create(client, kind, name, content=None, **more):
    content = content if isinstance(content, str) else json.dumps(content or DOCUMENTS[kind])
    made = client.create_policy(Content=content, Description="", Name=name, Type=kind, **more)["Policy"]
    return made["PolicySummary"]["Id"]


def attached(client, target, kind):
    pages = client.get_paginator("list_policies_for_target").paginate(TargetId=target, Filter=kind)
    return [policy["Id"] for page in pages for policy in page["Policies"]]


def targets(client, policy):
    pages = client.get_paginator("list_targets_for_policy").paginate(PolicyId=policy)
    return [target["TargetId"] for page in pages for target in page["Targets"]]


def policy_types(client):
    return {entry["Type"]: entry["Status"] for entry in client.list_roots()["Roots"][0]["PolicyTypes"]}


def test_the_life_of_a_service_control_policy(organization):
    client, root = organization.client, organization.root
    assert policy_types(client) == {}
    member = new_account(organization.server)
    organization.join(member)
    text = '{\n  "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}\n}'
    made = client.create_policy(
        Content=text, Description="first", Name="no-s3", Type=SCP, Tags=[{"Key": "team", "Value": "red"}]
    )["Policy"]
    policy = made["PolicySummary"]["Id"]
    assert made["Content"] == text
    assert made["PolicySummary"] == {
        "Id": policy,
        "Arn": f"arn:aws:organizations::{organization.management}:policy/{organization.id}/service_control_policy/{policy}",
        "Name": "no-s3",
        "Description": "first",
        "Type": SCP,
        "AwsManaged": False,
    }
    assert client.describe_policy(PolicyId=policy)["Policy"] == made
    assert client.list_tags_for_resource(ResourceId=policy)["Tags"] == [{"Key": "team", "Value": "red"}]
    with refused("PolicyTypeNotEnabledException"):
        client.attach_policy(PolicyId=policy, TargetId=member)

    enabled = client.enable_policy_type(RootId=root, PolicyType=SCP)["Root"]
    assert enabled["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}] and enabled["Id"] == root
    assert attached(client, member, SCP) == ["p-FullAWSAccess"]
    client.attach_policy(PolicyId=policy, TargetId=member)
    with refused("DuplicatePolicyAttachmentException"):
        client.attach_policy(PolicyId=policy, TargetId=member)
    assert attached(client, member, SCP) == ["p-FullAWSAccess", policy]
    assert client.list_targets_for_policy(PolicyId=policy)["Targets"] == [
        {
            "TargetId": member,
            "Arn": f"arn:aws:organizations::{organization.management}:account/{organization.id}/{member}",
            "Name": f"Account {member}",
            "Type": "ACCOUNT",
        }
    ]
    with refused("PolicyInUseException"):
        client.delete_policy(PolicyId=policy)

    echo = client.update_policy(PolicyId=policy, Name="nothing-of-s3")["Policy"]
    assert echo["PolicySummary"]["Name"] == "nothing-of-s3" and "Description" not in echo["PolicySummary"]
    assert echo["Content"] == text
    assert client.describe_policy(PolicyId=policy)["Policy"]["PolicySummary"]["Description"] == "first"

    client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=member)
    with refused("ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"):
        client.detach_policy(PolicyId=policy, TargetId=member)
    disabled = client.disable_policy_type(RootId=root, PolicyType=SCP)["Root"]
    assert disabled["PolicyTypes"] == []
    assert targets(client, policy) == []
    client.delete_policy(PolicyId=policy)
    with refused("PolicyNotFoundException"):
        client.describe_policy(PolicyId=policy)


def test_managed_policies_are_on_everything(organization):
    client, root = organization.client, organization.root
    unit = client.create_organizational_unit(ParentId=root, Name="before")["OrganizationalUnit"]["Id"]
    before = new_account(organization.server)
    organization.join(before)
    for kind, managed in ((SCP, "p-FullAWSAccess"), (RCP, "p-RCPFullAWSAccess")):
        client.enable_policy_type(RootId=root, PolicyType=kind)
        assert set(targets(client, managed)) == {root, unit, before, organization.management}
    assert policy_types(client) == {SCP: "ENABLED", RCP: "ENABLED"}
    below = client.create_organizational_unit(ParentId=unit, Name="after")["OrganizationalUnit"]["Id"]
    after = new_account(organization.server)
    organization.join(after)
    created = client.create_account(AccountName="made", Email="made@example.com")["CreateAccountStatus"]["Id"]
    organization.server.advance("1h")
    status = client.describe_create_account_status(CreateAccountRequestId=created)["CreateAccountStatus"]
    for target in (below, after, status["AccountId"]):
        assert attached(client, target, SCP) == ["p-FullAWSAccess"]
        assert attached(client, target, RCP) == ["p-RCPFullAWSAccess"]
    with refused("InvalidInputException", "NON_DETACHABLE_POLICY"):
        client.detach_policy(PolicyId="p-RCPFullAWSAccess", TargetId=after)
    with refused("InvalidInputException", "IMMUTABLE_POLICY"):
        client.update_policy(PolicyId="p-FullAWSAccess", Name="mine")
    with refused("InvalidInputException", "IMMUTABLE_POLICY"):
        client.delete_policy(PolicyId="p-RCPFullAWSAccess")


def test_pages_of_policies_and_targets(organization):
    client, root = organization.client, organization.root
    client.enable_policy_type(RootId=root, PolicyType=TAG)
    made = [create(client, TAG, f"policy {n}") for n in range(23)]
    pages = list(client.get_paginator("list_policies").paginate(Filter=TAG, PaginationConfig={"PageSize": 5}))
    assert [len(page["Policies"]) for page in pages] == [5, 5, 5, 5, 3]
    assert [p["Id"] for page in pages for p in page["Policies"]] == sorted(made)
    units = [
        client.create_organizational_unit(ParentId=root, Name=f"unit {n}")["OrganizationalUnit"]["Id"] for n in range(7)
    ]
    members = organization.add_members(3)
    for target in (*units, *members, root):
        client.attach_policy(PolicyId=made[0], TargetId=target)
    pages = client.get_paginator("list_targets_for_policy").paginate(PolicyId=made[0], PaginationConfig={"PageSize": 4})
    found = [target["TargetId"] for page in pages for target in page["Targets"]]
    assert sorted(found) == sorted([*units, *members, root]) and len(found) == 11
    order = made[5:15]
    for policy in order[:9]:
        client.attach_policy(PolicyId=policy, TargetId=units[0])
    assert attached(client, units[0], TAG) == sorted([made[0], *order[:9]])
    with refused("ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"):
        client.attach_policy(PolicyId=order[9], TargetId=units[0])


def test_what_is_stored(organization):
    client = organization.client
    for kind, sent, stored in [
        (SCP, ' { "Statement" : {"Effect":"Deny","Action":"s3:*","Resource":"*"} } ', None),
        (TAG, '{"tags" : { "a": {"tag_value": {"@@assign": ["1"]} } } }', None),
        (
            RCP,
            '{ "Statement": {"Effect":"Deny","Principal":"*","Action":"S3:get*","Resource":["*"]} }',
            '{"Version":"2008-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"S3:get*","Resource":["*"]}]}',
        ),
    ]:
        policy = create(client, kind, kind, sent)
        assert client.describe_policy(PolicyId=policy)["Policy"]["Content"] == (stored or sent)


def test_refused_documents_say_the_same_sentence(organization):
    for kind in DOCUMENTS:
        for content in ("{", "[]", '{"nonsense": {}}', "{" * 2000):
            with refused("MalformedPolicyDocumentException"):
                create(organization.client, kind, "bad", content)


def test_security_hub_needs_trusted_access_and_keeps_it(organization):
    client, root = organization.client, organization.root
    with refused("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED"):
        client.enable_policy_type(RootId=root, PolicyType="SECURITYHUB_POLICY")
    client.enable_aws_service_access(ServicePrincipal="securityhub.amazonaws.com")
    client.enable_policy_type(RootId=root, PolicyType="SECURITYHUB_POLICY")
    with refused("ConstraintViolationException", "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE"):
        client.disable_aws_service_access(ServicePrincipal="securityhub.amazonaws.com")
    client.disable_policy_type(RootId=root, PolicyType="SECURITYHUB_POLICY")
    client.disable_aws_service_access(ServicePrincipal="securityhub.amazonaws.com")


# Every operation on policies, in an order in which each succeeds for the management account; `o` is the organization,
# `p` a policy of its own.
READS = {
    "DescribePolicy": lambda c, o, p: c.describe_policy(PolicyId=p),
    "ListPolicies": lambda c, o, p: c.list_policies(Filter=TAG),
    "ListPoliciesForTarget": lambda c, o, p: c.list_policies_for_target(TargetId=o.management, Filter=TAG),
    "ListTargetsForPolicy": lambda c, o, p: c.list_targets_for_policy(PolicyId=p),
    "DescribeEffectivePolicy": lambda c, o, p: c.describe_effective_policy(PolicyType=TAG, TargetId=o.management),
    "ListAccountsWithInvalidEffectivePolicy": lambda c, o, p: c.list_accounts_with_invalid_effective_policy(
        PolicyType=TAG
    ),
    "ListEffectivePolicyValidationErrors": lambda c, o, p: c.list_effective_policy_validation_errors(
        AccountId=o.management, PolicyType=TAG
    ),
    "DescribeResourcePolicy": lambda c, o, p: c.describe_resource_policy(),
}
WRITES = {
    "CreatePolicy": lambda c, o, p: create(c, TAG, "another"),
    "UpdatePolicy": lambda c, o, p: c.update_policy(PolicyId=p, Description="said"),
    "AttachPolicy": lambda c, o, p: c.attach_policy(PolicyId=p, TargetId=o.root),
    "DetachPolicy": lambda c, o, p: c.detach_policy(PolicyId=p, TargetId=o.root),
    "DeletePolicy": lambda c, o, p: c.delete_policy(PolicyId=p),
    "EnablePolicyType": lambda c, o, p: c.enable_policy_type(RootId=o.root, PolicyType=BACKUP),
    "DisablePolicyType": lambda c, o, p: c.disable_policy_type(RootId=o.root, PolicyType=BACKUP),
}
OWN = {
    "PutResourcePolicy": lambda c, o, p: c.put_resource_policy(Content=json.dumps(DELEGATION)),
    "DeleteResourcePolicy": lambda c, o, p: c.delete_resource_policy(),
}
OPERATIONS = {**READS, **WRITES, **OWN}
DELEGATION = {
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": [f"organizations:{name}" for name in (*READS, *WRITES)],
        "Resource": "*",
    }
}


@pytest.mark.parametrize(
    ("caller", "may", "refusal"),
    [
        ("stranger", {}, "AWSOrganizationsNotInUseException"),
        ("member", {}, "AccessDeniedException"),
        ("delegated administrator", READS, "AccessDeniedException"),
        ("by the resource policy", {**READS, **WRITES}, "AccessDeniedException"),
        ("management", OPERATIONS, None),
    ],
)
def test_who_may_call_what(organization, caller, may, refusal):
    account = organization.management if caller == "management" else new_account(organization.server)
    if caller not in ("management", "stranger"):
        organization.join(account)
    if caller == "delegated administrator":
        organization.client.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
        organization.client.register_delegated_administrator(
            AccountId=account, ServicePrincipal="account.amazonaws.com"
        )
    organization.client.enable_policy_type(RootId=organization.root, PolicyType=TAG)
    policy = create(organization.client, TAG, "one")
    other = {"Effect": "Allow", "Principal": "*", "Action": "organizations:ListRoots", "Resource": "*"}
    said = DELEGATION if caller == "by the resource policy" else {"Statement": other}
    organization.client.put_resource_policy(Content=json.dumps(said))
    assert len(OPERATIONS) == 17
    client = organization.server.client(account)
    for name, call in OPERATIONS.items():
        if name in may:
            call(client, organization, policy)
            continue
        with refused(refusal):
            call(client, organization, policy)
        if name in ("AttachPolicy", "EnablePolicyType"):
            call(organization.client, organization, policy)
    if caller != "stranger":
        own = client.describe_effective_policy(PolicyType=TAG, TargetId=account)["EffectivePolicy"]
        assert own["TargetId"] == account


def test_consolidated_billing_has_no_policies(server):
    organization = new_organization(server, feature_set="CONSOLIDATED_BILLING")
    with refused("PolicyTypeNotAvailableForOrganizationException"):
        create(organization.client, TAG, "one")
    with refused("PolicyTypeNotAvailableForOrganizationException"):
        organization.client.enable_policy_type(RootId=organization.root, PolicyType=SCP)
    assert organization.client.list_policies(Filter=SCP)["Policies"] == []
    reads = [READS[name] for name in READS if "Effective" in name or name == "DescribeResourcePolicy"]
    assert len(reads) == 4
    for call in (*reads, *OWN.values()):
        with refused("ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"):
            call(organization.client, organization, "p-00000000")


def test_the_cli(server, tmp_path):
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    aws = Cli(server, tmp_path, organization.management)
    document = tmp_path / "policy.json"
    document.write_text(json.dumps(DENY))
    made = aws(
        "create-policy", "--content", f"file://{document}", "--description", "d", "--name", "n", "--type", SCP
    )["Policy"]["PolicySummary"]["Id"]
    aws.refused("PolicyTypeNotEnabledException", "attach-policy", "--policy-id", made, "--target-id", member)
    assert aws("enable-policy-type", "--root-id", organization.root, "--policy-type", SCP)["Root"]["PolicyTypes"]
    assert aws("attach-policy", "--policy-id", made, "--target-id", member) is None
    shown = aws("list-policies-for-target", "--target-id", member, "--filter", SCP)["Policies"]
    assert [p["Id"] for p in shown] == ["p-FullAWSAccess", made]
    assert aws("list-targets-for-policy", "--policy-id", made)["Targets"][0]["TargetId"] == member
    assert [p["Id"] for p in aws("list-policies", "--filter", SCP)["Policies"]] == ["p-FullAWSAccess", made]
    aws("update-policy", "--policy-id", made, "--name", "other")
    assert json.loads(aws("describe-policy", "--policy-id", made)["Policy"]["Content"]) == DENY
    aws.refused("PolicyInUseException", "delete-policy", "--policy-id", made)
    assert aws("detach-policy", "--policy-id", made, "--target-id", member) is None
    assert aws("delete-policy", "--policy-id", made) is None
    off = aws("disable-policy-type", "--root-id", organization.root, "--policy-type", SCP)
    assert off["Root"]["PolicyTypes"] == []


@pytest.mark.parametrize(
    ("text", "flags", "code", "said"),
    [
        (json.dumps(DENY), (), 0, "{file}: fine\n"),
        ('{"tags": {}}', (), 0, "{file}: fine\n"),
        ('{"tags": {}}', ("--type", "TAG_POLICY"), 0, "{file}: fine\n"),
        (json.dumps(RCP_DENY), ("--type", "RESOURCE_CONTROL_POLICY"), 0, "{file}: fine\n"),
        (json.dumps(RCP_DENY), (), 1, "{file}:1:"),
        ('{\n "tags": {\n  "a": {"tag_kee": {}}\n }\n}', (), 1, "{file}:3:9: found "),
        ('{"tags": {}}', ("--type", SCP), 1, "{file}:1:"),
        ("{", (), 1, "{file}:1:2: found "),
        ("", (), 1, "{file}:1:1: found "),
        ('{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}', ("--type", "RESOURCE_POLICY"), 1, "{file}:1:"),
        ("x" * 10_241, (), 1, "{file}:1:1: found 10241 characters"),
        ("{}", ("--type", "GUARDDUTY"), 2, ""),
        ("x" * (1 << 20) + "x", (), 2, ""),
    ],
)  # fmt: skip
def test_lint(tmp_path, text, flags, code, said):
    file = tmp_path / "policy.json"
    file.write_text(text)
    done = guildhall("policy", "lint", str(file), *flags, check=False)
    assert done.returncode == code, done
    want = said.format(file=file)
    assert done.stdout == want if code == 0 else done.stdout.startswith(want)
    if code == 1:
        assert "; " in done.stdout and done.stderr == ""
    if code == 2:
        assert done.stdout == "" and done.stderr


def test_lint_of_several(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    bad.write_text('{"tags": {\n"a": 1}}')
    done = guildhall("policy", "lint", bad, good, "-", input='{"tags": {}}')
    assert done.returncode == 1
    first, second, third = done.stdout.splitlines()
    assert first.startswith(f"{bad}:2:")
    assert (second, third) == (f"{good}: fine", "-: fine")
    assert guildhall("policy", "lint", good, "-", input='{"tags": {}}').returncode == 0


def test_lint_of_nothing(tmp_path):
    assert guildhall("policy", "lint", check=False).returncode == 2
    assert guildhall("policy", check=False).returncode == 2
    done = guildhall("policy", "lint", str(tmp_path / "none.json"), check=False)
    assert done.returncode == 2 and "none.json" in done.stderr
    (tmp_path / "latin.json").write_bytes(b'{"a":"\xe9"}')
    assert guildhall("policy", "lint", str(tmp_path / "latin.json"), check=False).returncode == 2
