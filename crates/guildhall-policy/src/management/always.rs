//! Whether documents can be merged into something that is not valid at all: told without merging them.

use super::document::{Document, Part};
use super::kind::Kind;
use super::schema::{Check, Section, Shape};
use super::tables;

/// Whether every merge of some of these documents is valid, wherever they are attached. `false` says nothing: then it
/// takes the merge. The cost grows with the documents, and not with the places that they are attached to.
pub fn always_valid(kind: Kind, documents: &[&Document]) -> bool {
    section(&tables::row(kind).root, documents)
}

fn section(rules: &Section, documents: &[&Document]) -> bool {
    let holds = |check: &Check| match check {
        // A merge writes out tag keys that a document leaves away, which makes `"a":{}` three times as long.
        Check::Longest(most) => documents.iter().map(|d| d.bytes()).sum::<usize>() <= most / 4,
        Check::Sharing { setting, most } => {
            documents.iter().map(|d| named(d.root(), setting)).sum::<usize>() <= *most
        }
        _ => false,
    };
    let shapes = rules.members.iter().map(|(_, shape)| shape).chain(rules.others.iter().map(|o| &o.shape));
    let below = |shape: &Shape| match shape {
        Shape::Section(below) => section(below, documents),
        Shape::Setting(setting) => setting.least == 0,
        Shape::Anything => true,
    };
    rules.checks.iter().all(holds) && shapes.into_iter().all(below)
}

/// How many places have this name, at any depth.
fn named(part: &Part, name: &str) -> usize {
    part.parts.iter().map(|(n, below)| usize::from(&**n == name) + named(below, name)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(kind: Kind, text: &str) -> Document {
        Document::parse(kind, text).unwrap()
    }

    #[test]
    fn small_tag_policies_are_and_many_required_tags_are_not() {
        let tag = |n: usize| {
            let text = format!(
                r#"{{"tags":{{"k{n}":{{"report_required_tag_for":{{"@@assign":["ec2:instance"]}}}}}}}}"#
            );
            document(Kind::Tag, &text)
        };
        let tags: Vec<Document> = (0..51).map(tag).collect();
        let tags: Vec<&Document> = tags.iter().collect();
        assert!(always_valid(Kind::Tag, &tags[..50]));
        assert!(!always_valid(Kind::Tag, &tags));
    }

    #[test]
    fn what_needs_more_than_it_says_may_fail() {
        let plan = document(Kind::Backup, r#"{"plans":{"p":{"regions":{"@@assign":["us-east-1"]}}}}"#);
        assert!(!always_valid(Kind::Backup, &[&plan]));
        let ai = document(Kind::AiServicesOptOut, r#"{"services":{}}"#);
        assert!(always_valid(Kind::AiServicesOptOut, &[&ai]));
    }
}
