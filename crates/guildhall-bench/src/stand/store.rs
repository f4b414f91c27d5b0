//! The least durable store: one writer thread that commits what has arrived as one transaction, and only then
//! answers. Two rows per request: the change, and a record of it, as an audited service must keep.

use crate::Refusal;
use crate::options::FillOptions;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Requests of one transaction at most.
const GROUP: usize = 256;

/// One write, and whom to tell that it is on disk.
pub(crate) struct Job {
    /// Of what.
    pub(crate) resource: i64,
    /// Which fact.
    pub(crate) key: String,
    /// What it becomes.
    pub(crate) value: String,
    /// Told whether it is durable.
    pub(crate) done: oneshot::Sender<bool>,
}

/// How large the organization is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Accounts, without the one that manages them.
    pub(crate) accounts: u32,
    /// Open invitations.
    pub(crate) invitations: u32,
}

fn open(dir: &Path, synchronous: &str) -> Result<Connection, Refusal> {
    std::fs::create_dir_all(dir)?;
    let connection = Connection::open(dir.join("ceiling.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS size(accounts INTEGER NOT NULL, invitations INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS tag(resource INTEGER NOT NULL, k TEXT NOT NULL, v TEXT NOT NULL,
                                        PRIMARY KEY(resource, k)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, what TEXT NOT NULL);",
    )?;
    Ok(connection)
}

/// Notes how large the organization is; a server on this store makes its accounts up by number.
pub(crate) fn fill(options: &FillOptions) -> Result<(), Refusal> {
    let connection = open(&options.data, "FULL")?;
    connection.execute("DELETE FROM size", [])?;
    connection.execute("INSERT INTO size VALUES(?1, ?2)", (options.accounts, options.invitations))?;
    println!(
        "{} manages {} accounts, {} invitations",
        options.management, options.accounts, options.invitations
    );
    Ok(())
}

/// Opens a store and starts its writer.
pub(crate) fn start(dir: &Path, synchronous: &str) -> Result<(Size, mpsc::Sender<Job>), Refusal> {
    let connection = open(dir, synchronous)?;
    let size = connection
        .query_row("SELECT accounts, invitations FROM size", [], |row| {
            Ok(Size { accounts: row.get(0)?, invitations: row.get(1)? })
        })
        .unwrap_or(Size { accounts: 0, invitations: 0 });
    let (send, jobs) = mpsc::channel();
    std::thread::spawn(move || write(&connection, &jobs));
    Ok((size, send))
}

fn write(connection: &Connection, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP - 1));
        let durable = commit(connection, &group).is_ok();
        for job in group {
            let _ = job.done.send(durable);
        }
    }
}

fn commit(connection: &Connection, group: &[Job]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for job in group {
        connection
            .prepare_cached(
                "INSERT INTO tag VALUES(?1, ?2, ?3) ON CONFLICT(resource, k) DO UPDATE SET v = excluded.v",
            )?
            .execute((job.resource, &job.key, &job.value))?;
        connection.prepare_cached("INSERT INTO event(what) VALUES(?1)")?.execute([&job.value])?;
    }
    connection.execute_batch("COMMIT")
}
