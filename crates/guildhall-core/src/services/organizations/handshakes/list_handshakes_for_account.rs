//! ListHandshakesForAccount: the handshakes that the caller received, by its id, its address, or as a member
//! (accounts.md 5.9). Any account. A management account does not see invitations to join another organization (accounts.md 5.4).
//! Ordered by id. Ended ones are shown for 30 days.
//! Refuses: InvalidInput.

use std::collections::BTreeMap;

use super::ListInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::{HandshakeId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::rules::handshake::{Filter, asked_from, manages_an_organization};
use crate::state::handshake::{ActionType, Handshake, HandshakeView, InboxId, RETENTION};
use crate::state::inbox::InboxEntry;
use crate::state::view::View;

pub struct ListHandshakesForAccount;

impl Operation for ListHandshakesForAccount {
    const NAME: &'static str = "ListHandshakesForAccount";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let filter = Filter::read(input.filter.as_ref())?;
        let text = filter.text();
        let listing = Listing { operation: Self::NAME, filter: &text };
        let request = listing.open::<HandshakeId>(cx, input.next_token.as_ref(), input.max_results)?;
        let caller = access::caller(cx, view)?;
        let manages = manages_an_organization(cx, view)?;
        let partition = asked_from(view, caller)?;
        let shows = |h: &Handshake| {
            !h.gone(cx.now)
                && filter.shows(h.action, h.parent)
                && partition.is_none_or(|p| p == h.sender.partition)
        };
        let hides = |action, org| manages && caller.org != Some(org) && action == ActionType::Invite;
        // What an entry says is enough to pass over it.
        let may = |entry: &&InboxEntry| {
            entry.about.as_ref().is_none_or(|about| {
                filter.shows(about.action, None)
                    && partition.is_none_or(|p| p == about.partition)
                    && !hides(about.action, entry.org)
                    && cx.now < about.expires.plus(RETENTION)
            })
        };
        let seen = |org, handshake| HandshakeView { org, handshake, now: cx.now };
        let mut found = Vec::new();
        if let Some(own) = caller.org
            && let Some((org, record)) = view.org(own)?
        {
            let parts = org.handshakes().received(cx.caller.account, request.after).filter(|h| shows(h));
            found.extend(parts.take(request.limit + 1).map(|h| seen(record.id, h)));
        }
        let inboxes = [InboxId::Account(cx.caller.account), InboxId::Address(caller.email.key())];
        view.want(inboxes.clone().map(Owner::from))?;
        let [own, address] = inboxes.map(|inbox| view.inbox(inbox));
        let (own, address) = (own?, address?);
        let (mut last, mut room) = (request.after, request.limit + 1);
        // No organization is looked at but those whose handshakes are shown, and all of them at once. Only what a late
        // timer has not taken away yet makes another round.
        while room > 0 {
            let entries =
                [own, address].into_iter().flat_map(|inbox| inbox.after(last).filter(may).take(room));
            let entries: BTreeMap<HandshakeId, OrgId> = entries.map(|e| (e.handshake, e.org)).collect();
            let entries: Vec<_> = entries.into_iter().take(room).collect();
            if entries.is_empty() {
                break;
            }
            view.want(entries.iter().map(|(_, org)| Owner::Org(*org)))?;
            for (id, org) in entries {
                last = Some(id);
                let Some((aggregate, _)) = view.org(org)? else { continue };
                if let Some(h) = aggregate.handshake(&id).filter(|h| shows(h) && !hides(h.action, org)) {
                    found.push(seen(org, h));
                    room -= 1;
                }
            }
        }
        // A few short lists in one order.
        found.sort_unstable_by_key(|h| h.handshake.id);
        Ok(listing.page(cx, request.limit, found.into_iter(), |h| h.handshake.id).reply("Handshakes"))
    }
}
