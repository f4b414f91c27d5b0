//! SQLite: the store for one process. One connection writes; loads have their own, so that they never wait for
//! a commit's disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guildhall_core::state::item::ItemKey;
use guildhall_core::{Owner, Timer, Timestamp};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, OutboxMail, Prepared, Prune, Scratch, Store,
    StoreError, Stored,
};

mod commit;
mod copy;
mod damage;
mod log;
mod mark;
mod open;
mod outbox;
mod prune;
mod read;
mod rebuild;
mod schema;
mod sum;
#[cfg(test)]
mod tests;

pub use open::OpenError;

pub(crate) use copy::{Snapshot, prepare, read_snapshot, write_snapshot};
pub(crate) use open::private;

use mark::Mark;
use schema::Form;

/// Idle connections for reading that are kept.
const READERS: usize = 4;

/// Damaged rows that were told and are not told again; beyond so many, nobody reads more.
const TOLD: usize = 1_000;

/// The named value that has the number of the journal's last row, where the journal may have lost it: it is written
/// when rows go, so that numbers never come again.
const JOURNAL_SEQ: &str = "journal_seq";

/// State in one SQLite file, used by one process.
#[derive(Debug)]
pub struct SqliteStore {
    // Closed in this order: the last one that can write empties the log, and only then the lock goes.
    readers: Mutex<Vec<Connection>>,
    writer: Option<Mutex<Writer>>,
    /// As of the last commit.
    mail_counts: Mutex<MailCounts>,
    path: PathBuf,
    /// What was found to be lost when the store was opened.
    lost: Vec<String>,
    told: Mutex<BTreeSet<String>>,
    /// The present form of a file of an earlier one, for reading.
    _scratch: Option<Scratch>,
    /// The files that the writer has open, as they were named when it opened them.
    files: Option<open::Files>,
    _lock: Option<open::Lock>,
}

/// The connection that writes, and the number of the journal's last row.
#[derive(Debug)]
struct Writer {
    connection: Connection,
    last: i64,
    mark: Mark,
}

impl SqliteStore {
    /// Opens the store in `dir`, which is made if it is missing, and keeps other processes out of it. A database of an
    /// earlier form is brought to the present one. Refuses a directory that is in use and a database that is not ours,
    /// is newer or cannot be written. What was acknowledged and is not there is told, in the log and by
    /// [`SqliteStore::integrity`]: to serve what is left is better than nothing.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let lock = open::lock(dir)?;
        open::sweep(dir)?;
        open::create(dir)?;
        let path = open::database(dir);
        // Before SQLite takes the log in.
        let torn = log::torn(&path).map_err(OpenError::io("read the log of", &path))?;
        let marked = Mark::read(&path);
        open::migrate(dir)?;
        let (reader, _) = open::checked(&path)?;
        let mut connection = open::writer(&path)?;
        let last = transaction(&mut connection, |connection| {
            // Nobody else can hold a lease: what a process that ended had in hand is tried again at once.
            outbox::release(connection)?;
            Ok((last_row(connection)?, outbox::count(connection)?))
        });
        let (last, mail_counts) =
            last.map_err(|e| OpenError::Database { path: path.clone(), message: e.to_string() })?;
        let torn = torn.map(|frame| {
            format!("its log (guildhall.db-wal) is damaged at frame {frame}, and commits behind it are lost")
        });
        let lost: Vec<String> = torn.into_iter().chain(mark::lost(marked, last)).collect();
        for line in &lost {
            tracing::error!(database = %path.display(), "{line}");
        }
        let mark = Mark::open(&path).map_err(OpenError::io("open the mark beside", &path))?;
        mark.set(last);
        let files = open::Files::of(&path).map_err(OpenError::io("look at", &path))?;
        let writer = Writer { connection, last, mark };
        let (writer, files, lock) = (Some(Mutex::new(writer)), Some(files), Some(lock));
        let mail_counts = Mutex::new(mail_counts);
        Ok(Self { writer, mail_counts, files, lost, _lock: lock, ..Self::reading(reader, path) })
    }

    /// Opens the store in `dir` for reading, beside the process that writes it. Everything that writes is
    /// refused. SQLite needs to write its index of the log, so the directory must be writable even so. A database of
    /// an earlier form is read as a copy in the present one.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenError> {
        let path = open::database(dir);
        let marked = Mark::read(&path);
        let failed = |e: StoreError| OpenError::Database { path: path.clone(), message: e.to_string() };
        let (reader, form) = open::checked(&path)?;
        if form == Form::One {
            let scratch = Scratch::new(dir, open::SCRATCH).map_err(failed)?;
            rebuild::rebuild(&reader, form, &scratch.file()).map_err(failed)?;
            let copy = Self::open_file(&scratch.file())?;
            return Ok(Self { _scratch: Some(scratch), ..copy });
        }
        let last = last_row(&reader).map_err(failed)?;
        let mail_counts = Mutex::new(outbox::count(&reader).map_err(OpenError::database(&path))?);
        let lost = mark::lost(marked, last).into_iter().collect();
        Ok(Self { mail_counts, lost, ..Self::reading(reader, path) })
    }

    /// Opens a file of the present form for reading.
    pub(crate) fn open_file(file: &Path) -> Result<Self, OpenError> {
        let (reader, _) = open::checked(file)?;
        Ok(Self::reading(reader, file.to_owned()))
    }

    fn reading(reader: Connection, path: PathBuf) -> Self {
        Self {
            readers: Mutex::new(vec![reader]),
            writer: None,
            mail_counts: Mutex::default(),
            path,
            lost: Vec::new(),
            told: Mutex::default(),
            _scratch: None,
            files: None,
            _lock: None,
        }
    }

    /// What is wrong with the file, one line each; none if it is whole: its pages, and the checksums of all rows but
    /// those of items, which are compared by whoever loads their owners ([`crate::check::check`]). Reads all of it.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = self.lost.clone();
        self.read(|connection| {
            wrong.extend(damage::pages(connection)?);
            wrong.extend(damage::rows(connection, false));
            Ok(wrong)
        })
    }

    /// Tells that something is damaged and was left out, once.
    fn tell(&self, e: &StoreError) {
        let line = e.to_string();
        let mut told = held(&self.told);
        if told.len() < TOLD && told.insert(line) {
            tracing::error!(error = %e, "something stored is damaged and left out; `guildhall check` tells all");
        }
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

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let writer = self.writer.as_ref();
        writer.map(held).ok_or_else(|| StoreError::Database("the store is open for reading only".to_owned()))
    }

    fn write<T>(&self, run: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        transaction(&mut self.writer()?.connection, run)
    }

    /// A write that says how it changes the numbers of mails, which are kept as long as nobody else can write.
    fn write_mails<T>(
        &self,
        run: impl FnOnce(&Connection, &mut outbox::Change) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write_mails_by(&mut *self.writer()?, run)
    }

    fn write_mails_by<T>(
        &self,
        writer: &mut Writer,
        run: impl FnOnce(&Connection, &mut outbox::Change) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut change = outbox::Change::default();
        let answer = transaction(&mut writer.connection, |connection| run(connection, &mut change))?;
        let mut counts = held(&self.mail_counts);
        *counts = change.applied_to(*counts);
        Ok(answer)
    }

    /// A write after which the mails are counted anew.
    fn replace_mails(
        &self,
        run: impl FnOnce(&mut Writer) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        run(&mut writer)?;
        *held(&self.mail_counts) = outbox::count(&writer.connection)?;
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
        let mut writer = self.writer()?;
        let last = writer.last;
        let new = self.write_mails_by(&mut writer, |connection, mails| {
            commit::commit(connection, batch, &written, last, mails)
        })?;
        if new != last {
            writer.last = new;
            writer.mark.set(new);
        }
        Ok(())
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        self.read(|connection| read::owners(connection, prefix, after, limit, &mut |e| self.tell(&e)))
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| read::timers(connection, until, limit, &mut |e| self.tell(&e)))
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| read::timers_of(connection, prefix, after, limit, &mut |e| self.tell(&e)))
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
            for id in &failed {
                match outbox::retry(connection, id, now, change) {
                    Err(e @ StoreError::Corrupt { .. }) => self.tell(&e),
                    done => done?,
                }
            }
            Ok(failed)
        })
    }

    fn mail_counts(&self) -> MailCounts {
        *held(&self.mail_counts)
    }

    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
        self.read(|connection| outbox::mails(connection, filter, &mut |e| self.tell(&e)))
    }

    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError> {
        self.read(|connection| outbox::mail(connection, id))
    }

    fn clear_mails(&self) -> Result<(), StoreError> {
        self.replace_mails(|writer| transaction(&mut writer.connection, outbox::clear))
    }

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| read::meta(connection, key))
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection| commit::set_meta(connection, key, value))
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.read(|connection| read::journal(connection, limit, &mut |e| self.tell(&e)))
    }

    fn prune(&self, what: &Prune) -> Result<bool, StoreError> {
        let rows = self.write_mails(|connection, change| prune::rows(connection, what, change))?;
        let space = prune::space(&self.writer()?.connection)?;
        Ok(rows || space)
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.replace_mails(|writer| {
            let last = writer.last.to_string();
            transaction(&mut writer.connection, |connection| {
                connection.execute_batch(schema::EMPTY)?;
                commit::set_meta(connection, JOURNAL_SEQ, &last)
            })
        })
    }

    fn backup(&self, file: &Path) -> Result<(), StoreError> {
        self.read(|connection| copy::backup(connection, file))
    }

    fn prepare(&self, file: &Path) -> Result<Prepared, StoreError> {
        copy::prepare(file, self.scratch()?)
    }

    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError> {
        self.replace_mails(|writer| {
            writer.last = copy::restore(&mut writer.connection, prepared, admit, writer.last)?;
            writer.mark.set(writer.last);
            Ok(())
        })
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

/// The number of the journal's last row, also where that is no longer there.
fn last_row(connection: &Connection) -> Result<i64, StoreError> {
    let there: i64 =
        connection.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
    let kept = read::meta(connection, JOURNAL_SEQ)?.and_then(|kept| kept.parse().ok());
    Ok(there.max(kept.unwrap_or(0)))
}

/// A limit as SQLite takes it.
fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
