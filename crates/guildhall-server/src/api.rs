//! The front door of every request: who answers it, and the way of those for a service of AWS, whatever its protocol. Its
//! operation is found, its signature checked for that service, a token taken, its input read, and its command run
//! (accounts.md 1).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::services::iam::toolbox::Denied;
use guildhall_core::services::{self, Protocol};
use guildhall_core::{Command, Refusal, Reply};
use guildhall_engine::EngineError;
use guildhall_wire::json11::Json11Fault;
use guildhall_wire::query::QueryCall;
use guildhall_wire::rest_json::RestJsonFault;
use guildhall_wire::sigv4::AuthError;
use http::header::{CACHE_CONTROL, CONNECTION, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use tower::ServiceExt;

use crate::auth::{Refused, Signer};
use crate::envelope::{ApiFault, Aws, Envelope, SERVICES, Service, content_type, respond};
use crate::identify::{self, Recipient, identify};
use crate::metrics::RequestOutcome;
use crate::{App, Body, Server, control, elsewhere, guard, refusal, toolbox};

/// Business time, on every answer.
const NOW: HeaderName = HeaderName::from_static("x-guildhall-now");

/// For browsers, on every answer that does not say otherwise: they keep nothing of it, take it for nothing else, and
/// let no other site's page have it.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

impl Server {
    /// Answers one request whose body has not been read yet. Never fails: whatever is wrong is an answer.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let (head, body) = request.into_parts();
        let mut response = self.respond(head, body).await;
        let headers = response.headers_mut();
        headers.insert(NOW, self.app.now_header());
        for (name, value) in ALWAYS {
            headers.entry(name).or_insert(value);
        }
        response
    }

    async fn respond<B>(&self, mut head: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let app = &self.app;
        let whole = |response: Response<Bytes>| response.map(|body| Either::Left(Full::new(body)));
        if !guard::settle_host(&mut head) {
            let what = "a request has one Host";
            return control::error(StatusCode::BAD_REQUEST, "BadRequest", what).map(Either::Right);
        }
        let recipient = identify(&head);
        if let Err(foreign) = guard::check(app.settings.lab, recipient != Recipient::Ours, &head) {
            app.metrics.refused("foreign");
            return control::error(StatusCode::FORBIDDEN, "Forbidden", foreign.message()).map(Either::Right);
        }
        if let Recipient::Elsewhere(service) = recipient {
            return whole(elsewhere::answer(app, &service, &head));
        }
        if control::is_restore(&head) {
            // A snapshot may be longer than memory: its body is not read here.
            return Box::pin(self.route(Request::from_parts(head, axum::body::Body::new(body)))).await;
        }
        let body = match app.intake.read(&head, body).await {
            Ok(body) => body,
            Err(fault) => return refusal::body(app, refusal::Form::of(&head), fault),
        };
        match recipient {
            Recipient::Service(place) => whole(answer_service(app, place, &head, &body.bytes).await),
            Recipient::Toolbox => whole(toolbox::answer(app, &head, &body.bytes).await),
            Recipient::Unknown | Recipient::Elsewhere(_) => whole(unknown(app)),
            // Boxed, so that the future of an API request does not carry this one's size.
            Recipient::Ours => {
                Box::pin(self.route(Request::from_parts(head, body.bytes.clone().into()))).await
            }
        }
    }

    /// Answers what has to be answered always, and nothing else: health.
    pub(crate) async fn answer_health<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let mut response = if request.uri().path().starts_with("/health/") {
            self.answer(request).await
        } else {
            refusal::full(&self.app, refusal::Form::of(&request.into_parts().0))
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }

    async fn route(&self, request: axum::extract::Request) -> Response<Body> {
        match self.router.clone().oneshot(request).await {
            Ok(response) => response.map(Either::Right),
            Err(never) => match never {},
        }
    }
}

/// Answers a request for a service, by its place in the table.
async fn answer_service(app: &App, place: usize, head: &Parts, body: &Bytes) -> Response<Bytes> {
    let started = Instant::now();
    let id = app.request_ids.next();
    let Some(service) = SERVICES.get(place) else { return unknown(app) };
    let mut operation = None;
    let result = run(app, service, &mut operation, head, body, &id).await;
    let outcome = match &result {
        Ok(_) => RequestOutcome::Ok,
        Err(fault) if fault.status().is_server_error() => RequestOutcome::Failed,
        Err(_) => RequestOutcome::Refused,
    };
    app.metrics.count(operation.map(|operation| (place, operation)), outcome, started);
    match result {
        Ok(reply) => respond(StatusCode::OK, content_type(service.protocol), &id, reply.into()),
        Err(fault) => fault.response(&id),
    }
}

/// Answers a request that names no operation of a service that is here.
fn unknown(app: &App) -> Response<Bytes> {
    let started = Instant::now();
    app.metrics.count(None, RequestOutcome::Refused, started);
    ApiFault::Json11(Json11Fault::unknown_operation()).response(&app.request_ids.next())
}

async fn run(
    app: &App,
    service: &'static Service,
    operation: &mut Option<usize>,
    head: &Parts,
    body: &Bytes,
    id: &str,
) -> Result<Reply, ApiFault> {
    let refused = |refused| match refused {
        Refused::Signature(e) => ApiFault::signature(service.protocol, e),
        // Whose credentials they are is seen in the same look as everything else.
        Refused::Engine(EngineError::Refused(Refusal::UnknownPrincipal)) => {
            ApiFault::signature(service.protocol, AuthError::UnknownKey)
        }
        Refused::Engine(EngineError::Refused(Refusal::ExpiredSession)) => {
            ApiFault::signature(service.protocol, AuthError::ExpiredToken)
        }
        Refused::Engine(EngineError::Refused(refusal)) => ApiFault::refusal(service, &refusal),
        Refused::Engine(EngineError::Unavailable) => ApiFault::unavailable(service.protocol),
    };
    let mut input: &[u8] = body;
    *operation = match service.protocol {
        Protocol::Json11 { .. } => {
            let found = identify::operation(service, head);
            Some(found.ok_or_else(|| ApiFault::Json11(Json11Fault::unknown_operation()))?)
        }
        // An unknown path is told to whom is let in.
        Protocol::RestJson => identify::operation(service, head),
        Protocol::Query { version, namespace } => {
            let call = QueryCall::parse(&head.method, head.uri.query(), body)
                .map_err(|e| ApiFault::Query(namespace, e))?;
            input = call.form();
            let found = service.find(&call.action).filter(|_| call.version.as_deref() == Some(version));
            Some(found.ok_or_else(|| ApiFault::unknown_action(service, version, &call))?)
        }
    };
    let caller = app.authenticate(head, service.name, body).await.map_err(refused)?;
    if caller.who.session().is_some_and(|session| !(service.takes)(session)) {
        return Err(ApiFault::signature(service.protocol, AuthError::UnknownKey));
    }
    let entry = operation.and_then(|operation| service.operations.get(operation));
    let entry = entry.ok_or_else(|| ApiFault::RestJson(RestJsonFault::unknown_operation()))?;
    app.take_token(caller.who.account, service, entry.name).await.map_err(|e| refused(Refused::Engine(e)))?;
    let envelope = Envelope::of(service.protocol, entry, id);
    let command = (entry.read)(service.name, input, envelope);
    let command = command.map_err(|e| ApiFault::no_input(service.protocol, e))?;
    match run_signed(app, &caller, id, command.into()).await {
        Err(Refused::Engine(EngineError::Refused(Refusal::DeniedByPolicy(mut denial)))) => {
            let denied = Denied { account: caller.who.account, org: denial.org };
            app.denials.keep(id, denied, app.engine.clock().now(), std::mem::take(&mut denial.evaluation));
            let fault = ApiFault::refusal(service, &Refusal::DeniedByPolicy(denial));
            Err(if service.explains { fault.explained(&app.settings.base_url, id) } else { fault })
        }
        answer => answer.map_err(refused),
    }
}

/// Runs a command for whoever signed. A lab account comes into being by its first request.
pub(crate) async fn run_signed(
    app: &App,
    Signer { who, origin }: &Signer,
    id: &str,
    command: Arc<dyn Command>,
) -> Result<Reply, Refused> {
    match app.engine.run_from(who, origin, id, Arc::clone(&command)).await {
        Err(EngineError::Refused(Refusal::UnknownCaller(_))) => {
            app.register_lab_account(who.account).await?;
            app.engine.run_from(who, origin, id, command).await.map_err(Refused::Engine)
        }
        answer => answer.map_err(Refused::Engine),
    }
}

/// Runs an operation of Organizations for an account that somebody else has let in: the console. It is not throttled, and
/// its origin is unknown.
pub(crate) async fn call(
    app: &App,
    caller: AccountId,
    operation: &str,
    input: &serde_json::Value,
) -> Result<Reply, EngineError> {
    let found = services::find::<Aws>(services::organizations::NAME, operation);
    let (service, entry) = found.ok_or(EngineError::Unavailable)?;
    let command = (entry.read)(service.name, input.to_string().as_bytes(), Envelope::Json);
    let command = command.map_err(|_| EngineError::Unavailable)?;
    app.engine.run(caller, &app.request_ids.next(), command.into()).await
}
