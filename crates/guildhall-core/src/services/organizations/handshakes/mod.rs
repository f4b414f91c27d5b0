//! Operations on handshakes.

use serde::{Deserialize, Serialize};

use crate::services::organizations::rules::handshake::FilterInput;

pub mod accept_handshake;
pub mod cancel_handshake;
pub mod decline_handshake;
pub mod describe_handshake;
pub mod invite_account_to_organization;
pub mod list_handshakes_for_account;
pub mod list_handshakes_for_organization;

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
