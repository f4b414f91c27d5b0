//! AcceptHandshake: agrees to what a handshake is about. The recipient only.
//!
//! - An invitation: the invited account joins the root of the organization (accounts.md 5.5 to 5.7); a member of
//!   another organization leaves that one in the same step. Its other open invitations stay.
//! - A member's part of enabling all features; and the request itself, by the management account, when all members
//!   have agreed: it finalizes (accounts.md 3.7).
//! - An invitation to transfer the bill (policies.md 9).
//!
//! Refuses: HandshakeNotFound, AccessDenied (the other party), HandshakeAlreadyInState, InvalidHandshakeTransition,
//! MasterCannotLeaveOrganization, HandshakeConstraintViolation, ConstraintViolation, InvalidInput.

use super::HandshakeInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::OrgId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::{access, organization_roles};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::input;
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::handshake::{self, FoundHandshake};
use crate::services::organizations::rules::invitation;
use crate::services::organizations::rules::transfer;
use crate::state::handshake::{ActionType, State};
use crate::state::view::View;

pub struct AcceptHandshake;

impl Operation for AcceptHandshake {
    const NAME: &'static str = "AcceptHandshake";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on(&authority::HANDSHAKE, |i| i.handshake_id.as_deref())
        .also_on("iam:CreateServiceLinkedRole", role)
        .also_on("LeaveOrganization", left);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let FoundHandshake { org, handshake: h, sender, recipient } = handshake::find(cx, view, id)?;
        // The request to enable all features is its sender's own to finalize.
        let own = sender && h.action == ActionType::EnableAllFeatures;
        if !recipient && !own {
            return Err(Refusal::AccessDenied.into());
        }
        handshake::check_transition(h, State::Accepted, cx)?;
        let accepted = match h.action {
            ActionType::Invite => invitation::accept(cx, view, org, h)?,
            ActionType::EnableAllFeatures => features::finalize(cx, view, org, h)?,
            ActionType::ApproveAllFeatures | ActionType::AddOrganizationsServiceLinkedRole => {
                features::approve(cx, view, org, h)?
            }
            ActionType::TransferResponsibility => transfer::accept(cx, view, org, h)?,
        };
        Ok(handshake::answer(org, &accepted, cx))
    }
}

/// What a handshake asks of the caller, if it is one for the caller.
fn asks(i: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Option<(ActionType, OrgId)>, Stop> {
    let Some(id) = i.handshake_id.as_deref().and_then(|id| id.parse().ok()) else { return Ok(None) };
    match handshake::find(cx, view, id) {
        Ok(found) if found.recipient || found.handshake.action == ActionType::EnableAllFeatures => {
            Ok(Some((found.handshake.action, found.org)))
        }
        Err(stop @ Stop::Missing(_)) => Err(stop),
        // The operation itself tells what is wrong.
        Ok(_) | Err(_) => Ok(None),
    }
}

/// The role that joining makes, and agreeing to all features.
fn role<'a>(i: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    match asks(i, cx, view)? {
        None | Some((ActionType::TransferResponsibility, _)) => Ok(Vec::new()),
        Some(_) => organization_roles::missing(cx, view),
    }
}

/// Whoever joins an organization leaves another one, which is no resource.
fn left<'a>(i: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    let own = access::caller(cx, view)?.org;
    let leaves =
        |asked| matches!(asked, Some((ActionType::Invite, org)) if own.is_some_and(|own| own != org));
    Ok(if leaves(asks(i, cx, view)?) { vec![Resource::default()] } else { Vec::new() })
}
