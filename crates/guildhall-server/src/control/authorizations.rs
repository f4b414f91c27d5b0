//! `/_guildhall/authorizations/{id}`: the evaluation behind a denial, by its id or by that of its request.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use super::error;
use crate::App;

pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    let Some(kept) = app.denials.find(&id, app.engine.clock().now()) else {
        let message =
            "there is no denial with this id; evaluations are kept for a day, by the server that denied";
        return error(StatusCode::NOT_FOUND, "AuthorizationNotFound", message);
    };
    let json = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, json)], kept.evaluation).into_response()
}
