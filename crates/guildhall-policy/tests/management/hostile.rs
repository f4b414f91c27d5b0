//! Hostile documents and paths: an answer in bounded steps, whatever comes.

use guildhall_policy::json::{MAX_TEXT, ParseErrorKind};
use guildhall_policy::management::{Inherited, ManagementDocument, Node, PolicyKind, RefusalKind, TagPolicy};

#[test]
fn texts_that_no_policy_has() {
    let deep = |open: &str, n: usize| open.repeat(n);
    for text in [
        deep("{\"tags\":", 40_000),
        deep("[", 40_000),
        deep("{\"@@assign\":[", 20_000),
        format!("{{\"tags\":{{\"k\":{}1{}}}}}", "{\"a\":".repeat(50), "}".repeat(50)),
        "\"".repeat(40_000),
        format!("{{\"tags\":{{\"{}\":{{}}}}}}", "k".repeat(200_000)),
        format!("{{\"tags\":{{\"k\":{{\"tag_value\":{{\"@@assign\":[\"{}\"]}}}}}}}}", "*".repeat(1_000_000)),
        " ".repeat(MAX_TEXT + 1),
        "{\"tags\":{\"k\":{\"tag_key\":{\"@@assign\":1e999999999}}}}".to_owned(),
    ] {
        for kind in PolicyKind::ALL {
            assert!(ManagementDocument::parse(kind, &text).is_err(), "{kind}");
        }
    }
    let refusal = ManagementDocument::parse(PolicyKind::Tag, &deep("{\"tags\":", 40_000)).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Json(ParseErrorKind::TooDeep));
}

/// The longest lists and the widest sections that a text can hold, with all of it said twice.
#[test]
fn wide_documents_merge_in_about_linear_time() {
    let values: Vec<String> = (0..40_000).map(|n| format!("\"v{n}\"")).collect();
    let values = values.join(",");
    let list = format!(
        "{{\"tags\":{{\"k\":{{\"tag_value\":{{\"@@append\":[{values}],\"@@remove\":[{values}]}}}}}}}}"
    );
    let keys: Vec<String> = (0..40_000).map(|n| format!("\"k{n}\":{{}}")).collect();
    let wide = format!("{{\"tags\":{{{}}}}}", keys.join(","));
    let list = super::document(PolicyKind::Tag, &list);
    let wide = super::document(PolicyKind::Tag, &wide);
    let node = Node { id: "n", policies: &[("a", &list), ("b", &wide), ("c", &list)] };
    let mut inherited = Inherited::root(PolicyKind::Tag);
    for _ in 0..5 {
        inherited = inherited.below(&node);
    }
    let got = inherited.effective();
    assert_eq!(got.leaves.len(), 2 * 40_001);
    assert_eq!(got.errors.len(), 1, "too long, and no more");
    assert!(TagPolicy::parse(&got.document).is_err(), "too long to be read again, and refused as such");
}

#[test]
fn many_errors_stay_many() {
    let plans: Vec<String> = (0..2_000)
        .map(|n| {
            format!(
                "\"p{n}\":{{\"rules\":{{\"r\":{{\"start_backup_window_minutes\":{{\"@@assign\":60}}}}}}}}"
            )
        })
        .collect();
    let text = format!("{{\"plans\":{{{}}}}}", plans.join(","));
    let document = super::document(PolicyKind::Backup, &text);
    let node = Node { id: "r", policies: &[("p", &document)] };
    let got = Inherited::root(PolicyKind::Backup).below(&node).effective();
    assert_eq!(got.errors.len(), 3 * 2_000);
}

#[test]
fn every_prefix_of_a_document_is_refused() {
    let text = r#"{"tags":{"k":{"tag_key":{"@@assign":"K","@@operators_allowed_for_child_policies":["@@none"]},"tag_value":{"@@append":["é*",1,null]}}}}"#;
    super::document(PolicyKind::Tag, text);
    for (end, _) in text.char_indices() {
        let prefix: String = text
            .chars()
            .take_while({
                let mut at = 0;
                move |c| {
                    at += c.len_utf8();
                    at <= end
                }
            })
            .collect();
        assert!(ManagementDocument::parse(PolicyKind::Tag, &prefix).is_err(), "{prefix}");
    }
}

#[test]
fn patterns_are_matched_in_one_step() {
    let value = "a".repeat(100_000);
    let policy =
        TagPolicy::parse(r#"{"tags":{"k":{"tag_key":"k","tag_value":["a*b","*a*a*a*b"]}}}"#).unwrap();
    assert_eq!(policy.check("ec2:instance", [("k", value.as_str())]).len(), 1);
}

/// Documents with a byte changed, doubled or dropped here and there: never a panic, and what is admitted merges.
#[test]
fn damaged_documents() {
    let seeds = [
        (
            PolicyKind::Tag,
            r#"{"tags":{"Cost":{"tag_key":{"@@assign":"Cost"},"tag_value":{"@@append":["a*",12,null,"\u00e9"],"@@remove":["b"]},"enforced_for":{"@@assign":["ec2:ALL_SUPPORTED"]}}}}"#,
        ),
        (
            PolicyKind::Backup,
            r#"{"plans":{"p":{"regions":{"@@assign":["us-east-1"]},"rules":{"r":{"schedule_expression":{"@@assign":"cron(0 5 L-3W * ? 2030/2)"},"target_backup_vault_name":{"@@assign":"v"},"enable_continuous_backup":{"@@assign":true},"lifecycle":{"delete_after_days":{"@@assign":"35"}}}}}}}"#,
        ),
        (
            PolicyKind::Chatbot,
            r#"{"chatbot":{"platforms":{"microsoft_teams":{"tenants":{"12345678-1234-1234-1234-123456789abc":{"@@append":["*"],"@@operators_allowed_for_child_policies":["@@append"]}}}}}}"#,
        ),
        (
            PolicyKind::Bedrock,
            r#"{"bedrock":{"guardrail_inference":{"us-east-1":{"config_1":{"identifier":{"@@assign":"arn:aws:bedrock:us-east-1:123456789012:guardrail/abc:1"}}}}}}"#,
        ),
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % n as u64).unwrap()
    };
    let letters = br#"{}[]":,@*\01-# eE/ "#;
    let mut admitted = 0;
    for case in 0..20_000 {
        let (kind, seed) = seeds[case % seeds.len()];
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=dice(3) {
            let at = dice(bytes.len());
            match dice(3) {
                0 => bytes[at] = letters[dice(letters.len())],
                1 => bytes.insert(at, bytes[at]),
                _ => drop(bytes.remove(at)),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(document) = ManagementDocument::parse(kind, &text) {
            let node = Node { id: "n", policies: &[("p", &document), ("q", &document)] };
            let got = Inherited::root(kind).below(&node).below(&node).effective();
            assert!(TagPolicy::parse(&got.document).is_ok(), "{text}");
            admitted += 1;
        }
    }
    assert!(admitted > 100, "some damage is harmless: {admitted}");
}

/// A thousand policies on one path, each with keys of its own, a rule for the others and limits for those below.
#[test]
fn a_thousand_policies_on_a_path() {
    let documents: Vec<ManagementDocument> = (0..1_000_usize)
        .map(|n| {
            let own: Vec<String> = (0..20).map(|k| format!("\"k{n}-{k}\":{{}}")).collect();
            let own = own.join(",");
            super::document(
                PolicyKind::Tag,
                &format!(
                    "{{\"tags\":{{\"all\":{{\"tag_value\":{{\"@@append\":[\"v{n}\"],\"@@remove\":[\"v{}\"]}}}},\
                     \"k0-{}\":{{\"tag_value\":{{\"@@operators_allowed_for_child_policies\":[\"@@append\"]}}}},{own}}}}}",
                    n.saturating_sub(500),
                    n % 20 + 20,
                ),
            )
        })
        .collect();
    let mut inherited = Inherited::root(PolicyKind::Tag);
    for node in documents.chunks(100) {
        let policies: Vec<(&str, &ManagementDocument)> =
            node.iter().map(|document| ("p", document)).collect();
        inherited = inherited.below(&Node { id: "n", policies: &policies });
    }
    let got = inherited.effective();
    assert_eq!(got.errors.len(), 1, "too long, and no more");
    assert!(got.leaves.len() > 40_000);
}

/// A hundred policies at each of ten levels, with more rules and selections than any plan may have.
#[test]
fn a_thousand_backup_policies() {
    let of = |count: usize, said: &str| {
        (0..count).map(|n| format!("\"n{n}\":{{{said}}}")).collect::<Vec<_>>().join(",")
    };
    let rules = of(200, r#""target_backup_vault_name":{"@@assign":"v"}"#);
    let selections =
        of(200, r#""tag_key":{"@@assign":"k"},"tag_value":{"@@append":["a","b"],"@@remove":["b"]}"#);
    let document = super::document(
        PolicyKind::Backup,
        &format!(r#"{{"plans":{{"p":{{"rules":{{{rules}}},"selections":{{"tags":{{{selections}}}}}}}}}}}"#),
    );
    let policies = [("p", &document); 100];
    let mut inherited = Inherited::root(PolicyKind::Backup);
    for _ in 0..10 {
        inherited = inherited.below(&Node { id: "n", policies: &policies });
    }
    let got = inherited.effective();
    assert!(got.errors.iter().any(|error| error.message == "'rules' exceeds the allowed maximum limit 10"));
    assert!(got.errors.iter().all(|error| error.policies.len() <= 1), "each policy is named once");
}
