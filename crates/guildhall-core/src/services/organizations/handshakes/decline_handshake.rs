//! DeclineHandshake: the recipient refuses. The sender of an invitation gets a mail (accounts.md 5.2); a member that
//! refuses its part of enabling all features stops that (accounts.md 3.7).
//! Refuses: HandshakeNotFound, AccessDenied (the sender), HandshakeAlreadyInState, InvalidHandshakeTransition,
//! InvalidInput.

use super::HandshakeInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::input;
use crate::services::organizations::rules::handshake::{self, FoundHandshake};
use crate::services::organizations::rules::transfer;
use crate::state::handshake::{ActionType, State};
use crate::state::mail::{Mail, MailKind};
use crate::state::transfer::TransferStatus;
use crate::state::view::View;

pub struct DeclineHandshake;

impl Operation for DeclineHandshake {
    const NAME: &'static str = "DeclineHandshake";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on(&authority::HANDSHAKE, |i| i.handshake_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let FoundHandshake { org, handshake: h, recipient, .. } = handshake::find(cx, view, id)?;
        if !recipient {
            return Err(Refusal::AccessDenied.into());
        }
        handshake::check_transition(h, State::Declined, cx)?;
        let declined = h.closed(State::Declined, cx.now);
        let (aggregate, record) = view.org(org)?.ok_or(Refusal::Internal)?;
        let management = aggregate.member(record.management).ok_or(Refusal::Internal)?;
        let kind = match h.action {
            ActionType::Invite => Some(MailKind::InvitationDeclined),
            ActionType::TransferResponsibility => {
                transfer::close(view, (aggregate, record), h, TransferStatus::Declined);
                Some(MailKind::TransferDeclined)
            }
            _ => None,
        };
        if let Some(kind) = kind {
            view.changes.mails.push(Mail::about(
                kind,
                management.email.clone(),
                org,
                h,
                Some(cx.caller.account),
            ));
        }
        let answer = handshake::answer(org, &declined, cx);
        handshake::close(view, org, declined, cx.now);
        Ok(answer)
    }
}
