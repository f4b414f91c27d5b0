//! Accepting an invitation to an organization (accounts.md 5.5 to 5.7).

use crate::call::cx::Cx;
use crate::kernel::ids::OrgId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::{access, organization_roles};
use crate::services::organizations::errors::{ConstraintReason, HandshakeReason, OrganizationsError};
use crate::services::organizations::rules::handshake;
use crate::services::organizations::rules::membership;
use crate::state::account::AccountRecord;
use crate::state::handshake::Handshake;
use crate::state::limits::FIRST_WEEK;
use crate::state::mail::{Mail, MailKind};
use crate::state::org::{Org, OrgRecord};
use crate::state::view::View;

/// The caller joins the organization that sent the invitation, and leaves the one that it is in. Answers the
/// invitation as it was accepted.
pub fn accept(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, h: &Handshake) -> Result<Handshake, Stop> {
    let account = access::caller(cx, view)?;
    let (org, record) = view.org(id)?.ok_or(Refusal::Internal)?;
    let accepted = h.accepted(cx.caller.account, cx.now);
    if account.org == Some(id) {
        // Refused, and accepted all the same (observed.md 13).
        handshake::close(view, id, accepted, cx.now);
        let reason = HandshakeReason::AlreadyInAnOrganization;
        let refusal = OrganizationsError::HandshakeConstraintViolation(reason);
        return Err(Stop::RefusedAfterChange(refusal.into()));
    }
    membership::check_not_closing(account)?;
    check_destination(cx, view, (org, record), account)?;
    if let Some(old) = account.org {
        let old = view.org(old)?.ok_or(Refusal::Internal)?;
        check_departure(cx, old, record, account)?;
        membership::leave(cx, view, old, cx.caller.account);
    }
    membership::join(cx, view, record, account, &h.tags);
    organization_roles::link(cx, view, account)?;
    let mail = |kind, to| Mail::about(kind, to, id, h, Some(cx.caller.account));
    let management = org.member(record.management).ok_or(Refusal::Internal)?;
    view.changes.mails.push(mail(MailKind::InvitationAccepted, management.email.clone()));
    view.changes.mails.push(mail(MailKind::MembershipStarted, account.email.clone()));
    handshake::close(view, id, accepted.clone(), cx.now);
    Ok(accepted)
}

/// What the inviting organization has to allow.
fn check_destination(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    account: &AccountRecord,
) -> Result<(), Stop> {
    let refuse = |reason| Err(Stop::from(OrganizationsError::HandshakeConstraintViolation(reason)));
    let management = view.account(record.management)?.ok_or(Refusal::Internal)?;
    if !management.facts.email_verified {
        return refuse(HandshakeReason::ManagementAccountEmailNotVerified);
    }
    if account.partition != record.partition {
        return refuse(HandshakeReason::OrganizationFromDifferentSellerOfRecord);
    }
    if !account.facts.can_pay() {
        return refuse(HandshakeReason::PaymentInstrumentRequired);
    }
    // The invitation itself counts as one of the open ones: its place becomes the member's.
    let taken = org.members_len() + org.handshakes().open_invitations(cx.now);
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
    if old_record.management == cx.caller.account {
        return Err(OrganizationsError::MasterCannotLeaveOrganization.into());
    }
    let member = old.member(cx.caller.account).ok_or(Refusal::Internal)?;
    membership::check_no_delegate(
        old,
        cx.caller.account,
        ConstraintReason::DelegatedAdministratorCannotMove,
    )?;
    membership::check_wait(cx, &cx.settings.limits.of(old_record), member, account)?;
    if cx.settings.limits.of(record).first_week && cx.now < record.created.plus(FIRST_WEEK) {
        let reason = HandshakeReason::OrganizationMembershipChangeRateLimitExceeded;
        return Err(OrganizationsError::HandshakeConstraintViolation(reason).into());
    }
    Ok(())
}
