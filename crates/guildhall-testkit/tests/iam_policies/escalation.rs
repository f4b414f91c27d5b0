//! The ways by which somebody who may a little of IAM gets to do everything: each is open to whom policies open it, and to
//! nobody else.

use super::*;

/// Ways to more power: the operation, its input, and the resource that it has to be allowed on.
fn ways() -> Vec<(&'static str, Value, String)> {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let everything = allow(&["*"]);
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": { "AWS": arn("user/Mallory") }, "Action": "sts:AssumeRole" },
    });
    let (mallory, app, own) = (arn("user/Mallory"), arn("role/team/App"), arn("policy/Own"));
    vec![
        ("AddUserToGroup", json!({ "UserName": "Mallory", "GroupName": "Admins" }), arn("group/Admins")),
        (
            "CreatePolicyVersion",
            json!({ "PolicyArn": own, "PolicyDocument": everything, "SetAsDefault": true }),
            own.clone(),
        ),
        ("SetDefaultPolicyVersion", json!({ "PolicyArn": own, "VersionId": "v2" }), own),
        ("AttachUserPolicy", json!({ "UserName": "Mallory", "PolicyArn": admin }), mallory.clone()),
        ("AttachGroupPolicy", json!({ "GroupName": "Crew", "PolicyArn": admin }), arn("group/Crew")),
        ("AttachRolePolicy", json!({ "RoleName": "App", "PolicyArn": admin }), app.clone()),
        (
            "PutUserPolicy",
            json!({ "UserName": "Mallory", "PolicyName": "all", "PolicyDocument": everything }),
            mallory.clone(),
        ),
        (
            "PutGroupPolicy",
            json!({ "GroupName": "Crew", "PolicyName": "all", "PolicyDocument": everything }),
            arn("group/Crew"),
        ),
        (
            "PutRolePolicy",
            json!({ "RoleName": "App", "PolicyName": "all", "PolicyDocument": everything }),
            app.clone(),
        ),
        (
            "UpdateAssumeRolePolicy",
            json!({ "RoleName": "App", "PolicyDocument": trust.to_string() }),
            app.clone(),
        ),
        ("DeleteUserPermissionsBoundary", json!({ "UserName": "Mallory" }), mallory.clone()),
        (
            "DetachUserPolicy",
            json!({ "UserName": "Mallory", "PolicyArn": arn("policy/Own") }),
            mallory.clone(),
        ),
        ("DeleteUserPolicy", json!({ "UserName": "Mallory", "PolicyName": "granted" }), mallory),
    ]
}

fn with_mallory() -> (Lab, Caller) {
    let mut lab = Lab::new();
    let mallory = lab.user("Mallory");
    lab.group("Crew", &["Mallory"]);
    lab.group("Admins", &[]);
    lab.grant("Group", "Admins", &allow(&["*"]));
    let own = lab.policy("Own", &allow(&["iam:GetPolicy"]));
    lab.ok("CreatePolicyVersion", &json!({ "PolicyArn": own, "PolicyDocument": allow(&["*"]) }));
    lab.ok("AttachUserPolicy", &json!({ "UserName": "Mallory", "PolicyArn": own }));
    (lab, mallory)
}

#[test]
fn no_way_is_open_but_to_whom_it_is_opened() {
    for (operation, input, resource) in ways() {
        let action = format!("iam:{operation}");
        let (mut lab, mallory) = with_mallory();
        if operation == "DeleteUserPermissionsBoundary" {
            lab.ok("PutUserPermissionsBoundary", &json!({ "UserName": "Mallory", "PermissionsBoundary": "arn:aws:iam::aws:policy/IAMFullAccess" }));
        }
        lab.denied(&mallory, operation, &input, &action, &resource);
        // Everything else, on everything; and this, on all that it is not about.
        let all_but = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "NotAction": action, "Resource": "*" },
            { "Effect": "Allow", "Action": action, "NotResource": resource },
        ] });
        lab.grant("User", "Mallory", &all_but.to_string());
        lab.denied(&mallory, operation, &input, &action, &resource);
        lab.grant("User", "Mallory", &document("Allow", &[&action], &resource));
        lab.may(&mallory, operation, &input);
    }
}

#[test]
fn what_a_way_opens_is_open_at_once() {
    let (list, anything) = ("ListInstanceProfiles", json!({}));
    for (operation, input, resource) in ways() {
        let gains = [
            "AddUserToGroup",
            "CreatePolicyVersion",
            "SetDefaultPolicyVersion",
            "AttachUserPolicy",
            "AttachGroupPolicy",
            "PutUserPolicy",
            "PutGroupPolicy",
        ];
        if !gains.contains(&operation) {
            continue;
        }
        let (mut lab, mallory) = with_mallory();
        lab.grant("User", "Mallory", &document("Allow", &[&format!("iam:{operation}")], &resource));
        lab.denied(&mallory, list, &anything, "iam:ListInstanceProfiles", &arn("instance-profile/"));
        lab.may(&mallory, operation, &input);
        lab.may(&mallory, list, &anything);
    }
}

#[test]
fn an_explicit_denial_closes_a_way_that_an_administrator_has() {
    for (operation, input, resource) in ways() {
        let (mut lab, mallory) = with_mallory();
        lab.ok(
            "AttachUserPolicy",
            &json!({ "UserName": "Mallory", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
        );
        let action = format!("iam:{operation}");
        lab.grant("User", "Mallory", &document("Deny", &[&action], &resource));
        let why = "with an explicit deny in an identity-based policy";
        lab.forbidden(&mallory, operation, &input, &action, &resource, why);
    }
}
