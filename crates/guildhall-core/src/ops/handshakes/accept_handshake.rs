//! AcceptHandshake: the invited account joins the root of the organization (accounts.md 5.5 to 5.7). The
//! recipient only; a member of another organization leaves that one in the same step. Its other open invitations
//! stay.
//! Refuses: HandshakeNotFound, AccessDenied (the sender), HandshakeAlreadyInState, InvalidHandshakeTransition,
//! MasterCannotLeaveOrganization, HandshakeConstraintViolation, ConstraintViolation, InvalidInput.

use super::HandshakeInput as Input;
use crate::access::{self, Access};
use crate::account::AccountRecord;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::{ApiError, Failure, HandshakeReason, Stop};
use crate::handshake::State;
use crate::input;
use crate::mail::{Mail, MailKind};
use crate::ops::Operation;
use crate::org::{Org, OrgRecord};
use crate::rules::handshake::{self, Found};
use crate::rules::membership;
use crate::view::View;

/// The operation.
pub struct AcceptHandshake;

impl Operation for AcceptHandshake {
    const NAME: &'static str = "AcceptHandshake";
    const ACCESS: Access = Access::AnyAccount;
    const MODE: Mode = Mode::Write;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let Found { org: org_id, handshake: h, recipient, .. } = handshake::find(cx, view, id)?;
        if !recipient {
            return Err(ApiError::AccessDenied.into());
        }
        handshake::check_transition(h, State::Accepted, cx)?;
        let account = access::caller(cx, view)?;
        let (org, record) = view.org(org_id)?.ok_or(ApiError::Service)?;
        let accepted = h.accepted(cx.caller, cx.now);
        if account.org == Some(org_id) {
            // Refused, and accepted all the same (observed.md 13).
            handshake::close(view, org_id, accepted, cx.now);
            let reason = HandshakeReason::AlreadyInAnOrganization;
            let refusal = ApiError::HandshakeConstraintViolation(reason);
            return Err(Stop::RefusedAfterChange(Failure::Api(refusal)));
        }
        check_destination(cx, view, (org, record), account)?;
        if let Some(old) = account.org {
            let old = view.org(old)?.ok_or(ApiError::Service)?;
            check_departure(cx, old, record, account)?;
            membership::leave(view, old, cx.caller);
        }
        membership::join(cx, view, record, account, &h.tags);
        let mail = |kind, to| Mail::about(kind, to, org_id, h, Some(cx.caller));
        let management = org.member(record.management).ok_or(ApiError::Service)?;
        view.changes.mails.push(mail(MailKind::InvitationAccepted, management.email.clone()));
        view.changes.mails.push(mail(MailKind::MembershipStarted, account.email.clone()));
        let answer = handshake::answer(org_id, &accepted, cx);
        handshake::close(view, org_id, accepted, cx.now);
        Ok(answer)
    }
}

/// What the inviting organization has to allow.
fn check_destination(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    account: &AccountRecord,
) -> Result<(), Stop> {
    let refuse = |reason| Err(Stop::from(ApiError::HandshakeConstraintViolation(reason)));
    let management = view.account(record.management)?.ok_or(ApiError::Service)?;
    if !management.facts.email_verified {
        return refuse(HandshakeReason::ManagementAccountEmailNotVerified);
    }
    if account.partition != record.partition {
        return refuse(HandshakeReason::OrganizationFromDifferentSellerOfRecord);
    }
    if !account.facts.payment_instrument {
        return refuse(HandshakeReason::PaymentInstrumentRequired);
    }
    // The invitation itself counts as one of the open ones: its place becomes the member's.
    let taken = org.members_len() + org.open_invitations(cx.now);
    if taken > cx.settings.limits.of(record).accounts as usize {
        return refuse(HandshakeReason::AccountNumberLimitExceeded);
    }
    Ok(())
}

/// What a direct move needs: the account may leave its organization, and the new one is not too young.
fn check_departure(
    cx: &Cx<'_>,
    (old, old_record): (&Org, &OrgRecord),
    record: &OrgRecord,
    account: &AccountRecord,
) -> Result<(), Stop> {
    if old_record.management == cx.caller {
        return Err(ApiError::MasterCannotLeaveOrganization.into());
    }
    let member = old.member(cx.caller).ok_or(ApiError::Service)?;
    membership::check_wait(cx, &cx.settings.limits.of(old_record), member, account)?;
    if cx.now < record.created.plus(cx.settings.limits.of(record).young_organization) {
        let reason = HandshakeReason::OrganizationMembershipChangeRateLimitExceeded;
        return Err(ApiError::HandshakeConstraintViolation(reason).into());
    }
    Ok(())
}
