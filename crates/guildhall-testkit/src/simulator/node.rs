//! One engine of several, so that nothing in it happens by itself: its background tasks are on a runtime that is never
//! driven, its clock stands still until it is moved, and its seeds come from a stream.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};

use guildhall_core::call::cx::MoreServices;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::state::limits::Limits;
use guildhall_core::{Owner, Timestamp};
use guildhall_engine::{ClockMode, Config, Engine, Retention, Transport};
use guildhall_store::Store;
use tokio::runtime::{Builder, Runtime};

use super::mails::RETRY;
use super::rng::Rng;
use super::store::{NodeStore, Shared};

/// An engine.
pub(super) struct Node {
    pub(super) engine: Engine,
    dead: Arc<AtomicBool>,
    drawn: Arc<Mutex<Vec<[u8; 32]>>>,
    /// Owners that others have written since this engine last looked; what it remembers of them may be old.
    pub(super) stale: BTreeSet<Owner>,
    /// Whoever drops it kills the tasks in the background, as a dying process does.
    _idle: Runtime,
}

/// What all engines are started with.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) shared: Arc<Shared>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) limits: Limits,
    pub(super) lab_accounts: bool,
}

impl Node {
    pub(super) fn start(node: usize, start: &Start, rng: Rng) -> Self {
        let drawn = Arc::new(Mutex::new(Vec::new()));
        let stream = Mutex::new(rng);
        let keep = Arc::clone(&drawn);
        let random = Arc::new(move || {
            let seed = stream.lock().unwrap().seed();
            keep.lock().unwrap().push(seed);
            Ok(seed)
        });
        let config = Config {
            // Where the store left off: it stands still there.
            clock: ClockMode::Virtual(None),
            machine: guildhall_engine::clock::system(),
            limits: start.limits.clone(),
            lab_accounts: start.lab_accounts,
            strict: false,
            services: MoreServices::new(),
            transport: Some(Arc::clone(&start.transport)),
            retry: RETRY,
            retention: Retention::ALL,
            keyring: Arc::new(Keyring::new([7; 32])),
            random,
        };
        let dead = Arc::new(AtomicBool::new(false));
        let (shared, its) = (Arc::clone(&start.shared), Arc::clone(&dead));
        let store: Arc<dyn Store> = Arc::new(NodeStore { node, shared, dead: its });
        let idle = Builder::new_current_thread().build().unwrap();
        let engine = {
            let _on_it = idle.enter();
            Engine::start(store, config).unwrap()
        };
        Self { engine, dead, drawn, stale: BTreeSet::new(), _idle: idle }
    }

    /// Its process dies.
    pub(super) fn die(&self) {
        self.dead.store(true, SeqCst);
    }

    /// Its business time.
    pub(super) fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }

    /// The seeds that it drew since this was last asked.
    pub(super) fn take_seeds(&self) -> Vec<[u8; 32]> {
        std::mem::take(&mut self.drawn.lock().unwrap())
    }
}
