//! UpdateResponsibilityTransfer: renames a transfer (policies.md 9). The management account of the side that pays, in
//! the commercial partition.
//! Refuses: ResponsibilityTransferNotFound, AccessDenied (the other side), ConstraintViolation (it is over, or
//! withdrawn), InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use super::read_name;
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TransferId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Personal;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input;
use crate::services::organizations::rules::transfer;
use crate::state::account::Partition;
use crate::state::item::Item;
use crate::state::transfer::TransferStatus;
use crate::state::view::View;

pub struct UpdateResponsibilityTransfer;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: Option<String>,
    name: Option<Personal<String>>,
}

impl Operation for UpdateResponsibilityTransfer {
    const NAME: &'static str = "UpdateResponsibilityTransfer";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::TRANSFER, |i| i.id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.id.as_deref());
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: TransferId = input::id("ID", input.id.as_ref())?;
        let name = read_name("NAME", input.name.as_ref())?;
        let (_, record) = access::organization(cx, view)?;
        let found = transfer::find(cx, view, id)?;
        if !found.inbound {
            return Err(Refusal::AccessDenied.into());
        }
        if !matches!(found.transfer.status(cx.now), TransferStatus::Requested | TransferStatus::Accepted) {
            let reason = ConstraintReason::TransferResponsibilityUpdateNotAllowed;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        let renamed = found.transfer.renamed(name);
        let answer = reply_with("ResponsibilityTransfer", &transfer::seen(cx, record, true, &renamed));
        view.put(Owner::Org(found.owner), Item::Transfer(renamed));
        Ok(answer)
    }
}
