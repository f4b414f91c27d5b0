//! Tags against effective tag policies (policies.md 6).

use guildhall_policy::management::{PolicyKind, TagPolicy, Violation, Wrong};

fn policy(rules: &str) -> TagPolicy {
    let text = format!("{{\"tags\":{{{rules}}}}}");
    let got = super::effective(PolicyKind::Tag, &[("r-1", &[("p-1", &text)])]);
    TagPolicy::parse(&got.document).unwrap()
}

fn value(key: &str, allowed: &[&str], enforced: bool) -> Violation {
    let allowed = allowed.iter().map(ToString::to_string).collect();
    Violation { key: key.to_owned(), wrong: Wrong::Value { allowed }, enforced }
}

fn case(key: &str, wanted: &str, enforced: bool) -> Violation {
    Violation { key: key.to_owned(), wrong: Wrong::Key { wanted: wanted.to_owned() }, enforced }
}

#[test]
fn keys_and_values() {
    let policy = policy(
        r#""Team":{"tag_key":{"@@assign":"Team"},"tag_value":{"@@assign":["red","*@example.com","x*z",""]},"enforced_for":{"@@assign":["organizations:account"]}},
           "plain":{"enforced_for":{"@@assign":["ec2:ALL_SUPPORTED"]}},
           "Never":{"tag_value":{"@@assign":[]}}"#,
    );
    let allowed = &["red", "*@example.com", "x*z", ""];
    for (tag, want) in [
        (("Team", "red"), None),
        (("Team", ""), None),
        (("Team", "me@example.com"), None),
        (("Team", "@example.com"), None),
        (("Team", "xz"), None),
        (("Team", "xyz"), None),
        (("Team", "x"), Some(value("Team", allowed, true))),
        (("Team", "Red"), Some(value("Team", allowed, true))),
        (("Team", "me@Example.com"), Some(value("Team", allowed, true))),
        (("team", "red"), Some(case("team", "Team", true))),
        (("TEAM", "wrong"), Some(case("TEAM", "Team", true))),
        (("plain", "anything"), None),
        (("plain", ""), None),
        (("Plain", "anything"), Some(case("Plain", "plain", false))),
        (("never", "x"), Some(value("never", &[], false))),
        (("Never", "x"), Some(case("Never", "never", false))),
        (("unknown", "x"), None),
    ] {
        let got = policy.check("organizations:account", [tag]);
        assert_eq!(got, want.into_iter().collect::<Vec<_>>(), "{tag:?}");
    }
    assert_eq!(policy.check("organizations:account", []), [], "no tag has to be there");
    let both = policy.check("organizations:ou", [("team", "red"), ("Team", "red"), ("Team", "green")]);
    assert_eq!(both, [case("team", "Team", false), value("Team", allowed, false)]);
}

#[test]
fn what_is_enforced() {
    for (list, resource_type, want) in [
        (r#"["organizations:account"]"#, "organizations:account", true),
        (r#"["organizations:account"]"#, "organizations:ou", false),
        (r#"["organizations:ALL_SUPPORTED"]"#, "organizations:ou", true),
        (r#"["organizations:ALL_SUPPORTED"]"#, "organizations:policy", true),
        (r#"["organizations:ALL_SUPPORTED"]"#, "organizations:resourcepolicy", false),
        (r#"["redshift:*"]"#, "redshift:cluster", true),
        (r#"["redshift:*"]"#, "redshift-serverless:namespace", false),
        (r#"["redshift:ALL_SUPPORTED"]"#, "redshift:integration", false),
        (r#"["ec2:instance"]"#, "ec2:instance-connect-endpoint", false),
        ("[]", "ec2:instance", false),
    ] {
        let policy = policy(&format!(
            "\"k\":{{\"tag_value\":{{\"@@assign\":[]}},\"enforced_for\":{{\"@@assign\":{list}}}}}"
        ));
        assert_eq!(
            policy.check(resource_type, [("k", "v")]),
            [value("k", &[], want)],
            "{list} {resource_type}"
        );
    }
}

#[test]
fn required_tags_are_reported_only() {
    let policy = policy(
        r#""Owner":{"tag_key":{"@@assign":"Owner"},"report_required_tag_for":{"@@assign":["ec2:ALL_SUPPORTED"]}},
           "cost":{"report_required_tag_for":{"@@assign":["ec2:instance"]}}"#,
    );
    assert_eq!(policy.missing("ec2:instance", &[]), ["cost", "Owner"]);
    assert_eq!(policy.missing("ec2:volume", &["cost"]), ["Owner"]);
    assert_eq!(policy.missing("ec2:instance", &["owner", "cost"]), ["Owner"], "the key's case counts");
    assert_eq!(policy.missing("s3:bucket", &[]), [] as [&str; 0]);
    assert_eq!(policy.check("ec2:instance", []), []);
}

#[test]
fn documents_of_nothing() {
    assert_eq!(TagPolicy::parse("{}").unwrap(), TagPolicy::default());
    assert_eq!(TagPolicy::parse("{\"tags\":[]}").unwrap().check("ec2:instance", [("a", "b")]), []);
    assert!(TagPolicy::parse("{").is_err());
    let odd = TagPolicy::parse(r#"{"tags":{"k":{"tag_value":"red"},"j":{}}}"#).unwrap();
    assert_eq!(odd.check("ec2:instance", [("j", "x")]), [], "without a list any value is right");
    assert_eq!(odd.check("ec2:instance", [("k", "x")]), [value("k", &[], false)]);
}
