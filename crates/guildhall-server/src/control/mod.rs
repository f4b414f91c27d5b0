//! The control API (control-api.md): what AWS does not have, for tests and operators. JSON in and out; errors are
//! `{"error": {"code", "message"}}` with a 4xx status.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use guildhall_core::Refusal;
use guildhall_core::services::organizations;
use guildhall_engine::EngineError;
use guildhall_store::StoreError;
use guildhall_wire::json11;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::App;

mod accounts;
mod authorizations;
mod clock;
mod limits;
mod mail;
mod state;
mod stored;

pub(crate) use clock::{advance, advance_by, freeze};
pub(crate) use state::SNAPSHOTS;
pub(crate) use stored::{MailState, OutboxMail};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/_guildhall/accounts", get(accounts::list).post(accounts::register))
        .route("/_guildhall/accounts/{id}", get(accounts::show).patch(accounts::update))
        .route("/_guildhall/accounts/{id}/keys", post(accounts::create_key))
        .route("/_guildhall/accounts/{id}/sessions", post(accounts::create_session))
        .route("/_guildhall/accounts/{id}/users", post(accounts::create_user))
        .route("/_guildhall/accounts/{id}/verification", post(accounts::send_verification))
        .route("/_guildhall/authorizations/{id}", get(authorizations::show))
        .route("/_guildhall/clock", get(clock::show).post(clock::set))
        .route("/_guildhall/limits", get(limits::show).post(limits::set))
        .route("/_guildhall/mail", get(mail::list).delete(mail::clear))
        .route("/_guildhall/mail/retry", post(mail::retry_failed))
        .route("/_guildhall/mail/{id}", get(mail::show))
        .route("/_guildhall/mail/{id}/retry", post(mail::retry))
        .route("/_guildhall/reset", post(state::reset))
        .layer(axum::middleware::from_fn(wants_json))
        .route("/_guildhall/snapshot", get(state::snapshot).put(state::restore))
        .layer(axum::middleware::map_response(in_our_form))
}

/// Whether a request brings a snapshot.
pub(crate) fn is_restore(head: &Parts) -> bool {
    head.method == Method::PUT && head.uri.path() == "/_guildhall/snapshot"
}

/// Refuses bodies that do not say that they are JSON: what a form of any page can send is none.
async fn wants_json(request: Request, next: Next) -> Response {
    let json = |v: &HeaderValue| {
        let kind = v.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        kind.eq_ignore_ascii_case(b"application/json")
    };
    let empty = request.body().is_end_stream();
    if empty || request.headers().get(CONTENT_TYPE).is_some_and(json) {
        return next.run(request).await;
    }
    let message = "the body has to be JSON, with the header Content-Type: application/json";
    error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
}

/// What the framework refuses before we see it (a body that is too long, say), in the form of our errors.
async fn in_our_form(response: Response) -> Response {
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|v| v.as_bytes() == b"application/json");
    let status = response.status();
    if json || !status.is_client_error() {
        return response;
    }
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            error(status, "MethodNotAllowed", "this path does not know the method")
        }
        _ => error(status, "BadRequest", "the request cannot be read"),
    }
}

/// Why a call of the control API has no answer.
pub(crate) enum Error {
    /// The engine's.
    Engine(EngineError),
    /// The store's.
    Store(StoreError),
    /// The request's.
    Request(StatusCode, &'static str, String),
}

impl From<EngineError> for Error {
    fn from(e: EngineError) -> Self {
        Self::Engine(e)
    }
}

impl From<StoreError> for Error {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

/// A request that is wrong in a way that its sender can mend.
pub(crate) fn bad(message: impl Into<String>) -> Error {
    Error::Request(StatusCode::BAD_REQUEST, "BadRequest", message.into())
}

/// Something that is not there.
pub(crate) fn missing(message: impl Into<String>) -> Error {
    Error::Request(StatusCode::NOT_FOUND, "NotFound", message.into())
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Engine(EngineError::Refused(refusal)) => {
                // What is no refusal of ours is told in the words of Organizations, whose rules refuse it.
                let answer = match &refusal {
                    Refusal::Own(error) => error.answer(),
                    _ => organizations::errors::error_answer(&refusal),
                };
                let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST);
                error(status, answer.code.unwrap_or("BadRequest"), &answer.message)
            }
            Self::Engine(EngineError::Unavailable) => {
                error(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "the service is not available")
            }
            Self::Store(e) => {
                tracing::error!(error = %e, "the store failed");
                error(StatusCode::INTERNAL_SERVER_ERROR, "StoreError", &e.to_string())
            }
            Self::Request(status, code, message) => error(status, code, &message),
        }
    }
}

/// An error in the control API's form.
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    #[derive(Serialize)]
    struct Inner<'a> {
        code: &'a str,
        message: &'a str,
    }
    #[derive(Serialize)]
    struct Outer<'a> {
        error: Inner<'a>,
    }
    let mut response = json(&Outer { error: Inner { code, message } });
    *response.status_mut() = status;
    response
}

pub(crate) async fn not_found(request: Request) -> Response {
    let message = format!("there is nothing at {}", request.uri().path());
    error(StatusCode::NOT_FOUND, "NotFound", &message)
}

pub(crate) async fn method_not_allowed(request: Request) -> Response {
    let message = format!("{} does not know {}", request.uri().path(), request.method());
    error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", &message)
}

/// Entries of a list in one answer at most, and how many there are when the client does not say.
const PAGE_MAX: usize = 1_000;

/// Reads `limit`: how many entries an answer has at most.
fn page_limit(limit: Option<usize>) -> Result<usize, Error> {
    match limit {
        None => Ok(PAGE_MAX),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(bad(format!("limit: has to be a number from 1 to {PAGE_MAX}"))),
    }
}

/// Reads a body: one JSON object, without unknown or duplicate members.
fn decode<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error> {
    if body.is_empty() {
        return Err(bad("the body has to be a JSON object"));
    }
    json11::decode(body).map_err(|fault| {
        // Serde says which member is unknown and which there are; duplicates in what is not looked at it does not see.
        let what = serde_json::from_slice::<T>(body).err().map(|e| e.to_string().into());
        bad(what.or(fault.message).unwrap_or("the body has to be a JSON object".into()))
    })
}

/// A body that is JSON already.
fn raw_json(body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn json<T: Serialize>(value: &T) -> Response {
    raw_json(serde_json::to_vec(value).unwrap_or_default())
}

/// What the journal names for calls of the control API.
const ACTOR: &str = "control";
