//! DescribeHandshake: one handshake by id, the same for its sender and its recipient (accounts.md 5.9).
//! A management account does not see invitations to join another organization (accounts.md 5.4).
//! Refuses: HandshakeNotFound, InvalidInput.

use std::borrow::Cow;

use super::HandshakeInput as Input;
use crate::access::Access;
use crate::command::{Mode, Reply, reply};
use crate::cx::Cx;
use crate::error::{ApiError, Stop};
use crate::handshake::HandshakeView;
use crate::input;
use crate::ops::Operation;
use crate::rules::handshake::{self, Found, HandshakeOutput};
use crate::view::View;

/// The operation.
pub struct DescribeHandshake;

impl Operation for DescribeHandshake {
    const NAME: &'static str = "DescribeHandshake";
    const ACCESS: Access = Access::AnyAccount;
    const MODE: Mode = Mode::Read;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::id("HANDSHAKE_ID", input.handshake_id.as_ref())?;
        let Found { org, handshake: h, sender, .. } = handshake::find(cx, view, id)?;
        if !sender && handshake::manages_an_organization(cx, view)? {
            return Err(ApiError::HandshakeNotFound.into());
        }
        let handshake = HandshakeView { org, handshake: Cow::Borrowed(h), now: cx.now };
        reply(&HandshakeOutput { handshake })
    }
}
