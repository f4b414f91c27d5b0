//! Tasks that run for as long as the engine does.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::keeping::MARGIN;
use crate::{Engine, Shared};

/// How often the machine's clock and the store's files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// The pause before a task that ended is started again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs a task on the current runtime. If it ends or panics, that is logged and counted, and it is started again.
pub(crate) fn keep_running<F>(
    shared: Arc<Shared>,
    what: &'static str,
    task: impl Fn() -> F + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            let ended = tokio::spawn(task()).await;
            if shared.is_stopping() || ended.as_ref().is_err_and(tokio::task::JoinError::is_cancelled) {
                return;
            }
            shared.stats.restarts.fetch_add(1, Relaxed);
            tracing::error!(task = what, panicked = ended.is_err(), "a task ended; it is started again");
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Looks at the machine's clock and at the store's files once a second, and keeps the time.
pub(crate) fn watch(engine: &Engine) {
    let shared = Arc::clone(&engine.shared);
    let watched = Arc::clone(&shared);
    keep_running(shared, "the watch", move || {
        let shared = Arc::clone(&watched);
        async move {
            while !shared.is_stopping() {
                tokio::time::sleep(LOOK).await;
                shared.clock.look();
                let looking = Arc::clone(&shared);
                let looked = tokio::task::spawn_blocking(move || looking.watch_store()).await;
                if looked.is_err() {
                    tracing::error!("the look at the store failed");
                }
            }
        }
    });
}

impl Shared {
    fn watch_store(&self) {
        if self.store_is_intact().is_err() || self.is_stopping() {
            return;
        }
        if let Err(e) = self.keep_time(MARGIN) {
            self.health.commit_failed();
            tracing::error!(error = %e, "business time is not kept");
        }
    }
}
