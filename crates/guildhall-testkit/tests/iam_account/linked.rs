//! Service-linked roles (identity.md 3.13).

use super::*;

const CREATE: &str = "CreateServiceLinkedRole";
const DELETE: &str = "DeleteServiceLinkedRole";
const STATUS: &str = "GetServiceLinkedRoleDeletionStatus";

fn service(name: &str) -> Value {
    json!({ "AWSServiceName": name })
}

#[test]
fn a_role_is_made_with_what_its_service_says() {
    let mut lab = Lab::new();
    let made = lab.ok(ALONE, CREATE, &service("batch.amazonaws.com"))["Role"].clone();
    assert_eq!(
        made["Arn"],
        format!("arn:aws:iam::{ALONE}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch")
    );
    assert_eq!(made["Path"], "/aws-service-role/batch.amazonaws.com/");
    // As lists in this answer, and as the one text that they hold later.
    let document = made["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(document.contains("%22Action%22%3A%5B%22sts%3AAssumeRole%22%5D"), "{document}");
    assert!(document.contains("%22Service%22%3A%5B%22batch.amazonaws.com%22%5D"), "{document}");
    let got = lab.ok(ALONE, "GetRole", &json!({ "RoleName": "awsserviceroleforbatch" }))["Role"].clone();
    let document = got["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(document.contains("%22Action%22%3A%22sts%3AAssumeRole%22"), "{document}");
    assert_eq!((&got["RoleName"], got.get("Description")), (&json!("AWSServiceRoleForBatch"), None));
    assert_eq!((&got["MaxSessionDuration"], &got["RoleLastUsed"]), (&json!(3_600), &json!({})));
    // A description that is given counts, and else the service's own.
    let mut input = service("rds.amazonaws.com");
    lab.ok(ALONE, CREATE, &input);
    let role =
        |lab: &mut Lab, name: &str| lab.ok(ALONE, "GetRole", &json!({ "RoleName": name }))["Role"].clone();
    assert_eq!(
        role(&mut lab, "AWSServiceRoleForRDS")["Description"],
        "Allows Amazon RDS to manage AWS resources on your behalf"
    );
    input = service("ecs.amazonaws.com");
    input["Description"] = json!("mine");
    lab.ok(ALONE, CREATE, &input);
    assert_eq!(role(&mut lab, "AWSServiceRoleForECS")["Description"], "mine");
}

#[test]
fn names_are_taken_once_and_suffixes_are_for_few() {
    let mut lab = Lab::new();
    let mut scaling = service("autoscaling.amazonaws.com");
    lab.ok(ALONE, CREATE, &scaling);
    let taken = |name: &str| {
        format!("Service role name {name} has been taken in this account, please try a different suffix.")
    };
    let sentence = taken("AWSServiceRoleForAutoScaling");
    lab.refuses(ALONE, CREATE, &scaling, ("InvalidInput", 400, &sentence));
    scaling["CustomSuffix"] = json!("team");
    let made = lab.ok(ALONE, CREATE, &scaling)["Role"]["RoleName"].clone();
    assert_eq!(made, "AWSServiceRoleForAutoScaling_team");
    scaling["CustomSuffix"] = json!("TEAM");
    let sentence = taken("AWSServiceRoleForAutoScaling_TEAM");
    lab.refuses(ALONE, CREATE, &scaling, ("InvalidInput", 400, &sentence));
    scaling["CustomSuffix"] = json!("x".repeat(64));
    let sentence = "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have \
                    length less than or equal to 64";
    lab.refuses(ALONE, CREATE, &scaling, ("ValidationError", 400, sentence));
    let mut ecs = service("ecs.amazonaws.com");
    ecs["CustomSuffix"] = json!("a");
    let sentence = "Custom suffix is not allowed for ecs.amazonaws.com";
    lab.refuses(ALONE, CREATE, &ecs, ("InvalidInput", 400, sentence));
    let sentence = "Service nope.amazonaws.com does not support service-linked roles";
    lab.refuses(ALONE, CREATE, &service("nope.amazonaws.com"), ("InvalidInput", 400, sentence));
    lab.0.settings_mut().limits.roles = 2;
    let sentence = "Cannot exceed quota for RolesPerAccount: 2";
    lab.refuses(ALONE, CREATE, &service("ecs.amazonaws.com"), ("LimitExceeded", 409, sentence));
}

#[test]
fn constraints_are_told_before_all_else() {
    let mut lab = Lab::new();
    let sentence = "2 validation errors detected: Value at 'aWSServiceName' failed to satisfy constraint: Member must \
                    not be null; Value at 'customSuffix' failed to satisfy constraint: Member must satisfy regular \
                    expression pattern: [\\w+=,.@-]+";
    lab.refuses(ALONE, CREATE, &json!({ "CustomSuffix": "a b" }), ("ValidationError", 400, sentence));
    let sentence = "1 validation error detected: Value at 'deletionTaskId' failed to satisfy constraint: Member must \
                    not be null";
    lab.refuses(ALONE, STATUS, &json!({}), ("ValidationError", 400, sentence));
    let sentence = "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null";
    lab.refuses(ALONE, DELETE, &json!({}), ("ValidationError", 400, sentence));
}

#[test]
fn a_role_is_deleted_by_a_task_that_can_be_asked_about_for_a_day() {
    let mut lab = Lab::new();
    lab.ok(ALONE, CREATE, &service("batch.amazonaws.com"));
    let name = json!({ "RoleName": "awsserviceroleforbatch" });
    let task = lab.ok(ALONE, DELETE, &name)["DeletionTaskId"].as_str().unwrap().to_owned();
    let start = "task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/";
    assert!(task.starts_with(start) && task.len() == start.len() + 36, "{task}");
    let asked = json!({ "DeletionTaskId": task });
    assert_eq!(lab.ok(ALONE, STATUS, &asked), json!({ "Status": "SUCCEEDED" }));
    let sentence = "The role with name awsserviceroleforbatch cannot be found.";
    lab.refuses(ALONE, "GetRole", &name, ("NoSuchEntity", 404, sentence));
    lab.refuses(ALONE, DELETE, &name, ("NoSuchEntity", 404, sentence));
    let unknown = ("NoSuchEntity", 404, "Cannot find deletion status for given id.");
    // Another account's task, another role's, another one.
    lab.refuses(A, STATUS, &asked, unknown);
    let other = task.replace("ForBatch", "ForECS");
    lab.refuses(ALONE, STATUS, &json!({ "DeletionTaskId": other }), unknown);
    let other = format!("{start}0f8fad5b-d9cb-469f-a165-70867728950e");
    lab.refuses(ALONE, STATUS, &json!({ "DeletionTaskId": other }), unknown);
    for bad in [
        "x",
        "task/aws-service-role/a/b",
        "task/a/b/c/0f8fad5b-d9cb-469f-a165-70867728950e",
        &format!("{task}/x"),
        &task.to_uppercase(),
    ] {
        let input = json!({ "DeletionTaskId": bad });
        lab.refuses(ALONE, STATUS, &input, ("InvalidInput", 400, "Invalid task id"));
    }
    lab.0.advance(86_399_999);
    assert_eq!(lab.ok(ALONE, STATUS, &asked)["Status"], "SUCCEEDED");
    lab.0.advance(1);
    lab.refuses(ALONE, STATUS, &asked, unknown);
    // The next task takes it out of the store.
    assert!(lab.0.stored().contains(&task[start.len()..]));
    lab.ok(ALONE, CREATE, &service("batch.amazonaws.com"));
    lab.ok(ALONE, DELETE, &name);
    assert!(!lab.0.stored().contains(&task[start.len()..]));
}

#[test]
fn an_ordinary_role_is_deleted_otherwise() {
    let mut lab = Lab::new();
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": ALONE }, "Action": "sts:AssumeRole" } });
    lab.ok(ALONE, "CreateRole", &json!({ "RoleName": "App", "AssumeRolePolicyDocument": trust.to_string() }));
    let sentence = "app exists but is not a service role.";
    lab.refuses(ALONE, DELETE, &json!({ "RoleName": "app" }), ("NoSuchEntity", 404, sentence));
}

#[test]
fn organizations_keeps_its_role_while_it_has_all_features() {
    let mut lab = Lab::new();
    let name = json!({ "RoleName": "AWSServiceRoleForOrganizations" });
    for account in [M, A] {
        let task = lab.ok(account, DELETE, &name)["DeletionTaskId"].clone();
        let status = lab.ok(account, STATUS, &json!({ "DeletionTaskId": task }));
        assert_eq!(status["Status"], "FAILED");
        let usage = &status["Reason"]["RoleUsageList"][0];
        let arn = format!(
            "arn:aws:iam::{account}:role/aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"
        );
        assert_eq!(usage, &json!({ "Region": "us-east-1", "Resources": [arn] }));
        lab.ok(account, "GetRole", &name);
    }
    lab.organizations(M, "RemoveAccountFromOrganization", &json!({ "AccountId": A }));
    let task = lab.ok(A, DELETE, &name)["DeletionTaskId"].clone();
    assert_eq!(lab.ok(A, STATUS, &json!({ "DeletionTaskId": task }))["Status"], "SUCCEEDED");
}

#[test]
fn with_consolidated_billing_a_member_that_deleted_the_role_is_asked_to_take_it_back() {
    let mut lab = Lab::with("CONSOLIDATED_BILLING");
    let name = json!({ "RoleName": "AWSServiceRoleForOrganizations" });
    let deleted = |lab: &Lab| {
        let org = lab.0.account(id(A)).unwrap().org.unwrap();
        lab.0.org(org).unwrap().member(id(A)).unwrap().role_deleted
    };
    assert!(!deleted(&lab));
    lab.ok(A, DELETE, &name);
    assert!(deleted(&lab));
    lab.ok(A, CREATE, &service("organizations.amazonaws.com"));
    assert!(!deleted(&lab));
    assert_eq!(lab.facts(A, &json!({}))["ServiceLinkedRole"], true);
}

#[test]
fn a_user_without_permission_is_denied_by_the_roles_name() {
    let mut lab = Lab::new();
    let arn = |rest: &str| format!("arn:aws:iam::{ALONE}:role/aws-service-role/{rest}");
    let scaling = arn("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_x");
    let input = json!({ "AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": "x" });
    lab.denies(CREATE, &input, &scaling);
    lab.denies(CREATE, &service("nope.amazonaws.com"), &arn("nope.amazonaws.com/*"));
    lab.ok(ALONE, CREATE, &service("batch.amazonaws.com"));
    let batch = arn("batch.amazonaws.com/AWSServiceRoleForBatch");
    lab.denies(DELETE, &json!({ "RoleName": "AWSSERVICEROLEFORBATCH" }), &batch);
    let task = lab.ok(ALONE, DELETE, &json!({ "RoleName": "AWSServiceRoleForBatch" }));
    lab.denies(STATUS, &task, &batch);
    let bad = json!({ "DeletionTaskId": "x" });
    lab.denies(STATUS, &bad, &arn("*/*"));
}
