//! Organizations (`organizations`, AWS JSON 1.1): a folder for each kind of thing, one file for each operation.

use std::marker::PhantomData;

use crate::services::operation::table;
use crate::services::{Entry, Protocol, Service, Wire};

pub mod accounts;
pub mod authority;
pub mod delegation;
pub mod errors;
pub mod handshakes;
pub mod input;
pub mod organization;
pub mod policies;
mod reasons;
pub mod rules;
pub mod tags;
pub mod throttles;
pub mod transfers;
pub mod units;

/// The service's name, as requests are signed for it.
pub const NAME: &str = "organizations";

/// The folders' operations, as one table.
pub struct Table<W>(PhantomData<W>);

impl<W: Wire> Table<W> {
    const OPERATIONS: [Entry<W>; COUNT] = table(&[
        accounts::Table::<W>::OPERATIONS,
        delegation::Table::<W>::OPERATIONS,
        handshakes::Table::<W>::OPERATIONS,
        organization::Table::<W>::OPERATIONS,
        policies::Table::<W>::OPERATIONS,
        tags::Table::<W>::OPERATIONS,
        transfers::Table::<W>::OPERATIONS,
        units::Table::<W>::OPERATIONS,
    ]);

    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        protocol: Protocol::Json11 { prefix: "AWSOrganizationsV20161128." },
        operations: &Self::OPERATIONS,
        error_answer: errors::error_answer,
        throttles: throttles::GROUPS,
    };
}

const COUNT: usize = accounts::COUNT
    + delegation::COUNT
    + handshakes::COUNT
    + organization::COUNT
    + policies::COUNT
    + tags::COUNT
    + transfers::COUNT
    + units::COUNT;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::authority::Rank;
    use crate::services::PlainJson;

    #[test]
    fn a_resource_policy_can_name_what_it_has_a_say_in_and_nothing_else() {
        let service = Table::<PlainJson>::SERVICE;
        let named = guildhall_policy::iam::ORGANIZATIONS_ACTIONS;
        assert!(service.operations.iter().map(|entry| entry.name).eq(named.iter().map(|(name, _)| *name)));
        for (entry, (name, delegable)) in service.operations.iter().zip(named) {
            assert_eq!(entry.authority.grantable, delegable, "{name}");
            assert!(entry.authority.rank != Rank::Delegate || delegable, "{name}: what delegates may");
        }
    }
}
