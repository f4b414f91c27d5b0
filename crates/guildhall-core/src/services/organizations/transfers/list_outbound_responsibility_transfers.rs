//! ListOutboundResponsibilityTransfers: the transfers by which other organizations pay this one's bill, invitations
//! included (policies.md 9). Management account, and members that the organization's resource policy lets, in the
//! commercial partition. Ordered by id.
//! Refuses: InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use super::read_type;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::TransferId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::rules::transfer;
use crate::state::account::Partition;
use crate::state::view::View;

pub struct ListOutboundResponsibilityTransfers;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    r#type: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListOutboundResponsibilityTransfers {
    const NAME: &'static str = "ListOutboundResponsibilityTransfers";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).grantable().key(&authority::OUTBOUND, |_| None);
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        read_type(input.r#type.as_ref())?;
        let listing = Listing { operation: Self::NAME, filter: "" };
        let request = listing.open::<TransferId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (_, record) = access::organization(cx, view)?;
        // One more than the page has says that there is another one.
        let outbound = transfer::outbound(cx, view, request.after, request.limit + 1)?;
        let outbound = outbound.into_iter().map(|t| transfer::seen(cx, record, false, t));
        let page = listing.page(cx, request.limit, outbound, |t| t.transfer.id);
        Ok(page.reply("ResponsibilityTransfers"))
    }
}
