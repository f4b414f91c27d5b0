//! What a command is told about its circumstances: the time, who calls and from where, new ids, the limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::call::caller::Caller;
use crate::call::page::PageKey;
use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, Ids, ServicePrincipal};
use crate::kernel::keyring::Keyring;
use crate::kernel::time::Timestamp;
use crate::state::limits::Limits;

/// Services that a server knows besides the list, because its operator says so. Any number of members may
/// administer one.
pub type MoreServices = BTreeSet<ServicePrincipal>;

/// What is the same for every command of one server.
#[derive(Clone)]
pub struct Settings {
    /// Limits of organizations that have none of their own.
    pub limits: Limits,
    /// Whether a 12-digit account that nobody registered is known to live at `root+<id>@lab.example`.
    pub lab_accounts: bool,
    /// Whether everything is as on AWS that a lab makes easy: root users assume no roles.
    pub strict: bool,
    /// Services that are known to work with Organizations besides those of the list.
    pub services: Arc<MoreServices>,
    /// What page tokens are sealed with.
    pub page_key: PageKey,
    /// What secrets and session tokens are sealed with.
    pub keyring: Arc<Keyring>,
}

/// Where a request comes from, as far as a server sees it: what conditions of policies ask for (policies.md 3.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the peer, `aws:SourceIp`.
    pub source_ip: Option<Arc<str>>,
    /// The region that the request was signed for, `aws:RequestedRegion`.
    pub region: Option<Box<str>>,
    /// What the client says it is, `aws:UserAgent`.
    pub user_agent: Option<Box<str>>,
}

impl Origin {
    /// That of commands that no request brings: the console's, an operator's, a timer's.
    pub const UNKNOWN: Self = Self { source_ip: None, region: None, user_agent: None };
}

/// The circumstances of one command.
pub struct Cx<'a> {
    /// Business time.
    pub now: Timestamp,
    /// Who calls.
    pub caller: &'a Caller,
    /// Where the request comes from.
    pub origin: &'a Origin,
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
