//! CancelHandshake: the sender takes an invitation back; the invited gets a mail (accounts.md 5.2).
//! Refuses: HandshakeNotFound, AccessDenied (the recipient), HandshakeAlreadyInState, InvalidHandshakeTransition,
//! InvalidInput.

use super::HandshakeInput as Input;
use crate::access::Access;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::{ApiError, Stop};
use crate::handshake::State;
use crate::input;
use crate::mail::{Mail, MailKind};
use crate::ops::Operation;
use crate::rules::handshake::{self, Found};
use crate::view::View;

/// The operation.
pub struct CancelHandshake;

impl Operation for CancelHandshake {
    const NAME: &'static str = "CancelHandshake";
    const ACCESS: Access = Access::AnyAccount;
    const MODE: Mode = Mode::Write;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let Found { org, handshake: h, sender, .. } = handshake::find(cx, view, id)?;
        if !sender {
            return Err(ApiError::AccessDenied.into());
        }
        handshake::check_transition(h, State::Canceled, cx)?;
        let canceled = h.closed(State::Canceled, cx.now);
        if let Some(to) = &h.mailed {
            let mail = Mail::about(MailKind::InvitationCanceled, to.clone(), org, h, None);
            view.changes.mails.push(mail);
        }
        let answer = handshake::answer(org, &canceled, cx);
        handshake::close(view, org, canceled, cx.now);
        Ok(answer)
    }
}
