//! Backups: whole states as files of their own, which every engine writes and reads.

use std::fs;
use std::path::Path;

use guildhall_core::{ItemChange, TimerChange, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{commit, explain, open, outbox, read, schema, transaction};
use crate::{Admit, Batch, MailFilter, Prepared, Scratch, StoreError};

/// A whole state: as the batch that would make it from nothing, and the named values.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) batch: Batch,
    pub(crate) meta: Vec<(String, String)>,
}

/// The lines of an integrity check other than `ok`. `check` is `integrity_check` or `quick_check`.
pub(super) fn integrity(connection: &Connection, check: &str) -> Result<Vec<String>, StoreError> {
    let lines = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(&format!("PRAGMA {check}"))?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match lines() {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
        // Damage so bad that the check itself trips over it is what was asked for.
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(vec![explain(&e)]),
        Err(e) => Err(e.into()),
    }
}

/// Writes what a connection sees to a new file. Commits go on beside it: the copy is of one instant.
pub(super) fn backup(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    new_file(file, |name| {
        connection.execute("VACUUM INTO ?1", [name])?;
        Ok(())
    })
}

/// Writes a state to a new file.
pub(crate) fn write_snapshot(file: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    let written = snapshot.batch.written()?;
    new_file(file, |name| {
        let mut connection = Connection::open_with_flags(name, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::create(&connection)?;
        transaction(&mut connection, |connection| {
            commit::commit(connection, &snapshot.batch, &written, &mut outbox::Change::default())?;
            snapshot.meta.iter().try_for_each(|(key, value)| commit::set_meta(connection, key, value))
        })
    })
}

/// Fills a new file, which others cannot read, and makes sure that it is on disk. A failure leaves no file.
fn new_file(file: &Path, fill: impl FnOnce(&str) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let failed =
        |e: &dyn std::fmt::Display| StoreError::Database(format!("backup to {}: {e}", file.display()));
    // An absolute path never looks like a URI, which SQLite would interpret.
    let path = std::path::absolute(file).map_err(|e| failed(&e))?;
    let name = path.to_str().ok_or_else(|| failed(&"its name is not UTF-8"))?;
    let made = open::private().create_new(true).open(&path).map_err(|e| failed(&e))?;
    let written = fill(name).and_then(|()| {
        made.sync_all().map_err(|e| failed(&e))?;
        path.parent().map_or(Ok(()), open::sync_dir).map_err(|e| failed(&e))
    });
    if written.is_err() {
        let _ = fs::remove_file(&path);
    }
    written
}

/// A connection to a backup that this program can read and that is whole.
fn readable(file: &Path) -> Result<Connection, StoreError> {
    let refuse = |why: String| StoreError::NoBackup(format!("{} is no usable backup: {why}", file.display()));
    let connection = open::checked(file).map_err(|e| refuse(e.to_string()))?;
    match integrity(&connection, "quick_check")?.first() {
        Some(line) => Err(refuse(format!("it is damaged: {line}"))),
        None => Ok(connection),
    }
}

/// Reads a backup into a scratch file.
pub(crate) fn prepare(file: &Path, scratch: Scratch) -> Result<Prepared, StoreError> {
    let connection = readable(file)?;
    backup(&connection, &scratch.file())?;
    let named = read::all_meta(&connection)?.into_iter().collect();
    Ok(Prepared { scratch, named })
}

/// Replaces everything by what was prepared, in one transaction.
pub(super) fn restore(
    connection: &mut Connection,
    prepared: &Prepared,
    admit: &Admit<'_>,
) -> Result<(), StoreError> {
    let mut named = prepared.named.clone();
    admit(&mut named).map_err(StoreError::NotAdmitted)?;
    let file = prepared.scratch.file();
    let path = std::path::absolute(&file).unwrap_or(file);
    let Some(name) = path.to_str() else {
        return Err(StoreError::Database("the backup's name is not UTF-8".to_owned()));
    };
    connection.execute("ATTACH ?1 AS backup", [name])?;
    let replaced = transaction(connection, |connection| {
        connection.execute_batch(schema::EMPTY)?;
        connection.execute_batch("DELETE FROM meta")?;
        for table in schema::TABLE_NAMES.into_iter().filter(|table| *table != "meta") {
            connection.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM backup.{table}"))?;
        }
        named.iter().try_for_each(|(key, value)| commit::set_meta(connection, key, value))
    });
    let detached = connection.execute_batch("DETACH backup");
    replaced?;
    Ok(detached?)
}

/// Reads a whole state from a file.
pub(crate) fn read_snapshot(file: &Path) -> Result<Snapshot, StoreError> {
    let connection = readable(file)?;
    let mut batch = Batch::default();
    for owner in read::owners(&connection, "", None, usize::MAX)? {
        let stored = read::load(&connection, &owner)?;
        batch.reads.push((owner.clone(), 0));
        batch.writes.push((owner.clone(), stored.version));
        batch.items.extend(stored.items.into_iter().map(|item| (owner.clone(), ItemChange::Put(item))));
    }
    let timers = read::timers(&connection, Timestamp(i64::MAX), usize::MAX)?;
    batch.timers = timers.into_iter().map(TimerChange::Set).collect();
    batch.mails = outbox::mails(&connection, &MailFilter { limit: usize::MAX, ..MailFilter::default() })?;
    batch.journal = read::journal(&connection, usize::MAX)?;
    batch.journal.reverse();
    Ok(Snapshot { batch, meta: read::all_meta(&connection)? })
}
