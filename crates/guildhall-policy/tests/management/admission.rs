//! What is admitted, and what is refused how: policies.md 4.2 to 4.4, observed.md 24 to 31 and 59 to 63.

use guildhall_policy::json::ParseErrorKind;
use guildhall_policy::management::{Answer, ManagementDocument, PolicyKind, RefusalKind as R, check_length};

fn accepted(kind: PolicyKind, texts: &[&str]) {
    for text in texts {
        super::document(kind, text);
    }
}

fn refused(kind: PolicyKind, texts: &[(&str, R)]) {
    for (text, want) in texts {
        let refusal = ManagementDocument::parse(kind, text).expect_err(text);
        assert_eq!(refusal.kind, *want, "{kind}: {text}\n{refusal}");
        assert_eq!(refusal.answer(), Answer::MalformedPolicyDocument);
    }
}

#[test]
fn every_type_alike() {
    for kind in PolicyKind::ALL {
        let (root, needed) = (kind.root(), super::needed(kind));
        let also = |rest: &str| if needed.is_empty() { rest.to_owned() } else { format!("{needed},{rest}") };
        let at_root = |rest: &str| format!("{{\"{root}\":{{{needed}}},{rest}}}");
        let inside = |rest: &str| format!("{{\"{root}\":{{{}}}}}", also(rest));
        for text in [
            super::least(kind),
            format!("{{\"{}\":{{{needed}}}}}", root.to_uppercase()),
            // Beside the root key operators are ignored, but for nested values.
            at_root("\"@@assign\":\"value\""),
            at_root("\"@@assign\":null"),
            at_root("\"@@append\":[]"),
            at_root("\"@@remove\":[\"one\",1,null]"),
            at_root("\"@@Assign\":1"),
            at_root("\"@@operators_allowed_for_child_policies\":[\"@@none\"]"),
            inside("\"@@operators_allowed_for_child_policies\":[\"@@all\",\"@@assign\"]"),
            inside("\"@@operators_allowed_for_child_policies\":[\"@@append\",\"@@remove\"]"),
            inside("\"@@Operators_Allowed_For_Child_Policies\":[\"@@None\"]"),
            inside("\"@@operators_allowed_for_child_policies\":[\"@@assign\",\"@@Assign\"]"),
        ] {
            super::document(kind, &text);
        }
        let control =
            |list: &str| format!("{{\"{root}\":{{\"@@operators_allowed_for_child_policies\":{list}}}}}");
        let dup = R::Json(ParseErrorKind::DuplicateKey);
        for (text, want) in [
            ("{}".to_owned(), R::Missing),
            ("{\"@@operators_allowed_for_child_policies\":[\"@@all\"]}".to_owned(), R::Missing),
            ("[]".to_owned(), R::NotAnObject),
            ("\"tags\"".to_owned(), R::NotAnObject),
            ("{\"wrong\":{}}".to_owned(), R::UnknownName),
            (at_root("\"wrong\":{}"), R::UnknownName),
            (format!("{{\"{root}\":null}}"), R::NotAnObject),
            (format!("{{\"{root}\":[]}}"), R::NotAnObject),
            (format!("{{\"{root}\":{{}},\"{root}\":{{}}}}"), dup),
            (format!("{{\"{root}\":{{{needed}}},\"{}\":{{}}}}", root.to_uppercase()), R::DuplicateName),
            (format!("{{\"{root}\":{{}}}} x"), R::Json(ParseErrorKind::TrailingText)),
            (format!("{{\"{root}\":{{}},}}"), R::Json(ParseErrorKind::Syntax)),
            (at_root("\"@@assign\":{}"), R::BadValue),
            (at_root("\"@@append\":[{}]"), R::BadValue),
            (at_root("\"@@remove\":[[\"one\"]]"), R::BadValue),
            (at_root("\"@@other\":1"), R::UnknownOperator),
            (at_root("\"@@operators_allowed_for_child_policies\":[]"), R::BadControl),
            (at_root("\"@@operators_allowed_for_child_policies\":[\"@@none\",\"@@all\"]"), R::BadControl),
            (format!("{{\"{root}\":{{\"@@assign\":\"value\"}}}}"), R::OperatorNotAllowed),
            (format!("{{\"{root}\":{{\"@@append\":[]}}}}"), R::OperatorNotAllowed),
            (format!("{{\"{root}\":{{\"@@other\":[]}}}}"), R::UnknownOperator),
            (control("[]"), R::BadControl),
            (control("\"@@none\""), R::BadControl),
            (control("[\"@@wrong\"]"), R::BadControl),
            (control("[1]"), R::BadControl),
            (control("[\"@@none\",\"@@none\"]"), R::BadControl),
            (control("[\"@@none\",\"@@remove\"]"), R::BadControl),
            (control("[\"@@none\",\"@@Assign\"]"), R::BadControl),
            (control("[\"@@assign\",\"@@assign\"]"), R::BadControl),
        ] {
            refused(kind, &[(&text, want)]);
        }
    }
}

#[test]
fn tag_policies() {
    accepted(
        PolicyKind::Tag,
        &[
            r#"{"tags":{"key":{}}}"#,
            r#"{"tags":{"Key":{"tag_key":{"@@assign":"kEY"}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":[true]}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":[null]}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":[12]}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":[]}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":["*@example.com","a*b"]}}}}"#,
            r#"{"tags":{"key":{"tag_value":{"@@assign":["a"],"@@append":["b"],"@@remove":["c"]}}}}"#,
            r#"{"tags":{"key":{"enforced_for":{"@@assign":["sqs:queue"]}}}}"#,
            r#"{"tags":{"key":{"enforced_for":{"@@assign":["ecs:ALL_SUPPORTED","redshift:*","organizations:root"]}}}}"#,
            r#"{"tags":{"key":{"report_required_tag_for":{"@@assign":["ec2:instance","rds:db","s3:ALL_SUPPORTED"]}}}}"#,
            r#"{"tags":{"@@operators_allowed_for_child_policies":["@@none"],"key":{"@@operators_allowed_for_child_policies":["@@assign"]}}}"#,
            r#"{"TAGS":{"Key":{"TAG_KEY":{"@@Assign":"Key"},"Tag_Value":{"@@ASSIGN":["red"]}}}}"#,
        ],
    );
    refused(
        PolicyKind::Tag,
        &[
            (r#"{"tags":{"Key":{},"key":{}}}"#, R::DuplicateName),
            (r#"{"tags":{"":{}}}"#, R::BadName),
            (r#"{"tags":{"key":{"other":{"@@assign":"key"}}}}"#, R::UnknownName),
            (r#"{"tags":{"key":{"tag_key":"key"}}}"#, R::NotAnObject),
            (r#"{"tags":{"key":{"tag_key":{"@@assign":1}}}}"#, R::BadValue),
            (r#"{"tags":{"1":{"tag_key":{"@@assign":1}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_key":{"@@assign":null}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_key":{"@@assign":"other"}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_key":{"@@append":["key"]}}}}"#, R::OperatorNotAllowed),
            (r#"{"tags":{"key":{"tag_key":{"key":"key"}}}}"#, R::UnknownOperator),
            (r#"{"tags":{"key":{"tag_value":{"@@assign":"red"}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_value":{"@@assign":null}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_value":{"@@assign":[{}]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_value":{"@@assign":["a*b*"]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_value":{"@@append":[]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"tag_value":{"@@assign":[],"@@Assign":[]}}}}"#, R::DuplicateName),
            (r#"{"tags":{"key":{"tag_value":{},"TAG_VALUE":{}}}}"#, R::DuplicateName),
            (r#"{"tags":{"key":{"enforced_for":{"@@assign":["ecs:*"]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"enforced_for":{"@@assign":["*"]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"enforced_for":{"@@assign":["ecs"]}}}}"#, R::BadValue),
            (r#"{"tags":{"key":{"enforced_for":{"@@assign":["nobody:knows"]}}}}"#, R::BadValue),
            (
                r#"{"tags":{"key":{"enforced_for":{"@@assign":["organizations:resourcepolicy"]}}}}"#,
                R::BadValue,
            ),
            (
                r#"{"tags":{"key":{"report_required_tag_for":{"@@assign":["organizations:root"]}}}}"#,
                R::BadValue,
            ),
        ],
    );
}

#[test]
fn fifty_tags_may_be_required_of_one_type() {
    let text = |n: usize| {
        let rule = r#"{"report_required_tag_for":{"@@append":["ec2:instance"]}}"#;
        let rules: Vec<String> = (0..n).map(|key| format!("\"k{key}\":{rule}")).collect();
        format!("{{\"tags\":{{{}}}}}", rules.join(","))
    };
    accepted(PolicyKind::Tag, &[&text(50)]);
    refused(PolicyKind::Tag, &[(&text(51), R::TooMany)]);
    let twice = r#"{"report_required_tag_for":{"@@assign":["ec2:instance"],"@@append":["ec2:instance"]}}"#;
    let rules: Vec<String> = (0..50).map(|key| format!("\"k{key}\":{twice}")).collect();
    accepted(PolicyKind::Tag, &[&format!("{{\"tags\":{{{}}}}}", rules.join(","))]);
}

#[test]
fn ai_policies() {
    accepted(
        PolicyKind::AiServicesOptOut,
        &[
            r#"{"services":{"default":{}}}"#,
            r#"{"services":{"default":{"opt_out_policy":{}}}}"#,
            r#"{"services":{"q":{"opt_out_policy":{"@@assign":"optIn"}}}}"#,
            r#"{"services":{"connecthealth::training":{"OPT_OUT_POLICY":{"@@assign":"optOut"}}}}"#,
            r#"{"services":{"lex":{"opt_out_policy":{"@@operators_allowed_for_child_policies":["@@append","@@remove"]}}}}"#,
        ],
    );
    refused(
        PolicyKind::AiServicesOptOut,
        &[
            (r#"{"services":{"Default":{}}}"#, R::BadName),
            (r#"{"services":{"unknown":{}}}"#, R::BadName),
            (r#"{"services":{"":{}}}"#, R::BadName),
            (r#"{"services":{"default":null}}"#, R::NotAnObject),
            (r#"{"services":{"default":{"opt_out_policy":null}}}"#, R::NotAnObject),
            (r#"{"services":{"default":{"opt_out_policy":{"@@assign":"optout"}}}}"#, R::BadValue),
            (r#"{"services":{"default":{"opt_out_policy":{"@@assign":["optOut"]}}}}"#, R::BadValue),
            (r#"{"services":{"default":{"opt_out_policy":{"@@append":["optOut"]}}}}"#, R::OperatorNotAllowed),
            (r#"{"services":{"default":{"opt_out_policy":{"@@remove":["optOut"]}}}}"#, R::OperatorNotAllowed),
            (r#"{"services":{"default":{"opt_out_policy":{"@@enforced_for":"x"}}}}"#, R::UnknownOperator),
        ],
    );
}

#[test]
fn chat_policies() {
    let tenant = "12345678-1234-1234-1234-123456789abc";
    let upper = "12345678-ABCD-1234-1234-123456789ABC";
    let slack = |rest: &str| format!("{{\"chatbot\":{{\"platforms\":{{\"slack\":{{{rest}}}}}}}}}");
    let teams = |rest: &str| format!("{{\"chatbot\":{{\"platforms\":{{\"microsoft_teams\":{{{rest}}}}}}}}}");
    let many: Vec<String> = (0..256).map(|n| format!("\"T{n}\"")).collect();
    for text in [
        r#"{"chatbot":{"platforms":{"slack":{},"microsoft_teams":{},"chime":{}},"default":{}}}"#.to_owned(),
        r#"{"chatbot":{"default":{"client":{"@@assign":"disabled"}}}}"#.to_owned(),
        r#"{"chatbot":{"platforms":{"Slack":{"Client":{"@@assign":"enabled"}}}}}"#.to_owned(),
        slack(r#""client":{}"#),
        slack(r#""workspaces":{"@@assign":[]}"#),
        slack(r#""workspaces":{"@@assign":["*","T0123","T0123",1]}"#),
        slack(&format!("\"workspaces\":{{\"@@assign\":[{}]}}", many.join(","))),
        slack(r#""workspaces":{"@@append":["T0123"],"@@remove":["T1"]}"#),
        slack(r#""default":{"supported_channel_types":{"@@assign":["public","private","public"]}}"#),
        slack(r#""default":{"supported_role_settings":{"@@assign":[]}}"#),
        slack(r#""overrides":{"T0123":{"supported_channel_types":{"@@assign":["public"]}}}"#),
        slack(r#""overrides":{"T0123":{}}"#),
        teams(&format!(
            "\"tenants\":{{\"*\":{{\"@@assign\":[\"*\"]}},\"{tenant}\":{{\"@@assign\":[\"*\",\"*\"]}}}}"
        )),
        teams(&format!(
            "\"tenants\":{{\"{tenant}\":{{\"@@assign\":[\"{tenant}\"],\"@@append\":[\"{tenant}\"]}}}}"
        )),
        teams("\"overrides\":{}"),
        teams(&format!("\"overrides\":{{\"{tenant}\":{{}}}}")),
        teams(&format!(
            "\"overrides\":{{\"{tenant}\":{{\"{tenant}\":{{\"supported_role_settings\":{{\"@@assign\":[\"user_role\"]}}}}}}}}"
        )),
    ] {
        accepted(PolicyKind::Chatbot, &[&text]);
    }
    for (text, want) in [
        (r#"{"chatbot":{"other":{}}}"#.to_owned(), R::UnknownName),
        (r#"{"chatbot":{"platforms":{"default":{}}}}"#.to_owned(), R::UnknownName),
        (r#"{"chatbot":{"platforms":{"unknown":{}}}}"#.to_owned(), R::UnknownName),
        (r#"{"chatbot":{"platforms":{"chime":{"default":{}}}}}"#.to_owned(), R::UnknownName),
        (r#"{"chatbot":{"default":{"other":{"@@assign":"disabled"}}}}"#.to_owned(), R::UnknownName),
        (slack(r#""client":{"@@assign":"ENABLED"}"#), R::BadValue),
        (slack(r#""client":{"@@assign":true}"#), R::BadValue),
        (slack(r#""client":{"@@assign":null}"#), R::BadValue),
        (slack(r#""client":{"@@assign":["enabled"]}"#), R::BadValue),
        (slack(r#""client":{"@@append":["enabled"]}"#), R::OperatorNotAllowed),
        (slack(r#""workspaces":{"@@assign":"*"}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":["one"]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":[""]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":["T*"]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":["with space"]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":[true]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":[null]}"#), R::BadValue),
        (slack(r#""workspaces":{"@@assign":[[]]}"#), R::BadValue),
        (slack(r#""default":{"supported_channel_types":{"@@assign":["PUBLIC"]}}"#), R::BadValue),
        (slack(r#""default":{"supported_channel_types":{"@@assign":["*"]}}"#), R::BadValue),
        (slack(r#""overrides":{"T0123":{"client":{"@@assign":"disabled"}}}"#), R::UnknownName),
        (teams(r#""default":{"supported_channel_types":{"@@assign":["public"]}}"#), R::UnknownName),
        (teams(r#""tenants":{"one":{"@@assign":["*"]}}"#), R::BadName),
        (teams(r#""tenants":{"":{"@@assign":["*"]}}"#), R::BadName),
        (teams(&format!("\"tenants\":{{\"{upper}\":{{\"@@assign\":[\"*\"]}}}}")), R::BadName),
        (teams(&format!("\"tenants\":{{\"{tenant}\":{{\"@@assign\":[\"{upper}\"]}}}}")), R::BadValue),
        (teams("\"overrides\":{\"*\":{}}"), R::BadName),
        (teams(&format!("\"overrides\":{{\"{tenant}\":{{\"*\":{{}}}}}}")), R::BadName),
        (teams(&format!("\"overrides\":{{\"{tenant}\":{{\"teams\":{{}}}}}}")), R::BadName),
    ] {
        refused(PolicyKind::Chatbot, &[(&text, want)]);
    }
}

#[test]
fn attributes_of_ec2() {
    let ec2 = PolicyKind::DeclarativeEc2;
    accepted(
        ec2,
        &[
            r#"{"ec2_attributes":{"exception_message":{"@@assign":"ask us"},"vpc_block_public_access":{"internet_gateway_block":{"mode":{"@@assign":"block_ingress"},"exclusions_allowed":{"@@assign":"disabled"}}}}}"#,
            r#"{"ec2_attributes":{"instance_metadata_defaults":{"http_put_response_hop_limit":{"@@assign":-1},"http_tokens":{"@@assign":"required"}}}}"#,
            r#"{"ec2_attributes":{"allowed_images_settings":{"state":{"@@assign":"audit_mode"},"image_criteria":{"criteria_10":{"allowed_image_providers":{"@@append":["amazon"]},"creation_date_condition":{"maximum_days_since_created":{"@@assign":300}}}}}}}"#,
            r#"{"ec2_attributes":{"snapshot_block_public_access":{"state":{"@@assign":"block_all_sharing"}},"image_block_public_access":{"state":{"@@assign":"unblocked"}},"serial_console_access":{"status":{"@@assign":"enabled"}}}}"#,
        ],
    );
    refused(
        ec2,
        &[
            (r#"{"ec2_attributes":{"serial_console_access":{"status":{"@@assign":"off"}}}}"#, R::BadValue),
            (r#"{"ec2_attributes":{"serial_console_access":{"status":"enabled"}}}"#, R::NotAnObject),
            (
                r#"{"ec2_attributes":{"allowed_images_settings":{"image_criteria":{"criteria_11":{}}}}}"#,
                R::UnknownName,
            ),
            (
                r#"{"ec2_attributes":{"instance_metadata_defaults":{"http_put_response_hop_limit":{"@@assign":65}}}}"#,
                R::BadValue,
            ),
        ],
    );
}

#[test]
fn regions_and_small_types() {
    for (kind, root, scan) in [
        (PolicyKind::SecurityHub, "securityhub", "features\":{\"network_scanning"),
        (PolicyKind::Inspector, "inspector", "enablement\":{\"ec2_scanning"),
        (
            PolicyKind::NetworkSecurityDirector,
            "network_security_director",
            "enablement\":{\"network_security_scan",
        ),
    ] {
        let text = |value: &str| {
            format!("{{\"{root}\":{{\"{scan}\":{{\"enable_in_regions\":{{\"@@assign\":{value}}}}}}}}}}}")
        };
        for good in ["[]", "[\"us-east-1\"]", "[\"ALL_SUPPORTED\",\"eu-west-1\"]"] {
            accepted(kind, &[&text(good)]);
        }
        for bad in ["[\"mars-north-1\"]", "[\"*\"]", "\"us-east-1\"", "[1]"] {
            refused(kind, &[(&text(bad), R::BadValue)]);
        }
    }
    accepted(
        PolicyKind::Inspector,
        &[
            r#"{"inspector":{"enablement":{"lambda_standard_scanning":{"enable_in_regions":{"@@append":["us-east-1"]},"lambda_code_scanning":{"disable_in_regions":{"@@assign":[]}}}}}}"#,
        ],
    );
    let bedrock = |id: &str| {
        format!(
            "{{\"bedrock\":{{\"guardrail_inference\":{{\"us-east-1\":{{\"config_1\":{{\"identifier\":{{\"@@assign\":\"{id}\"}}}}}}}}}}}}"
        )
    };
    accepted(
        PolicyKind::Bedrock,
        &[&bedrock("arn:aws:bedrock:us-east-1:123456789012:guardrail/hu1dlsv9wy1d:1")],
    );
    for id in ["arn:aws:bedrock:us-east-1:123456789012:guardrail/hu1dlsv9wy1d:DRAFT", "hu1dlsv9wy1d", ""] {
        refused(PolicyKind::Bedrock, &[(&bedrock(id), R::BadValue)]);
    }
    refused(PolicyKind::Bedrock, &[(r#"{"bedrock":{"guardrail_inference":{"mars-1":{}}}}"#, R::BadName)]);
    accepted(
        PolicyKind::S3,
        &[r#"{"S3_Attributes":{"public_access_block_configuration":{"@@assign":"all"}}}"#],
    );
    refused(
        PolicyKind::S3,
        &[(r#"{"s3_attributes":{"public_access_block_configuration":{"@@assign":"ALL"}}}"#, R::BadValue)],
    );
    accepted(
        PolicyKind::UpgradeRollout,
        &[
            r#"{"upgrade_rollout":{"default":{"patch_order":{"@@assign":"last"}},"tags":{"env":{"tag_values":{"dev":{"patch_order":{"@@assign":"first"}}}}}}}"#,
        ],
    );
    refused(
        PolicyKind::UpgradeRollout,
        &[
            // Some examples of AWS's guide leave the operator out.
            (r#"{"upgrade_rollout":{"default":{"patch_order":"last"}}}"#, R::NotAnObject),
            (r#"{"upgrade_rollout":{"default":{"patch_order":{"@@assign":"third"}}}}"#, R::BadValue),
        ],
    );
}

#[test]
fn refusals_say_where_what_and_what_would_be_right() {
    for (text, want) in [
        (
            "{\n  \"tags\": {\n    \"cost\": {\n      \"tag_colour\": {}\n    }\n  }\n}",
            "line 4, column 7 (`tags/cost`): found `tag_colour`; one of tag_key, tag_value, enforced_for, \
             report_required_tag_for is wanted here",
        ),
        (
            r#"{"tags": {"cost": {"tag_key": {"@@assign": "Costs"}}}}"#,
            "line 1, column 44 (`tags/cost/tag_key`): found `Costs`; `cost`, in any case, is wanted here",
        ),
        (
            r#"{"tags": {"cost": {"tag_value": {"@@assign": ["red", {}]}}}}"#,
            "line 1, column 54 (`tags/cost/tag_value`): found an object; a value with one wildcard * at most, of at \
             most 256 characters is wanted here",
        ),
        (
            r#"{"tags": {"cost": {"tag_value": {"@@asign": ["red"]}}}}"#,
            "line 1, column 34 (`tags/cost/tag_value`): found `@@asign`; the operators are @@assign, @@append, \
             @@remove and @@operators_allowed_for_child_policies",
        ),
        ("{}", "line 1, column 1: found no `tags`; it has to be there"),
        ("{\"tags\": }", "line 1, column 10: found `}`; a value is wanted here"),
    ] {
        assert_eq!(ManagementDocument::parse(PolicyKind::Tag, text).expect_err(text).to_string(), want);
    }
    let long = "x".repeat(5_000);
    let text = format!("{{\"tags\":{{\"k\":{{\"{long}\":{{}}}}}}}}");
    let message = ManagementDocument::parse(PolicyKind::Tag, &text).unwrap_err().to_string();
    assert!(message.len() < 400, "foreign text in messages is bounded: {message}");
}

#[test]
fn the_length_is_another_answer() {
    assert!(check_length("ééé", 3).is_ok(), "characters count, not bytes");
    let refusal = check_length("éééé", 3).unwrap_err();
    assert_eq!(refusal.answer(), Answer::PolicyContentLimitExceeded);
    assert_eq!(refusal.to_string(), "line 1, column 1: found 4 characters; at most 3 are allowed");
    assert_eq!(PolicyKind::UpgradeRollout.limits().characters, 5_120);
}
