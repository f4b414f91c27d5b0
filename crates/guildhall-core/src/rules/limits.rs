//! Limits, as data in one place (accounts.md 7.1). A server has one set; an organization may override parts.

use serde::{Deserialize, Serialize};

use crate::org::OrgRecord;
use crate::time::{DAY, HOUR};

/// Limits of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Accounts and open invitations together.
    pub accounts: u32,
    /// Invitations within 24 hours that were not accepted; `None`: 20, or `accounts` if that is more.
    pub invitations_per_day: Option<u32>,
    /// Tags on one resource.
    pub tags: u32,
    /// For this long after its creation an organization is finalizing and cannot invite, in milliseconds.
    pub finalizing: i64,
    /// A created account may not leave for this long, in milliseconds.
    pub created_account_wait: i64,
    /// An organization younger than this takes no direct moves, in milliseconds (accounts.md 5.7).
    pub young_organization: i64,
}

impl Limits {
    /// AWS's documented defaults.
    pub fn aws() -> Self {
        Self {
            accounts: 10,
            invitations_per_day: None,
            tags: 50,
            finalizing: HOUR,
            created_account_wait: 4 * DAY,
            young_organization: 7 * DAY,
        }
    }

    /// For tests and plans: many accounts, and nothing to wait for after creating an organization.
    pub fn lab() -> Self {
        Self { accounts: 5_000, finalizing: 0, young_organization: 0, ..Self::aws() }
    }

    /// These limits with an organization's own laid over them.
    pub fn of(&self, org: &OrgRecord) -> Self {
        let own = &org.limits;
        let or = |own: Option<bool>, on: i64, otherwise: i64| match own {
            None => otherwise,
            Some(true) => on,
            Some(false) => 0,
        };
        let aws = Self::aws();
        Self {
            accounts: own.accounts.unwrap_or(self.accounts),
            invitations_per_day: own.invitations_per_day.or(self.invitations_per_day),
            tags: own.tags.unwrap_or(self.tags),
            finalizing: or(own.first_hour, aws.finalizing, self.finalizing),
            created_account_wait: self.created_account_wait,
            young_organization: or(own.first_week, aws.young_organization, self.young_organization),
        }
    }

    /// Invitations within 24 hours that were not accepted.
    pub fn attempts(&self) -> u32 {
        self.invitations_per_day.unwrap_or(self.accounts.max(20))
    }
}

/// What an organization has of its own; absent members follow the server's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct LimitOverrides {
    /// Accounts and open invitations together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u32>,
    /// Invitations within 24 hours that were not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitations_per_day: Option<u32>,
    /// Tags on one resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<u32>,
    /// Whether the first hour after creation refuses invitations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_hour: Option<bool>,
    /// Whether the first seven days refuse accounts that come from another organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_week: Option<bool>,
}

impl LimitOverrides {
    /// These overrides with `more` laid over them.
    #[must_use]
    pub fn with(self, more: &Self) -> Self {
        Self {
            accounts: more.accounts.or(self.accounts),
            invitations_per_day: more.invitations_per_day.or(self.invitations_per_day),
            tags: more.tags.or(self.tags),
            first_hour: more.first_hour.or(self.first_hour),
            first_week: more.first_week.or(self.first_week),
        }
    }
}
