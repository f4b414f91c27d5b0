//! ListHandshakesForAccount: the handshakes that the caller received, by its id or its address (accounts.md 5.9).
//! Any account. A management account does not see invitations to join another organization (accounts.md 5.4).
//! Ordered by id. Ended ones are shown for 30 days.
//! Refuses: InvalidInput.

use std::ops::Bound;

use super::ListInput as Input;
use crate::access::{self, Access};
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::handshake::HandshakeView;
use crate::ids::HandshakeId;
use crate::ops::Operation;
use crate::owner::Owner;
use crate::page::Listing;
use crate::rules::handshake::{Filter, manages_an_organization};
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
        let mut found = Vec::new();
        if !manages_an_organization(cx, view)? {
            let caller = access::caller(cx, view)?;
            let from = request.after.map_or(Bound::Unbounded, Bound::Excluded);
            let by_id = view.inbox(Owner::Account(cx.caller))?;
            let by_address = view.inbox(Owner::Address(caller.email.key()))?;
            // Two ordered lists in one order, so that a page reads no more than it shows.
            let mut by_id = by_id.range((from, Bound::Unbounded)).peekable();
            let mut by_address = by_address.range((from, Bound::Unbounded)).peekable();
            while found.len() <= request.limit {
                let first = match (by_id.peek(), by_address.peek()) {
                    (Some(a), Some(b)) if a.0 > b.0 => by_address.next(),
                    (Some(_), _) => by_id.next(),
                    (None, _) => by_address.next(),
                };
                let Some((id, org)) = first else { break };
                let Some((aggregate, _)) = view.org(*org)? else { continue };
                let Some(h) = aggregate.handshake(id) else { continue };
                if !h.gone(cx.now) && filter.shows(h) {
                    found.push(HandshakeView { org: *org, handshake: h, now: cx.now });
                }
            }
        }
        Ok(listing.page(cx, request.limit, found.into_iter(), |h| h.handshake.id).reply("Handshakes"))
    }
}
