//! The way to the writer: what is sent to it, and what comes back.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError};

use guildhall_core::call::caller::Caller;
use guildhall_core::{Command, Origin, Owner, Refusal, Reply, Timestamp, Work};
use guildhall_store::{Store, StoreError};
use tokio::sync::oneshot;

use crate::writer::Writer;
use crate::{EngineError, Shared};

/// Commands that may wait; more are refused as too many requests.
const QUEUE: usize = 4_096;

/// A command on its way.
pub(crate) struct Job {
    pub(crate) command: Arc<dyn Command>,
    pub(crate) caller: Caller,
    pub(crate) origin: Origin,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) seed: [u8; 32],
    /// What the journal keeps of the command's input. Serialised before it is sent, because there is only one writer.
    pub(crate) parameters: String,
    /// The instant to run at; business time otherwise.
    pub(crate) at: Option<Timestamp>,
    pub(crate) answer: oneshot::Sender<JobResult>,
}

/// What comes back from the writer.
pub(crate) enum JobResult {
    /// It is done, and on disk.
    Done(Result<Reply, EngineError>),
    /// The commit failed, as far as the store can tell.
    NotWritten,
    /// These owners have to be loaded first, which may take long and is done beside the writer; then the command is
    /// sent again.
    Load(Vec<Owner>),
    /// This has to be done first, beside the writer; then the command is sent again.
    Work(Work),
}

/// Why a write has no reply.
pub(crate) enum JobError {
    /// It is refused, or could not be tried.
    Engine(EngineError),
    /// The commit failed, as far as the store can tell.
    NotWritten,
}

impl From<EngineError> for JobError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<JobError> for EngineError {
    fn from(failed: JobError) -> Self {
        match failed {
            JobError::Engine(error) => error,
            JobError::NotWritten => INTERNAL,
        }
    }
}

/// Something of ours failed; the log says what.
pub(crate) const INTERNAL: EngineError = EngineError::Refused(Refusal::Internal);

/// Work on the whole store while nothing else does.
pub(crate) type Maintenance = Box<dyn FnOnce(&dyn Store) -> Result<(), StoreError> + Send>;

pub(crate) enum Message {
    Run(Box<Job>),
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
        let writer = Writer::new(shared);
        let thread =
            std::thread::Builder::new().name("writer".into()).spawn(move || writer.run(&receiver))?;
        Ok(Self { sender, thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Sends a message; refuses when too many wait.
    pub(crate) fn send(&self, message: Message) -> Result<(), EngineError> {
        self.sender.try_send(message).map_err(|e| match e {
            TrySendError::Full(_) => EngineError::Refused(Refusal::TooManyRequests),
            TrySendError::Disconnected(_) => EngineError::Unavailable,
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
