//! Instance profiles.

use super::*;

fn profile(name: &str) -> Value {
    json!({ "InstanceProfileName": name })
}

fn both(name: &str, role: &str) -> Value {
    json!({ "InstanceProfileName": name, "RoleName": role })
}

#[test]
fn a_profile_is_created_filled_emptied_and_deleted() {
    let mut lab = Lab::new();
    let tags = json!([{ "Key": "K", "Value": "1" }, { "Key": "k", "Value": "2" }]);
    let input = with(&with(&profile("Box"), "Path", "/a//b/"), "Tags", tags.clone());
    let created = lab.ok("CreateInstanceProfile", &input)["InstanceProfile"].clone();
    let id = created["InstanceProfileId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("AIPA") && id.len() == 21, "{id}");
    let mut expected = json!({
        "Path": "/a//b/", "InstanceProfileName": "Box", "InstanceProfileId": id, "Roles": [], "Tags": tags,
        "Arn": arn("instance-profile/a//b/Box"), "CreateDate": lab.0.now().iso8601(),
    });
    assert_eq!(created, expected);
    assert_eq!(lab.ok("GetInstanceProfile", &profile("bOX"))["InstanceProfile"], expected);
    let plain = lab.ok("CreateInstanceProfile", &profile("Plain"))["InstanceProfile"].clone();
    assert!(plain.get("Tags").is_none(), "{plain}");
    assert_eq!(lab.ok("GetInstanceProfile", &profile("Plain"))["InstanceProfile"]["Tags"], json!([]));

    lab.ok("AddRoleToInstanceProfile", &both("bOX", "aPP"));
    let role = lab.ok("GetRole", &json!({ "RoleName": "App" }))["Role"].clone();
    let got = lab.ok("GetInstanceProfile", &profile("Box"))["InstanceProfile"].clone();
    let inside = got["Roles"][0].clone();
    for member in ["Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"] {
        assert_eq!(inside[member], role[member], "{member}");
    }
    assert_eq!(inside.as_object().unwrap().len(), 6, "{inside}");
    // In lists there are no tags.
    expected.as_object_mut().unwrap().remove("Tags");
    expected["Roles"] = json!([inside]);
    let listed = lab.ok("ListInstanceProfilesForRole", &json!({ "RoleName": "aPP" }));
    assert_eq!(listed, json!({ "InstanceProfiles": [expected], "IsTruncated": false }));

    let quota = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
    lab.refuses("AddRoleToInstanceProfile", &both("Box", "App"), "LimitExceeded", quota);
    lab.role("Other");
    lab.refuses("AddRoleToInstanceProfile", &both("Box", "Other"), "LimitExceeded", quota);
    let what = "Cannot delete entity, must remove roles from instance profile first.";
    lab.refuses("DeleteInstanceProfile", &profile("Box"), "DeleteConflict", what);
    lab.refuses("DeleteRole", &json!({ "RoleName": "App" }), "DeleteConflict", what);
    lab.refuses(
        "RemoveRoleFromInstanceProfile",
        &both("bOX", "oTHER"),
        "NoSuchEntity",
        "Role oTHER in Instance Profile bOX cannot be found.",
    );
    lab.ok("RemoveRoleFromInstanceProfile", &both("box", "app"));
    lab.refuses(
        "RemoveRoleFromInstanceProfile",
        &both("Box", "App"),
        "NoSuchEntity",
        "Role App in Instance Profile Box cannot be found.",
    );
    assert_eq!(
        lab.ok("ListInstanceProfilesForRole", &json!({ "RoleName": "App" }))["InstanceProfiles"],
        json!([])
    );
    lab.ok("DeleteRole", &json!({ "RoleName": "App" }));
    lab.ok("DeleteInstanceProfile", &profile("bOX"));
    lab.refuses(
        "GetInstanceProfile",
        &profile("bOX"),
        "NoSuchEntity",
        "Instance Profile bOX cannot be found.",
    );
}

#[test]
fn what_is_not_there_taken_or_too_much() {
    let mut lab = Lab::new();
    lab.ok("CreateInstanceProfile", &profile("Box"));
    lab.refuses(
        "CreateInstanceProfile",
        &with(&profile("bOX"), "Path", "/x/"),
        "EntityAlreadyExists",
        "Instance Profile bOX already exists.",
    );
    lab.0.settings_mut().limits.instance_profiles = 1;
    lab.refuses(
        "CreateInstanceProfile",
        &profile("Two"),
        "LimitExceeded",
        "Cannot exceed quota for InstanceProfilesPerAccount: 1",
    );
    let reserved = json!([{ "Key": "aws:x", "Value": "" }]);
    lab.refuses(
        "CreateInstanceProfile",
        &with(&profile("Box"), "Tags", reserved),
        "InvalidInput",
        "Tag keys beginning with aws: are reserved for system use.",
    );
    let none = "Instance Profile None cannot be found.";
    for operation in ["AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"] {
        lab.refuses(operation, &both("None", "NoRole"), "NoSuchEntity", none);
        lab.refuses(
            operation,
            &both("Box", "NoRole"),
            "NoSuchEntity",
            "The role with name NoRole cannot be found.",
        );
        lab.refuses(operation, &profile("Box"), "ValidationError", &broken("roleName", "not be null"));
    }
    for operation in ["GetInstanceProfile", "DeleteInstanceProfile"] {
        lab.refuses(operation, &profile("None"), "NoSuchEntity", none);
        lab.refuses(operation, &json!({}), "ValidationError", &broken("instanceProfileName", "not be null"));
    }
    lab.refuses(
        "ListInstanceProfilesForRole",
        &json!({ "RoleName": "None" }),
        "NoSuchEntity",
        "The role with name None cannot be found.",
    );
    let path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    lab.refuses("CreateInstanceProfile", &with(&profile("New"), "Path", "/x"), "ValidationError", path);
    let prefix = r"satisfy regular expression pattern: \u002F[\u0021-\u007F]*";
    lab.refuses(
        "ListInstanceProfiles",
        &json!({ "PathPrefix": "/ " }),
        "ValidationError",
        &broken("pathPrefix", prefix),
    );
}

#[test]
fn profiles_are_listed_by_name_path_and_role() {
    let mut lab = Lab::new();
    let other = lab.role("Other");
    assert!(other.starts_with("AROA"));
    for (name, path, role) in
        [("c", "/x/", "App"), ("B", "/", "App"), ("a", "/x/y/", "Other"), ("D", "/", "App")]
    {
        lab.ok("CreateInstanceProfile", &with(&profile(name), "Path", path));
        lab.ok("AddRoleToInstanceProfile", &both(name, role));
    }
    let names = |all: Vec<Value>| -> Vec<String> {
        all.iter().map(|profile| profile["InstanceProfileName"].as_str().unwrap().to_owned()).collect()
    };
    for size in 1..=4 {
        assert_eq!(
            names(lab.pages("ListInstanceProfiles", &json!({}), "InstanceProfiles", size)),
            ["a", "B", "c", "D"]
        );
        let of = json!({ "RoleName": "aPP" });
        assert_eq!(
            names(lab.pages("ListInstanceProfilesForRole", &of, "InstanceProfiles", size)),
            ["B", "c", "D"]
        );
    }
    assert_eq!(
        names(lab.pages("ListInstanceProfiles", &json!({ "PathPrefix": "/x" }), "InstanceProfiles", 1)),
        ["a", "c"]
    );
    // A role that comes back under its name is another one.
    for name in ["B", "c", "D"] {
        lab.ok("RemoveRoleFromInstanceProfile", &both(name, "App"));
    }
    lab.ok("DeleteRole", &json!({ "RoleName": "App" }));
    lab.role("App");
    assert_eq!(
        lab.ok("ListInstanceProfilesForRole", &json!({ "RoleName": "App" }))["InstanceProfiles"],
        json!([])
    );
    let listed =
        lab.ok("ListInstanceProfilesForRole", &json!({ "RoleName": "Other" }))["InstanceProfiles"].clone();
    assert_eq!(listed[0]["InstanceProfileName"], "a");
}

#[test]
fn whoever_fills_a_profile_passes_the_role_to_ec2() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    let (there, none, app) =
        (arn("instance-profile/team/Box"), arn("instance-profile/None"), arn("role/team/App"));
    lab.ok("CreateInstanceProfile", &with(&profile("Box"), "Path", "/team/"));
    for operation in [
        "GetInstanceProfile",
        "DeleteInstanceProfile",
        "AddRoleToInstanceProfile",
        "RemoveRoleFromInstanceProfile",
    ] {
        lab.denied(&bob, operation, &both("bOX", "None"), &format!("iam:{operation}"), &there);
        lab.denied(&bob, operation, &both("None", "None"), &format!("iam:{operation}"), &none);
    }
    let new = with(&profile("New"), "Path", "/team/");
    lab.denied(
        &bob,
        "CreateInstanceProfile",
        &new,
        "iam:CreateInstanceProfile",
        &arn("instance-profile/team/New"),
    );
    let all = arn("instance-profile/");
    lab.denied(&bob, "ListInstanceProfiles", &json!({}), "iam:ListInstanceProfiles", &all);
    lab.denied(
        &bob,
        "ListInstanceProfilesForRole",
        &both("", "aPP"),
        "iam:ListInstanceProfilesForRole",
        &app,
    );
    lab.grant("User", "Bob", &allow(&["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]));
    let tagged = with(&new, "Tags", json!([{ "Key": "k", "Value": "" }]));
    lab.denied(
        &bob,
        "CreateInstanceProfile",
        &tagged,
        "iam:TagInstanceProfile",
        &arn("instance-profile/team/New"),
    );
    lab.may(&bob, "CreateInstanceProfile", &new);
    lab.denied(&bob, "AddRoleToInstanceProfile", &both("Box", "aPP"), "iam:PassRole", &app);
    lab.denied(&bob, "AddRoleToInstanceProfile", &both("Box", "None"), "iam:PassRole", &arn("role/None"));
    let pass = |service: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": there },
            {
                "Effect": "Allow", "Action": "iam:PassRole", "Resource": app,
                "Condition": { "StringEquals": { "iam:PassedToService": service } },
            },
        ] })
        .to_string()
    };
    lab.grant("User", "Bob", &pass("lambda.amazonaws.com"));
    lab.denied(&bob, "AddRoleToInstanceProfile", &both("Box", "App"), "iam:PassRole", &app);
    lab.grant("User", "Bob", &pass("ec2.amazonaws.com"));
    lab.may(&bob, "AddRoleToInstanceProfile", &both("Box", "App"));
}
