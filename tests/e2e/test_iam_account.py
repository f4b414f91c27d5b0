"""IAM at the level of an account, by boto3: what Organizations makes, service-linked roles, root access, the simulator."""

import csv
import io
import json

import pytest

from harness.world import new_account, new_organization
from test_iam import refused

LINKED = "AWSServiceRoleForOrganizations"


def names(pages, member):
    return [role[member] for role in pages]


def create_account(organization, server):
    """A new account of the organization, by CreateAccount."""
    client = organization.client
    status = client.create_account(Email=f"new-{organization.management}@example.com", AccountName="New")
    request = status["CreateAccountStatus"]["Id"]
    return client.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]["AccountId"]


def test_organizations_makes_roles(server):
    organization = new_organization(server)
    [invited] = organization.add_members(1)
    created = create_account(organization, server)
    iam = server.client(created, "iam")
    roles = iam.list_roles()["Roles"]
    assert names(roles, "RoleName") == [LINKED, "OrganizationAccountAccessRole"]
    access = iam.get_role(RoleName="OrganizationAccountAccessRole")["Role"]
    assert access["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{organization.management}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    assert names(server.client(invited, "iam").list_roles()["Roles"], "RoleName") == [LINKED]
    # The management account gets into the new one.
    sts = server.client(organization.management, "sts")
    credentials = sts.assume_role(RoleArn=access["Arn"], RoleSessionName="vending")["Credentials"]
    session = server.session(created)
    inside = session.client(
        "iam",
        endpoint_url=server.url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    inside.create_account_alias(AccountAlias=f"new-{created}")
    assert inside.list_account_aliases()["AccountAliases"] == [f"new-{created}"]
    with refused("UnmodifiableEntity", 400, "Cannot perform the operation on the protected role"):
        inside.delete_role(RoleName=LINKED)
    task = inside.delete_service_linked_role(RoleName=LINKED)["DeletionTaskId"]
    status = inside.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert (status["Status"], status["Reason"]["RoleUsageList"][0]["Region"]) == ("FAILED", "us-east-1")


def test_service_linked_roles(server):
    iam = server.client(new_account(server), "iam")
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="team")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForAutoScaling_team"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == ["sts:AssumeRole"]
    with refused("InvalidInput", 400, "Service role name AWSServiceRoleForAutoScaling_team has been taken"):
        iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="team")
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity", 404):
        iam.get_role(RoleName=role["RoleName"])


def test_root_access(server):
    organization = new_organization(server)
    [member] = organization.add_members(1)
    management, other = (server.client(account, "iam") for account in (organization.management, member))
    with pytest.raises(management.exceptions.ServiceAccessNotEnabledException):
        management.list_organizations_features()
    organization.client.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    assert management.list_organizations_features()["EnabledFeatures"] == []
    management.enable_organizations_root_credentials_management()
    answer = management.enable_organizations_root_sessions()
    assert answer["EnabledFeatures"] == ["RootSessions", "RootCredentialsManagement"]
    with pytest.raises(other.exceptions.AccountNotManagementOrDelegatedAdministratorException):
        other.list_organizations_features()
    organization.client.register_delegated_administrator(AccountId=member, ServicePrincipal="iam.amazonaws.com")
    with pytest.raises(other.exceptions.CallerIsNotManagementAccountException):
        other.enable_organizations_root_sessions()
    answer = other.disable_organizations_root_sessions()
    assert answer["EnabledFeatures"] == ["RootCredentialsManagement"]


def test_the_account_as_a_whole(server):
    account = new_account(server)
    iam = server.client(account, "iam")
    iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (len(summary), summary["Roles"], summary["RolesQuota"]) == (34, 1, 1000)
    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 1})
    everything = pages.build_full_result()
    assert names(everything["RoleDetailList"], "RoleName") == ["AWSServiceRoleForBatch"]
    [policy] = [p for p in everything["Policies"] if p["PolicyName"] == "BatchServiceRolePolicy"]
    assert policy["PolicyVersionList"][0]["Document"]["Version"] == "2012-10-17"
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    root = rows[0]
    assert (root["user"], root["arn"], len(root)) == ("<root_account>", f"arn:aws:iam::{account}:root", 22)
    taken = f"mine-{account}"
    iam.create_account_alias(AccountAlias=taken)
    with refused("EntityAlreadyExists", 409, f"The account alias {taken} already exists."):
        server.client(new_account(server), "iam").create_account_alias(AccountAlias=taken)


def test_the_simulator(server):
    organization = new_organization(server)
    [member] = organization.add_members(1)
    client, iam = organization.client, server.client(member, "iam")

    def document(effect, action):
        return json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": "*"}}
        )

    answer = iam.simulate_custom_policy(
        PolicyInputList=[document("Allow", "s3:*")],
        ActionNames=["s3:GetObject", "ec2:RunInstances"],
        ResourceArns=["arn:aws:s3:::b/k"],
    )
    decisions = [result["EvalDecision"] for result in answer["EvaluationResults"]]
    assert decisions == ["allowed", "implicitDeny"]
    matched = answer["EvaluationResults"][0]["MatchedStatements"][0]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == ("PolicyInputList.1", "IAM Policy")
    iam.create_user(UserName="ana")
    client.enable_policy_type(RootId=organization.root, PolicyType="SERVICE_CONTROL_POLICY")
    policy = client.create_policy(
        Name="no", Description="", Type="SERVICE_CONTROL_POLICY", Content=document("Deny", "s3:PutObject")
    )
    client.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=organization.root)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{member}:user/ana",
        PolicyInputList=[document("Allow", "*")],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )
    results = answer["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "explicitDeny"]
    assert [r["OrganizationsDecisionDetail"]["AllowedByOrganizations"] for r in results] == [True, False]
    keys = iam.get_context_keys_for_custom_policy(
        PolicyInputList=[document("Allow", "s3:*").replace('"*"}', '"arn:aws:s3:::${aws:username}"}')]
    )
    assert keys["ContextKeyNames"] == ["aws:username"]
