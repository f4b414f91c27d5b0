//! Organizations (`organizations`, AWS JSON 1.1): a folder for each kind of thing, one file for each operation.

use crate::services::operation::folders;
use crate::services::{PlainJson, Protocol, Service, Wire};

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

/// Every operation, and whether the organization's resource policy has a say in it: what such a policy can name.
pub static GRANTABLE: [(&str, bool); COUNT] = grantable();

#[expect(clippy::indexing_slicing, reason = "it runs when the program is compiled")]
const fn grantable() -> [(&'static str, bool); COUNT] {
    let (mut all, mut n) = ([("", false); COUNT], 0);
    while n < COUNT {
        let entry = Table::<PlainJson>::OPERATIONS[n];
        all[n] = (entry.name, entry.authority.grantable);
        n += 1;
    }
    all
}

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        title: "AWS Organizations",
        protocol: Protocol::Json11 { prefix: "AWSOrganizationsV20161128." },
        operations: Self::OPERATIONS,
        takes: |_| true,
        explains: false,
        error_answer: errors::error_answer,
        throttles: throttles::GROUPS,
    };
}

#[cfg(test)]
mod tests {
    use guildhall_policy::iam::{Answer, Document};

    use super::*;
    use crate::rules::authority::Rank;

    #[test]
    fn a_resource_policy_can_name_what_it_has_a_say_in_and_nothing_else() {
        for entry in Table::<PlainJson>::OPERATIONS {
            let (name, authority) = (entry.name, entry.authority);
            assert!(authority.rank != Rank::Delegate || authority.grantable, "{name}: what delegates may");
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":"*","Action":"organizations:{name}","Resource":"*"}}}}"#
            );
            let refused = Document::for_organization(&text, &GRANTABLE).err().map(|e| e.answer());
            let unsupported = Answer::UnsupportedActionInResourcePolicy;
            assert_eq!(refused, (!authority.grantable).then_some(unsupported), "{name}");
        }
        // The reads, the work on policies and tags, and what is accepted beside them (policies.md 7.2).
        assert_eq!(GRANTABLE.iter().filter(|(_, grantable)| *grantable).count(), 24 + 9 + 5);
    }
}
