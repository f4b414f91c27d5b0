//! Owners: the unit of versioning.

use std::fmt;
use std::str::FromStr;

use crate::kernel::address::AddressKey;
use crate::kernel::ids::{AccessKeyId, AccountId, BadId, OrgId};

/// How often an owner was written; 0 is an owner that is absent.
pub type Version = u64;

macro_rules! owners {
    ($($(#[$doc:meta])* $name:ident($id:ty) $prefix:literal;)+) => {
        /// The unit of versioning: everything in it changes together, and a decision that read it is checked against
        /// its version.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Owner { $($(#[$doc])* $name($id)),+ }

        impl fmt::Display for Owner {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(id) => write!(f, "{}/{id}", $prefix)),+
                }
            }
        }

        impl FromStr for Owner {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                match s.split_once('/') {
                    $(Some(($prefix, id)) => id.parse().map(Self::$name),)+
                    _ => Err(BadId("owner")),
                }
            }
        }
    };
}

// Each kind of owner: its id, and the first part of its text in the store. How it is held in memory is a line in
// `state/aggregate.rs`.
owners! {
    /// An account and the invitations that wait for it.
    Account(AccountId) "acct";
    /// An e-mail address and the invitations that wait for it.
    Address(AddressKey) "mail";
    /// The roles of an account.
    Iam(AccountId) "iam";
    /// An access key.
    Key(AccessKeyId) "key";
    /// An organization with its tree and its handshakes.
    Org(OrgId) "org";
}
