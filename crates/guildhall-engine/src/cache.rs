//! The published state: owners in memory, immutable, shared with every reader.
//!
//! A reader takes the map as it is and keeps it for as long as it needs; a commit puts a new one in its place.
//! Readers that miss an owner load it beside the writer. Two rules keep such a load from bringing back the past:
//! an owner is never replaced by an older version of itself, and a load that began before something was evicted
//! is thrown away.
//!
//! Memory is bounded by age. What is loaded or used goes into the young generation; once that is full, it becomes the
//! old one, and what was left in the old one, used by nobody for a whole generation, is forgotten. An organization
//! counts with all that is in it, and an owner that does not exist takes as little as a line in a map.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use guildhall_core::kernel::owner::OwnerMap;
use guildhall_core::state::aggregate::Aggregate;
use guildhall_core::{Loaded, Owner, Source};
use guildhall_store::{Store, StoreError, Stored};

/// How many owners and items a generation takes in before it is full. Each takes about half a KiB, and there are two
/// generations.
const GENERATION: usize = 200_000;
/// The most that one owner counts, so that a huge one that is used all the time does not push out all others.
const HEAVIEST: usize = GENERATION / 4;

/// Owners that came in one after the other.
#[derive(Clone, Default)]
struct Generation {
    owners: OwnerMap<Loaded>,
    /// How many owners and items are in it, and how often they were changed, added up.
    weight: usize,
}

fn weight(loaded: &Loaded) -> usize {
    (1 + loaded.aggregate.items()).min(HEAVIEST)
}

impl Generation {
    fn insert(&mut self, owner: Owner, loaded: Loaded) {
        self.weight += weight(&loaded);
        let replaced = self.owners.insert(owner, loaded);
        self.weight = self.weight.saturating_sub(replaced.as_ref().map_or(0, weight));
    }
}

/// Owners in memory, at one instant. One that is in both generations is what the young one says.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    young: Generation,
    old: Generation,
    evictions: u64,
}

impl Source for Snapshot {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        self.young.owners.get(owner).or_else(|| self.old.owners.get(owner))
    }
}

impl Snapshot {
    pub(crate) fn insert(&mut self, owner: Owner, loaded: Loaded) {
        self.young.insert(owner, loaded);
    }

    /// An owner, to change it: it is young again.
    pub(crate) fn get_mut(&mut self, owner: &Owner) -> Option<&mut Loaded> {
        self.renew(owner);
        self.young.weight += 1;
        self.young.owners.get_mut(owner)
    }

    /// Makes an owner young again.
    fn renew(&mut self, owner: &Owner) {
        if self.young.owners.get(owner).is_none()
            && let Some(loaded) = self.old.owners.get(owner).cloned()
        {
            self.young.insert(owner.clone(), loaded);
        }
    }

    fn remove(&mut self, owner: &Owner) {
        self.young.owners.remove(owner);
        self.old.owners.remove(owner);
    }

    /// Keeps memory bounded. What is forgotten is loaded again when somebody asks for it.
    fn make_room(&mut self) {
        if self.young.weight > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.evictions += 1;
            tracing::debug!("owners that nobody used were forgotten");
        }
    }
}

/// A snapshot that somebody reads, and whether anything in it was found that has grown old.
pub(crate) struct Reading<'a> {
    snapshot: &'a Snapshot,
    old: Cell<bool>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, old: Cell::new(false) }
    }

    /// Whether something was found in the old generation.
    pub(crate) fn found_old(&self) -> bool {
        self.old.get()
    }
}

impl Source for Reading<'_> {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        let young = self.snapshot.young.owners.get(owner);
        if young.is_some() {
            return young;
        }
        let old = self.snapshot.old.owners.get(owner);
        if old.is_some() {
            self.old.set(true);
        }
        old
    }
}

/// The published snapshot.
pub(crate) struct Cache {
    published: ArcSwap<Snapshot>,
    /// The one empty organization that stands for all that do not exist, so that none takes memory of its own.
    no_organization: Arc<Aggregate>,
}

impl Default for Cache {
    fn default() -> Self {
        Self { published: ArcSwap::default(), no_organization: Arc::new(Aggregate::Org(Box::default())) }
    }
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
    /// those of its owners that are `fresh`, laid over that.
    pub(crate) fn publish(&self, base: &Arc<Snapshot>, state: &Snapshot, fresh: &HashSet<Owner>) {
        let mut whole = state.clone();
        whole.make_room();
        let before = self.published.compare_and_swap(base, Arc::new(whole));
        if Arc::ptr_eq(&before, base) {
            return;
        }
        self.published.rcu(|now| {
            let mut new = Snapshot::clone(now);
            for owner in fresh {
                if let Some(loaded) = state.find(owner) {
                    new.insert(owner.clone(), loaded.clone());
                }
            }
            new.make_room();
            new
        });
    }

    /// Loads owners beside the writer and publishes them.
    pub(crate) fn load(&self, store: &dyn Store, owners: &[Owner]) -> Result<(), StoreError> {
        loop {
            let evictions = self.published.load().evictions;
            let read = |owner: &Owner| Ok((owner.clone(), self.read(store, owner)?));
            let loaded: Vec<(Owner, Loaded)> = owners.iter().map(read).collect::<Result<_, StoreError>>()?;
            let mut stale = false;
            self.published.rcu(|now| {
                stale = now.evictions != evictions;
                if stale {
                    return Arc::clone(now);
                }
                let mut new = Snapshot::clone(now);
                for (owner, loaded) in &loaded {
                    if new.find(owner).is_none_or(|there| there.version < loaded.version) {
                        new.insert(owner.clone(), loaded.clone());
                    }
                }
                new.make_room();
                Arc::new(new)
            });
            if !stale {
                return Ok(());
            }
        }
    }

    /// Makes owners young that somebody found among the old ones.
    pub(crate) fn renew<'a>(&self, owners: impl Iterator<Item = &'a Owner> + Clone) {
        self.published.rcu(|now| {
            let mut new = Snapshot::clone(now);
            owners.clone().for_each(|owner| new.renew(owner));
            new.make_room();
            new
        });
    }

    /// Forgets owners, so that they are loaded anew.
    pub(crate) fn forget<'a>(&self, owners: impl Iterator<Item = &'a Owner> + Clone) {
        self.published.rcu(|now| {
            let mut new = Snapshot::clone(now);
            new.evictions += 1;
            for owner in owners.clone() {
                new.remove(owner);
            }
            new
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.published.rcu(|now| Snapshot { evictions: now.evictions + 1, ..Snapshot::default() });
    }

    /// Reads an owner from the store into memory.
    pub(crate) fn read(&self, store: &dyn Store, owner: &Owner) -> Result<Loaded, StoreError> {
        let Stored { version, items } = store.load(owner)?;
        if items.is_empty() && matches!(owner, Owner::Org(_)) {
            return Ok(Loaded { version, aggregate: Arc::clone(&self.no_organization) });
        }
        let mut aggregate = Aggregate::empty(owner);
        for item in items {
            aggregate.put(item).map_err(|e| StoreError::Database(format!("{owner}: {e}")))?;
        }
        Ok(Loaded { version, aggregate: Arc::new(aggregate) })
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::kernel::ids::AccountId;
    use guildhall_store::memory::MemoryStore;

    use super::*;

    fn account(n: usize) -> Owner {
        Owner::Account(AccountId::from_number(n as u64).unwrap())
    }

    /// As many owners as one generation takes, none of which exists.
    fn flood(cache: &Cache, store: &MemoryStore, from: usize) {
        let owners: Vec<Owner> = (from..=from + GENERATION).map(account).collect();
        cache.load(store, &owners).unwrap();
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_is_forgotten() {
        let (cache, store) = (Cache::default(), MemoryStore::new());
        let [used, unused]: [Owner; 2] =
            [Owner::Org("o-aaaaaaaaaa".parse().unwrap()), Owner::Org("o-bbbbbbbbbb".parse().unwrap())];
        cache.load(&store, &[used.clone(), unused.clone()]).unwrap();
        for round in 0..3 {
            flood(&cache, &store, 1 + round * 2 * GENERATION);
            let now = cache.published();
            let reading = Reading::new(&now);
            assert!(reading.find(&used).is_some(), "round {round}");
            assert!(reading.found_old());
            assert_eq!(reading.find(&unused).is_some(), round == 0);
            cache.renew([&used].into_iter());
            let now = cache.published();
            let reading = Reading::new(&now);
            assert!(reading.find(&used).is_some() && !reading.found_old());
        }
        let now = cache.published();
        let there: usize = [&now.young, &now.old].iter().map(|g| g.owners.len()).sum();
        assert!(there <= 2 * GENERATION + 2, "{there}");
    }

    #[test]
    fn what_is_changed_is_young_and_never_older_than_it_was() {
        let (cache, store) = (Cache::default(), MemoryStore::new());
        let owner = account(1);
        cache.load(&store, std::slice::from_ref(&owner)).unwrap();
        flood(&cache, &store, 2);
        let base = cache.published();
        assert!(base.young.owners.get(&owner).is_none() && base.old.owners.get(&owner).is_some());
        let mut state = Snapshot::clone(&base);
        state.get_mut(&owner).unwrap().version = 7;
        cache.publish(&base, &state, &[owner.clone()].into());
        assert_eq!(cache.published().find(&owner).unwrap().version, 7);
        cache.renew([&owner].into_iter());
        assert_eq!(cache.published().find(&owner).unwrap().version, 7);
        // The store says 0.
        cache.load(&store, std::slice::from_ref(&owner)).unwrap();
        assert_eq!(cache.published().find(&owner).unwrap().version, 7);
        flood(&cache, &store, 3 * GENERATION);
        assert_eq!(cache.published().find(&owner).unwrap().version, 7);
        cache.forget([&owner].into_iter());
        assert!(cache.published().find(&owner).is_none());
    }

    /// Whoever asks for what does not exist fills no memory: a thousand of them are one.
    #[test]
    fn organizations_that_do_not_exist_share_what_they_are() {
        let (cache, store) = (Cache::default(), MemoryStore::new());
        let owners: Vec<Owner> =
            (0..1_000).map(|n| Owner::Org(format!("o-{n:010}").parse().unwrap())).collect();
        cache.load(&store, &owners).unwrap();
        let now = cache.published();
        assert!(owners.iter().all(|o| Arc::ptr_eq(&now.find(o).unwrap().aggregate, &cache.no_organization)));
    }

    #[test]
    fn writing_ages_too() {
        let (cache, store) = (Cache::default(), MemoryStore::new());
        let owner = account(1);
        cache.load(&store, std::slice::from_ref(&owner)).unwrap();
        for changes in [GENERATION - 2, 2] {
            let base = cache.published();
            let mut state = Snapshot::clone(&base);
            (0..changes).for_each(|_| state.get_mut(&owner).unwrap().version += 1);
            cache.publish(&base, &state, &[owner.clone()].into());
        }
        assert!(cache.published().young.owners.get(&owner).is_none());
        assert_eq!(cache.published().find(&owner).unwrap().version, GENERATION as u64);
    }
}
