//! Refusals that do not depend on what is asked for, in the form that whoever asks can read.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_wire::json11::Fault;
use guildhall_wire::query::QueryFault;
use guildhall_wire::rest_json;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{Either, Full};

use crate::control::{self, error};
use crate::intake::BodyFault;
use crate::{App, Body, account_api, api, pages};

/// How an answer has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// AWS JSON 1.1.
    Json11,
    /// AWS Query.
    Query,
    /// REST JSON.
    RestJson,
    /// A page of the console.
    Page,
    /// The control API, and all that is ours otherwise.
    Control,
}

impl Form {
    pub(crate) fn of(head: &Parts) -> Self {
        let (path, headers) = (head.uri.path(), &head.headers);
        let ours = |prefix: &str| path.starts_with(prefix);
        if api::is_api(head) {
            let query = !guildhall_wire::json11::is_named(headers) && api::is_query(headers, &head.uri);
            if query { Self::Query } else { Self::Json11 }
        } else if rest_json::is_signed_for(headers, account_api::SERVICE) {
            Self::RestJson
        } else if ours("/_guildhall/") || ours("/health/") || ours("/metrics") {
            Self::Control
        } else {
            Self::Page
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
    let id = app.request_ids.next();
    let whole = |response: Response<Bytes>| response.map(|body| Either::Left(Full::new(body)));
    match form {
        Form::Json11 => {
            let fault = Fault::front_door(status, aws, Some(message.into()));
            whole(api::respond(status, api::JSON, &id, fault.body().into()))
        }
        Form::Query => {
            let fault = QueryFault::new(status, aws.trim_end_matches("Exception"), message);
            whole(api::respond(status, api::XML, &id, fault.body(api::STS_NAMESPACE, &id).into()))
        }
        Form::RestJson => {
            let fault = rest_json::Fault::front_door(status, aws, Some(message.into()));
            whole(account_api::respond_fault(&id, fault))
        }
        Form::Page => pages::refuse(app, status, message).map(Either::Right),
        Form::Control => error(status, ours, message).map(Either::Right),
    }
}
