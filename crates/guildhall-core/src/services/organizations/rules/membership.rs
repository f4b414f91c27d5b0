//! Joining and leaving an organization: the prerequisites and what changes (accounts.md 4.7, 5.5 to 5.7).

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, ParentId, TaggableId, TargetId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::policy;
use crate::state::account::AccountRecord;
use crate::state::item::{Item, ItemKey};
use crate::state::limits::{Limits, days};
use crate::state::org::{JoinedMethod, Member, Org, OrgRecord};
use crate::state::tag::Tags;
use crate::state::view::View;

/// Refuses if a member is too young to go: created in the organization and not long ago.
pub fn check_wait(
    cx: &Cx<'_>,
    limits: &Limits,
    member: &Member,
    account: &AccountRecord,
) -> Result<(), OrganizationsError> {
    let wait = days(limits.created_account_days);
    let waits = member.method == JoinedMethod::Created && cx.now < account.created.plus(wait);
    if waits {
        Err(OrganizationsError::ConstraintViolation(ConstraintReason::WaitPeriodActive))
    } else {
        Ok(())
    }
}

/// Refuses if an account is being closed, or is: it stays where it is (accounts.md 5.7).
pub fn check_not_closing(account: &AccountRecord) -> Result<(), OrganizationsError> {
    let reason = ConstraintReason::AccountCannotLeaveOrganization;
    if account.standing.closure.is_some() {
        Err(OrganizationsError::ConstraintViolation(reason))
    } else {
        Ok(())
    }
}

/// Refuses if a member lacks what a standalone account needs.
pub fn check_standalone(
    cx: &Cx<'_>,
    org: &OrgRecord,
    member: &Member,
    account: &AccountRecord,
) -> Result<(), OrganizationsError> {
    let refuse = |reason| Err(OrganizationsError::ConstraintViolation(reason));
    let facts = &account.facts;
    if !facts.payment_instrument {
        return refuse(ConstraintReason::MemberAccountPaymentInstrumentRequired);
    }
    if !facts.payment_instrument_valid {
        return refuse(ConstraintReason::InvalidPaymentInstrument);
    }
    if !facts.customer_agreement {
        return refuse(ConstraintReason::AccountCannotLeaveWithoutEula);
    }
    if !facts.phone_verified {
        return refuse(ConstraintReason::AccountCannotLeaveWithoutPhoneVerification);
    }
    check_wait(cx, &cx.settings.limits.of(org), member, account)
}

/// Refuses, for the reason given, if a member administers a service.
pub fn check_no_delegate(
    org: &Org,
    account: AccountId,
    reason: ConstraintReason,
) -> Result<(), OrganizationsError> {
    if org.delegation().of(account).is_some() {
        Err(OrganizationsError::ConstraintViolation(reason))
    } else {
        Ok(())
    }
}

/// Takes an account out of its organization, and with it its tags, its delegations, and its part in enabling all
/// features. The caller writes the account itself, with no organization or the one it moves to.
pub fn leave(cx: &Cx<'_>, view: &mut View<'_>, org: (&Org, &OrgRecord), account: AccountId) {
    let (aggregate, record) = org;
    let owner = Owner::Org(record.id);
    view.changes.remove(owner.clone(), ItemKey::Member(account));
    let resource = TaggableId::Account(account);
    if aggregate.tags(&resource).is_some() {
        view.changes.remove(owner.clone(), ItemKey::Tags(resource));
    }
    for principal in aggregate.delegation().of(account).into_iter().flat_map(|s| s.keys()) {
        view.changes.remove(owner.clone(), ItemKey::Delegate(account, *principal));
    }
    policy::forget_node(view, aggregate, record, &TargetId::Account(account));
    features::member_left(cx, view, org, account);
}

/// Writes an account's own side of leaving an organization. The roles that were made in it stay.
pub fn set_standalone(view: &mut View<'_>, account: &AccountRecord) {
    let new = AccountRecord { org: None, ..account.clone() };
    view.put(Owner::Account(account.id), Item::Account(new));
}

/// Puts an account into the root of an organization that it was invited to.
pub fn join(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord, account: &AccountRecord, tags: &Tags) {
    enter(cx, view, record, account, JoinedMethod::Invited, tags);
    let new = AccountRecord { org: Some(record.id), ..account.clone() };
    view.put(Owner::Account(account.id), Item::Account(new));
}

/// Writes an organization's side of a new membership, in its root.
pub fn enter(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    record: &OrgRecord,
    account: &AccountRecord,
    method: JoinedMethod,
    tags: &Tags,
) {
    let owner = Owner::Org(record.id);
    let member = Member {
        id: account.id,
        email: account.email.clone(),
        name: account.name.as_str().into(),
        parent: ParentId::Root(record.root),
        method,
        joined: cx.now,
        placed: cx.now,
        standing: account.standing,
        role_deleted: false,
    };
    view.put(owner.clone(), Item::Member(member));
    if !tags.0.is_empty() {
        view.put(owner, Item::Tags(TaggableId::Account(account.id), tags.clone()));
    }
}

/// Takes an account out of its organization and leaves it standalone: the management account never, and a
/// member only with everything that a standalone account needs.
pub fn depart(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    org: (&Org, &OrgRecord),
    account: AccountId,
) -> Result<(), Stop> {
    let (aggregate, record) = org;
    let member = aggregate.member(account).ok_or(OrganizationsError::AccountNotFound)?;
    if record.management == account {
        return Err(OrganizationsError::MasterCannotLeaveOrganization.into());
    }
    let own = view.account(account)?.ok_or(Refusal::Internal)?;
    check_not_closing(own)?;
    check_no_delegate(aggregate, account, ConstraintReason::CannotRemoveDelegatedAdministratorFromOrg)?;
    check_standalone(cx, record, member, own)?;
    leave(cx, view, org, account);
    set_standalone(view, own);
    Ok(())
}
