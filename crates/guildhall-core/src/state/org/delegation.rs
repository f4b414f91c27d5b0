//! Trusted access of AWS services, and the members that administer them (policies.md 7.1, 8).

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use super::Org;
use crate::kernel::ids::{AccountId, ServicePrincipal};
use crate::kernel::time::Timestamp;
use crate::state::holds::{Holds, Misplaced};

/// Trusted access of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccess {
    /// The service.
    pub principal: ServicePrincipal,
    /// Since when.
    pub enabled: Timestamp,
}

/// A member as delegated administrator of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegate {
    /// The member.
    pub account: AccountId,
    /// The service.
    pub principal: ServicePrincipal,
    /// Since when.
    pub enabled: Timestamp,
}

/// What an organization has delegated, and to which services it gives access.
#[derive(Clone, Debug, Default)]
pub struct Delegation {
    services: OrdMap<ServicePrincipal, Timestamp>,
    delegates: OrdMap<AccountId, OrdMap<ServicePrincipal, Timestamp>>,
    administrators: OrdMap<ServicePrincipal, OrdSet<AccountId>>,
}

impl Delegation {
    /// Since when a service has trusted access; `None` if it has none.
    pub fn trusted(&self, principal: &ServicePrincipal) -> Option<Timestamp> {
        self.services.get(principal).copied()
    }

    /// Services with trusted access, ordered by name.
    pub fn services(&self) -> &OrdMap<ServicePrincipal, Timestamp> {
        &self.services
    }

    /// The services that a member administers, ordered by name; none if it administers none.
    pub fn of(&self, account: AccountId) -> Option<&OrdMap<ServicePrincipal, Timestamp>> {
        self.delegates.get(&account)
    }

    /// All members that administer a service, ordered by id.
    pub fn delegates(&self) -> &OrdMap<AccountId, OrdMap<ServicePrincipal, Timestamp>> {
        &self.delegates
    }

    /// The administrators of one service, ordered by id.
    pub fn administrators(&self, principal: &ServicePrincipal) -> Option<&OrdSet<AccountId>> {
        self.administrators.get(principal)
    }

    fn put(&mut self, delegate: Delegate) {
        let Delegate { account, principal, enabled } = delegate;
        self.delegates.entry(account).or_default().insert(principal, enabled);
        self.administrators.entry(principal).or_default().insert(account);
    }

    fn remove(&mut self, account: AccountId, principal: &ServicePrincipal) {
        if let Some(services) = self.delegates.get_mut(&account) {
            services.remove(principal);
            if services.is_empty() {
                self.delegates.remove(&account);
            }
        }
        if let Some(accounts) = self.administrators.get_mut(principal) {
            accounts.remove(&account);
            if accounts.is_empty() {
                self.administrators.remove(principal);
            }
        }
    }
}

impl Holds<ServicePrincipal, ServiceAccess> for Org {
    fn put(&mut self, principal: ServicePrincipal, access: ServiceAccess) -> Result<(), Misplaced> {
        self.delegation.services.insert(principal, access.enabled);
        Ok(())
    }

    fn remove(&mut self, principal: ServicePrincipal) {
        self.delegation.services.remove(&principal);
    }
}

impl Holds<(AccountId, ServicePrincipal), Delegate> for Org {
    fn put(&mut self, _: (AccountId, ServicePrincipal), delegate: Delegate) -> Result<(), Misplaced> {
        self.delegation.put(delegate);
        Ok(())
    }

    fn remove(&mut self, (account, principal): (AccountId, ServicePrincipal)) {
        self.delegation.remove(account, &principal);
    }
}
