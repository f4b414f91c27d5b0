//! GetRegionOptStatus: where the caller stands with a region, or a member, for the management account and delegated
//! administrators (accounts.md 4.9).
//! Refuses: AccessDenied, Validation.

use serde::Serialize;

use super::region;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::regions::RegionOptStatus;
use crate::state::view::View;

pub struct GetRegionOptStatus;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    region_name: &'a str,
    region_opt_status: RegionOptStatus,
}

impl Operation for GetRegionOptStatus {
    const NAME: &'static str = "GetRegionOptStatus";
    const AUTHORITY: Authority<region::Input> = region::AUTHORITY;
    const MODE: Mode = Mode::Read;
    type Input = region::Input;
    type Output = Reply;

    fn run(input: &region::Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let found = region::find(Self::NAME, input, cx, view)?;
        reply(&Output { region_name: found.name, region_opt_status: found.status })
    }
}
