//! SQLite: the store for one process. One connection writes; loads have their own, so that they never wait for
//! a commit's disk.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guildhall_core::state::item::ItemKey;
use guildhall_core::{Owner, Timer, Timestamp, Version};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, Named, OutboxMail, Prepared, Prune, Rewrite, Scratch,
    Store, StoreError, Stored,
};

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
mod write;

pub use open::OpenError;

pub(crate) use copy::{Snapshot, prepare, read_snapshot, write_snapshot};
pub(crate) use open::private;

use mark::Mark;

/// Idle connections for reading that are kept.
const READERS: usize = 4;

/// Damaged rows that were logged and are not logged again; beyond so many, nobody reads more.
const LOGGED_MAX: usize = 1_000;

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
    /// Whether secrets are sealed.
    sealed: bool,
    /// What was found to be lost when the store was opened.
    lost: Vec<String>,
    logged: Mutex<BTreeSet<String>>,
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

    /// Logs that something is damaged and was left out, once.
    fn log_damage(&self, e: &StoreError) {
        let line = e.to_string();
        let mut logged = held(&self.logged);
        if logged.len() < LOGGED_MAX && logged.insert(line) {
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
            commit(connection, batch, &written, last, mails)
        })?;
        if new != last {
            writer.last = new;
            writer.mark.set(new);
        }
        Ok(())
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        self.read(|connection| read::owners(connection, prefix, after, limit, &mut |e| self.log_damage(&e)))
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| read::timers(connection, until, limit, &mut |e| self.log_damage(&e)))
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.read(|connection| {
            read::timers_of(connection, prefix, after, limit, &mut |e| self.log_damage(&e))
        })
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
                    Err(e @ StoreError::Corrupt { .. }) => self.log_damage(&e),
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
        self.read(|connection| outbox::mails(connection, filter, &mut |e| self.log_damage(&e)))
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
        self.write(|connection| write::set_meta(connection, key, value))
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.read(|connection| read::journal(connection, limit, &mut |e| self.log_damage(&e)))
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
                write::set_meta(connection, JOURNAL_SEQ, &last)
            })
        })
    }

    fn backup(&self, file: &Path, more: &Named) -> Result<(), StoreError> {
        self.read(|connection| copy::backup(connection, file, more))
    }

    fn prepare(&self, file: &Path, rewrite: &mut dyn Rewrite) -> Result<Prepared, StoreError> {
        copy::prepare(file, self.scratch()?, rewrite)
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

/// Writes a batch within a transaction; any error has to roll it back. `last` is the number of the journal's last
/// row; answers the new one.
fn commit(
    connection: &Connection,
    batch: &Batch,
    written: &HashMap<&Owner, Version>,
    last: i64,
    mails: &mut outbox::Change,
) -> Result<i64, StoreError> {
    let mut totals = write::Totals::with_capacity(batch.writes.len());
    let changed = versions(connection, batch, written, &mut totals)?;
    if !changed.is_empty() {
        return Err(StoreError::Conflict(changed));
    }
    write::items(connection, batch, written, &mut totals)?;
    write::owners(connection, batch, &totals)?;
    write::timers(connection, &batch.timers)?;
    if !batch.mails.is_empty() {
        outbox::insert(connection, &batch.mails, mails)?;
    }
    write::journal(connection, &batch.journal, last)
}

/// Checks the version of every owner that was read, and notes the sum of the items of each that is written. Answers
/// those that have another version. One whose row is damaged is among them, so that it is loaded again, and told.
fn versions<'a>(
    connection: &Connection,
    batch: &'a Batch,
    written: &HashMap<&Owner, Version>,
    totals: &mut write::Totals<'a>,
) -> Result<Vec<Owner>, StoreError> {
    let mut read =
        connection.prepare_cached("SELECT owner, version, items, sum FROM owners WHERE owner = ?1")?;
    let (mut names, mut sums, mut changed) = (write::Names::new(), sum::Sums::default(), Vec::new());
    for (owner, noted) in &batch.reads {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(sums
                .verified(&schema::OWNERS, row, 0)
                .and_then(|_| Ok((read::number(row, 1)?, read::number(row, 2)?))))
        };
        let total = match read.query_row([names.of(owner)], row).optional()? {
            None if *noted == 0 => Some(0),
            Some(Ok((version, total))) if version == noted.cast_signed() => Some(total),
            Some(Ok(_)) | None => None,
            Some(Err(StoreError::Corrupt { .. })) => None,
            Some(Err(e)) => return Err(e),
        };
        match total {
            None => changed.push(owner.clone()),
            Some(total) if written.contains_key(owner) => {
                totals.insert(owner, total);
            }
            Some(_) => {}
        }
    }
    Ok(changed)
}

/// A limit as SQLite takes it.
fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
