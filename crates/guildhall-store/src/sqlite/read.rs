//! Reading what is committed. Every row's checksum is compared on the way.

use std::fmt::Display;

use guildhall_core::state::item::{FORMAT, Item, ItemKey};
use guildhall_core::{Owner, Timer, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::limit;
use super::schema::{ITEMS, JOURNAL, META, OWNERS, TIMERS, Table};
use super::sum::Sums;
use crate::{JournalRow, StoreError, Stored};

/// A text of a row, where it lies.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|e| corrupt(&format_args!("column {column}"), &e))
}

/// A number of a row.
pub(super) fn number(row: &Row<'_>, column: usize) -> Result<i64, StoreError> {
    row.get_ref(column)?.as_i64().map_err(|e| corrupt(&format_args!("column {column}"), &e))
}

/// Something stored that is not as it was written, or cannot be read.
pub(super) fn corrupt(place: &dyn Display, what: &dyn Display) -> StoreError {
    StoreError::Corrupt { place: place.to_string(), what: what.to_string() }
}

/// Says where something damaged is.
pub(super) fn at(e: StoreError, place: &dyn Display) -> StoreError {
    match e {
        StoreError::Corrupt { place: inner, what } => {
            StoreError::Corrupt { place: place.to_string(), what: format!("{inner}: {what}") }
        }
        other => other,
    }
}

/// An owner with its items. One statement, so version and items are of the same instant.
pub(super) fn load(connection: &Connection, owner: &Owner) -> Result<Stored, StoreError> {
    let name = owner.to_string();
    load_named(connection, &name).map_err(|e| at(e, &name))
}

fn load_named(connection: &Connection, name: &str) -> Result<Stored, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT o.owner, o.version, o.items, o.sum, i.owner, i.kind, i.id, i.ver, i.format, i.body, i.sum
         FROM (SELECT ?1 AS owner) n LEFT JOIN owners o ON o.owner = n.owner LEFT JOIN items i ON i.owner = n.owner",
    )?;
    let mut rows = statement.query([name])?;
    let (mut sums, mut stored, mut total) = (Sums::default(), Stored::default(), None);
    let mut found = 0_i64;
    while let Some(row) = rows.next()? {
        if total.is_none() && row.get_ref(0)?.as_str_or_null().map_err(rusqlite::Error::from)?.is_some() {
            sums.verified(&OWNERS, row, 0)?;
            stored.version = number(row, 1)?.cast_unsigned();
            total = Some(number(row, 2)?);
        }
        // An owner without items has one row, without an item, and so has one that is absent.
        if row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)?.is_none() {
            break;
        }
        let item = item(row, 4, &mut sums)?;
        found = found.wrapping_add(item.0);
        stored.items.push(item.1);
    }
    match total {
        None if stored.items.is_empty() => Ok(stored),
        None => Err(corrupt(&"the owner", &"it has items, and its own row is gone")),
        Some(total) if total == found => Ok(stored),
        Some(_) => Err(corrupt(
            &"the owner's items",
            &"they are not those that were written: one is gone or an older one",
        )),
    }
}

/// An item that begins at a column, and its checksum.
pub(super) fn item(row: &Row<'_>, first: usize, sums: &mut Sums) -> Result<(i64, Item), StoreError> {
    let (kind, id) = (text(row, first + 1)?, text(row, first + 2)?);
    let place = || format!("item `{kind}` `{id}`");
    let sum = sums.verified(&ITEMS, row, first).map_err(|e| at(e, &place()))?;
    let format = number(row, first + 4)?;
    if format > i64::from(FORMAT) {
        return Err(corrupt(&place(), &format_args!("it has form {format}, newer than this program")));
    }
    Ok((sum, Item::read(kind, id, text(row, first + 5)?)?))
}

/// Owners with a prefix, after one, in order. One that is damaged is told and left out.
pub(super) fn owners(
    connection: &Connection,
    prefix: &str,
    after: Option<&str>,
    at_most: usize,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<Owner>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT owner, version, items, sum FROM owners WHERE owner >= ?1 AND owner > ?2 ORDER BY owner",
    )?;
    let mut rows = statement.query(params![prefix, after.unwrap_or_default()])?;
    let (mut sums, mut owners) = (Sums::default(), Vec::new());
    while owners.len() < at_most {
        let Some(row) = rows.next()? else { break };
        // In order, so the first without the prefix is past all that have it.
        if text(row, 0).is_ok_and(|name| !name.starts_with(prefix)) {
            break;
        }
        match owner(row, &mut sums) {
            Ok(owner) => owners.push(owner),
            Err(e @ StoreError::Corrupt { .. }) => damaged(e),
            Err(e) => return Err(e),
        }
    }
    Ok(owners)
}

/// An owner's name.
pub(super) fn owner(row: &Row<'_>, sums: &mut Sums) -> Result<Owner, StoreError> {
    let name = text(row, 0)?;
    sums.verified(&OWNERS, row, 0).map_err(|e| at(e, &name))?;
    name.parse().map_err(|e| corrupt(&name, &e))
}

/// Timers that are due. One that is damaged is told and left out: it must not stop the others.
pub(super) fn timers(
    connection: &Connection,
    until: Timestamp,
    at_most: usize,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<Timer>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT due, owner, id, sum FROM timers WHERE due <= ?1 ORDER BY due, owner, id")?;
    read_timers(statement.query([until.0])?, at_most, damaged)
}

/// Timers of one kind of action, after one.
pub(super) fn timers_of(
    connection: &Connection,
    prefix: &str,
    after: Option<&Timer>,
    at_most: usize,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<Timer>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT due, owner, id, sum FROM timers
         WHERE (due, owner, id) > (?1, ?2, ?3) AND substr(id, 1, length(?4)) = ?4 ORDER BY due, owner, id",
    )?;
    let (due, owner, action) = match after {
        Some(timer) => (timer.due.0, timer.owner.to_string(), timer.action.to_string()),
        None => (i64::MIN, String::new(), String::new()),
    };
    read_timers(statement.query(params![due, owner, action, prefix])?, at_most, damaged)
}

fn read_timers(
    mut rows: Rows<'_>,
    at_most: usize,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<Timer>, StoreError> {
    let (mut sums, mut timers) = (Sums::default(), Vec::new());
    while timers.len() < at_most {
        let Some(row) = rows.next()? else { break };
        match timer(row, &mut sums) {
            Ok(timer) => timers.push(timer),
            Err(e @ StoreError::Corrupt { .. }) => damaged(e),
            Err(e) => return Err(e),
        }
    }
    Ok(timers)
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
    let mut rows = statement.query(params![prefix, end, limit(at_most), item.kind(), item.id()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let name = text(row, 0)?;
    Ok(Some(name.parse().map_err(|e| corrupt(&name, &e))?))
}

pub(super) fn timer(row: &Row<'_>, sums: &mut Sums) -> Result<Timer, StoreError> {
    let (due, owner, action) = (number(row, 0)?, text(row, 1)?, text(row, 2)?);
    let place = || format!("the timer {owner} {action}");
    sums.verified(&TIMERS, row, 0).map_err(|e| at(e, &place()))?;
    Ok(Timer {
        due: Timestamp(due),
        owner: owner.parse().map_err(|e| corrupt(&place(), &e))?,
        action: action.parse().map_err(|e| corrupt(&place(), &e))?,
    })
}

/// The journal, the newest row first. One that is damaged is told and left out.
pub(super) fn journal(
    connection: &Connection,
    at_most: usize,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<JournalRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, owner, version, at, actor, op, request_id, body, sum FROM journal ORDER BY seq DESC",
    )?;
    let mut rows = statement.query([])?;
    let (mut sums, mut journal) = (Sums::default(), Vec::new());
    while journal.len() < at_most {
        let Some(row) = rows.next()? else { break };
        match journal_row(row, &mut sums) {
            Ok(row) => journal.push(row),
            Err(e @ StoreError::Corrupt { .. }) => damaged(e),
            Err(e) => return Err(e),
        }
    }
    Ok(journal)
}

pub(super) fn journal_row(row: &Row<'_>, sums: &mut Sums) -> Result<JournalRow, StoreError> {
    let place = format!("the journal's row {}", number(row, 0)?);
    sums.verified(&JOURNAL, row, 0).map_err(|e| at(e, &place))?;
    Ok(JournalRow {
        owner: text(row, 1)?.parse().map_err(|e| corrupt(&place, &e))?,
        version: number(row, 2)?.cast_unsigned(),
        at: Timestamp(number(row, 3)?),
        actor: text(row, 4)?.to_owned(),
        op: text(row, 5)?.to_owned().into(),
        request_id: text(row, 6)?.to_owned(),
        body: text(row, 7)?.to_owned(),
    })
}

/// A named value.
pub(super) fn meta(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key, value, sum FROM meta WHERE key = ?1")?;
    statement
        .query_row([key], |row| Ok(named(row, &mut Sums::default())))
        .optional()?
        .transpose()
        .map(|found| found.map(|(_, value)| value))
}

/// A name and its value.
pub(super) fn named(row: &Row<'_>, sums: &mut Sums) -> Result<(String, String), StoreError> {
    let (key, value) = (text(row, 0)?, text(row, 1)?);
    sums.verified(&META, row, 0).map_err(|e| at(e, &format_args!("the value `{key}`")))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Every named value.
pub(super) fn all_meta(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut all = Vec::new();
    each(connection, &META, |row, sums| {
        all.push(named(row, sums)?);
        Ok(())
    })?;
    Ok(all)
}

/// Reads a whole table in the order of its key: its columns, then the checksum.
pub(super) fn each(
    connection: &Connection,
    table: &Table,
    mut look: impl FnMut(&Row<'_>, &mut Sums) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!("SELECT {}, sum FROM {}", table.columns.join(", "), table.name);
    let (mut statement, mut sums) = (connection.prepare(&sql)?, Sums::default());
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        look(row, &mut sums)?;
    }
    Ok(())
}
