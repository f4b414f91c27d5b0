//! Requests to create accounts, and what is derived from them so that no check walks them all.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{Org, lower_bound};
use crate::kernel::ids::CreationId;
use crate::state::creation::{Creation, Wanted};
use crate::state::holds::{Holds, Misplaced};

/// Requests to create accounts, by id.
#[derive(Clone, Debug, Default)]
pub struct Creations {
    all: OrdMap<CreationId, Arc<Creation>>,
    running: OrdSet<CreationId>,
    // How many of those that run want the same account.
    wanted: OrdMap<Wanted, usize>,
}

impl Creations {
    /// A request.
    pub fn get(&self, id: &CreationId) -> Option<&Creation> {
        self.all.get(id).map(|c| &**c)
    }

    /// How many there are, decided ones included.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// All in the order of their ids, after `last`.
    pub fn after(&self, last: Option<CreationId>) -> impl Iterator<Item = &Creation> {
        self.all.range((lower_bound(last), Bound::Unbounded)).map(|(_, c)| &**c)
    }

    /// Those that are not decided, in the order of their ids, after `last`.
    pub fn running(&self, last: Option<CreationId>) -> impl Iterator<Item = &Creation> {
        self.running.range((lower_bound(last), Bound::Unbounded)).filter_map(|id| self.get(id))
    }

    /// How many are not decided.
    pub fn running_len(&self) -> usize {
        self.running.len()
    }

    /// Whether one that is not decided wants the same account.
    pub fn runs(&self, wanted: &Wanted) -> bool {
        self.wanted.contains_key(wanted)
    }

    fn put(&mut self, creation: Creation) {
        self.remove(&creation.id);
        if creation.outcome.is_none() {
            self.running.insert(creation.id);
            *self.wanted.entry(creation.wanted()).or_insert(0) += 1;
        }
        self.all.insert(creation.id, Arc::new(creation));
    }

    fn remove(&mut self, id: &CreationId) {
        let Some(old) = self.all.remove(id) else { return };
        if self.running.remove(id).is_none() {
            return;
        }
        let wanted = old.wanted();
        match self.wanted.get_mut(&wanted) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.wanted.remove(&wanted);
            }
        }
    }
}

impl Holds<CreationId, Creation> for Org {
    fn put(&mut self, _: CreationId, creation: Creation) -> Result<(), Misplaced> {
        self.creations.put(creation);
        Ok(())
    }

    fn remove(&mut self, id: CreationId) {
        self.creations.remove(&id);
    }
}
