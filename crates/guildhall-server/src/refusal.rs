//! Refusals that do not depend on what is asked for, in the form that whoever asks can read.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_core::services::Protocol;
use guildhall_wire::json11::is_named;
use guildhall_wire::query;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{Either, Full};

use crate::control::{self, error};
use crate::envelope::{ApiFault, SERVICES};
use crate::identify::{Recipient, identify, is_api, is_query};
use crate::intake::BodyFault;
use crate::{App, Body, console};

/// How an answer has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A protocol of AWS.
    Api(Protocol),
    /// A page of the console.
    Page,
    /// The control API, and all that is ours otherwise.
    Control,
}

impl Form {
    pub(crate) fn of(head: &Parts) -> Self {
        let ours = |prefix: &str| head.uri.path().starts_with(prefix);
        match identify(head) {
            Recipient::Service(place) => SERVICES.get(place).map_or(Self::Control, |s| Self::Api(s.protocol)),
            Recipient::Unknown | Recipient::Elsewhere(_) if is_api(head) => {
                let query = !is_named(&head.headers) && is_query(&head.headers, &head.uri);
                Self::Api(if query {
                    Protocol::Query { version: "", namespace: query::FAULT_NAMESPACE }
                } else {
                    Protocol::Json11 { prefix: "" }
                })
            }
            _ if ours("/_guildhall/") || ours("/health/") || ours("/metrics") => Self::Control,
            _ => Self::Page,
        }
    }
}

/// What a refusal says.
struct Words {
    status: StatusCode,
    /// For the metrics.
    kind: &'static str,
    /// For the AWS APIs.
    aws: &'static str,
    /// For the control API.
    ours: &'static str,
    message: &'static str,
}

impl Words {
    fn of(fault: BodyFault) -> Self {
        let (status, kind, aws, ours, message) = match fault {
            BodyFault::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_long",
                "RequestEntityTooLargeException",
                "BodyTooLong",
                "the body is longer than 1 MiB",
            ),
            BodyFault::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "body_slow",
                "RequestTimeoutException",
                "BodyTooSlow",
                "the body took too long to arrive",
            ),
            BodyFault::Broken => (
                StatusCode::BAD_REQUEST,
                "body_broken",
                "MalformedHttpRequestException",
                "BadRequest",
                "the body broke off, or is not what its headers say",
            ),
            BodyFault::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "body_no_room",
                "ServiceUnavailable",
                "Unavailable",
                "too many long bodies are under way; try again",
            ),
        };
        Self { status, kind, aws, ours, message }
    }
}

impl From<BodyFault> for control::Error {
    fn from(fault: BodyFault) -> Self {
        let Words { status, ours, message, .. } = Words::of(fault);
        Self::Request(status, ours, message.to_owned())
    }
}

/// The answer to a request whose body was not read.
pub(crate) fn body(app: &Arc<App>, form: Form, fault: BodyFault) -> Response<Body> {
    refuse(app, form, &Words::of(fault))
}

/// The answer to a request on a connection that has no place.
pub(crate) fn full(app: &Arc<App>, form: Form) -> Response<Body> {
    let words = Words {
        status: StatusCode::SERVICE_UNAVAILABLE,
        kind: "no_place",
        aws: "ServiceUnavailable",
        ours: "Unavailable",
        message: "the server has more connections than it can serve; try again",
    };
    refuse(app, form, &words)
}

fn refuse(app: &Arc<App>, form: Form, words: &Words) -> Response<Body> {
    let Words { status, kind, aws, ours, message } = *words;
    app.metrics.refused(kind);
    let whole = |response: Response<Bytes>| response.map(|body| Either::Left(Full::new(body)));
    match form {
        Form::Api(protocol) => {
            whole(ApiFault::front_door(protocol, status, aws, message).response(&app.request_ids.next()))
        }
        Form::Page => console::refuse(app, status, message).map(Either::Right),
        Form::Control => error(status, ours, message).map(Either::Right),
    }
}
