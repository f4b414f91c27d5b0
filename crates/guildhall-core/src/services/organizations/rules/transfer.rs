//! Responsibility transfers: their months, their limits, and both sides' view of them (policies.md 9).

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::call::cx::Cx;
use crate::kernel::ids::{OrgId, TaggableId, TransferId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::time::{DAY, LAST, Timestamp};
use crate::rules::access;
use crate::services::organizations::errors::{
    ConstraintReason, HandshakeReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::rules::handshake;
use crate::services::organizations::tags;
use crate::state::account::{AccountRecord, AccountState};
use crate::state::handshake::{ActionType, Handshake, InboxId};
use crate::state::inbox::Inbox;
use crate::state::item::{Item, ItemKey};
use crate::state::mail::{Mail, MailKind};
use crate::state::org::{Org, OrgRecord};
use crate::state::transfer::{Outbound, Source, Transfer, TransferStatus, TransferView};
use crate::state::view::View;

/// An invitation can be accepted until this long before the transfer starts.
pub const NOTICE: i64 = DAY;

/// However many levels an organization is allowed, a chain is no longer than this.
const LONGEST_CHAIN: u32 = 16;

fn civil(at: Timestamp) -> Result<DateTime, Stop> {
    let instant = jiff::Timestamp::from_millisecond(at.0).map_err(|_| Refusal::Internal)?;
    Ok(TimeZone::UTC.to_datetime(instant))
}

/// The first instant of the month that begins `months` after the one of `at`, in UTC.
fn month_start(at: Timestamp, months: i8) -> Result<Timestamp, Stop> {
    let first = civil(at)?.date().first_of_month().to_datetime(jiff::civil::Time::midnight());
    let moved = first.checked_add(jiff::Span::new().months(months)).map_err(|_| Refusal::Internal)?;
    let instant = TimeZone::UTC.to_timestamp(moved).map_err(|_| Refusal::Internal)?;
    Ok(Timestamp(instant.as_millisecond()))
}

fn refuse<T>(reason: InputReason) -> Result<T, Stop> {
    Err(InvalidInput::bare(reason).into())
}

/// Refuses a start that is not the first instant of the next month or of the one after.
pub fn check_start(start: Timestamp, now: Timestamp) -> Result<(), Stop> {
    let Ok(day) = civil(start) else { return refuse(InputReason::StartDateTooLate) };
    if day.time() != jiff::civil::Time::midnight() {
        return refuse(InputReason::StartDateNotBeginningOfDay);
    }
    if day.day() != 1 {
        return refuse(InputReason::StartDateNotBeginningOfMonth);
    }
    // Nobody could accept it in time.
    if start < month_start(now, 1)? || now >= start.plus(-NOTICE) {
        return refuse(InputReason::StartDateTooEarly);
    }
    if start > month_start(now, 2)? { refuse(InputReason::StartDateTooLate) } else { Ok(()) }
}

/// The last instant of a transfer: the end of this month or the next, this one's if none is given. One that has
/// not started yet never runs for less than its first month.
pub fn end(end: Option<Timestamp>, start: Timestamp, now: Timestamp) -> Result<Timestamp, Stop> {
    let first = month_start(now.max(start), 1)?.plus(-1);
    let Some(end) = end else { return Ok(first) };
    // Clients that send whole seconds say 23:59:59.
    let end = if end.0.rem_euclid(1_000) == 0 { end.plus(999) } else { end };
    if end >= LAST {
        return refuse(InputReason::EndDateTooLate);
    }
    let day = civil(end.plus(1))?;
    if day.time() != jiff::civil::Time::midnight() || day.day() != 1 {
        return refuse(InputReason::EndDateNotEndOfMonth);
    }
    if end < first {
        return refuse(InputReason::EndDateTooEarly);
    }
    let last = month_start(now.max(start), 2)?.plus(-1);
    if end > last { refuse(InputReason::EndDateTooLate) } else { Ok(end) }
}

/// A transfer that the caller's organization is a side of.
pub struct FoundTransfer<'a> {
    /// The organization that owns it.
    pub owner: OrgId,
    /// The transfer.
    pub transfer: &'a Transfer,
    /// The caller is its target.
    pub inbound: bool,
}

/// Finds a transfer that the caller's organization is, or is asked to be, a side of.
pub fn find<'a>(cx: &Cx<'_>, view: &mut View<'a>, id: TransferId) -> Result<FoundTransfer<'a>, Stop> {
    let (org, record) = access::organization(cx, view)?;
    if let Some(transfer) = org.transfer(&id) {
        return Ok(FoundTransfer { owner: record.id, transfer, inbound: true });
    }
    let unknown = || OrganizationsError::ResponsibilityTransferNotFound;
    let outbound = org.transfers().outbound().get(&id).map(|outbound| outbound.org);
    let owner = match outbound {
        Some(owner) => owner,
        None => offer(cx, view, record, &id)?.ok_or_else(unknown)?,
    };
    let transfer = visible(cx, view, owner, &id)?.ok_or_else(unknown)?;
    Ok(FoundTransfer { owner, transfer, inbound: false })
}

/// Where offers to pay the bill of the caller's organization wait: at its management account and that one's address.
fn inboxes(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord) -> Result<Vec<InboxId>, Stop> {
    if record.management != cx.caller.account {
        return Ok(Vec::new());
    }
    let caller = access::caller(cx, view)?;
    Ok(vec![InboxId::Account(cx.caller.account), InboxId::Address(caller.email.key())])
}

/// The organization that offers to pay the bill of the caller's organization with this transfer.
fn offer(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    record: &OrgRecord,
    id: &TransferId,
) -> Result<Option<OrgId>, Stop> {
    for inbox in inboxes(cx, view, record)? {
        let inbox = view.inbox(inbox)?;
        if let Some(entry) = inbox.offer(id) {
            return Ok(Some(entry.org));
        }
        if let Some((_, org)) = untold(view, inbox)?.into_iter().find(|(transfer, _)| transfer == id) {
            return Ok(Some(org));
        }
    }
    Ok(None)
}

/// Offers among entries that do not say what they are about, by the organizations that sent them, which load in one go.
fn untold(view: &mut View<'_>, inbox: &Inbox) -> Result<Vec<(TransferId, OrgId)>, Stop> {
    view.want(inbox.untold().map(|entry| Owner::Org(entry.org)))?;
    let mut offers = Vec::new();
    for entry in inbox.untold() {
        let Some((sender, _)) = view.org(entry.org)? else { continue };
        let terms = sender.handshake(&entry.handshake).and_then(|h| h.transfer.as_ref());
        offers.extend(terms.map(|terms| (terms.id, entry.org)));
    }
    Ok(offers)
}

/// A transfer of `owner`, if its source can see it: an offer that was not accepted goes with its invitation.
fn visible<'a>(
    cx: &Cx<'_>,
    view: &mut View<'a>,
    owner: OrgId,
    id: &TransferId,
) -> Result<Option<&'a Transfer>, Stop> {
    let Some((org, _)) = view.org(owner)? else { return Ok(None) };
    let gone = |t: &Transfer| org.handshake(&t.handshake).is_none_or(|h| h.gone(cx.now));
    Ok(org.transfer(id).filter(|t| t.source.is_some() || !gone(t)))
}

/// Transfers that the caller's organization is the source of, invitations that wait for it included; ordered by id, after
/// `last`, `most` at most. No organization is looked at but those whose transfers are shown, and all of them at once.
pub fn outbound<'a>(
    cx: &Cx<'_>,
    view: &mut View<'a>,
    mut last: Option<TransferId>,
    most: usize,
) -> Result<Vec<&'a Transfer>, Stop> {
    let (org, record) = access::organization(cx, view)?;
    let (mut inboxes_read, mut old) = (Vec::new(), Vec::new());
    for inbox in inboxes(cx, view, record)? {
        let inbox = view.inbox(inbox)?;
        old.extend(untold(view, inbox)?);
        inboxes_read.push(inbox);
    }
    let mut found = Vec::new();
    while found.len() < most {
        let room = most - found.len();
        let from = (last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let own = org.transfers().outbound().range(from).map(|(id, outbound)| (*id, outbound.org));
        let mut next: BTreeMap<TransferId, OrgId> = own.take(room).collect();
        for inbox in &inboxes_read {
            let offered = inbox.offers(last).filter_map(|e| Some((e.about.as_ref()?.transfer?, e.org)));
            next.extend(offered.take(room));
        }
        next.extend(old.iter().copied().filter(|(id, _)| last.is_none_or(|last| *id > last)));
        let next: Vec<_> = next.into_iter().take(room).collect();
        if next.is_empty() {
            break;
        }
        view.want(next.iter().map(|(_, owner)| Owner::Org(*owner)))?;
        for (id, owner) in next {
            found.extend(visible(cx, view, owner, &id)?);
            last = Some(id);
        }
    }
    Ok(found)
}

/// A transfer as the caller's organization sees it.
pub fn seen<'a>(cx: &Cx<'_>, record: &OrgRecord, inbound: bool, transfer: &'a Transfer) -> TransferView<'a> {
    let (org, management, partition) = (record.id, record.management, record.partition);
    TransferView { org, management, partition, inbound, transfer, now: cx.now }
}

/// Transfers of which an organization is the source and that run or will.
fn active_outbound<'a>(
    view: &mut View<'a>,
    org: &Org,
    now: Timestamp,
) -> Result<Vec<(OrgId, &'a Transfer)>, Stop> {
    let mut active = Vec::new();
    // Those that are over are not looked up: each organization has some, in the end.
    let outbound = org.transfers().outbound().values();
    let outbound: Vec<_> = outbound.filter(|o| o.end.is_none_or(|end| now <= end)).collect();
    view.want(outbound.iter().map(|o| Owner::Org(o.org)))?;
    for Outbound { transfer, org: target, .. } in outbound {
        let transfer = view.org(*target)?.and_then(|(o, _)| o.transfer(transfer));
        active.extend(transfer.filter(|t| t.is_active(now)).map(|t| (*target, t)));
    }
    Ok(active)
}

/// Refuses if the source has somebody who pays already when a transfer starts. One that is withdrawn has given its place
/// back to those that come after its end.
fn check_outbound(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (source, record): (&Org, &OrgRecord),
    start: Timestamp,
) -> Result<(), Stop> {
    let active = active_outbound(view, source, cx.now)?;
    let taken = active.iter().filter(|(_, t)| t.end.is_none_or(|end| end >= start)).count();
    if taken < cx.settings.limits.of(record).outbound_transfers as usize {
        return Ok(());
    }
    let reason = ConstraintReason::ResponsibilityTransferMaxOutboundQuotaViolation;
    Err(OrganizationsError::ConstraintViolation(reason).into())
}

/// The organizations that pay an organization's bill (`up`), or whose bills it pays, now or soon.
fn neighbors(view: &mut View<'_>, org: &Org, up: bool, now: Timestamp) -> Result<Vec<OrgId>, Stop> {
    if up {
        return Ok(active_outbound(view, org, now)?.into_iter().map(|(id, _)| id).collect());
    }
    let active = org.transfers().active(now);
    Ok(active.filter_map(|t| Some(t.source.as_ref()?.org)).collect())
}

/// How many transfers follow upon each other from `org` on; counts no further than `most`.
fn chain(view: &mut View<'_>, org: &Org, up: bool, most: u32, now: Timestamp) -> Result<u32, Stop> {
    let neighbors = neighbors(view, org, up, now)?;
    // Nobody is loaded only to be counted.
    if most <= 1 || neighbors.is_empty() {
        return Ok(most.min(u32::from(!neighbors.is_empty())));
    }
    let mut longest = 0;
    view.want(neighbors.iter().map(|id| Owner::Org(*id)))?;
    for id in neighbors {
        let Some((org, _)) = view.org(id)? else { continue };
        longest = longest.max(1 + chain(view, org, up, most - 1, now)?);
    }
    Ok(longest)
}

/// Refuses if the chain would be too long, or a circle. An invitation does not know its source.
pub fn check_levels(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    target: (&Org, &OrgRecord),
    source: Option<(&Org, &OrgRecord)>,
) -> Result<(), Stop> {
    let limit = cx.settings.limits.of(target.1).transfer_levels.min(LONGEST_CHAIN);
    let mut levels = 1 + chain(view, target.0, true, limit, cx.now)?;
    if let Some((org, _)) = source.filter(|_| levels <= limit) {
        levels += chain(view, org, false, limit - levels + 1, cx.now)?;
    }
    let circle = match source {
        Some((_, record)) if levels <= limit => is_above(view, target.0, record.id, limit, cx.now)?,
        _ => false,
    };
    if levels <= limit && !circle {
        return Ok(());
    }
    Err(OrganizationsError::ConstraintViolation(ConstraintReason::ResponsibilityTransferMaxLevelViolation)
        .into())
}

/// Whether `wanted` pays the bill of `org`, or of somebody who does.
fn is_above(view: &mut View<'_>, org: &Org, wanted: OrgId, most: u32, now: Timestamp) -> Result<bool, Stop> {
    for id in neighbors(view, org, true, now)? {
        let Some((payer, _)) = view.org(id)? else { continue };
        if id == wanted || (most > 0 && is_above(view, payer, wanted, most - 1, now)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The caller's organization hands its bill on. Answers the invitation as it was accepted.
pub fn accept(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, h: &Handshake) -> Result<Handshake, Stop> {
    let refuse = |reason| Err(OrganizationsError::HandshakeConstraintViolation(reason).into());
    let account = access::caller(cx, view)?;
    let own = match account.org {
        Some(own) => view.org(own)?.filter(|(_, record)| record.management == cx.caller.account),
        None => None,
    };
    let Some((source, record)) = own else { return refuse(HandshakeReason::TargetAccountValidationFailure) };
    if record.id == id {
        return refuse(HandshakeReason::SourceAndTargetCannotMatch);
    }
    if account.partition != h.sender.partition {
        return refuse(HandshakeReason::TransferFromDifferentSellerOfRecord);
    }
    if !account.facts.can_pay() {
        return refuse(HandshakeReason::PaymentInstrumentRequired);
    }
    check_active(cx, account)?;
    let target = view.org(id)?.ok_or(Refusal::Internal)?;
    let transfer = h.transfer.as_ref().and_then(|t| target.0.transfer(&t.id)).ok_or(Refusal::Internal)?;
    if target.0.transfers().is_active_with(record.id, cx.now) {
        return refuse(HandshakeReason::ResponsibilityTransferAlreadyExists);
    }
    check_outbound(cx, view, (source, record), transfer.start)?;
    check_levels(cx, view, target, Some((source, record)))?;
    let (org, email) = (record.id, account.email.clone());
    let agreed = transfer.accepted(Source { org, account: cx.caller.account, email });
    let accepted = h.accepted(cx.caller.account, cx.now);
    handshake::close(view, id, accepted.clone(), cx.now);
    view.put(Owner::Org(id), Item::Transfer(agreed));
    view.put(Owner::Org(org), Item::Outbound(Outbound { transfer: transfer.id, org: id, end: None }));
    if !h.tags.0.is_empty() {
        // What it was tagged with meanwhile is newer.
        let resource = TaggableId::Transfer(transfer.id);
        let newer = target.0.tags(&resource).cloned().unwrap_or_default();
        view.put(Owner::Org(id), Item::Tags(resource, tags::with(&h.tags, &newer, u32::MAX)?));
    }
    let management = target.0.member(target.1.management).ok_or(Refusal::Internal)?;
    let mail =
        Mail::about(MailKind::TransferAccepted, management.email.clone(), id, h, Some(cx.caller.account));
    view.changes.mails.push(mail);
    Ok(accepted)
}

/// Refuses an account whose sign-up is not finished.
pub fn check_active(cx: &Cx<'_>, account: &AccountRecord) -> Result<(), OrganizationsError> {
    match account.standing.state(cx.now) {
        AccountState::Active => Ok(()),
        _ => Err(OrganizationsError::ConstraintViolation(
            ConstraintReason::AccountNotActiveForTransferResponsibility,
        )),
    }
}

/// Whether a transfer of this organization is being agreed, runs, or will.
pub fn is_involved(view: &mut View<'_>, org: &Org, now: Timestamp) -> Result<bool, Stop> {
    Ok(org.transfers().active_len(now) > 0 || !active_outbound(view, org, now)?.is_empty())
}

/// Writes down how the invitation to a transfer ended, other than by being accepted.
pub fn close(
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    invitation: &Handshake,
    status: TransferStatus,
) {
    if let Some(transfer) = invitation.transfer.as_ref().and_then(|terms| org.transfer(&terms.id)) {
        view.put(Owner::Org(record.id), Item::Transfer(transfer.closed(status)));
    }
}

/// Forgets a transfer with its invitation, if it never came about.
pub fn forget(view: &mut View<'_>, (org, id): (&Org, OrgId), invitation: &Handshake) {
    if invitation.action == ActionType::TransferResponsibility
        && let Some(transfer) = invitation.transfer.as_ref().and_then(|terms| org.transfer(&terms.id))
        && transfer.source.is_none()
    {
        let resource = TaggableId::Transfer(transfer.id);
        if org.tags(&resource).is_some() {
            view.changes.remove(Owner::Org(id), ItemKey::Tags(resource));
        }
        view.changes.remove(Owner::Org(id), ItemKey::Transfer(transfer.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn reason(result: Result<impl Sized, Stop>) -> String {
        match result {
            Ok(_) => "fine".to_owned(),
            Err(Stop::Refused(refusal)) => {
                crate::OrganizationsError::reason(refusal.own().unwrap()).unwrap_or_default().into_owned()
            }
            Err(_) => "something else".to_owned(),
        }
    }

    #[test]
    fn a_transfer_starts_with_one_of_the_next_two_months() {
        for (now, start, what) in [
            ("2026-01-15T12:00:00Z", "2026-02-01T00:00:00Z", "fine"),
            ("2026-01-15T12:00:00Z", "2026-03-01T00:00:00Z", "fine"),
            ("2026-01-15T12:00:00Z", "2026-04-01T00:00:00Z", "START_DATE_TOO_LATE"),
            ("2026-01-15T12:00:00Z", "2026-01-01T00:00:00Z", "START_DATE_TOO_EARLY"),
            ("2026-01-15T12:00:00Z", "2026-02-02T00:00:00Z", "START_DATE_NOT_BEGINNING_OF_MONTH"),
            ("2026-01-15T12:00:00Z", "2026-02-01T00:00:00.001Z", "START_DATE_NOT_BEGINNING_OF_DAY"),
            ("2026-11-30T00:00:00Z", "2027-01-01T00:00:00Z", "fine"),
            ("2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z", "START_DATE_TOO_EARLY"),
            ("2024-01-30T23:59:59.999Z", "2024-02-01T00:00:00Z", "fine"),
        ] {
            assert_eq!(reason(check_start(at(start), at(now))), what, "{start} on {now}");
        }
    }

    #[test]
    fn a_transfer_ends_with_this_month_or_the_next() {
        let running = at("2025-01-01T00:00:00Z");
        for (now, wanted, what) in [
            ("2024-02-10T00:00:00Z", "2024-02-29T23:59:59.999Z", "fine"),
            ("2026-01-31T23:59:59.999Z", "2026-01-31T23:59:59.999Z", "fine"),
            ("2026-01-15T00:00:00Z", "2026-02-28T23:59:59.999Z", "fine"),
            ("2026-01-15T00:00:00Z", "2026-03-31T23:59:59.999Z", "END_DATE_TOO_LATE"),
            ("2026-01-15T00:00:00Z", "2025-12-31T23:59:59.999Z", "END_DATE_TOO_EARLY"),
            ("2026-01-15T00:00:00Z", "2026-01-31T23:59:59Z", "fine"),
            ("2026-01-15T00:00:00Z", "2026-01-31T23:59:58Z", "END_DATE_NOT_END_OF_MONTH"),
            ("2026-01-15T00:00:00Z", "2026-01-31T23:59:59.5Z", "END_DATE_NOT_END_OF_MONTH"),
            ("2026-01-15T00:00:00Z", "2026-01-30T23:59:59.999Z", "END_DATE_NOT_END_OF_MONTH"),
        ] {
            let start = running.min(at(now));
            assert_eq!(reason(end(Some(at(wanted)), start, at(now))), what, "{wanted} on {now}");
        }
        let default = end(None, running, at("2026-12-05T00:00:00Z")).unwrap();
        assert_eq!(default, at("2026-12-31T23:59:59.999Z"));
        let unstarted = end(None, at("2026-12-01T00:00:00Z"), at("2026-11-20T00:00:00Z")).unwrap();
        assert_eq!(unstarted, at("2026-12-31T23:59:59.999Z"), "its first month is paid for");
    }
}
