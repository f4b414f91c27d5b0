//! `/health/live`, `/health/ready`, `/metrics`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use guildhall_engine::NotReady;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready means that the store can be read, and that a write would work.
async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    let store = app.engine.store();
    let read = app.engine.blocking(move || store.meta("page_key")).await.map(|_| ());
    let ready = match read {
        Ok(()) => app.engine.ready().await,
        Err(e) => Err(NotReady::Store(e)),
    };
    match ready {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(e) => {
            tracing::error!(error = %e, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {e}\n"))
        }
    }
}

async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = app.metrics.text(&app.engine, &app.traffic, app.intake.held());
    ([(CONTENT_TYPE, content_type)], text)
}
