//! `/_guildhall/reset` and `/_guildhall/snapshot`: the whole state, emptied, out and in. Snapshots go from disk to the
//! client and from the client to disk, and take no memory on the way.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use guildhall_engine::EngineError;
use guildhall_store::{Scratch, StoreError};
use http::header::CONTENT_TYPE;
use http::{HeaderName, StatusCode};
use http_body::{Frame, SizeHint};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeekExt, AsyncWriteExt, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;

use super::{Error, bad};
use crate::{App, SNAPSHOT_MAX};

/// Snapshots under way at once, each of which takes as much of the disk as the state. More of them wait.
pub(crate) const SNAPSHOTS: usize = 4;
/// How long they wait.
const WAIT: Duration = Duration::from_secs(30);
/// What is read from a file at once.
const CHUNK: usize = 64 * 1024;

/// Empties everything.
pub(super) async fn reset(State(app): State<Arc<App>>) -> Result<Response, Error> {
    app.engine.with_exclusive_store(|store| store.reset()).await?;
    forget(&app);
    Ok(super::raw_json("{}"))
}

/// Accounts and organizations are others now: nobody has sent anything yet.
fn forget(app: &App) {
    if let Some(throttle) = &app.throttle {
        throttle.forget();
    }
}

/// A turn among the snapshots under way.
async fn turn(app: &App) -> Result<OwnedSemaphorePermit, Error> {
    let turn = tokio::time::timeout(WAIT, Arc::clone(&app.snapshots).acquire_owned()).await;
    turn.ok().and_then(Result::ok).ok_or(Error::Engine(EngineError::Unavailable))
}

/// What of a snapshot is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Whether the keys of its secrets are to be in it.
    #[serde(default = "yes")]
    keys: bool,
}

fn yes() -> bool {
    true
}

/// Says whether a snapshot has the keys of its secrets in it.
const KEYS: HeaderName = HeaderName::from_static("guildhall-keys");

/// The whole state as one file.
pub(super) async fn snapshot(
    State(app): State<Arc<App>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(wanted) = wanted.map_err(|_| bad("a snapshot knows keys=true and keys=false"))?;
    let turn = turn(&app).await?;
    // Keys that are nowhere else go with it: otherwise nobody could open it once the server has ended.
    let with_keys = wanted.keys || !app.settings.keys_in_file;
    let scratch = app.engine.snapshot(with_keys).await?;
    let opened = async {
        let mut file = File::open(scratch.file()).await?;
        let left = file.seek(SeekFrom::End(0)).await?;
        file.rewind().await?;
        Ok((file, left))
    };
    let (file, left) = opened.await.map_err(|e| broken(&e))?;
    let body = Outgoing { file, left, chunk: vec![0; CHUNK], _scratch: scratch, _turn: turn };
    let keys = if with_keys { "included" } else { "left out" };
    let head = [(CONTENT_TYPE, "application/vnd.sqlite3"), (KEYS, keys)];
    Ok((head, Body::new(body)).into_response())
}

/// Replaces the whole state.
pub(super) async fn restore(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let _turn = turn(&app).await?;
    let store = app.engine.store();
    let made = app.engine.blocking(move || {
        let scratch = store.scratch()?;
        let file = scratch.create().map_err(|e| broken(&e))?;
        Ok((scratch, file))
    });
    let (scratch, file) = made.await?;
    take_in(&app, request, File::from_std(file)).await?;
    match app.engine.restore(scratch).await {
        Ok(()) => forget(&app),
        Err(StoreError::NoBackup(why) | StoreError::NotAdmitted(why)) => {
            return Err(bad(format!("this is not a snapshot that can be restored: {why}")));
        }
        Err(e) => return Err(e.into()),
    }
    Ok(super::raw_json("{}"))
}

/// Writes the body of a request to a file.
async fn take_in(app: &App, request: Request, mut file: File) -> Result<(), Error> {
    let (head, mut body) = request.into_parts();
    let mut reader = app.intake.reader(&head);
    let mut length = 0_usize;
    while let Some(data) = reader.next(&mut body).await? {
        length = length.saturating_add(data.len());
        if length > SNAPSHOT_MAX {
            let message = "a snapshot has 1 GiB at most".to_owned();
            return Err(Error::Request(StatusCode::PAYLOAD_TOO_LARGE, "BodyTooLong", message));
        }
        file.write_all(&data).await.map_err(|e| broken(&e))?;
    }
    Ok(file.flush().await.map_err(|e| broken(&e))?)
}

fn broken(e: &io::Error) -> StoreError {
    StoreError::Database(format!("a scratch file: {e}"))
}

/// A file as the body of an answer, read as fast as its client takes it.
struct Outgoing {
    file: File,
    left: u64,
    chunk: Vec<u8>,
    _scratch: Scratch,
    _turn: OwnedSemaphorePermit,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut read = ReadBuf::new(&mut this.chunk);
        if let Err(e) = ready!(Pin::new(&mut this.file).poll_read(cx, &mut read)) {
            return Poll::Ready(Some(Err(e)));
        }
        let data = Bytes::copy_from_slice(read.filled());
        if data.is_empty() {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        this.left = this.left.saturating_sub(u64::try_from(data.len()).unwrap_or(u64::MAX));
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
