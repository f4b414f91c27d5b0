//! Centralized root access (identity.md 3.14).

use super::*;

const LIST: &str = "ListOrganizationsFeatures";
const ALL: [&str; 5] = [
    LIST,
    "EnableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions",
    "DisableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootSessions",
];
const IAM: &str = "iam.amazonaws.com";

fn trust(lab: &mut Lab) {
    lab.organizations(M, "EnableAWSServiceAccess", &json!({ "ServicePrincipal": IAM }));
}

fn delegate(lab: &mut Lab) {
    let input = json!({ "AccountId": A, "ServicePrincipal": IAM });
    lab.organizations(M, "RegisterDelegatedAdministrator", &input);
}

#[test]
fn what_has_to_be_there_is_asked_for_in_order() {
    let mut lab = Lab::alone();
    let sentence = "The request was rejected because no organization is associated with your account.";
    ALL.iter()
        .for_each(|op| lab.refuses(M, op, &json!({}), ("OrganizationNotFoundException", 400, sentence)));
    let mut lab = Lab::with("CONSOLIDATED_BILLING");
    let sentence = "The request was rejected because your organization does not have All features enabled. For more \
                    information, see Available feature sets in the Organizations User Guide.";
    let told = ("OrganizationNotInAllFeaturesModeException", 400, sentence);
    ALL.iter().for_each(|op| lab.refuses(A, op, &json!({}), told));
    let mut lab = Lab::new();
    for account in [M, A] {
        let sentence =
            format!("Trusted Access for IAM not enabled by organization of input account {account}.");
        let told = ("ServiceAccessNotEnabledException", 400, &*sentence);
        ALL.iter().for_each(|op| lab.refuses(account, op, &json!({}), told));
    }
    trust(&mut lab);
    let sentence = format!("Input account {A} is neither management account nor delegated admin.");
    let told = ("AccountNotManagementOrDelegatedAdministratorException", 400, &*sentence);
    ALL.iter().for_each(|op| lab.refuses(A, op, &json!({}), told));
    ALL.iter().for_each(|op| _ = lab.ok(M, op, &json!({})));
}

#[test]
fn features_are_switched_and_listed() {
    let mut lab = Lab::new();
    trust(&mut lab);
    let org = lab.organizations(M, "DescribeOrganization", &json!({}))["Organization"]["Id"].clone();
    let mut state = json!({ "OrganizationId": org, "EnabledFeatures": [] });
    assert_eq!(lab.ok(M, LIST, &json!({})), state);
    for (operation, features) in [
        ("EnableOrganizationsRootCredentialsManagement", json!(["RootCredentialsManagement"])),
        ("EnableOrganizationsRootSessions", json!(["RootSessions", "RootCredentialsManagement"])),
        ("EnableOrganizationsRootSessions", json!(["RootSessions", "RootCredentialsManagement"])),
        ("DisableOrganizationsRootCredentialsManagement", json!(["RootSessions"])),
        ("DisableOrganizationsRootCredentialsManagement", json!(["RootSessions"])),
        ("DisableOrganizationsRootSessions", json!([])),
    ] {
        state["EnabledFeatures"] = features;
        assert_eq!(lab.ok(M, operation, &json!({})), state, "{operation}");
        assert_eq!(lab.ok(M, LIST, &json!({})), state, "{operation}");
    }
}

#[test]
fn a_delegate_lists_and_disables_and_does_not_enable() {
    let mut lab = Lab::new();
    trust(&mut lab);
    delegate(&mut lab);
    let sentence = format!(
        "Caller account {A} is not management account of the organization and cannot enable IAM features."
    );
    let told = ("CallerIsNotManagementAccountException", 400, &*sentence);
    for operation in &ALL[1..3] {
        lab.refuses(A, operation, &json!({}), told);
        lab.ok(M, operation, &json!({}));
    }
    assert_eq!(lab.ok(A, LIST, &json!({}))["EnabledFeatures"].as_array().unwrap().len(), 2);
    for operation in &ALL[3..] {
        lab.ok(A, operation, &json!({}));
    }
    assert_eq!(lab.ok(M, LIST, &json!({}))["EnabledFeatures"], json!([]));
}

#[test]
fn features_outlive_trusted_access() {
    let mut lab = Lab::new();
    trust(&mut lab);
    lab.ok(M, "EnableOrganizationsRootSessions", &json!({}));
    lab.organizations(M, "DisableAWSServiceAccess", &json!({ "ServicePrincipal": IAM }));
    let sentence = format!("Trusted Access for IAM not enabled by organization of input account {M}.");
    lab.refuses(M, LIST, &json!({}), ("ServiceAccessNotEnabledException", 400, &sentence));
    trust(&mut lab);
    assert_eq!(lab.ok(M, LIST, &json!({}))["EnabledFeatures"], json!(["RootSessions"]));
}

#[test]
fn a_user_needs_the_permission_first() {
    let mut lab = Lab::alone();
    // Before it is told that there is no organization.
    ALL.iter().for_each(|operation| lab.denies(operation, &json!({}), "*"));
}
