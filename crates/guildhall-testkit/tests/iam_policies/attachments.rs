//! Managed policies on users, groups and roles.

use super::*;

const ENTITIES: [(&str, &str, &str, &str); 3] = [
    ("User", "Ann", "user", "PoliciesPerUser"),
    ("Group", "Team", "group", "PoliciesPerGroup"),
    ("Role", "App", "role", "PoliciesPerRole"),
];

#[test]
fn policies_are_attached_listed_and_detached() {
    for (kind, name, word, quota) in ENTITIES {
        let mut lab = Lab::new();
        let [attach, detach, list] = [
            format!("Attach{kind}Policy"),
            format!("Detach{kind}Policy"),
            format!("ListAttached{kind}Policies"),
        ];
        let entity = json!({ format!("{kind}Name"): name.to_uppercase() });
        let of = |policy: &str| with(&entity, "PolicyArn", policy);
        let own = lab.policy("b", &allow(&["s3:*"]));
        let input = json!({ "PolicyName": "c", "Path": "/team/", "PolicyDocument": allow(&["s3:*"]) });
        let deep = lab.ok("CreatePolicy", &input)["Policy"]["Arn"].as_str().unwrap().to_owned();
        let job = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
        for policy in [READ_ONLY, &deep, &own, job] {
            lab.ok(&attach, &of(policy));
        }
        // Again is fine.
        let before = lab.0.stored();
        lab.ok(&attach, &of(&own));
        assert_eq!(before, lab.0.stored());
        let names = ["b", "c", "ReadOnlyAccess", "ViewOnlyAccess"];
        for size in [1, 3, 4] {
            let all = lab.pages(&list, &entity, "AttachedPolicies", size);
            assert_eq!(all.iter().map(|policy| &policy["PolicyName"]).collect::<Vec<_>>(), names);
        }
        let below = lab.ok(&list, &with(&entity, "PathPrefix", "/team/"))["AttachedPolicies"].clone();
        assert_eq!(below, json!([{ "PolicyName": "c", "PolicyArn": deep }]));
        assert_eq!(lab.ok("GetPolicy", &json!({ "PolicyArn": own }))["Policy"]["AttachmentCount"], 1);
        match kind {
            "User" => lab.0.settings_mut().limits.policies_per_user = 4,
            "Group" => lab.0.settings_mut().limits.policies_per_group = 4,
            _ => lab.0.settings_mut().limits.policies_per_role = 4,
        }
        let fifth = of("arn:aws:iam::aws:policy/IAMFullAccess");
        lab.refuses(&attach, &fifth, "LimitExceeded", &format!("Cannot exceed quota for {quota}: 4"));
        lab.ok(&attach, &of(&own));
        lab.ok(&detach, &of(&own));
        lab.refuses(&detach, &of(&own), "NoSuchEntity", &format!("Policy {own} was not found."));
        lab.ok(&attach, &fifth);
        let missing = json!({ format!("{kind}Name"): "None", "PolicyArn": "no-arn-but-long-enough" });
        let sentence = format!("The {word} with name None cannot be found.");
        for operation in [&attach, &detach, &list] {
            lab.refuses(operation, &missing, "NoSuchEntity", &sentence);
        }
    }
}

#[test]
fn what_cannot_be_attached() {
    let mut lab = Lab::new();
    lab.policy("Read", &allow(&["s3:*"]));
    let reserved = "Cannot attach AWS reserved policy to an IAM user.";
    for (policy, code, sentence) in [
        ("no-arn-but-long-enough", "ValidationError", "Invalid ARN:  Could not be parsed!"),
        ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "ValidationError", "Invalid ARN partition"),
        ("arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials", "PolicyNotAttachable", reserved),
        ("arn:aws:iam::aws:policy/aws-service-role/None", "PolicyNotAttachable", reserved),
        ("arn:aws:iam::aws:policy/NoSuchPolicy", "NoSuchEntity", ""),
        ("arn:aws:iam::aws:policy/readonlyaccess", "NoSuchEntity", ""),
        (&arn("policy/rEAD"), "NoSuchEntity", ""),
        ("arn:aws:iam::111111111111:policy/Read", "NoSuchEntity", ""),
    ] {
        let sentence = match sentence {
            "" => format!("Policy {policy} does not exist or is not attachable."),
            sentence => sentence.to_owned(),
        };
        for (kind, name, ..) in ENTITIES {
            let input = json!({ format!("{kind}Name"): name, "PolicyArn": policy });
            lab.refuses(&format!("Attach{kind}Policy"), &input, code, &sentence);
            if kind != "Group" {
                let input = json!({ format!("{kind}Name"): name, "PermissionsBoundary": policy });
                lab.refuses(&format!("Put{kind}PermissionsBoundary"), &input, code, &sentence);
            }
        }
    }
    // A lab that is not strict takes any of AWS's, shows it and lets it go again.
    lab.0.settings_mut().strict = false;
    let unknown =
        json!({ "UserName": "Ann", "PolicyArn": "arn:aws:iam::aws:policy/service-role/NoSuchPolicy" });
    lab.ok("AttachUserPolicy", &unknown);
    let listed =
        lab.ok("ListAttachedUserPolicies", &json!({ "UserName": "Ann", "PathPrefix": "/service-role/" }));
    assert_eq!(listed["AttachedPolicies"][0]["PolicyName"], "NoSuchPolicy");
    assert_eq!(lab.ok("ListEntitiesForPolicy", &unknown)["PolicyUsers"][0]["UserName"], "Ann");
    lab.ok("DetachUserPolicy", &unknown);
    for (operation, input, member, rule) in [
        (
            "AttachUserPolicy",
            json!({ "UserName": "x".repeat(65), "PolicyArn": READ_ONLY }),
            "userName",
            "have length less than or equal to 64",
        ),
        ("DetachRolePolicy", json!({ "RoleName": "App" }), "policyArn", "not be null"),
        (
            "AttachGroupPolicy",
            json!({ "GroupName": "Team", "PolicyArn": "arn" }),
            "policyArn",
            "have length greater than or equal to 20",
        ),
        (
            "ListAttachedRolePolicies",
            json!({ "RoleName": "App", "PathPrefix": "x" }),
            "pathPrefix",
            r"satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/",
        ),
    ] {
        lab.refuses(operation, &input, "ValidationError", &broken(member, rule));
    }
}

/// The names of those who use a policy, in pages of this many.
fn entities(lab: &mut Lab, of: &Value, more: &Value, size: usize) -> Vec<String> {
    let mut input = with(of, "MaxItems", size);
    more.as_object().unwrap().iter().for_each(|(name, value)| input[name] = value.clone());
    let lists = [("PolicyGroups", "GroupName"), ("PolicyUsers", "UserName"), ("PolicyRoles", "RoleName")];
    let mut all = Vec::new();
    loop {
        let page = lab.ok("ListEntitiesForPolicy", &input);
        for (list, name) in lists {
            let listed = page[list].as_array().unwrap().iter();
            all.extend(listed.map(|entity| entity[name].as_str().unwrap().to_owned()));
            assert!(all.len() < 1_000, "it goes on and on");
        }
        if page["IsTruncated"] == false {
            return all;
        }
        input["Marker"] = page["Marker"].clone();
    }
}

#[test]
fn who_uses_a_policy_is_listed_once_each() {
    let mut lab = Lab::new();
    let policy = lab.policy("Read", &allow(&["s3:*"]));
    let of = json!({ "PolicyArn": policy });
    let nobody = json!({ "PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [], "IsTruncated": false });
    assert_eq!(lab.ok("ListEntitiesForPolicy", &of), nobody);
    lab.user("bob");
    lab.user("Cat");
    for user in ["Cat", "Ann", "bob"] {
        lab.ok("AttachUserPolicy", &with(&of, "UserName", user));
    }
    lab.ok("AttachGroupPolicy", &with(&of, "GroupName", "Team"));
    // One that has it twice stands there once.
    lab.ok("PutUserPermissionsBoundary", &json!({ "UserName": "Cat", "PermissionsBoundary": policy }));
    lab.ok("PutRolePermissionsBoundary", &json!({ "RoleName": "App", "PermissionsBoundary": policy }));
    // Another policy whose ARN begins like this one's.
    let other = lab.policy("Reader", &allow(&["s3:*"]));
    lab.user("Dan");
    lab.ok("AttachUserPolicy", &json!({ "UserName": "Dan", "PolicyArn": other }));

    for size in 1..=5 {
        assert_eq!(entities(&mut lab, &of, &json!({}), size), ["Team", "Ann", "bob", "Cat", "App"], "{size}");
    }
    for (filter, expected) in [
        (json!({ "EntityFilter": "User" }), vec!["Ann", "bob", "Cat"]),
        (json!({ "EntityFilter": "Group" }), vec!["Team"]),
        (json!({ "EntityFilter": "Role" }), vec!["App"]),
        (json!({ "EntityFilter": "LocalManagedPolicy" }), vec![]),
        (json!({ "PolicyUsageFilter": "PermissionsPolicy" }), vec!["Team", "Ann", "bob", "Cat"]),
        (json!({ "PolicyUsageFilter": "PermissionsBoundary" }), vec!["Cat", "App"]),
        (json!({ "PathPrefix": "/team/" }), vec!["App"]),
        (json!({ "PathPrefix": "/" }), vec!["Team", "Ann", "bob", "Cat", "App"]),
    ] {
        assert_eq!(entities(&mut lab, &of, &filter, 1), expected, "{filter}");
    }
    let users = lab.ok("ListEntitiesForPolicy", &with(&of, "EntityFilter", "User"))["PolicyUsers"].clone();
    assert!(users[0]["UserId"].as_str().unwrap().starts_with("AIDA"), "{users}");
    let kinds = "satisfy enum value set: [LocalManagedPolicy, User, AWSManagedPolicy, Role, Group]";
    lab.refuses(
        "ListEntitiesForPolicy",
        &with(&of, "EntityFilter", "user"),
        "ValidationError",
        &broken("entityFilter", kinds),
    );
    let path = r"satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)";
    lab.refuses(
        "ListEntitiesForPolicy",
        &with(&of, "PathPrefix", "/team"),
        "ValidationError",
        &broken("pathPrefix", path),
    );
    let found = lab.ok("GetPolicy", &of)["Policy"].clone();
    assert_eq!((&found["AttachmentCount"], &found["PermissionsBoundaryUsageCount"]), (&json!(4), &json!(2)));
}

#[test]
fn whoever_may_not_is_told_so_first() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    for (kind, name, word, _) in ENTITIES {
        let there = arn(&format!("{word}/{}{name}", if kind == "Role" { "team/" } else { "" }));
        for (asked, resource) in
            [(name.to_lowercase(), there), ("None".to_owned(), arn(&format!("{word}/None")))]
        {
            let of = json!({ format!("{kind}Name"): asked, "PolicyArn": "no-arn-but-long-enough" });
            for operation in [
                format!("Attach{kind}Policy"),
                format!("Detach{kind}Policy"),
                format!("ListAttached{kind}Policies"),
            ] {
                lab.denied(&bob, &operation, &of, &format!("iam:{operation}"), &resource);
            }
        }
    }
    // Which policy it is about is a condition.
    let statement = json!({
        "Effect": "Allow", "Action": ["iam:AttachUserPolicy", "iam:DetachUserPolicy"], "Resource": arn("user/*"),
        "Condition": { "ArnEquals": { "iam:PolicyARN": READ_ONLY } },
    });
    lab.grant("User", "Bob", &json!({ "Version": "2012-10-17", "Statement": statement }).to_string());
    let of = |policy: &str| json!({ "UserName": "ann", "PolicyArn": policy });
    lab.may(&bob, "AttachUserPolicy", &of(READ_ONLY));
    lab.may(&bob, "DetachUserPolicy", &of(READ_ONLY));
    let admin = of("arn:aws:iam::aws:policy/AdministratorAccess");
    lab.denied(&bob, "AttachUserPolicy", &admin, "iam:AttachUserPolicy", &arn("user/Ann"));
}

#[test]
fn a_policy_and_its_default_version_count_at_once() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    lab.group("Readers", &["Bob"]);
    let role = lab.role("Worker");
    let session = lab.session(&role);
    let policy = lab.policy("Own", &allow(&["iam:GetRole"]));
    let empty = allow(&["s3:*"]);
    lab.ok("CreatePolicyVersion", &json!({ "PolicyArn": policy, "PolicyDocument": empty }));
    let (get, input, app) = ("GetRole", json!({ "RoleName": "App" }), arn("role/team/App"));
    for (kind, name, who) in [("User", "Bob", &bob), ("Group", "Readers", &bob), ("Role", "Worker", &session)]
    {
        let of = json!({ format!("{kind}Name"): name, "PolicyArn": policy });
        lab.denied(who, get, &input, "iam:GetRole", &app);
        lab.ok(&format!("Attach{kind}Policy"), &of);
        lab.may(who, get, &input);
        lab.ok("SetDefaultPolicyVersion", &with(&of, "VersionId", "v2"));
        lab.denied(who, get, &input, "iam:GetRole", &app);
        lab.ok("SetDefaultPolicyVersion", &with(&of, "VersionId", "v1"));
        lab.may(who, get, &input);
        lab.ok(&format!("Detach{kind}Policy"), &of);
        lab.denied(who, get, &input, "iam:GetRole", &app);
    }
    lab.ok("AttachUserPolicy", &json!({ "UserName": "Bob", "PolicyArn": READ_ONLY }));
    lab.may(&bob, get, &input);
    lab.denied(&bob, "DeleteRole", &input, "iam:DeleteRole", &app);
}
