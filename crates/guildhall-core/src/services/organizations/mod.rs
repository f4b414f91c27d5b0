//! Organizations (`organizations`, AWS JSON 1.1): a folder for each kind of thing, one file for each operation.

use crate::services::operation::folders;
use crate::services::{Protocol, Service, Wire};

pub mod authority;
pub mod errors;
pub mod input;
mod reasons;
pub mod rules;
pub mod throttles;

folders! {
    accounts,
    delegation,
    handshakes,
    organization,
    policies,
    tags,
    transfers,
    units,
}

/// The service's name, as requests are signed for it.
pub const NAME: &str = "organizations";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        protocol: Protocol::Json11 { prefix: "AWSOrganizationsV20161128." },
        operations: Self::OPERATIONS,
        error_answer: errors::error_answer,
        throttles: throttles::GROUPS,
    };
}

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
