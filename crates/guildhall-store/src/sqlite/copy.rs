//! Backups: whole states as files of their own, which every engine writes and reads.

use std::fs;
use std::path::Path;

use guildhall_core::state::item::FORMAT;
use guildhall_core::{ItemChange, TimerChange, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::open::{explain, last_row};
use super::schema;
use super::{JOURNAL_SEQ, commit, damage, open, outbox, read, rebuild, transaction, write};
use crate::{Admit, Batch, MailFilter, Named, Prepared, Rewrite, Scratch, StoreError};

/// A whole state: as the batch that would make it from nothing, and the named values.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) batch: Batch,
    pub(crate) meta: Vec<(String, String)>,
}

/// Writes what a connection sees, and more named values, to a new file. Commits go on beside it: the copy is of one instant. Refuses a state
/// that is damaged: a backup that cannot be restored must not take the place of one that can.
pub(super) fn backup(connection: &Connection, file: &Path, more: &Named) -> Result<(), StoreError> {
    new_file(file, |name| {
        connection.execute("VACUUM INTO ?1", [name])?;
        let copy = open::connect(Path::new(name), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        more.iter().try_for_each(|(key, value)| write::set_meta(&copy, key, value))?;
        match damage::rows(&copy, true).as_slice() {
            [] => Ok(()),
            [first, more @ ..] => Err(StoreError::Database(format!(
                "the state is damaged, and no backup was made: {first}{}; `guildhall check` tells all",
                and_more(more.len())
            ))),
        }
    })
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" (and {more} more)") }
}

/// Writes a state to a new file.
pub(crate) fn write_snapshot(file: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    let written = snapshot.batch.written()?;
    new_file(file, |name| {
        let mut connection = Connection::open_with_flags(name, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::create(&connection, FORMAT)?;
        transaction(&mut connection, |connection| {
            commit(connection, &snapshot.batch, &written, 0, &mut outbox::Change::default())?;
            snapshot.meta.iter().try_for_each(|(key, value)| write::set_meta(connection, key, value))
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

/// Reads a backup into a scratch file, in the present form. The file may be anything: nothing of it is run, only our
/// tables are read, and only when they are exactly our tables and the file's pages are sound, so that what is read ends
/// and no row is missing.
pub(crate) fn prepare(
    file: &Path,
    scratch: Scratch,
    rewrite: &mut dyn Rewrite,
) -> Result<Prepared, StoreError> {
    let refuse = |why: &dyn std::fmt::Display| {
        StoreError::NoBackup(format!("{} is no usable backup: {why}", file.display()))
    };
    let damaged = |e: rusqlite::Error| refuse(&explain(&e));
    let (source, forms) = open::checked(file).map_err(|e| refuse(&e))?;
    source.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    source.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    source.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    source.pragma_update(None, "cell_size_check", true)?;
    if let Some(wrong) = schema::differs(&source, forms.tables).map_err(damaged)? {
        return Err(refuse(&wrong));
    }
    if let Some(line) = damage::pages(&source)?.first() {
        return Err(refuse(&format_args!("it is damaged: {line}")));
    }
    match rebuild::rebuild(&source, forms, &scratch.file(), Some(rewrite)) {
        Err(StoreError::NoBackup(why)) => return Err(refuse(&why)),
        rebuilt => rebuilt?,
    }
    let copy = open::connect(&scratch.file(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if let [first, more @ ..] = damage::rows(&copy, true).as_slice() {
        return Err(refuse(&format_args!("{first}{}", and_more(more.len()))));
    }
    let named = read::all_meta(&copy)?.into_iter().collect();
    drop(copy);
    Ok(Prepared { scratch, named })
}

/// Replaces everything by what was prepared, in one transaction. Rows of the journal are numbered on from `last`;
/// answers the number of the last one.
pub(super) fn restore(
    connection: &mut Connection,
    prepared: &Prepared,
    admit: &Admit<'_>,
    last: i64,
) -> Result<i64, StoreError> {
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
        for table in ["owners", "items", "timers", "outbox", "journal"] {
            connection.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM backup.{table}"))?;
        }
        named.iter().try_for_each(|(key, value)| write::set_meta(connection, key, value))?;
        let last = last_row(connection)?.max(last);
        write::set_meta(connection, JOURNAL_SEQ, &last.to_string())?;
        Ok(last)
    });
    let detached = connection.execute_batch("DETACH backup");
    let last = replaced?;
    detached?;
    Ok(last)
}

/// Reads a whole state from a file that was prepared.
pub(crate) fn read_snapshot(file: &Path) -> Result<Snapshot, StoreError> {
    let (connection, forms) = open::checked(file).map_err(|e| StoreError::Database(e.to_string()))?;
    if !forms.present() {
        return Err(StoreError::Database(format!("{} is of an earlier form", file.display())));
    }
    let mut damaged = Ok(());
    let mut told = |e| damaged = Err(e);
    let mut batch = Batch::default();
    for owner in read::owners(&connection, "", None, usize::MAX, &mut told)? {
        let stored = read::load(&connection, &owner)?;
        batch.reads.push((owner.clone(), 0));
        batch.writes.push((owner.clone(), stored.version));
        batch.items.extend(stored.items.into_iter().map(|item| (owner.clone(), ItemChange::Put(item))));
    }
    let timers = read::timers(&connection, Timestamp(i64::MAX), usize::MAX, &mut told)?;
    batch.timers = timers.into_iter().map(TimerChange::Set).collect();
    let all = MailFilter { limit: usize::MAX, ..MailFilter::default() };
    batch.mails = outbox::mails(&connection, &all, &mut told)?;
    batch.journal = read::journal(&connection, usize::MAX, &mut told)?;
    batch.journal.reverse();
    damaged?;
    Ok(Snapshot { batch, meta: read::all_meta(&connection)? })
}
