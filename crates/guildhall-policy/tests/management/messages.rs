//! What is said of documents that are refused: where, what stands there, and what would be right.

use guildhall_policy::json;
use guildhall_policy::management::{ManagementDocument, PolicyKind};

/// The type whose root key the text has, or that of tag policies.
fn kind(text: &str) -> PolicyKind {
    let value = json::parse(text).ok();
    let first = value.as_ref().and_then(|v| v.as_object()).and_then(|members| members.first());
    let named = first.and_then(|member| PolicyKind::ALL.into_iter().find(|kind| kind.root() == member.key));
    named.unwrap_or(PolicyKind::Tag)
}

#[test]
fn messages() {
    let lines: Vec<&str> =
        include_str!("messages.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 150, "{}", lines.len());
    for pair in lines.chunks(2) {
        let (text, want) = (pair[0], pair[1].trim());
        let refusal = ManagementDocument::parse(kind(text), text).expect_err(text);
        assert_eq!(refusal.to_string(), want, "{text}");
        // What stands at the place is what is said to be found there.
        let column = usize::try_from(refusal.at.column).unwrap();
        let there: String = text.chars().skip(column - 1).collect();
        if let Some(found) = refusal.found.split('`').nth(1).filter(|_| refusal.found.starts_with('`')) {
            assert!(there.trim_start_matches('"').starts_with(found), "{text}: {there}");
        }
    }
}
