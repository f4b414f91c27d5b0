//! Aggregates: an owner with its items, in memory. What is loaded and what is committed is applied by the same
//! function, so that the two cannot differ.

use crate::kernel::address::AddressKey;
use crate::kernel::ids::{AccessKeyId, AccountAlias, AccountId, OrgId};
use crate::kernel::owner::Owner;
use crate::state::account::{Account, Key};
use crate::state::address::Address;
use crate::state::alias::Alias;
use crate::state::iam::Iam;
use crate::state::org::Org;

/// What one kind of owner is in memory.
pub trait InMemory: Sized {
    /// The owner's id.
    type Id;

    /// The owner with an id.
    fn owner(id: Self::Id) -> Owner;

    /// It, if the aggregate is one.
    fn of(aggregate: &Aggregate) -> Option<&Self>;
}

macro_rules! aggregates {
    ($($owner:ident($id:ty): $state:ty = $held:ty;)+) => {
        /// An owner with its items.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each is named as its owner, and its type says what it is")]
        pub enum Aggregate { $($owner($held)),+ }

        impl Aggregate {
            /// An owner of which nothing is known.
            pub fn empty(owner: &Owner) -> Self {
                match owner { $(Owner::$owner(_) => Self::$owner(<$held>::default())),+ }
            }

            /// About how many items it has: what it weighs in memory.
            pub fn items(&self) -> usize {
                match self { $(Self::$owner(held) => held.items()),+ }
            }
        }

        $(impl InMemory for $state {
            type Id = $id;

            fn owner(id: $id) -> Owner {
                Owner::$owner(id)
            }

            fn of(aggregate: &Aggregate) -> Option<&Self> {
                match aggregate {
                    Aggregate::$owner(held) => Some(held),
                    _ => None,
                }
            }
        })+
    };
}

// Each kind of owner: what it is in memory. What is large is boxed.
aggregates! {
    Account(AccountId): Account = Account;
    Address(AddressKey): Address = Address;
    Alias(AccountAlias): Alias = Alias;
    Iam(AccountId): Iam = Box<Iam>;
    Key(AccessKeyId): Key = Key;
    Org(OrgId): Org = Box<Org>;
}
