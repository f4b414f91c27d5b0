//! The AWS API: every request for a service goes this way, whatever its protocol. Its operation is found, its signature
//! checked for that service, a token taken, its input read, and its command run (accounts.md 1).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::services::{self, Protocol};
use guildhall_core::{Command, Refusal, Reply};
use guildhall_engine::Fault as EngineFault;
use guildhall_wire::query::Call;
use guildhall_wire::{json11, rest_json};
use http::request::Parts;
use http::{Response, StatusCode};

use crate::App;
use crate::auth::{Caller, Refused};
use crate::envelope::{Aws, Envelope, Fault, SERVICES, Service, content_type, respond};
use crate::identify;
use crate::metrics::Outcome;

/// Answers a request for a service, by its place in the table.
pub(crate) async fn answer(app: &App, place: usize, head: &Parts, body: &Bytes) -> Response<Bytes> {
    let started = Instant::now();
    let id = app.request_ids.next();
    let Some(service) = SERVICES.get(place) else { return unknown(app) };
    let mut operation = None;
    let result = run(app, service, &mut operation, head, body, &id).await;
    let outcome = match &result {
        Ok(_) => Outcome::Ok,
        Err(fault) if fault.status().is_server_error() => Outcome::Failed,
        Err(_) => Outcome::Refused,
    };
    app.metrics.count(operation.map(|operation| (place, operation)), outcome, started);
    match result {
        Ok(reply) => respond(StatusCode::OK, content_type(service.protocol), &id, reply.into()),
        Err(fault) => fault.response(&id),
    }
}

/// Answers a request that names no operation of a service that is here.
pub(crate) fn unknown(app: &App) -> Response<Bytes> {
    let started = Instant::now();
    app.metrics.count(None, Outcome::Refused, started);
    Fault::Json11(json11::Fault::unknown_operation()).response(&app.request_ids.next())
}

async fn run(
    app: &App,
    service: &'static Service,
    operation: &mut Option<usize>,
    head: &Parts,
    body: &Bytes,
    id: &str,
) -> Result<Reply, Fault> {
    let refused = |refused| match refused {
        Refused::Signature(e) => Fault::signature(service.protocol, e),
        Refused::Fault(EngineFault::Refused(refusal)) => Fault::refusal(service, &refusal),
        Refused::Fault(EngineFault::Unavailable) => Fault::unavailable(service.protocol),
    };
    let mut input: &[u8] = body;
    *operation = match service.protocol {
        Protocol::Json11 { .. } => {
            let found = identify::operation(service, head);
            Some(found.ok_or_else(|| Fault::Json11(json11::Fault::unknown_operation()))?)
        }
        // An unknown path is told to whom is let in.
        Protocol::RestJson => identify::operation(service, head),
        Protocol::Query { namespace } => {
            let call =
                Call::parse(&head.method, head.uri.query(), body).map_err(|e| Fault::Query(namespace, e))?;
            input = call.form();
            Some(service.find(&call.action).ok_or_else(|| Fault::Query(namespace, call.unknown()))?)
        }
    };
    let caller = app.authenticate(head, service.name, body).await.map_err(refused)?;
    let entry = operation.and_then(|operation| service.operations.get(operation));
    let entry = entry.ok_or_else(|| Fault::RestJson(rest_json::Fault::unknown_operation()))?;
    app.take_token(caller.account, service, entry.name).await.map_err(|e| refused(Refused::Fault(e)))?;
    let envelope = Envelope::of(service.protocol, entry, id);
    let command = (entry.read)(service.name, input, envelope);
    let command = command.map_err(|e| Fault::no_input(service.protocol, e))?;
    run_signed(app, &caller, id, command.into()).await.map_err(refused)
}

/// Runs a command for the account that signed. A lab account comes into being by its first request.
async fn run_signed(
    app: &App,
    Caller { account, origin }: &Caller,
    id: &str,
    command: Arc<dyn Command>,
) -> Result<Reply, Refused> {
    match app.engine.run_from(*account, origin, id, Arc::clone(&command)).await {
        Err(EngineFault::Refused(Refusal::UnknownCaller(_))) => {
            app.register_lab_account(*account).await?;
            app.engine.run_from(*account, origin, id, command).await.map_err(Refused::Fault)
        }
        answer => answer.map_err(Refused::Fault),
    }
}

/// Runs an operation of Organizations for an account that somebody else has let in: the console. It is not throttled, and
/// it comes from nowhere.
pub(crate) async fn call(
    app: &App,
    caller: AccountId,
    operation: &str,
    input: &serde_json::Value,
) -> Result<Reply, EngineFault> {
    let found = services::find::<Aws>(services::organizations::NAME, operation);
    let (service, entry) = found.ok_or(EngineFault::Unavailable)?;
    let command = (entry.read)(service.name, input.to_string().as_bytes(), Envelope::Json);
    let command = command.map_err(|_| EngineFault::Unavailable)?;
    app.engine.run(caller, &app.request_ids.next(), command.into()).await
}
