//! Joining and leaving an organization: the prerequisites and what changes (accounts.md 4.7, 5.5 to 5.7).

use crate::account::AccountRecord;
use crate::cx::Cx;
use crate::error::{ApiError, ConstraintReason, Stop};
use crate::ids::{AccountId, OrgId, ParentId, TaggableId};
use crate::item::{Item, ItemKey};
use crate::org::{JoinedMethod, Member, Org, OrgRecord};
use crate::owner::Owner;
use crate::rules::limits::Limits;
use crate::tag::Tags;
use crate::view::View;

/// Refuses if a member is too young to go: created in the organization and not long ago.
pub fn check_wait(
    cx: &Cx<'_>,
    limits: &Limits,
    member: &Member,
    account: &AccountRecord,
) -> Result<(), ApiError> {
    let waits =
        member.method == JoinedMethod::Created && cx.now < account.created.plus(limits.created_account_wait);
    if waits { Err(ApiError::ConstraintViolation(ConstraintReason::WaitPeriodActive)) } else { Ok(()) }
}

/// Refuses if a member lacks what a standalone account needs.
pub fn check_standalone(
    cx: &Cx<'_>,
    org: &OrgRecord,
    member: &Member,
    account: &AccountRecord,
) -> Result<(), ApiError> {
    let refuse = |reason| Err(ApiError::ConstraintViolation(reason));
    let facts = &account.facts;
    if !facts.payment_instrument {
        return refuse(ConstraintReason::MemberAccountPaymentInstrumentRequired);
    }
    if !facts.customer_agreement {
        return refuse(ConstraintReason::AccountCannotLeaveWithoutEula);
    }
    if !facts.phone_verified {
        return refuse(ConstraintReason::AccountCannotLeaveWithoutPhoneVerification);
    }
    check_wait(cx, &cx.settings.limits.of(org), member, account)
}

/// Takes an account out of its organization, and its tags with it. `account` is written with what the caller
/// puts into `org` next: nothing, or the organization it moves to.
pub fn leave(view: &mut View<'_>, org: (&Org, &OrgRecord), account: AccountId) {
    let (aggregate, record) = org;
    let owner = Owner::Org(record.id);
    view.changes.remove(owner.clone(), ItemKey::member(account));
    let resource = TaggableId::Account(account);
    if aggregate.tags(&resource).is_some() {
        view.changes.remove(owner, ItemKey::tags(&resource));
    }
}

/// Writes an account's own side of its membership.
pub fn set_organization(view: &mut View<'_>, account: &AccountRecord, org: Option<OrgId>) {
    view.put(Owner::Account(account.id), Item::Account(AccountRecord { org, ..account.clone() }));
}

/// Puts an account into the root of an organization.
pub fn join(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord, account: &AccountRecord, tags: &Tags) {
    let owner = Owner::Org(record.id);
    let member = Member {
        id: account.id,
        email: account.email.clone(),
        name: account.name.as_str().into(),
        parent: ParentId::Root(record.root),
        method: JoinedMethod::Invited,
        joined: cx.now,
        suspended: account.facts.suspended,
    };
    view.put(owner.clone(), Item::Member(member));
    if !tags.0.is_empty() {
        view.put(owner, Item::Tags(TaggableId::Account(account.id), tags.clone()));
    }
    set_organization(view, account, Some(record.id));
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
    let member = aggregate.member(account).ok_or(ApiError::AccountNotFound)?;
    if record.management == account {
        return Err(ApiError::MasterCannotLeaveOrganization.into());
    }
    let own = view.account(account)?.ok_or(ApiError::Service)?;
    check_standalone(cx, record, member, own)?;
    leave(view, org, account);
    set_organization(view, own, None);
    Ok(())
}
