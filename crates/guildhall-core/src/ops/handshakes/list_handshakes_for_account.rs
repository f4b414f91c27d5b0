//! ListHandshakesForAccount: the handshakes that the caller received, by its id, its address, or as a member
//! (accounts.md 5.9). Any account. A management account does not see invitations to join another organization (accounts.md 5.4).
//! Ordered by id. Ended ones are shown for 30 days.
//! Refuses: InvalidInput.

use std::ops::Bound;

use super::ListInput as Input;
use crate::access::{self, Access};
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::handshake::{ActionType, Handshake, HandshakeView};
use crate::ids::HandshakeId;
use crate::ops::Operation;
use crate::owner::Owner;
use crate::page::Listing;
use crate::rules::handshake::{Filter, asked_from, manages_an_organization};
use crate::view::View;

/// The operation.
pub struct ListHandshakesForAccount;

impl Operation for ListHandshakesForAccount {
    const NAME: &'static str = "ListHandshakesForAccount";
    const ACCESS: Access = Access::AnyAccount;
    const MODE: Mode = Mode::Read;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let filter = Filter::read(input.filter.as_ref())?;
        let text = filter.text();
        let listing = Listing { operation: Self::NAME, filter: &text };
        let request = listing.open::<HandshakeId>(cx, input.next_token.as_ref(), input.max_results)?;
        let caller = access::caller(cx, view)?;
        let manages = manages_an_organization(cx, view)?;
        let partition = asked_from(view, caller)?;
        let shows = |h: &Handshake| {
            !h.gone(cx.now) && filter.shows(h) && partition.is_none_or(|p| p == h.sender.partition)
        };
        let seen = |org, handshake| HandshakeView { org, handshake, now: cx.now };
        let mut found = Vec::new();
        if let Some(own) = caller.org
            && let Some((org, record)) = view.org(own)?
        {
            let parts = org.handshakes().received(cx.caller, request.after).filter(|h| shows(h));
            found.extend(parts.take(request.limit + 1).map(|h| seen(record.id, h)));
        }
        let from = request.after.map_or(Bound::Unbounded, Bound::Excluded);
        for inbox in [Owner::Account(cx.caller), Owner::Address(caller.email.key())] {
            let mut room = request.limit + 1;
            for (id, org) in view.inbox(inbox)?.range((from, Bound::Unbounded)) {
                let Some((aggregate, _)) = view.org(*org)? else { continue };
                let elsewhere = manages && caller.org != Some(*org);
                let hidden = |h: &Handshake| elsewhere && h.action == ActionType::Invite;
                if let Some(h) = aggregate.handshake(id).filter(|h| shows(h) && !hidden(h)) {
                    found.push(seen(*org, h));
                    room -= 1;
                }
                if room == 0 {
                    break;
                }
            }
        }
        // A few short lists in one order.
        found.sort_unstable_by_key(|h| h.handshake.id);
        Ok(listing.page(cx, request.limit, found.into_iter(), |h| h.handshake.id).reply("Handshakes"))
    }
}
