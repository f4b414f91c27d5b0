//! The tree of an organization: units below the root, and what stands below each (accounts.md 6).

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use super::{Org, lower_bound};
use crate::kernel::ids::{AccountId, ParentId, UnitId};
use crate::state::holds::{Holds, Misplaced};

/// An organizational unit. It never moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its name, unlike that of every sibling.
    pub name: Box<str>,
    /// Where it stands.
    pub parent: ParentId,
}

/// Units, and the children of the root and of each unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    units: OrdMap<UnitId, Arc<Unit>>,
    accounts: OrdMap<ParentId, OrdSet<AccountId>>,
    below: OrdMap<ParentId, OrdSet<UnitId>>,
    names: OrdMap<(ParentId, Box<str>), UnitId>,
}

impl Tree {
    pub(super) fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.get(id).map(|u| &**u)
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().map(|u| &**u)
    }

    pub(super) fn units_after(&self, last: Option<UnitId>) -> impl Iterator<Item = &Unit> {
        self.units.range((lower_bound(last), Bound::Unbounded)).map(|(_, u)| &**u)
    }

    pub(super) fn named(&self, parent: ParentId, name: &str) -> Option<UnitId> {
        self.names.get(&(parent, name.into())).copied()
    }

    pub(super) fn accounts_below(
        &self,
        parent: &ParentId,
        last: Option<AccountId>,
    ) -> impl Iterator<Item = AccountId> {
        let below = self.accounts.get(parent).into_iter();
        below.flat_map(move |c| c.range((lower_bound(last), Bound::Unbounded)).copied())
    }

    pub(super) fn units_below(&self, parent: &ParentId, last: Option<UnitId>) -> impl Iterator<Item = &Unit> {
        let below = self.below.get(parent).into_iter();
        below.flat_map(move |c| c.range((lower_bound(last), Bound::Unbounded))).filter_map(|id| self.unit(id))
    }

    pub(super) fn has_account(&self, parent: &ParentId, id: AccountId) -> bool {
        self.accounts.get(parent).is_some_and(|c| c.contains(&id))
    }

    pub(super) fn is_empty_below(&self, parent: &ParentId) -> bool {
        !self.accounts.contains_key(parent) && !self.below.contains_key(parent)
    }

    /// From `parent` up to the root, `parent` itself first if it is a unit. As long as the tree is deep.
    pub(super) fn upwards(&self, parent: &ParentId) -> impl Iterator<Item = &Unit> {
        let unit = |p: &ParentId| match p {
            ParentId::Unit(id) => self.unit(id),
            ParentId::Root(_) => None,
        };
        std::iter::successors(unit(parent), move |u| unit(&u.parent))
    }

    fn put_unit(&mut self, unit: Unit) {
        self.remove_unit(&unit.id);
        self.below.entry(unit.parent).or_default().insert(unit.id);
        self.names.insert((unit.parent, unit.name.clone()), unit.id);
        self.units.insert(unit.id, Arc::new(unit));
    }

    fn remove_unit(&mut self, id: &UnitId) {
        if let Some(old) = self.units.remove(id) {
            self.names.remove(&(old.parent, old.name.clone()));
            take(&mut self.below, old.parent, id);
        }
    }

    pub(super) fn put_account(&mut self, parent: ParentId, id: AccountId) {
        self.accounts.entry(parent).or_default().insert(id);
    }

    pub(super) fn remove_account(&mut self, parent: ParentId, id: AccountId) {
        take(&mut self.accounts, parent, &id);
    }
}

impl Holds<UnitId, Unit> for Org {
    fn put(&mut self, _: UnitId, unit: Unit) -> Result<(), Misplaced> {
        self.tree.put_unit(unit);
        Ok(())
    }

    fn remove(&mut self, id: UnitId) {
        self.tree.remove_unit(&id);
    }
}

/// Takes a child away from its parent, and the parent with its last one.
fn take<T: Ord + Clone>(map: &mut OrdMap<ParentId, OrdSet<T>>, parent: ParentId, child: &T) {
    if let Some(children) = map.get_mut(&parent) {
        children.remove(child);
        if children.is_empty() {
            map.remove(&parent);
        }
    }
}
