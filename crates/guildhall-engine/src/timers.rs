//! Timers: what falls due is run as a command, in order; and the virtual clock is moved from one due instant to
//! the next, so that whatever falls due on the way runs at its time.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use guildhall_core::ids::AccountId;
use guildhall_core::internal::run_timer::RunTimer;
use guildhall_core::{NOWHERE, Timer, Timestamp};
use guildhall_store::StoreError;

use crate::{ClockError, Engine, Fault};

/// Timers that run together.
const BATCH: usize = 256;
/// The longest sleep: business time may be moved, or the machine's clock set.
const NAP: Duration = Duration::from_secs(30);

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
    Fault(#[from] Fault),
}

/// Runs timers as they fall due, on the current runtime.
pub(crate) fn start(engine: Engine) {
    tokio::spawn(async move {
        loop {
            let sleep = match engine.run_due().await {
                Ok(sleep) => sleep,
                Err(AdvanceError::Fault(Fault::Unavailable)) => return,
                Err(e) => {
                    tracing::error!(error = %e, "timers cannot run; trying again");
                    Duration::from_secs(1)
                }
            };
            let _ = tokio::time::timeout(sleep, engine.shared().timers.notified()).await;
        }
    });
}

impl Engine {
    /// Runs what is due, and says how long nothing will be.
    async fn run_due(&self) -> Result<Duration, AdvanceError> {
        let now = self.clock().now();
        let _alone = self.advancing().lock().await;
        while self.run_until(now).await? > 0 {}
        // Whoever sets a timer from here on wakes us, until we know better.
        self.shared().next_timer.store(i64::MAX, SeqCst);
        let next = self.due(Timestamp(i64::MAX), 1).await?.first().map_or(i64::MAX, |t| t.due.0);
        self.shared().next_timer.fetch_min(next, SeqCst);
        let wait = next.saturating_sub(self.clock().now().0);
        Ok(Duration::from_millis(u64::try_from(wait).unwrap_or(0)).min(NAP))
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let store = self.store();
        self.blocking(move || store.timers(until, limit)).await
    }

    /// Runs the first timers that are due at `until`. Answers how many there were.
    async fn run_until(&self, until: Timestamp) -> Result<usize, AdvanceError> {
        let due = self.due(until, BATCH).await?;
        let Some(first) = due.first().map(|t| t.due) else { return Ok(0) };
        // Only those of one instant: what runs may set timers that fall due before the others.
        let mut running = Vec::new();
        for timer in due.into_iter().take_while(|t| t.due == first) {
            let at = self.clock().now().max(timer.due);
            let engine = self.clone();
            running.push(tokio::spawn(async move {
                let command = std::sync::Arc::new(RunTimer(timer));
                engine.write(AccountId::NOBODY, &NOWHERE, "timer".into(), "", Some(at), command).await
            }));
        }
        let count = running.len();
        for run in running {
            run.await.map_err(|_| Fault::Unavailable)??;
        }
        Ok(count)
    }

    /// Moves business time to `to`, and answers when everything that fell due on the way has run, in order.
    pub async fn advance_to(&self, to: Timestamp) -> Result<(), AdvanceError> {
        let _alone = self.advancing().lock().await;
        let now = self.clock().now();
        if to < now && self.clock().is_virtual() {
            return Err(ClockError::Backwards { now, to }.into());
        }
        self.move_to(to).await
    }

    /// Moves business time on by `millis`, as [`Engine::advance_to`] does.
    pub async fn advance_by(&self, millis: i64) -> Result<(), AdvanceError> {
        let _alone = self.advancing().lock().await;
        self.move_to(self.clock().now().plus(millis)).await
    }

    async fn move_to(&self, to: Timestamp) -> Result<(), AdvanceError> {
        if !self.clock().is_virtual() {
            return Err(ClockError::Wall.into());
        }
        while let Some(next) = self.due(to, 1).await?.into_iter().next() {
            self.reach(next.due).await?;
            self.run_until(next.due).await?;
        }
        self.reach(to).await?;
        // What was the next timer has run: the loop has to learn which one is now, or it sleeps through it.
        self.shared().timers.notify_one();
        // What was young may be old.
        self.shared().retention.notify_one();
        Ok(())
    }

    /// Moves business time to `to`, which is kept first: a process that dies on the way never goes back to before what
    /// it wrote.
    async fn reach(&self, to: Timestamp) -> Result<(), AdvanceError> {
        self.keep_clock(self.clock().standing_at(to)).await?;
        self.clock().reach(to)?;
        Ok(())
    }

    /// Makes business time stand still, or go on.
    pub async fn freeze(&self, freeze: bool) -> Result<(), AdvanceError> {
        let _alone = self.advancing().lock().await;
        self.clock().freeze(freeze)?;
        self.keep_clock(self.clock().standing()).await?;
        self.shared().timers.notify_one();
        Ok(())
    }
}
