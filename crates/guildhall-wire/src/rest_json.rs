//! The REST JSON envelope (Account Management): the operation is named by its path, an input is a body of JSON, a
//! fault's name stands in a header.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json11;
use crate::sigv4::{AuthError, claimed_service};

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/json";

/// The header that names a fault.
pub static ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Whether a request says that it is signed for `service`. Whether it is, the signature tells.
pub fn is_signed_for(headers: &HeaderMap, service: &str) -> bool {
    claimed_service(headers, None).as_deref() == Some(service)
}

/// Reads an input, as strictly as AWS JSON 1.1 does. A zero-byte body is `{}`.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    json11::decode(body).map_err(Fault::from)
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
pub struct Fault {
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

impl Fault {
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
impl From<json11::Fault> for Fault {
    fn from(fault: json11::Fault) -> Self {
        Self { status: fault.status, type_name: Some(fault.type_name), message: fault.message, field: None }
    }
}

/// Services of this protocol answer 403 to whom they do not let in.
impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        Self::front_door(StatusCode::FORBIDDEN, error.code(), Some(error.to_string().into()))
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use serde::Deserialize;

    use super::*;

    fn signed(authorization: &str) -> HeaderMap {
        [(AUTHORIZATION, authorization.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn the_service_is_read_off_the_scope() {
        let of = |scope: &str| {
            signed(&format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
        };
        assert!(is_signed_for(&of("K/20260101/us-east-1/account/aws4_request"), "account"));
        assert!(is_signed_for(
            &signed("AWS4-HMAC-SHA256 Credential=K/d/r/account/aws4_request,SignedHeaders=a,Signature=0"),
            "account"
        ));
        for other in [
            "K/20260101/us-east-1/organizations/aws4_request",
            "account/20260101/us-east-1/sts/aws4_request",
            "K/20260101/us-east-1/account",
            "K/20260101/us-east-1/account/aws4_request/more",
            "",
        ] {
            assert!(!is_signed_for(&of(other), "account"), "{other}");
        }
        assert!(!is_signed_for(&HeaderMap::new(), "account"));
        assert!(!is_signed_for(&signed("Bearer account"), "account"));
    }

    #[test]
    fn bodies() {
        let mut fault = Fault::front_door(StatusCode::FORBIDDEN, "X", None);
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
    fn inputs_are_read_strictly() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            account_id: Option<String>,
        }
        assert_eq!(decode::<Input>(b"").unwrap(), Input::default());
        let input = decode::<Input>(br#"{"AccountId":"1","Other":[]}"#).unwrap();
        assert_eq!(input.account_id.as_deref(), Some("1"));
        for bad in [&b"["[..], b"[]", b"\xff", br#"{"AccountId":1}"#, br#"{"AccountId":"1","AccountId":"1"}"#]
        {
            let fault = decode::<Input>(bad).unwrap_err();
            assert_eq!(fault.status, StatusCode::BAD_REQUEST);
            assert_eq!(fault.type_name.as_deref(), Some("SerializationException"));
        }
    }

    #[test]
    fn nobody_is_let_in_with_403() {
        for error in [AuthError::MissingToken, AuthError::Mismatch, AuthError::UnknownKey] {
            let fault = Fault::from(error.clone());
            assert_eq!(fault.status, StatusCode::FORBIDDEN);
            assert_eq!(fault.type_name.as_deref(), Some(error.code()));
        }
    }
}
