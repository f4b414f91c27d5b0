//! SQLite: the store for one process. One connection writes; loads have their own, so that they never wait for
//! a commit's disk.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guildhall_core::item::ItemKey;
use guildhall_core::{Owner, Timer, Timestamp};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, OutboxMail, Prepared, Prune, Scratch, Store,
    StoreError, Stored,
};

mod commit;
mod copy;
mod open;
mod outbox;
mod prune;
mod read;
mod schema;
#[cfg(test)]
mod tests;

pub use open::OpenError;

pub(crate) use copy::{Snapshot, prepare, read_snapshot, write_snapshot};
pub(crate) use open::private;

/// Idle connections for reading that are kept.
const READERS: usize = 4;

/// State in one SQLite file, used by one process.
#[derive(Debug)]
pub struct SqliteStore {
    // Closed in this order: the last one that can write empties the log, and only then the lock goes.
    readers: Mutex<Vec<Connection>>,
    writer: Option<Mutex<Connection>>,
    /// As of the last commit.
    mail_counts: Mutex<MailCounts>,
    path: PathBuf,
    /// The files that the writer has open, as they were named when it opened them.
    files: Option<open::Files>,
    _lock: Option<open::Lock>,
}

impl SqliteStore {
    /// Opens the store in `dir`, which is made if it is missing, and keeps other processes out of it. Refuses a
    /// directory that is in use and a database that is not ours, is newer or cannot be written.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let lock = open::lock(dir)?;
        open::sweep(dir)?;
        open::create(dir)?;
        let path = open::database(dir);
        let reader = open::checked(&path)?;
        let writer = open::writer(&path)?;
        // Nobody else can hold a lease: what a process that ended had in hand is tried again at once.
        let mail_counts = outbox::release(&writer)
            .and_then(|()| outbox::count(&writer))
            .map_err(|e| OpenError::Database { path: path.clone(), message: e.to_string() })?;
        let files = open::Files::of(&path).map_err(OpenError::io("look at", &path))?;
        Ok(Self {
            readers: Mutex::new(vec![reader]),
            writer: Some(Mutex::new(writer)),
            mail_counts: Mutex::new(mail_counts),
            path,
            files: Some(files),
            _lock: Some(lock),
        })
    }

    /// Opens the store in `dir` for reading, beside the process that writes it. Everything that writes is
    /// refused. SQLite needs to write its index of the log, so the directory must be writable even so.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenError> {
        let path = open::database(dir);
        let reader = open::checked(&path)?;
        let mail_counts = outbox::count(&reader)
            .map_err(|e| OpenError::Database { path: path.clone(), message: e.to_string() })?;
        Ok(Self {
            readers: Mutex::new(vec![reader]),
            writer: None,
            mail_counts: Mutex::new(mail_counts),
            path,
            files: None,
            _lock: None,
        })
    }

    /// What is wrong with the file, one line each; none if it is whole. Reads all of it.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| copy::integrity(connection, "integrity_check"))
    }

    fn read<T>(&self, run: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = held(&self.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        let answer = run(&connection);
        // One that failed may have failed for a reason of its own: the next reader gets a new one.
        if answer.is_ok() {
            let mut readers = held(&self.readers);
            if readers.len() < READERS {
                readers.push(connection);
            }
        }
        answer
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let writer = self.writer.as_ref();
        writer.map(held).ok_or_else(|| StoreError::Database("the store is open for reading only".to_owned()))
    }

    fn write<T>(&self, run: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        transaction(&mut *self.writer()?, run)
    }

    /// A write that says how it changes the numbers of mails, which are kept as long as nobody else can write.
    fn write_mails<T>(
        &self,
        run: impl FnOnce(&Connection, &mut outbox::Change) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer()?;
        let mut change = outbox::Change::default();
        let answer = transaction(&mut writer, |connection| run(connection, &mut change))?;
        let mut counts = held(&self.mail_counts);
        *counts = change.applied_to(*counts);
        Ok(answer)
    }

    /// A write after which the mails are counted anew.
    fn replace_mails(
        &self,
        run: impl FnOnce(&mut Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        run(&mut writer)?;
        *held(&self.mail_counts) = outbox::count(&writer)?;
        Ok(())
    }
}

/// A transaction holds every change, so a panic between two of them leaves nothing half done.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs all of `run` or nothing: an error rolls back.
fn transaction<T>(
    connection: &mut Connection,
    run: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = run(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

impl Store for SqliteStore {
    // The lock on the directory.
    fn exclusive(&self) -> bool {
        true
    }

    fn load(&self, owner: &Owner) -> Result<Stored, StoreError> {
        self.read(|connection| read::load(connection, owner))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let written = batch.written()?;
        self.write_mails(|connection, mails| commit::commit(connection, batch, &written, mails))
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        self.read(|connection| read::owners(connection, prefix, after, limit))
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| read::timers(connection, until, limit))
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| read::timers_of(connection, prefix, after, limit))
    }

    fn holder(&self, prefix: &str, item: &ItemKey, at_most: usize) -> Result<Option<Owner>, StoreError> {
        self.read(|connection| read::holder(connection, prefix, item, at_most))
    }

    fn lease(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxMail>, StoreError> {
        // Most of the time there is none, and to learn that nobody has to wait for the writer.
        if !self.read(|connection| outbox::any_due(connection, now))? {
            return Ok(Vec::new());
        }
        self.write_mails(|connection, change| outbox::lease(connection, now, lease_until, limit, change))
    }

    fn settle(&self, mail: &OutboxMail) -> Result<(), StoreError> {
        self.write_mails(|connection, change| outbox::settle(connection, mail, change))
    }

    fn retry_mail(&self, id: &str, now: Timestamp) -> Result<Option<OutboxMail>, StoreError> {
        self.write_mails(|connection, change| {
            outbox::retry(connection, id, now, change)?;
            outbox::mail(connection, id)
        })
    }

    fn retry_failed(&self, now: Timestamp, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.write_mails(|connection, change| {
            let failed = outbox::failed(connection, after, limit)?;
            failed.iter().try_for_each(|id| outbox::retry(connection, id, now, change))?;
            Ok(failed)
        })
    }

    fn mail_counts(&self) -> MailCounts {
        *held(&self.mail_counts)
    }

    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
        self.read(|connection| outbox::mails(connection, filter))
    }

    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError> {
        self.read(|connection| outbox::mail(connection, id))
    }

    fn clear_mails(&self) -> Result<(), StoreError> {
        self.replace_mails(|connection| transaction(connection, outbox::clear))
    }

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| read::meta(connection, key))
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection| commit::set_meta(connection, key, value))
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.read(|connection| read::journal(connection, limit))
    }

    fn prune(&self, what: &Prune) -> Result<bool, StoreError> {
        let rows = self.write_mails(|connection, change| prune::rows(connection, what, change))?;
        let space = prune::space(&*self.writer()?)?;
        Ok(rows || space)
    }

    fn reset(&self) -> Result<(), StoreError> {
        let empty = |connection: &Connection| Ok(connection.execute_batch(schema::EMPTY)?);
        self.replace_mails(|connection| transaction(connection, empty))
    }

    fn backup(&self, file: &Path) -> Result<(), StoreError> {
        self.read(|connection| copy::backup(connection, file))
    }

    fn prepare(&self, file: &Path) -> Result<Prepared, StoreError> {
        copy::prepare(file, self.scratch()?)
    }

    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError> {
        self.replace_mails(|connection| copy::restore(connection, prepared, admit))
    }

    fn scratch(&self) -> Result<Scratch, StoreError> {
        Scratch::new(self.path.parent().unwrap_or(Path::new(".")), open::SCRATCH)
    }

    fn intact(&self) -> Result<(), StoreError> {
        self.files.as_ref().map_or(Ok(()), |files| files.compare(&self.path))
    }
}

/// What SQLite says, and what it means for whoever runs the server.
fn explain(e: &rusqlite::Error) -> String {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => format!("the disk is full: {e}"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => format!("the database is damaged: {e}"),
        Some(ErrorCode::SystemIoFailure) => format!("the disk failed: {e}"),
        Some(ErrorCode::ReadOnly) => format!("{e} (is its directory writable?)"),
        Some(ErrorCode::DatabaseBusy) => format!("another program holds the database: {e}"),
        _ => format!("database: {e}"),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Database(explain(&e))
    }
}

/// A limit as SQLite takes it.
fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
