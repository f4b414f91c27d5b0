//! `guildhall check`: the database file itself, and every invariant of the state in it.

use std::path::Path;

use guildhall_core::aggregate::Aggregate;
use guildhall_core::check::Check;
use guildhall_core::{Owner, Timestamp};
use guildhall_store::Store;
use guildhall_store::sqlite::SqliteStore;

use crate::{Failed, print};

/// Owners that are listed at once.
const AT_ONCE: usize = 1_000;

/// Checks the database in a directory. Prints what is wrong, one line each.
pub(crate) fn run(directory: &Path) -> Result<(), Failed> {
    let store = SqliteStore::open_read_only(directory).map_err(Failed::run)?;
    let mut wrong = store.integrity().map_err(Failed::run)?;
    let mut check = Check::default();
    let mut owners = 0_usize;
    let mut after: Option<String> = None;
    loop {
        let some = store.owners("", after.as_deref(), AT_ONCE).map_err(Failed::run)?;
        for owner in &some {
            match load(&store, owner) {
                Ok(aggregate) => check.owner(owner, &aggregate),
                Err(what) => wrong.push(format!("{owner}: {what}")),
            }
        }
        owners += some.len();
        after = some.last().map(ToString::to_string);
        if some.len() < AT_ONCE {
            break;
        }
    }
    for timer in store.timers(Timestamp(i64::MAX), usize::MAX >> 1).map_err(Failed::run)? {
        check.timer(&timer);
    }
    wrong.extend(check.violations());
    for line in &wrong {
        print(line);
    }
    if wrong.is_empty() {
        print(&format!("{owners} owners checked, nothing is wrong"));
        Ok(())
    } else {
        Err(Failed::Run(format!("{} thing(s) wrong with the state in {}", wrong.len(), directory.display())))
    }
}

fn load(store: &SqliteStore, owner: &Owner) -> Result<Aggregate, String> {
    let stored = store.load(owner).map_err(|e| e.to_string())?;
    let mut aggregate = Aggregate::empty(owner);
    for item in stored.items {
        aggregate.put(item).map_err(|e| e.to_string())?;
    }
    Ok(aggregate)
}
