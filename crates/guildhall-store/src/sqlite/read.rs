//! Reading what is committed.

use std::fmt::Display;

use guildhall_core::item::{CorruptItem, FORMAT, Item, ItemKey};
use guildhall_core::{Owner, Timer, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::limit;
use crate::{JournalRow, StoreError, Stored};

/// A text of a row, where it lies.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

/// A row that cannot be read.
pub(super) fn corrupt(kind: &str, id: &str, what: &dyn Display) -> StoreError {
    CorruptItem { kind: kind.to_owned(), id: id.to_owned(), what: what.to_string() }.into()
}

/// An owner with its items. One statement, so version and items are of the same instant.
pub(super) fn load(connection: &Connection, owner: &Owner) -> Result<Stored, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT o.version, i.kind, i.id, i.format, i.body
         FROM owners o LEFT JOIN items i ON i.owner = o.owner WHERE o.owner = ?1",
    )?;
    let mut rows = statement.query([owner.to_string()])?;
    let mut stored = Stored::default();
    while let Some(row) = rows.next()? {
        stored.version = row.get::<_, i64>(0)?.cast_unsigned();
        // An owner without items has one row, without an item.
        let Some(kind) = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)? else { break };
        let (id, format) = (text(row, 2)?, row.get::<_, u32>(3)?);
        if format > FORMAT {
            return Err(corrupt(kind, id, &format_args!("it has form {format}, newer than this program")));
        }
        stored.items.push(Item::read(kind, id, text(row, 4)?)?);
    }
    Ok(stored)
}

/// Owners with a prefix, after one, in order.
pub(super) fn owners(
    connection: &Connection,
    prefix: &str,
    after: Option<&str>,
    at_most: usize,
) -> Result<Vec<Owner>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT owner FROM owners WHERE owner >= ?1 AND owner > ?2 ORDER BY owner LIMIT ?3",
    )?;
    let mut rows = statement.query(params![prefix, after.unwrap_or_default(), limit(at_most)])?;
    let mut owners = Vec::new();
    while let Some(row) = rows.next()? {
        let name = text(row, 0)?;
        // In order, so the first without the prefix is past all that have it.
        if !name.starts_with(prefix) {
            break;
        }
        owners.push(name.parse().map_err(|e| corrupt("owner", name, &e))?);
    }
    Ok(owners)
}

/// Timers that are due.
pub(super) fn timers(
    connection: &Connection,
    until: Timestamp,
    at_most: usize,
) -> Result<Vec<Timer>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT due, owner, id FROM timers WHERE due <= ?1 ORDER BY due, owner, id LIMIT ?2",
    )?;
    read_timers(statement.query(params![until.0, limit(at_most)])?)
}

/// Timers of one kind of action, after one.
pub(super) fn timers_of(
    connection: &Connection,
    prefix: &str,
    after: Option<&Timer>,
    at_most: usize,
) -> Result<Vec<Timer>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT due, owner, id FROM timers WHERE (due, owner, id) > (?1, ?2, ?3) AND substr(id, 1, length(?4)) = ?4
         ORDER BY due, owner, id LIMIT ?5",
    )?;
    let (due, owner, action) = match after {
        Some(timer) => (timer.due.0, timer.owner.to_string(), timer.action.to_string()),
        None => (i64::MIN, String::new(), String::new()),
    };
    read_timers(statement.query(params![due, owner, action, prefix, limit(at_most)])?)
}

/// The first of the first owners with a prefix that has an item.
pub(super) fn holder(
    connection: &Connection,
    prefix: &str,
    item: &ItemKey,
    at_most: usize,
) -> Result<Option<Owner>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT o.owner FROM (SELECT owner FROM owners WHERE owner >= ?1 AND owner < ?2 ORDER BY owner LIMIT ?3) o
         WHERE EXISTS (SELECT 1 FROM items i WHERE i.owner = o.owner AND i.kind = ?4 AND i.id = ?5) LIMIT 1",
    )?;
    let end = format!("{prefix}\u{10ffff}");
    let mut rows = statement.query(params![prefix, end, limit(at_most), item.kind, item.id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let name = text(row, 0)?;
    Ok(Some(name.parse().map_err(|e| corrupt("owner", name, &e))?))
}

fn read_timers(mut rows: Rows<'_>) -> Result<Vec<Timer>, StoreError> {
    let mut timers = Vec::new();
    while let Some(row) = rows.next()? {
        let (owner, action) = (text(row, 1)?, text(row, 2)?);
        timers.push(Timer {
            due: Timestamp(row.get(0)?),
            owner: owner.parse().map_err(|e| corrupt("timer", owner, &e))?,
            action: action.parse().map_err(|e| corrupt("timer", action, &e))?,
        });
    }
    Ok(timers)
}

/// The journal, the newest row first.
pub(super) fn journal(connection: &Connection, at_most: usize) -> Result<Vec<JournalRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT owner, version, at, actor, op, request_id, body FROM journal ORDER BY seq DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit(at_most)])?;
    let mut journal = Vec::new();
    while let Some(row) = rows.next()? {
        let owner = text(row, 0)?;
        journal.push(JournalRow {
            owner: owner.parse().map_err(|e| corrupt("journal", owner, &e))?,
            version: row.get::<_, i64>(1)?.cast_unsigned(),
            at: Timestamp(row.get(2)?),
            actor: row.get(3)?,
            op: row.get::<_, String>(4)?.into(),
            request_id: row.get(5)?,
            body: row.get(6)?,
        });
    }
    Ok(journal)
}

/// A named value.
pub(super) fn meta(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Every named value.
pub(super) fn all_meta(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = connection.prepare("SELECT key, value FROM meta")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
