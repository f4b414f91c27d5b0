//! `/_guildhall/reset` and `/_guildhall/snapshot`: the whole state, emptied, out and in.

use std::path::PathBuf;
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

/// A file of our own that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(app: &App) -> Self {
        Self(std::env::temp_dir().join(format!("guildhall-{}", app.request_ids.next())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn io(e: &std::io::Error) -> StoreError {
    StoreError::Database(format!("a scratch file in the temporary directory: {e}"))
}

/// The whole state as one file.
pub(super) async fn snapshot(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let (store, scratch) = (app.engine.store(), Scratch::new(&app));
    let bytes = app.engine.blocking(move || {
        store.backup(&scratch.0)?;
        std::fs::read(&scratch.0).map_err(|e| io(&e))
    });
    Ok(([(CONTENT_TYPE, "application/vnd.sqlite3")], bytes.await?).into_response())
}

/// Replaces the whole state.
pub(super) async fn restore(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Error> {
    let scratch = Scratch::new(&app);
    let restored = app.engine.alone(move |store| {
        std::fs::write(&scratch.0, &body).map_err(|e| io(&e))?;
        store.restore(&scratch.0, &guildhall_store::as_it_is)
    });
    restored.await.map_err(|e| bad(format!("this is not a snapshot that can be read: {e}")))?;
    forget(&app);
    Ok(super::raw_json("{}"))
}
