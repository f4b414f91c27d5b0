//! Enabling all features: a request, its parts for the members, and when it can be finalized (accounts.md 3.7).

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::{access, organization_roles};
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::rules::handshake;
use crate::state::handshake::{ActionType, Handshake, State, Target};
use crate::state::item::Item;
use crate::state::limits::days;
use crate::state::mail::{Mail, MailKind};
use crate::state::org::{FeatureSet, JoinedMethod, Member, Org, OrgRecord};
use crate::state::timer::TimerAction;
use crate::state::view::View;

/// The features that a new invitation promises: all, as soon as they are asked for.
pub fn promised(org: &Org, record: &OrgRecord, cx: &Cx<'_>) -> FeatureSet {
    match org.handshakes().process(cx.now) {
        Some(_) => FeatureSet::All,
        None => record.feature_set,
    }
}

/// Opens the request that waits when nobody but `account` is missing.
fn open_without(cx: &Cx<'_>, view: &mut View<'_>, (org, record): (&Org, &OrgRecord), account: AccountId) {
    let waiting = org.handshakes().process(cx.now).filter(|h| h.state(cx.now) == State::Requested);
    let Some(request) = waiting else { return };
    // Who refused and left does not count any more, and who came back has agreed by joining.
    let waits = |h: &Handshake, m: &Member| m.id != account && m.joined <= h.requested;
    let missing = |h: &Handshake| h.member().and_then(|m| org.member(m)).is_some_and(|m| waits(h, m));
    if !org.handshakes().unapproved().any(missing) {
        view.put(Owner::Org(record.id), Item::Handshake(request.opened()));
    }
}

/// Writes the request and its parts: one for every invited member, and one for a created member whose role is gone.
/// They all end together. Without parts the request is open at once. Answers it.
pub fn begin(cx: &Cx<'_>, view: &mut View<'_>, (org, record): (&Org, &OrgRecord)) -> Result<Handshake, Stop> {
    let owner = Owner::Org(record.id);
    let expires = cx.now.plus(days(cx.settings.limits.of(record).all_features_days));
    let sender = handshake::sender(org, record)?;
    let new = |action, id| Handshake::new(action, id, cx.now, expires, sender.clone(), FeatureSet::All);
    let mut request = new(ActionType::EnableAllFeatures, cx.ids.handshake(cx.now)?);
    let mut no_parts = true;
    for member in org.members_after(None).filter(|m| m.id != record.management) {
        let action = match member.method {
            JoinedMethod::Invited => ActionType::ApproveAllFeatures,
            JoinedMethod::Created if member.role_deleted => ActionType::AddOrganizationsServiceLinkedRole,
            JoinedMethod::Created => continue,
        };
        no_parts = false;
        let mut part = new(action, cx.ids.handshake(cx.now)?);
        part.target = Some(Target::Account(member.id));
        (part.mailed, part.parent) = (Some(member.email.clone()), Some(request.id));
        let mail = Mail::about(MailKind::AllFeaturesRequest, member.email.clone(), record.id, &part, None);
        view.changes.mails.push(mail);
        view.put(owner.clone(), Item::Handshake(part));
    }
    if no_parts {
        request = request.opened();
    }
    view.changes.set_timer(expires, owner.clone(), TimerAction::Expire(request.id));
    view.put(owner, Item::Handshake(request.clone()));
    Ok(request)
}

/// A member agrees to its part; the last one opens the request. The role that all features need is in the account
/// from then on. Answers the part as it was accepted.
pub fn approve(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, part: &Handshake) -> Result<Handshake, Stop> {
    let (org, record) = view.org(id)?.ok_or(Refusal::Internal)?;
    let account = access::caller(cx, view)?;
    let accepted = part.accepted(cx.caller.account, cx.now);
    handshake::close(view, id, accepted.clone(), cx.now);
    organization_roles::link(cx, view, account)?;
    organization_roles::note(view, id, account.id, false)?;
    open_without(cx, view, (org, record), cx.caller.account);
    Ok(accepted)
}

/// A member has left: its part is canceled, and blocks nobody.
pub fn member_left(cx: &Cx<'_>, view: &mut View<'_>, org: (&Org, &OrgRecord), account: AccountId) {
    let (aggregate, record) = org;
    if let Some(part) = aggregate.handshakes().received(account, None).find(|h| h.is_open(cx.now)) {
        handshake::close(view, record.id, part.withdrawn(cx.now), cx.now);
    }
    open_without(cx, view, org, account);
}

/// Writes down that a request has expired before another one is made: its timer is late, and would end what belongs to
/// the new one.
pub fn expire_overdue(cx: &Cx<'_>, view: &mut View<'_>, org: (&Org, &OrgRecord)) {
    if let Some(request) = org.0.handshakes().overdue_process(cx.now) {
        abandon(cx, view, org, request, request.expires);
        let expired = request.closed(State::Expired, request.expires);
        handshake::close(view, org.1.id, expired, request.expires);
    }
}

/// Ends what belongs to a request that ends at `at` without being accepted: its parts, and the invitations that
/// promised what will not come.
pub fn abandon(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    request: &Handshake,
    at: crate::kernel::time::Timestamp,
) {
    for part in org.handshakes().children(request.id, None).filter(|h| h.is_stored_open()) {
        handshake::close(view, record.id, part.closed(State::Canceled, at), at);
    }
    cancel_invitations(cx, view, (org, record), FeatureSet::All);
}

/// Cancels open invitations that promise `features`; no mail goes out (accounts.md 8).
pub fn cancel_invitations(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    features: FeatureSet,
) {
    for invitation in org.handshakes().stored_open().filter(|h| h.feature_set == features) {
        let ended = invitation.withdrawn(cx.now);
        let at = ended.ended(cx.now).unwrap_or(cx.now);
        handshake::close(view, record.id, ended, at);
    }
}

/// Finalizes: the organization has all features from now on, and every member the role that they need. Answers the request as it was accepted.
pub fn finalize(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, request: &Handshake) -> Result<Handshake, Stop> {
    let (org, record) = view.org(id)?.ok_or(Refusal::Internal)?;
    // Open: everybody has approved.
    if request.state(cx.now) != State::Open {
        return Err(OrganizationsError::InvalidHandshakeTransition.into());
    }
    let members = || org.members_after(None).map(|member| member.id);
    view.want(members().flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    let accepted = request.accepted(cx.caller.account, cx.now);
    handshake::close(view, id, accepted.clone(), cx.now);
    for member in members() {
        let account = view.account(member)?.ok_or(Refusal::Internal)?;
        organization_roles::link(cx, view, account)?;
    }
    let record = OrgRecord { feature_set: FeatureSet::All, ..record.clone() };
    view.put(Owner::Org(id), Item::Org(record));
    Ok(accepted)
}
