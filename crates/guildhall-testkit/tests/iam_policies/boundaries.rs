//! Permissions boundaries, and whom delegation by them holds.

use super::*;

#[test]
fn a_boundary_is_put_shown_replaced_and_deleted() {
    let mut lab = Lab::new();
    let (first, second) = (lab.policy("First", &allow(&["s3:*"])), lab.policy("Second", &allow(&["iam:*"])));
    for (kind, name, word) in [("User", "aNN", "user"), ("Role", "aPP", "role")] {
        let of = json!({ format!("{kind}Name"): name });
        let (put, delete) =
            (format!("Put{kind}PermissionsBoundary"), format!("Delete{kind}PermissionsBoundary"));
        let none = format!("The {word} with name {name} does not have a permissions boundary.");
        lab.refuses(&delete, &of, "NoSuchEntity", &none);
        for boundary in [&first, &second] {
            lab.ok(&put, &with(&of, "PermissionsBoundary", boundary.clone()));
            if kind == "Role" {
                let shown = lab.ok("GetRole", &of)["Role"]["PermissionsBoundary"].clone();
                let expected =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary });
                assert_eq!(shown, expected);
            }
            let used = lab.ok("GetPolicy", &json!({ "PolicyArn": boundary }))["Policy"].clone();
            assert_eq!(
                (&used["PermissionsBoundaryUsageCount"], &used["AttachmentCount"]),
                (&json!(1), &json!(0))
            );
        }
        lab.ok(&delete, &of);
        lab.refuses(&delete, &of, "NoSuchEntity", &none);
        let missing =
            json!({ format!("{kind}Name"): "None", "PermissionsBoundary": "no-arn-but-long-enough" });
        for operation in [&put, &delete] {
            lab.refuses(
                operation,
                &missing,
                "NoSuchEntity",
                &format!("The {word} with name None cannot be found."),
            );
        }
        lab.refuses(&put, &of, "ValidationError", &broken("permissionsBoundary", "not be null"));
        let bob = lab.user(&format!("Bob{kind}"));
        let resource = if kind == "Role" { arn("role/team/App") } else { arn("user/Ann") };
        lab.denied(
            &bob,
            &put,
            &with(&of, "PermissionsBoundary", "no-arn-but-long-enough"),
            &format!("iam:{put}"),
            &resource,
        );
        lab.denied(&bob, &delete, &of, &format!("iam:{delete}"), &resource);
    }
    assert!(lab.ok("GetRole", &json!({ "RoleName": "App" }))["Role"].get("PermissionsBoundary").is_none());
}

#[test]
fn a_boundary_binds_users_and_running_sessions_at_once() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    let role = lab.role("Worker");
    let session = lab.session(&role);
    let boundary = lab.policy("Boundary", &allow(&["iam:GetRole"]));
    let (app, get) = (arn("role/team/App"), json!({ "RoleName": "App" }));
    for (kind, name, who) in [("User", "Bob", &bob), ("Role", "Worker", &session)] {
        lab.grant(kind, name, &allow(&["iam:*"]));
        lab.may(who, "ListRolePolicies", &get);
        let of = json!({ format!("{kind}Name"): name, "PermissionsBoundary": boundary });
        lab.ok(&format!("Put{kind}PermissionsBoundary"), &of);
        lab.may(who, "GetRole", &get);
        let why = "because no permissions boundary allows the iam:ListRolePolicies action";
        lab.forbidden(who, "ListRolePolicies", &get, "iam:ListRolePolicies", &app, why);
        // Another version of the boundary binds at once, too.
        let version =
            json!({ "PolicyArn": boundary, "PolicyDocument": allow(&["iam:List*"]), "SetAsDefault": true });
        let made = lab.ok("CreatePolicyVersion", &version)["PolicyVersion"]["VersionId"].clone();
        lab.may(who, "ListRolePolicies", &get);
        let why = "because no permissions boundary allows the iam:GetRole action";
        lab.forbidden(who, "GetRole", &get, "iam:GetRole", &app, why);
        lab.ok("SetDefaultPolicyVersion", &json!({ "PolicyArn": boundary, "VersionId": "v1" }));
        lab.ok("DeletePolicyVersion", &json!({ "PolicyArn": boundary, "VersionId": made }));
        lab.ok(&format!("Delete{kind}PermissionsBoundary"), &of);
        lab.may(who, "ListRolePolicies", &get);
    }
}

/// The pattern of AWS's guide: somebody may make and arm roles, but only within a boundary, which they can neither take away
/// nor change.
#[test]
fn a_delegated_administrator_stays_within_the_boundary() {
    let mut lab = Lab::new();
    let boundary = lab.policy("Boundary", &allow(&["iam:Get*"]));
    let delegate = lab.user("Delegate");
    let within = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Resource": arn("role/*"), "Condition": within,
                "Action": [
                    "iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy",
                    "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRole",
                ],
            },
            { "Effect": "Allow", "Resource": "*", "Action": ["iam:Get*", "iam:List*", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary"] },
            { "Effect": "Deny", "Resource": boundary, "Action": ["iam:CreatePolicyVersion", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion"] },
            { "Effect": "Deny", "Resource": "*", "Action": ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"] },
        ],
    });
    lab.grant("User", "Delegate", &policy.to_string());
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": { "AWS": A }, "Action": "sts:AssumeRole" },
    });
    let new = json!({ "RoleName": "New", "AssumeRolePolicyDocument": trust.to_string() });
    let new_arn = arn("role/New");
    // Without the boundary, or with another one, no role.
    lab.denied(&delegate, "CreateRole", &new, "iam:CreateRole", &new_arn);
    let other = with(&new, "PermissionsBoundary", READ_ONLY);
    lab.denied(&delegate, "CreateRole", &other, "iam:CreateRole", &new_arn);
    let made = lab.may(&delegate, "CreateRole", &with(&new, "PermissionsBoundary", boundary.clone()));
    let session = lab.session(made["Role"]["RoleId"].as_str().unwrap());
    // A role within the boundary can be armed with everything, and still does no more than the boundary lets it.
    let of = json!({ "RoleName": "New" });
    let everything = json!({ "RoleName": "New", "PolicyName": "all", "PolicyDocument": allow(&["*"]) });
    lab.may(&delegate, "PutRolePolicy", &everything);
    lab.may(
        &delegate,
        "AttachRolePolicy",
        &with(&of, "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    );
    lab.may(&session, "GetRole", &of);
    let why = "because no permissions boundary allows the iam:DeleteRole action";
    lab.forbidden(&session, "DeleteRole", &of, "iam:DeleteRole", &new_arn, why);
    // One without the boundary cannot.
    let app = arn("role/team/App");
    for (operation, more) in [
        ("PutRolePolicy", json!({ "PolicyName": "all", "PolicyDocument": allow(&["*"]) })),
        ("AttachRolePolicy", json!({ "PolicyArn": READ_ONLY })),
        ("DeleteRolePolicy", json!({ "PolicyName": "all" })),
        ("DetachRolePolicy", json!({ "PolicyArn": READ_ONLY })),
        ("DeleteRole", json!({})),
    ] {
        let mut input = json!({ "RoleName": "App" });
        more.as_object().unwrap().iter().for_each(|(name, value)| input[name] = value.clone());
        lab.denied(&delegate, operation, &input, &format!("iam:{operation}"), &app);
    }
    // The boundary stays: it can be put on, but neither exchanged, nor taken off, nor widened.
    let put = |role: &str, policy: &str| json!({ "RoleName": role, "PermissionsBoundary": policy });
    lab.may(&delegate, "PutRolePermissionsBoundary", &put("New", &boundary));
    lab.may(&delegate, "PutRolePermissionsBoundary", &put("App", &boundary));
    lab.denied(
        &delegate,
        "PutRolePermissionsBoundary",
        &put("New", READ_ONLY),
        "iam:PutRolePermissionsBoundary",
        &new_arn,
    );
    let deny = "with an explicit deny in an identity-based policy";
    lab.forbidden(
        &delegate,
        "DeleteRolePermissionsBoundary",
        &of,
        "iam:DeleteRolePermissionsBoundary",
        &new_arn,
        deny,
    );
    let version = json!({ "PolicyArn": boundary, "PolicyDocument": allow(&["*"]), "SetAsDefault": true });
    lab.forbidden(&delegate, "CreatePolicyVersion", &version, "iam:CreatePolicyVersion", &boundary, deny);
    // What has not the key is not let through by it: tagging and reading inline policies.
    let keyed = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Resource": "*", "Action": ["iam:TagRole", "iam:GetRolePolicy", "iam:DeleteRolePolicy"], "Condition": within },
    });
    lab.grant("User", "Delegate", &keyed.to_string());
    let tag = json!({ "RoleName": "New", "Tags": [{ "Key": "k", "Value": "v" }] });
    lab.denied(&delegate, "TagRole", &tag, "iam:TagRole", &new_arn);
    let inline = json!({ "RoleName": "New", "PolicyName": "all" });
    lab.denied(&delegate, "GetRolePolicy", &inline, "iam:GetRolePolicy", &new_arn);
    lab.may(&delegate, "DeleteRolePolicy", &inline);
}
