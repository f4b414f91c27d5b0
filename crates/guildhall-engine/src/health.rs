//! Whether the engine can write: what `ready` answers.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use guildhall_store::StoreError;
use tokio::sync::oneshot;

use crate::queue::Message;
use crate::{Engine, EngineError, Shared};

/// How long the writer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The named value that is written to try whether writing works again, and how long it is: as much as a large command
/// writes, because on a full disk a few bytes often still fit.
const TRIAL: &str = "trial";
const TRIAL_BYTES: usize = 64 * 1024;

/// Why the engine cannot write now.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The writer has ended, or too many commands wait for it.
    #[error("the writer takes no commands")]
    Writer,
    /// The writer is busy with something that does not end.
    #[error("the writer does not answer")]
    Silent,
    /// The store cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the last commit and the last look at the files said.
#[derive(Default)]
pub(crate) struct Health {
    failed: AtomicBool,
    gone: AtomicBool,
}

impl Health {
    pub(crate) fn commit_worked(&self) {
        self.failed.store(false, SeqCst);
    }

    pub(crate) fn commit_failed(&self) {
        self.failed.store(true, SeqCst);
    }
}

impl Shared {
    /// Looks whether the store's files are still there. That they are not, and that they are again, is told once.
    pub(crate) fn store_is_intact(&self) -> Result<(), StoreError> {
        let looked = self.store.intact();
        let gone = looked.is_err();
        if self.health.gone.swap(gone, SeqCst) != gone {
            match &looked {
                Err(e) => tracing::error!(error = %e, "THE STORE'S FILES ARE GONE: nothing is written"),
                Ok(()) => tracing::warn!("the store's files are there again"),
            }
        }
        looked
    }

    /// Whether a commit would work: the files are there, and the last commit worked, or else writing works again.
    pub(crate) fn try_writing(&self) -> Result<(), StoreError> {
        self.store_is_intact()?;
        if self.health.failed.load(SeqCst) {
            self.store.set_meta(TRIAL, &"-".repeat(TRIAL_BYTES))?;
            self.store.set_meta(TRIAL, "")?;
            self.health.commit_worked();
            tracing::info!("writing works again");
        }
        Ok(())
    }
}

impl Engine {
    /// Whether the engine can write: the writer answers, and says that the store's files are there and that the last
    /// commit worked. If it did not, it is tried whether writing works now.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let (answer, ready) = oneshot::channel();
        self.queue.send(Message::Probe(answer)).map_err(|_: EngineError| NotReady::Writer)?;
        match tokio::time::timeout(PATIENCE, ready).await {
            Ok(Ok(tried)) => Ok(tried?),
            Ok(Err(_)) => Err(NotReady::Writer),
            Err(_) => Err(NotReady::Silent),
        }
    }
}
