//! GetPrimaryEmailUpdateStatus: what became of the last change of a member's address, for the management account and
//! delegated administrators, or of the caller's own (accounts.md 4.9).
//! Refuses: AccessDenied, Validation (none was ever started, as it was recorded).

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::{input, target};
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::view::View;

pub struct GetPrimaryEmailUpdateStatus;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    status: &'static str,
    updated_at: i64,
}

impl Operation for GetPrimaryEmailUpdateStatus {
    const NAME: &'static str = "GetPrimaryEmailUpdateStatus";
    const AUTHORITY: Authority<Input> = authority::on_member::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = match input::optional_account(input.account_id.as_ref())? {
            Some(id) => target::find_member(Self::NAME, id, cx, view)?,
            None => access::caller(cx, view)?,
        };
        let standing = view.profile(account.id)?.and_then(|profile| profile.email_standing(cx.now));
        let (status, at) = standing.ok_or(AccountError::NoEmailUpdate)?;
        reply(&Output { status, updated_at: at.seconds() })
    }
}
