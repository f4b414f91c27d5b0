//! IAM Toolbox: AWS's own API for the evaluation behind a denial (identity.md 5.6). Its requests are signed for `iam`, and
//! the path says what is asked for: the evaluation, or the text of one of its policies as it was then. The caller is of
//! the organization that the denied account was in, or of that account if it was in none.

use axum::extract::Query;
use bytes::Bytes;
use guildhall_core::Refusal;
use guildhall_core::services::iam::toolbox::MayAsk;
use guildhall_engine::EngineError;
use guildhall_wire::json11::Json11Fault;
use guildhall_wire::rest_json::{self, RestJsonFault};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use serde::Deserialize;
use std::sync::Arc;

use crate::App;
use crate::api::run_signed;
use crate::auth::Refused;
use crate::envelope::{ApiFault, respond};

/// What its paths begin with.
const PATH: &str = "/authorization-details/";
/// The service that its requests are signed for.
const SIGNED_FOR: &str = "iam";

#[derive(Deserialize)]
struct PolicyQuery {
    #[serde(rename = "policyUri")]
    policy_uri: String,
}

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
    let path = head.uri.path().strip_prefix(PATH).unwrap_or_default();
    let (id, operation) = match path.split_once('/') {
        None => (path, "GetRequestAuthorizationDetails"),
        Some((id, "policy")) => (id, "GetRequestAuthorizationPolicy"),
        Some(_) => return Err(RestJsonFault::unknown_operation()),
    };
    if head.method != Method::GET {
        return Err(RestJsonFault::unknown_operation());
    }
    let invalid = |what: &str| fault(StatusCode::BAD_REQUEST, "ValidationException", what.to_owned());
    if !((1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())) {
        return Err(invalid("authorizationId has to be 1 to 256 small letters and digits"));
    }
    let policy = match operation {
        "GetRequestAuthorizationPolicy" => {
            let asked = Query::<PolicyQuery>::try_from_uri(&head.uri).ok().map(|query| query.0.policy_uri);
            let asked = asked.filter(|uri| (1..=2048).contains(&uri.chars().count()));
            Some(asked.ok_or_else(|| invalid("policyUri has to be there once, with 1 to 2048 characters"))?)
        }
        _ => None,
    };
    let kept = app.denials.find(id, app.engine.clock().now());
    let command = Arc::new(MayAsk { operation, of: kept.as_ref().map(|kept| kept.denied) });
    let may = run_signed(app, &signer, request, command).await.map_err(refused)?;
    let gone = |what| fault(StatusCode::NOT_FOUND, "ResourceNotFoundException", what);
    let kept = kept.filter(|_| may == b"true");
    let kept = kept.ok_or_else(|| gone(format!("There are no authorization details with the id {id}.")))?;
    let Some(uri) = policy else { return Ok(kept.evaluation) };
    let text = kept.texts.get(&uri);
    let text = text.ok_or_else(|| gone(format!("No policy {uri} was asked in the authorization {id}.")))?;
    // What is stored of a policy is JSON.
    Ok(format!(r#"{{"policyDocument":{text}}}"#).into())
}
