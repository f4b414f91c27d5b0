//! What several operations answer.

use std::fmt::Write;

use serde::Serialize;

use crate::state::tag::Tags;

/// A tag.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagShape {
    key: String,
    value: String,
}

/// Tags, in the order of their keys.
pub(super) fn tags(tags: &Tags) -> Vec<TagShape> {
    tags.0.iter().map(|(key, value)| TagShape { key: key.clone(), value: value.clone() }).collect()
}

/// A permissions boundary.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BoundaryShape {
    // Not what the model's enum says (identity.md 3.5).
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

/// A boundary, if there is one.
pub(super) fn boundary(arn: Option<&str>) -> Option<BoundaryShape> {
    arn.map(|arn| BoundaryShape {
        permissions_boundary_type: "Policy",
        permissions_boundary_arn: arn.to_owned(),
    })
}

/// A document as answers have it: every byte but the unreserved ones percent-encoded (identity.md 1.3).
pub(super) fn encoded(document: &str) -> String {
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
