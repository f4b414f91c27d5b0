//! Faults and their bodies (identity.md 1.4).

use std::borrow::Cow;

use http::StatusCode;

use super::write::Xml;
use crate::sigv4::AuthError;

/// An error answer of the Query protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFault {
    /// The HTTP status; from 500 on the fault is ours (`Receiver`), below it is the caller's (`Sender`).
    pub status: StatusCode,
    /// `Code`.
    pub code: Cow<'static, str>,
    /// `Message`; left out if empty.
    pub message: Cow<'static, str>,
}

impl QueryFault {
    /// Any error.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// The same error, with more behind its message.
    #[must_use]
    pub fn and(mut self, more: &str) -> Self {
        self.message.to_mut().push_str(more);
        self
    }

    pub(super) fn sender(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A fault of ours (identity.md 1.5).
    pub fn internal_failure() -> Self {
        let what = "The request processing has failed because of an unknown error, exception or failure.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", what)
    }

    /// The body: `ErrorResponse` in the namespace of a service.
    pub fn body(&self, namespace: &str, request_id: &str) -> String {
        const RESPONSE: &str = "ErrorResponse";
        let mut xml = Xml::new(RESPONSE, namespace);
        xml.start("Error");
        xml.leaf("Type", if self.status.is_server_error() { "Receiver" } else { "Sender" });
        xml.leaf("Code", &self.code);
        if !self.message.is_empty() {
            xml.leaf("Message", &self.message);
        }
        xml.end("Error");
        xml.leaf("RequestId", request_id);
        // Escaped text in fixed elements can always be written.
        xml.finish(RESPONSE).unwrap_or_default()
    }
}

impl From<AuthError> for QueryFault {
    fn from(error: AuthError) -> Self {
        let message = match &error {
            AuthError::MissingToken => Cow::Borrowed("Request is missing Authentication Token"),
            other => other.to_string().into(),
        };
        Self::new(error.query_status(), error.query_code(), message)
    }
}
