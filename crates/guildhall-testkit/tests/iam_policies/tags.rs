//! Tags of users, roles, managed policies and instance profiles.

use super::*;

/// A kind of thing: its name in operations, the member that names one, one of them, its ARN, and whether keys are the same
/// in whatever case.
type Kind = (&'static str, &'static str, String, String, bool);

fn kinds(lab: &mut Lab) -> [Kind; 4] {
    let policy = lab.policy("Read", &allow(&["s3:*"]));
    lab.ok("CreateInstanceProfile", &json!({ "InstanceProfileName": "Box", "Path": "/team/" }));
    [
        ("User", "UserName", "aNN".to_owned(), arn("user/Ann"), true),
        ("Role", "RoleName", "aPP".to_owned(), arn("role/team/App"), true),
        ("Policy", "PolicyArn", policy.clone(), policy, false),
        ("InstanceProfile", "InstanceProfileName", "bOX".to_owned(), arn("instance-profile/team/Box"), false),
    ]
}

fn tags(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

#[test]
fn tags_are_set_replaced_listed_and_taken_away() {
    let mut lab = Lab::new();
    for (kind, member, name, _, any_case) in kinds(&mut lab) {
        let of = json!({ member: name });
        let [tag, untag, list] = [format!("Tag{kind}"), format!("Untag{kind}"), format!("List{kind}Tags")];
        assert_eq!(lab.ok(&list, &of), json!({ "Tags": [], "IsTruncated": false }));
        lab.ok(&tag, &with(&of, "Tags", tags(&[("Env", "aws:x"), ("Größe", "")])));
        // Another spelling of a key: of users and roles it takes the place of the first one.
        lab.ok(&tag, &with(&of, "Tags", tags(&[("env", "2"), ("GRÖßE", "3")])));
        let listed = lab.ok(&list, &of)["Tags"].clone();
        if any_case {
            assert_eq!(listed, tags(&[("GRÖßE", "3"), ("env", "2")]), "{kind}");
        } else {
            assert_eq!(
                listed,
                tags(&[("Env", "aws:x"), ("GRÖßE", "3"), ("Größe", ""), ("env", "2")]),
                "{kind}"
            );
        }
        lab.ok(&untag, &with(&of, "TagKeys", json!(["größe", "nothing"])));
        let left = if any_case { 1 } else { 4 };
        assert_eq!(lab.ok(&list, &of)["Tags"].as_array().unwrap().len(), left, "{kind}");
        lab.ok(&untag, &with(&of, "TagKeys", json!([])));
        lab.ok(&untag, &with(&of, "TagKeys", json!(["Env", "env", "GRÖßE", "Größe"])));
        assert_eq!(lab.ok(&list, &of)["Tags"], json!([]));

        let many: Vec<Value> =
            (0..50).map(|n| json!({ "Key": format!("{n:02}{}", "é".repeat(126)), "Value": "" })).collect();
        lab.ok(&tag, &with(&of, "Tags", many.clone()));
        for size in [1, 49, 50] {
            assert_eq!(lab.pages(&list, &of, "Tags", size), many);
        }
        let more = with(&of, "Tags", tags(&[("k", "v")]));
        lab.refuses(&tag, &more, "LimitExceeded", "The number of tags has reached the maximum limit.");
        lab.ok(&tag, &with(&of, "Tags", json!([{ "Key": many[0]["Key"], "Value": "v" }])));
        lab.ok(&untag, &with(&of, "TagKeys", json!([many[0]["Key"]])));
        lab.ok(&tag, &more);
    }
    // They are shown with what has them.
    assert_eq!(
        lab.ok("GetRole", &json!({ "RoleName": "App" }))["Role"]["Tags"].as_array().unwrap().len(),
        50
    );
    assert_eq!(
        lab.ok("GetPolicy", &json!({ "PolicyArn": arn("policy/Read") }))["Policy"]["Tags"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
}

#[test]
fn tags_are_refused_in_order() {
    let mut lab = Lab::new();
    for (kind, member, _, _, any_case) in kinds(&mut lab) {
        let none = if kind == "Policy" { arn("policy/None") } else { "None".to_owned() };
        let missing = match kind {
            "User" => "The user with name None cannot be found.".to_owned(),
            "Role" => "The role with name None cannot be found.".to_owned(),
            "Policy" => format!("Policy {none} was not found."),
            _ => "Instance Profile None cannot be found.".to_owned(),
        };
        let of = json!({ member: none });
        let [tag, untag, list] = [format!("Tag{kind}"), format!("Untag{kind}"), format!("List{kind}Tags")];
        let bad = |pairs: &[(&str, &str)]| with(&of, "Tags", tags(pairs));
        let reserved = "Tag keys beginning with aws: are reserved for system use.";
        lab.refuses(&tag, &bad(&[("k", ""), ("k", ""), ("Aws:k", "")]), "InvalidInput", reserved);
        let twice = match any_case {
            true => "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            false => "Duplicate tag keys found.",
        };
        lab.refuses(&tag, &bad(&[("k", ""), ("k", "")]), "InvalidInput", twice);
        let other_case = bad(&[("k", ""), ("K", "")]);
        match any_case {
            true => lab.refuses(&tag, &other_case, "InvalidInput", twice),
            false => lab.refuses(&tag, &other_case, "NoSuchEntity", &missing),
        }
        lab.refuses(&tag, &bad(&[]), "InvalidInput", "Error occurred while validating input. ");
        lab.refuses(&tag, &bad(&[("k", "")]), "NoSuchEntity", &missing);
        lab.refuses(&untag, &with(&of, "TagKeys", json!([])), "NoSuchEntity", &missing);
        lab.refuses(&list, &of, "NoSuchEntity", &missing);

        let pattern = r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
        for bad in ["a%", " ", "\u{2028} "] {
            lab.refuses(
                &tag,
                &with(&of, "Tags", tags(&[(bad, "")])),
                "ValidationError",
                &broken("tags.1.member.key", pattern),
            );
        }
        lab.refuses(&tag, &of, "ValidationError", &broken("tags", "not be null"));
        lab.refuses(&untag, &of, "ValidationError", &broken("tagKeys", "not be null"));
        let many = vec![json!({ "Key": "k", "Value": "" }); 51];
        lab.refuses(
            &tag,
            &with(&of, "Tags", many),
            "ValidationError",
            &broken("tags", "have length less than or equal to 50"),
        );
        let keys = vec![json!("k"); 51];
        lab.refuses(
            &untag,
            &with(&of, "TagKeys", keys),
            "ValidationError",
            &broken("tagKeys", "have length less than or equal to 50"),
        );
        for key in [json!(""), json!("x".repeat(129)), json!("a%"), Value::Null] {
            let element = r"satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]";
            lab.refuses(
                &untag,
                &with(&of, "TagKeys", json!(["k", key])),
                "ValidationError",
                &broken("tagKeys", element),
            );
        }
        lab.refuses(
            &tag,
            &json!({ "Tags": [] }),
            "ValidationError",
            &broken(&format!("{}{}", member[..1].to_lowercase(), &member[1..]), "not be null"),
        );
    }
}

#[test]
fn policies_of_aws_have_no_tags() {
    let mut lab = Lab::new();
    let of = json!({ "PolicyArn": READ_ONLY });
    let what = "Tags not supported for policies in this domain";
    for arn in [READ_ONLY, "arn:aws:iam::aws:policy/NoSuchPolicy"] {
        let of = json!({ "PolicyArn": arn, "TagKeys": ["k"], "Tags": [{ "Key": "k", "Value": "" }] });
        lab.refuses("TagPolicy", &of, "InvalidInput", what);
        lab.refuses("UntagPolicy", &of, "InvalidInput", what);
    }
    assert_eq!(lab.ok("ListPolicyTags", &of), json!({ "Tags": [], "IsTruncated": false }));
    let none = "arn:aws:iam::aws:policy/NoSuchPolicy";
    lab.refuses(
        "ListPolicyTags",
        &json!({ "PolicyArn": none }),
        "NoSuchEntity",
        &format!("Policy {none} was not found."),
    );
}

#[test]
fn tags_are_conditions_and_whoever_may_not_is_told_so_first() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    for (kind, member, name, resource, _) in kinds(&mut lab) {
        let of = json!({ member: name });
        let [tag, untag, list] = [format!("Tag{kind}"), format!("Untag{kind}"), format!("List{kind}Tags")];
        let set = |key: &str, value: &str| with(&of, "Tags", tags(&[(key, value)]));
        let unset = |key: &str| with(&of, "TagKeys", json!([key]));
        lab.denied(&bob, &tag, &set("aws:k", ""), &format!("iam:{tag}"), &resource);
        lab.denied(&bob, &untag, &unset("k"), &format!("iam:{untag}"), &resource);
        lab.denied(&bob, &list, &of, &format!("iam:{list}"), &resource);
        let statement = |action: &str, condition: Value| json!({ "Effect": "Allow", "Action": format!("iam:{action}"), "Resource": resource, "Condition": condition });
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            statement(&tag, json!({ "StringEquals": { "aws:RequestTag/team": "a" } })),
            statement(&untag, json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["cost"] } })),
            statement(&list, json!({ "StringEquals": { "aws:ResourceTag/team": "a" } })),
        ] });
        lab.grant("User", "Bob", &policy.to_string());
        lab.denied(&bob, &list, &of, &format!("iam:{list}"), &resource);
        lab.denied(&bob, &tag, &set("team", "b"), &format!("iam:{tag}"), &resource);
        lab.may(&bob, &tag, &set("team", "a"));
        lab.may(&bob, &list, &of);
        lab.denied(&bob, &untag, &unset("team"), &format!("iam:{untag}"), &resource);
        lab.may(&bob, &untag, &unset("cost"));
        lab.ok("DeleteUserPolicy", &json!({ "UserName": "Bob", "PolicyName": "granted" }));
    }
}
