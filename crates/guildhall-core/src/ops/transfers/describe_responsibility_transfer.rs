//! DescribeResponsibilityTransfer: one transfer, as this side of it sees it (policies.md 9). Management account, and
//! members that the organization's resource policy lets, in the commercial partition.
//! Refuses: ResponsibilityTransferNotFound, InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::access::{self, Access};
use crate::account::Partition;
use crate::command::reply_with;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::ids::TransferId;
use crate::input;
use crate::ops::Operation;
use crate::rules::transfer;
use crate::view::View;

/// The operation.
pub struct DescribeResponsibilityTransfer;

/// Its input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: Option<String>,
}

impl Operation for DescribeResponsibilityTransfer {
    const NAME: &'static str = "DescribeResponsibilityTransfer";
    const ACCESS: Access = Access::ManagementOrGranted;
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: TransferId = input::id("ID", input.id.as_ref())?;
        let (_, record) = access::organization(cx, view)?;
        let found = transfer::find(cx, view, id)?;
        let seen = transfer::seen(cx, record, found.inbound, found.transfer);
        Ok(reply_with("ResponsibilityTransfer", &seen))
    }
}
