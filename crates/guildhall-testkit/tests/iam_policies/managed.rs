//! Managed policies and their versions.

use super::*;

fn create(name: &str) -> Value {
    json!({ "PolicyName": name, "PolicyDocument": allow(&["s3:GetObject"]) })
}

#[test]
fn a_policy_is_created_got_and_deleted() {
    let mut lab = Lab::new();
    let document = allow(&["s3:GetObject"]).replace(':', " :\t");
    let tags = json!([{ "Key": "Env", "Value": "aws:1" }, { "Key": "env", "Value": "" }]);
    let input = json!({
        "PolicyName": "Read", "Path": "/team/x/", "PolicyDocument": document, "Description": "what\u{1F600}", "Tags": tags,
    });
    let document = document.replace("s3 :\tGetObject", "s3:GetObject");
    let input = with(&input, "PolicyDocument", document.clone());
    let created = lab.ok("CreatePolicy", &input)["Policy"].clone();
    let now = lab.0.now().iso8601();
    let policy = arn("policy/team/x/Read");
    let id = created["PolicyId"].as_str().unwrap();
    assert!(id.starts_with("ANPA") && id.len() == 21, "{id}");
    let expected = json!({
        "PolicyName": "Read", "PolicyId": id, "Arn": policy, "Path": "/team/x/", "DefaultVersionId": "v1",
        "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
        "CreateDate": now, "UpdateDate": now, "Tags": tags,
    });
    assert_eq!(created, expected, "no description");
    let of = json!({ "PolicyArn": policy });
    let got = lab.ok("GetPolicy", &of)["Policy"].clone();
    assert_eq!(got, with(&expected, "Description", "what\u{1F600}"));
    let version = lab.ok("GetPolicyVersion", &with(&of, "VersionId", "v1"))["PolicyVersion"].clone();
    assert_eq!(decoded(&version["Document"]), document);
    assert_eq!((&version["VersionId"], &version["IsDefaultVersion"]), (&json!("v1"), &json!(true)));
    lab.ok("DeletePolicy", &of);
    lab.refuses("GetPolicy", &of, "NoSuchEntity", &format!("Policy {policy} was not found."));
    // An empty description is none, and without tags there are none in the answer to CreatePolicy, but in GetPolicy's.
    let plain = lab.ok("CreatePolicy", &with(&create("Plain"), "Description", ""))["Policy"].clone();
    assert!(plain.get("Tags").is_none() && plain["Path"] == "/", "{plain}");
    let got = lab.ok("GetPolicy", &json!({ "PolicyArn": plain["Arn"] }))["Policy"].clone();
    assert_eq!(got, with(&plain, "Tags", json!([])));
}

#[test]
fn creating_is_refused_in_order() {
    let mut lab = Lab::new();
    lab.ok("CreatePolicy", &with(&create("Read"), "Path", "/team/"));
    let bad = with(&create("rEAD"), "PolicyDocument", "{");
    let reserved =
        json!([{ "Key": "aWs:x", "Value": "" }, { "Key": "k", "Value": "" }, { "Key": "k", "Value": "" }]);
    let twice = json!([{ "Key": "k", "Value": "1" }, { "Key": "k", "Value": "2" }]);
    let what = "Tag keys beginning with aws: are reserved for system use.";
    lab.refuses("CreatePolicy", &with(&bad, "Tags", reserved), "InvalidInput", what);
    lab.refuses("CreatePolicy", &with(&bad, "Tags", twice), "InvalidInput", "Duplicate tag keys found.");
    let what = "A policy called rEAD already exists. Duplicate names are not allowed.";
    lab.refuses("CreatePolicy", &bad, "EntityAlreadyExists", what);
    lab.0.settings_mut().limits.customer_managed_policies = 1;
    let bad = with(&bad, "PolicyName", "Other");
    lab.refuses("CreatePolicy", &bad, "MalformedPolicyDocument", "Syntax errors in policy.");
    let old = with(&bad, "PolicyDocument", allow(&["s3:*"]).replace("2012-10-17", "2008-10-17"));
    lab.refuses(
        "CreatePolicy",
        &old,
        "MalformedPolicyDocument",
        "Policy document must be version 2012-10-17 or greater.",
    );
    let length = 6_145 - allow(&["s3:"]).len();
    let long = |length: usize| with(&bad, "PolicyDocument", allow(&[&format!("s3:{}", "x".repeat(length))]));
    lab.refuses("CreatePolicy", &long(length), "LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
    lab.refuses(
        "CreatePolicy",
        &long(length - 1),
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerAccount: 1",
    );
    lab.0.settings_mut().limits.customer_managed_policies = 2;
    lab.ok("CreatePolicy", &long(length - 1));
    let path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    for bad in ["", "//", "/a", "a/", "/a//b/", "/a b/", "/a:b/"] {
        let input = with(&create("New"), "Path", bad);
        let answer = lab.call(&id().into(), "CreatePolicy", &input).unwrap_err();
        assert_eq!(answer.code, Some("ValidationError"), "{bad:?}");
        assert!(bad.is_empty() || answer.message == path, "{bad:?}: {}", answer.message);
    }
    let long = with(&create("New"), "Description", "x".repeat(1_001));
    lab.refuses(
        "CreatePolicy",
        &long,
        "ValidationError",
        &broken("description", "have length less than or equal to 1000"),
    );
}

#[test]
fn versions_come_and_go_and_their_numbers_do_not_come_back() {
    let mut lab = Lab::new();
    let policy = lab.policy("Read", &allow(&["s3:GetObject"]));
    let of = json!({ "PolicyArn": policy });
    let new = |n: usize| with(&of, "PolicyDocument", allow(&[&format!("s3:Get{n}")]));
    lab.0.advance(5_000);
    let second = lab.ok("CreatePolicyVersion", &new(2))["PolicyVersion"].clone();
    let now = lab.0.now().iso8601();
    assert_eq!(
        second,
        json!({ "VersionId": "v2", "IsDefaultVersion": false, "CreateDate": now }),
        "no document"
    );
    let got = lab.ok("GetPolicy", &of)["Policy"].clone();
    assert_eq!((&got["DefaultVersionId"], &got["UpdateDate"]), (&json!("v1"), &json!(now)));
    assert_ne!(got["CreateDate"], got["UpdateDate"]);
    let third = lab.ok("CreatePolicyVersion", &with(&new(3), "SetAsDefault", true))["PolicyVersion"].clone();
    assert_eq!(third["IsDefaultVersion"], true);
    assert_eq!(lab.ok("GetPolicy", &of)["Policy"]["DefaultVersionId"], "v3");
    lab.ok("CreatePolicyVersion", &new(4));
    lab.ok("CreatePolicyVersion", &new(5));
    let what = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing \
                version.";
    lab.refuses("CreatePolicyVersion", &new(6), "LimitExceeded", what);
    lab.refuses(
        "CreatePolicyVersion",
        &with(&of, "PolicyDocument", "{"),
        "MalformedPolicyDocument",
        "Syntax errors in policy.",
    );
    let version = |n: &str| with(&of, "VersionId", n);
    lab.refuses(
        "DeletePolicyVersion",
        &version("v3"),
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    );
    lab.ok("DeletePolicyVersion", &version("v2"));
    lab.ok("DeletePolicyVersion", &version("v5"));
    // Neither a gap nor the last number is filled again.
    assert_eq!(lab.ok("CreatePolicyVersion", &new(6))["PolicyVersion"]["VersionId"], "v6");
    let ids = |versions: Vec<Value>| -> Vec<String> {
        versions.iter().map(|version| version["VersionId"].as_str().unwrap().to_owned()).collect()
    };
    let listed = lab.ok("ListPolicyVersions", &of);
    assert_eq!(
        listed["Versions"][2],
        json!({ "VersionId": "v3", "IsDefaultVersion": true, "CreateDate": now })
    );
    for size in 1..=5 {
        assert_eq!(ids(lab.pages("ListPolicyVersions", &of, "Versions", size)), ["v6", "v4", "v3", "v1"]);
    }
    lab.ok("SetDefaultPolicyVersion", &version("v1"));
    let shown = lab.ok("GetPolicyVersion", &version("v1"))["PolicyVersion"].clone();
    assert_eq!(
        (&shown["IsDefaultVersion"], decoded(&shown["Document"])),
        (&json!(true), allow(&["s3:GetObject"]))
    );
    for operation in ["GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"] {
        for (policy, id) in
            [(&policy, "v2"), (&policy, "v99999999999"), (&policy, "v1.x"), (&arn("policy/none"), "v1")]
        {
            let input = json!({ "PolicyArn": policy, "VersionId": id });
            let sentence = format!("Policy {policy} version {id} does not exist or is not attachable.");
            lab.refuses(operation, &input, "NoSuchEntity", &sentence);
        }
        for bad in ["", "1", "v0", "v01", "V1", "v1.x_", "vv1"] {
            let rule = r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?";
            lab.refuses(operation, &version(bad), "ValidationError", &broken("versionId", rule));
        }
        lab.refuses(operation, &of, "ValidationError", &broken("versionId", "not be null"));
    }
}

#[test]
fn a_policy_that_is_used_or_has_versions_is_not_deleted() {
    let mut lab = Lab::new();
    let policy = lab.policy("Read", &allow(&["s3:GetObject"]));
    let of = json!({ "PolicyArn": policy });
    lab.ok("CreatePolicyVersion", &with(&of, "PolicyDocument", allow(&["s3:*"])));
    let (used, versions) = (
        "Cannot delete a policy attached to entities.",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The \
         default version is deleted with the policy.",
    );
    lab.ok("AttachGroupPolicy", &with(&of, "GroupName", "Team"));
    lab.refuses("DeletePolicy", &of, "DeleteConflict", used);
    lab.ok("DetachGroupPolicy", &with(&of, "GroupName", "Team"));
    let boundary = json!({ "RoleName": "App", "PermissionsBoundary": policy });
    lab.ok("PutRolePermissionsBoundary", &boundary);
    lab.refuses("DeletePolicy", &of, "DeleteConflict", used);
    lab.ok("DeleteRolePermissionsBoundary", &boundary);
    lab.refuses("DeletePolicy", &of, "DeleteConflict", versions);
    lab.ok("DeletePolicyVersion", &with(&of, "VersionId", "v2"));
    lab.ok("DeletePolicy", &of);
}

#[test]
fn policies_are_listed_by_scope_path_and_use() {
    let mut lab = Lab::new();
    for (name, path) in [("c", "/team/"), ("B", "/"), ("a", "/team/x/"), ("d", "/")] {
        lab.ok("CreatePolicy", &with(&create(name), "Path", path));
    }
    let names = |lab: &mut Lab, input: &Value, size: usize| -> Vec<String> {
        let all = lab.pages("ListPolicies", input, "Policies", size);
        all.iter().map(|policy| policy["PolicyName"].as_str().unwrap().to_owned()).collect()
    };
    let local = json!({ "Scope": "Local" });
    for size in [1, 2, 3, 100] {
        assert_eq!(names(&mut lab, &local, size), ["a", "B", "c", "d"]);
    }
    assert_eq!(names(&mut lab, &with(&local, "PathPrefix", "/team/"), 1), ["a", "c"]);
    let aws = names(&mut lab, &json!({ "Scope": "AWS" }), 7);
    assert!(aws.is_sorted() && aws.contains(&"AdministratorAccess".to_owned()), "{aws:?}");
    let all = names(&mut lab, &json!({}), 3);
    assert_eq!((&all[..4], &all[4..]), (&["a", "B", "c", "d"].map(str::to_owned)[..], &aws[..]));
    assert_eq!(names(&mut lab, &json!({ "Scope": "All" }), 1_000), all);
    let jobs = names(&mut lab, &json!({ "PathPrefix": "/job-function/" }), 100);
    assert!(jobs.contains(&"ViewOnlyAccess".to_owned()) && !jobs.contains(&"ReadOnlyAccess".to_owned()));

    let used = |lab: &mut Lab, filter: Option<&str>, only: bool| -> Vec<String> {
        let mut input = json!({ "OnlyAttached": only });
        filter.into_iter().for_each(|filter| input["PolicyUsageFilter"] = filter.into());
        names(lab, &input, 100)
    };
    assert!(used(&mut lab, None, true).is_empty());
    lab.ok("AttachUserPolicy", &json!({ "UserName": "Ann", "PolicyArn": arn("policy/d") }));
    lab.ok("AttachRolePolicy", &json!({ "RoleName": "App", "PolicyArn": READ_ONLY }));
    lab.ok(
        "PutUserPermissionsBoundary",
        &json!({ "UserName": "Ann", "PermissionsBoundary": arn("policy/B") }),
    );
    assert_eq!(used(&mut lab, None, true), ["B", "d", "ReadOnlyAccess"]);
    assert_eq!(used(&mut lab, Some("PermissionsPolicy"), true), ["d", "ReadOnlyAccess"]);
    assert_eq!(used(&mut lab, Some("PermissionsBoundary"), true), ["B"]);
    // How it is used matters together with OnlyAttached alone.
    assert_eq!(used(&mut lab, Some("PermissionsBoundary"), false), all);
    let listed = lab.ok("ListPolicies", &json!({ "OnlyAttached": true }))["Policies"].clone();
    let counts: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["AttachmentCount"].clone(), p["PermissionsBoundaryUsageCount"].clone()))
        .collect();
    assert_eq!(counts, [(json!(0), json!(1)), (json!(1), json!(0)), (json!(1), json!(0))]);
    assert!(listed[0].get("Tags").is_none() && listed[0].get("Description").is_none(), "{listed}");

    for (member, value, rule) in [
        ("scope", json!("Own"), "satisfy enum value set: [All, AWS, Local]"),
        ("pathPrefix", json!("/team"), r"satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/"),
        ("policyUsageFilter", json!("x"), "satisfy enum value set: [PermissionsPolicy, PermissionsBoundary]"),
        ("marker", json!(""), "MARKER"),
    ] {
        let upper = format!("{}{}", member[..1].to_uppercase(), &member[1..]);
        if rule == "MARKER" {
            assert!(lab.call(&id().into(), "ListPolicies", &json!({ upper: value })).is_err());
        } else {
            lab.refuses("ListPolicies", &json!({ upper: value }), "ValidationError", &broken(member, rule));
        }
    }
    // A marker belongs to its filters.
    let marker = lab.ok("ListPolicies", &json!({ "MaxItems": 1 }))["Marker"].clone();
    lab.refuses(
        "ListPolicies",
        &json!({ "Marker": marker, "Scope": "Local" }),
        "ValidationError",
        "Invalid Marker.",
    );
    lab.ok("ListPolicies", &json!({ "Marker": marker, "OnlyAttached": false, "MaxItems": 1_000 }));
}

#[test]
fn policies_of_aws_are_shown_and_not_changed() {
    let mut lab = Lab::new();
    let of = json!({ "PolicyArn": READ_ONLY });
    lab.ok("AttachUserPolicy", &with(&of, "UserName", "Ann"));
    let got = lab.ok("GetPolicy", &of)["Policy"].clone();
    assert_eq!((&got["PolicyId"], &got["AttachmentCount"]), (&json!("ANPAILL3HVNFSB6DCOWYQ"), &json!(1)));
    assert_eq!((&got["Tags"], &got["CreateDate"]), (&json!([]), &json!("2015-02-06T18:39:48Z")));
    assert!(!got["Description"].as_str().unwrap().is_empty());
    let default = got["DefaultVersionId"].clone();
    let version =
        lab.ok("GetPolicyVersion", &with(&of, "VersionId", default.clone()))["PolicyVersion"].clone();
    assert!(decoded(&version["Document"]).contains("iam:Get*"));
    let versions = lab.ok("ListPolicyVersions", &of)["Versions"].clone();
    assert_eq!((versions.as_array().unwrap().len(), &versions[0]["VersionId"]), (1, &default));
    // Refused whether there is such a policy or not.
    for arn in [READ_ONLY, "arn:aws:iam::aws:policy/NoSuchPolicy"] {
        let of = json!({ "PolicyArn": arn, "PolicyDocument": "{", "VersionId": "v1" });
        for (operation, what) in [
            ("DeletePolicy", "Cannot delete policies outside your own account."),
            ("CreatePolicyVersion", "Cannot create versions for policies outside your own account."),
            ("SetDefaultPolicyVersion", "Cannot update policies outside your own account."),
            ("DeletePolicyVersion", "Cannot delete policy versions for policies outside your own account."),
        ] {
            lab.refuses(operation, &of, "AccessDenied", what);
        }
    }
}

#[test]
fn arns_that_are_none_and_policies_that_are_not_there() {
    let mut lab = Lab::new();
    lab.policy("Read", &allow(&["s3:*"]));
    for operation in [
        "GetPolicy",
        "DeletePolicy",
        "CreatePolicyVersion",
        "ListPolicyVersions",
        "ListEntitiesForPolicy",
        "ListPolicyTags",
    ] {
        for (policy, code, sentence) in [
            ("no-arn-but-long-enough", "ValidationError", "Invalid ARN:  Could not be parsed!"),
            ("arn:aws-cn:iam::444444444444:policy/Read", "ValidationError", "Invalid ARN partition"),
            // ARNs are taken to the letter, and other accounts' policies are not there.
            (&arn("policy/rEAD"), "NoSuchEntity", "was not found."),
            (&arn("policy/team/Read"), "NoSuchEntity", "was not found."),
            ("arn:aws:iam::111111111111:policy/Read", "NoSuchEntity", "was not found."),
        ] {
            let sentence = match code {
                "NoSuchEntity" => format!("Policy {policy} {sentence}"),
                _ => sentence.to_owned(),
            };
            let input = json!({ "PolicyArn": policy, "PolicyDocument": allow(&["s3:*"]) });
            lab.refuses(operation, &input, code, &sentence);
        }
        let short = json!({ "PolicyArn": "arn", "PolicyDocument": allow(&["s3:*"]) });
        lab.refuses(
            operation,
            &short,
            "ValidationError",
            &broken("policyArn", "have length greater than or equal to 20"),
        );
    }
}

#[test]
fn whoever_may_not_is_told_so_first() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    for resource in [arn("policy/none"), READ_ONLY.to_owned()] {
        let of = json!({ "PolicyArn": resource, "VersionId": "v1", "PolicyDocument": "{" });
        for operation in [
            "GetPolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "GetPolicyVersion",
            "ListPolicyVersions",
            "SetDefaultPolicyVersion",
            "DeletePolicyVersion",
            "ListEntitiesForPolicy",
        ] {
            lab.denied(&bob, operation, &of, &format!("iam:{operation}"), &resource);
        }
    }
    lab.denied(&bob, "ListPolicies", &json!({}), "iam:ListPolicies", "policy path /");
    let new = with(&create("New"), "Path", "/team/");
    lab.denied(&bob, "CreatePolicy", &new, "iam:CreatePolicy", "policy New");
    // With tags it takes two permissions.
    lab.grant("User", "Bob", &allow(&["iam:CreatePolicy"]));
    let tagged = with(&new, "Tags", json!([{ "Key": "k", "Value": "v" }]));
    lab.denied(&bob, "CreatePolicy", &tagged, "iam:TagPolicy", "policy New");
    lab.may(&bob, "CreatePolicy", &new);
    lab.grant("User", "Bob", &allow(&["iam:CreatePolicy", "iam:TagPolicy"]));
    lab.may(&bob, "CreatePolicy", &with(&tagged, "PolicyName", "Tagged"));
    // Its tags are conditions.
    let statement = json!({
        "Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/k": "v" } },
    });
    lab.grant("User", "Bob", &json!({ "Version": "2012-10-17", "Statement": statement }).to_string());
    lab.may(&bob, "GetPolicy", &json!({ "PolicyArn": arn("policy/team/Tagged") }));
    lab.denied(
        &bob,
        "GetPolicy",
        &json!({ "PolicyArn": arn("policy/team/New") }),
        "iam:GetPolicy",
        &arn("policy/team/New"),
    );
}
