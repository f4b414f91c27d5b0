//! What was acknowledged, beside the database: the number of the last row of the journal that a client was told of.
//!
//! Written after each commit, when that is on disk, and before its answers leave; not synced, so it costs no wait.
//! After a kill it is exact; after a power failure it may be older than the database, never newer. So a database that
//! holds less than the mark says has lost something that was acknowledged: its log was cut, removed or damaged, or an
//! older file was put in its place. What a power failure took of the mark itself is not noticed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

use super::open::private;

/// The open mark of a directory.
#[derive(Debug)]
pub(super) struct Mark(File);

/// Where the mark of a database is.
fn path(database: &Path) -> PathBuf {
    database.with_file_name("acknowledged")
}

/// The number, and its checksum: a mark that was written by half says nothing.
fn line(number: i64) -> String {
    format!("{number:019} {:016x}\n", XxHash3_64::oneshot(&number.to_le_bytes()))
}

impl Mark {
    /// What the mark beside a database says, if there is one that can be read.
    pub(super) fn read(database: &Path) -> Option<i64> {
        let text = std::fs::read_to_string(path(database)).ok()?;
        let number = text.split(' ').next()?.parse().ok()?;
        (text == line(number)).then_some(number)
    }

    /// Opens the mark beside a database, to be written.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        private().create(true).truncate(false).open(path(database)).map(Self)
    }

    /// Writes a number. That this fails is no reason to refuse what is committed.
    pub(super) fn set(&self, number: i64) {
        if let Err(e) = self.0.write_all_at(line(number).as_bytes(), 0) {
            tracing::debug!(error = %e, "the mark of what was acknowledged cannot be written");
        }
    }
}

/// What a database has lost, if it holds rows up to `last` and the mark says more.
pub(super) fn lost(marked: Option<i64>, last: i64) -> Option<String> {
    let missing = marked?.checked_sub(last).filter(|missing| *missing > 0)?;
    Some(format!(
        "the last {missing} writes that were acknowledged are not in the database: its log (guildhall.db-wal) was cut, \
         removed or damaged, or an older file stands in its place; restore a backup if they matter"
    ))
}
