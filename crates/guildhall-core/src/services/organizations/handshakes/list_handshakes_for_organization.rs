//! ListHandshakesForOrganization: the handshakes that the organization sent (accounts.md 5.9). Management account
//! and delegated administrators. Ordered by id. Ended ones are shown for 30 days.
//! Refuses: InvalidInput.

use super::ListInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::HandshakeId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::rules::handshake::Filter;
use crate::state::handshake::{Handshake, HandshakeView};
use crate::state::view::View;

pub struct ListHandshakesForOrganization;

impl Operation for ListHandshakesForOrganization {
    const NAME: &'static str = "ListHandshakesForOrganization";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let filter = Filter::read(input.filter.as_ref())?;
        let text = filter.text();
        let listing = Listing { operation: Self::NAME, filter: &text };
        let request = listing.open::<HandshakeId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        let handshakes = org.handshakes();
        let sent: Box<dyn Iterator<Item = &Handshake>> = match filter {
            Filter::All => Box::new(handshakes.after(request.after)),
            Filter::Action(action) => handshakes.of_action(action, request.after),
            Filter::Parent(parent) => Box::new(handshakes.children(parent, request.after)),
        };
        let shown = sent.filter(|h| !h.gone(cx.now)).map(|h| HandshakeView {
            org: record.id,
            handshake: h,
            now: cx.now,
        });
        Ok(listing.page(cx, request.limit, shown, |h| h.handshake.id).reply("Handshakes"))
    }
}
