//! What an account says about its owner beside name and address: contacts, and a change of the address that is
//! under way (Account Management API, accounts.md 4.9). The shapes are the wire's and the store's both.
//!
//! All of it is personal, and the code is a secret: none of it has debug output.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kernel::address::EmailAddress;
use crate::kernel::time::{DAY, SECOND, Timestamp};
use crate::state::account::AccountRecord;
use crate::state::regions::RegionOpt;
use crate::wire_enum;

wire_enum! {
    /// What an alternate contact is for.
    AlternateContactType {
        /// Bills.
        Billing = "BILLING",
        /// Operations.
        Operations = "OPERATIONS",
        /// Security.
        Security = "SECURITY",
    }
}

/// The primary contact of an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the service model's, named as there")]
pub struct Contact {
    pub full_name: String,
    pub address_line1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_line3: Option<String>,
    pub city: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_or_region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_or_county: Option<String>,
    pub postal_code: String,
    pub country_code: String,
    pub phone_number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
}

/// A contact for one purpose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the service model's, named as there")]
pub struct AlternateContact {
    pub name: String,
    pub title: String,
    pub email_address: String,
    pub phone_number: String,
}

impl Contact {
    /// The one that an account has before somebody puts another: every account has one.
    pub fn first(account: &AccountRecord) -> Self {
        Self {
            full_name: account.name.clone(),
            address_line1: "123 Any Street".into(),
            address_line2: None,
            address_line3: None,
            city: "Any Town".into(),
            state_or_region: Some("WA".into()),
            district_or_county: None,
            postal_code: "98101".into(),
            country_code: "US".into(),
            phone_number: "+12065550100".into(),
            company_name: None,
            website_url: None,
        }
    }
}

/// How long a code for a new address is good.
pub const CODE_TIME: i64 = DAY;
/// How many changes of an account's address may be started within [`STARTS_TIME`] (accounts.md 4.9).
pub const STARTS: usize = 3;
/// See [`STARTS`].
pub const STARTS_TIME: i64 = 30 * SECOND;

/// A change of an account's address that waits for its code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailUpdate {
    /// The new address.
    pub address: EmailAddress,
    /// The code that was sent there.
    pub code: String,
    /// Until when the code is good.
    pub expires: Timestamp,
    /// How many more wrong codes are let pass; at none the change is void.
    pub tries: u8,
}

/// A change of an account's address that has ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailOutcome {
    /// The account has the new address.
    pub completed: bool,
    /// Since when.
    pub at: Timestamp,
}

/// An account's profile; a new account's is empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its primary contact, unless it is the first one still.
    pub contact: Option<Contact>,
    /// Its other contacts.
    pub alternates: BTreeMap<AlternateContactType, AlternateContact>,
    /// A change of its address that is under way.
    pub email_update: Option<EmailUpdate>,
    /// What became of the last change of its address that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_outcome: Option<EmailOutcome>,
    /// When the last changes of its address were started, at most [`STARTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_starts: Vec<Timestamp>,
    /// What it last wanted of regions that have to be enabled first, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<Box<str>, RegionOpt>,
}

impl Profile {
    /// What became of the last change of the address, and since when; none if none was ever started.
    pub fn email_standing(&self, now: Timestamp) -> Option<(&'static str, Timestamp)> {
        match (&self.email_update, &self.email_outcome) {
            (Some(update), _) if now < update.expires => Some(("PENDING", update.expires.plus(-CODE_TIME))),
            (Some(update), _) => Some(("FAILED", update.expires)),
            (None, Some(outcome)) => {
                Some((if outcome.completed { "COMPLETED" } else { "FAILED" }, outcome.at))
            }
            (None, None) => None,
        }
    }
}

/// Without any of its content.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::item::Item;

    fn profile() -> Profile {
        let alternate = AlternateContact {
            name: "Ana".into(),
            title: "Chief".into(),
            email_address: "ana@example.com".into(),
            phone_number: "1".into(),
        };
        Profile {
            contact: None,
            alternates: [(AlternateContactType::Security, alternate)].into(),
            email_update: Some(EmailUpdate {
                address: "new@example.com".parse().unwrap(),
                code: "123456".into(),
                expires: Timestamp(7),
                tries: 5,
            }),
            regions: [("af-south-1".into(), RegionOpt { enable: true, done: Timestamp(9) })].into(),
            email_outcome: Some(EmailOutcome { completed: false, at: Timestamp(3) }),
            email_starts: vec![Timestamp(1)],
        }
    }

    #[test]
    fn it_is_stored_and_read_back() {
        let item = Item::Profile(profile().into());
        let key = item.key();
        let back = Item::read(key.kind(), &key.id(), &item.body()).unwrap();
        assert!(matches!(back, Item::Profile(p) if *p == profile()));
    }

    #[test]
    fn one_that_was_written_before_there_were_regions_is_read() {
        let item =
            Item::read("profile", "", r#"{"contact":null,"alternates":{},"email_update":null}"#).unwrap();
        assert!(matches!(item, Item::Profile(p) if *p == Profile::default()));
    }

    #[test]
    fn debug_output_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Item::Profile(profile().into())), "Profile(Profile { .. })");
    }
}
