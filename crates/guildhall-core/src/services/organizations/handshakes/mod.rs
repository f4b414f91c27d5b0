//! Operations on handshakes.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::services::operation::operations;
use crate::services::organizations::rules::handshake::FilterInput;

operations! {
    json:
    accept_handshake::AcceptHandshake,
    cancel_handshake::CancelHandshake,
    decline_handshake::DeclineHandshake,
    describe_handshake::DescribeHandshake,
    invite_account_to_organization::InviteAccountToOrganization,
    list_handshakes_for_account::ListHandshakesForAccount,
    list_handshakes_for_organization::ListHandshakesForOrganization,
}

/// The input of the operations on one handshake.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HandshakeInput {
    handshake_id: Option<String>,
}

/// The input of the operations that list handshakes.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInput {
    filter: Option<FilterInput>,
    next_token: Option<String>,
    max_results: Option<i64>,
}
