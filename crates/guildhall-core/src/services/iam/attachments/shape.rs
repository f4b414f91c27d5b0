//! Entities that use a managed policy, as clients get them.

use serde::Serialize;

use crate::state::iam::Iam;
use crate::state::iam::entity::EntityKind;

/// A page of them.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entities {
    policy_groups: Vec<PolicyGroup>,
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyGroup {
    group_name: String,
    group_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyUser {
    user_name: String,
    user_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

impl Entities {
    /// A page without entities so far.
    pub(super) fn of(is_truncated: bool, marker: Option<String>) -> Self {
        Self { is_truncated, marker, ..Self::default() }
    }

    /// Puts the entity of this kind and name on the page.
    pub(super) fn add(&mut self, kind: EntityKind, name: &str, iam: &Iam) {
        match kind {
            EntityKind::Group => self.policy_groups.extend(iam.groups.by_name(name).map(|group| {
                PolicyGroup { group_name: group.name.to_string(), group_id: group.id.to_string() }
            })),
            EntityKind::User => {
                self.policy_users.extend(iam.users.by_name(name).map(|user| PolicyUser {
                    user_name: user.name.to_string(),
                    user_id: user.id.to_string(),
                }))
            }
            EntityKind::Role => {
                self.policy_roles.extend(iam.roles.by_name(name).map(|role| PolicyRole {
                    role_name: role.name.to_string(),
                    role_id: role.id.to_string(),
                }))
            }
        }
    }
}
