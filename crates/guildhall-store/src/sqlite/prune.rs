//! Letting go of what is old, and of the space that it took.

use guildhall_core::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{limit, outbox};
use crate::{MailState, Prune, StoreError};

/// Pages that are given back to the disk at once: 1 MiB.
const PAGES: i64 = 256;

/// Free pages that stay, for what is written next: 1 MiB.
const SPARE: i64 = 256;

/// Removes old rows, within a transaction. Answers whether there may be more.
pub(super) fn rows(
    connection: &Connection,
    what: &Prune,
    change: &mut outbox::Change,
) -> Result<bool, StoreError> {
    let mut more = journal(connection, what)?;
    for state in [MailState::Delivered, MailState::Failed] {
        more |= mails(connection, what, state, change)?;
    }
    Ok(more)
}

/// The journal is in the order of time, so only its beginning is looked at. Its last row stays: the next one's
/// number follows from it.
fn journal(connection: &Connection, what: &Prune) -> Result<bool, StoreError> {
    let mut first = connection
        .prepare_cached("SELECT seq, at FROM journal WHERE seq > 0 AND seq < ?1 ORDER BY seq LIMIT ?2")?;
    let mut last = connection.prepare_cached("SELECT max(seq) FROM journal")?;
    let Some(last) = last.query_row([], |row| row.get::<_, Option<i64>>(0))? else { return Ok(false) };
    let mut rows = first.query(params![last, limit(what.limit)])?;
    let (mut old, mut through) = (0, None);
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? >= what.journal_before.0 {
            break;
        }
        (old, through) = (old + 1, Some(row.get::<_, i64>(0)?));
    }
    drop(rows);
    if let Some(through) = through {
        connection.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?.execute([through])?;
    }
    Ok(old > 0 && old == what.limit)
}

/// Mails' ids sort by the time they were made, so only the first ones are looked at.
fn mails(
    connection: &Connection,
    what: &Prune,
    state: MailState,
    change: &mut outbox::Change,
) -> Result<bool, StoreError> {
    let mut first = connection.prepare_cached(
        "SELECT id, made FROM outbox WHERE state <> 'PENDING' AND state = ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = first.query_map(params![state.name(), limit(what.limit)], |row| {
        Ok((row.get::<_, String>(0)?, Timestamp(row.get(1)?)))
    })?;
    let first = rows.collect::<Result<Vec<_>, _>>()?;
    let old: Vec<_> = first.iter().take_while(|(_, made)| *made < what.mails_before).collect();
    let mut remove = connection.prepare_cached("DELETE FROM outbox WHERE id = ?1")?;
    for (id, _) in &old {
        remove.execute([id])?;
        change.note(Some(state), None);
    }
    Ok(!old.is_empty() && old.len() == what.limit)
}

/// Gives free pages back to the disk. Answers whether there are more than are kept.
pub(super) fn space(connection: &Connection) -> Result<bool, StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let free = number("freelist_count")? - SPARE;
    if free <= 0 || number("auto_vacuum")? == 0 {
        return Ok(false);
    }
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({})", free.min(PAGES)))?;
    let mut pages = vacuum.query([])?;
    // A row for each page.
    while pages.next()?.is_some() {}
    drop(pages);
    if free > PAGES {
        return Ok(true);
    }
    // The file is cut where the log is written to it.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).optional()?;
    Ok(false)
}
