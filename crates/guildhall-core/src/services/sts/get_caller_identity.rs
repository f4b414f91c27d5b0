//! GetCallerIdentity: the account, the ARN and the unique id of the caller. Any account, a suspended one too: no policy
//! is asked.
//! Refuses: nothing.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::rules::principal::principal;
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

/// Who the caller is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    arn: String,
    user_id: String,
    account: String,
}

pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Everybody);
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Answer<Identity>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Answer<Identity>, Stop> {
        let who = principal(cx, view)?;
        Ok(Answer(Identity { arn: who.arn(), user_id: who.user_id(), account: who.account.id.to_string() }))
    }
}
