//! What bodies of form 1 said of the roles that Organizations makes in accounts: they were facts about an account, and
//! are roles of its IAM now (identity.md 7.1, 7.2).

use std::collections::HashMap;

use guildhall_core::Owner;
use guildhall_core::kernel::ids::{AccountId, Ids, OrgId};
use guildhall_core::rules::linked_roles::{organizations, role};
use guildhall_core::rules::organization_roles::access_role;
use guildhall_core::state::account::AccountRecord;
use guildhall_core::state::item::Item;
use guildhall_core::state::org::{FeatureSet, OrgRecord};
use guildhall_store::StoredItem;
use serde::Deserialize;

/// The form of bodies that says it so.
pub(crate) const FORM: u32 = 1;

/// The facts.
#[derive(Default, Deserialize)]
struct Facts {
    #[serde(default)]
    access: Option<Access>,
    service_linked: bool,
}

/// A role that another account may assume.
#[derive(Deserialize)]
struct Access {
    name: String,
    trusts: AccountId,
}

/// Gathers the facts, item by item, until all of a state were seen.
#[derive(Default)]
pub(crate) struct Gathered {
    accounts: Vec<(AccountRecord, Facts)>,
    organizations: HashMap<OrgId, FeatureSet>,
}

impl Gathered {
    /// Looks at an item. Answers its body without the facts, if it had some.
    pub(crate) fn body(&mut self, item: &StoredItem<'_>) -> serde_json::Result<Option<String>> {
        match item.kind {
            "org" => {
                let org: OrgRecord = serde_json::from_str(item.body)?;
                self.organizations.insert(org.id, org.feature_set);
                Ok(None)
            }
            "account" if item.format == FORM => {
                #[derive(Deserialize)]
                struct WithFacts {
                    #[serde(default)]
                    roles: Facts,
                    #[serde(flatten)]
                    account: serde_json::Value,
                }
                let WithFacts { roles, account } = serde_json::from_str(item.body)?;
                let account: AccountRecord = serde_json::from_value(account)?;
                let body = serde_json::to_string(&account)?;
                self.accounts.push((account, roles));
                Ok(Some(body))
            }
            _ => Ok(None),
        }
    }

    /// The roles. All features bring the linked one into every member, which the facts did not repeat.
    pub(crate) fn roles(self, ids: &Ids) -> Result<Vec<(Owner, Item)>, String> {
        let mut roles = Vec::new();
        for (account, facts) in self.accounts {
            let (owner, partition, created) = (Owner::Iam(account.id), account.partition, account.created);
            let new_id = || ids.role(account.id).map_err(|e| e.to_string());
            if let Some(access) = facts.access {
                let role = access_role(new_id()?, &access.name, access.trusts, partition, created);
                roles.push((owner.clone(), Item::Role(role)));
            }
            let all = account.org.and_then(|org| self.organizations.get(&org)) == Some(&FeatureSet::All);
            if facts.service_linked || all {
                let id = new_id()?;
                let role = organizations()
                    .map(|service| role(service, None, id, partition, created))
                    .map_err(|_| format!("{owner}: the role of Organizations is not known"))?;
                roles.push((owner, Item::Role(role)));
            }
        }
        Ok(roles)
    }
}
