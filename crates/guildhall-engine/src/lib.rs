//! The only stateful part: it loads what a command reads, runs it, commits what it changes and publishes the
//! result; it keeps the clock, draws ids, runs timers and hands mails over.
//!
//! - Reads run where they are called, on a published snapshot, and touch neither the store nor a lock.
//! - Writes go through one thread (`writer`): one order, many in one commit, answers only when they are on disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use guildhall_core::ids::{AccountId, Ids};
use guildhall_core::page::PageKey;
use guildhall_core::rules::limits::Limits;
use guildhall_core::{
    Command, Cx, Failure, Mode, NOWHERE, Origin, Owner, Reply, Settings, Stop, Timestamp, View,
};
use guildhall_store::{Store, StoreError};
use tokio::sync::{Notify, oneshot};

mod cache;
pub mod clock;
mod outbox;
pub mod random;
pub mod restore;
mod retention;
mod timers;
mod writer;

pub use clock::{Clock, ClockError, ClockMode};
pub use outbox::{DeliveryError, Postman, Retry};
pub use retention::Retention;
pub use timers::AdvanceError;

use cache::Cache;
use clock::Standing;
use writer::{Job, Message, Outcome, Queue};

/// How often a read runs again because something had to be loaded.
const LOADS: usize = 64;

/// Why a command has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// It is refused.
    #[error(transparent)]
    Refused(Failure),
    /// The engine is stopping, or something it needs does not work; the log says what.
    #[error("the service is not available")]
    Unavailable,
}

/// The engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something in the store that this program cannot read.
    #[error("the store's value `{0}` cannot be read: {1}")]
    Meta(&'static str, String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] random::NoRandom),
    /// No threads.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// What an engine is started with.
pub struct Config {
    /// How business time goes.
    pub clock: ClockMode,
    /// Limits of organizations that have none of their own.
    pub limits: Limits,
    /// Whether 12-digit accounts that nobody registered are known to have an address.
    pub lab_accounts: bool,
    /// Who delivers mails; nobody, where the list of mails is the mailbox.
    pub postman: Option<Arc<dyn Postman>>,
    /// How mails are tried again.
    pub retry: Retry,
    /// How long the journal and mails are kept.
    pub retention: Retention,
    /// Where the seeds of ids and keys come from.
    pub random: random::Seeds,
}

/// Counters, for metrics.
#[derive(Default)]
pub struct Stats {
    /// Batches committed.
    pub commits: AtomicU64,
    /// Commands in them.
    pub commands: AtomicU64,
    /// Batches that ran again because another node wrote first.
    pub conflicts: AtomicU64,
    /// Mails delivered.
    pub mails_delivered: AtomicU64,
    /// Tries to deliver a mail that failed.
    pub mails_failed: AtomicU64,
}

/// What the engine's threads share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) cache: Cache,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) stats: Stats,
    pub(crate) delivers: bool,
    pub(crate) timers: Notify,
    /// When the timers wake by themselves, in business time: they need no waking for what is later.
    pub(crate) next_timer: AtomicI64,
    pub(crate) outbox: Notify,
    pub(crate) in_hand: outbox::InHand,
    pub(crate) retention: Notify,
    random: random::Seeds,
}

/// Runs commands over a store. Cheap to clone; stops with [`Engine::stop`].
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    advancing: Arc<tokio::sync::Mutex<()>>,
}

const PAGE_KEY: &str = "page_key";
const CLOCK: &str = "clock";

impl Engine {
    /// Starts an engine: its writer thread, and on the current runtime its timers and its outbox.
    pub fn start(store: Arc<dyn Store>, config: Config) -> Result<Self, StartError> {
        let left_off = match store.meta(CLOCK)? {
            Some(text) => {
                Some(serde_json::from_str(&text).map_err(|e| StartError::Meta(CLOCK, e.to_string()))?)
            }
            None => None,
        };
        let (page_key, new_page_key) = page_key(&*store, &config.random)?;
        let settings = Settings { limits: config.limits, lab_accounts: config.lab_accounts, page_key };
        let shared = Arc::new(Shared {
            store,
            cache: Cache::default(),
            clock: Clock::new(config.clock, left_off),
            settings,
            stats: Stats::default(),
            delivers: config.postman.is_some(),
            timers: Notify::new(),
            next_timer: AtomicI64::new(i64::MAX),
            outbox: Notify::new(),
            in_hand: outbox::InHand::default(),
            retention: Notify::new(),
            random: config.random,
        });
        let queue = Arc::new(Queue::start(Arc::clone(&shared))?);
        let engine = Self { shared, queue, advancing: Arc::default() };
        let clock = matches!(config.clock, ClockMode::Virtual(Some(_)))
            .then(|| clock_text(engine.clock().standing()))
            .flatten();
        engine.keep(new_page_key, clock)?;
        timers::start(engine.clone());
        retention::start(engine.clone(), config.retention);
        if let Some(postman) = config.postman {
            outbox::start(Arc::clone(&engine.shared), postman, config.retry);
        }
        Ok(engine)
    }

    /// Runs a command for `caller`, whom the journal names by its id, and who comes from nowhere.
    pub async fn run(
        &self,
        caller: AccountId,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, Fault> {
        self.run_from(caller, &NOWHERE, request_id, command).await
    }

    /// Runs a command for `caller`, whose request came from `origin`.
    pub async fn run_from(
        &self,
        caller: AccountId,
        origin: &Origin,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, Fault> {
        match command.mode() {
            Mode::Read => self.read_from(caller, origin, |cx, view| command.run(cx, view)).await,
            Mode::Write => self.write(caller, origin, caller.to_string(), request_id, None, command).await,
        }
    }

    /// Runs a command for somebody who is no account: an operator, a timer.
    pub async fn run_as(
        &self,
        actor: &str,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, Fault> {
        let nobody = AccountId::NOBODY;
        match command.mode() {
            Mode::Read => self.read(nobody, |cx, view| command.run(cx, view)).await,
            Mode::Write => self.write(nobody, &NOWHERE, actor.to_owned(), request_id, None, command).await,
        }
    }

    /// Reads the published state.
    pub async fn read<T>(
        &self,
        caller: AccountId,
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, Fault> {
        self.read_from(caller, &NOWHERE, f).await
    }

    async fn read_from<T>(
        &self,
        caller: AccountId,
        origin: &Origin,
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, Fault> {
        for _ in 0..LOADS {
            match self.try_read(caller, origin, &f) {
                Ok(value) => return Ok(value),
                Err(Stop::Missing(owners)) => self.load(owners).await?,
                Err(Stop::Refused(failure) | Stop::RefusedAfterChange(failure)) => {
                    return Err(Fault::Refused(failure));
                }
            }
        }
        tracing::error!("a read needs more than {LOADS} owners loaded");
        Err(Fault::Unavailable)
    }

    fn try_read<T>(
        &self,
        caller: AccountId,
        origin: &Origin,
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let shared = &*self.shared;
        // Nothing that is read makes ids.
        let ids = Ids::new([0; 32]);
        let cx = Cx { now: shared.clock.now(), caller, origin, ids: &ids, settings: &shared.settings };
        let snapshot = shared.cache.current();
        f(&cx, &mut View::new(&**snapshot))
    }

    pub(crate) async fn write(
        &self,
        caller: AccountId,
        origin: &Origin,
        actor: String,
        request_id: &str,
        at: Option<Timestamp>,
        command: Arc<dyn Command>,
    ) -> Result<Reply, Fault> {
        let seed = (self.shared.random)().map_err(|e| {
            tracing::error!(error = %e, "no command can run");
            Fault::Unavailable
        })?;
        for _ in 0..LOADS {
            let (answer, outcome) = oneshot::channel();
            let (command, actor, request_id) = (Arc::clone(&command), actor.clone(), request_id.to_owned());
            let parameters = command.parameters();
            self.queue.send(Message::Run(Job {
                command,
                caller,
                origin: origin.clone(),
                actor,
                request_id,
                seed,
                parameters,
                at,
                answer,
            }))?;
            match outcome.await.map_err(|_| Fault::Unavailable)? {
                Outcome::Done(answer) => return answer,
                Outcome::Load(owners) => self.load(owners).await?,
            }
        }
        Err(Fault::Unavailable)
    }

    /// Loads owners beside the writer.
    async fn load(&self, owners: Vec<Owner>) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared);
        let loaded = self.blocking(move || shared.cache.load(&*shared.store, &owners)).await;
        loaded.map_err(|e| {
            tracing::error!(error = %e, "an owner cannot be loaded");
            Fault::Refused(Failure::Api(guildhall_core::ApiError::Service))
        })
    }

    /// Asks the store something, on a thread that may block.
    pub async fn blocking<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match tokio::task::spawn_blocking(f).await {
            Ok(result) => result,
            Err(e) => Err(StoreError::Database(e.to_string())),
        }
    }

    /// The store, for what no command does: lists of owners and mails.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.shared.store)
    }

    /// Works on the whole store while nothing else does. Everything in memory is forgotten afterwards.
    pub async fn alone(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let gone = || StoreError::Database("the engine is stopping".into());
        let (answer, result) = oneshot::channel();
        self.queue.send(Message::Alone(Box::new(work), answer)).map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }

    /// Loads owners at once, so that a command over many of them finds them.
    pub async fn preload(&self, owners: Vec<Owner>) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        self.blocking(move || shared.cache.load(&*shared.store, &owners)).await
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The address at which a lab account lives that nobody registered.
    pub fn lab_address(&self, id: AccountId) -> Option<guildhall_core::address::EmailAddress> {
        self.shared.settings.lab_address(id)
    }

    /// Counters.
    pub fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn advancing(&self) -> &tokio::sync::Mutex<()> {
        &self.advancing
    }

    /// Keeps in the store where a virtual clock stands.
    pub(crate) async fn keep_clock(&self, standing: Option<Standing>) -> Result<(), StoreError> {
        let Some(text) = clock_text(standing) else { return Ok(()) };
        let store = self.store();
        self.blocking(move || store.set_meta(CLOCK, &text)).await
    }

    /// Keeps what the start has made up, before any command is written. Nobody waits for it: a token that was given
    /// out and is lost with the machine a moment later harms nobody.
    fn keep(&self, page_key: Option<String>, clock: Option<String>) -> Result<(), StartError> {
        let values = [(PAGE_KEY, page_key), (CLOCK, clock)];
        if values.iter().all(|(_, value)| value.is_none()) {
            return Ok(());
        }
        let work = move |store: &dyn Store| {
            let kept = values.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?)));
            kept.into_iter().try_for_each(|(key, value)| store.set_meta(key, value)).inspect_err(|e| {
                tracing::error!(error = %e, "the page key and the clock are not kept");
            })
        };
        let (answer, _) = oneshot::channel();
        let sent = self.queue.send(Message::Alone(Box::new(work), answer));
        sent.map_err(|e| StartError::Store(StoreError::Database(e.to_string())))
    }

    /// Finishes what waits and ends the writer. Blocks until it has.
    pub fn stop(&self) {
        self.queue.stop();
    }
}

/// Where a virtual clock stands, as the store keeps it.
fn clock_text(standing: Option<Standing>) -> Option<String> {
    standing.and_then(|standing| serde_json::to_string(&standing).ok())
}

/// The key that page tokens are sealed with, and its text if it is new and has to be kept.
fn page_key(store: &dyn Store, random: &random::Seeds) -> Result<(PageKey, Option<String>), StartError> {
    if let Some(text) = store.meta(PAGE_KEY)? {
        let seed = serde_json::from_str(&text).map_err(|e| StartError::Meta(PAGE_KEY, e.to_string()))?;
        return Ok((PageKey::new(seed), None));
    }
    let seed = random()?;
    Ok((PageKey::new(seed), serde_json::to_string(&seed).ok()))
}
