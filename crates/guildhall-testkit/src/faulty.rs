//! A store that does not do as it is told: loads and commits that wait until they are let go, owners that cannot be
//! read or written, a disk that is full, files that are gone, a commit that panics.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use guildhall_core::state::item::ItemKey;
use guildhall_core::{Owner, Timer, Timestamp};
use guildhall_store::memory::MemoryStore;
use guildhall_store::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, Named, OutboxMail, Prepared, Prune, Rewrite, Scratch,
    Store, StoreError, Stored,
};

#[derive(Default)]
struct State {
    /// The next load of this owner waits, with what it read.
    load_of: Option<Owner>,
    commits_wait: bool,
    /// How many are waiting.
    waiting: usize,
    unreadable: BTreeSet<Owner>,
    unwritable: BTreeSet<Owner>,
    full: bool,
    /// How often a mail could not be taken because it was.
    not_leased: usize,
    gone: bool,
    panics: bool,
}

/// A store in memory with faults.
#[derive(Default)]
pub struct FaultyStore {
    inner: MemoryStore,
    state: Mutex<State>,
    changed: Condvar,
}

fn fails<T>(what: &str) -> Result<T, StoreError> {
    Err(StoreError::Database(format!("injected: {what}")))
}

impl FaultyStore {
    /// An empty store without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The store below, without faults.
    pub fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn held(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.held());
        self.changed.notify_all();
    }

    /// The next load of an owner reads it and then waits at a gate.
    pub fn hold_next_load(&self, owner: &Owner) {
        self.change(|state| state.load_of = Some(owner.clone()));
    }

    /// Commits wait at a gate.
    pub fn hold_commits(&self) {
        self.change(|state| state.commits_wait = true);
    }

    /// Blocks until somebody waits at a gate.
    pub fn wait_until_held(&self) {
        let state = self.changed.wait_while(self.held(), |state| state.waiting == 0);
        drop(state.unwrap_or_else(PoisonError::into_inner));
    }

    /// Opens the gates.
    pub fn let_go(&self) {
        self.change(|state| {
            state.commits_wait = false;
            state.waiting = 0;
        });
    }

    /// Owners that cannot be read from now on.
    pub fn damage(&self, owners: impl IntoIterator<Item = Owner>) {
        self.change(|state| state.unreadable = owners.into_iter().collect());
    }

    /// Owners with which no commit works from now on.
    pub fn refuse(&self, owners: impl IntoIterator<Item = Owner>) {
        self.change(|state| state.unwritable = owners.into_iter().collect());
    }

    /// Nothing can be written, or everything again.
    pub fn fill_up(&self, full: bool) {
        self.change(|state| state.full = full);
    }

    /// How often no mail could be taken because nothing can be written.
    pub fn not_leased(&self) -> usize {
        self.held().not_leased
    }

    /// The files are gone, or there again. What is written to files that are gone succeeds, as it does on Unix.
    pub fn take_away(&self, gone: bool) {
        self.change(|state| state.gone = gone);
    }

    /// The next commit panics, after it has written.
    pub fn panic_once(&self) {
        self.change(|state| state.panics = true);
    }

    fn wait(&self, mut state: MutexGuard<'_, State>) {
        state.waiting += 1;
        self.changed.notify_all();
        let state = self.changed.wait_while(state, |state| state.waiting > 0);
        drop(state.unwrap_or_else(PoisonError::into_inner));
    }

    fn check_room(&self) -> Result<(), StoreError> {
        if self.held().full { fails("the disk is full") } else { Ok(()) }
    }
}

impl Store for FaultyStore {
    fn load(&self, owner: &Owner) -> Result<Stored, StoreError> {
        let stored = self.inner.load(owner)?;
        let mut state = self.held();
        if state.unreadable.contains(owner) {
            return fails("the owner cannot be read");
        }
        if state.load_of.as_ref() == Some(owner) {
            state.load_of = None;
            self.wait(state);
        }
        Ok(stored)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut state = self.held();
        let panics = std::mem::take(&mut state.panics);
        if batch.writes.iter().any(|(owner, _)| state.unwritable.contains(owner)) {
            return fails("the owner cannot be written");
        }
        if state.commits_wait {
            self.wait(state);
        } else {
            drop(state);
        }
        self.check_room()?;
        self.inner.commit(batch)?;
        assert!(!panics, "injected: a commit panics");
        Ok(())
    }

    fn intact(&self) -> Result<(), StoreError> {
        if self.held().gone { fails("the files are gone") } else { Ok(()) }
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        self.inner.owners(prefix, after, limit)
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.inner.timers(until, limit)
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.inner.timers_of(prefix, after, limit)
    }

    fn holder(&self, prefix: &str, item: &ItemKey, at_most: usize) -> Result<Option<Owner>, StoreError> {
        self.inner.holder(prefix, item, at_most)
    }

    fn retry_mail(&self, id: &str, now: Timestamp) -> Result<Option<OutboxMail>, StoreError> {
        self.inner.retry_mail(id, now)
    }

    fn retry_failed(&self, now: Timestamp, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.inner.retry_failed(now, after, limit)
    }

    fn mail_counts(&self) -> MailCounts {
        self.inner.mail_counts()
    }

    fn prune(&self, what: &Prune) -> Result<bool, StoreError> {
        self.inner.prune(what)
    }

    fn lease(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxMail>, StoreError> {
        self.check_room().inspect_err(|_| self.held().not_leased += 1)?;
        self.inner.lease(now, lease_until, limit)
    }

    fn settle(&self, mail: &OutboxMail) -> Result<(), StoreError> {
        self.check_room()?;
        self.inner.settle(mail)
    }

    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
        self.inner.mails(filter)
    }

    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError> {
        self.inner.mail(id)
    }

    fn clear_mails(&self) -> Result<(), StoreError> {
        self.inner.clear_mails()
    }

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.meta(key)
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.check_room()?;
        self.inner.set_meta(key, value)
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.inner.journal(limit)
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.inner.reset()
    }

    fn backup(&self, file: &Path, more: &Named) -> Result<(), StoreError> {
        self.inner.backup(file, more)
    }

    fn prepare(&self, file: &Path, rewrite: &mut dyn Rewrite) -> Result<Prepared, StoreError> {
        self.inner.prepare(file, rewrite)
    }

    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError> {
        self.inner.restore(prepared, admit)
    }

    fn scratch(&self) -> Result<Scratch, StoreError> {
        self.inner.scratch()
    }
}
