//! `/_guildhall/reset` and `/_guildhall/snapshot`: the whole state, emptied, out and in.

use std::io::Write;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use guildhall_store::StoreError;
use http::header::CONTENT_TYPE;

use super::{Error, bad};
use crate::App;

/// Empties everything.
pub(super) async fn reset(State(app): State<Arc<App>>) -> Result<Response, Error> {
    app.engine.alone(|store| store.reset()).await?;
    forget(&app);
    Ok(super::raw_json("{}"))
}

/// Accounts and organizations are others now: nobody has sent anything yet.
fn forget(app: &App) {
    if let Some(throttle) = &app.throttle {
        throttle.forget();
    }
}

/// The whole state as one file.
pub(super) async fn snapshot(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let scratch = app.engine.snapshot().await?;
    let bytes = app.engine.blocking(move || std::fs::read(scratch.file()).map_err(|e| io(&e)));
    Ok(([(CONTENT_TYPE, "application/vnd.sqlite3")], bytes.await?).into_response())
}

/// Replaces the whole state.
pub(super) async fn restore(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Error> {
    let store = app.engine.store();
    let scratch = app.engine.blocking(move || {
        let scratch = store.scratch()?;
        scratch.create().and_then(|mut file| file.write_all(&body)).map_err(|e| io(&e))?;
        Ok(scratch)
    });
    match app.engine.restore(scratch.await?).await {
        Ok(()) => forget(&app),
        Err(StoreError::NoBackup(why) | StoreError::NotAdmitted(why)) => {
            return Err(bad(format!("this is not a snapshot that can be restored: {why}")));
        }
        Err(e) => return Err(e.into()),
    }
    Ok(super::raw_json("{}"))
}

fn io(e: &std::io::Error) -> StoreError {
    StoreError::Database(format!("a scratch file: {e}"))
}
