//! The AWS API on `POST /`: AWS JSON 1.1 by `X-Amz-Target`, AWS Query by `Action` (accounts.md 1).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use guildhall_core::Command;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::refusal::{ErrorAnswer, Refusal};
use guildhall_core::services::{self, Decode, Entry, organizations};
use guildhall_engine::Fault;
use guildhall_wire::json11;
use guildhall_wire::query::{self, QueryFault, WriteError};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};

use crate::App;
use crate::auth::{Caller, Refused};
use crate::metrics::Outcome;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static(json11::CONTENT_TYPE);
pub(crate) const XML: HeaderValue = HeaderValue::from_static(query::CONTENT_TYPE);
/// The XML namespace of STS.
pub(crate) const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Request bodies as JSON, with every duplicate member refused.
struct Json;

impl Decode for Json {
    type Error = json11::Fault;

    fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, json11::Fault> {
        json11::decode(body)
    }
}

static TABLE: [Entry<Json>; organizations::COUNT] = organizations::table();

/// Whether a request is for the AWS API: anything that is posted to `/`, and presigned requests.
pub(crate) fn is_api(head: &Parts) -> bool {
    let presigned = || head.uri.query().is_some_and(|q| q.contains("X-Amz-"));
    head.uri.path() == "/" && (head.method == Method::POST || presigned())
}

/// Answers a request for the AWS API.
pub(crate) async fn answer(app: &App, head: &Parts, body: &Bytes) -> Response<Bytes> {
    let started = Instant::now();
    let id = app.request_ids.next();
    if json11::is_named(&head.headers) || !is_query(&head.headers, &head.uri) {
        json(app, head, body, started, &id).await
    } else {
        sts(app, head, body, started, &id).await
    }
}

/// Whether a request is in the form of AWS Query.
pub(crate) fn is_query(headers: &HeaderMap, uri: &Uri) -> bool {
    let form = headers
        .get(CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    form || uri.query().is_some_and(|q| q.contains("Action="))
}

async fn json(app: &App, head: &Parts, body: &Bytes, started: Instant, id: &str) -> Response<Bytes> {
    // Only by POST: of a GET a browser does not say which page it comes from.
    let name = json11::operation(&head.headers).filter(|_| head.method == Method::POST);
    let Some(n) = name.and_then(|name| services::find(&TABLE, name)) else {
        return json_fault(app, None, started, id, &json11::Fault::unknown_operation());
    };
    match run(app, n, head, body, id).await {
        Ok(reply) => {
            app.metrics.count(Some(n), Outcome::Ok, started);
            respond(StatusCode::OK, JSON, id, reply.into())
        }
        Err(fault) => json_fault(app, Some(n), started, id, &fault),
    }
}

async fn run(
    app: &App,
    n: usize,
    head: &Parts,
    body: &Bytes,
    id: &str,
) -> Result<guildhall_core::Reply, json11::Fault> {
    let refused = |refused| match refused {
        Refused::Signature(e) => e.into(),
        Refused::Fault(fault) => wire_fault(fault),
    };
    let caller = app.authenticate(head, &["organizations"], body).await.map_err(refused)?;
    let entry = TABLE.get(n).ok_or_else(json11::Fault::internal_failure)?;
    app.take_token(caller.account, entry.name).await.map_err(wire_fault)?;
    run_signed(app, &caller, id, (entry.parse)(body)?.into()).await.map_err(refused)
}

/// Runs a command for the account that signed. A lab account comes into being by its first request.
pub(crate) async fn run_signed(
    app: &App,
    Caller { account, origin }: &Caller,
    id: &str,
    command: Arc<dyn Command>,
) -> Result<guildhall_core::Reply, Refused> {
    match app.engine.run_from(*account, origin, id, Arc::clone(&command)).await {
        Err(Fault::Refused(Refusal::UnknownCaller(_))) => {
            app.register_lab_account(*account).await?;
            app.engine.run_from(*account, origin, id, command).await.map_err(Refused::Fault)
        }
        answer => answer.map_err(Refused::Fault),
    }
}

/// Runs an operation for an account that somebody else has let in: the console. It is not throttled, and it comes
/// from nowhere.
pub(crate) async fn call(
    app: &App,
    caller: AccountId,
    operation: &str,
    input: &serde_json::Value,
) -> Result<guildhall_core::Reply, Fault> {
    let entry = services::find(&TABLE, operation).and_then(|n| TABLE.get(n)).ok_or(Fault::Unavailable)?;
    let command = (entry.parse)(input.to_string().as_bytes()).map_err(|_| Fault::Unavailable)?;
    app.engine.run(caller, &app.request_ids.next(), command.into()).await
}

/// An engine's fault in AWS's form.
fn wire_fault(fault: Fault) -> json11::Fault {
    match fault {
        Fault::Refused(refusal) => {
            let ErrorAnswer { code, message, reason, .. } = organizations::errors::tell(&refusal);
            code.map_or_else(json11::Fault::internal_failure, |code| {
                json11::Fault::modeled(code, message, reason)
            })
        }
        Fault::Unavailable => json11::Fault::service_unavailable(),
    }
}

fn json_fault(
    app: &App,
    operation: Option<usize>,
    started: Instant,
    id: &str,
    fault: &json11::Fault,
) -> Response<Bytes> {
    let outcome = if fault.status.is_server_error() { Outcome::Failed } else { Outcome::Refused };
    app.metrics.count(operation, outcome, started);
    respond(fault.status, JSON, id, fault.body().into())
}

/// STS knows one operation: every tool asks it first who it is.
async fn sts(app: &App, head: &Parts, body: &Bytes, started: Instant, id: &str) -> Response<Bytes> {
    let written = caller_identity(app, head, body)
        .await
        .and_then(|identity| identity.body(id).map_err(|_| QueryFault::internal_failure()));
    match written {
        Ok(body) => {
            app.metrics.count(None, Outcome::Ok, started);
            respond(StatusCode::OK, XML, id, body.into())
        }
        Err(fault) => {
            app.metrics.count(None, Outcome::Refused, started);
            respond(fault.status, XML, id, fault.body(STS_NAMESPACE, id).into())
        }
    }
}

/// What GetCallerIdentity answers.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    arn: String,
    user_id: String,
    account: String,
}

impl CallerIdentity {
    const ACTION: &str = "GetCallerIdentity";

    fn body(&self, request_id: &str) -> Result<String, WriteError> {
        query::Envelope { action: Self::ACTION, namespace: STS_NAMESPACE, request_id }.body(self)
    }
}

async fn caller_identity(app: &App, head: &Parts, body: &Bytes) -> Result<CallerIdentity, QueryFault> {
    let call = query::Call::parse(&head.method, head.uri.query(), body)?;
    if call.action != CallerIdentity::ACTION {
        return Err(call.unknown());
    }
    let account = match app.authenticate(head, &["sts"], body).await {
        Ok(caller) => caller.account,
        Err(Refused::Signature(e)) => return Err(e.into()),
        Err(Refused::Fault(_)) => return Err(unavailable()),
    };
    let partition = match app.partition(account).await {
        Ok(partition) => partition.wire(),
        Err(Refused::Signature(e)) => return Err(e.into()),
        Err(Refused::Fault(_)) => return Err(unavailable()),
    };
    let account = account.to_string();
    Ok(CallerIdentity {
        arn: format!("arn:{partition}:iam::{account}:root"),
        user_id: account.clone(),
        account,
    })
}

fn unavailable() -> QueryFault {
    let (status, what) = (StatusCode::SERVICE_UNAVAILABLE, "The service is not available.");
    QueryFault::new(status, "ServiceUnavailable", what)
}

pub(crate) fn respond(
    status: StatusCode,
    content_type: HeaderValue,
    id: &str,
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The names of all operations, for metrics.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|e| e.name)
}
