//! Whether documents can be merged into something that is not valid at all: told without merging them.

use super::document::{ManagementDocument, Part, Value};
use super::kind::PolicyKind;
use super::schema::{Check, Section, Shape};
use super::tables;

/// Whether every merge of some of these documents is valid, wherever they are attached. `false` says nothing: then it
/// takes the merge. The cost grows with the documents, and not with the places that they are attached to.
pub fn always_valid(kind: PolicyKind, documents: &[&ManagementDocument]) -> bool {
    let said = documents.iter().map(|d| said(d.root())).sum();
    section(&tables::row(kind).root, documents, said)
}

fn section(rules: &Section, documents: &[&ManagementDocument], said: usize) -> bool {
    let holds = |check: &Check| match check {
        // A merge writes out what tag policies leave away, which makes `"a":{},` more than five times as long.
        Check::Longest(most) => documents.iter().map(|d| d.bytes()).sum::<usize>() <= most / 6,
        Check::Sharing { setting, most } => {
            documents.iter().map(|d| named(d.root(), setting)).sum::<usize>() <= *most
        }
        Check::AtMost(most) | Check::AtMostBelow(most) => said <= *most,
        Check::Filled(_) | Check::DependentInDocument(_) => true,
        Check::Complete(_) | Check::Dependent(_) | Check::Needs { .. } | Check::Leads { .. } => false,
    };
    let shapes = (rules.members.iter().map(|(_, shape)| shape))
        .chain(rules.earlier.iter().map(|(_, shape, _)| shape))
        .chain(rules.others.iter().map(|o| &o.shape));
    let below = |shape: &Shape| match shape {
        Shape::Section(below) => section(below, documents, said),
        Shape::Setting(setting) => setting.least == 0 && said <= setting.most,
        Shape::Anything => true,
    };
    rules.checks.iter().all(holds) && shapes.into_iter().all(below)
}

/// How many places have this name, at any depth.
fn named(part: &Part, name: &str) -> usize {
    part.parts.iter().map(|(n, below)| usize::from(&**n == name) + named(below, name)).sum()
}

/// How many names and values there are: no list and no section of a merge has more.
fn said(part: &Part) -> usize {
    let assigned = match &part.assign {
        Some(Value::List(values)) => values.len(),
        _ => 0,
    };
    let appended = part.append.as_ref().map_or(0, Vec::len);
    assigned + appended + part.parts.values().map(|below| 1 + said(below)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::merge::{Node, merge};
    use super::*;

    fn document(kind: PolicyKind, text: &str) -> ManagementDocument {
        ManagementDocument::parse(kind, text).unwrap()
    }

    #[test]
    fn small_tag_policies_are_and_many_required_tags_are_not() {
        let tag = |n: usize| {
            let text = format!(
                r#"{{"tags":{{"k{n}":{{"report_required_tag_for":{{"@@assign":["ec2:instance"]}}}}}}}}"#
            );
            document(PolicyKind::Tag, &text)
        };
        let tags: Vec<ManagementDocument> = (0..51).map(tag).collect();
        let tags: Vec<&ManagementDocument> = tags.iter().collect();
        assert!(always_valid(PolicyKind::Tag, &tags[..50]));
        assert!(!always_valid(PolicyKind::Tag, &tags));
    }

    /// Keys without anything grow most: each comes with its spelling and a list of values.
    #[test]
    fn short_keys_that_grow_long() {
        let key = |n: u32| char::from_u32(0x4e00 + n).unwrap();
        let policy = |n: u32| {
            let keys: Vec<String> = (0..1_000).map(|k| format!("\"{}\":{{}}", key(n * 1_000 + k))).collect();
            document(PolicyKind::Tag, &format!("{{\"tags\":{{{}}}}}", keys.join(",")))
        };
        let policies: Vec<ManagementDocument> = (0..12).map(policy).collect();
        for many in 0..=policies.len() {
            let documents: Vec<&ManagementDocument> = policies.iter().take(many).collect();
            let attached: Vec<(&str, &ManagementDocument)> = documents.iter().map(|d| ("p", *d)).collect();
            let got = merge(PolicyKind::Tag, &[Node { id: "r", policies: &attached }]);
            let valid = got.errors.is_empty();
            assert!(
                valid || !always_valid(PolicyKind::Tag, &documents),
                "{many}: {} bytes",
                got.document.len()
            );
            assert_eq!(valid, got.document.len() <= 395_000);
        }
        assert!(always_valid(PolicyKind::Tag, &policies.iter().take(5).collect::<Vec<_>>()));
    }

    #[test]
    fn what_needs_more_than_it_says_may_fail() {
        let plan = document(PolicyKind::Backup, r#"{"plans":{"p":{"regions":{"@@assign":["us-east-1"]}}}}"#);
        assert!(!always_valid(PolicyKind::Backup, &[&plan]));
        let ai = document(PolicyKind::AiServicesOptOut, r#"{"services":{}}"#);
        assert!(always_valid(PolicyKind::AiServicesOptOut, &[&ai]));
    }

    #[test]
    fn few_workspaces_are_and_many_are_not() {
        let workspaces = |n: usize| {
            let ids: Vec<String> = (0..n).map(|n| format!("\"T{n}\"")).collect();
            let list = format!("{{\"@@append\":[{}]}}", ids.join(","));
            let text = format!("{{\"chatbot\":{{\"platforms\":{{\"slack\":{{\"workspaces\":{list}}}}}}}}}");
            document(PolicyKind::Chatbot, &text)
        };
        let (few, many) = (workspaces(12), workspaces(36));
        assert!(always_valid(PolicyKind::Chatbot, &[&few, &few]));
        assert!(!always_valid(PolicyKind::Chatbot, &[&few, &many]));
    }
}
