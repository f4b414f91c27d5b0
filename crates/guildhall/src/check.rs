//! `guildhall check`: the database file itself, and every invariant of the state in it.

use guildhall_core::Timer;
use guildhall_core::kernel::time::SECOND;
use guildhall_engine::keys;
use guildhall_engine::restore::wrong_values;
use guildhall_store::check::check;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Store, StoreError};

use crate::cli::StateFlags;
use crate::{Failed, print};

/// How long a timer that has not run may be overdue, in milliseconds of business time, before it is told. Nothing is wrong
/// with the state for it: whatever a timer writes down is true already.
const LATE: i64 = 600 * SECOND;

/// Timers that should have run long ago: they fail, or the server stopped before it came to them.
fn late(store: &dyn Store) -> Result<Vec<Timer>, StoreError> {
    match store.meta("clock")?.as_deref().and_then(guildhall_engine::latest) {
        Some(latest) => store.timers(latest.plus(-LATE), 1_000),
        None => Ok(Vec::new()),
    }
}

/// Checks the database in a directory, and that its key file opens its secrets. Prints what is wrong, one line each.
pub(crate) fn run(state: &StateFlags) -> Result<(), Failed> {
    let (directory, key_file) = (&state.directory(), state.key_file());
    let store = SqliteStore::open_read_only(directory).map_err(Failed::run)?;
    let mut wrong = store.integrity().map_err(Failed::run)?;
    // The next start seals secrets of an earlier form.
    let keyring = if store.is_sealed() { key_file.read() } else { Ok(None) };
    let keyring = keyring.unwrap_or_else(|what| {
        wrong.push(what);
        None
    });
    if keyring.is_none() && store.is_sealed() {
        let missing = keys::missing(&store, |_| false).map_err(Failed::run)?;
        if !missing.is_empty() {
            let (file, missing) = (key_file.path().display(), keys::listed(&missing));
            wrong.push(format!(
                "{file}: without it, no secret opens; they are sealed with the keys {missing}"
            ));
        }
    }
    let found = check(&store, keyring).map_err(Failed::run)?;
    wrong.extend(found.wrong);
    wrong.extend(wrong_values(|key| store.meta(key).ok().flatten()));
    for line in &wrong {
        print(line);
    }
    for timer in late(&store).map_err(Failed::run)? {
        let Timer { due, owner, action } = timer;
        print(&format!(
            "{owner}: its timer {action} was due at {due} and has not run; the server tries again"
        ));
    }
    if wrong.is_empty() {
        print(&format!("{} owners checked, nothing is wrong", found.owners));
        Ok(())
    } else {
        Err(Failed::Run(format!("{} thing(s) wrong with the state in {}", wrong.len(), directory.display())))
    }
}
