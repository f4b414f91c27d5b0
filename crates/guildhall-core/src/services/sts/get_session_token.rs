//! GetSessionToken: temporary credentials of the calling user, or of the root user, without any policy being asked
//! (identity.md 4.1, 4.7). What they may not do is for each service to say: with a code of a device it is less.
//! Refuses: ValidationError, AccessDenied (a caller with temporary credentials; a code that is not good).

use serde::{Deserialize, Serialize};

use super::device::prove;
use super::errors::StsError;
use super::input;
use super::issue::{Credentials, NewSession, issue};
use crate::call::caller::SessionKind;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Secret;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::rules::principal::{Who, principal};
use crate::services::{Answer, Operation};
use crate::state::view::View;

/// How long the credentials are good, in seconds, if nobody says it.
const DEFAULT: i64 = 43_200;
/// The longest that those of a root user are.
const ROOT: i64 = 3_600;

pub struct GetSessionToken;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    duration_seconds: Option<i64>,
    serial_number: Option<String>,
    token_code: Option<Secret<String>>,
    minimum_session_token_size: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_utilization: Option<usize>,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Everybody);
    const MODE: Mode = Mode::Issue;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.range("durationSeconds", i.duration_seconds, (900, 129_600));
        input::check_device(&mut checks, i.serial_number.as_deref(), i.token_code.as_ref());
        checks.range("minimumSessionTokenSize", i.minimum_session_token_size, (0, 4_096));
        Ok(checks.finish().map_err(StsError::from)?)
    }

    fn mode(i: &Input) -> Mode {
        if i.serial_number.is_some() { Mode::Write } else { Self::MODE }
    }

    fn prepare(i: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
        let session = principal(cx, view)?.session;
        access::caller(cx, view)?;
        if session.is_some() {
            let what = "Cannot call GetSessionToken with session credentials";
            return Err(StsError::AccessDenied(what.into()).into());
        }
        prove(i.serial_number.as_deref(), i.token_code.as_ref(), cx, view)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let who = principal(cx, view)?;
        let wanted = input.duration_seconds;
        let (whose, seconds) = match who.who {
            Who::User(user) => (SessionKind::User(user.id), wanted.unwrap_or(DEFAULT)),
            _ => (SessionKind::Root, wanted.unwrap_or(ROOT).min(ROOT)),
        };
        let mfa = input.serial_number.as_ref().map(|_| cx.now);
        let new = NewSession { mfa, ..NewSession::new(who.account.id, whose, seconds) };
        let issued = issue(new, input.minimum_session_token_size, cx)?;
        Ok(Answer(Output {
            credentials: issued.credentials,
            session_token_size: issued.size.map(|(size, _)| size),
            session_token_utilization: issued.size.map(|(_, percent)| percent),
        }))
    }
}
