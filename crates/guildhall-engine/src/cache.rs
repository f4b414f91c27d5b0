//! The published state: owners in memory, immutable, shared with every reader.
//!
//! A reader takes the map as it is and keeps it for as long as it needs; a commit puts a new one in its place.
//! Readers that miss an owner load it beside the writer. Two rules keep such a load from bringing back the past:
//! an owner is never replaced by an older version of itself, and a load that began before something was evicted
//! is thrown away.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use guildhall_core::aggregate::Aggregate;
use guildhall_core::{Loaded, Owner, Source};
use guildhall_store::{Store, StoreError, Stored};

/// How many owners are kept. An owner that is no organization takes about half a KiB.
const CAPACITY: usize = 200_000;

/// Owners in memory, at one instant.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    owners: imbl::HashMap<Owner, Loaded>,
    evictions: u64,
}

impl Source for Snapshot {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        self.owners.get(owner)
    }
}

impl Snapshot {
    pub(crate) fn insert(&mut self, owner: Owner, loaded: Loaded) {
        self.owners.insert(owner, loaded);
    }

    pub(crate) fn get_mut(&mut self, owner: &Owner) -> Option<&mut Loaded> {
        self.owners.get_mut(owner)
    }
}

/// The published snapshot.
#[derive(Default)]
pub(crate) struct Cache {
    published: ArcSwap<Snapshot>,
}

impl Cache {
    /// The published snapshot, for a short look.
    pub(crate) fn current(&self) -> Guard<Arc<Snapshot>> {
        self.published.load()
    }

    /// The published snapshot, to start from. A copy of it costs a few counters, not the owners.
    pub(crate) fn published(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Publishes what a commit made of `base`: `state` itself if nothing else was published meanwhile, otherwise
    /// its `changes` laid over that.
    pub(crate) fn publish(&self, base: &Arc<Snapshot>, state: &Snapshot, changes: &[(Owner, Loaded)]) {
        let mut state = state.clone();
        make_room(&mut state);
        let before = self.published.compare_and_swap(base, Arc::new(state));
        if Arc::ptr_eq(&before, base) {
            return;
        }
        self.published.rcu(|old| {
            let mut new = Snapshot::clone(old);
            for (owner, loaded) in changes {
                new.owners.insert(owner.clone(), loaded.clone());
            }
            make_room(&mut new);
            new
        });
    }

    /// Loads an owner beside the writer and publishes it.
    pub(crate) fn load(&self, store: &dyn Store, owner: &Owner) -> Result<(), StoreError> {
        loop {
            let evictions = self.published.load().evictions;
            let loaded = read(store, owner)?;
            let mut stale = false;
            self.published.rcu(|old| {
                stale = old.evictions != evictions;
                let newer = old.owners.get(owner).is_some_and(|there| there.version >= loaded.version);
                if stale || newer {
                    return Arc::clone(old);
                }
                let mut new = Snapshot::clone(old);
                new.owners.insert(owner.clone(), loaded.clone());
                make_room(&mut new);
                Arc::new(new)
            });
            if !stale {
                return Ok(());
            }
        }
    }

    /// Forgets owners, so that they are loaded anew.
    pub(crate) fn forget<'a>(&self, owners: impl Iterator<Item = &'a Owner> + Clone) {
        self.published.rcu(|old| {
            let mut new = Snapshot::clone(old);
            new.evictions += 1;
            for owner in owners.clone() {
                new.owners.remove(owner);
            }
            new
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.published.rcu(|old| Snapshot { owners: imbl::HashMap::new(), evictions: old.evictions + 1 });
    }
}

/// Keeps memory bounded: when there are too many owners, half of those that are no organizations go, whichever
/// come first. Rare, so it may look at all of them.
fn make_room(snapshot: &mut Snapshot) {
    if snapshot.owners.len() <= CAPACITY {
        return;
    }
    let small = |owner: &Owner| !matches!(owner, Owner::Org(_));
    let gone: Vec<Owner> = snapshot.owners.keys().filter(|o| small(o)).take(CAPACITY / 2).cloned().collect();
    for owner in &gone {
        snapshot.owners.remove(owner);
    }
    snapshot.evictions += 1;
}

/// Reads an owner from the store into memory.
pub(crate) fn read(store: &dyn Store, owner: &Owner) -> Result<Loaded, StoreError> {
    let Stored { version, items } = store.load(owner)?;
    let mut aggregate = Aggregate::empty(owner);
    for item in items {
        aggregate.put(item).map_err(|e| StoreError::Database(format!("{owner}: {e}")))?;
    }
    Ok(Loaded { version, aggregate: Arc::new(aggregate) })
}
