//! What an account has several of, each with an id that nothing else ever has and a name that is the only one in the
//! account, without regard to case (identity.md 2.3).

use std::ops::Bound;
use std::sync::Arc;

use crate::state::iam::shared::shared;
use crate::state::iam::sorted::Sorted;

/// A record with an id and a name.
pub trait Named {
    /// Its id.
    type Id: Ord + Copy;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// Its name, in ASCII.
    fn name(&self) -> &str;
}

/// Records by id and by name.
#[derive(Clone, Debug)]
pub struct Table<R: Named> {
    ids: Sorted<R::Id, Arc<R>>,
    // In lower case.
    names: Sorted<Arc<str>, Arc<R>>,
}

impl<R: Named> Default for Table<R> {
    fn default() -> Self {
        Self { ids: Sorted::default(), names: Sorted::default() }
    }
}

impl<R: Named> Table<R> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one with this id.
    pub fn by_id(&self, id: R::Id) -> Option<&R> {
        self.ids.get(&id).map(|record| &**record)
    }

    /// The one with this name, in whatever case.
    pub fn by_name(&self, name: &str) -> Option<&R> {
        self.names.get(&*name.to_ascii_lowercase()).map(|record| &**record)
    }

    /// All, in the order of their names without regard to case.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.names.values().map(|record| &**record)
    }

    /// Those whose names stand behind this one.
    pub fn after<'s>(&'s self, name: Option<&str>) -> impl Iterator<Item = &'s R> + use<'s, R> {
        let name = name.map(str::to_ascii_lowercase);
        let from = name.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.names.range(from).map(|(_, record)| &**record)
    }

    pub(super) fn put(&mut self, record: R) {
        self.remove(record.id());
        let record = Arc::new(record);
        self.names.insert(shared(&record.name().to_ascii_lowercase()), Arc::clone(&record));
        self.ids.insert(record.id(), record);
    }

    pub(super) fn remove(&mut self, id: R::Id) {
        if let Some(old) = self.ids.remove(&id) {
            self.names.remove(&*old.name().to_ascii_lowercase());
        }
    }
}
