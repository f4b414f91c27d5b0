//! ListOrganizationalUnitsForParent: the units directly below a root or unit (accounts.md 6). Management account and
//! delegated administrators. Ordered by id.
//! Refuses: ParentNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::UnitOutput;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::ParentId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::input;
use crate::services::organizations::rules::tree;
use crate::state::view::View;

pub struct ListOrganizationalUnitsForParent;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    parent_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListOrganizationalUnitsForParent {
    const NAME: &'static str = "ListOrganizationalUnitsForParent";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Delegate).grantable().on(&authority::PARENT, |i| i.parent_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let parent: ParentId = input::id("PARENT_ID", input.parent_id.as_ref())?;
        let filter = parent.to_string();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        tree::check_parent(org, &parent)?;
        let units = org.units_below(&parent, request.after).map(|unit| UnitOutput { org, record, unit });
        Ok(listing.page(cx, request.limit, units, |u| u.unit.id).reply("OrganizationalUnits"))
    }
}
