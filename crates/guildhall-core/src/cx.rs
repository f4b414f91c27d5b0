//! What a command is told about its circumstances: the time, who calls, new ids, the limits.

use crate::address::EmailAddress;
use crate::ids::{AccountId, Ids};
use crate::page::PageKey;
use crate::rules::limits::Limits;
use crate::time::Timestamp;

/// What is the same for every command of one server.
#[derive(Clone)]
pub struct Settings {
    /// Limits of organizations that have none of their own.
    pub limits: Limits,
    /// Whether a 12-digit account that nobody registered is known to live at `root+<id>@lab.example`.
    pub lab_accounts: bool,
    /// What page tokens are sealed with.
    pub page_key: PageKey,
}

/// The circumstances of one command.
pub struct Cx<'a> {
    /// Business time.
    pub now: Timestamp,
    /// The account that signed the request.
    pub caller: AccountId,
    /// New ids.
    pub ids: &'a Ids,
    /// What is the same for every command.
    pub settings: &'a Settings,
}

impl Settings {
    /// The address at which a lab account lives that nobody registered.
    pub fn lab_address(&self, id: AccountId) -> Option<EmailAddress> {
        if self.lab_accounts { format!("root+{id}@lab.example").parse().ok() } else { None }
    }
}
