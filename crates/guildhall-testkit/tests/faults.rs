//! What does not work harms nobody else: a load that comes late, a timer that fails, a command that panics, a disk that
//! is full, files that are gone, a queue that is full.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::time::{DAY, SECOND};
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::state::limits::LimitOverrides;
use guildhall_core::{
    Command, ControlError, Cx, Mode, OrganizationsError, Owner, Refusal, Reply, Stop, Timestamp, View,
};
use guildhall_engine::{ClockMode, Config, Engine, EngineError, NotReady, SendError, Transport};
use guildhall_store::{MailCounts, MailFilter, OutboxMail, Store};
use guildhall_testkit::calls::{call, create, id, invite, journal, register, start, start_with, tag, tags};
use guildhall_testkit::faulty::FaultyStore;
use guildhall_testkit::machine::TestMachine;
use guildhall_testkit::sdk::engine_config;
use guildhall_testkit::world::BEGINNING;
use serde_json::json;

/// Forgets everything in memory.
async fn forget(engine: &Engine) {
    engine.with_exclusive_store(|_| Ok(())).await.unwrap();
}

/// A reader is about to load an organization, when it is written to and, if told so, forgotten. What the reader then
/// brings is old.
async fn a_late_load(evict: bool) {
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    tag(&engine, "111", "before").await.unwrap();
    forget(&engine).await;
    store.hold_next_load(&org);
    let reader = tokio::spawn({
        let engine = engine.clone();
        async move { tags(&engine, "111").await }
    });
    let waiting = Arc::clone(&store);
    tokio::task::spawn_blocking(move || waiting.wait_until_held()).await.unwrap();
    tag(&engine, "111", "after").await.unwrap();
    if evict {
        forget(&engine).await;
    }
    store.let_go();
    assert_eq!(reader.await.unwrap(), ["after", "before"]);
    assert_eq!(tags(&engine, "111").await, ["after", "before"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_comes_late_puts_nothing_older_over_what_was_written() {
    a_late_load(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_from_before_an_eviction_is_thrown_away() {
    a_late_load(true).await;
}

/// What is read stays in memory, however much else comes in: nobody looks for it in the store again.
#[tokio::test]
async fn what_readers_use_is_not_forgotten() {
    /// As many owners as a generation of what is in memory takes, none of which exists.
    const GENERATION: u64 = 200_001;
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    tag(&engine, "111", "one").await.unwrap();
    let flood = |from| {
        let numbers = from..from + GENERATION;
        numbers.map(|n| Owner::Account(AccountId::from_number(n).unwrap())).collect::<Vec<_>>()
    };
    engine.preload(flood(1)).await.unwrap();
    assert_eq!(tags(&engine, "111").await, ["one"]);
    engine.preload(flood(1 + GENERATION)).await.unwrap();
    store.damage([org]);
    assert_eq!(tags(&engine, "111").await, ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_with_too_many_requests() {
    const ROOM: usize = 4_096;
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    store.hold_commits();
    let first = tokio::spawn({
        let engine = engine.clone();
        async move { register(&engine, &["333"]).await }
    });
    let waiting = Arc::clone(&store);
    tokio::task::spawn_blocking(move || waiting.wait_until_held()).await.unwrap();
    let absent = || UpdateAccount { account: id("999"), input: serde_json::from_value(json!({})).unwrap() };
    let others: Vec<_> = (0..ROOM + 10)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.run_as("test", "", Arc::new(absent())).await.unwrap_err() })
        })
        .collect();
    let refused = Arc::new(AtomicUsize::new(0));
    let watched: Vec<_> = others
        .into_iter()
        .map(|other| {
            let refused = Arc::clone(&refused);
            tokio::spawn(async move {
                match other.await.unwrap() {
                    EngineError::Refused(Refusal::TooManyRequests) => {
                        refused.fetch_add(1, SeqCst);
                    }
                    EngineError::Refused(refusal) if refusal.own::<ControlError>().is_some() => {}
                    e => panic!("{e:?}"),
                }
            })
        })
        .collect();
    while refused.load(SeqCst) < 10 {
        assert!(!watched.iter().any(tokio::task::JoinHandle::is_finished) || refused.load(SeqCst) > 0);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(engine.ready().await, Err(NotReady::Writer)));
    store.let_go();
    first.await.unwrap();
    for other in watched {
        other.await.unwrap();
    }
    assert_eq!(refused.load(SeqCst), 10);
    engine.ready().await.unwrap();
}

/// A command that panics.
struct Panics(Mode);

impl Command for Panics {
    fn name(&self) -> &'static str {
        "Panics"
    }

    fn mode(&self) -> Mode {
        self.0
    }

    fn run(&self, _: &Cx<'_>, _: &mut View<'_>) -> Result<Reply, Stop> {
        panic!("injected: a command panics")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_one_callers_fault_and_the_next_command_runs() {
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    for (n, mode) in [Mode::Write, Mode::Read].into_iter().enumerate() {
        let refused = engine.run(id("111"), "request", Arc::new(Panics(mode))).await.unwrap_err();
        assert!(matches!(refused, EngineError::Refused(Refusal::Internal)), "{refused:?}");
        assert_eq!(engine.stats().panics.load(SeqCst), 1 + n as u64);
        engine.ready().await.unwrap();
        tag(&engine, "111", &format!("key{n}")).await.unwrap();
    }
    // One that panics does not touch those that are in the same commit.
    let writers: Vec<_> = (0..60)
        .map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move {
                if n % 3 == 0 {
                    engine.run(id("111"), "", Arc::new(Panics(Mode::Write))).await.unwrap_err();
                } else if n < 40 {
                    tag(&engine, "111", &format!("n{n}")).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let kept = (0..40).filter(|n| n % 3 != 0).count();
    let mut seen = 0;
    let mut input = json!({"ResourceId": id("111").to_string()});
    loop {
        let page = call(&engine, "111", "ListTagsForResource", input.clone()).await.unwrap();
        seen += page["Tags"].as_array().unwrap().len();
        let Some(token) = page.get("NextToken") else { break };
        input["NextToken"] = token.clone();
    }
    assert_eq!(seen, kept + 2);
}

#[tokio::test]
async fn a_panic_below_a_command_fails_those_that_wait_and_no_others() {
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    store.panic_once();
    assert_eq!(tag(&engine, "111", "open").await, Err(Refusal::Internal));
    // It was written all the same, as the next look finds out.
    assert_eq!(tags(&engine, "111").await, ["open"]);
    tag(&engine, "111", "kept").await.unwrap();
    let panicked = engine.with_exclusive_store(|_| panic!("injected: work panics")).await;
    assert!(panicked.unwrap_err().to_string().contains("panicked"));
    tag(&engine, "111", "more").await.unwrap();
    assert_eq!(tags(&engine, "111").await, ["kept", "more", "open"]);
}

#[tokio::test]
async fn ready_follows_the_last_commit() {
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    engine.ready().await.unwrap();
    store.fill_up(true);
    // Nobody has tried to write yet.
    engine.ready().await.unwrap();
    assert_eq!(tag(&engine, "111", "one").await, Err(Refusal::Internal));
    for _ in 0..2 {
        assert!(matches!(engine.ready().await, Err(NotReady::Store(_))));
    }
    assert!(tags(&engine, "111").await.is_empty(), "reading goes on");
    // Room again, and no command that would tell.
    store.fill_up(false);
    engine.ready().await.unwrap();
    tag(&engine, "111", "two").await.unwrap();
    // Or a command tells.
    store.fill_up(true);
    assert_eq!(tag(&engine, "111", "three").await, Err(Refusal::Internal));
    store.fill_up(false);
    tag(&engine, "111", "four").await.unwrap();
    engine.ready().await.unwrap();
    assert_eq!(tags(&engine, "111").await, ["four", "two"]);
    let stopping = engine.clone();
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
    assert!(matches!(engine.ready().await, Err(NotReady::Writer)));
}

/// What is written into a file that was removed is lost, though writing succeeds.
#[tokio::test]
async fn nothing_is_written_where_the_files_are_gone() {
    let store = Arc::new(FaultyStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    let before = journal(store.inner());
    store.take_away(true);
    assert_eq!(tag(&engine, "111", "lost").await, Err(Refusal::Internal));
    assert!(matches!(engine.ready().await, Err(NotReady::Store(_))));
    assert_eq!(journal(store.inner()), before);
    store.take_away(false);
    engine.ready().await.unwrap();
    tag(&engine, "111", "kept").await.unwrap();
    assert_eq!(tags(&engine, "111").await, ["kept"]);
}

/// A lab whose clock stands still until the test moves the machine's.
fn lab(machine: &Arc<TestMachine>) -> Config {
    Config { clock: ClockMode::Virtual(None), machine: Arc::clone(machine) as _, ..engine_config() }
}

async fn state(engine: &Engine, caller: &str, handshake: &str) -> String {
    let seen = call(engine, caller, "DescribeHandshake", json!({ "HandshakeId": handshake })).await.unwrap();
    seen["Handshake"]["State"].as_str().unwrap().to_owned()
}

/// Two organizations with an invitation each that expire at the same instant, and one of them gets a fault.
async fn one_bad_row(fault: impl Fn(&FaultyStore, Option<Owner>)) {
    let (store, machine) = (Arc::new(FaultyStore::new()), TestMachine::at(BEGINNING));
    let engine = start_with(&store, lab(&machine));
    register(&engine, &["111", "222"]).await;
    let bad = create(&engine, "111").await;
    create(&engine, "222").await;
    let broken = invite(&engine, "111", "one@example.com").await;
    let whole = invite(&engine, "222", "two@example.com").await;
    forget(&engine).await;
    fault(&store, Some(bad));
    let ran = |op: &str| journal(store.inner()).iter().filter(|name| *name == op).count();
    // Time goes on, and what works has run.
    engine.advance_by(16 * DAY).await.unwrap();
    assert_eq!((ran("ExpireHandshake"), engine.failing_timers()), (1, 1));
    assert_eq!(state(&engine, "222", &whole).await, "EXPIRED");
    engine.advance_by(DAY).await.unwrap();
    assert_eq!(engine.clock().now(), BEGINNING.plus(17 * DAY));
    // It was put off: nobody tried again. Pauses grow: after one second, then after two.
    let failed = || engine.stats().timers_failed.load(SeqCst);
    assert_eq!(failed(), 1);
    for (pass, failures) in [(SECOND, 2), (SECOND, 2), (SECOND, 3), (3 * SECOND, 3), (SECOND, 4)] {
        machine.pass(pass);
        engine.advance_by(0).await.unwrap();
        assert_eq!(failed(), failures);
    }
    // The others' later timers run as ever: the handshake is forgotten.
    engine.advance_by(40 * DAY).await.unwrap();
    assert_eq!((ran("ForgetHandshake"), engine.failing_timers()), (1, 1));
    // Mended, it runs, and sets its next one, which is late and runs, too.
    fault(&store, None);
    machine.pass(600 * SECOND);
    engine.advance_by(0).await.unwrap();
    assert_eq!((ran("ExpireHandshake"), ran("ForgetHandshake"), engine.failing_timers()), (2, 2, 0));
    let gone = call(&engine, "111", "DescribeHandshake", json!({ "HandshakeId": broken })).await;
    assert_eq!(gone, Err(OrganizationsError::HandshakeNotFound.into()));
    assert!(store.timers(Timestamp(i64::MAX), 1).unwrap().is_empty());
}

#[tokio::test]
async fn an_owner_that_cannot_be_read_stops_no_other_timers() {
    one_bad_row(|store, owner| store.damage(owner)).await;
}

#[tokio::test]
async fn an_owner_that_cannot_be_written_stops_no_other_timers() {
    one_bad_row(|store, owner| store.refuse(owner)).await;
}

/// A mark goes with its timer.
#[tokio::test]
async fn a_timer_that_is_gone_is_not_failing() {
    let (store, machine) = (Arc::new(FaultyStore::new()), TestMachine::at(BEGINNING));
    let engine = start_with(&store, lab(&machine));
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    invite(&engine, "111", "one@example.com").await;
    forget(&engine).await;
    store.damage([org]);
    engine.advance_by(16 * DAY).await.unwrap();
    assert_eq!(engine.failing_timers(), 1);
    engine.with_exclusive_store(|store| store.reset()).await.unwrap();
    // The loop looks again after a reset.
    while engine.failing_timers() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn time_waits_where_nothing_can_be_written() {
    let (store, machine) = (Arc::new(FaultyStore::new()), TestMachine::at(BEGINNING));
    let engine = start_with(&store, lab(&machine));
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    let handshake = invite(&engine, "111", "one@example.com").await;
    store.fill_up(true);
    engine.advance_by(16 * DAY).await.unwrap_err();
    // What is not kept has not come: a process that is killed now never was there.
    assert_eq!(engine.clock().now(), BEGINNING);
    assert_eq!(state(&engine, "111", &handshake).await, "OPEN");
    store.fill_up(false);
    engine.advance_by(16 * DAY).await.unwrap();
    assert_eq!(engine.failing_timers(), 0);
    assert_eq!(state(&engine, "111", &handshake).await, "EXPIRED");
}

/// Late timers of several instants, of which the first sets another that is due before the second.
#[tokio::test]
async fn late_timers_run_in_order() {
    let (store, machine) = (Arc::new(FaultyStore::new()), TestMachine::at(BEGINNING));
    let engine = start_with(&store, lab(&machine));
    register(&engine, &["111"]).await;
    let Owner::Org(org) = create(&engine, "111").await else { panic!("no organization") };
    invite(&engine, "111", "one@example.com").await;
    let set = Some(LimitOverrides { invitation_days: Some(46), ..LimitOverrides::default() });
    engine.run_as("test", "", Arc::new(OrganizationLimits { org, set })).await.unwrap();
    invite(&engine, "111", "two@example.com").await;
    let stopping = engine.clone();
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
    // Nobody was there for a hundred days.
    machine.pass(100 * DAY);
    let _engine = start_with(&store, lab(&machine));
    // By the loop: who advances the clock goes from one instant to the next anyway.
    while !store.timers(Timestamp(i64::MAX), 1).unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ran = journal(store.inner());
    let expected = ["ExpireHandshake", "ForgetHandshake", "ExpireHandshake", "ForgetHandshake"];
    assert_eq!(ran[ran.len() - 4..], expected);
}

/// Panics over some mails.
struct Clumsy(AtomicUsize);

impl Transport for Clumsy {
    fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        assert!(mail.mail.to.key().as_str().starts_with("good"), "injected: a transport panics");
        self.0.fetch_add(1, SeqCst);
        Ok(())
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(600)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_of_the_outbox_that_panics_goes_on() {
    let (store, transport) = (Arc::new(FaultyStore::new()), Arc::new(Clumsy(AtomicUsize::new(0))));
    let engine =
        start_with(&store, Config { transport: Some(Arc::clone(&transport) as _), ..engine_config() });
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    for n in 0..20 {
        invite(&engine, "111", &format!("bad{n}@example.com")).await;
    }
    while engine.stats().restarts.load(SeqCst) < 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    invite(&engine, "111", "good@example.com").await;
    while transport.0.load(SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Refuses a mail once, and takes it the next time.
struct Moody(AtomicUsize);

impl Transport for Moody {
    fn send(&self, _: &OutboxMail) -> Result<(), SendError> {
        match self.0.fetch_add(1, SeqCst) {
            0 => Err(SendError { permanent: false, what: "later".into() }),
            _ => Ok(()),
        }
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(600)
    }
}

#[tokio::test]
async fn mails_go_out_again_when_there_is_room() {
    /// More than there are workers, so that some have tried more than once.
    const TRIES: usize = 20;
    let (store, transport) = (Arc::new(FaultyStore::new()), Arc::new(Moody(AtomicUsize::new(0))));
    let engine =
        start_with(&store, Config { transport: Some(Arc::clone(&transport) as _), ..engine_config() });
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    invite(&engine, "111", "one@example.com").await;
    let all = MailFilter { limit: 9, ..MailFilter::default() };
    while !store.mails(&all).unwrap().iter().any(|mail| mail.attempts == 1) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    store.fill_up(true);
    while store.not_leased() < TRIES {
        engine.retry_mail("nobody".into()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.mail_counts(), MailCounts { pending: 1, failed: 0 });
    store.fill_up(false);
    while store.mail_counts().pending > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
