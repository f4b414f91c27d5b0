//! Writing rows, within a transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write;

use guildhall_core::state::item::FORMAT;
use guildhall_core::{ItemChange, Owner, TimerChange, Version};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::schema::{ITEMS, JOURNAL, META, OWNERS, TIMERS};
use super::sum::Sums;
use crate::{Batch, JournalRow, StoreError};

/// Owners as text. Neighbours are often the same owner, which is written out once.
pub(super) struct Names<'a> {
    last: Option<&'a Owner>,
    text: String,
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        Self { last: None, text: String::with_capacity(80) }
    }

    pub(super) fn of(&mut self, owner: &'a Owner) -> &str {
        if self.last != Some(owner) {
            self.text.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{owner}");
            self.last = Some(owner);
        }
        &self.text
    }
}

/// The sum of an owner's items, for each owner that is written.
pub(super) type Totals<'a> = HashMap<&'a Owner, i64>;

pub(super) fn items<'a>(
    connection: &Connection,
    batch: &'a Batch,
    written: &HashMap<&Owner, Version>,
    totals: &mut Totals<'a>,
) -> Result<(), StoreError> {
    let mut before =
        connection.prepare_cached("SELECT sum FROM items WHERE owner = ?1 AND kind = ?2 AND id = ?3")?;
    // On a table with one tree this overwrites in place, with one search.
    let mut put = connection.prepare_cached(
        "INSERT OR REPLACE INTO items(owner, kind, id, ver, format, body, sum)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut remove =
        connection.prepare_cached("DELETE FROM items WHERE owner = ?1 AND kind = ?2 AND id = ?3")?;
    let (mut names, mut sums) = (Names::new(), Sums::default());
    for (owner, change) in &batch.items {
        let name = names.of(owner);
        let (old, new) = match change {
            ItemChange::Put(item) => {
                let (key, body) = (item.key(), item.body());
                let (kind, id) = (key.kind(), key.id());
                let version = written.get(owner).copied().unwrap_or_default().cast_signed();
                let columns = [
                    name.into(),
                    kind.into(),
                    id.as_str().into(),
                    version.into(),
                    i64::from(FORMAT).into(),
                    body.as_str().into(),
                ];
                let sum = sums.of(&ITEMS, &columns);
                let old = sum_of(&mut before, name, kind, &id)?;
                put.execute(params![name, kind, id, version, FORMAT, body, sum])?;
                (old, sum)
            }
            ItemChange::Remove(key) => {
                let (kind, id) = (key.kind(), key.id());
                let old = sum_of(&mut before, name, kind, &id)?;
                remove.execute(params![name, kind, id])?;
                (old, 0)
            }
        };
        if let Entry::Occupied(mut total) = totals.entry(owner) {
            let total = total.get_mut();
            *total = total.wrapping_sub(old).wrapping_add(new);
        }
    }
    Ok(())
}

/// The checksum of an item; 0 if there is none.
fn sum_of(before: &mut CachedStatement<'_>, owner: &str, kind: &str, id: &str) -> Result<i64, StoreError> {
    Ok(before.query_row([owner, kind, id], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Writes the owners' own rows.
pub(super) fn owners(connection: &Connection, batch: &Batch, totals: &Totals<'_>) -> Result<(), StoreError> {
    let mut put = connection
        .prepare_cached("INSERT OR REPLACE INTO owners(owner, version, items, sum) VALUES(?1, ?2, ?3, ?4)")?;
    let (mut names, mut sums) = (Names::new(), Sums::default());
    for (owner, version) in &batch.writes {
        let (name, version) = (names.of(owner), version.cast_signed());
        let total = totals.get(owner).copied().unwrap_or_default();
        let sum = sums.of(&OWNERS, &[name.into(), version.into(), total.into()]);
        put.execute(params![name, version, total, sum])?;
    }
    Ok(())
}

pub(super) fn timers(connection: &Connection, timers: &[TimerChange]) -> Result<(), StoreError> {
    if timers.is_empty() {
        return Ok(());
    }
    let mut set = connection
        .prepare_cached("INSERT OR IGNORE INTO timers(due, owner, id, sum) VALUES(?1, ?2, ?3, ?4)")?;
    let mut clear =
        connection.prepare_cached("DELETE FROM timers WHERE due = ?1 AND owner = ?2 AND id = ?3")?;
    let (mut names, mut sums) = (Names::new(), Sums::default());
    for change in timers {
        let (TimerChange::Set(timer) | TimerChange::Clear(timer)) = change;
        let (due, name, action) = (timer.due.0, names.of(&timer.owner), timer.action.to_string());
        match change {
            TimerChange::Set(_) => {
                let sum = sums.of(&TIMERS, &[due.into(), name.into(), action.as_str().into()]);
                set.execute(params![due, name, action, sum])?
            }
            TimerChange::Clear(_) => clear.execute(params![due, name, action])?,
        };
    }
    Ok(())
}

pub(super) fn journal(
    connection: &Connection,
    rows: &[JournalRow],
    mut last: i64,
) -> Result<i64, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal(seq, owner, version, at, actor, op, request_id, body, sum)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let (mut names, mut sums) = (Names::new(), Sums::default());
    for row in rows {
        last = last.saturating_add(1);
        let (name, version) = (names.of(&row.owner), row.version.cast_signed());
        let columns = [
            last.into(),
            name.into(),
            version.into(),
            row.at.0.into(),
            row.actor.as_str().into(),
            (&*row.op).into(),
            row.request_id.as_str().into(),
            row.body.as_str().into(),
        ];
        let sum = sums.of(&JOURNAL, &columns);
        insert.execute(params![
            last,
            name,
            version,
            row.at.0,
            row.actor,
            row.op,
            row.request_id,
            row.body,
            sum
        ])?;
    }
    Ok(last)
}

/// Sets a named value.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let sum = Sums::default().of(&META, &[key.into(), value.into()]);
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta(key, value, sum) VALUES(?1, ?2, ?3)")?
        .execute(params![key, value, sum])?;
    Ok(())
}
