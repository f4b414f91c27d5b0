//! Managed policies of an account, with their versions (identity.md 3.7).

use serde::{Deserialize, Serialize};

use crate::kernel::ids::ManagedPolicyId;
use crate::kernel::time::Timestamp;
use crate::state::iam::document::PolicyText;
use crate::state::iam::table::Named;
use crate::state::tag::Tags;

/// A managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Its id.
    pub id: ManagedPolicyId,
    /// Its name.
    pub name: Box<str>,
    /// Its path, from `/` to `/`.
    pub path: Box<str>,
    /// Its description; empty: it has none.
    pub description: Box<str>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// When it was created.
    pub created: Timestamp,
    /// When its latest version was made.
    pub updated: Timestamp,
    /// Its versions, the oldest first. There is at least the default one.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version that counts.
    pub default: u32,
    /// The number of the version that was made last: numbers do not come back.
    pub last: u32,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its number, from 1.
    pub number: u32,
    /// Its document.
    pub document: PolicyText,
    /// When it was made.
    pub created: Timestamp,
}

impl PolicyVersion {
    /// Its id, as the wire has it.
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

impl ManagedPolicy {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The document that counts.
    pub fn document(&self) -> Option<&PolicyText> {
        self.version(self.default).map(|version| &version.document)
    }
}

impl Named for ManagedPolicy {
    type Id = ManagedPolicyId;

    fn id(&self) -> ManagedPolicyId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}
