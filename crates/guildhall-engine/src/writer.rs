//! The writer: one thread that puts commands in an order, runs each on the state that its predecessors made, and
//! commits many at once. Answers, refusals included, leave only when what they rest on is on disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError};

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::state::change::TimerChange;
use guildhall_core::{Command, Origin, Owner, Refusal, Reply, Timestamp};
use guildhall_store::{MailState, Store, StoreError};
use tokio::sync::oneshot;

use crate::round::Round;
use crate::{Fault, Shared};

/// Commands in one commit at most.
const BATCH: usize = 256;
/// Commands that may wait; more are refused as too many requests.
const QUEUE: usize = 4_096;
/// How often a batch runs again after a conflict.
const CONFLICTS: u32 = 5;

/// A command on its way.
pub(crate) struct Job {
    pub(crate) command: Arc<dyn Command>,
    pub(crate) caller: AccountId,
    pub(crate) origin: Origin,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) seed: [u8; 32],
    /// What the journal keeps of the command's input. Serialised before it is sent, because there is only one writer.
    pub(crate) parameters: String,
    /// The instant to run at; business time otherwise.
    pub(crate) at: Option<Timestamp>,
    pub(crate) answer: oneshot::Sender<Outcome>,
}

/// What comes back from the writer.
pub(crate) enum Outcome {
    /// It is done, and on disk.
    Done(Result<Reply, Fault>),
    /// The commit failed, as far as the store can tell.
    NotWritten,
    /// These owners have to be loaded first, which may take long and is done beside the writer; then the command is
    /// sent again.
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
pub(crate) const SERVICE: Fault = Fault::Refused(Refusal::Internal);

/// Work on the whole store while nothing else does.
type Maintenance = Box<dyn FnOnce(&dyn Store) -> Result<(), StoreError> + Send>;

pub(crate) enum Message {
    Run(Job),
    Maintain(Maintenance, oneshot::Sender<Result<(), StoreError>>),
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
            TrySendError::Full(_) => Fault::Refused(Refusal::TooManyRequests),
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
                    // Whether it was written is not known, so what memory says of these owners may be wrong.
                    tracing::error!(error = %e, commands = jobs.len(), "commit failed");
                    self.shared.health.commit_failed();
                    self.shared.cache.forget(round.batch.reads.iter().map(|(owner, _)| owner));
                    answer_all(jobs, || Outcome::NotWritten);
                    return;
                }
            }
        }
        let concurrent = Fault::Refused(Refusal::ConcurrentModification);
        answer_all(jobs, || Outcome::Done(Err(concurrent.clone())));
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

fn answer_all(jobs: &mut Vec<Job>, outcome: impl Fn() -> Outcome) {
    for job in jobs.drain(..) {
        let _ = job.answer.send(outcome());
    }
}
