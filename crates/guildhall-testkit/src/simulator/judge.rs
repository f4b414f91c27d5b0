//! Commands: one at a time or several at once, and whether what came of them is right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use guildhall_core::call::caller::Caller;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::services::organizations;
use guildhall_core::state::mail::Mail;
use guildhall_core::{Mode, Owner, Refusal, Reply};
use guildhall_engine::{Engine, EngineError};
use guildhall_store::memory::InjectedFault;
use guildhall_store::{Batch, JournalRow, MailState};
use serde_json::Value;
use tokio::sync::mpsc::unbounded_channel;

use super::World;
use super::commands::SimulatedCall;
use super::model::Decision;
use super::store::{AtGate, Attempt, CommitOutcome};
use crate::derived::derived;

/// Conflicts in a row after which an engine gives up.
const CONFLICTS: usize = 6;
/// Lists that wait to be gone on with.
const PAGES: usize = 8;

type Answer = Result<Reply, Refusal>;

/// A command on its way.
struct Run {
    node: usize,
    call: SimulatedCall,
    request: String,
}

/// What several commands at once tell.
enum Event {
    Came,
    Answered(usize, Answer),
}

async fn run(engine: Engine, call: SimulatedCall, request: String) -> Answer {
    let answer = match call.caller {
        Some(caller) => engine.run(caller, &request, call.command).await,
        None => engine.run_as("operator", &request, call.command).await,
    };
    answer.map_err(|fault| match fault {
        EngineError::Refused(failure) => failure,
        EngineError::Unavailable => panic!("the engine does not work any more"),
    })
}

impl World {
    /// How the commits of the next command fail.
    pub(super) fn faults(&mut self) -> Vec<InjectedFault> {
        match self.rng.below(200) {
            n if n < 20 => vec![InjectedFault::Conflict; 1 + n / 15],
            n if n < 30 => vec![InjectedFault::Refused],
            n if n < 45 => vec![InjectedFault::AnswerLost],
            n if n < 48 => vec![InjectedFault::Conflict, InjectedFault::AnswerLost],
            48 if self.rng.percent(20) => vec![InjectedFault::Conflict; CONFLICTS],
            _ => Vec::new(),
        }
    }

    fn prepare(&mut self, node: usize, call: SimulatedCall, faults: &[InjectedFault]) -> Run {
        self.requests += 1;
        let request = format!("request-{}", self.requests);
        self.start.shared.fail(node, faults.iter().copied());
        self.nodes[node].take_seeds();
        Run { node, call, request }
    }

    /// Runs one command on one engine.
    pub(super) fn command(&mut self, node: usize, call: SimulatedCall, faults: &[InjectedFault]) {
        let prepared = self.prepare(node, call, faults);
        let engine = self.nodes[node].engine.clone();
        let (call, request) = (prepared.call.clone(), prepared.request.clone());
        let answer = self.wait(run(engine, call, request));
        self.judge(prepared, answer);
    }

    /// Runs a command on every engine at once. All decide on the same state; then they commit one by one.
    pub(super) fn at_once(&mut self) {
        let mut runs = BTreeMap::new();
        for node in 0..self.nodes.len() {
            if self.rng.percent(20) {
                self.refresh(node);
            }
            let (call, faults) = (self.draw(node), self.faults());
            runs.insert(node, self.prepare(node, call, &faults));
        }
        let mut order: Vec<usize> = runs.keys().copied().collect();
        self.rng.shuffle(&mut order);
        let (events, mut coming) = unbounded_channel();
        let (arrivals, mut arriving) = unbounded_channel();
        let shared = Arc::clone(&self.start.shared);
        shared.close_gate(arrivals);
        let _running = self.driver.enter();
        for (node, prepared) in &runs {
            let (node, engine, events) = (*node, self.nodes[*node].engine.clone(), events.clone());
            let (call, request) = (prepared.call.clone(), prepared.request.clone());
            tokio::spawn(async move {
                let answer = run(engine, call, request).await;
                let _ = events.send(Event::Answered(node, answer));
            });
        }
        tokio::spawn(async move {
            while let Some(AtGate) = arriving.recv().await {
                let _ = events.send(Event::Came);
            }
        });
        let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
        let mut away = runs.len();
        while away > 0 {
            match self.wait(coming.recv()).expect("a command is lost") {
                Event::Came => {}
                Event::Answered(node, answer) => drop(answers.insert(node, answer)),
            }
            away -= 1;
        }
        // Who needs no commit has decided on the state before all commits.
        for (node, answer) in std::mem::take(&mut answers) {
            self.judge(runs.remove(&node).unwrap(), answer);
            order.retain(|n| *n != node);
        }
        for node in order {
            shared.give_turn(node);
            let Some(Event::Answered(n, answer)) = self.wait(coming.recv()) else {
                panic!("two commit at once")
            };
            assert_eq!(n, node, "another one answers");
            self.judge(runs.remove(&node).unwrap(), answer);
        }
        shared.open_gate();
        *self.summary.events.entry("steps with several at once").or_default() += 1;
    }

    /// Whether a command did what it should.
    fn judge(&mut self, run: Run, answer: Answer) {
        let node = run.node;
        let attempts = self.start.shared.take_attempts(node);
        self.note_run(&run, &answer, &attempts);
        let committed = self.learn(node, &attempts);
        let seeds = self.nodes[node].take_seeds();
        let random = run.call.command.mode() != Mode::Read;
        assert_eq!(seeds.len(), usize::from(random), "how many seeds were drawn");
        let seed = seeds.first().copied().unwrap_or_default();
        let now = self.nodes[node].now();
        let caller = run.call.caller.as_ref().unwrap_or(&Caller::NOBODY);
        let expected = self.model.decide_all(now, caller, &*run.call.command, seed);
        match (committed, attempts.last()) {
            (Some(batch), Some(last)) => {
                self.check_batch(&run, batch, &expected);
                if matches!(last.outcome, CommitOutcome::AnswerLost) {
                    assert_eq!(answer, Err(Refusal::Internal), "the answer is lost");
                    self.write(node, &expected);
                    if self.rng.percent(50) {
                        self.crash(node);
                    }
                } else {
                    assert_answer(&answer, &expected.answer);
                    self.write(node, &expected);
                    self.check_memory(node, &expected);
                    self.keep_page(&run.call, &answer);
                }
            }
            (_, Some(Attempt { outcome: CommitOutcome::Refused, fault, .. })) => {
                assert_eq!(*fault, Some(InjectedFault::Refused), "the store refuses what makes no sense");
                assert_eq!(answer, Err(Refusal::Internal), "the commit is refused");
            }
            (_, Some(_)) if answer == Err(Refusal::ConcurrentModification) => {
                let injected = attempts.iter().filter(|a| a.fault == Some(InjectedFault::Conflict)).count();
                assert_eq!((attempts.len(), injected), (CONFLICTS, CONFLICTS), "it gives up too early");
            }
            _ => self.judge_uncommitted(run, &answer, &expected),
        }
    }

    /// Nothing came to the store: the answer is that of a reading command, or of one that was refused before it read.
    /// When engines learn of each other's writes, an old memory is no excuse any more, and this gets simpler.
    fn judge_uncommitted(&mut self, run: Run, answer: &Answer, expected: &Decision) {
        let node = run.node;
        let right = *answer == expected.answer && expected.changes.is_empty();
        if right {
            self.keep_page(&run.call, answer);
            return;
        }
        let reads = run.call.command.mode() != Mode::Write;
        let old = reads && expected.reads.iter().any(|(owner, _)| self.nodes[node].stale.contains(owner));
        if !old {
            assert_answer(answer, &expected.answer);
            panic!("{} answers and does not write what it should", run.call.name);
        }
        *self.summary.events.entry("answers from an old memory").or_default() += 1;
        if self.start.shared.is_gated() {
            return;
        }
        self.refresh(node);
        self.command(node, run.call, &[]);
    }

    /// What an engine learned from the ends of its commits, and what was written.
    fn learn<'a>(&mut self, node: usize, attempts: &'a [Attempt]) -> Option<&'a Batch> {
        let mut written = None;
        for Attempt { batch, outcome, .. } in attempts {
            assert!(written.is_none(), "a command commits twice");
            let stale = &mut self.nodes[node].stale;
            match outcome {
                CommitOutcome::Conflict(owners) => {
                    stale.retain(|owner| !owners.contains(owner));
                    *self.summary.events.entry("conflicts").or_default() += 1;
                }
                CommitOutcome::Written | CommitOutcome::AnswerLost | CommitOutcome::Refused => {
                    stale.retain(|owner| !batch.reads.iter().any(|(read, _)| read == owner));
                }
            }
            if matches!(outcome, CommitOutcome::Written | CommitOutcome::AnswerLost) {
                written = Some(batch);
            }
        }
        written
    }

    /// Whether a commit is what the command had to write, and checks all that it read.
    fn check_batch(&self, run: &Run, batch: &Batch, expected: &Decision) {
        let name = run.call.name;
        let reads: BTreeSet<_> = batch.reads.iter().cloned().collect();
        assert_eq!(reads, expected.reads, "which versions {name} checks");
        let writes: BTreeSet<Owner> = batch.writes.iter().map(|(owner, _)| owner.clone()).collect();
        assert_eq!(writes, expected.writes(), "which owners {name} writes");
        let mails: Vec<&Mail> = batch.mails.iter().map(|m| &m.mail).collect();
        let sent = expected.steps().flat_map(|changes| &changes.mails);
        assert!(mails.into_iter().eq(sent), "which mails {name} sends");
        assert!(batch.mails.iter().all(|m| m.state == MailState::Pending), "mails that wait");
        batch.mails.iter().for_each(|m| self.transport.sent(&m.id, &m.mail));
        let rows: Vec<_> =
            batch.journal.iter().map(|row| (row.op.clone(), &*row.request_id, row.at)).collect();
        let now = self.nodes[run.node].now();
        // What writes nothing was checked all the same, and has no row.
        let row =
            (!expected.changes.items.is_empty()).then(|| (run.call.command.full_name(), &*run.request, now));
        let timers = expected.then.iter().filter(|(_, changes)| !changes.items.is_empty());
        let wanted: Vec<_> =
            row.into_iter().chain(timers.map(|(name, _)| ((*name).into(), "", now))).collect();
        assert_eq!(rows, wanted, "the row in the journal");
        let personal = |row: &JournalRow| matches!(row.owner, Owner::Address(_));
        assert!(!batch.journal.iter().any(personal), "the journal names an address");
    }

    /// The model does what was committed, and is compared with the store.
    fn write(&mut self, node: usize, expected: &Decision) {
        if expected.changes.is_empty() {
            return;
        }
        expected.steps().for_each(|changes| self.model.apply(changes));
        self.compare(node, &expected.writes());
    }

    /// What the engine that wrote an organization knows of it without looking is what it would know after a restart.
    fn check_memory(&self, node: usize, expected: &Decision) {
        let (engine, nobody) = (&self.nodes[node].engine, AccountId::NOBODY);
        let now = self.nodes[node].now();
        for owner in expected.writes() {
            let Owner::Org(id) = owner else { continue };
            let live = engine.read(nobody, |_, view| Ok(view.org(id)?.map(|(org, _)| derived(org, now))));
            let (live, loaded) = (self.wait(live).unwrap(), self.model.org(id).map(|org| derived(org, now)));
            assert_eq!(live, loaded, "what the engine knows of {id} in memory, and of what it loads");
        }
    }

    /// Compares the store with the model after `node` wrote.
    pub(super) fn compare(&mut self, node: usize, written: &BTreeSet<Owner>) {
        for (n, other) in self.nodes.iter_mut().enumerate() {
            if n != node {
                other.stale.extend(written.iter().cloned());
            }
        }
        self.written = true;
        self.model.compare(self.start.shared.store(), written);
    }

    /// Keeps the way to the next page.
    fn keep_page(&mut self, call: &SimulatedCall, answer: &Answer) {
        let (Ok(reply), true) = (answer, call.name.starts_with("List")) else { return };
        let answer: Value = serde_json::from_slice(reply).unwrap();
        // IAM's lists go on by a name of their own.
        let mut tokens = ["NextToken", "Marker"].into_iter();
        let Some((member, token)) = tokens.find_map(|member| Some((member, answer.get(member)?))) else {
            return;
        };
        let mut input = call.input.clone();
        input[member] = token.clone();
        self.pages.truncate(PAGES);
        self.pages.push(call.again(input));
    }

    fn note_run(&mut self, run: &Run, answer: &Answer, attempts: &[Attempt]) {
        let caller = run.call.caller.as_ref().map_or("operator".to_owned(), ToString::to_string);
        let ends: Vec<String> = attempts
            .iter()
            .map(|a| match &a.outcome {
                CommitOutcome::Conflict(owners) => format!("conflict over {}", owners.len()),
                other => format!("{other:?}"),
            })
            .collect();
        let result = match answer {
            Ok(reply) => String::from_utf8_lossy(reply).into_owned(),
            Err(failure) => format!("{failure:?}"),
        };
        let (node, name, input) = (run.node, run.call.name, &run.call.input);
        self.note(&format!("engine {node}: {caller} {name} {input} {ends:?} -> {result}"), "commands");
        let counts = self.summary.commands.entry(name).or_default();
        match answer {
            Ok(_) => counts.0 += 1,
            Err(failure) => {
                counts.1 += 1;
                let told = match failure {
                    Refusal::Own(error) => error.answer(),
                    refusal => organizations::errors::error_answer(refusal),
                };
                let refusal = [told.code.unwrap_or_default(), " ", &told.reason.unwrap_or_default()].concat();
                *self.summary.outcomes.entry(refusal).or_default() += 1;
            }
        }
    }
}

/// Answers are compared as text, so that a difference can be read.
fn assert_answer(answer: &Answer, expected: &Answer) {
    let text = |answer: &Answer| match answer {
        Ok(reply) => format!("Ok {}", String::from_utf8_lossy(reply)),
        Err(failure) => format!("Err {failure:?}"),
    };
    assert_eq!(text(answer), text(expected), "the answer");
}
