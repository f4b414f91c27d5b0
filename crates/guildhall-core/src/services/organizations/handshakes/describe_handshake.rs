//! DescribeHandshake: one handshake by id, the same for its sender, its recipient, and members of the
//! sender's organization that may read (accounts.md 5.9, policies.md 7.2).
//! A management account does not see invitations to join another organization (accounts.md 5.4).
//! Refuses: HandshakeNotFound, InvalidInput.

use super::HandshakeInput as Input;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::rules::authorize::Call;
use crate::services::Operation;
use crate::services::organizations::NAME;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::handshake::{self, FoundHandshake};
use crate::state::handshake::ActionType;
use crate::state::view::View;

pub struct DescribeHandshake;

impl Operation for DescribeHandshake {
    const NAME: &'static str = "DescribeHandshake";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .grantable()
        .on(&authority::HANDSHAKE, |i| i.handshake_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        // Whoever is no party of it has to be one of those who read.
        let authority = Self::AUTHORITY.with_rank(Rank::Delegate);
        let call = Call { service: NAME, operation: Self::NAME, authority: &authority, input };
        let FoundHandshake { org, handshake: h, sender, .. } = handshake::find_to_read(cx, view, id, &call)?;
        if !sender && h.action == ActionType::Invite && handshake::manages_an_organization(cx, view)? {
            return Err(OrganizationsError::HandshakeNotFound.into());
        }
        Ok(handshake::answer(org, h, cx))
    }
}
