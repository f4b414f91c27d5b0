//! Inline policies of users, groups and roles.

use super::*;

/// Users, groups and roles: the kind, the name of one, the name in another case, the word for it, and its quota.
const ENTITIES: [(&str, &str, &str, &str, usize); 3] = [
    ("User", "Ann", "aNN", "user", 2_048),
    ("Group", "Team", "tEAM", "group", 5_120),
    ("Role", "App", "aPP", "role", 10_240),
];

#[test]
fn a_policy_is_put_got_listed_replaced_and_deleted() {
    for (kind, name, other_case, ..) in ENTITIES {
        let mut lab = Lab::new();
        let member = format!("{kind}Name");
        let of = |policy: &str| json!({ &member: other_case, "PolicyName": policy });
        let [put, get, delete, list] = ["Put", "Get", "Delete", ""].map(|verb| format!("{verb}{kind}Policy"));
        let list = list.replace(&format!("{kind}Policy"), &format!("List{kind}Policies"));
        // Byte for byte, whatever stands in it.
        let odd = "{ \"Version\":\"2012-10-17\",\n\t\"Statement\": {\"Effect\":\"Allow\",\"Action\":[\"s3:*\"],\
                   \"Resource\":\"arn%3Aaws%3As3:::é+ b\"} }";
        let odd = odd.replace("arn%3Aaws%3As3", "arn:aws:s3").replace("é+ b", "é+ b%3A");
        lab.ok(&put, &with(&of("First"), "PolicyDocument", odd.clone()));
        let got = lab.ok(&get, &of("fIRST"));
        assert_eq!(got[&member], *name, "the entity's name is as it is stored");
        assert_eq!(got["PolicyName"], "fIRST", "the policy's name is as it is asked for");
        assert_eq!(decoded(&got["PolicyDocument"]), odd);
        assert!(!got["PolicyDocument"].as_str().unwrap().contains(['+', ' ', ':']));
        // In another case it is the same policy, which keeps its first name.
        let document = allow(&["s3:GetObject"]);
        lab.ok(&put, &with(&of("FIRST"), "PolicyDocument", document.clone()));
        lab.ok(&put, &with(&of("another"), "PolicyDocument", document.clone()));
        let listed = lab.ok(&list, &json!({ &member: name }));
        assert_eq!(listed, json!({ "PolicyNames": ["another", "First"], "IsTruncated": false }));
        assert_eq!(decoded(&lab.ok(&get, &of("First"))["PolicyDocument"]), document);
        assert_eq!(lab.pages(&list, &json!({ &member: name }), "PolicyNames", 1), ["another", "First"]);
        lab.ok(&delete, &of("fiRST"));
        assert_eq!(lab.ok(&list, &json!({ &member: name }))["PolicyNames"], json!(["another"]));
        assert_eq!(lab.ok("ListRolePolicies", &json!({ "RoleName": "App" }))["IsTruncated"], false);
    }
}

#[test]
fn what_is_not_there_is_told_entity_first() {
    for (kind, name, _, word, _) in ENTITIES {
        let mut lab = Lab::new();
        let document = allow(&["s3:*"]);
        let none = json!({ format!("{kind}Name"): "None", "PolicyName": "p" });
        let sentence = format!("The {word} with name None cannot be found.");
        for verb in ["Put", "Get", "Delete"] {
            let input = if verb == "Put" { with(&none, "PolicyDocument", "{") } else { none.clone() };
            lab.refuses(&format!("{verb}{kind}Policy"), &input, "NoSuchEntity", &sentence);
        }
        lab.refuses(
            &format!("List{kind}Policies"),
            &json!({ format!("{kind}Name"): "None" }),
            "NoSuchEntity",
            &sentence,
        );
        let policy = json!({ format!("{kind}Name"): name, "PolicyName": "pP" });
        let sentence = format!("The {word} policy with name pP cannot be found.");
        for verb in ["Get", "Delete"] {
            lab.refuses(&format!("{verb}{kind}Policy"), &policy, "NoSuchEntity", &sentence);
        }
        lab.ok(&format!("Put{kind}Policy"), &with(&policy, "PolicyDocument", document));
        lab.ok(&format!("Get{kind}Policy"), &policy);
    }
}

#[test]
fn inputs_break_the_models_constraints() {
    let mut lab = Lab::new();
    let long = "x".repeat(129);
    let pattern = r"satisfy regular expression pattern: [\w+=,.@-]+";
    for (operation, input, member, rule) in [
        ("PutUserPolicy", json!({ "UserName": "Ann", "PolicyName": "p" }), "policyDocument", "not be null"),
        (
            "PutUserPolicy",
            json!({ "UserName": "a b", "PolicyName": "p", "PolicyDocument": "x" }),
            "userName",
            pattern,
        ),
        (
            "PutGroupPolicy",
            json!({ "GroupName": "Team", "PolicyName": "a/b", "PolicyDocument": "x" }),
            "policyName",
            pattern,
        ),
        (
            "PutRolePolicy",
            json!({ "RoleName": "App", "PolicyName": "p", "PolicyDocument": "\u{100}" }),
            "policyDocument",
            r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+",
        ),
        (
            "GetRolePolicy",
            json!({ "RoleName": &long[..65], "PolicyName": "p" }),
            "roleName",
            "have length less than or equal to 64",
        ),
        (
            "GetUserPolicy",
            json!({ "UserName": &long, "PolicyName": "p" }),
            "userName",
            "have length less than or equal to 128",
        ),
        ("DeleteGroupPolicy", json!({ "PolicyName": "p" }), "groupName", "not be null"),
        (
            "ListUserPolicies",
            json!({ "UserName": "Ann", "MaxItems": 0 }),
            "maxItems",
            "have value greater than or equal to 1",
        ),
        (
            "ListUserPolicies",
            json!({ "UserName": "Ann", "MaxItems": 1_001 }),
            "maxItems",
            "have value less than or equal to 1000",
        ),
    ] {
        lab.refuses(operation, &input, "ValidationError", &broken(member, rule));
    }
    // The name of another kind of thing is no name of this one.
    let input = json!({ "RoleName": "App", "PolicyName": "p" });
    lab.refuses("GetUserPolicy", &input, "ValidationError", &broken("userName", "not be null"));
}

#[test]
fn documents_are_refused_in_iams_words() {
    let mut lab = Lab::new();
    let put = |document: &str| json!({ "UserName": "Ann", "PolicyName": "p", "PolicyDocument": document });
    for (document, sentence) in [
        ("{".to_owned(), "Syntax errors in policy."),
        (allow(&[]), "Policy statement must contain actions."),
        (allow(&["GetObject"]), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (document("Allow", &["s3:*"], "bucket"), "Resource bucket must be in ARN format or \"*\"."),
        (
            allow(&["s3:*"]).replace("\"Action\"", "\"Principal\":\"*\",\"Action\""),
            "Policy document should not specify a principal.",
        ),
    ] {
        lab.refuses("PutUserPolicy", &put(&document), "MalformedPolicyDocument", sentence);
    }
    // The old language is spoken here, unlike in managed policies.
    lab.ok("PutUserPolicy", &put(&allow(&["s3:*"]).replace("2012-10-17", "2008-10-17")));
}

/// A document of this many characters.
fn of_length(length: usize) -> String {
    let rest = length - document("Allow", &["s3:"], "*").len();
    document("Allow", &[&format!("s3:{}", "x".repeat(rest))], "*")
}

#[test]
fn all_inline_policies_together_have_a_quota_without_white_space() {
    for (kind, name, other_case, word, most) in ENTITIES {
        let mut lab = Lab::new();
        let put = format!("Put{kind}Policy");
        let input = |policy: &str, document: &str| json!({ format!("{kind}Name"): other_case, "PolicyName": policy, "PolicyDocument": document });
        let sentence = format!("Maximum policy size of {most} bytes exceeded for {word} {other_case}");
        lab.refuses(&put, &input("a", &of_length(most + 1)), "LimitExceeded", &sentence);
        lab.ok(&put, &input("a", &of_length(most).replace(',', " ,\n")));
        lab.refuses(&put, &input("b", &of_length(100)), "LimitExceeded", &sentence);
        // What is replaced no longer counts.
        lab.ok(&put, &input("A", &of_length(most - 100)));
        lab.ok(&put, &input("b", &of_length(100)));
        lab.refuses(&put, &input("b", &of_length(101)), "LimitExceeded", &sentence);
        lab.ok(&format!("Delete{kind}Policy"), &json!({ format!("{kind}Name"): name, "PolicyName": "a" }));
        lab.ok(&put, &input("b", &of_length(most)));
    }
}

#[test]
fn whoever_may_not_is_told_so_before_anything_is_looked_at() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    for (kind, name, other_case, ..) in ENTITIES {
        let path = if kind == "Role" { "team/" } else { "" };
        let (there, none) = (
            arn(&format!("{}/{path}{name}", kind.to_lowercase())),
            arn(&format!("{}/None", kind.to_lowercase())),
        );
        for (asked, resource) in [(other_case, &there), ("None", &none)] {
            let of = json!({ format!("{kind}Name"): asked, "PolicyName": "p", "PolicyDocument": "x" });
            for verb in ["Put", "Get", "Delete"] {
                let operation = format!("{verb}{kind}Policy");
                lab.denied(&bob, &operation, &of, &format!("iam:{operation}"), resource);
            }
            let operation = format!("List{kind}Policies");
            lab.denied(&bob, &operation, &of, &format!("iam:{operation}"), resource);
        }
    }
}

#[test]
fn a_policy_counts_at_once_for_users_groups_and_running_sessions() {
    let mut lab = Lab::new();
    let bob = lab.user("Bob");
    lab.group("Readers", &["Bob"]);
    let role = lab.role("Worker");
    let session = lab.session(&role);
    let (get, input) = ("GetRole", json!({ "RoleName": "App" }));
    let app = arn("role/team/App");
    for (kind, name, who) in [("User", "Bob", &bob), ("Group", "Readers", &bob), ("Role", "Worker", &session)]
    {
        lab.denied(who, get, &input, "iam:GetRole", &app);
        lab.grant(kind, name, &allow(&["iam:GetRole"]));
        lab.may(who, get, &input);
        lab.grant(kind, name, &document("Deny", &["iam:GetRole"], &app));
        lab.forbidden(
            who,
            get,
            &input,
            "iam:GetRole",
            &app,
            "with an explicit deny in an identity-based policy",
        );
        lab.ok(
            &format!("Delete{kind}Policy"),
            &json!({ format!("{kind}Name"): name, "PolicyName": "granted" }),
        );
        lab.denied(who, get, &input, "iam:GetRole", &app);
    }
}
