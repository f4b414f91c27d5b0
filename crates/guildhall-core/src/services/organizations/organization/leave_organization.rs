//! LeaveOrganization: the calling member is standalone from now on (accounts.md 4.7).
//! Refuses: AWSOrganizationsNotInUse, MasterCannotLeaveOrganization, ConstraintViolation (what a standalone
//! account needs and this one lacks; a created account's waiting period).

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::rules::membership;
use crate::services::{EMPTY, Empty, Operation};
use crate::state::view::View;

pub struct LeaveOrganization;

impl Operation for LeaveOrganization {
    const NAME: &'static str = "LeaveOrganization";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Member);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let org = access::organization(cx, view)?;
        membership::depart(cx, view, org, cx.caller.account)?;
        Ok(EMPTY)
    }
}
