//! RemoveAccountFromOrganization: a member is standalone from now on (accounts.md 4.7). Management account only.
//! Refuses: AccountNotFound, MasterCannotLeaveOrganization, ConstraintViolation (what a standalone account needs
//! and this one lacks; a created account's waiting period), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::input;
use crate::services::organizations::rules::membership;
use crate::services::{EMPTY, Operation};
use crate::state::view::View;

pub struct RemoveAccountFromOrganization;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

impl Operation for RemoveAccountFromOrganization {
    const NAME: &'static str = "RemoveAccountFromOrganization";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).on(&authority::ACCOUNT, |i| i.account_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let org = access::organization(cx, view)?;
        membership::depart(cx, view, org, account)?;
        Ok(EMPTY)
    }
}
