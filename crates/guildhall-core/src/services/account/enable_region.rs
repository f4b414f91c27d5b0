//! EnableRegion: begins to enable a region for the caller, or for a member by the management account and delegated
//! administrators. It is ENABLING until that has taken its time, then ENABLED (accounts.md 4.9).
//! Refuses: AccessDenied, Conflict (it is being enabled or disabled), TooManyRequests (too many at once in the account
//! or in its organization), Validation (also for a region that cannot be enabled).

use super::region;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::{EMPTY, Operation};
use crate::state::view::View;

pub struct EnableRegion;

impl Operation for EnableRegion {
    const NAME: &'static str = "EnableRegion";
    const AUTHORITY: Authority<region::Input> = region::AUTHORITY;
    const MODE: Mode = Mode::Write;
    type Input = region::Input;
    type Output = Reply;

    fn run(input: &region::Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        region::switch(Self::NAME, input, true, cx, view)?;
        Ok(EMPTY)
    }
}
