//! The writer: one thread that puts commands in an order, runs each on the state that its predecessors made, and
//! commits many at once. Answers, refusals included, leave only when what they rest on is on disk.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::mpsc::Receiver;

use guildhall_core::call::caller::Caller;
use guildhall_core::kernel::ids::Ids;
use guildhall_core::operator::run_timer::RunTimer;
use guildhall_core::state::change::{Change, ItemChange, TimerChange};
use guildhall_core::state::holds::Misplaced;
use guildhall_core::state::item::ItemKey;
use guildhall_core::{
    ChangeSet, Command, Cx, Origin, Owner, Refusal, Reply, Source, Stop, Timer, Timestamp, Version, View,
};
use guildhall_store::{Batch, JournalRow, MailState, OutboxMail, StoreError};
use tokio::sync::oneshot;

use crate::cache::Snapshot;
use crate::loads::Loads;
use crate::queue::{INTERNAL, Job, JobResult, Maintenance, Message};
use crate::{EngineError, Shared, clock};

/// Commands in one commit at most.
const BATCH: usize = 256;
/// How often a batch runs again after a conflict.
const CONFLICTS: u32 = 5;
/// How many timers run in one go with the command that set them.
const AT_ONCE: usize = 8;

/// The thread that writes.
pub(crate) struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Runs what is sent, until it is told to stop.
    pub(crate) fn run(&self, receiver: &Receiver<Message>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while let Ok(first) = receiver.recv() {
            let mut next = Some(first);
            let mut then = None;
            while let Some(message) = next.take() {
                match message {
                    Message::Run(job) => jobs.push(*job),
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
                Some(Message::Maintain(work, answer)) => {
                    let _ = answer.send(self.maintain(work));
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

    fn maintain(&self, work: Maintenance) -> Result<(), StoreError> {
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
            // Whether it was written is not known.
            self.shared.cache.clear();
            answer_all(jobs, || JobResult::Done(Err(INTERNAL)));
        }
    }

    /// Runs jobs and commits them together, again from the start after a conflict.
    fn execute(&self, jobs: &mut Vec<Job>) {
        for attempt in 0..=CONFLICTS {
            if jobs.is_empty() {
                return;
            }
            let mut round = Round::new(self.shared.cache.published(), attempt > 0);
            let outcomes: Vec<JobResult> = jobs.iter().map(|job| round.run(&self.shared, job)).collect();
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
                    // Whether it was written is not known, so what memory says of these owners may be wrong.
                    tracing::error!(error = %e, commands = jobs.len(), "commit failed");
                    self.shared.health.commit_failed();
                    self.shared.cache.forget(round.batch.reads.iter().map(|(owner, _)| owner));
                    answer_all(jobs, || JobResult::NotWritten);
                    return;
                }
            }
        }
        let concurrent = EngineError::Refused(Refusal::ConcurrentModification);
        answer_all(jobs, || JobResult::Done(Err(concurrent.clone())));
    }

    fn commit(&self, round: &Round) -> Result<(), StoreError> {
        let shared = &self.shared;
        let batch = &round.batch;
        let changes = !(batch.writes.is_empty() && batch.timers.is_empty() && batch.mails.is_empty());
        // A refusal rests on what was read, as an answer does: where others can write, its reads are checked as well.
        if !changes && !batch.reads.is_empty() && !shared.store.exclusive() {
            shared.store.commit(&round.batch)?;
        }
        if changes {
            // A file that was removed while it is open can still be written, and nobody would ever read it.
            shared.store_is_intact()?;
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

fn answer_all(jobs: &mut Vec<Job>, outcome: impl Fn() -> JobResult) {
    for job in jobs.drain(..) {
        let _ = job.answer.send(outcome());
    }
}

impl Job {
    /// A timer that runs with the command that set it: nobody waits for its answer.
    fn timer(timer: Timer, seed: [u8; 32], now: Timestamp) -> Self {
        let command = Arc::new(RunTimer(timer));
        Self {
            caller: Caller::NOBODY,
            origin: Origin::UNKNOWN,
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

/// What a command decided, what it read, and what it wants changed.
type Decision = (Result<Reply, Stop>, Vec<(Owner, Version)>, ChangeSet);

/// One try at a batch.
struct Round {
    /// What was published when it began.
    base: Arc<Snapshot>,
    state: Snapshot,
    /// After a conflict the writer loads organizations itself: a command that is sent back to have one loaded would
    /// have its tries counted from the start.
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
    fn run(&mut self, shared: &Shared, job: &Job) -> JobResult {
        let now = job.at.unwrap_or_else(|| shared.clock.now());
        let mut due = VecDeque::new();
        let outcome = self.run_command(shared, job, now, &mut due);
        // A timer's own timers wait for their turn among those that are due.
        if job.at.is_none() {
            for _ in 0..AT_ONCE {
                let Some((timer, seed)) = due.pop_front() else { break };
                // If something has to be loaded first, the timer stays set and is run as every other one is.
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
    ) -> JobResult {
        let settings = shared.settings.load();
        let mut loads = Loads::default();
        loop {
            let ids = Ids::new(job.seed);
            let cx = Cx { now, caller: &job.caller, origin: &job.origin, ids: &ids, settings: &settings };
            let Some((result, reads, changes)) = self.decide(&*job.command, &cx) else {
                shared.stats.panics.fetch_add(1, Relaxed);
                return JobResult::Done(Err(INTERNAL));
            };
            let (answer, keep) = match result {
                Ok(reply) => (Ok(reply), true),
                Err(Stop::RefusedAfterChange(failure)) => (Err(EngineError::Refused(failure)), true),
                Err(Stop::Refused(failure)) => (Err(EngineError::Refused(failure)), false),
                Err(Stop::Slow(work)) => return JobResult::Work(work),
                // An organization can be large: it is loaded beside the writer.
                Err(Stop::Missing(owners))
                    if !self.loads_organizations && owners.iter().any(|o| matches!(o, Owner::Org(_))) =>
                {
                    return JobResult::Load(owners);
                }
                Err(Stop::Missing(owners)) => match self.load(shared, &mut loads, owners) {
                    Ok(true) => continue,
                    Ok(false) => return JobResult::Done(Err(INTERNAL)),
                    Err(e) => {
                        tracing::error!(error = %e, "an owner cannot be loaded");
                        return JobResult::Done(Err(INTERNAL));
                    }
                },
            };
            self.note_reads(reads);
            if keep && !changes.is_empty() {
                let timers = changes.due(now);
                let done = self.apply(shared, job, now, changes);
                if let Err(e) = done {
                    tracing::error!(error = %e, op = job.command.name(), "a command wrote what cannot be");
                    return JobResult::Done(Err(INTERNAL));
                }
                due.extend(timers.into_iter().map(|timer| (timer, ids.seed())));
            }
            return JobResult::Done(answer);
        }
    }

    /// What a command decides; `None` if it panics. It touches its view only: the view goes, and all else is as it was.
    fn decide(&self, command: &dyn Command, cx: &Cx<'_>) -> Option<Decision> {
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let mut view = View::new(&self.state);
            let result = command.run(cx, &mut view);
            let (reads, changes) = view.finish();
            (result, reads, changes)
        }));
        decided.inspect_err(|_| tracing::error!(op = command.name(), "a command panicked")).ok()
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
        let named = changes.named().cloned();
        let cannot_be = |c: &&Change| self.state.find(&c.owner).is_none() || !c.fits() || named.is_none();
        // Before anything is changed: a command that writes what cannot be, or what the journal could not name, changes
        // nothing.
        if let Some(bad) = changes.items.iter().find(cannot_be) {
            return Err(Misplaced(bad.key().kind()));
        }
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
        if let Some(owner) = named {
            self.batch.journal.push(JournalRow {
                version: self.state.find(&owner).map_or(0, |loaded| loaded.version),
                owner,
                at: now,
                actor: job.actor.clone(),
                op: job.command.full_name(),
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
