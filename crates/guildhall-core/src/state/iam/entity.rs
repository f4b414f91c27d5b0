//! What users, groups and roles have in common: the policies that say what they may do.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::state::iam::document::PolicyText;
use crate::state::iam::shared::Arns;
use crate::state::iam::sorted::Sorted;

/// The ARN of a managed policy.
pub type PolicyArn = Arc<str>;

/// A kind of entity that policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// Users.
    User,
    /// Groups.
    Group,
    /// Roles.
    Role,
}

/// The policies of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// Managed policies, by ARN.
    #[serde(default, skip_serializing_if = "Arns::is_empty")]
    pub managed: Arns,
    /// Inline policies, by name in lower case.
    #[serde(default, skip_serializing_if = "Sorted::is_empty")]
    pub inline: Sorted<Box<str>, InlinePolicy>,
}

/// A policy of one entity alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Its name, as it was first spelled.
    pub name: Box<str>,
    /// Its document.
    pub document: PolicyText,
}

impl Policies {
    /// The inline policy of this name, in whatever case.
    pub fn inline(&self, name: &str) -> Option<&InlinePolicy> {
        self.inline.get(&*name.to_ascii_lowercase())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.managed.is_empty() && self.inline.is_empty()
    }
}
