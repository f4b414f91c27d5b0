//! The one store below all engines. It writes down every commit, fails when it is told to, lets commits in one at a
//! time when several commands run at once, and keeps the wall time of mails, so that a world can be played again.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use guildhall_core::state::item::ItemKey;
use guildhall_core::{Owner, Timer, Timestamp};
use guildhall_store::memory::{InjectedFault, MemoryStore};
use guildhall_store::{
    Admit, Batch, JournalRow, MailCounts, MailFilter, MailState, Named, OutboxMail, Prepared, Prune, Rewrite,
    Scratch, Store, StoreError, Stored,
};
use tokio::sync::mpsc::UnboundedSender;

/// How a commit ended.
#[derive(Debug)]
pub(super) enum CommitOutcome {
    /// Written, and the engine knows.
    Written,
    /// Written, and the engine was told of an error.
    AnswerLost,
    /// Not written.
    Refused,
    /// Not written, because these owners have changed, or are said to have.
    Conflict(Vec<Owner>),
}

/// A commit that an engine tried.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) batch: Batch,
    pub(super) outcome: CommitOutcome,
    /// The fault that it met.
    pub(super) fault: Option<InjectedFault>,
}

/// What engines that run at once tell: an engine has come to its commit.
pub(super) struct AtGate;

struct Gate {
    arrivals: UnboundedSender<AtGate>,
    arrived: BTreeSet<usize>,
    turn: Option<usize>,
}

struct State {
    /// How the next commits of each node fail.
    faults: Vec<VecDeque<InjectedFault>>,
    /// How every commit fails.
    outage: Option<InjectedFault>,
    attempts: Vec<(usize, Attempt)>,
    gate: Option<Gate>,
    wall: Timestamp,
    settle_fails: bool,
}

/// The store, and how it behaves.
pub(super) struct Shared {
    store: MemoryStore,
    state: Mutex<State>,
    turn: Condvar,
}

impl Shared {
    pub(super) fn new(nodes: usize, wall: Timestamp) -> Arc<Self> {
        let state = State {
            faults: vec![VecDeque::new(); nodes],
            outage: None,
            attempts: Vec::new(),
            gate: None,
            wall,
            settle_fails: false,
        };
        Arc::new(Self { store: MemoryStore::new(), state: Mutex::new(state), turn: Condvar::new() })
    }

    /// The store as nobody disturbs it.
    pub(super) fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes the next commits of a node fail.
    pub(super) fn fail(&self, node: usize, faults: impl IntoIterator<Item = InjectedFault>) {
        self.state().faults[node] = faults.into_iter().collect();
    }

    /// Makes every commit fail, or none any more.
    pub(super) fn outage(&self, fault: Option<InjectedFault>) {
        self.state().outage = fault;
    }

    /// The commits that a node tried since this was last asked. Faults that were not used are forgotten.
    pub(super) fn take_attempts(&self, node: usize) -> Vec<Attempt> {
        let mut state = self.state();
        state.faults[node].clear();
        let (taken, kept) = std::mem::take(&mut state.attempts).into_iter().partition(|(n, _)| *n == node);
        state.attempts = kept;
        let taken: Vec<(usize, Attempt)> = taken;
        taken.into_iter().map(|(_, attempt)| attempt).collect()
    }

    /// Keeps every commit waiting for its node's turn.
    pub(super) fn close_gate(&self, arrivals: UnboundedSender<AtGate>) {
        self.state().gate = Some(Gate { arrivals, arrived: BTreeSet::new(), turn: None });
    }

    /// Lets one node commit.
    pub(super) fn give_turn(&self, node: usize) {
        if let Some(gate) = &mut self.state().gate {
            gate.turn = Some(node);
        }
        self.turn.notify_all();
    }

    /// Whether commits wait for their turn.
    pub(super) fn is_gated(&self) -> bool {
        self.state().gate.is_some()
    }

    /// Lets everybody commit again.
    pub(super) fn open_gate(&self) {
        self.state().gate = None;
        self.turn.notify_all();
    }

    /// Wall time, for mails.
    pub(super) fn wall(&self) -> Timestamp {
        self.state().wall
    }

    pub(super) fn advance_wall(&self, millis: i64) {
        let mut state = self.state();
        state.wall = state.wall.plus(millis);
    }

    /// The process dies before it writes down how the next delivery ended.
    pub(super) fn lose_settlement(&self) {
        self.state().settle_fails = true;
    }
}

/// The store as one node has it.
pub(super) struct NodeStore {
    pub(super) node: usize,
    pub(super) shared: Arc<Shared>,
    /// A process that died writes nothing more, though its threads may take a while to end here.
    pub(super) dead: Arc<AtomicBool>,
}

impl NodeStore {
    fn wait_for_turn(&self) -> MutexGuard<'_, State> {
        let mut state = self.shared.state();
        loop {
            let Some(gate) = &mut state.gate else { return state };
            if gate.turn == Some(self.node) {
                return state;
            }
            if gate.arrived.insert(self.node) {
                gate.arrivals.send(AtGate).unwrap();
            }
            state = self.shared.turn.wait(state).unwrap();
        }
    }
}

impl Store for NodeStore {
    fn load(&self, owner: &Owner) -> Result<Stored, StoreError> {
        self.shared.store.load(owner)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut state = self.wait_for_turn();
        let fault = state.outage.or_else(|| state.faults[self.node].pop_front());
        let mut batch = batch.clone();
        for mail in &mut batch.mails {
            (mail.due, mail.queued) = (state.wall, state.wall);
        }
        if let Some(fault) = fault {
            self.shared.store.inject(fault);
        }
        let result = self.shared.store.commit(&batch);
        let outcome = match (&result, fault) {
            (Ok(()), _) => CommitOutcome::Written,
            (Err(StoreError::Conflict(owners)), _) => CommitOutcome::Conflict(owners.clone()),
            (Err(_), Some(InjectedFault::AnswerLost)) => CommitOutcome::AnswerLost,
            (Err(_), Some(InjectedFault::Refused)) => CommitOutcome::Refused,
            // The store refuses what makes no sense; the engine's answer will not be what is expected.
            (Err(_), _) => CommitOutcome::Refused,
        };
        state.attempts.push((self.node, Attempt { batch, outcome, fault }));
        result
    }

    fn exclusive(&self) -> bool {
        self.shared.store.exclusive()
    }

    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError> {
        self.shared.store.owners(prefix, after, limit)
    }

    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.shared.store.timers(until, limit)
    }

    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.shared.store.timers_of(prefix, after, limit)
    }

    fn holder(&self, prefix: &str, item: &ItemKey, at_most: usize) -> Result<Option<Owner>, StoreError> {
        self.shared.store.holder(prefix, item, at_most)
    }

    fn lease(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxMail>, StoreError> {
        self.shared.store.lease(now, lease_until, limit)
    }

    fn settle(&self, mail: &OutboxMail) -> Result<(), StoreError> {
        if std::mem::take(&mut self.shared.state().settle_fails) {
            return Err(StoreError::Database("the process died".to_owned()));
        }
        assert_ne!((mail.state, mail.attempts), (MailState::Delivered, 0), "delivered without a try");
        self.shared.store.settle(mail)
    }

    fn retry_mail(&self, id: &str, now: Timestamp) -> Result<Option<OutboxMail>, StoreError> {
        self.shared.store.retry_mail(id, now)
    }

    fn retry_failed(&self, now: Timestamp, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.shared.store.retry_failed(now, after, limit)
    }

    fn mail_counts(&self) -> MailCounts {
        self.shared.store.mail_counts()
    }

    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
        self.shared.store.mails(filter)
    }

    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError> {
        self.shared.store.mail(id)
    }

    fn clear_mails(&self) -> Result<(), StoreError> {
        self.shared.store.clear_mails()
    }

    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.shared.store.meta(key)
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        if self.dead.load(SeqCst) {
            return Err(StoreError::Database("the process died".to_owned()));
        }
        if key == "trial" && self.shared.state().outage.is_some() {
            return Err(StoreError::Database("nothing can be written".to_owned()));
        }
        self.shared.store.set_meta(key, value)
    }

    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.shared.store.journal(limit)
    }

    fn prune(&self, what: &Prune) -> Result<bool, StoreError> {
        self.shared.store.prune(what)
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.shared.store.reset()
    }

    fn backup(&self, file: &Path, more: &Named) -> Result<(), StoreError> {
        self.shared.store.backup(file, more)
    }

    fn prepare(&self, file: &Path, rewrite: &mut dyn Rewrite) -> Result<Prepared, StoreError> {
        self.shared.store.prepare(file, rewrite)
    }

    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError> {
        self.shared.store.restore(prepared, admit)
    }

    fn scratch(&self) -> Result<Scratch, StoreError> {
        self.shared.store.scratch()
    }

    fn intact(&self) -> Result<(), StoreError> {
        self.shared.store.intact()
    }
}
