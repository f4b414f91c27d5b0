//! Owners: the unit of versioning.

use std::fmt;
use std::str::FromStr;

use crate::kernel::address::AddressKey;
use crate::kernel::ids::{AccessKeyId, AccountId, BadId, OrgId};

/// How often an owner was written; 0 is an owner that is absent.
pub type Version = u64;

/// The unit of versioning: everything in it changes together, and a decision that read it is checked against
/// its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// An account and the invitations that wait for it: `acct/<12 digits>`.
    Account(AccountId),
    /// An e-mail address: `mail/<address>`.
    Address(AddressKey),
    /// An access key: `key/<access key id>`.
    Key(AccessKeyId),
    /// An organization with its tree and its handshakes: `org/<id>`.
    Org(OrgId),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "acct/{id}"),
            Self::Address(key) => write!(f, "mail/{}", key.as_str()),
            Self::Key(id) => write!(f, "key/{id}"),
            Self::Org(id) => write!(f, "org/{id}"),
        }
    }
}

impl FromStr for Owner {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        match s.split_once('/') {
            Some(("acct", id)) => id.parse().map(Self::Account),
            Some(("mail", key)) => Ok(Self::Address(AddressKey::from(key))),
            Some(("key", id)) => id.parse().map(Self::Key),
            Some(("org", id)) => id.parse().map(Self::Org),
            _ => Err(BadId("owner")),
        }
    }
}
