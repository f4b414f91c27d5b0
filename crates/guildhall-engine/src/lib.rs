//! The only stateful part: it loads what a command reads, runs it, commits what it changes and publishes the
//! result; it keeps the clock, draws the randomness for ids, runs timers and hands mails to whoever delivers them.
//!
//! - Reads run where they are called, on a published snapshot, and touch neither the store nor a lock.
//! - Writes go through one thread (`writer`), which puts them in an order and commits many at once. Their answers leave
//!   when they are on disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};

use arc_swap::ArcSwap;

use guildhall_core::call::caller::Caller;
use guildhall_core::call::cx::MoreServices;
use guildhall_core::call::page::PageKey;
use guildhall_core::kernel::ids::{AccountId, Ids};
use guildhall_core::kernel::keyring::{KeyId, Keyring};
use guildhall_core::state::limits::Limits;
use guildhall_core::{
    Command, Cx, Mode, Origin, Owner, Refusal, Reply, Settings, Stop, Timestamp, View, Work,
};
use guildhall_store::{Store, StoreError};
use tokio::sync::{Notify, Semaphore, oneshot};

mod cache;
pub mod clock;
mod form1;
mod health;
mod keeping;
pub mod keys;
mod loads;
mod outbox;
mod queue;
pub mod random;
pub mod restore;
mod retention;
mod tasks;
mod timers;
mod writer;

pub use clock::{Clock, ClockError, ClockMode, Machine};
pub use health::NotReady;
pub use keeping::latest;
pub use outbox::{Retry, SendError, Transport};
pub use retention::Retention;
pub use timers::AdvanceError;

use cache::{Cache, Reading};
use health::Health;
use keeping::Kept;
use loads::Loads;
use queue::{Job, JobError, JobResult, Message, Queue};
use timers::Failing;

/// Why a command has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// It is refused.
    #[error(transparent)]
    Refused(Refusal),
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
    /// Keys that secrets in the store are sealed with are not in the ring.
    #[error("its secrets are sealed with keys that are missing: {}", keys::listed(.0))]
    Keys(Vec<KeyId>),
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
    /// The clocks that it goes by: those of [`clock::system`], or a test's own.
    pub machine: Arc<dyn Machine>,
    /// Limits of organizations that have none of their own.
    pub limits: Limits,
    /// Whether a 12-digit account that nobody registered is known to live at `root+<id>@lab.example`.
    pub lab_accounts: bool,
    /// Whether everything is as on AWS that a lab makes easy.
    pub strict: bool,
    /// Services that work with Organizations besides those of the built-in list.
    pub services: MoreServices,
    /// How mails are sent. None: nobody sends them, because people read them in the lab's mailbox.
    pub transport: Option<Arc<dyn Transport>>,
    /// How mails are tried again.
    pub retry: Retry,
    /// How long the journal and mails are kept.
    pub retention: Retention,
    /// What secrets and session tokens are sealed with.
    pub keyring: Arc<Keyring>,
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
    /// Runs of timers that failed.
    pub timers_failed: AtomicU64,
    /// Commands that panicked.
    pub panics: AtomicU64,
    /// Tasks that ended and were started again.
    pub restarts: AtomicU64,
}

/// What the engine's threads share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) cache: Cache,
    pub(crate) clock: Clock,
    pub(crate) kept: Kept,
    pub(crate) settings: ArcSwap<Settings>,
    pub(crate) stats: Stats,
    pub(crate) health: Health,
    pub(crate) failing: Failing,
    pub(crate) delivers: bool,
    pub(crate) timers: Notify,
    /// When the task that runs timers wakes by itself, in business time: a timer that is due later need not wake it.
    pub(crate) next_timer: AtomicI64,
    pub(crate) outbox: Notify,
    pub(crate) in_flight: outbox::InFlight,
    pub(crate) retention: Notify,
    /// Turns of work that commands wait for.
    pub(crate) work: Semaphore,
    stopping: AtomicBool,
    random: random::Seeds,
}

impl Shared {
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(SeqCst)
    }
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
/// How much work for commands is done at once: a hash of a password takes a processor and 19 MiB for some time.
const WORKERS: usize = 2;
/// For commands that make no ids.
const NO_SEED: [u8; 32] = [0; 32];

impl Engine {
    /// Starts an engine: its writer thread, and on the current runtime its timers and its outbox.
    pub fn start(store: Arc<dyn Store>, config: Config) -> Result<Self, StartError> {
        let left_off = keeping::left_off(&*store)?;
        keys::settle(&*store, &config.keyring)?;
        let (page_key, new_page_key) = page_key(&*store, &config.random)?;
        let services = Arc::new(config.services);
        let settings = Settings {
            limits: config.limits,
            lab_accounts: config.lab_accounts,
            strict: config.strict,
            services,
            page_key,
            keyring: config.keyring,
        };
        let shared = Arc::new(Shared {
            store,
            cache: Cache::default(),
            clock: Clock::new(config.clock, config.machine, left_off),
            kept: Kept::new(),
            settings: ArcSwap::from_pointee(settings),
            stats: Stats::default(),
            health: Health::default(),
            failing: Failing::default(),
            delivers: config.transport.is_some(),
            timers: Notify::new(),
            next_timer: AtomicI64::new(i64::MAX),
            outbox: Notify::new(),
            in_flight: outbox::InFlight::default(),
            retention: Notify::new(),
            work: Semaphore::new(WORKERS),
            stopping: AtomicBool::new(false),
            random: config.random,
        });
        let queue = Arc::new(Queue::start(Arc::clone(&shared))?);
        let engine = Self { shared, queue, advancing: Arc::default() };
        engine.keep(new_page_key)?;
        timers::start(&engine);
        tasks::watch(&engine);
        retention::start(&engine, config.retention);
        if let Some(transport) = config.transport {
            outbox::start(Arc::clone(&engine.shared), transport, config.retry);
        }
        Ok(engine)
    }

    /// Runs a command for `caller`, by whose id the journal names it. No request of AWS's APIs brought it: it comes
    /// from [`Origin::UNKNOWN`].
    pub async fn run(
        &self,
        caller: impl Into<Caller>,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, EngineError> {
        self.run_from(&caller.into(), &Origin::UNKNOWN, request_id, command).await
    }

    /// Runs a command for `caller`, whose request came from `origin`.
    pub async fn run_from(
        &self,
        caller: &Caller,
        origin: &Origin,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, EngineError> {
        self.run_for(caller, origin, || caller.to_string(), request_id, command).await
    }

    /// Every command goes this way, whoever it is for: what is issued to nobody is as random as what is issued to a
    /// caller.
    async fn run_for(
        &self,
        caller: &Caller,
        origin: &Origin,
        actor: impl FnOnce() -> String,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, EngineError> {
        let (name, run) = (command.name(), |cx: &Cx<'_>, view: &mut View<'_>| command.run(cx, view));
        match command.mode() {
            Mode::Read => self.read_from(name, caller, origin, NO_SEED, run).await,
            Mode::Issue => self.read_from(name, caller, origin, self.seed()?, run).await,
            Mode::Write => Ok(self.write(caller, origin, actor(), request_id, None, command).await?),
        }
    }

    /// Randomness for the ids of one command.
    fn seed(&self) -> Result<[u8; 32], EngineError> {
        (self.shared.random)().map_err(|e| {
            tracing::error!(error = %e, "no command can run");
            EngineError::Unavailable
        })
    }

    /// Runs a command for somebody who is no account: an operator, a timer.
    pub async fn run_as(
        &self,
        actor: &str,
        request_id: &str,
        command: Arc<dyn Command>,
    ) -> Result<Reply, EngineError> {
        self.run_for(&Caller::NOBODY, &Origin::UNKNOWN, || actor.to_owned(), request_id, command).await
    }

    /// Reads the published state.
    pub async fn read<T>(
        &self,
        caller: AccountId,
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, EngineError> {
        self.read_from("a look", &caller.into(), &Origin::UNKNOWN, NO_SEED, f).await
    }

    async fn read_from<T>(
        &self,
        what: &'static str,
        caller: &Caller,
        origin: &Origin,
        seed: [u8; 32],
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, EngineError> {
        let mut loads = Loads::default();
        loop {
            match self.try_read(what, caller, origin, seed, &f) {
                Ok(value) => return Ok(value),
                Err(Stop::Missing(owners)) if loads.go_on(&owners) => self.load(owners).await?,
                Err(Stop::Slow(work)) if loads.works_on() => self.work(work).await?,
                Err(Stop::Missing(_) | Stop::Slow(_)) => return Err(EngineError::Unavailable),
                Err(Stop::Refused(failure) | Stop::RefusedAfterChange(failure)) => {
                    return Err(EngineError::Refused(failure));
                }
            }
        }
    }

    fn try_read<T>(
        &self,
        what: &'static str,
        caller: &Caller,
        origin: &Origin,
        seed: [u8; 32],
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let shared = &*self.shared;
        let ids = Ids::new(seed);
        let settings = shared.settings.load();
        let cx = Cx { now: shared.clock.now(), caller, origin, ids: &ids, settings: &settings };
        let snapshot = shared.cache.current();
        let reading = Reading::new(&snapshot);
        let mut view = View::new(&reading);
        let Ok(result) = catch_unwind(AssertUnwindSafe(|| f(&cx, &mut view))) else {
            tracing::error!(op = what, "a read panicked");
            shared.stats.panics.fetch_add(1, Relaxed);
            return Err(Refusal::Internal.into());
        };
        debug_assert!(seed != NO_SEED || ids.made() == 0, "{what} reads and makes ids that are not random");
        if reading.found_old() {
            let (read, _) = view.finish();
            shared.cache.renew(read.iter().map(|(owner, _)| owner));
        }
        result
    }

    pub(crate) async fn write(
        &self,
        caller: &Caller,
        origin: &Origin,
        actor: String,
        request_id: &str,
        at: Option<Timestamp>,
        command: Arc<dyn Command>,
    ) -> Result<Reply, JobError> {
        let seed = self.seed()?;
        let mut loads = Loads::default();
        loop {
            let (answer, outcome) = oneshot::channel();
            let (command, actor, request_id) = (Arc::clone(&command), actor.clone(), request_id.to_owned());
            let parameters = command.parameters();
            self.queue.send(Message::Run(Box::new(Job {
                command,
                caller: caller.clone(),
                origin: origin.clone(),
                actor,
                request_id,
                seed,
                parameters,
                at,
                answer,
            })))?;
            match outcome.await.map_err(|_| EngineError::Unavailable)? {
                JobResult::Done(answer) => return Ok(answer?),
                JobResult::NotWritten => return Err(JobError::NotWritten),
                JobResult::Load(owners) if loads.go_on(&owners) => self.load(owners).await?,
                JobResult::Work(work) if loads.works_on() => self.work(work).await?,
                JobResult::Load(_) | JobResult::Work(_) => return Err(EngineError::Unavailable.into()),
            }
        }
    }

    /// Loads owners beside the writer.
    async fn load(&self, owners: Vec<Owner>) -> Result<(), EngineError> {
        let shared = Arc::clone(&self.shared);
        let loaded = self.blocking(move || shared.cache.load(&*shared.store, &owners)).await;
        loaded.map_err(|e| {
            tracing::error!(error = %e, "an owner cannot be loaded");
            EngineError::Refused(Refusal::Internal)
        })
    }

    /// Does what a command waits for, beside the writer and not much of it at once.
    async fn work(&self, work: Work) -> Result<(), EngineError> {
        let _turn = self.shared.work.acquire().await.map_err(|_| EngineError::Unavailable)?;
        tokio::task::spawn_blocking(move || work.run()).await.map_err(|e| {
            tracing::error!(error = %e, "work for a command failed");
            EngineError::Refused(Refusal::Internal)
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
    pub async fn with_exclusive_store(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let gone = || StoreError::Database("the engine is stopping".into());
        let (answer, result) = oneshot::channel();
        self.queue.send(Message::Maintain(Box::new(work), answer)).map_err(|_| gone())?;
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

    /// The address of a lab account that nobody registered, if there are such accounts.
    pub fn lab_address(&self, id: AccountId) -> Option<guildhall_core::kernel::address::EmailAddress> {
        self.shared.settings.load().lab_address(id)
    }

    /// What secrets and session tokens are sealed with.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.shared.settings.load().keyring)
    }

    /// How many timers failed when they last ran, and are tried again later.
    pub fn failing_timers(&self) -> usize {
        self.shared.failing.count()
    }

    /// Whether mails are sent; otherwise people read them in the lab's mailbox.
    pub fn delivers(&self) -> bool {
        self.shared.delivers
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

    /// Stores where the clock stands, and the page key if the start has made one, before any command is written. The
    /// start does not wait for it: should the machine fail right then, only page tokens of that moment become invalid.
    fn keep(&self, page_key: Option<String>) -> Result<(), StartError> {
        let shared = Arc::clone(&self.shared);
        let work = move |store: &dyn Store| {
            let kept = page_key.map_or(Ok(()), |key| store.set_meta(PAGE_KEY, &key));
            kept.and_then(|()| shared.keep_time(0)).inspect_err(|e| {
                tracing::error!(error = %e, "the page key and the clock are not kept");
            })
        };
        let (answer, _) = oneshot::channel();
        let sent = self.queue.send(Message::Maintain(Box::new(work), answer));
        sent.map_err(|e| StartError::Store(StoreError::Database(e.to_string())))
    }

    /// Finishes what waits and ends the writer. Blocks until it has.
    pub fn stop(&self) {
        self.shared.stopping.store(true, SeqCst);
        self.queue.stop();
    }
}

/// The key that page tokens are sealed with, and its text if it is new and has to be kept.
fn page_key(store: &dyn Store, random: &random::Seeds) -> Result<(PageKey, Option<String>), StartError> {
    if let Some(key) = keeping::page_key(store.meta(PAGE_KEY)?.as_deref())? {
        return Ok((key, None));
    }
    let seed = random()?;
    Ok((PageKey::new(seed), serde_json::to_string(&seed).ok()))
}
