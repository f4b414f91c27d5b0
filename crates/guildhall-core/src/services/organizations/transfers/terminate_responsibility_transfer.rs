//! TerminateResponsibilityTransfer: ends a transfer with this month or the next (policies.md 9). The management account
//! of either side, in the commercial partition. It runs until then; it cannot be undone.
//! Refuses: ResponsibilityTransferNotFound, ResponsibilityTransferAlreadyInStatus, InvalidResponsibilityTransferTransition
//! (it was never agreed), InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use super::read_time;
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TransferId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::handshake;
use crate::services::organizations::rules::transfer;
use crate::state::account::Partition;
use crate::state::item::Item;
use crate::state::mail::Mail;
use crate::state::transfer::{Outbound, TransferStatus};
use crate::state::view::View;

pub struct TerminateResponsibilityTransfer;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: Option<String>,
    end_timestamp: Option<f64>,
}

impl Operation for TerminateResponsibilityTransfer {
    const NAME: &'static str = "TerminateResponsibilityTransfer";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::TRANSFER, |i| i.id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.id.as_deref());
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: TransferId = input::id("ID", input.id.as_ref())?;
        let wanted = input.end_timestamp.map(read_time);
        let (_, record) = access::organization(cx, view)?;
        let found = transfer::find(cx, view, id)?;
        let running = found.transfer;
        match running.status(cx.now) {
            TransferStatus::Accepted => {}
            TransferStatus::Withdrawn => {
                return Err(OrganizationsError::ResponsibilityTransferAlreadyInStatus.into());
            }
            _ => return Err(OrganizationsError::InvalidResponsibilityTransferTransition.into()),
        }
        let end = transfer::end(wanted, running.start, cx.now)?;
        let withdrawn = running.withdrawn(end);
        let target = view.org(found.owner)?.ok_or(Refusal::Internal)?;
        let sender = handshake::sender(target.0, target.1)?;
        let source = running.source.as_ref().map(|s| s.email.clone());
        for to in [Some(running.target_email.clone()), source].into_iter().flatten() {
            view.changes.mails.push(Mail::transfer_withdrawn(to, target.1, &sender, &withdrawn));
        }
        let answer =
            reply_with("ResponsibilityTransfer", &transfer::seen(cx, record, found.inbound, &withdrawn));
        if let Some(source) = &running.source
            && view.org(source.org)?.is_some()
        {
            let outbound = Outbound { transfer: id, org: found.owner, end: Some(end) };
            view.put(Owner::Org(source.org), Item::Outbound(outbound));
        }
        view.put(Owner::Org(found.owner), Item::Transfer(withdrawn));
        Ok(answer)
    }
}
