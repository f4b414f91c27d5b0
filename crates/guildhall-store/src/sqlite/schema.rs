//! The tables, and how a file says that it is ours.

use guildhall_core::item::FORMAT;
use rusqlite::Connection;

/// `PRAGMA application_id` of our files: `GLDH`.
pub(super) const APPLICATION_ID: i32 = 0x474c_4448;

/// The number of the tables' form.
const SCHEMA: u32 = 1;

/// `PRAGMA user_version`: the tables' form times a thousand, and the form of the bodies. 1001 is form 1 of both.
const USER_VERSION: u32 = SCHEMA * 1_000 + FORMAT;

/// The size of a page, in bytes. A commit of many small changes writes each page that it touches whole.
pub(super) const PAGE: u32 = 4_096;

/// Items of one owner are neighbours, so that a load reads them in one go; timers stand in the order of their
/// time. The journal is appended to, and its key costs a second tree whose entries are small.
const TABLES: &str = "
CREATE TABLE owners(
    owner TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE items(
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    ver INTEGER NOT NULL,
    format INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY(owner, kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE timers(
    due INTEGER NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY(due, owner, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox(
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    queued INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    made INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    last_error TEXT,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_pending ON outbox(due, id) WHERE state = 'PENDING';
CREATE INDEX outbox_settled ON outbox(state, id) WHERE state <> 'PENDING';
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    op TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE(owner, version)
) STRICT;
CREATE TABLE meta(
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Every table.
pub(super) const TABLE_NAMES: [&str; 6] = ["owners", "items", "timers", "outbox", "journal", "meta"];

/// Empties every table but `meta`.
pub(super) const EMPTY: &str =
    "DELETE FROM owners; DELETE FROM items; DELETE FROM timers; DELETE FROM outbox; DELETE FROM journal;";

/// Makes the tables in an empty file that nobody else knows of yet: nothing is synced here.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = {APPLICATION_ID};
         BEGIN; {TABLES} PRAGMA user_version = {USER_VERSION}; COMMIT;"
    ))
}

/// What a file says of itself.
pub(super) enum Kind {
    /// One that this program reads and writes.
    Ours,
    /// One that a newer version of this program wrote; `user_version`.
    Newer(u32),
    /// Something else.
    Foreign,
}

/// Reads what a file says of itself.
pub(super) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?.cast_unsigned());
    Ok(if application != APPLICATION_ID || version < 1_000 {
        Kind::Foreign
    } else if version / 1_000 > SCHEMA || version % 1_000 > FORMAT {
        Kind::Newer(version)
    } else {
        Kind::Ours
    })
}
