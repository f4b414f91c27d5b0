//! DescribeResponsibilityTransfer: one transfer, as this side of it sees it (policies.md 9). Management account, and
//! members that the organization's resource policy lets, in the commercial partition.
//! Refuses: ResponsibilityTransferNotFound, InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TransferId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::input;
use crate::services::organizations::rules::transfer;
use crate::state::account::Partition;
use crate::state::view::View;

pub struct DescribeResponsibilityTransfer;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: Option<String>,
}

impl Operation for DescribeResponsibilityTransfer {
    const NAME: &'static str = "DescribeResponsibilityTransfer";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::TRANSFER, |i| i.id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.id.as_deref());
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: TransferId = input::id("ID", input.id.as_ref())?;
        let (_, record) = access::organization(cx, view)?;
        let found = transfer::find(cx, view, id)?;
        let seen = transfer::seen(cx, record, found.inbound, found.transfer);
        Ok(reply_with("ResponsibilityTransfer", &seen))
    }
}
