//! Roles as clients get them.

use std::fmt::Write;

use serde::Serialize;

use crate::services::Empty;
use crate::state::account::AccountRecord;
use crate::state::iam::Role;

/// A role. Which members it has depends on the operation (identity.md 3.5).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleShape {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_session_duration: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_last_used: Option<Empty>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagShape {
    key: String,
    value: String,
}

/// An answer that is a role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleAnswer {
    pub(super) role: RoleShape,
}

/// The ARN of a role, of one that is to be, too.
pub(super) fn arn(account: &AccountRecord, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:role{path}{name}", account.partition.wire(), account.id)
}

impl RoleShape {
    /// The members that every answer has, with this document.
    pub(super) fn of(role: &Role, account: &AccountRecord, document: &str) -> Self {
        let tags = role.tags.0.iter().map(|(key, value)| TagShape { key: key.clone(), value: value.clone() });
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.to_string(),
            arn: arn(account, &role.path, &role.name),
            create_date: role.created.iso8601(),
            assume_role_policy_document: encoded(document),
            description: None,
            max_session_duration: None,
            tags: tags.collect(),
            role_last_used: None,
        }
    }
}

/// A document as answers have it: every byte but the unreserved ones percent-encoded (identity.md 1.3).
fn encoded(document: &str) -> String {
    let mut text = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_to_the_byte() {
        assert_eq!(
            encoded("{\"a b\": \"*/:é~-_.%3A+\"}"),
            "%7B%22a%20b%22%3A%20%22%2A%2F%3A%C3%A9~-_.%253A%2B%22%7D"
        );
    }
}
