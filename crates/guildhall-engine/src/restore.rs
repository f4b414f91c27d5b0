//! Backups of the whole state, out and in. A backup brings its clock and its page key along, and a snapshot for another
//! server its keys: these open its secrets once, on their way under the keys of that server. Business time does not go
//! back for it: it goes on from the later one of the two.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use guildhall_core::Settings;
use guildhall_core::call::page::PageKey;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::kernel::time::HOUR;
use guildhall_store::{Named, Prepared, Scratch, Store, StoreError};

use crate::clock::ClockState;
use crate::keeping::{clock_state, latest, left_off, page_key, text_of};
use crate::keys::{self, KEYS, Reseal};
use crate::{CLOCK, Engine, PAGE_KEY, Shared, random};

/// How far ahead of a wall clock a backup may be: business time leaps there, and goes slower until wall time has caught
/// up.
const AHEAD_OF_WALL: i64 = HOUR;

/// Which of the values that the engine keeps in a store cannot be read, and why, one line each.
pub fn wrong_values(value: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let clock = clock_state(value(CLOCK).as_deref()).err();
    let page_key = page_key(value(PAGE_KEY).as_deref()).err();
    let sealed_with = keys::sealed_with(value(keys::SEALED_WITH).as_deref()).err();
    [clock, page_key, sealed_with].into_iter().flatten().map(|e| e.to_string()).collect()
}

/// Reads a backup and looks through it, beside the state that is there: the file, and every invariant of the state in
/// it. Its secrets come in under the newest key of the ring. What is wrong is [`StoreError::NoBackup`].
fn prepare(store: &dyn Store, backup: &Path, keyring: &Arc<Keyring>) -> Result<Prepared, StoreError> {
    let seed = random::seed().map_err(|e| StoreError::Database(e.to_string()))?;
    let prepared = store.prepare(backup, &mut Reseal::new(&|_| Ok(Arc::clone(keyring)), seed))?;
    match prepared.check()?.wrong.as_slice() {
        [] => Ok(prepared),
        [first, more @ ..] => {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
            Err(StoreError::NoBackup(format!("its state cannot be: {first}{more}")))
        }
    }
}

/// Restores a backup into a store that no engine runs over. Its clock does not go back to before what the store has
/// seen.
pub fn restore(store: &dyn Store, file: &Path, keyring: &Arc<Keyring>) -> Result<(), StoreError> {
    let before = store.meta(CLOCK)?.as_deref().and_then(latest);
    let prepared = prepare(store, file, keyring)?;
    store.restore(&prepared, &|named: &mut Named| {
        let (clock, _) = values(named)?;
        if let Some(before) = before {
            let mut clock = clock.unwrap_or(ClockState { offset: 0, frozen: None, latest: None });
            clock.latest = clock.latest.max(Some(before));
            named.insert(CLOCK.to_owned(), text_of(&clock)?);
        }
        Ok(())
    })
}

/// The clock's state and the page key of a backup. The error says which of them cannot be read.
fn values(named: &Named) -> Result<(Option<ClockState>, Option<PageKey>), String> {
    let value = |name| named.get(name).map(String::as_str);
    let clock = clock_state(value(CLOCK)).map_err(|e| e.to_string())?;
    Ok((clock, page_key(value(PAGE_KEY)).map_err(|e| e.to_string())?))
}

impl Engine {
    /// The whole state as a file, which is gone when it is dropped. With the keys, if it is to be restored where they are
    /// not: then whoever has the file has the secrets.
    pub async fn snapshot(&self, with_keys: bool) -> Result<Scratch, StoreError> {
        let store = self.store();
        let mut more = Named::new();
        if with_keys {
            more.insert(KEYS.to_owned(), self.keyring().text().to_string());
        }
        self.blocking(move || {
            let scratch = store.scratch()?;
            store.backup(&scratch.file(), &more)?;
            Ok(scratch)
        })
        .await
    }

    /// Replaces the whole state by that of a backup. It is read and looked through beside the writer, which only
    /// puts it in place. A file that is no backup, or is not admitted, changes nothing: a wall clock refuses a backup
    /// that comes from the future.
    pub async fn restore(&self, backup: Scratch) -> Result<(), StoreError> {
        let (store, keyring) = (self.store(), self.keyring());
        let prepared = self.blocking(move || prepare(&*store, &backup.file(), &keyring)).await?;
        let _advancing = self.advancing().lock().await;
        let shared = Arc::clone(&self.shared);
        self.with_exclusive_store(move |store| shared.restore(store, &prepared)).await
    }
}

impl Shared {
    /// Puts a backup in place. Blocks; nothing else may run.
    fn restore(&self, store: &dyn Store, prepared: &Prepared) -> Result<(), StoreError> {
        let _one = self.kept.held();
        let ours = store.meta(PAGE_KEY)?;
        let came = RefCell::new(None);
        store.restore(prepared, &|named: &mut Named| {
            came.replace(self.admit(named, ours.as_ref())?);
            Ok(())
        })?;
        let left_off = left_off(store).map_err(|e| StoreError::Database(e.to_string()))?;
        if let Some(left_off) = left_off {
            self.clock.take(&left_off);
        }
        if let Some(page_key) = came.into_inner() {
            let settings = Settings::clone(&self.settings.load());
            self.settings.store(Arc::new(Settings { page_key, ..settings }));
        }
        self.failing.forget();
        // Some time has passed since the backup was let in.
        self.keep_now()
    }

    /// Settles the named values of a backup that comes in; `ours` is the page key that stays if it has none. Answers
    /// the backup's.
    fn admit(&self, named: &mut Named, ours: Option<&String>) -> Result<Option<PageKey>, String> {
        let (clock, key) = values(named)?;
        if let (Some(clock), false) = (&clock, self.clock.is_virtual()) {
            let (now, reached) = (self.clock.now(), clock.reached(self.clock.machine().wall()));
            if reached > now.plus(AHEAD_OF_WALL) {
                return Err(format!(
                    "its business time is {reached}, that of this server is {now}, and a wall clock cannot be moved \
                     there; restore it into a server with --clock virtual"
                ));
            }
        }
        let clock = match clock {
            Some(clock) => self.clock.merged(&clock),
            None => self.clock.state(None, 0),
        };
        named.insert(CLOCK.to_owned(), text_of(&clock)?);
        if let (None, Some(ours)) = (&key, ours) {
            named.insert(PAGE_KEY.to_owned(), ours.clone());
        }
        Ok(key)
    }
}
