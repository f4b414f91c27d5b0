//! A store in memory: for tests and for a server that keeps nothing. It can be told to fail.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guildhall_core::state::item::{Item, ItemKey};
use guildhall_core::{ItemChange, Owner, Timer, TimerAction, TimerChange, Timestamp, Version};

use crate::sqlite::{self, Snapshot, read_snapshot, write_snapshot};
use crate::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, MailState, Named, OutboxMail, Prepared, Prune, Rewrite,
    Scratch, Store, StoreError, Stored,
};

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// Every owner that it read is said to have changed; nothing is written.
    Conflict,
    /// The process dies before the commit, or the disk is full: an error, and nothing is written.
    Refused,
    /// The answer is lost: the batch is written, and the caller gets an error.
    AnswerLost,
}

/// An owner, and its items as text, as a database keeps them.
#[derive(Clone, Debug)]
struct Kept {
    owner: Owner,
    version: Version,
    items: BTreeMap<(String, String), String>,
}

/// By the text of owners and actions, which is the order in which a database has them.
#[derive(Clone, Debug, Default)]
struct State {
    owners: BTreeMap<String, Kept>,
    timers: BTreeMap<(Timestamp, String, String), (Owner, TimerAction)>,
    mails: BTreeMap<String, OutboxMail>,
    /// The pending ones, by when they are due.
    due: BTreeSet<(Timestamp, String)>,
    delivered: BTreeSet<String>,
    failed: BTreeSet<String>,
    journal: VecDeque<JournalRow>,
    journal_keys: BTreeSet<(Owner, Version)>,
    meta: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    commits: u64,
    faults: BTreeMap<u64, InjectedFault>,
}

/// State in memory.
#[derive(Debug)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    scratch: PathBuf,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_scratch(PathBuf::from("/tmp"))
    }
}

impl MemoryStore {
    /// An empty store, with `/tmp` for what has to be a file for a while.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store, with a directory for what has to be a file for a while.
    pub fn with_scratch(directory: PathBuf) -> Self {
        Self { inner: Mutex::default(), scratch: directory }
    }

    /// Makes the next commit that has no fault yet fail, so that several calls make several commits in a row
    /// fail, in the order of the calls.
    pub fn inject(&self, fault: InjectedFault) {
        let mut inner = self.held();
        let mut next = inner.commits + 1;
        while inner.faults.contains_key(&next) {
            next += 1;
        }
        inner.faults.insert(next, fault);
    }

    /// Makes the n-th commit from now fail; 1 is the next one.
    pub fn inject_at(&self, nth: u64, fault: InjectedFault) {
        let mut inner = self.held();
        let at = inner.commits.saturating_add(nth.max(1));
        inner.faults.insert(at, fault);
    }

    /// How often `commit` was called, with whatever answer.
    pub fn commits(&self) -> u64 {
        self.held().commits
    }

    fn held(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn version(&self, owner: &Owner) -> Version {
        self.owners.get(&owner.to_string()).map_or(0, |kept| kept.version)
    }

    fn check(&self, batch: &Batch) -> Result<(), StoreError> {
        batch.written()?;
        let changed = batch.reads.iter().filter(|(owner, noted)| self.version(owner) != *noted);
        let changed: Vec<Owner> = changed.map(|(owner, _)| owner.clone()).collect();
        if !changed.is_empty() {
            return Err(StoreError::Conflict(changed));
        }
        let mut ids = BTreeSet::new();
        if batch.mails.iter().any(|m| self.mails.contains_key(&m.id) || !ids.insert(&m.id)) {
            return Err(StoreError::Database("the id of a mail is taken".to_owned()));
        }
        let mut keys = BTreeSet::new();
        let mut taken = |row: &JournalRow| {
            let key = (row.owner.clone(), row.version);
            self.journal_keys.contains(&key) || !keys.insert(key)
        };
        if batch.journal.iter().any(&mut taken) {
            return Err(StoreError::Database("the key of a journal row is taken".to_owned()));
        }
        Ok(())
    }

    /// Writes a batch that was checked: nothing here fails.
    fn apply(&mut self, batch: &Batch) {
        for (owner, version) in &batch.writes {
            let absent = || Kept { owner: owner.clone(), version: 0, items: BTreeMap::new() };
            self.owners.entry(owner.to_string()).or_insert_with(absent).version = *version;
        }
        for (owner, change) in &batch.items {
            let Some(kept) = self.owners.get_mut(&owner.to_string()) else { continue };
            match change {
                ItemChange::Put(item) => {
                    let key = item.key();
                    kept.items.insert((key.kind().to_owned(), key.id()), item.body());
                }
                ItemChange::Remove(key) => {
                    kept.items.remove(&(key.kind().to_owned(), key.id()));
                }
            }
        }
        for change in &batch.timers {
            match change {
                TimerChange::Set(t) => {
                    self.timers.insert(timer_key(t), (t.owner.clone(), t.action));
                }
                TimerChange::Clear(t) => {
                    self.timers.remove(&timer_key(t));
                }
            }
        }
        batch.mails.iter().cloned().for_each(|mail| self.put_mail(mail));
        self.journal_keys.extend(batch.journal.iter().map(|row| (row.owner.clone(), row.version)));
        self.journal.extend(batch.journal.iter().cloned());
    }

    /// Adds a mail, or replaces it.
    fn put_mail(&mut self, mail: OutboxMail) {
        self.remove_mail(&mail.id);
        match mail.state {
            MailState::Pending => self.due.insert((mail.due, mail.id.clone())),
            MailState::Delivered => self.delivered.insert(mail.id.clone()),
            MailState::Failed => self.failed.insert(mail.id.clone()),
        };
        self.mails.insert(mail.id.clone(), mail);
    }

    fn remove_mail(&mut self, id: &str) {
        if let Some(mail) = self.mails.remove(id) {
            self.delivered.remove(id);
            self.failed.remove(id);
            self.due.remove(&(mail.due, mail.id));
        }
    }

    /// Puts a mail that was not delivered back to be sent.
    fn retry_mail(&mut self, id: &str, now: Timestamp) {
        let kept = self.mails.get(id).filter(|m| m.state != MailState::Delivered).cloned();
        if let Some(mail) = kept {
            self.put_mail(OutboxMail {
                state: MailState::Pending,
                due: now,
                queued: now,
                attempts: 0,
                ..mail
            });
        }
    }

    fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut batch = Batch::default();
        for kept in self.owners.values() {
            batch.reads.push((kept.owner.clone(), 0));
            batch.writes.push((kept.owner.clone(), kept.version));
            let items = read_items(kept)?.into_iter();
            batch.items.extend(items.map(|item| (kept.owner.clone(), ItemChange::Put(item))));
        }
        batch.timers = self.timers.iter().map(|row| TimerChange::Set(timer(row))).collect();
        batch.mails = self.mails.values().cloned().collect();
        batch.journal = self.journal.iter().cloned().collect();
        Ok(Snapshot { batch, meta: self.meta.clone().into_iter().collect() })
    }
}

fn read_items(kept: &Kept) -> Result<Vec<Item>, StoreError> {
    let items = kept.items.iter().map(|((kind, id), body)| Item::read(kind, id, body));
    Ok(items.collect::<Result<_, _>>()?)
}

fn timer_key(timer: &Timer) -> (Timestamp, String, String) {
    (timer.due, timer.owner.to_string(), timer.action.to_string())
}

fn timer((key, (owner, action)): (&(Timestamp, String, String), &(Owner, TimerAction))) -> Timer {
    Timer { due: key.0, owner: owner.clone(), action: *action }
}

impl Store for MemoryStore {
    fn load(&self, owner: &Owner) -> Result<Stored, StoreError> {
        match self.held().state.owners.get(&owner.to_string()) {
            Some(kept) => Ok(Stored { version: kept.version, items: read_items(kept)? }),
            None => Ok(Stored::default()),
        }
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut inner = self.held();
        inner.commits += 1;
        let number = inner.commits;
        let fault = inner.faults.remove(&number);
        match fault {
            Some(InjectedFault::Conflict) => {
                return Err(StoreError::Conflict(
                    batch.reads.iter().map(|(owner, _)| owner.clone()).collect(),
                ));
            }
            Some(InjectedFault::Refused) => return Err(StoreError::Database("injected: refused".to_owned())),
            Some(InjectedFault::AnswerLost) | None => {}
        }
        inner.state.check(batch)?;
        inner.state.apply(batch);
        match fault {
            Some(_) => Err(StoreError::Database("injected: the answer is lost".to_owned())),
            None => Ok(()),
        }
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        let inner = self.held();
        let from = inner.state.owners.range(prefix.to_owned()..);
        let matching = from.take_while(|(name, _)| name.starts_with(prefix));
        let rest = matching.filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        Ok(rest.take(limit).map(|(_, kept)| kept.owner.clone()).collect())
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let inner = self.held();
        let due = inner.state.timers.iter().take_while(|(key, _)| key.0 <= until);
        Ok(due.take(limit).map(timer).collect())
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let inner = self.held();
        let from = after.map_or(Bound::Unbounded, |timer| Bound::Excluded(timer_key(timer)));
        let timers = inner.state.timers.range((from, Bound::Unbounded));
        Ok(timers.filter(|(key, _)| key.2.starts_with(prefix)).take(limit).map(timer).collect())
    }

    fn holder(&self, prefix: &str, item: &ItemKey, at_most: usize) -> Result<Option<Owner>, StoreError> {
        let inner = self.held();
        let from = inner.state.owners.range(prefix.to_owned()..);
        let mut owners = from.take_while(|(name, _)| name.starts_with(prefix)).take(at_most);
        let key = (item.kind().to_owned(), item.id());
        Ok(owners.find(|(_, kept)| kept.items.contains_key(&key)).map(|(_, kept)| kept.owner.clone()))
    }

    fn lease(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxMail>, StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        let due = state.due.iter().take_while(|(due, _)| *due <= now).take(limit);
        let mails = due.filter_map(|(_, id)| state.mails.get(id)).cloned();
        let mails: Vec<_> = mails.map(|mail| OutboxMail { due: lease_until, ..mail }).collect();
        mails.iter().cloned().for_each(|mail| state.put_mail(mail));
        Ok(mails)
    }

    fn settle(&self, mail: &OutboxMail) -> Result<(), StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        let kept = state.mails.get(&mail.id).filter(|kept| kept.state != MailState::Delivered).cloned();
        if let Some(kept) = kept {
            state.put_mail(OutboxMail {
                state: mail.state,
                due: mail.due,
                attempts: mail.attempts,
                last_error: mail.last_error.clone(),
                ..kept
            });
        }
        Ok(())
    }

    fn retry_mail(&self, id: &str, now: Timestamp) -> Result<Option<OutboxMail>, StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        state.retry_mail(id, now);
        Ok(state.mails.get(id).cloned())
    }

    fn retry_failed(&self, now: Timestamp, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        let rest = state.failed.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let failed: Vec<_> = rest.take(limit).cloned().collect();
        failed.iter().for_each(|id| state.retry_mail(id, now));
        Ok(failed)
    }

    fn mail_counts(&self) -> MailCounts {
        let inner = self.held();
        let state = &inner.state;
        MailCounts { pending: state.due.len() as u64, failed: state.failed.len() as u64 }
    }

    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
        let inner = self.held();
        let to = filter.to.as_ref().map(|to| to.to_lowercase());
        let wanted = |m: &&OutboxMail| {
            to.as_ref().is_none_or(|to| m.mail.to.key().as_str() == to)
                && filter.since.is_none_or(|since| m.made >= since)
        };
        let (all, after) = (&inner.state.mails, filter.after.as_deref());
        let mails: Box<dyn Iterator<Item = &OutboxMail>> = if filter.latest_first {
            let before = after.map_or(Bound::Unbounded, Bound::Excluded);
            Box::new(all.range::<str, _>((Bound::Unbounded, before)).rev().map(|(_, m)| m))
        } else {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            Box::new(all.range::<str, _>((from, Bound::Unbounded)).map(|(_, m)| m))
        };
        Ok(mails.filter(wanted).take(filter.limit).cloned().collect())
    }

    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError> {
        Ok(self.held().state.mails.get(id).cloned())
    }

    fn clear_mails(&self) -> Result<(), StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        state.delivered.clear();
        state.failed.clear();
        state.mails.retain(|_, m| m.state == MailState::Pending);
        Ok(())
    }

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.held().state.meta.get(key).cloned())
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.held().state.meta.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        Ok(self.held().state.journal.iter().rev().take(limit).cloned().collect())
    }

    fn prune(&self, what: &Prune) -> Result<bool, StoreError> {
        let mut inner = self.held();
        let state = &mut inner.state;
        let old = state.journal.iter().take(state.journal.len().saturating_sub(1)).take(what.limit);
        let old = old.take_while(|row| row.at < what.journal_before).count();
        for row in state.journal.drain(..old) {
            state.journal_keys.remove(&(row.owner, row.version));
        }
        let mut more = old > 0 && old == what.limit;
        for settled in [MailState::Delivered, MailState::Failed] {
            let ids = if settled == MailState::Failed { &state.failed } else { &state.delivered };
            let mails = ids.iter().take(what.limit).filter_map(|id| state.mails.get(id));
            let mails = mails.take_while(|m| m.made < what.mails_before);
            let old: Vec<_> = mails.map(|m| m.id.clone()).collect();
            old.iter().for_each(|id| state.remove_mail(id));
            more |= !old.is_empty() && old.len() == what.limit;
        }
        Ok(more)
    }

    fn reset(&self) -> Result<(), StoreError> {
        let mut inner = self.held();
        let meta = std::mem::take(&mut inner.state.meta);
        inner.state = State { meta, ..State::default() };
        Ok(())
    }

    fn backup(&self, file: &Path, more: &Named) -> Result<(), StoreError> {
        let mut snapshot = self.held().state.snapshot()?;
        snapshot.meta.extend(more.clone());
        write_snapshot(file, &snapshot)
    }

    fn prepare(&self, file: &Path, rewrite: &mut dyn Rewrite) -> Result<Prepared, StoreError> {
        sqlite::prepare(file, self.scratch()?, rewrite)
    }

    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError> {
        let mut named = prepared.named.clone();
        admit(&mut named).map_err(StoreError::NotAdmitted)?;
        let snapshot = read_snapshot(&prepared.scratch.file())?;
        let mut state = State::default();
        state.check(&snapshot.batch)?;
        state.apply(&snapshot.batch);
        state.meta = named;
        self.held().state = state;
        Ok(())
    }

    fn scratch(&self) -> Result<Scratch, StoreError> {
        Scratch::new(&self.scratch, &format!("guildhall-{}-", std::process::id()))
    }

    fn intact(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
