//! The Account Management API: REST JSON on its own paths, for requests that are signed for `account`.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use guildhall_core::services::account::{self, Route};
use guildhall_core::services::{Decode, organizations};
use guildhall_core::{Command, Reply};
use guildhall_engine::Fault as EngineFault;
use guildhall_wire::json11;
use guildhall_wire::rest_json::{self, Fault, Field};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::App;
use crate::api::{respond, run_signed};
use crate::auth::Refused;
use crate::metrics::Outcome;

/// The service's name in a signature's scope.
pub(crate) const SERVICE: &str = "account";

const JSON: HeaderValue = HeaderValue::from_static(rest_json::CONTENT_TYPE);

/// Request bodies as JSON, with every duplicate member refused.
struct Json;

impl Decode for Json {
    type Error = Fault;

    fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
        rest_json::decode(body)
    }
}

static TABLE: [Route<Json>; account::COUNT] = account::table();

/// Whether a request is for this API: signed for this service. What is posted to `/` never comes here.
pub(crate) fn is_api(head: &Parts) -> bool {
    rest_json::is_signed_for(&head.headers, SERVICE)
}

/// Answers a request for the operation that its path names.
pub(crate) async fn answer(app: &App, head: &Parts, body: &Bytes) -> Response<Bytes> {
    let started = Instant::now();
    let id = app.request_ids.next();
    let posted = head.method == Method::POST;
    let n = posted.then(|| account::find(&TABLE, head.uri.path())).flatten();
    let result = run(app, n, head, body, &id).await;
    let outcome = match &result {
        Ok(_) => Outcome::Ok,
        Err(fault) if fault.status.is_server_error() => Outcome::Failed,
        Err(_) => Outcome::Refused,
    };
    app.metrics.count(n.map(|n| organizations::COUNT.saturating_add(n)), outcome, started);
    match result {
        Ok(reply) => respond(StatusCode::OK, JSON, &id, reply.into()),
        Err(fault) => respond_fault(&id, fault),
    }
}

/// A fault in this API's form.
pub(crate) fn respond_fault(id: &str, fault: Fault) -> Response<Bytes> {
    let mut response = respond(fault.status, JSON, id, fault.body().into());
    if let Some(Ok(name)) = fault.type_name.map(|name| HeaderValue::from_str(&name)) {
        response.headers_mut().insert(&rest_json::ERROR_TYPE, name);
    }
    response
}

async fn run(app: &App, n: Option<usize>, head: &Parts, body: &Bytes, id: &str) -> Result<Reply, Fault> {
    let refused = |refused| match refused {
        Refused::Signature(e) => e.into(),
        Refused::Fault(fault) => wire_fault(fault),
    };
    let caller = app.authenticate(head, &[SERVICE], body).await.map_err(refused)?;
    let route = n.and_then(|n| TABLE.get(n)).ok_or_else(Fault::unknown_operation)?;
    let command: Arc<dyn Command> = (route.entry.parse)(body)?.into();
    run_signed(app, &caller, id, command).await.map_err(refused)
}

/// An engine's fault in this API's form.
fn wire_fault(fault: EngineFault) -> Fault {
    let answer = match fault {
        EngineFault::Refused(refusal) => account::errors::tell(&refusal),
        EngineFault::Unavailable => return json11::Fault::service_unavailable().into(),
    };
    Fault {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        type_name: answer.code.map(Into::into),
        message: Some(answer.message),
        field: answer.field.map(|f| Field { name: f.name, message: f.rule, reason: f.reason }),
    }
}

/// The names of all operations, for metrics: they are counted after those of Organizations.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|route| route.entry.name)
}
