//! The roles of an account (identity.md 3.5). They are an owner of their own, so that what an account is does not weigh
//! more for them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::RoleId;
use crate::kernel::time::Timestamp;
use crate::state::holds::{Holds, Misplaced};
use crate::state::tag::Tags;

/// How long sessions of a role may be, in seconds (identity.md 2.3).
pub const SESSION_SECONDS: RangeInclusive<u32> = 3_600..=43_200;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id, which no other role ever has.
    pub id: RoleId,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// Its path, from `/` to `/`.
    pub path: String,
    /// Its trust policy, as it was sent.
    pub trust: String,
    /// Its description; empty: it has none.
    pub description: String,
    /// The longest session, in seconds.
    pub max_session: u32,
    /// Its tags.
    pub tags: Tags,
    /// When it was created.
    pub created: Timestamp,
}

/// The roles of an account in memory.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    roles: OrdMap<RoleId, Arc<Role>>,
    // By name in lower case.
    names: OrdMap<String, RoleId>,
}

impl Iam {
    /// How many items it has.
    pub fn items(&self) -> usize {
        self.roles.len()
    }

    /// The role of this name, in whatever case.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.names.get(&name.to_ascii_lowercase()).and_then(|id| self.roles.get(id)).map(|role| &**role)
    }

    /// The roles, in the order of their ids.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values().map(|role| &**role)
    }
}

impl Holds<RoleId, Role> for Iam {
    fn put(&mut self, id: RoleId, role: Role) -> Result<(), Misplaced> {
        self.remove(id);
        self.names.insert(role.name.to_ascii_lowercase(), id);
        self.roles.insert(id, role.into());
        Ok(())
    }

    fn remove(&mut self, id: RoleId) {
        if let Some(old) = self.roles.remove(&id) {
            self.names.remove(&old.name.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(id: &str, name: &str) -> Role {
        Role {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            path: "/".to_owned(),
            trust: String::new(),
            description: String::new(),
            max_session: 3_600,
            tags: Tags::default(),
            created: Timestamp(1),
        }
    }

    #[test]
    fn names_lead_to_roles_in_any_case_and_follow_them() {
        const ID: &str = "AROAQAAAAAAAAEXAMPLE7";
        let mut iam = Iam::default();
        iam.put(ID.parse().unwrap(), role(ID, "App")).unwrap();
        assert_eq!(iam.role("aPP").map(|role| &*role.name), Some("App"));
        iam.put(ID.parse().unwrap(), role(ID, "Other")).unwrap();
        assert_eq!((iam.role("App"), iam.items()), (None, 1));
        iam.remove(ID.parse().unwrap());
        assert!(iam.role("Other").is_none() && iam.roles().next().is_none());
    }
}
