//! Every invariant of a stored state, walked owner by owner: for `guildhall check`, and for a backup before it is
//! restored.

use std::sync::Arc;

use guildhall_core::check::Check;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::state::aggregate::Aggregate;
use guildhall_core::{Owner, Timestamp};

use crate::{Store, StoreError};

/// Owners that are listed at once.
const AT_ONCE: usize = 1_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Finding {
    /// Owners that were looked at.
    pub owners: usize,
    /// What is wrong, one line each.
    pub wrong: Vec<String>,
}

/// Checks a state, and opens its secrets if there are keys for them. Fails only if the store cannot be asked; what cannot be read is among what is wrong.
pub fn check(store: &dyn Store, keyring: Option<Arc<Keyring>>) -> Result<Finding, StoreError> {
    let (mut found, mut check) = (Finding::default(), Check::new(keyring));
    let mut after: Option<String> = None;
    loop {
        let some = store.owners("", after.as_deref(), AT_ONCE)?;
        for owner in &some {
            match load(store, owner) {
                Ok(aggregate) => check.owner(owner, &aggregate),
                Err(what) => found.wrong.push(format!("{owner}: {what}")),
            }
        }
        found.owners += some.len();
        after = some.last().map(ToString::to_string);
        if some.len() < AT_ONCE {
            break;
        }
    }
    for timer in store.timers(Timestamp(i64::MAX), usize::MAX >> 1)? {
        check.timer(&timer);
    }
    found.wrong.extend(check.violations());
    Ok(found)
}

fn load(store: &dyn Store, owner: &Owner) -> Result<Aggregate, String> {
    let stored = store.load(owner).map_err(|e| e.to_string())?;
    let mut aggregate = Aggregate::empty(owner);
    for item in stored.items {
        aggregate.put(item).map_err(|e| e.to_string())?;
    }
    Ok(aggregate)
}
