//! `guildhall bench-fill`: makes an organization big, offline, for measurements.

use std::sync::Arc;

use guildhall_core::call::cx::MoreServices;
use guildhall_core::operator::fill_organization::FillOrganization;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::services::{self, PlainJson, organizations};
use guildhall_core::state::limits::Limits;
use guildhall_core::{Command, Owner};
use guildhall_engine::{ClockMode, Engine, Retention, Retry};
use guildhall_store::sqlite::SqliteStore;

use crate::cli::FillFlags;
use crate::key_file::KeyFile;
use crate::{Failed, print};

/// The numbers of the first account and of the first invited one.
const FIRST_ACCOUNT: u64 = 200_000_000_000;
const FIRST_INVITED: u64 = 800_000_000_000;
/// Accounts in one command.
const CHUNK: u64 = 1_000;

/// Fills the organization of `--management`, and creates it if it is not there.
pub(crate) fn run(flags: &FillFlags) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::run)?;
    runtime.block_on(fill(flags))
}

async fn fill(flags: &FillFlags) -> Result<(), Failed> {
    let store = Arc::new(SqliteStore::open(&flags.data).map_err(Failed::run)?);
    let keyring = KeyFile::of(None, &flags.data).open(&*store).map_err(Failed::Run)?;
    let config = guildhall_engine::Config {
        clock: ClockMode::Wall,
        machine: guildhall_engine::clock::system(),
        limits: Limits { accounts: u32::MAX, ..Limits::lab() },
        lab_accounts: true,
        strict: false,
        services: MoreServices::new(),
        transport: None,
        retry: Retry::default(),
        retention: Retention::ALL,
        keyring,
        random: guildhall_engine::random::system(),
    };
    let engine = Engine::start(store, config).map_err(Failed::run)?;
    let management = flags.management;
    if let Some(address) = engine.lab_address(management) {
        // Both may be there from before.
        let _ = engine.run_as("fill", "", Arc::new(RegisterAccount::lab(management, &address))).await;
    }
    if let Some(command) = create() {
        let _ = engine.run(management, "", command.into()).await;
    }
    let members =
        (0..flags.accounts).step_by(CHUNK as usize).map(|n| (n, CHUNK.min(flags.accounts - n), 0, 0));
    let invited =
        (0..flags.invitations).step_by(CHUNK as usize).map(|n| (0, 0, n, CHUNK.min(flags.invitations - n)));
    for (account, accounts, invitation, invitations) in members.chain(invited) {
        let command = FillOrganization {
            first_account: FIRST_ACCOUNT + account,
            accounts,
            first_invited: FIRST_INVITED + invitation,
            invitations,
        };
        let owners: Vec<Owner> = command.owners();
        engine.preload(owners).await.map_err(Failed::run)?;
        engine.run(management, "", Arc::new(command)).await.map_err(Failed::run)?;
    }
    tokio::task::spawn_blocking(move || engine.stop()).await.map_err(Failed::run)?;
    print(&format!("{} accounts and {} invitations", flags.accounts, flags.invitations));
    Ok(())
}

/// CreateOrganization, as the API runs it.
fn create() -> Option<Box<dyn Command>> {
    let (service, entry) = services::find::<PlainJson>(organizations::NAME, "CreateOrganization")?;
    (entry.read)(service.name, b"{}", ()).ok()
}
