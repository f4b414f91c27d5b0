"""Effective policies with boto3 and the AWS CLI: merged down the tree, kept while invalid, and tag policies enforced."""

import datetime
import json

from harness.server import guildhall
from harness.world import new_account, new_organization, refused
from test_cli import Cli
from test_policies import BACKUP, SCP, TAG, create

COST = {"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["a", "b"]}}}}
VAULTLESS = {"plans": {"p": {"rules": {"daily": {"target_backup_vault_name": {"@@assign": "vault"}}}}}}
PLAN = {
    "plans": {
        "p": {
            "regions": {"@@assign": ["eu-west-1"]},
            "rules": {"daily": {"target_backup_vault_name": {"@@assign": "vault"}}},
            "selections": {
                "tags": {
                    "s": {
                        "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
                        "tag_key": {"@@assign": "k"},
                        "tag_value": {"@@assign": ["v"]},
                    }
                }
            },
        }
    }
}


def effective(client, kind, account=None):
    named = {"TargetId": account} if account else {}
    answer = client.describe_effective_policy(PolicyType=kind, **named)["EffectivePolicy"]
    assert answer["PolicyType"] == kind
    return json.loads(answer["PolicyContent"])


def updated(client, kind):
    return client.describe_effective_policy(PolicyType=kind)["EffectivePolicy"]["LastUpdatedTimestamp"]


def test_down_the_tree(organization):
    client, root = organization.client, organization.root
    member = new_account(organization.server)
    organization.join(member)
    own = organization.server.client(member)
    with refused("EffectivePolicyNotFoundException"):
        effective(own, TAG)
    client.enable_policy_type(RootId=root, PolicyType=TAG)
    assert effective(own, TAG) == {} == effective(client, TAG, member)
    client.attach_policy(PolicyId=create(client, TAG, "root", COST), TargetId=root)
    assert effective(own, TAG) == {"tags": {"cost": {"tag_key": "Cost", "tag_value": ["a", "b"]}}}
    unit = client.create_organizational_unit(ParentId=root, Name="unit")["OrganizationalUnit"]["Id"]
    more = create(client, TAG, "unit", {"tags": {"cost": {"tag_value": {"@@append": ["c"]}}}})
    client.attach_policy(PolicyId=more, TargetId=unit)
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    assert effective(own, TAG)["tags"]["cost"]["tag_value"] == ["a", "b", "c"]
    client.update_policy(PolicyId=more, Content=json.dumps({"tags": {"cost": {"tag_value": {"@@remove": ["a"]}}}}))
    assert effective(own, TAG)["tags"]["cost"]["tag_value"] == ["b"]
    assert effective(client, TAG)["tags"]["cost"]["tag_value"] == ["a", "b"]
    with refused("AccessDeniedException"):
        effective(own, TAG, organization.management)
    for target in (root, unit):
        with refused("InvalidInputException", "TARGET_NOT_SUPPORTED"):
            effective(client, TAG, target)
    with refused("TargetNotFoundException"):
        effective(client, TAG, new_account(organization.server))
    with refused("InvalidInputException", "INVALID_ENUM_POLICY_TYPE"):
        effective(client, SCP)


def test_its_time_moves_with_every_change(organization):
    client, root = organization.client, organization.root
    client.enable_policy_type(RootId=root, PolicyType=TAG)
    policy = create(client, TAG, "one", COST)
    last = updated(client, TAG)
    changes = [
        lambda: client.attach_policy(PolicyId=policy, TargetId=root),
        lambda: client.update_policy(PolicyId=policy, Content=json.dumps(COST)),
        lambda: client.update_policy(PolicyId=policy, Name="two"),
        lambda: client.detach_policy(PolicyId=policy, TargetId=root),
    ]
    for change in changes:
        organization.server.advance("10s")
        assert updated(client, TAG) == last
        change()
        assert updated(client, TAG) >= last + datetime.timedelta(seconds=10)
        last = updated(client, TAG)


def test_what_was_valid_last_is_kept(organization):
    client, root = organization.client, organization.root
    member = new_account(organization.server)
    organization.join(member)
    client.enable_policy_type(RootId=root, PolicyType=BACKUP)
    good, bad = create(client, BACKUP, "good", PLAN), create(client, BACKUP, "bad", VAULTLESS)
    invalid = client.list_accounts_with_invalid_effective_policy
    errors = client.list_effective_policy_validation_errors
    assert invalid(PolicyType=BACKUP)["Accounts"] == []
    answer = errors(AccountId=member, PolicyType=BACKUP)
    assert answer["EffectivePolicyValidationErrors"] == [] and "Path" not in answer
    client.attach_policy(PolicyId=good, TargetId=root)
    kept = effective(client, BACKUP, member)
    assert set(kept["plans"]) == {"p"}
    client.detach_policy(PolicyId=good, TargetId=root)
    client.attach_policy(PolicyId=good, TargetId=root)
    client.update_policy(PolicyId=good, Content=json.dumps(VAULTLESS))
    assert effective(client, BACKUP, member) == kept
    answer = invalid(PolicyType=BACKUP)
    assert {a["Id"] for a in answer["Accounts"]} == {member, organization.management}
    assert answer["PolicyType"] == BACKUP
    answer = errors(AccountId=member, PolicyType=BACKUP)
    assert answer["Path"] == f"{organization.id}/{root}/{member}/"
    assert answer["EvaluationTimestamp"] <= organization.server.now()
    found = answer["EffectivePolicyValidationErrors"]
    assert {e["ErrorCode"] for e in found} == {"KEY_REQUIRED"}
    assert all(e["ContributingPolicies"] == [good] for e in found)
    assert ("'regions' is missing", "plans/p") in {(e["ErrorMessage"], e["PathToError"]) for e in found}
    paged = client.get_paginator("list_effective_policy_validation_errors") if client.can_paginate(
        "list_effective_policy_validation_errors"
    ) else None
    if paged:
        pages = paged.paginate(AccountId=member, PolicyType=BACKUP, PaginationConfig={"PageSize": 1})
        assert [e for page in pages for e in page["EffectivePolicyValidationErrors"]] == found
    client.update_policy(PolicyId=good, Content=json.dumps({"plans": {}}))
    assert effective(client, BACKUP, member) == {}
    client.delete_policy(PolicyId=bad)


def test_tag_policies_are_enforced_at_the_invitation_only(organization):
    client, root = organization.client, organization.root
    first, second = new_account(organization.server), new_account(organization.server)
    handshake = organization.invite(first, Tags=[{"Key": "cost", "Value": "z"}])["Id"]
    client.enable_policy_type(RootId=root, PolicyType=TAG)
    rule = {**COST["tags"]["cost"], "enforced_for": {"@@assign": ["organizations:account", "organizations:ou"]}}
    client.attach_policy(PolicyId=create(client, TAG, "one", {"tags": {"cost": rule}}), TargetId=root)
    organization.server.client(first).accept_handshake(HandshakeId=handshake)
    assert client.list_tags_for_resource(ResourceId=first)["Tags"] == [{"Key": "cost", "Value": "z"}]
    wrong, right = [{"Key": "Cost", "Value": "z"}], [{"Key": "Cost", "Value": "a"}]
    calls = [
        lambda tags: client.tag_resource(ResourceId=first, Tags=tags),
        lambda tags: organization.invite(second, Tags=tags),
        lambda tags: client.create_account(AccountName="x", Email="x@example.com", Tags=tags),
        lambda tags: client.create_organizational_unit(ParentId=root, Name="x", Tags=tags),
    ]
    for call in calls:
        with refused("ConstraintViolationException", "TAG_POLICY_VIOLATION"):
            call(wrong)
        call(right)
    create(client, TAG, "two", Tags=wrong)


def test_the_cli(server, tmp_path):
    organization = new_organization(server)
    aws = Cli(server, tmp_path, organization.management)
    aws.refused("EffectivePolicyNotFoundException", "describe-effective-policy", "--policy-type", BACKUP)
    aws("enable-policy-type", "--root-id", organization.root, "--policy-type", BACKUP)
    policy = create(organization.client, BACKUP, "one", VAULTLESS)
    aws("attach-policy", "--policy-id", policy, "--target-id", organization.root)
    assert aws("describe-effective-policy", "--policy-type", BACKUP)["EffectivePolicy"]["PolicyContent"] == "{}"
    listed = aws("list-accounts-with-invalid-effective-policy", "--policy-type", BACKUP)["Accounts"]
    assert [account["Id"] for account in listed] == [organization.management]
    found = aws(
        "list-effective-policy-validation-errors", "--account-id", organization.management, "--policy-type", BACKUP
    )
    assert found["EffectivePolicyValidationErrors"]


def test_everything_survives_a_restart(start, tmp_path):
    data = tmp_path / "data"
    server = start("--data", str(data), "--clock", "virtual")
    organization = new_organization(server)
    member = new_account(server)
    organization.join(member)
    client, root = organization.client, organization.root
    for kind in (SCP, TAG, BACKUP):
        client.enable_policy_type(RootId=root, PolicyType=kind)
    allow = create(client, SCP, "allow", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    good, cost = create(client, BACKUP, "good", PLAN), create(client, TAG, "cost", COST)
    for policy, target in ((allow, member), (good, root), (cost, root)):
        client.attach_policy(PolicyId=policy, TargetId=target)
    client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=member)
    client.update_policy(PolicyId=good, Content=json.dumps(VAULTLESS))
    granted = {"Effect": "Allow", "Principal": {"AWS": member}, "Action": "organizations:ListPolicies", "Resource": "*"}
    client.put_resource_policy(Content=json.dumps({"Statement": granted}))

    def seen(server):
        client, own = server.client(organization.management), server.client(member)
        answers = [
            client.describe_resource_policy(),
            client.list_policies_for_target(TargetId=member, Filter=SCP),
            client.list_roots(),
            client.list_accounts_with_invalid_effective_policy(PolicyType=BACKUP),
            own.describe_effective_policy(PolicyType=BACKUP),
            own.describe_effective_policy(PolicyType=TAG),
            own.list_policies(Filter=TAG),
        ]
        return [{k: v for k, v in answer.items() if k != "ResponseMetadata"} for answer in answers]

    before = seen(server)
    assert json.loads(before[4]["EffectivePolicy"]["PolicyContent"])["plans"]["p"]["regions"] == ["eu-west-1"]
    server.stop()
    assert guildhall("check", "--data", str(data)).returncode == 0
    assert seen(start("--data", str(data), "--clock", "virtual")) == before
