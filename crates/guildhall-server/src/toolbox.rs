//! IAM Toolbox: AWS's own API for the evaluation behind a denial (identity.md 5.6). Its requests are signed for `iam`, and
//! the path says what is asked for. The caller is of the account whose call was denied, or of its organization.

use bytes::Bytes;
use guildhall_core::Refusal;
use guildhall_core::services::iam::toolbox::MayAsk;
use guildhall_engine::EngineError;
use guildhall_wire::json11::Json11Fault;
use guildhall_wire::rest_json::{self, RestJsonFault};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use std::sync::Arc;

use crate::App;
use crate::api::run_signed;
use crate::auth::Refused;
use crate::envelope::{ApiFault, respond};

/// What its paths begin with.
const PATH: &str = "/authorization-details/";
/// The service that its requests are signed for.
const SIGNED_FOR: &str = "iam";

/// Whether a path is one of its.
pub(crate) fn has(path: &str) -> bool {
    path.starts_with(PATH)
}

/// Answers a request.
pub(crate) async fn answer(app: &App, head: &Parts, body: &Bytes) -> Response<Bytes> {
    let id = app.request_ids.next();
    match details(app, head, body, &id).await {
        Ok(json) => respond(StatusCode::OK, HeaderValue::from_static(rest_json::CONTENT_TYPE), &id, json),
        Err(fault) => ApiFault::RestJson(fault).response(&id),
    }
}

fn fault(status: StatusCode, name: &'static str, message: String) -> RestJsonFault {
    RestJsonFault::front_door(status, name, Some(message.into()))
}

async fn details(app: &App, head: &Parts, body: &Bytes, request: &str) -> Result<Bytes, RestJsonFault> {
    let refused = |refused| match refused {
        Refused::Signature(e) => RestJsonFault::from(e),
        Refused::Engine(EngineError::Refused(refusal @ Refusal::DeniedByPolicy(_))) => {
            fault(StatusCode::FORBIDDEN, "AccessDeniedException", refusal.to_string())
        }
        Refused::Engine(_) => Json11Fault::service_unavailable().into(),
    };
    let signer = app.authenticate(head, SIGNED_FOR, body).await.map_err(refused)?;
    let id = head.uri.path().strip_prefix(PATH).unwrap_or_default();
    let well_formed =
        (1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if head.method != Method::GET || id.contains('/') {
        return Err(RestJsonFault::unknown_operation());
    }
    if !well_formed {
        let what = "authorizationId has to be 1 to 256 small letters and digits".to_owned();
        return Err(fault(StatusCode::BAD_REQUEST, "ValidationException", what));
    }
    let kept = app.denials.find(id, app.engine.clock().now());
    let of = kept.as_ref().map(|kept| kept.account);
    let command = Arc::new(MayAsk { of });
    let may = run_signed(app, &signer, request, command).await.map_err(refused)?;
    let gone = || {
        let what = format!("There are no authorization details with the id {id}.");
        fault(StatusCode::NOT_FOUND, "ResourceNotFoundException", what)
    };
    kept.filter(|_| may == b"true").map(|kept| kept.evaluation).ok_or_else(gone)
}
