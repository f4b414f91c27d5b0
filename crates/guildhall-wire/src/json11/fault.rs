//! Faults and their bodies.

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use crate::sigv4::AuthError;

/// How the text of a fault is spelled (accounts.md section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKey {
    /// `Message`: an exception of the service's model.
    Modeled,
    /// `message`: an error from before the service is reached.
    FrontDoor,
}

/// An error answer of the JSON protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json11Fault {
    /// The HTTP status.
    pub status: StatusCode,
    /// The bare shape name, `__type`.
    pub type_name: Cow<'static, str>,
    /// The text; left out if none.
    pub message: Option<Cow<'static, str>>,
    /// `Reason`; left out if none.
    pub reason: Option<Cow<'static, str>>,
    /// How the text is spelled.
    pub message_key: MessageKey,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "__type")]
    type_name: &'a str,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    modeled: Option<&'a str>,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    front_door: Option<&'a str>,
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl Json11Fault {
    /// An exception of the service's model, `Message` with a capital: 500 for `ServiceException`, else 400.
    pub fn modeled(
        type_name: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        reason: Option<Cow<'static, str>>,
    ) -> Self {
        let type_name = type_name.into();
        let status = match &*type_name {
            "ServiceException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, type_name, message: Some(message.into()), reason, message_key: MessageKey::Modeled }
    }

    /// An error from before the service is reached, `message` in lower case.
    pub fn front_door(
        status: StatusCode,
        type_name: &'static str,
        message: Option<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            type_name: type_name.into(),
            message,
            reason: None,
            message_key: MessageKey::FrontDoor,
        }
    }

    /// No `X-Amz-Target`, or one that names no operation.
    pub fn unknown_operation() -> Self {
        let what = "The operation is unknown: X-Amz-Target has to be AWSOrganizationsV20161128 and the name of an \
                    operation of AWS Organizations, such as AWSOrganizationsV20161128.DescribeOrganization, and the \
                    method POST.";
        Self::front_door(StatusCode::BAD_REQUEST, "UnknownOperationException", Some(what.into()))
    }

    /// A body that does not read as the operation's input.
    pub fn serialization(text: impl Into<Cow<'static, str>>) -> Self {
        Self::front_door(StatusCode::BAD_REQUEST, "SerializationException", Some(text.into()))
    }

    /// A request that is not the HTTP we speak.
    pub fn malformed_http_request() -> Self {
        Self::front_door(StatusCode::BAD_REQUEST, "MalformedHttpRequestException", None)
    }

    /// A request that took too long to arrive.
    pub fn request_timeout() -> Self {
        Self::front_door(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", None)
    }

    /// A body beyond the limit.
    pub fn request_entity_too_large() -> Self {
        Self::front_door(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", None)
    }

    /// A fault of ours.
    pub fn internal_failure() -> Self {
        Self::front_door(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", None)
    }

    /// Not now.
    pub fn service_unavailable() -> Self {
        Self::front_door(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", None)
    }

    /// The body: `__type`, then the text, then `Reason`.
    pub fn body(&self) -> Vec<u8> {
        let message = self.message.as_deref();
        let (modeled, front_door) = match self.message_key {
            MessageKey::Modeled => (message, None),
            MessageKey::FrontDoor => (None, message),
        };
        let body = Body { type_name: &self.type_name, modeled, front_door, reason: self.reason.as_deref() };
        // Strings under fixed names always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl From<AuthError> for Json11Fault {
    fn from(error: AuthError) -> Self {
        Self::front_door(error.status(), error.code(), Some(error.to_string().into()))
    }
}
