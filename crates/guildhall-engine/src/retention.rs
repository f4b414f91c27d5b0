//! Retention: what is old is removed, in small steps between which commits go on, and its space is given back to the
//! disk.
//!
//! Age is counted in business time, with which the journal and the mails are dated: moving a virtual clock ages both.

use std::sync::Arc;
use std::time::Duration;

use guildhall_core::Timestamp;
use guildhall_core::kernel::time::DAY;
use guildhall_store::{Prune, StoreError};

use crate::{Engine, tasks};

/// Rows of each kind in one step: with journal rows of 40 KiB some milliseconds in which commits wait.
const STEP: usize = 128;
/// Between two steps, so that commits have most of the time.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether something has become old.
const LOOK: Duration = Duration::from_secs(60);

/// How many days of business time are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Of the journal; 0: all of it.
    pub journal_days: u32,
    /// Of mails that were delivered or given up; 0: all of them. Mails that wait are kept in any case.
    pub mail_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { journal_days: 90, mail_days: 90 }
    }
}

impl Retention {
    /// Nothing is ever removed.
    pub const ALL: Self = Self { journal_days: 0, mail_days: 0 };

    fn prune(self, now: Timestamp) -> Prune {
        let before = |days: u32| match days {
            0 => Timestamp(i64::MIN),
            days => now.plus(DAY.saturating_mul(i64::from(days)).saturating_neg()),
        };
        Prune { journal_before: before(self.journal_days), mails_before: before(self.mail_days), limit: STEP }
    }
}

/// Removes what becomes old, on the current runtime.
pub(crate) fn start(engine: &Engine, retention: Retention) {
    let shared = Arc::clone(&engine.shared);
    let engine = engine.clone();
    tasks::keep_running(shared, "retention", move || {
        let engine = engine.clone();
        async move { engine.retain(retention).await }
    });
}

impl Engine {
    async fn retain(&self, retention: Retention) {
        while !self.shared().is_stopping() {
            let pause = match self.prune(retention).await {
                Ok(true) => PAUSE,
                Ok(false) => LOOK,
                Err(_) if self.shared().is_stopping() => return,
                Err(e) => {
                    tracing::error!(error = %e, "old rows cannot be removed; trying again");
                    LOOK
                }
            };
            let _ = tokio::time::timeout(pause, self.shared().retention.notified()).await;
        }
    }

    /// Takes one step, as the engine does all the time; for tests. Answers whether there may be more to do.
    pub async fn prune(&self, retention: Retention) -> Result<bool, StoreError> {
        let (store, what) = (self.store(), retention.prune(self.clock().now()));
        self.blocking(move || store.prune(&what)).await
    }
}
