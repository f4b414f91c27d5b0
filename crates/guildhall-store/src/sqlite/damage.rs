//! Looking through everything that is stored, for `guildhall check` and for backups.

use rusqlite::{Connection, ErrorCode};

use super::open::explain;
use super::outbox;
use super::read::{self, each};
use super::rebuild::place;
use super::schema::{JOURNAL, META, OUTBOX, OWNERS, TIMERS, Table};
use crate::StoreError;

/// Lines of what is wrong that are gathered; so many say enough.
const MOST: usize = 1_000;

/// The lines of an integrity check other than `ok`. Pages are read, not what they mean.
pub(super) fn pages(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let lines = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("PRAGMA integrity_check")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match lines() {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
        // Damage so bad that the check itself trips over it is what was asked for.
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(vec![explain(&e)]),
        Err(e) => Err(e.into()),
    }
}

/// Rows that are not as they were written or cannot be read, one line each. Items are looked at with their owners, if
/// `owners` says so: whoever loads every owner anyway needs no second look.
pub(super) fn rows(connection: &Connection, owners: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    look(connection, &OWNERS, &mut wrong, |row, sums| {
        let owner = read::owner(row, sums)?;
        if owners { read::load(connection, &owner).map(|_| ()) } else { Ok(()) }
    });
    look(connection, &TIMERS, &mut wrong, |row, sums| read::timer(row, sums).map(|_| ()));
    look(connection, &OUTBOX, &mut wrong, |row, sums| outbox::readable(row, sums).map(|_| ()));
    look(connection, &JOURNAL, &mut wrong, |row, sums| {
        let found = read::journal_row(row, sums)?;
        serde_json::from_str::<serde::de::IgnoredAny>(&found.body)
            .map(|_| ())
            .map_err(|e| read::corrupt(&"its body", &e))
    });
    look(connection, &META, &mut wrong, |row, sums| read::named(row, sums).map(|_| ()));
    match orphans(connection) {
        Ok(orphans) => {
            wrong.extend(orphans.iter().map(|o| format!("{o}: has items, and its own row is gone")))
        }
        Err(e) => wrong.push(explain(&e)),
    }
    wrong.truncate(MOST);
    wrong
}

fn look(
    connection: &Connection,
    table: &Table,
    wrong: &mut Vec<String>,
    mut row: impl FnMut(&rusqlite::Row<'_>, &mut super::sum::Sums) -> Result<(), StoreError>,
) {
    let read = each(connection, table, |found, sums| {
        if wrong.len() < MOST
            && let Err(e) = row(found, sums)
        {
            wrong.push(format!("{}: {e}", place(table, found)));
        }
        Ok(())
    });
    if let Err(e) = read {
        wrong.push(format!("{}: {e}", table.name));
    }
}

/// Owners that have items and no row of their own.
fn orphans(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT owner FROM items i WHERE NOT EXISTS (SELECT 1 FROM owners o WHERE o.owner = i.owner)
         LIMIT 100",
    )?;
    statement.query_map([], |row| row.get(0))?.collect()
}
