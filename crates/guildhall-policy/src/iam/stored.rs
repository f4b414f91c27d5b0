//! What is stored of a document (policies.md 1.6).

use super::document::{Document, DocumentKind};
use super::error::DocumentError;
use super::trust;
use crate::json::{self, JsonKind, Value, escape};

/// Judges a document, as [`Document::parse`] does, and says how Organizations stores it: SCPs (and IAM's documents) as they were sent; RCPs and the
/// organization's resource policy compactly, with Version and with Statement as a list, and the latter with accounts
/// written as the ARN of their root.
///
/// # Errors
///
/// As [`Document::parse`].
pub fn stored_form(kind: DocumentKind, text: &str) -> Result<String, DocumentError> {
    stored_form_in("aws", kind, text)
}

/// The same in another partition, such as `aws-cn`, which stands in the ARNs of accounts.
///
/// # Errors
///
/// As [`Document::parse`].
pub fn stored_form_in(partition: &str, kind: DocumentKind, text: &str) -> Result<String, DocumentError> {
    Document::parse(kind, text)?;
    if !matches!(kind, DocumentKind::ResourceControl | DocumentKind::Organization) {
        return Ok(text.to_owned());
    }
    let mut value = json::parse(text).map_err(|e| DocumentError::json(kind, e))?;
    let JsonKind::Object(members) = &mut value.kind else { return Ok(text.to_owned()) };
    if let Some(statement) = members.iter_mut().find(|m| m.key == "Statement")
        && !matches!(statement.value.kind, JsonKind::Array(_))
    {
        let one = statement.value.clone();
        statement.value.kind = JsonKind::Array(vec![one]);
    }
    if kind == DocumentKind::Organization {
        let mut root = |principal: &str| trust::root_of(partition, principal);
        members.iter_mut().filter(|m| m.key == "Statement").for_each(|m| principals(&mut m.value, &mut root));
    }
    let compact = value.to_string();
    Ok(match (value.get("Version"), compact.strip_prefix('{')) {
        (None, Some(rest)) => format!("{{\"Version\":{},{rest}", escape("2008-10-17")),
        _ => compact,
    })
}

/// The document of an organization's resource policy with other names for some of its principals: users and roles are kept
/// by their ids, and shown by their ARNs.
#[must_use]
pub fn with_principals(text: &str, mut named: impl FnMut(&str) -> Option<String>) -> String {
    let Ok(mut value) = json::parse(text) else { return text.to_owned() };
    if let Some(statements) = member(&mut value, "Statement") {
        principals(statements, &mut named);
    }
    value.to_string()
}

/// Writes each principal of these statements that stands under `AWS` as `named` has it.
fn principals(statements: &mut Value, named: &mut impl FnMut(&str) -> Option<String>) {
    let JsonKind::Array(statements) = &mut statements.kind else { return };
    for statement in statements {
        let principals = member(statement, "Principal").and_then(|p| member(p, "AWS"));
        match principals.map(|p| &mut p.kind) {
            Some(JsonKind::Array(entries)) => entries.iter_mut().for_each(|e| principal(&mut e.kind, named)),
            Some(kind) => principal(kind, named),
            None => {}
        }
    }
}

fn member<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let JsonKind::Object(members) = &mut value.kind else { return None };
    members.iter_mut().find(|m| m.key == key).map(|m| &mut m.value)
}

fn principal(kind: &mut JsonKind, named: &mut impl FnMut(&str) -> Option<String>) {
    if let JsonKind::String(text) = kind
        && let Some(other) = named(text)
    {
        *text = other;
    }
}
