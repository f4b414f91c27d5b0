//! Writing a batch.

use std::collections::HashMap;
use std::fmt::Write;

use guildhall_core::item::FORMAT;
use guildhall_core::{ItemChange, Owner, TimerChange, Version};
use rusqlite::{Connection, OptionalExtension, params};

use super::outbox;
use crate::{Batch, JournalRow, StoreError};

/// Owners as text. Neighbours are often the same owner, which is written out once.
struct Names<'a> {
    last: Option<&'a Owner>,
    text: String,
}

impl<'a> Names<'a> {
    fn new() -> Self {
        Self { last: None, text: String::with_capacity(80) }
    }

    fn of(&mut self, owner: &'a Owner) -> &str {
        if self.last != Some(owner) {
            self.text.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{owner}");
            self.last = Some(owner);
        }
        &self.text
    }
}

/// Writes a batch within a transaction; any error has to roll it back.
pub(super) fn commit(
    connection: &Connection,
    batch: &Batch,
    written: &HashMap<&Owner, Version>,
    mails: &mut outbox::Change,
) -> Result<(), StoreError> {
    let changed = versions(connection, batch, written)?;
    if !changed.is_empty() {
        return Err(StoreError::Conflict(changed));
    }
    items(connection, batch, written)?;
    timers(connection, &batch.timers)?;
    if !batch.mails.is_empty() {
        outbox::insert(connection, &batch.mails, mails)?;
    }
    journal(connection, &batch.journal)
}

/// Checks the version of every owner that was read, and sets that of each that is written. Answers those that
/// have another one.
fn versions(
    connection: &Connection,
    batch: &Batch,
    written: &HashMap<&Owner, Version>,
) -> Result<Vec<Owner>, StoreError> {
    let mut read = connection.prepare_cached("SELECT version FROM owners WHERE owner = ?1")?;
    let mut raise =
        connection.prepare_cached("UPDATE owners SET version = ?3 WHERE owner = ?1 AND version = ?2")?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO owners(owner, version) VALUES(?1, ?2)")?;
    let mut names = Names::new();
    let mut changed = Vec::new();
    for (owner, noted) in &batch.reads {
        let (name, noted) = (names.of(owner), noted.cast_signed());
        let same = match written.get(owner) {
            Some(new) if noted == 0 => insert.execute(params![name, new.cast_signed()])? == 1,
            Some(new) => raise.execute(params![name, noted, new.cast_signed()])? == 1,
            None => read.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0) == noted,
        };
        if !same {
            changed.push(owner.clone());
        }
    }
    Ok(changed)
}

fn items(
    connection: &Connection,
    batch: &Batch,
    written: &HashMap<&Owner, Version>,
) -> Result<(), StoreError> {
    // On a table with one tree this overwrites in place, with one search.
    let mut put = connection.prepare_cached(
        "INSERT OR REPLACE INTO items(owner, kind, id, ver, format, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut remove =
        connection.prepare_cached("DELETE FROM items WHERE owner = ?1 AND kind = ?2 AND id = ?3")?;
    let mut names = Names::new();
    for (owner, change) in &batch.items {
        let name = names.of(owner);
        match change {
            ItemChange::Put(item) => {
                let key = item.key();
                let version = written.get(owner).copied().unwrap_or_default().cast_signed();
                put.execute(params![name, key.kind, key.id, version, FORMAT, item.body()])?;
            }
            ItemChange::Remove(key) => {
                remove.execute(params![name, key.kind, key.id])?;
            }
        }
    }
    Ok(())
}

fn timers(connection: &Connection, timers: &[TimerChange]) -> Result<(), StoreError> {
    if timers.is_empty() {
        return Ok(());
    }
    let mut set =
        connection.prepare_cached("INSERT OR IGNORE INTO timers(due, owner, id) VALUES(?1, ?2, ?3)")?;
    let mut clear =
        connection.prepare_cached("DELETE FROM timers WHERE due = ?1 AND owner = ?2 AND id = ?3")?;
    let mut names = Names::new();
    for change in timers {
        let (statement, timer) = match change {
            TimerChange::Set(timer) => (&mut set, timer),
            TimerChange::Clear(timer) => (&mut clear, timer),
        };
        statement.execute(params![timer.due.0, names.of(&timer.owner), timer.action.to_string()])?;
    }
    Ok(())
}

fn journal(connection: &Connection, rows: &[JournalRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal(owner, version, at, actor, op, request_id, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut names = Names::new();
    for row in rows {
        let (name, version) = (names.of(&row.owner), row.version.cast_signed());
        insert.execute(params![name, version, row.at.0, row.actor, row.op, row.request_id, row.body])?;
    }
    Ok(())
}

/// Sets a named value.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)")?
        .execute([key, value])?;
    Ok(())
}
