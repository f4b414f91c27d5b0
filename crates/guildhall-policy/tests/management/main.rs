//! Management policies: what is admitted, how it merges, what is wrong with what came out, and what tags comply.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod admission;
mod backup;
mod compliance;
mod earlier;
mod guide;
mod hostile;
mod inheritance;
mod messages;
mod naive;
mod vectors;

use std::sync::Arc;

use guildhall_policy::management::{Effective, ManagementDocument, Node, PolicyKind, merge};

/// A document that has to be right.
fn document(kind: PolicyKind, text: &str) -> ManagementDocument {
    ManagementDocument::parse(kind, text).unwrap_or_else(|refusal| panic!("{kind}: {text}\n{refusal}"))
}

/// What a document of the type needs below its root key: of GuardDuty's it is a block, as AWS's guide says.
fn needed(kind: PolicyKind) -> &'static str {
    if kind == PolicyKind::GuardDuty { r#""enablement":{"default":{}}"# } else { "" }
}

/// The least document of the type.
fn least(kind: PolicyKind) -> String {
    format!("{{\"{}\":{{{}}}}}", kind.root(), needed(kind))
}

/// The effective document of a path: for each node its id, and its policies by id and text.
fn effective(kind: PolicyKind, path: &[(&str, &[(&str, &str)])]) -> Arc<Effective> {
    let documents: Vec<Vec<(&str, ManagementDocument)>> = path
        .iter()
        .map(|(_, policies)| policies.iter().map(|(id, text)| (*id, document(kind, text))).collect())
        .collect();
    let attached: Vec<Vec<(&str, &ManagementDocument)>> =
        documents.iter().map(|node| node.iter().map(|(id, document)| (*id, document)).collect()).collect();
    let nodes: Vec<Node<'_>> =
        path.iter().zip(&attached).map(|((id, _), policies)| Node { id, policies }).collect();
    merge(kind, &nodes)
}
