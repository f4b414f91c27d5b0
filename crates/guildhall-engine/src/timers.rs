//! Timers: what falls due is run as a command, in order. Whoever moves the virtual clock moves it from one due
//! instant to the next, so that whatever falls due on the way runs at its time.
//!
//! A timer that fails does not hold up the others. It is logged, and tried again after pauses that grow. Which ones
//! fail is known in memory only, so a start tries all of them again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guildhall_core::call::caller::Caller;
use guildhall_core::operator::run_timer::RunTimer;
use guildhall_core::{Origin, Refusal, Timer, Timestamp};
use guildhall_store::StoreError;

use crate::queue::JobError;
use crate::{ClockError, Engine, EngineError, Shared, tasks};

/// Timers that run together.
const BATCH: usize = 256;
/// The longest sleep: business time may be moved, or the machine's clock set.
const NAP: Duration = Duration::from_secs(30);
/// The first pause of a timer that fails; the next ones are twice as long each, up to the longest. In microseconds of
/// the monotonic clock.
const FIRST_PAUSE: i64 = 1_000_000;
const LONGEST_PAUSE: i64 = 300 * FIRST_PAUSE;

/// Moving the clock was refused, or what fell due on the way could not run.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// The clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A command.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Timers that failed when they ran.
#[derive(Default)]
pub(crate) struct Failing(Mutex<BTreeMap<Timer, Mark>>);

#[derive(Clone, Copy)]
struct Mark {
    pause: i64,
    /// When it is tried again, by the monotonic clock.
    again: i64,
}

impl Failing {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Timer, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.held().len()
    }

    /// Marks a timer. Answers whether it is the first time.
    fn mark(&self, timer: Timer, now: i64) -> bool {
        let mut marks = self.held();
        let before = marks.get(&timer).map(|mark| mark.pause);
        let pause = before.map_or(FIRST_PAUSE, |pause| pause.saturating_mul(2).min(LONGEST_PAUSE));
        marks.insert(timer, Mark { pause, again: now.saturating_add(pause) });
        before.is_none()
    }

    fn is_put_off(&self, timer: &Timer, now: i64) -> bool {
        self.held().get(timer).is_some_and(|mark| mark.again > now)
    }

    /// Forgets all of them: the state is another one.
    pub(crate) fn forget(&self) {
        self.held().clear();
    }

    fn clear(&self, timer: &Timer) {
        self.held().remove(timer);
    }
}

/// Runs timers as they fall due, on the current runtime.
pub(crate) fn start(engine: &Engine) {
    let shared = Arc::clone(&engine.shared);
    let engine = engine.clone();
    tasks::keep_running(shared, "the timers", move || {
        let engine = engine.clone();
        async move { engine.run_timers().await }
    });
}

impl Shared {
    fn monotonic(&self) -> i64 {
        self.clock.machine().monotonic()
    }
}

impl Engine {
    async fn run_timers(&self) {
        loop {
            let sleep = match self.run_due().await {
                Ok(sleep) => sleep,
                Err(_) if self.shared().is_stopping() => return,
                Err(e) => {
                    tracing::error!(error = %e, "timers cannot run; trying again");
                    Duration::from_secs(1)
                }
            };
            let _ = tokio::time::timeout(sleep, self.shared().timers.notified()).await;
        }
    }

    /// Runs what is due, and says how long nothing will be.
    async fn run_due(&self) -> Result<Duration, AdvanceError> {
        // Whoever had the lock may have moved the clock.
        let _advancing = self.advancing().lock().await;
        let now = self.clock().now();
        while self.run_first(now).await? {}
        self.forget_marks(now).await?;
        let shared = self.shared();
        // Whoever sets a timer from here on wakes us, until we know better.
        shared.next_timer.store(i64::MAX, SeqCst);
        let next = self.first(Timestamp(i64::MAX)).await?.first().map_or(i64::MAX, |t| t.due.0);
        shared.next_timer.fetch_min(next, SeqCst);
        let wait = next.saturating_sub(self.clock().now().0);
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0)).min(NAP);
        let again = shared.failing.held().values().map(|mark| mark.again).min();
        let again = again.map_or(i64::MAX, |at| at.saturating_sub(shared.monotonic()));
        Ok(wait.min(Duration::from_micros(u64::try_from(again).unwrap_or(0))))
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let store = self.store();
        self.blocking(move || store.timers(until, limit)).await
    }

    /// The first timers that are due at `until`, all of one instant, because what runs may set timers that fall due
    /// before the others. Those that are put off do not count.
    async fn first(&self, until: Timestamp) -> Result<Vec<Timer>, StoreError> {
        let shared = self.shared();
        let due = self.due(until, BATCH.saturating_add(shared.failing.count())).await?;
        let now = shared.monotonic();
        let mut ready: Vec<Timer> =
            due.into_iter().filter(|timer| !shared.failing.is_put_off(timer, now)).take(BATCH).collect();
        let first = ready.first().map(|timer| timer.due);
        ready.retain(|timer| Some(timer.due) == first);
        Ok(ready)
    }

    /// Runs the first timers that are due at `until`. Answers whether there were any.
    async fn run_first(&self, until: Timestamp) -> Result<bool, AdvanceError> {
        let first = self.first(until).await?;
        if first.is_empty() {
            return Ok(false);
        }
        // One that failed before runs by itself: if it is why a commit fails, it fails alone.
        let failed_before = |timer: &Timer| self.shared().failing.held().contains_key(timer);
        let (again, new): (Vec<Timer>, Vec<Timer>) = first.into_iter().partition(failed_before);
        let mut running = Vec::with_capacity(new.len());
        for timer in new {
            let (engine, command) = (self.clone(), timer.clone());
            running.push((timer, tokio::spawn(async move { engine.run_timer(command).await })));
        }
        let mut not_written = Vec::new();
        for (timer, run) in running {
            match run.await.map_err(|_| EngineError::Unavailable)? {
                Err(JobError::NotWritten) => not_written.push(timer),
                done => self.note(timer, done)?,
            }
        }
        if !not_written.is_empty() {
            // Either nothing can be written, and time has to wait, or one of these cannot.
            self.ready().await.map_err(|_| EngineError::Refused(Refusal::Internal))?;
        }
        for timer in again.into_iter().chain(not_written) {
            let done = self.run_timer(timer.clone()).await;
            self.note(timer, done)?;
        }
        Ok(true)
    }

    async fn run_timer(&self, timer: Timer) -> Result<(), JobError> {
        let at = self.clock().now().max(timer.due);
        let command = Arc::new(RunTimer(timer));
        self.write(&Caller::NOBODY, &Origin::UNKNOWN, "timer".into(), "", Some(at), command).await.map(|_| ())
    }

    /// Notes how a timer ended. An error if none can run now.
    fn note(&self, timer: Timer, done: Result<(), JobError>) -> Result<(), EngineError> {
        let shared = self.shared();
        match done {
            Ok(()) => shared.failing.clear(&timer),
            Err(JobError::Engine(
                error @ (EngineError::Unavailable | EngineError::Refused(Refusal::TooManyRequests)),
            )) => {
                return Err(error);
            }
            Err(JobError::Engine(_) | JobError::NotWritten) => {
                shared.stats.timers_failed.fetch_add(1, Relaxed);
                let (owner, action, due) = (timer.owner.to_string(), timer.action.to_string(), timer.due);
                if shared.failing.mark(timer, shared.monotonic()) {
                    tracing::error!(owner, action, %due, "a timer fails; it is tried again, and the others run");
                }
            }
        }
        Ok(())
    }

    /// Forgets marks of timers that are not there any more.
    async fn forget_marks(&self, now: Timestamp) -> Result<(), StoreError> {
        let shared = self.shared();
        let marks = shared.failing.count();
        if marks > 0 {
            let due: BTreeSet<Timer> =
                self.due(now, BATCH.saturating_add(marks)).await?.into_iter().collect();
            // Unless there are more by now; then this is for another time.
            if due.len() < BATCH.saturating_add(marks) {
                shared.failing.held().retain(|timer, _| due.contains(timer));
            }
        }
        Ok(())
    }

    /// Moves business time to `to`, and answers when everything that fell due on the way has run, in order, but for
    /// timers that fail. Refuses what lies in the past or beyond the year 9999.
    pub async fn advance_to(&self, to: Timestamp) -> Result<(), AdvanceError> {
        let _advancing = self.advancing().lock().await;
        let now = self.clock().now();
        if to < now && self.clock().is_virtual() {
            return Err(ClockError::Backwards { now, to }.into());
        }
        self.move_to(to).await
    }

    /// Moves business time on by `millis`, as [`Engine::advance_to`] does.
    pub async fn advance_by(&self, millis: i64) -> Result<(), AdvanceError> {
        let _advancing = self.advancing().lock().await;
        self.move_to(Timestamp(self.clock().now().0.saturating_add(millis))).await
    }

    async fn move_to(&self, to: Timestamp) -> Result<(), AdvanceError> {
        self.clock().check(to)?;
        while let Some(next) = self.first(to).await?.first().map(|timer| timer.due) {
            self.reach(next).await?;
            self.run_first(next).await?;
        }
        self.reach(to).await?;
        // What was the next timer has run: the loop has to learn which one is now, or it sleeps through it.
        self.shared().timers.notify_one();
        // The journal and mails have aged, too.
        self.shared().retention.notify_one();
        Ok(())
    }

    async fn reach(&self, to: Timestamp) -> Result<(), AdvanceError> {
        self.on_time(move |shared| shared.move_time(to)).await
    }

    /// Makes business time stand still, or go on.
    pub async fn freeze(&self, freeze: bool) -> Result<(), AdvanceError> {
        let _advancing = self.advancing().lock().await;
        self.on_time(move |shared| shared.freeze_time(freeze)).await?;
        self.shared().timers.notify_one();
        Ok(())
    }

    /// Changes business time, on a thread that may block.
    async fn on_time(
        &self,
        f: impl FnOnce(&Shared) -> Result<(), AdvanceError> + Send + 'static,
    ) -> Result<(), AdvanceError> {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || f(&shared)).await;
        done.map_err(|e| StoreError::Database(e.to_string()))?
    }
}
