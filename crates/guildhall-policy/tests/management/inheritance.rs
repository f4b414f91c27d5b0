//! How policies merge, and who set what: policies.md 4.1 to 4.3 and 5.2, observed.md 32 to 40.

use std::sync::Arc;

use guildhall_policy::management::{Effective, ErrorCode, Inherited, LeafValue, Node, PolicyKind, Source};

use super::{document, effective, least};

/// A policy that says this about the values of the tag `k`.
fn values(said: &str) -> String {
    format!("{{\"tags\":{{\"k\":{{\"tag_value\":{{{said}}}}}}}}}")
}

/// The values of the tag `k`, for nodes with policies that speak of them.
fn merged(levels: &[&[&str]]) -> String {
    let texts: Vec<Vec<String>> =
        levels.iter().map(|node| node.iter().map(|said| values(said)).collect()).collect();
    let policies: Vec<Vec<(&str, &str)>> =
        texts.iter().map(|node| node.iter().map(|text| ("p", text.as_str())).collect()).collect();
    let path: Vec<(&str, &[(&str, &str)])> = policies.iter().map(|node| ("n", node.as_slice())).collect();
    let got = effective(PolicyKind::Tag, &path);
    let list = got.document.split("\"tag_value\":").nth(1).unwrap();
    list.trim_end_matches('}').to_owned()
}

#[test]
fn phases() {
    for (name, levels, want) in [
        (
            "the first of the peers that assigns wins",
            &[&[r#""@@assign":["a"]"#, r#""@@assign":["b"]"#][..]][..],
            "a",
        ),
        (
            "a peer without an assignment does not count",
            &[&[r#""@@append":["a"]"#, r#""@@assign":["b"]"#]],
            "b a",
        ),
        ("remove comes last", &[&[r#""@@remove":["a"]"#, r#""@@append":["a","b"]"#]], "b"),
        (
            "one setting, three operators",
            &[&[r#""@@assign":["a","b"],"@@append":["c"],"@@remove":["a"]"#]],
            "b c",
        ),
        ("all peers append, in order", &[&[r#""@@append":["b"]"#, r#""@@append":["a","b"]"#]], "b a"),
        ("twice is once", &[&[r#""@@assign":["a","b","a"]"#], &[r#""@@append":["b","c","c"]"#]], "a b c"),
        ("assigning replaces", &[&[r#""@@assign":["a"]"#], &[r#""@@assign":["b"]"#]], "b"),
        ("removing from nothing leaves it unset", &[&[r#""@@remove":["a"]"#]], "*"),
        ("removing all leaves nothing", &[&[r#""@@assign":["a"]"#], &[r#""@@remove":["a"]"#]], ""),
        (
            "removed, and then added",
            &[&[r#""@@assign":["a"]"#], &[r#""@@remove":["a"]"#], &[r#""@@append":["b"]"#]],
            "b",
        ),
        (
            "added again it is last",
            &[&[r#""@@assign":["a","b"]"#], &[r#""@@remove":["a"]"#], &[r#""@@append":["a"]"#]],
            "b a",
        ),
        ("what is inherited is not lost to nothing", &[&[r#""@@assign":["a"]"#], &[], &[""]], "a"),
    ] {
        let want: Vec<String> = want.split_whitespace().map(|value| format!("\"{value}\"")).collect();
        assert_eq!(merged(levels), format!("[{}]", want.join(",")), "{name}");
    }
}

#[test]
fn controls_of_settings() {
    const NONE: &str = r#""@@operators_allowed_for_child_policies":["@@none"]"#;
    let locked = |control: &str| {
        format!("\"@@assign\":[\"a\"],\"@@operators_allowed_for_child_policies\":[{control}]")
    };
    let all = r#""@@assign":["b"],"@@append":["c"],"@@remove":["a"]"#;
    for (control, want) in [
        (r#""@@none""#, r#"["a"]"#),
        (r#""@@all""#, r#"["b","c"]"#),
        (r#""@@assign""#, r#"["b"]"#),
        (r#""@@append""#, r#"["a","c"]"#),
        (r#""@@remove""#, "[]"),
        (r#""@@append","@@remove""#, r#"["c"]"#),
        (r#""@@all","@@assign""#, r#"["b","c"]"#),
    ] {
        assert_eq!(merged(&[&[&locked(control)], &[all]]), want, "{control}");
    }
    let append = locked(r#""@@append""#);
    assert_eq!(
        merged(&[&[&append], &[r#""@@operators_allowed_for_child_policies":["@@all"]"#], &[all]]),
        r#"["a","c"]"#,
        "no lower node unlocks"
    );
    assert_eq!(
        merged(&[&[&append, r#""@@operators_allowed_for_child_policies":["@@remove","@@append"]"#], &[all]]),
        r#"["a","c"]"#,
        "controls of peers intersect"
    );
    assert_eq!(
        merged(&[&[&append, r#""@@operators_allowed_for_child_policies":["@@remove"]"#], &[all]]),
        r#"["a"]"#,
        "and may leave nothing"
    );
    let own = format!("{NONE},\"@@assign\":[\"a\"]");
    assert_eq!(
        merged(&[&[&own, r#""@@append":["b"]"#]]),
        r#"["a","b"]"#,
        "a control does not bind its own node"
    );
    assert_eq!(merged(&[&[NONE], &[all]]), r#"["*"]"#, "what is locked before it is set is never set");
}

#[test]
fn controls_of_sections() {
    let root = |control: &str| {
        format!(
            "{{\"tags\":{{\"@@operators_allowed_for_child_policies\":[{control}],\"a\":{{\"tag_value\":{{\"@@assign\":[\"x\"]}}}}}}}}"
        )
    };
    let account =
        r#"{"tags":{"a":{"tag_value":{"@@append":["y"]},"enforced_for":{"@@assign":["sqs:queue"]}},"b":{}}}"#;
    let a = r#""a":{"enforced_for":["sqs:queue"],"tag_key":"a","tag_value":["x","y"]}"#;
    let b = r#","b":{"tag_key":"b","tag_value":["*"]}"#;
    for (control, lets_in) in [
        (r#""@@none""#, false),
        (r#""@@remove""#, false),
        (r#""@@append""#, true),
        (r#""@@assign""#, true),
        (r#""@@all""#, true),
    ] {
        let got = effective(PolicyKind::Tag, &[("r", &[("p", &root(control))]), ("1", &[("q", account)])]);
        let want = format!("{{\"tags\":{{{a}{}}}}}", if lets_in { b } else { "" });
        assert_eq!(&*got.document, want, "{control}: what is there is not locked, new names may be");
        let peers = effective(PolicyKind::Tag, &[("r", &[("p", &root(control)), ("q", account)])]);
        assert_eq!(&*peers.document, format!("{{\"tags\":{{{a}{b}}}}}"), "{control}: peers are not bound");
    }
    let entry = r#"{"tags":{"a":{"@@operators_allowed_for_child_policies":["@@none"],"tag_value":{"@@assign":["x"]}}}}"#;
    let got = effective(PolicyKind::Tag, &[("r", &[("p", entry)]), ("1", &[("q", account)])]);
    let want =
        r#"{"tags":{"a":{"tag_key":"a","tag_value":["x","y"]},"b":{"tag_key":"b","tag_value":["*"]}}}"#;
    assert_eq!(&*got.document, want, "in the entry nothing new, beside it all");
    let ai = effective(
        PolicyKind::AiServicesOptOut,
        &[
            (
                "r",
                &[(
                    "p",
                    r#"{"services":{"@@operators_allowed_for_child_policies":["@@none"],"default":{"opt_out_policy":{"@@assign":"optOut"}}}}"#,
                )],
            ),
            (
                "1",
                &[(
                    "q",
                    r#"{"services":{"default":{"opt_out_policy":{"@@assign":"optIn"}},"lex":{"opt_out_policy":{"@@assign":"optIn"}}}}"#,
                )],
            ),
        ],
    );
    assert_eq!(&*ai.document, r#"{"services":{"default":{"opt_out_policy":"optIn"}}}"#);
}

#[test]
fn chat_names_fold_and_empty_sections_vanish() {
    let got = effective(
        PolicyKind::Chatbot,
        &[(
            "r",
            &[
                (
                    "p",
                    r#"{"chatbot":{"Platforms":{"SLACK":{"overrides":{"T0123":{"Supported_Channel_Types":{"@@Append":["public"]}}}}}}}"#,
                ),
                (
                    "q",
                    r#"{"chatbot":{"platforms":{"slack":{"workspaces":{"@@assign":["T0123"]},"overrides":{"T0123":{"supported_channel_types":{"@@append":["private"]}},"T9":{}},"default":{}},"chime":{}}}}"#,
                ),
            ],
        )],
    );
    assert_eq!(
        &*got.document,
        r#"{"chatbot":{"platforms":{"slack":{"overrides":{"t0123":{"supported_channel_types":["public","private"]}},"workspaces":["T0123"]}}}}"#
    );
    assert_eq!(got.errors, []);
    for kind in PolicyKind::ALL {
        let empty = least(kind);
        assert_eq!(&*effective(kind, &[("r", &[("p", &empty)])]).document, "{}", "{kind}");
        assert_eq!(&*effective(kind, &[]).document, "{}", "{kind}");
    }
}

#[test]
fn values_are_written_as_json() {
    let text = r#"{"tags":{"a\"b\\":{"tag_value":{"@@assign":["ü\u0001\n","\ud83d\ude00",1.50,1e3]}}}}"#;
    let got = effective(PolicyKind::Tag, &[("r", &[("p", text)])]);
    assert_eq!(
        &*got.document,
        "{\"tags\":{\"a\\\"b\\\\\":{\"tag_key\":\"a\\\"b\\\\\",\"tag_value\":[\"ü\\u0001\\n\",\"😀\",\"1.50\",\"1e3\"]}}}"
    );
}

fn source(node: &str, policy: &str) -> Source {
    Source { node: node.into(), policy: policy.into() }
}

/// Path, value and who set it, for every leaf.
fn said(effective: &Effective) -> Vec<String> {
    let by = |by: &Source| format!("{}@{}", by.policy, by.node);
    effective
        .leaves
        .iter()
        .map(|leaf| {
            let value = match &leaf.value {
                LeafValue::One(text) => text.to_string(),
                LeafValue::List(values) => values
                    .iter()
                    .map(|(v, who)| format!("{v}:{}", who.as_ref().map_or("-".to_owned(), by)))
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            format!("{leaf} = {value} | {}", leaf.set_by.iter().map(by).collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn who_set_what() {
    let got = effective(
        PolicyKind::Tag,
        &[
            (
                "r-1",
                &[
                    (
                        "p-a",
                        r#"{"tags":{"k":{"tag_key":{"@@assign":"K"},"tag_value":{"@@assign":["a","b"]}}}}"#,
                    ),
                    (
                        "p-b",
                        r#"{"tags":{"k":{"tag_key":{"@@assign":"k"},"tag_value":{"@@assign":["z"],"@@append":["b","c"]}},"j":{}}}"#,
                    ),
                ],
            ),
            ("ou-1", &[("p-c", r#"{"tags":{"K":{"tag_value":{"@@remove":["a"],"@@append":["d"]}}}}"#)]),
            ("ou-2", &[("p-d", r#"{"tags":{"k":{"tag_value":{"@@append":["b"],"@@remove":["q"]}}}}"#)]),
            ("1", &[("p-c", r#"{"tags":{"k":{"tag_value":{"@@append":["e"]}}}}"#)]),
        ],
    );
    assert_eq!(
        said(&got),
        [
            "tags/j/tag_key = j | ",
            "tags/j/tag_value = *:- | ",
            "tags/k/tag_key = K | p-a@r-1",
            "tags/k/tag_value = b:p-a@r-1 c:p-b@r-1 d:p-c@ou-1 e:p-c@1 | p-a@r-1 p-b@r-1 p-c@ou-1 p-c@ou-1 p-c@1",
        ],
        "what changed nothing is not named; ou-1 added and took away"
    );
    let replaced = effective(
        PolicyKind::Tag,
        &[
            ("r", &[("p-a", &values(r#""@@assign":["a"]"#)), ("p-b", &values(r#""@@append":["b"]"#))]),
            ("1", &[("p-c", &values(r#""@@assign":["c"]"#))]),
        ],
    );
    assert_eq!(
        said(&replaced)[1],
        "tags/k/tag_value = c:p-c@1 | p-c@1",
        "an assignment ends what was before"
    );
    let emptied = effective(
        PolicyKind::Tag,
        &[
            ("r", &[("p-a", &values(r#""@@assign":["a"]"#))]),
            ("1", &[("p-b", &values(r#""@@remove":["a"]"#))]),
        ],
    );
    assert_eq!(emptied.leaves[1].value, LeafValue::List(Vec::new()));
    assert_eq!(emptied.leaves[1].set_by, [source("r", "p-a"), source("1", "p-b")]);
}

#[test]
fn one_state_for_each_unit() {
    let root = document(PolicyKind::Tag, &values(r#""@@assign":["a"]"#));
    let more = document(PolicyKind::Tag, &values(r#""@@append":["b"]"#));
    let other = document(
        PolicyKind::S3,
        r#"{"s3_attributes":{"public_access_block_configuration":{"@@assign":"all"}}}"#,
    );
    let start = Inherited::root(PolicyKind::Tag);
    assert_eq!(&*start.effective().document, "{}");
    let unit = start.below(&Node { id: "r", policies: &[("p", &root)] });
    let account = unit.below(&Node { id: "1", policies: &[] });
    assert!(Arc::ptr_eq(&unit.effective(), &account.effective()), "a node without policies costs nothing");
    let foreign = unit.below(&Node { id: "1", policies: &[("q", &other)] });
    assert!(Arc::ptr_eq(&unit.effective(), &foreign.effective()), "another type does not count");
    let own = unit.below(&Node { id: "2", policies: &[("q", &more)] });
    assert_eq!(&*own.effective().document, r#"{"tags":{"k":{"tag_key":"k","tag_value":["a","b"]}}}"#);
    assert_eq!(&*unit.effective().document, r#"{"tags":{"k":{"tag_key":"k","tag_value":["a"]}}}"#);
    assert_eq!(own.kind(), PolicyKind::Tag);
}

#[test]
fn an_invalid_merge_keeps_what_was() {
    let good = r#"{"securityhub":{"enable_in_regions":{"@@assign":["us-east-1"]},"disable_in_regions":{"@@assign":[]}}}"#;
    let half = r#"{"securityhub":{"enable_in_regions":{"@@assign":["eu-west-1"]}}}"#;
    let nothing: Arc<str> = "{}".into();
    let first = effective(PolicyKind::SecurityHub, &[("r", &[("p", half)])]);
    let codes: Vec<(ErrorCode, &str, &str)> =
        first.errors.iter().map(|e| (e.code, e.message.as_str(), e.path.as_str())).collect();
    assert_eq!(codes, [(ErrorCode::KeyRequired, "'disable_in_regions' is missing", "securityhub")]);
    assert_eq!(first.published(&nothing), nothing, "never valid: nothing");
    let valid = effective(PolicyKind::SecurityHub, &[("r", &[("p", good)])]);
    let published = valid.published(&nothing);
    assert_eq!(published, valid.document);
    assert_eq!(first.published(&published), published, "the last valid one stays");
    let child = effective(PolicyKind::SecurityHub, &[("r", &[("p", good)]), ("1", &[("q", half)])]);
    assert_eq!(child.errors, [], "a lower policy may carry one list only");
    assert_eq!(
        &*child.published(&published),
        r#"{"securityhub":{"disable_in_regions":[],"enable_in_regions":["eu-west-1"]}}"#
    );
}

#[test]
fn required_keys_of_the_other_types() {
    for (kind, text, want) in [
        (
            PolicyKind::Inspector,
            r#"{"inspector":{"enablement":{"lambda_standard_scanning":{"lambda_code_scanning":{"disable_in_regions":{"@@assign":[]}}}}}}"#,
            "inspector/enablement/lambda_standard_scanning: 'enable_in_regions' is missing; \
             inspector/enablement/lambda_standard_scanning/lambda_code_scanning: 'enable_in_regions' is missing",
        ),
        (
            PolicyKind::Bedrock,
            r#"{"bedrock":{"guardrail_inference":{"us-east-1":{"config_1":{"model_enforcement":{"included_models":{"@@assign":["ALL"]}}}}}}}"#,
            "bedrock/guardrail_inference/us-east-1/config_1: 'identifier' is missing; \
             bedrock/guardrail_inference/us-east-1/config_1/model_enforcement: 'excluded_models' is missing",
        ),
        (
            PolicyKind::NetworkSecurityDirector,
            r#"{"network_security_director":{"enablement":{"network_security_scan":{"disable_in_regions":{"@@append":["us-east-1"]}}}}}"#,
            "network_security_director/enablement/network_security_scan: 'enable_in_regions' is missing",
        ),
    ] {
        let got = effective(kind, &[("r", &[("p", text)])]);
        let errors: Vec<String> = got.errors.iter().map(|e| format!("{}: {}", e.path, e.message)).collect();
        assert_eq!(errors.join("; "), want);
    }
}

#[test]
fn tags_required_of_one_type_by_several_policies() {
    let rules = |range: std::ops::Range<u32>| {
        let rule = r#"{"report_required_tag_for":{"@@assign":["ec2:instance"]}}"#;
        let rules: Vec<String> = range.map(|n| format!("\"owned-{n}\":{rule}")).collect();
        format!("{{\"tags\":{{{}}}}}", rules.join(","))
    };
    let fifty =
        effective(PolicyKind::Tag, &[("r", &[("p-a", &rules(0..30))]), ("1", &[("p-b", &rules(20..50))])]);
    assert_eq!(fifty.errors, []);
    let value = r#"{"tags":{"owned-0":{"tag_value":{"@@assign":["x"]}}}}"#;
    let got = effective(
        PolicyKind::Tag,
        &[("r", &[("p-a", &rules(0..30)), ("p-c", value)]), ("1", &[("p-b", &rules(30..55))])],
    );
    assert_eq!(got.errors.len(), 1);
    let error = &got.errors[0];
    assert_eq!((error.code, error.path.as_str()), (ErrorCode::ElementsTooMany, "tags"));
    assert_eq!(error.code.to_string(), "ELEMENTS_TOO_MANY");
    assert_eq!(
        error.message,
        "Resource type 'ec2:instance' has 55 tags for 'report_required_tag_for', which exceeds the maximum limit of \
         50. Contributing tag keys include: owned-0, owned-1, owned-10, owned-11, owned-12 and 50 more"
    );
    let policies: Vec<&str> = error.policies.iter().map(|p| &**p).collect();
    assert_eq!(policies, ["p-a", "p-b"], "not who set other values");
}

#[test]
fn a_document_that_grew_too_long() {
    let policy = |n: usize| {
        let values: Vec<String> = (0..900).map(|v| format!("\"v{n}-{v}\"")).collect();
        values_of(&format!("t{n}"), &values.join(","))
    };
    let texts: Vec<String> = (0..60).map(policy).collect();
    let attached: Vec<(&str, &str)> = texts.iter().map(|text| ("p", text.as_str())).collect();
    let got = effective(PolicyKind::Tag, &[("r", &attached)]);
    assert!(got.document.len() > 395_000);
    let errors: Vec<(&str, &str)> =
        got.errors.iter().map(|e| (e.path.as_str(), e.message.as_str())).collect();
    let message = format!(
        "Effective policy size is {} bytes, which exceeds the maximum limit of 395000 bytes",
        got.document.len()
    );
    assert_eq!(errors, [("tags", message.as_str())]);
    assert!(got.errors[0].policies.is_empty(), "recorded so");
    assert_eq!(effective(PolicyKind::Tag, &[("r", &attached[..40])]).errors, []);

    // As recorded: nine thousand keys of five digits, and nothing said of them.
    let keys = |range: std::ops::Range<u32>| {
        let keys: Vec<String> = range.map(|n| format!("\"{n:05}\":{{}}")).collect();
        format!("{{\"tags\":{{{}}}}}", keys.join(","))
    };
    let texts: Vec<String> = (0..10).map(|n| keys(n * 900..(n + 1) * 900)).collect();
    let attached: Vec<(&str, &str)> = texts.iter().map(|text| ("p", text.as_str())).collect();
    let got = effective(PolicyKind::Tag, &[("1", &attached)]);
    assert_eq!(
        got.errors[0].message,
        "Effective policy size is 414010 bytes, which exceeds the maximum limit of 395000 bytes"
    );
    let wide = format!("{{\"tags\":{{\"k\":{{\"tag_value\":{{\"@@assign\":[{}]}}}}}}}}", {
        let values: Vec<String> = (0..2_000).map(|n| format!("\"{}{n}\"", "é".repeat(100))).collect();
        values.join(",")
    });
    let got = effective(PolicyKind::Tag, &[("1", &[("p", &wide)])]);
    assert!(got.document.chars().count() < 395_000 && got.document.len() > 395_000);
    assert_eq!(got.errors.len(), 1, "bytes count, not characters");
}

fn values_of(key: &str, values: &str) -> String {
    format!("{{\"tags\":{{\"{key}\":{{\"tag_value\":{{\"@@assign\":[{values}]}}}}}}}}")
}
