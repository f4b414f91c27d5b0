//! The tags of one resource (accounts.md 2.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The tags of one resource, ordered by key. Keys are case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// These tags with `more` laid over them. None if they would be more than `limit`.
    pub fn with(&self, more: &Tags, limit: u32) -> Option<Tags> {
        let mut all = self.clone();
        all.0.extend(more.0.iter().map(|(k, v)| (k.clone(), v.clone())));
        (all.0.len() <= limit as usize).then_some(all)
    }
}
