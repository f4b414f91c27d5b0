//! The writer: one thread that puts commands in an order, runs each on the state that its predecessors made, and
//! commits many at once. Answers, refusals included, leave only when what they rest on is on disk.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError};

use guildhall_core::aggregate::Misplaced;
use guildhall_core::change::{Change, ItemChange, TimerChange};
use guildhall_core::ids::{AccountId, Ids};
use guildhall_core::internal::run_timer::RunTimer;
use guildhall_core::item::ItemKey;
use guildhall_core::{
    ApiError, ChangeSet, Command, Cx, Failure, NOWHERE, Origin, Owner, Reply, Source, Stop, Timer, Timestamp,
    Version, View,
};
use guildhall_store::{Batch, JournalRow, MailState, OutboxMail, Store, StoreError};
use tokio::sync::oneshot;

use crate::cache::Snapshot;
use crate::loads::Loads;
use crate::{Fault, Shared, clock};

/// Commands in one commit at most.
const BATCH: usize = 256;
/// Commands that may wait; more are refused as too many requests.
const QUEUE: usize = 4_096;
/// How often a batch runs again after a conflict.
const CONFLICTS: u32 = 5;
/// How many timers run in one go with the command that set them.
const AT_ONCE: usize = 8;

/// A command on its way.
pub(crate) struct Job {
    pub(crate) command: Arc<dyn Command>,
    pub(crate) caller: AccountId,
    pub(crate) origin: Origin,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) seed: [u8; 32],
    /// What the journal keeps of the command's input; written out where there is more than one thread for it.
    pub(crate) parameters: String,
    /// The instant to run at; business time otherwise.
    pub(crate) at: Option<Timestamp>,
    pub(crate) answer: oneshot::Sender<Outcome>,
}

impl Job {
    /// A timer that runs with the command that set it: nobody waits for its answer.
    fn timer(timer: Timer, seed: [u8; 32], now: Timestamp) -> Self {
        let command = Arc::new(RunTimer(timer));
        Self {
            caller: AccountId::NOBODY,
            origin: NOWHERE.clone(),
            actor: "timer".into(),
            request_id: String::new(),
            seed,
            parameters: command.parameters(),
            at: Some(now),
            answer: oneshot::channel().0,
            command,
        }
    }
}

/// What comes back from the writer.
pub(crate) enum Outcome {
    /// It is done, and on disk.
    Done(Result<Reply, Fault>),
    /// The commit failed, as far as the store can tell.
    NotWritten,
    /// These have to be loaded first, beside the writer because it may take long; then the command is sent again.
    Load(Vec<Owner>),
}

/// Why a write has no reply.
pub(crate) enum Failed {
    /// It is refused, or could not be tried.
    Fault(Fault),
    /// The commit failed, as far as the store can tell.
    NotWritten,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Fault(fault) => fault,
            Failed::NotWritten => SERVICE,
        }
    }
}

/// Something of ours failed; the log says what.
const SERVICE: Fault = Fault::Refused(Failure::Api(ApiError::Service));

/// Work on the whole store, alone.
type Maintenance = Box<dyn FnOnce(&dyn Store) -> Result<(), StoreError> + Send>;

pub(crate) enum Message {
    Run(Job),
    Alone(Maintenance, oneshot::Sender<Result<(), StoreError>>),
    /// Asks whether writing works.
    Probe(oneshot::Sender<Result<(), StoreError>>),
    Stop,
}

/// The way to the writer.
pub(crate) struct Queue {
    sender: SyncSender<Message>,
    thread: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Queue {
    /// Starts the writer.
    pub(crate) fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = Writer { shared };
        let thread =
            std::thread::Builder::new().name("writer".into()).spawn(move || writer.run(&receiver))?;
        Ok(Self { sender, thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Sends a message; refuses when too many wait.
    pub(crate) fn send(&self, message: Message) -> Result<(), Fault> {
        self.sender.try_send(message).map_err(|e| match e {
            TrySendError::Full(_) => Fault::Refused(Failure::Api(ApiError::TooManyRequests)),
            TrySendError::Disconnected(_) => Fault::Unavailable,
        })
    }

    /// Lets the writer finish what waits, and ends it.
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = self.sender.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    fn run(&self, receiver: &Receiver<Message>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while let Ok(first) = receiver.recv() {
            let mut next = Some(first);
            let mut then = None;
            while let Some(message) = next.take() {
                match message {
                    Message::Run(job) => jobs.push(job),
                    other => {
                        then = Some(other);
                        break;
                    }
                }
                if jobs.len() < BATCH {
                    next = receiver.try_recv().ok();
                }
            }
            self.survive(&mut jobs);
            match then {
                Some(Message::Alone(work, answer)) => {
                    let _ = answer.send(self.alone(work));
                }
                Some(Message::Probe(answer)) => {
                    let _ = answer.send(self.shared.try_writing());
                }
                Some(Message::Stop) => {
                    if let Err(e) = self.shared.keep_time_at_the_end() {
                        tracing::error!(error = %e, "business time is not kept");
                    }
                    return;
                }
                Some(Message::Run(_)) | None => {}
            }
        }
    }

    fn alone(&self, work: Maintenance) -> Result<(), StoreError> {
        let result = catch_unwind(AssertUnwindSafe(|| work(&*self.shared.store)));
        self.shared.cache.clear();
        self.shared.timers.notify_one();
        result.unwrap_or_else(|_| Err(StoreError::Database("the work on the store panicked".to_owned())))
    }

    /// Executes jobs. Should anything but a command panic on the way, a fault in here or in the store, those jobs fail
    /// and the next ones run.
    fn survive(&self, jobs: &mut Vec<Job>) {
        if catch_unwind(AssertUnwindSafe(|| self.execute(jobs))).is_err() {
            tracing::error!(commands = jobs.len(), "the writer panicked; it goes on");
            self.shared.stats.panics.fetch_add(1, Relaxed);
            // Whether it was written is open.
            self.shared.cache.clear();
            answer_all(jobs, || Outcome::Done(Err(SERVICE)));
        }
    }

    /// Runs jobs and commits them together, again from the start after a conflict.
    fn execute(&self, jobs: &mut Vec<Job>) {
        for attempt in 0..=CONFLICTS {
            if jobs.is_empty() {
                return;
            }
            let mut round = Round::new(self.shared.cache.published(), attempt > 0);
            let outcomes: Vec<Outcome> = jobs.iter().map(|job| round.run(&self.shared, job)).collect();
            match self.commit(&round) {
                Ok(()) => {
                    for (job, outcome) in jobs.drain(..).zip(outcomes) {
                        // A client that went away does not want its answer.
                        let _ = job.answer.send(outcome);
                    }
                    return;
                }
                Err(StoreError::Conflict(owners)) => {
                    self.shared.stats.conflicts.fetch_add(1, Relaxed);
                    self.shared.cache.forget(owners.iter());
                    if attempt > 0 {
                        std::thread::sleep(pause(attempt, jobs));
                    }
                }
                Err(e) => {
                    // Whether it was written is open: what memory says of these owners is not to be trusted.
                    tracing::error!(error = %e, commands = jobs.len(), "commit failed");
                    self.shared.health.commit_failed();
                    self.shared.cache.forget(round.batch.reads.iter().map(|(owner, _)| owner));
                    answer_all(jobs, || Outcome::NotWritten);
                    return;
                }
            }
        }
        let concurrent = Fault::Refused(Failure::Api(ApiError::ConcurrentModification));
        answer_all(jobs, || Outcome::Done(Err(concurrent.clone())));
    }

    fn commit(&self, round: &Round) -> Result<(), StoreError> {
        let shared = &self.shared;
        let batch = &round.batch;
        let changes = !(batch.writes.is_empty() && batch.timers.is_empty() && batch.mails.is_empty());
        // A refusal rests on what was read as an answer does: where others write, it is checked as well.
        if !changes && !batch.reads.is_empty() && !shared.store.exclusive() {
            shared.store.commit(&round.batch)?;
        }
        if changes {
            // A file that was taken away can still be written, and nobody would ever read it.
            shared.floor_is_there()?;
            shared.keep_time(0)?;
            shared.store.commit(&round.batch)?;
            shared.health.commit_worked();
            shared.stats.commits.fetch_add(1, Relaxed);
            shared.stats.commands.fetch_add(round.batch.journal.len() as u64, Relaxed);
        }
        if !round.fresh.is_empty() {
            shared.cache.publish(&round.base, &round.state, &round.fresh);
        }
        let set = |change: &TimerChange| if let TimerChange::Set(t) = change { Some(t.due.0) } else { None };
        let first = round.batch.timers.iter().filter_map(set).min();
        // Compared and lowered in one step: a timer set while the timers are being read is not missed.
        if first.is_some_and(|due| due < shared.next_timer.fetch_min(due, SeqCst)) {
            shared.timers.notify_one();
        }
        if round.batch.mails.iter().any(|m| m.state == MailState::Pending) {
            shared.outbox.notify_one();
        }
        Ok(())
    }
}

/// A pause before the next try, different for every batch.
fn pause(attempt: u32, jobs: &[Job]) -> std::time::Duration {
    let jitter = jobs.first().and_then(|j| j.seed.first()).copied().unwrap_or(0);
    std::time::Duration::from_micros(u64::from(attempt) * 500 + u64::from(jitter) * 20)
}

fn answer_all(jobs: &mut Vec<Job>, outcome: impl Fn() -> Outcome) {
    for job in jobs.drain(..) {
        let _ = job.answer.send(outcome());
    }
}

/// What a command decided, what it read, and what it wants changed.
type Decision = (Result<Reply, Stop>, Vec<(Owner, Version)>, ChangeSet);

/// One try at a batch.
struct Round {
    /// What was published when it began.
    base: Arc<Snapshot>,
    state: Snapshot,
    /// After a conflict the writer loads organizations itself: a command that went back for one would begin anew
    /// to count its tries.
    loads_organizations: bool,
    /// Owners that were loaded or written here.
    fresh: HashSet<Owner>,
    /// Owners that were read.
    read: HashSet<Owner>,
    /// Where each changed item stands in the batch, so that it is written once.
    items: HashMap<(Owner, ItemKey), usize>,
    writes: HashMap<Owner, usize>,
    batch: Batch,
}

impl Round {
    fn new(base: Arc<Snapshot>, loads_organizations: bool) -> Self {
        Self {
            state: Snapshot::clone(&base),
            base,
            loads_organizations,
            fresh: HashSet::new(),
            read: HashSet::new(),
            items: HashMap::new(),
            writes: HashMap::new(),
            batch: Batch::default(),
        }
    }

    /// Runs a command, and with it the timers that it sets for right now: what takes no time is done when the answer
    /// leaves, on every node, and whatever happens to this one.
    fn run(&mut self, shared: &Shared, job: &Job) -> Outcome {
        let now = job.at.unwrap_or_else(|| shared.clock.now());
        let mut due = VecDeque::new();
        let outcome = self.run_command(shared, job, now, &mut due);
        // A timer's own timers wait for their turn among those that are due.
        if job.at.is_none() {
            for _ in 0..AT_ONCE {
                let Some((timer, seed)) = due.pop_front() else { break };
                // What it needs may have to be loaded first: then it is run as every other timer is.
                self.run_command(shared, &Job::timer(timer, seed, now), now, &mut due);
            }
        }
        outcome
    }

    fn run_command(
        &mut self,
        shared: &Shared,
        job: &Job,
        now: Timestamp,
        due: &mut VecDeque<(Timer, [u8; 32])>,
    ) -> Outcome {
        let settings = shared.settings.load();
        let mut loads = Loads::default();
        loop {
            let ids = Ids::new(job.seed);
            let cx = Cx { now, caller: job.caller, origin: &job.origin, ids: &ids, settings: &settings };
            let Some((result, reads, changes)) = self.decide(&*job.command, &cx) else {
                shared.stats.panics.fetch_add(1, Relaxed);
                return Outcome::Done(Err(SERVICE));
            };
            let (answer, keep) = match result {
                Ok(reply) => (Ok(reply), true),
                Err(Stop::RefusedAfterChange(failure)) => (Err(Fault::Refused(failure)), true),
                Err(Stop::Refused(failure)) => (Err(Fault::Refused(failure)), false),
                // An organization can be large: it is loaded beside the writer.
                Err(Stop::Missing(owners))
                    if !self.loads_organizations && owners.iter().any(|o| matches!(o, Owner::Org(_))) =>
                {
                    return Outcome::Load(owners);
                }
                Err(Stop::Missing(owners)) => match self.load(shared, &mut loads, owners) {
                    Ok(true) => continue,
                    Ok(false) => return Outcome::Done(Err(SERVICE)),
                    Err(e) => {
                        tracing::error!(error = %e, "an owner cannot be loaded");
                        return Outcome::Done(Err(SERVICE));
                    }
                },
            };
            self.note_reads(reads);
            if keep && !changes.is_empty() {
                let timers = changes.due(now);
                let done = self.apply(shared, job, now, changes);
                if let Err(e) = done {
                    tracing::error!(error = %e, op = job.command.name(), "a command wrote what cannot be");
                    return Outcome::Done(Err(SERVICE));
                }
                due.extend(timers.into_iter().map(|timer| (timer, ids.seed())));
            }
            return Outcome::Done(answer);
        }
    }

    fn load(&mut self, shared: &Shared, loads: &mut Loads, owners: Vec<Owner>) -> Result<bool, StoreError> {
        if !loads.go_on(&owners) {
            return Ok(false);
        }
        for owner in owners {
            let loaded = shared.cache.read(&*shared.store, &owner)?;
            self.fresh.insert(owner.clone());
            self.state.insert(owner, loaded);
        }
        Ok(true)
    }

    fn note_reads(&mut self, reads: Vec<(Owner, Version)>) {
        for (owner, version) in reads {
            // What this batch wrote itself was read before, at the version that counts.
            if self.read.insert(owner.clone()) {
                self.batch.reads.push((owner, version));
            }
        }
    }

    fn apply(
        &mut self,
        shared: &Shared,
        job: &Job,
        now: Timestamp,
        changes: ChangeSet,
    ) -> Result<(), Misplaced> {
        // Before anything is changed: a command that writes what cannot be changes nothing.
        if let Some(bad) = changes.items.iter().find(|c| self.state.find(&c.owner).is_none() || !c.fits()) {
            return Err(Misplaced(bad.key().kind));
        }
        let mut first: Option<(Owner, Version)> = None;
        let mut bumped: Vec<Owner> = Vec::new();
        for change in changes.items {
            let Some(loaded) = self.state.get_mut(&change.owner) else { continue };
            if !bumped.contains(&change.owner) {
                if self.read.insert(change.owner.clone()) {
                    self.batch.reads.push((change.owner.clone(), loaded.version));
                }
                loaded.version += 1;
                bumped.push(change.owner.clone());
                self.fresh.insert(change.owner.clone());
                note_write(&mut self.writes, &mut self.batch, &change.owner, loaded.version);
                first.get_or_insert((change.owner.clone(), loaded.version));
            }
            Arc::make_mut(&mut loaded.aggregate).apply(&change.item)?;
            self.note_item(change.owner, change.item);
        }
        self.batch.timers.extend(changes.timers);
        for (n, mail) in changes.mails.into_iter().enumerate() {
            let state = if shared.delivers { MailState::Pending } else { MailState::Delivered };
            let id = mail_id(now, job, n);
            let (wall, attempts) = (clock::wall(), u32::from(!shared.delivers));
            self.batch.mails.push(OutboxMail {
                id,
                made: now,
                mail,
                state,
                due: wall,
                queued: wall,
                attempts,
                last_error: None,
            });
        }
        if let Some((owner, version)) = first {
            self.batch.journal.push(JournalRow {
                owner,
                version,
                at: now,
                actor: job.actor.clone(),
                op: job.command.name().into(),
                request_id: job.request_id.clone(),
                body: job.parameters.clone(),
            });
        }
        Ok(())
    }

    fn note_item(&mut self, owner: Owner, item: ItemChange) {
        let change = Change { owner, item };
        let key = change.key();
        let Change { owner, item } = change;
        match self.items.entry((owner.clone(), key)) {
            Entry::Occupied(entry) => {
                if let Some(slot) = self.batch.items.get_mut(*entry.get()) {
                    *slot = (owner, item);
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(self.batch.items.len());
                self.batch.items.push((owner, item));
            }
        }
    }
}

fn note_write(writes: &mut HashMap<Owner, usize>, batch: &mut Batch, owner: &Owner, version: Version) {
    if let Some(n) = writes.get(owner) {
        if let Some(slot) = batch.writes.get_mut(*n) {
            slot.1 = version;
        }
    } else {
        writes.insert(owner.clone(), batch.writes.len());
        batch.writes.push((owner.clone(), version));
    }
}

/// A mail's id sorts by time; the command's seed makes it its own.
fn mail_id(now: Timestamp, job: &Job, n: usize) -> String {
    use std::fmt::Write;
    let mut id = format!("{:013x}-{n:02x}", now.0.max(0));
    for b in job.seed.iter().rev().take(8) {
        let _ = write!(id, "{b:02x}");
    }
    id
}
