//! `guildhall key`: the keys that secrets are sealed with, of a server that is stopped.

use std::sync::Arc;

use guildhall_core::kernel::keyring::{KeyId, Keyring};
use guildhall_engine::keys::{self, Reseal};
use guildhall_engine::random;
use guildhall_store::sqlite::SqliteStore;

use crate::cli::{KeyCommand, StateFlags};
use crate::key_file::KeyFile;
use crate::{Failed, commands, print};

pub(crate) fn run(command: KeyCommand) -> Result<(), Failed> {
    match command {
        KeyCommand::List(state) => list(&state),
        KeyCommand::Rotate(state) => rotate(&state),
        KeyCommand::Forget { id, state } => forget(id, &state),
        KeyCommand::Create { account, endpoint } => commands::create_key(&account, &endpoint),
    }
}

fn there(file: &KeyFile) -> Result<Arc<Keyring>, String> {
    let missing =
        || format!("{}: it is not there; the first start of a server makes it", file.path().display());
    file.read()?.ok_or_else(missing)
}

/// The ids of the keys that secrets of the state may be sealed with.
fn in_use(state: &StateFlags) -> Result<Vec<KeyId>, Failed> {
    let store = SqliteStore::open_read_only(&state.directory()).map_err(Failed::run)?;
    keys::of(&store).map_err(Failed::run)
}

fn list(state: &StateFlags) -> Result<(), Failed> {
    let ring = there(&state.key_file()).map_err(Failed::Run)?;
    let in_use = in_use(state)?;
    for id in ring.ids() {
        let seals = if id == ring.newest() { ", seals" } else { "" };
        let used = if in_use.contains(&id) { "secrets may be sealed with it" } else { "no secret needs it" };
        print(&format!("{id}  {used}{seals}"));
    }
    Ok(())
}

/// Adds a key, and brings every secret under it: first the key is on disk, then a new database is made beside the old
/// one, which takes its name when it is whole. Whatever ends this in between, all secrets have their keys; the next time
/// goes on with the key that is there.
fn rotate(state: &StateFlags) -> Result<(), Failed> {
    // Refuses what is no state, which would be made otherwise.
    in_use(state)?;
    let file = state.key_file();
    let rings = |in_use: &[KeyId]| {
        let ring = there(&file)?;
        if !in_use.contains(&ring.newest()) {
            return Ok(ring);
        }
        let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", file.path().display());
        let seed = random::seed().map_err(|e| wrong(&e))?;
        let more = Keyring::read(&ring.text()).and_then(|ring| ring.with(seed));
        let more = more.map_err(|e| {
            wrong(&format_args!("{e} with a new one; `guildhall key forget ID` takes one out"))
        })?;
        file.replace(&more)?;
        Ok(Arc::new(more))
    };
    let seed = random::seed().map_err(Failed::run)?;
    SqliteStore::rewritten(&state.directory(), &mut Reseal::new(&rings, seed)).map_err(Failed::run)?;
    let ring = there(&file).map_err(Failed::Run)?;
    print(&format!("secrets are sealed with the key {} now", ring.newest()));
    let older: Vec<KeyId> = ring.ids().filter(|id| *id != ring.newest()).collect();
    if !older.is_empty() {
        let older = keys::listed(&older);
        print(&format!(
            "backups and sessions from before need {older}; `guildhall key forget ID` takes one out of the key file"
        ));
    }
    Ok(())
}

/// Takes a key out of the file, unless something needs it.
fn forget(id: KeyId, state: &StateFlags) -> Result<(), Failed> {
    let file = state.key_file();
    let ring = there(&file).map_err(Failed::Run)?;
    let refuse = |what: &str| Err(Failed::Run(format!("key {id}: {what}")));
    if !ring.has(id) {
        return refuse(&format!("{} does not have it", file.path().display()));
    }
    if id == ring.newest() || in_use(state)?.contains(&id) {
        return refuse("secrets are sealed with it; `guildhall key rotate` brings them under a new one");
    }
    let fewer = Keyring::read(&ring.text()).and_then(|ring| ring.without(id)).map_err(Failed::run)?;
    file.replace(&fewer).map_err(Failed::Run)
}
