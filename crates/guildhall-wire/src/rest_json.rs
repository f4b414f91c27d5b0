//! The REST JSON envelope (Account Management): the operation is named by its path, an input is a body of JSON, a
//! fault's name stands in a header.

use std::borrow::Cow;

use http::{HeaderName, StatusCode};
use serde::Serialize;

use crate::json11;
use crate::sigv4::AuthError;

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/json";

/// The header that names a fault.
pub static ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// The operation that a path names: `/listRegions` is ListRegions.
pub fn operation(path: &str) -> Option<String> {
    let name = path.strip_prefix('/')?;
    let first = name.chars().next().filter(char::is_ascii_lowercase)?;
    Some(first.to_ascii_uppercase().to_string() + name.get(1..)?)
}

/// A member that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The member.
    pub name: &'static str,
    /// What is wrong with it.
    pub message: Cow<'static, str>,
    /// What `reason` says.
    #[serde(skip)]
    pub reason: &'static str,
}

/// An error answer of the REST JSON protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestJsonFault {
    /// The HTTP status.
    pub status: StatusCode,
    /// The bare shape name, for the header; a few refusals have none.
    pub type_name: Option<Cow<'static, str>>,
    /// The text; left out if none.
    pub message: Option<Cow<'static, str>>,
    /// The member that is wrong, told as `reason` and `fieldList`.
    pub field: Option<Field>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field_list: Option<[&'a Field; 1]>,
}

impl RestJsonFault {
    /// An error from before the service is reached.
    pub fn front_door(
        status: StatusCode,
        type_name: &'static str,
        message: Option<Cow<'static, str>>,
    ) -> Self {
        Self { status, type_name: Some(type_name.into()), message, field: None }
    }

    /// There is nothing at a path.
    pub fn unknown_operation() -> Self {
        let text = "There is no operation of this service at this path.";
        Self::front_door(StatusCode::NOT_FOUND, "UnknownOperationException", Some(text.into()))
    }

    /// The body: the text, and the member that is wrong.
    pub fn body(&self) -> Vec<u8> {
        let field = self.field.as_ref();
        let body = Body {
            message: self.message.as_deref(),
            reason: field.map(|field| field.reason),
            field_list: field.map(|field| [field]),
        };
        // Strings under fixed names always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// What stands before the service is the same for all JSON protocols.
impl From<json11::Json11Fault> for RestJsonFault {
    fn from(fault: json11::Json11Fault) -> Self {
        Self { status: fault.status, type_name: Some(fault.type_name), message: fault.message, field: None }
    }
}

/// Services of this protocol answer 403 to whom they do not let in.
impl From<AuthError> for RestJsonFault {
    fn from(error: AuthError) -> Self {
        Self::front_door(StatusCode::FORBIDDEN, error.code(), Some(error.to_string().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_by_paths() {
        assert_eq!(operation("/listRegions").as_deref(), Some("ListRegions"));
        for other in ["", "/", "/ListRegions", "listRegions", "/1", "/äx"] {
            assert_eq!(operation(other), None, "{other}");
        }
        assert_eq!(operation("/listRegions/").as_deref(), Some("ListRegions/"), "no operation has this name");
    }

    #[test]
    fn bodies() {
        let mut fault = RestJsonFault::front_door(StatusCode::FORBIDDEN, "X", None);
        assert_eq!(fault.body(), b"{}");
        fault.message = Some("no \"way\"".into());
        assert_eq!(fault.body(), br#"{"message":"no \"way\""}"#);
        fault.field = Some(Field { name: "City", message: "is odd".into(), reason: "fieldValidationFailed" });
        assert_eq!(
            String::from_utf8(fault.body()).unwrap(),
            r#"{"message":"no \"way\"","reason":"fieldValidationFailed","fieldList":[{"name":"City","message":"is odd"}]}"#
        );
    }

    #[test]
    fn nobody_is_let_in_with_403() {
        for error in [AuthError::MissingToken, AuthError::Mismatch, AuthError::UnknownKey] {
            let fault = RestJsonFault::from(error.clone());
            assert_eq!(fault.status, StatusCode::FORBIDDEN);
            assert_eq!(fault.type_name.as_deref(), Some(error.code()));
        }
    }
}
