//! Owners: the unit of versioning.

use std::fmt;
use std::str::FromStr;

use imbl::HashMap;

use crate::kernel::address::AddressKey;
use crate::kernel::ids::{AccessKeyId, AccountAlias, AccountId, BadId, OrgId};

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

        /// The first part of the text of every kind of owner.
        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];

        /// A value for each of many owners. A copy costs a few counters, not the values.
        ///
        /// It is a map per kind, so that a key is no longer than an id of its kind: most owners are accounts, whose ids
        /// are short, and a change copies the entries beside it.
        #[derive(Clone, Debug)]
        #[expect(non_snake_case, reason = "each map is named as its kind of owner")]
        pub struct OwnerMap<V> { $($name: HashMap<$id, V>),+ }

        impl<V> Default for OwnerMap<V> {
            fn default() -> Self {
                Self { $($name: HashMap::default()),+ }
            }
        }

        impl<V: Clone> OwnerMap<V> {
            /// The value of an owner.
            pub fn get(&self, owner: &Owner) -> Option<&V> {
                match owner { $(Owner::$name(id) => self.$name.get(id)),+ }
            }

            /// The value of an owner, to change it.
            pub fn get_mut(&mut self, owner: &Owner) -> Option<&mut V> {
                match owner { $(Owner::$name(id) => self.$name.get_mut(id)),+ }
            }

            /// Sets the value of an owner, and answers the one that it had.
            pub fn insert(&mut self, owner: Owner, value: V) -> Option<V> {
                match owner { $(Owner::$name(id) => self.$name.insert(id, value)),+ }
            }

            /// Takes the value of an owner out.
            pub fn remove(&mut self, owner: &Owner) -> Option<V> {
                match owner { $(Owner::$name(id) => self.$name.remove(id)),+ }
            }

            /// How many owners have a value.
            pub fn len(&self) -> usize {
                0 $(+ self.$name.len())+
            }

            /// Whether no owner has a value.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

// Each kind of owner: its id, and the first part of its text in the store. How it is held in memory is a line in
// `state/aggregate.rs`.
owners! {
    /// An account and the invitations that wait for it.
    Account(AccountId) "acct";
    /// Another name of an account.
    Alias(AccountAlias) "alias";
    /// An e-mail address and the invitations that wait for it.
    Address(AddressKey) "mail";
    /// The roles of an account.
    Iam(AccountId) "iam";
    /// An access key.
    Key(AccessKeyId) "key";
    /// An organization with its tree and its handshakes.
    Org(OrgId) "org";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two of each kind; ids that an account and its roles share included.
    const OWNERS: [&str; 12] = [
        "alias/my-alias",
        "alias/other-alias",
        "acct/111122223333",
        "acct/111122224444",
        "mail/a@example.com",
        "mail/b@example.com",
        "iam/111122223333",
        "iam/111122224444",
        "key/AKIAIOSFODNN7EXAMPLE",
        "key/AKIAIOSFODNN7EXAMPLF",
        "org/o-exampleorg",
        "org/o-exampleorh",
    ];

    #[test]
    fn each_owner_has_a_value_of_its_own_whatever_its_kind() {
        for prefix in PREFIXES {
            let of_kind = OWNERS.iter().filter(|text| text.split_once('/').unwrap().0 == *prefix);
            assert_eq!(of_kind.count(), 2, "{prefix}");
        }
        let owners = OWNERS.map(|text| text.parse::<Owner>().unwrap());
        let mut map = OwnerMap::default();
        for (n, owner) in owners.iter().enumerate() {
            assert_eq!((map.get(owner), map.len()), (None, n), "{owner}");
            assert_eq!(map.insert(owner.clone(), n), None, "{owner}");
        }
        let before = map.clone();
        for (n, owner) in owners.iter().enumerate() {
            *map.get_mut(owner).unwrap() += 100;
            assert_eq!(map.get(owner), Some(&(n + 100)), "{owner}");
            assert_eq!(map.insert(owner.clone(), n + 200), Some(n + 100), "{owner}");
            assert_eq!((map.remove(owner), map.remove(owner)), (Some(n + 200), None), "{owner}");
            assert_eq!(map.get_mut(owner), None, "{owner}");
            assert_eq!(map.len(), OWNERS.len() - 1 - n, "{owner}");
        }
        assert!(map.is_empty() && !before.is_empty());
        assert!(owners.iter().enumerate().all(|(n, owner)| before.get(owner) == Some(&n)));
    }
}
