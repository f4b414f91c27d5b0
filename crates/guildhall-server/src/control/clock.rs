//! `/_guildhall/clock`: business time, read and moved.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use guildhall_core::Timestamp;
use guildhall_core::kernel::time;
use guildhall_core::kernel::time::INSTANT;
use guildhall_engine::{AdvanceError, ClockError};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Error, bad, decode, json};
use crate::App;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    now: String,
    mode: &'static str,
    frozen: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    advance: Option<String>,
    set: Option<String>,
    freeze: Option<bool>,
}

impl From<AdvanceError> for Error {
    fn from(e: AdvanceError) -> Self {
        match e {
            AdvanceError::Clock(e @ ClockError::Wall) => {
                Self::Request(StatusCode::CONFLICT, "WallClock", e.to_string())
            }
            AdvanceError::Clock(e @ (ClockError::Backwards { .. } | ClockError::TooLate)) => {
                bad(e.to_string())
            }
            AdvanceError::Store(e) => e.into(),
            AdvanceError::Engine(e) => e.into(),
        }
    }
}

/// Business time.
pub(super) async fn show(State(app): State<Arc<App>>) -> Response {
    output(&app)
}

fn output(app: &App) -> Response {
    let clock = app.engine.clock();
    let mode = if clock.is_virtual() { "virtual" } else { "wall" };
    json(&Output { now: clock.now().to_string(), mode, frozen: clock.is_frozen() })
}

/// Moves or freezes business time; answers when everything that fell due has run.
pub(super) async fn set(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Error> {
    let input: Input = decode(&body)?;
    match input {
        Input { advance: Some(by), set: None, freeze: None } => advance_by(&app, &by).await?,
        Input { advance: None, set: Some(to), freeze: None } => {
            let to = time::parse_instant(&to).ok_or_else(|| bad(format!("set: {INSTANT}")))?;
            app.engine.advance_to(to).await?;
        }
        Input { advance: None, set: None, freeze: Some(still) } => freeze(&app, still).await?,
        _ => {
            return Err(bad(
                "give one of advance (\"15d\"), set (an RFC 3339 instant) and freeze (true or false)",
            ));
        }
    }
    Ok(output(&app))
}

fn length(text: &str) -> Result<i64, Error> {
    let wrong = "advance: has to be a duration such as 30s, 5m, 2h, 15d or PT1H30M, of 100 years at most";
    time::parse_length(text).ok_or_else(|| bad(wrong))
}

/// Moves business time to an instant.
pub(crate) async fn advance(app: &App, to: Timestamp) -> Result<(), Error> {
    Ok(app.engine.advance_to(to.max(app.engine.clock().now())).await?)
}

/// Moves business time by a duration, such as `1h`.
pub(crate) async fn advance_by(app: &App, by: &str) -> Result<(), Error> {
    Ok(app.engine.advance_by(length(by)?).await?)
}

/// Makes business time stand still, or go on.
pub(crate) async fn freeze(app: &App, freeze: bool) -> Result<(), Error> {
    Ok(app.engine.freeze(freeze).await?)
}
