//! ListInboundResponsibilityTransfers: the transfers by which this organization pays other ones' bills, invitations
//! included (policies.md 9). Management account, and members that the organization's resource policy lets, in the
//! commercial partition. Ordered by id.
//! Refuses: ResponsibilityTransferNotFound (an id that is none of them), InvalidInput, UnsupportedAPIEndpoint.

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
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::transfer;
use crate::state::account::Partition;
use crate::state::view::View;

pub struct ListInboundResponsibilityTransfers;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    r#type: Option<String>,
    id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListInboundResponsibilityTransfers {
    const NAME: &'static str = "ListInboundResponsibilityTransfers";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).grantable().key(&authority::INBOUND, |_| None);
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        read_type(input.r#type.as_ref())?;
        let only: Option<TransferId> = input::optional_id("ID", input.id.as_ref())?;
        let filter = only.map(|id| id.to_string()).unwrap_or_default();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        if only.is_some_and(|id| org.transfer(&id).is_none()) {
            return Err(OrganizationsError::ResponsibilityTransferNotFound.into());
        }
        let inbound = org.transfers().after(request.after).filter(|t| only.is_none_or(|id| t.id == id));
        let inbound = inbound.map(|t| transfer::seen(cx, record, true, t));
        let page = listing.page(cx, request.limit, inbound, |t| t.transfer.id);
        Ok(page.reply("ResponsibilityTransfers"))
    }
}
