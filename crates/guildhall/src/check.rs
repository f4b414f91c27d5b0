//! `guildhall check`: the database file itself, and every invariant of the state in it.

use std::path::Path;

use guildhall_engine::restore::wrong_values;
use guildhall_store::Store;
use guildhall_store::check::check;
use guildhall_store::sqlite::SqliteStore;

use crate::{Failed, print};

/// Checks the database in a directory. Prints what is wrong, one line each.
pub(crate) fn run(directory: &Path) -> Result<(), Failed> {
    let store = SqliteStore::open_read_only(directory).map_err(Failed::run)?;
    let mut wrong = store.integrity().map_err(Failed::run)?;
    let found = check(&store).map_err(Failed::run)?;
    wrong.extend(found.wrong);
    wrong.extend(wrong_values(|key| store.meta(key).ok().flatten()));
    for line in &wrong {
        print(line);
    }
    if wrong.is_empty() {
        print(&format!("{} owners checked, nothing is wrong", found.owners));
        Ok(())
    } else {
        Err(Failed::Run(format!("{} thing(s) wrong with the state in {}", wrong.len(), directory.display())))
    }
}
