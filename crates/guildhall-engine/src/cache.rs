//! The published state: owners in memory, immutable, shared with every reader.
//!
//! A reader takes the map as it is and keeps it for as long as it needs; a commit puts a new one in its place.
//! Readers that miss an owner load it beside the writer. Two rules keep such a load from bringing back the past:
//! an owner is never replaced by an older version of itself, and a load that began before something was evicted
//! is thrown away.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use guildhall_core::address::AddressKey;
use guildhall_core::aggregate::Aggregate;
use guildhall_core::ids::{AccessKeyId, AccountId, OrgId};
use guildhall_core::{Loaded, Owner, Source};
use guildhall_store::{Store, StoreError, Stored};
use imbl::HashMap;

/// How many owners of a kind are kept. One that is no organization takes about half a KiB.
const CAPACITY: usize = 100_000;

/// Owners in memory, at one instant. A map per kind: most owners are accounts, whose ids are short, and a change
/// copies the entries beside it.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    accounts: HashMap<AccountId, Loaded>,
    addresses: HashMap<AddressKey, Loaded>,
    keys: HashMap<AccessKeyId, Loaded>,
    orgs: HashMap<OrgId, Loaded>,
    evictions: u64,
}

impl Source for Snapshot {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        match owner {
            Owner::Account(id) => self.accounts.get(id),
            Owner::Address(key) => self.addresses.get(key),
            Owner::Key(id) => self.keys.get(id),
            Owner::Org(id) => self.orgs.get(id),
        }
    }
}

impl Snapshot {
    pub(crate) fn insert(&mut self, owner: Owner, loaded: Loaded) {
        match owner {
            Owner::Account(id) => self.accounts.insert(id, loaded),
            Owner::Address(key) => self.addresses.insert(key, loaded),
            Owner::Key(id) => self.keys.insert(id, loaded),
            Owner::Org(id) => self.orgs.insert(id, loaded),
        };
    }

    pub(crate) fn get_mut(&mut self, owner: &Owner) -> Option<&mut Loaded> {
        match owner {
            Owner::Account(id) => self.accounts.get_mut(id),
            Owner::Address(key) => self.addresses.get_mut(key),
            Owner::Key(id) => self.keys.get_mut(id),
            Owner::Org(id) => self.orgs.get_mut(id),
        }
    }

    fn remove(&mut self, owner: &Owner) {
        match owner {
            Owner::Account(id) => self.accounts.remove(id),
            Owner::Address(key) => self.addresses.remove(key),
            Owner::Key(id) => self.keys.remove(id),
            Owner::Org(id) => self.orgs.remove(id),
        };
    }

    /// Keeps memory bounded: a kind of which there are too many is forgotten, and loaded again as it is asked for.
    /// Organizations stay.
    fn make_room(&mut self) {
        let before = self.evictions;
        if self.accounts.len() > CAPACITY {
            self.accounts = HashMap::new();
            self.evictions += 1;
        }
        if self.addresses.len() > CAPACITY {
            self.addresses = HashMap::new();
            self.evictions += 1;
        }
        if self.keys.len() > CAPACITY {
            self.keys = HashMap::new();
            self.evictions += 1;
        }
        if self.evictions != before {
            tracing::debug!("owners were forgotten to make room");
        }
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
    /// those of its owners that are `fresh`, laid over that.
    pub(crate) fn publish(&self, base: &Arc<Snapshot>, state: &Snapshot, fresh: &HashSet<Owner>) {
        let mut whole = state.clone();
        whole.make_room();
        let before = self.published.compare_and_swap(base, Arc::new(whole));
        if Arc::ptr_eq(&before, base) {
            return;
        }
        self.published.rcu(|old| {
            let mut new = Snapshot::clone(old);
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
            let read = |owner: &Owner| Ok((owner.clone(), read(store, owner)?));
            let loaded: Vec<(Owner, Loaded)> = owners.iter().map(read).collect::<Result<_, StoreError>>()?;
            let mut stale = false;
            self.published.rcu(|old| {
                stale = old.evictions != evictions;
                if stale {
                    return Arc::clone(old);
                }
                let mut new = Snapshot::clone(old);
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

    /// Forgets owners, so that they are loaded anew.
    pub(crate) fn forget<'a>(&self, owners: impl Iterator<Item = &'a Owner> + Clone) {
        self.published.rcu(|old| {
            let mut new = Snapshot::clone(old);
            new.evictions += 1;
            for owner in owners.clone() {
                new.remove(owner);
            }
            new
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.published.rcu(|old| Snapshot { evictions: old.evictions + 1, ..Snapshot::default() });
    }
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
