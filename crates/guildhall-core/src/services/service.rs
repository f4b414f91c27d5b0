//! What a service is made of.

use crate::call::caller::Session;
use crate::kernel::refusal::{ErrorAnswer, Refusal};
use crate::rules::throttle::Group;
use crate::services::{Entry, Wire};

/// A service.
pub struct Service<W: Wire> {
    /// Its name: requests are signed for it, and the actions of policies begin with it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// How its clients speak to it.
    pub protocol: Protocol,
    /// Its operations, ordered by name.
    pub operations: &'static [Entry<W>],
    /// Which sessions it takes: some that STS begins are good for little (identity.md 4.7).
    pub takes: fn(&Session) -> bool,
    /// Whether its denials say by which id their evaluation is asked for (identity.md 5.3).
    pub explains: bool,
    /// What it answers when it refuses.
    pub error_answer: fn(&Refusal) -> ErrorAnswer,
    /// Operations that share a bucket of requests; those that are in none are not throttled.
    pub throttles: &'static [Group],
}

/// The protocol that a service's clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: `X-Amz-Target` names the operation, behind this prefix (accounts.md 1.2).
    Json11 {
        /// What stands before the operation's name, with its dot.
        prefix: &'static str,
    },
    /// REST JSON: the path is the operation's name with a small first letter.
    RestJson,
    /// AWS Query: a form with the operation as its `Action` (identity.md 1).
    Query {
        /// The version of the API, which every request names.
        version: &'static str,
        /// The namespace of answers.
        namespace: &'static str,
    },
}

impl<W: Wire> Service<W> {
    /// The place of an operation in the table. Names are matched with their case.
    pub fn find(&self, operation: &str) -> Option<usize> {
        self.operations.binary_search_by(|entry| entry.name.cmp(operation)).ok()
    }

    /// The place and the group of an operation in [`Service::throttles`]; `None`: it is not throttled.
    pub fn throttle(&self, operation: &str) -> Option<(usize, &'static Group)> {
        self.throttles.iter().enumerate().find(|(_, group)| group.operations.contains(&operation))
    }
}

/// The service of this name.
pub fn service<W: Wire>(name: &str) -> Option<&'static Service<W>> {
    Service::ALL.iter().copied().find(|service| service.name == name)
}

/// An operation of a service.
pub fn find<W: Wire>(service: &str, operation: &str) -> Option<(&'static Service<W>, &'static Entry<W>)> {
    let service = self::service(service)?;
    Some((service, service.operations.get(service.find(operation)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::PlainJson;

    const SERVICES: &[&Service<PlainJson>] = Service::ALL;

    #[test]
    fn services_and_operations_are_ordered_and_found() {
        assert!(SERVICES.is_sorted_by(|a, b| a.name < b.name));
        for own in SERVICES {
            assert!(own.operations.is_sorted_by(|a, b| a.name < b.name), "{}", own.name);
            for entry in own.operations {
                let (service, found) = find::<PlainJson>(own.name, entry.name).unwrap();
                assert_eq!((service.name, found.name), (own.name, entry.name));
            }
        }
        assert!(find::<PlainJson>("organizations", "describeOrganization").is_none());
        assert!(find::<PlainJson>("sts", "DescribeOrganization").is_none());
    }

    #[test]
    fn throttles_name_operations_of_their_service_and_each_once() {
        for service in SERVICES {
            let mut named: Vec<&str> = service.throttles.iter().flat_map(|g| g.operations).copied().collect();
            assert!(named.iter().all(|name| service.find(name).is_some()), "{}", service.name);
            named.sort_unstable();
            assert!(named.is_sorted_by(|a, b| a < b), "{}", service.name);
        }
    }
}
