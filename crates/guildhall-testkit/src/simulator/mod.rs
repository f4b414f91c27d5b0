//! Random commands on several engines over one store, with conflicts, crashes between commit and answer, clock jumps
//! and mails that fail. A world is played from a seed, and again exactly the same from the same seed.
//!
//! The engines are the real ones, with their threads; what makes them repeatable is that nothing happens by itself
//! (`node`), and that of several commands that run at once all come to their commit before the first is let through,
//! in an order that the seed gives (`store`). Beside the engines runs a model: the pure product, one command after
//! the other in the order of their commits (`model`). After every step
//!
//! - no invariant of `guildhall check` is violated;
//! - a commit holds exactly what the command has to change on the state before it, and its version checks cover all
//!   that it read; the store then holds what the model holds;
//! - an answer is the model's, byte by byte. An engine that may remember what others have changed since may read
//!   wrongly, because there is no feed of changes yet: it has to be right after it looked again;
//! - a command without an acknowledged commit changed nothing, unless just the answer was lost;
//! - mails are those of the commits, and each is delivered under its one id, or given up for a reason.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use guildhall_core::call::page::PageKey;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::kernel::time::{DAY, HOUR};
use guildhall_core::state::limits::Limits;
use guildhall_core::{Settings, Timestamp};
use guildhall_store::Store;
use tokio::runtime::{Builder, Runtime};

pub mod clock;
mod commands;
mod draw;
mod identity;
mod judge;
mod mails;
mod model;
mod node;
mod policies;
mod rng;
mod store;
mod table;

use crate::world::BEGINNING;
pub use clock::month_start;
use commands::{SimulatedCall, lines};
use draw::Draw;
use mails::Unreliable;
use model::Model;
use node::{Node, Start};
use rng::Rng;
use store::Shared;

/// Steps in one world; then another one begins. A failure is among these, so a world is short.
pub const STEPS: usize = 300;
/// What a failure shows of what went before it.
const SHOWN: usize = 25;
/// How long an engine may take: it hangs, and this is a failure like others.
const PATIENCE: Duration = Duration::from_secs(60);
/// The key of page tokens in every world.
const PAGE_KEY: [u8; 32] = [7; 32];

/// What happened in one world or several.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// A digest of all that happened, answers included.
    pub trace: u64,
    /// Steps.
    pub steps: usize,
    /// How often each command was done, and how often refused.
    pub commands: BTreeMap<&'static str, (usize, usize)>,
    /// How often each refusal came, and how often what took more than one command ended how.
    pub outcomes: BTreeMap<String, usize>,
    /// How often other things happened.
    pub events: BTreeMap<&'static str, usize>,
}

impl Summary {
    /// Puts another one's counts to these.
    pub fn add(&mut self, other: Self) {
        self.trace ^= other.trace;
        self.steps += other.steps;
        for (name, (done, refused)) in other.commands {
            let sum = self.commands.entry(name).or_default();
            *sum = (sum.0 + done, sum.1 + refused);
        }
        for (name, count) in other.outcomes {
            *self.outcomes.entry(name).or_default() += count;
        }
        for (name, count) in other.events {
            *self.events.entry(name).or_default() += count;
        }
    }
}

/// The names of the commands that worlds see.
pub fn simulated() -> impl Iterator<Item = &'static str> {
    lines().map(|line| line.name)
}

/// Plays one world. Panics with the seed and the last steps when something is wrong.
pub fn play(seed: u64, steps: usize) -> Summary {
    let mut world = World::new(seed);
    let played = catch_unwind(AssertUnwindSafe(|| world.play(steps)));
    match played {
        Ok(()) => world.summary,
        Err(cause) => {
            let (step, last) = (world.summary.steps, Vec::from(std::mem::take(&mut world.last)).join("\n"));
            // What hangs on the gate is let go, so that its threads end.
            world.start.shared.open_gate();
            panic!(
                "world {seed} fails in step {step}:\n{}\n\nthe last steps:\n{last}\n\nto play it again: \
                 GUILDHALL_SIM_SEED={seed} cargo test -p guildhall-testkit --test simulator\n",
                message(&*cause)
            );
        }
    }
}

fn message(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or(cause.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}

struct World {
    rng: Rng,
    driver: Runtime,
    start: Start,
    transport: Arc<Unreliable>,
    nodes: Vec<Node>,
    model: Model,
    /// The one engine whose clock has moved while timers could not run; until they have, only it works.
    late: Option<usize>,
    /// The next pages of lists that were not shown whole.
    pages: Vec<SimulatedCall>,
    requests: u64,
    /// Something was written in this step.
    written: bool,
    last: VecDeque<String>,
    summary: Summary,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let nodes = 2 + rng.below(2);
        let shared = Shared::new(nodes, BEGINNING);
        let store = shared.store();
        let clock = serde_json::json!({"offset": 0, "frozen": BEGINNING});
        store.set_meta("clock", &clock.to_string()).unwrap();
        store.set_meta("page_key", &serde_json::to_string(&PAGE_KEY).unwrap()).unwrap();
        // A lab's creations and closings take no time; with time, others come between.
        let slow = Limits { creation_millis: 200, closure_millis: 200, ..Limits::lab() };
        let limits = match rng.below(4) {
            0 => Limits { accounts: 8, inbound_transfers: 2, ..Limits::aws() },
            1 => Limits {
                accounts: 6,
                invitations_per_day: 10,
                all_features_accounts: 4,
                creations_at_once: 2,
                closures_at_once: 1,
                closures_per_30_days: 1,
                units: 4,
                unit_depth: 2,
                tags: 3,
                inbound_transfers: 1,
                users: 3,
                groups: 1,
                roles: 4,
                groups_per_user: 1,
                instance_profiles: 1,
                customer_managed_policies: 1,
                policies_per_user: 1,
                policies_per_group: 1,
                policies_per_role: 1,
                ..slow
            },
            2 => Limits { transfer_levels: 3, outbound_transfers: 2, ..slow },
            _ => Limits::lab(),
        };
        let lab_accounts = rng.percent(50);
        let transport = Arc::new(Unreliable::new(Arc::clone(&shared), Rng::new(rng.next())));
        let start =
            Start { shared, transport: Arc::clone(&transport) as _, limits: limits.clone(), lab_accounts };
        let settings = Settings {
            limits,
            lab_accounts,
            strict: false,
            services: Arc::default(),
            page_key: PageKey::new(PAGE_KEY),
            keyring: Arc::new(Keyring::new([7; 32])),
        };
        let nodes = (0..nodes).map(|n| Node::start(n, &start, Rng::new(rng.next()))).collect();
        Self {
            rng,
            driver: Builder::new_current_thread().enable_time().build().unwrap(),
            start,
            transport,
            nodes,
            model: Model::new(settings),
            late: None,
            pages: Vec::new(),
            requests: 0,
            written: false,
            last: VecDeque::new(),
            summary: Summary::default(),
        }
    }

    fn play(&mut self, steps: usize) {
        for call in Draw::beginning() {
            self.command(0, call, &[]);
        }
        while self.summary.steps < steps {
            self.summary.steps += 1;
            self.step();
            // What was not written is as it was.
            if std::mem::take(&mut self.written) {
                self.check();
            }
        }
        self.end();
    }

    fn check(&self) {
        let wrong = self.model.violations();
        assert!(wrong.is_empty(), "invariants:\n{}", wrong.join("\n"));
    }

    fn step(&mut self) {
        let late = self.late;
        match self.rng.below(100) {
            n if n < 8 || (n < 30 && late.is_some()) => self.jump(),
            n if n < 12 => self.deliver(),
            n if n < 14 => {
                let node = self.rng.below(self.nodes.len());
                self.crash(node);
            }
            n if n < 28 && late.is_none() => self.at_once(),
            _ => {
                let node = late.unwrap_or_else(|| self.rng.below(self.nodes.len()));
                if self.rng.percent(20) {
                    self.refresh(node);
                }
                let call = self.draw(node);
                let faults = self.faults();
                self.command(node, call, &faults);
            }
        }
    }

    fn draw(&mut self, node: usize) -> SimulatedCall {
        if !self.pages.is_empty() && self.rng.percent(30) {
            let n = self.rng.below(self.pages.len());
            return self.pages.swap_remove(n);
        }
        let now = self.nodes[node].now();
        Draw { rng: &mut self.rng, model: &self.model, now }.call()
    }

    /// Makes an engine forget what it remembers.
    fn refresh(&mut self, node: usize) {
        let engine = self.nodes[node].engine.clone();
        self.wait(engine.with_exclusive_store(|_| Ok(()))).unwrap();
        self.nodes[node].stale.clear();
    }

    /// Waits for an engine, and does not wait for ever.
    fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        let waited = self.driver.block_on(async { tokio::time::timeout(PATIENCE, what).await });
        waited.expect("an engine does not answer")
    }

    /// A process dies, and another one begins over the same store, at the time of whoever is ahead.
    fn crash(&mut self, node: usize) {
        self.note(&format!("engine {node} dies"), "crashes");
        let now = self.now();
        self.nodes[node].die();
        self.nodes[node] = Node::start(node, &self.start, Rng::new(self.rng.next()));
        let again = self.nodes[node].now();
        assert_eq!(again, now, "business time after a restart");
    }

    /// Mails are tried by one engine, a few of them.
    fn deliver(&mut self) {
        let node = self.rng.below(self.nodes.len());
        self.start.shared.advance_wall(1_000 * i64::try_from(self.rng.below(120)).unwrap());
        for _ in 0..1 + self.rng.below(5) {
            let there = self.deliver_one(node);
            self.note(&format!("engine {node} delivers: {there}"), "deliveries");
            if self.transport.died() {
                self.crash(node);
                return;
            }
            if !there {
                return;
            }
        }
    }

    fn deliver_one(&self, node: usize) -> bool {
        let shared = Arc::clone(&self.start.shared);
        let wall = move || shared.wall();
        let engine = &self.nodes[node].engine;
        // A process that dies cannot write down how it ended.
        engine.deliver_one(&*self.transport, mails::RETRY, &wall).unwrap_or(true)
    }

    /// The end of a world: nothing fails any more, all timers run, all mails go out, and the store is whole.
    fn end(&mut self) {
        let target = self.now().plus(400 * DAY);
        for node in 0..self.nodes.len() {
            self.advance(node, target, None);
        }
        self.transport.become_reliable();
        // Whatever is in the hands of somebody dead is let go.
        self.start.shared.advance_wall(HOUR);
        let tries = (0..10_000).take_while(|_| self.deliver_one(0)).count();
        assert!(tries < 10_000, "the outbox never gets empty");
        let shared = Arc::clone(&self.start.shared);
        for (outcome, count) in &self.model.outcomes {
            *self.summary.outcomes.entry(outcome.clone()).or_default() += count;
        }
        let mails = self.transport.check_end(shared.store());
        *self.summary.events.entry("mails").or_default() += mails;
        self.model.compare_all(shared.store());
        self.check();
        assert_eq!(self.model.next_due(), None, "a timer is left after a year");
    }

    /// Business time: that of the engine that is ahead.
    fn now(&self) -> Timestamp {
        self.nodes.iter().map(Node::now).max().unwrap()
    }

    /// Notes what happens: for the digest, for a failure's message, and for the counts.
    fn note(&mut self, what: &str, event: &'static str) {
        for b in what.bytes() {
            self.summary.trace = (self.summary.trace ^ u64::from(b)).wrapping_mul(0x100_0000_01b3);
        }
        *self.summary.events.entry(event).or_default() += 1;
        if self.last.len() == SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(format!("{:>4} {what}", self.summary.steps));
    }
}

/// Which owners are written.
type Written = BTreeSet<guildhall_core::Owner>;
