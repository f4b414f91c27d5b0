//! CancelHandshake: the sender takes an invitation back, and the invited gets a mail (accounts.md 5.2); or gives up
//! enabling all features, with all parts of it and the invitations that promised them (accounts.md 3.7).
//! Refuses: HandshakeNotFound, AccessDenied (the recipient), HandshakeAlreadyInState, InvalidHandshakeTransition
//! (a part of the request to enable all features, too, which ends with it), InvalidInput.

use super::HandshakeInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::handshake::{self, FoundHandshake};
use crate::services::organizations::rules::transfer;
use crate::state::handshake::{ActionType, State};
use crate::state::mail::{Mail, MailKind};
use crate::state::transfer::TransferStatus;
use crate::state::view::View;

pub struct CancelHandshake;

impl Operation for CancelHandshake {
    const NAME: &'static str = "CancelHandshake";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on(&authority::HANDSHAKE, |i| i.handshake_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let FoundHandshake { org, handshake: h, sender, .. } = handshake::find(cx, view, id)?;
        if !sender {
            return Err(Refusal::AccessDenied.into());
        }
        handshake::check_transition(h, State::Canceled, cx)?;
        if h.parent.is_some() {
            return Err(OrganizationsError::InvalidHandshakeTransition.into());
        }
        let canceled = h.closed(State::Canceled, cx.now);
        let own = view.org(org)?.ok_or(Refusal::Internal)?;
        let kind = match h.action {
            ActionType::EnableAllFeatures => {
                features::abandon(cx, view, own, h, cx.now);
                None
            }
            ActionType::TransferResponsibility => {
                transfer::close(view, own, h, TransferStatus::Canceled);
                Some(MailKind::TransferCanceled)
            }
            _ => Some(MailKind::InvitationCanceled),
        };
        if let (Some(to), Some(kind)) = (&h.mailed, kind) {
            view.changes.mails.push(Mail::about(kind, to.clone(), org, h, None));
        }
        let answer = handshake::answer(org, &canceled, cx);
        handshake::close(view, org, canceled, cx.now);
        Ok(answer)
    }
}
