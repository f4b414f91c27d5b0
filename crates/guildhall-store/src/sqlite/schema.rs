//! The tables, and how a file says that it is ours.

use guildhall_core::state::item::FORMAT;
use rusqlite::Connection;

/// `PRAGMA application_id` of our files: `GLDH`.
pub(super) const APPLICATION_ID: i32 = 0x474c_4448;

/// The number of the tables' form.
const SCHEMA: u32 = 2;

/// `PRAGMA user_version`: the tables' form times a thousand, and the form of the bodies. 2001 is form 2 of the tables
/// and form 1 of the bodies.
fn user_version(bodies: u32) -> u32 {
    SCHEMA * 1_000 + bodies
}

/// The size of a page, in bytes. A commit of many small changes writes each page that it touches whole.
pub(super) const PAGE: u32 = 4_096;

/// Items of one owner are neighbours, so that a load reads them in one go; timers stand in the order of their
/// time. The journal is appended to, and its key costs a second tree whose entries are small.
///
/// `sum` is a row's checksum (`sum.rs`). `owners.items` is the sum, modulo 2^64, of those of an owner's items: one that
/// vanished or is an older one, with its page, is noticed when the owner is loaded.
const TABLES: &str = "
CREATE TABLE owners(
    owner TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    items INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE items(
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    ver INTEGER NOT NULL,
    format INTEGER NOT NULL,
    body TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY(owner, kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE timers(
    due INTEGER NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    sum INTEGER NOT NULL,
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
    body TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_pending ON outbox(due, id) WHERE state = 'PENDING';
CREATE INDEX outbox_settled ON outbox(state, id) WHERE state <> 'PENDING';
CREATE INDEX outbox_recipient ON outbox(recipient, id);
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    op TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body TEXT NOT NULL,
    sum INTEGER NOT NULL,
    UNIQUE(owner, version)
) STRICT;
CREATE TABLE meta(
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The tables of form 1, to the letter: it had no checksums, and did not know since when a mail is tried.
const TABLES_1: &str = "
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
    attempts INTEGER NOT NULL,
    made INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    last_error TEXT,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_pending ON outbox(due, id) WHERE state = 'PENDING';
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

/// A table: its name, its columns in their order, without the checksum, and how many of them are its key.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) key: usize,
    pub(super) columns: &'static [&'static str],
}

pub(super) const OWNERS: Table = Table { name: "owners", key: 1, columns: &["owner", "version", "items"] };
pub(super) const ITEMS: Table =
    Table { name: "items", key: 3, columns: &["owner", "kind", "id", "ver", "format", "body"] };
/// The columns of [`ITEMS`] that a rewriting changes.
pub(super) const FORMAT_COLUMN: usize = 4;
pub(super) const BODY_COLUMN: usize = 5;
pub(super) const TIMERS: Table = Table { name: "timers", key: 3, columns: &["due", "owner", "id"] };
pub(super) const OUTBOX: Table = Table {
    name: "outbox",
    key: 1,
    columns: &["id", "state", "due", "queued", "attempts", "made", "recipient", "last_error", "body"],
};
pub(super) const JOURNAL: Table = Table {
    name: "journal",
    key: 1,
    columns: &["seq", "owner", "version", "at", "actor", "op", "request_id", "body"],
};
pub(super) const META: Table = Table { name: "meta", key: 1, columns: &["key", "value"] };

/// Empties every table but `meta`.
pub(super) const EMPTY: &str =
    "DELETE FROM owners; DELETE FROM items; DELETE FROM timers; DELETE FROM outbox; DELETE FROM journal;";

/// Makes the tables in an empty file that nobody else knows of yet, for bodies of this form: nothing is synced here.
/// Pages that are no longer needed can be given back in small steps (`PRAGMA incremental_vacuum`).
pub(super) fn create(connection: &Connection, bodies: u32) -> rusqlite::Result<()> {
    let version = user_version(bodies);
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = {APPLICATION_ID};
         BEGIN; {TABLES} PRAGMA user_version = {version}; COMMIT;"
    ))
}

/// The form of the tables in a file that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Without checksums.
    One,
    /// The present one.
    Two,
}

/// The form of a file that is ours: of its tables, and of the bodies in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forms {
    pub(super) tables: Form,
    pub(super) bodies: u32,
}

impl Forms {
    /// Whether nothing is to be brought over.
    pub(super) fn present(self) -> bool {
        self.tables == Form::Two && self.bodies == FORMAT
    }
}

/// What a file says of itself.
pub(super) enum FileKind {
    /// One that this program reads.
    Ours(Forms),
    /// One that a newer version of this program wrote; `user_version`.
    Newer(u32),
    /// Something else.
    Foreign,
}

/// Reads what a file says of itself.
pub(super) fn kind(connection: &Connection) -> rusqlite::Result<FileKind> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?.cast_unsigned());
    let bodies = version % 1_000;
    Ok(match version / 1_000 {
        _ if application != APPLICATION_ID => FileKind::Foreign,
        0 => FileKind::Foreign,
        _ if bodies > FORMAT => FileKind::Newer(version),
        1 => FileKind::Ours(Forms { tables: Form::One, bodies }),
        SCHEMA => FileKind::Ours(Forms { tables: Form::Two, bodies }),
        _ => FileKind::Newer(version),
    })
}

/// Everything that a schema names: tables and indexes, and what should not be there, as their statements say it.
fn entries(connection: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    let sql = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name, sql";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// What of a file's schema is not as this form has it: a view or a trigger, a table that is missing or another one.
pub(super) fn differs(connection: &Connection, form: Form) -> rusqlite::Result<Option<String>> {
    let expected = Connection::open_in_memory()?;
    expected.execute_batch(match form {
        Form::One => TABLES_1,
        Form::Two => TABLES,
    })?;
    let (expected, found) = (entries(&expected)?, entries(connection)?);
    let more = found.iter().find(|entry| !expected.contains(entry));
    let missing = expected.iter().find(|entry| !found.contains(entry));
    Ok(match (more, missing) {
        (Some((kind, name, _)), _) => Some(format!("its {kind} `{name}` is not one of ours")),
        (None, Some((kind, name, _))) => Some(format!("its {kind} `{name}` is missing")),
        (None, None) => None,
    })
}
