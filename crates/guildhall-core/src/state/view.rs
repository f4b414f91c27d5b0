//! The only way to read state. A view notes every owner it looked at and at what version, absences included.

use std::sync::Arc;

use crate::kernel::address::AddressKey;
use crate::kernel::ids::{AccessKeyId, AccountId, OrgId};
use crate::kernel::owner::{Owner, Version};
use crate::kernel::refusal::{Refusal, Stop};
use crate::state::account::{Account, AccountRecord, Key, KeyRecord};
use crate::state::address::{Address, AddressRecord};
use crate::state::aggregate::{Aggregate, InMemory};
use crate::state::change::ChangeSet;
use crate::state::handshake::InboxId;
use crate::state::inbox::Inbox;
use crate::state::item::Item;
use crate::state::org::{Org, OrgRecord};
use crate::state::profile::Profile;

/// An owner as it was loaded. Version 0 is an owner that is absent.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its version.
    pub version: Version,
    /// Its content.
    pub aggregate: Arc<Aggregate>,
}

/// State that does not change while a view is open.
pub trait Source {
    /// The owner, or `None` if it has to be loaded first.
    fn find(&self, owner: &Owner) -> Option<&Loaded>;
}

/// A command's window on the state, and what it wants changed.
pub struct View<'a> {
    source: &'a dyn Source,
    reads: Vec<(Owner, Version)>,
    /// What the command wants written.
    pub changes: ChangeSet,
}

impl<'a> View<'a> {
    /// A view of `source`.
    pub fn new(source: &'a dyn Source) -> Self {
        Self { source, reads: Vec::new(), changes: ChangeSet::default() }
    }

    /// What was read and what is to be written.
    pub fn finish(self) -> (Vec<(Owner, Version)>, ChangeSet) {
        (self.reads, self.changes)
    }

    /// Stops if any of these owners is not in memory, so that all that are missing are loaded in one go. A command that
    /// reads several owners says so before it reads the first; to be wanted is not to be read.
    pub fn want(&self, owners: impl IntoIterator<Item = Owner>) -> Result<(), Stop> {
        let missing: Vec<Owner> =
            owners.into_iter().filter(|owner| self.source.find(owner).is_none()).collect();
        if missing.is_empty() { Ok(()) } else { Err(Stop::Missing(missing)) }
    }

    fn load(&mut self, owner: Owner) -> Result<&'a Aggregate, Stop> {
        let Some(loaded) = self.source.find(&owner) else { return Err(Stop::Missing(vec![owner])) };
        if !self.reads.iter().any(|(o, _)| *o == owner) {
            self.reads.push((owner, loaded.version));
        }
        Ok(&loaded.aggregate)
    }

    /// An owner, empty if there is none with this id.
    pub fn get<T: InMemory>(&mut self, id: T::Id) -> Result<&'a T, Stop> {
        T::of(self.load(T::owner(id))?).ok_or_else(|| Refusal::Internal.into())
    }

    /// An account, if there is one with this id.
    pub fn account(&mut self, id: AccountId) -> Result<Option<&'a AccountRecord>, Stop> {
        Ok(self.get::<Account>(id)?.record.as_deref())
    }

    /// The contacts of an account, and a change of its address that is under way, if there ever was any of it.
    pub fn profile(&mut self, id: AccountId) -> Result<Option<&'a Profile>, Stop> {
        Ok(self.get::<Account>(id)?.profile.as_deref())
    }

    /// Who holds an address, if somebody does.
    pub fn address(&mut self, key: AddressKey) -> Result<Option<&'a AddressRecord>, Stop> {
        Ok(self.get::<Address>(key)?.record.as_ref())
    }

    /// An access key, if there is one with this id.
    pub fn key(&mut self, id: AccessKeyId) -> Result<Option<&'a KeyRecord>, Stop> {
        Ok(self.get::<Key>(id)?.record.as_deref())
    }

    /// The invitations that wait at an account or an address.
    pub fn inbox(&mut self, id: InboxId) -> Result<&'a Inbox, Stop> {
        match id {
            InboxId::Account(id) => Ok(&self.get::<Account>(id)?.inbox),
            InboxId::Address(key) => Ok(&self.get::<Address>(key)?.inbox),
        }
    }

    /// An organization, deleted ones included, if there ever was one with this id.
    pub fn org(&mut self, id: OrgId) -> Result<Option<(&'a Org, &'a OrgRecord)>, Stop> {
        let org = self.get::<Org>(id)?;
        Ok(org.record().map(|record| (org, record)))
    }

    /// Puts an item.
    pub fn put(&mut self, owner: Owner, item: Item) {
        self.changes.put(owner, item);
    }
}
