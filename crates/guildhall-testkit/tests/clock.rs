//! Business time never goes back and never stops, whatever becomes of the machine's clock, of the process, and of the
//! state below it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::path::Path;
use std::sync::Arc;

use guildhall_core::Timestamp;
use guildhall_core::kernel::time::{DAY, HOUR, LAST, SECOND};
use guildhall_engine::{AdvanceError, ClockError, ClockMode, Config, Engine, latest, restore};
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Named, Store, StoreError};
use guildhall_testkit::calls::{call, create, invite, journal, register, start_with};
use guildhall_testkit::faulty::FaultyStore;
use guildhall_testkit::machine::TestMachine;
use guildhall_testkit::sdk::engine_config;
use guildhall_testkit::world::BEGINNING;
use serde_json::json;

const VIRTUAL: ClockMode = ClockMode::Virtual(None);

/// An engine whose business time goes like this, on this machine.
fn engine(store: &Arc<impl Store + 'static>, clock: ClockMode, machine: &Arc<TestMachine>) -> Engine {
    start_with(store, Config { clock, machine: Arc::clone(machine) as _, ..engine_config() })
}

/// A store in which an engine has kept what it keeps at its start.
async fn kept(engine: &Engine) {
    engine.with_exclusive_store(|_| Ok(())).await.unwrap();
}

async fn stop(engine: &Engine) {
    let stopping = engine.clone();
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
}

/// Time passes, and the engine looks at the machine's clocks once a second.
fn pass(engine: &Engine, machine: &TestMachine, seconds: i64) {
    for _ in 0..seconds {
        machine.pass(SECOND);
        engine.clock().look();
    }
}

#[tokio::test]
async fn a_virtual_clock_moves_freezes_and_never_goes_back() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, VIRTUAL, &machine);
    let now = || engine.clock().now();
    assert_eq!(now(), BEGINNING);
    machine.pass(7);
    assert_eq!(now(), BEGINNING.plus(7));
    engine.freeze(true).await.unwrap();
    machine.pass(SECOND);
    assert_eq!(now(), BEGINNING.plus(7));
    engine.advance_by(5).await.unwrap();
    machine.pass(SECOND);
    assert_eq!(now(), BEGINNING.plus(12));
    let back = engine.advance_to(BEGINNING).await;
    assert!(matches!(back, Err(AdvanceError::Clock(ClockError::Backwards { .. }))), "{back:?}");
    engine.freeze(false).await.unwrap();
    machine.pass(3);
    assert_eq!(now(), BEGINNING.plus(15));
    engine.advance_by(DAY).await.unwrap();
    machine.pass(3);
    assert_eq!(now(), BEGINNING.plus(DAY + 18));
}

#[tokio::test]
async fn a_virtual_clock_runs_evenly_whatever_the_machines_clock_does() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, VIRTUAL, &machine);
    for step in [-HOUR, 3_650 * DAY, -3_650 * DAY, HOUR] {
        let before = engine.clock().now();
        machine.step(step);
        pass(&engine, &machine, 10);
        assert_eq!(engine.clock().now(), before.plus(10 * SECOND), "after a step of {step} ms");
    }
}

#[tokio::test]
async fn a_wall_clock_runs_on_when_the_machines_clock_is_set_back() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, ClockMode::Wall, &machine);
    let ahead = || engine.clock().now().0 - guildhall_engine::Machine::wall(&*machine).0;
    pass(&engine, &machine, 10);
    assert_eq!(ahead(), 0);
    machine.step(-HOUR);
    let before = engine.clock().now();
    pass(&engine, &machine, 100);
    let went = engine.clock().now().0 - before.0;
    assert!((90 * SECOND..100 * SECOND).contains(&went), "{went} ms in 100 s");
    // A tenth slower, it is at wall time after ten hours, and stays there.
    pass(&engine, &machine, 36_000);
    assert!(ahead().abs() <= 1, "{} ms ahead", ahead());
    pass(&engine, &machine, 1_000);
    assert!(ahead().abs() <= 1, "{} ms ahead", ahead());
}

#[tokio::test]
async fn a_wall_clock_makes_up_for_what_it_missed() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, ClockMode::Wall, &machine);
    let behind = || guildhall_engine::Machine::wall(&*machine).0 - engine.clock().now().0;
    // The machine slept for an hour.
    machine.step(HOUR);
    pass(&engine, &machine, 1_800);
    assert!((HOUR / 2 - SECOND..HOUR / 2 + 2 * SECOND).contains(&behind()), "{} ms behind", behind());
    pass(&engine, &machine, 1_810);
    assert!(behind().abs() <= 1, "{} ms behind", behind());
}

#[tokio::test]
async fn a_wall_clock_does_not_stop_for_years_after_a_step_that_was_mended() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, ClockMode::Wall, &machine);
    machine.step(3_650 * DAY);
    pass(&engine, &machine, 60);
    machine.step(-3_650 * DAY);
    let before = engine.clock().now();
    assert!(before < BEGINNING.plus(121 * SECOND), "it did not leap: {before}");
    pass(&engine, &machine, 60);
    assert!(engine.clock().now() >= before.plus(54 * SECOND), "it runs on");
    pass(&engine, &machine, 1_200);
    assert_eq!(engine.clock().now(), guildhall_engine::Machine::wall(&*machine));
}

/// A process is killed after it answered a read, or a write, and the machine's clock is an hour back, or days.
#[tokio::test]
async fn no_start_goes_back_before_what_was_answered() {
    for mode in [ClockMode::Wall, VIRTUAL, ClockMode::Virtual(Some(BEGINNING))] {
        for back in [HOUR, 40 * DAY] {
            let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
            let first = engine(&store, mode, &machine);
            kept(&first).await;
            machine.pass(4 * SECOND);
            let told = first.clock().now();
            machine.step(-back);
            let again = engine(&store, mode, &machine);
            assert!(again.clock().now() >= told, "{mode:?}: {} < {told}", again.clock().now());
            // What is written is kept before it is, however long nobody looked since the start.
            kept(&again).await;
            machine.pass(30 * SECOND);
            register(&again, &["111"]).await;
            let told = again.clock().now();
            // Not even the journal says so.
            again.with_exclusive_store(|store| store.reset()).await.unwrap();
            machine.step(-back);
            let third = engine(&store, mode, &machine);
            assert!(third.clock().now() >= told, "{mode:?}: {} < {told}", third.clock().now());
            assert!(third.clock().now() <= told.plus(5 * SECOND));
        }
    }
}

/// While only reads are answered, the watch keeps the time ahead of them.
#[tokio::test]
async fn the_time_is_kept_while_nobody_writes() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, ClockMode::Wall, &machine);
    kept(&engine).await;
    machine.pass(60 * SECOND);
    let told = engine.clock().now();
    assert_eq!(told, BEGINNING.plus(60 * SECOND));
    while latest(&store.meta("clock").unwrap().unwrap()).unwrap() < told {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_that_was_stopped_goes_on_where_it_was() {
    for mode in [ClockMode::Wall, VIRTUAL] {
        let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
        let first = engine(&store, mode, &machine);
        machine.pass(SECOND);
        let told = first.clock().now();
        stop(&first).await;
        let again = engine(&store, mode, &machine);
        assert_eq!(again.clock().now(), told, "{mode:?}");
        machine.pass(2 * DAY);
        stop(&again).await;
        assert_eq!(engine(&store, mode, &machine).clock().now(), told.plus(2 * DAY), "{mode:?}");
    }
}

/// A store of an earlier version says nothing of the latest time; what was written last does.
#[tokio::test]
async fn what_was_written_last_is_not_in_the_future_of_an_older_store() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let first = engine(&store, ClockMode::Wall, &machine);
    register(&first, &["111"]).await;
    let written = store.journal(1).unwrap()[0].at;
    stop(&first).await;
    for clock in [r#"{"offset":0,"frozen":null}"#, r#"{"offset":-7200000,"frozen":null}"#] {
        store.set_meta("clock", clock).unwrap();
        let machine = TestMachine::at(BEGINNING.plus(-HOUR));
        for mode in [ClockMode::Wall, VIRTUAL] {
            let again = engine(&store, mode, &machine);
            assert_eq!(again.clock().now(), written, "{mode:?} {clock}");
            stop(&again).await;
            store.set_meta("clock", clock).unwrap();
        }
    }
}

#[tokio::test]
async fn a_frozen_clock_stays_frozen_over_a_kill() {
    for mode in [VIRTUAL, ClockMode::Virtual(Some(BEGINNING))] {
        let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
        let first = engine(&store, mode, &machine);
        first.freeze(true).await.unwrap();
        first.advance_by(DAY).await.unwrap();
        let stands = first.clock().now();
        machine.pass(HOUR);
        let again = engine(&store, mode, &machine);
        assert!(again.clock().is_frozen(), "{mode:?}");
        assert_eq!(again.clock().now(), stands, "{mode:?}");
        again.freeze(false).await.unwrap();
        machine.pass(SECOND);
        let told = again.clock().now();
        assert_eq!(told, stands.plus(SECOND), "{mode:?}");
        let third = engine(&store, mode, &machine);
        assert!(!third.clock().is_frozen(), "{mode:?}");
        assert!(third.clock().now() >= told, "{mode:?}");
    }
}

/// What is not kept has not happened: neither a move nor the end of a freeze.
#[tokio::test]
async fn a_move_is_kept_before_it_is_made() {
    let (store, machine) = (Arc::new(FaultyStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, VIRTUAL, &machine);
    kept(&engine).await;
    store.fill_up(true);
    engine.advance_by(DAY).await.unwrap_err();
    assert_eq!(engine.clock().now(), BEGINNING);
    store.fill_up(false);
    engine.freeze(true).await.unwrap();
    store.fill_up(true);
    engine.freeze(false).await.unwrap_err();
    assert!(engine.clock().is_frozen());
    store.fill_up(false);
    engine.freeze(false).await.unwrap();
    assert!(!engine.clock().is_frozen());
}

/// Restores a backup as the control API does.
async fn bring(engine: &Engine, file: impl AsRef<Path>) -> Result<(), StoreError> {
    let scratch = engine.store().scratch()?;
    std::fs::copy(file, scratch.file()).unwrap();
    engine.restore(scratch).await
}

fn backup(engine: &Engine, dir: &Path) -> std::path::PathBuf {
    let file = dir.join("backup");
    let _ = std::fs::remove_file(&file);
    engine.store().backup(&file, &Named::new()).unwrap();
    file
}

/// Made 15 days ahead and put into a fresh server: the clock and the page key come along, and nothing from the future.
#[tokio::test]
async fn a_snapshot_brings_its_clock_and_its_page_key() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let machine = TestMachine::at(BEGINNING);
    let from = engine(&old, VIRTUAL, &machine);
    register(&from, &["111"]).await;
    create(&from, "111").await;
    from.advance_by(15 * DAY).await.unwrap();
    for n in 0..25 {
        invite(&from, "111", &format!("p{n}@example.com")).await;
    }
    let list =
        async |engine: &Engine, input| call(engine, "111", "ListHandshakesForOrganization", input).await;
    let page = list(&from, json!({})).await.unwrap();
    let file = backup(&from, dir.path());
    let told = from.clock().now();
    let into = engine(&new, VIRTUAL, &machine);
    kept(&into).await;
    bring(&into, file.clone()).await.unwrap();
    let seen = list(&into, json!({})).await.unwrap();
    assert_eq!(seen["Handshakes"].as_array().unwrap().len(), 20);
    assert!(into.clock().now() >= told);
    // A token of there leads on here, now and after a start.
    let next = json!({ "NextToken": page["NextToken"] });
    assert_eq!(list(&into, next.clone()).await.unwrap()["Handshakes"].as_array().unwrap().len(), 5);
    let again = engine(&new, VIRTUAL, &machine);
    assert!(again.clock().now() >= told);
    list(&again, next).await.unwrap();
    // The same where no engine runs.
    let offline = Arc::new(SqliteStore::open(&dir.path().join("data")).unwrap());
    restore::restore(&*offline, &file, &engine_config().keyring).unwrap();
    assert!(engine(&offline, VIRTUAL, &machine).clock().now() >= told);
}

#[tokio::test]
async fn a_snapshot_from_before_a_leap_takes_no_time_back() {
    let dir = tempfile::tempdir().unwrap();
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let running = engine(&store, VIRTUAL, &machine);
    register(&running, &["111"]).await;
    create(&running, "111").await;
    invite(&running, "111", "one@example.com").await;
    let file = backup(&running, dir.path());
    running.advance_by(40 * DAY).await.unwrap();
    let told = running.clock().now();
    bring(&running, file.clone()).await.unwrap();
    assert!(running.clock().now() >= told);
    // Kept with the state, so that a kill right now does not matter.
    assert!(engine(&store, VIRTUAL, &machine).clock().now() >= told);
    // What fell due since runs, late.
    running.advance_by(0).await.unwrap();
    assert_eq!(journal(&*store).last().unwrap(), "ExpireHandshake");
    // Nor where no engine runs.
    let stopped = Arc::new(SqliteStore::open(&dir.path().join("data")).unwrap());
    let before = engine(&stopped, VIRTUAL, &machine);
    before.advance_by(40 * DAY).await.unwrap();
    let told = before.clock().now();
    stop(&before).await;
    restore::restore(&*stopped, &file, &engine_config().keyring).unwrap();
    assert!(engine(&stopped, VIRTUAL, &machine).clock().now() >= told);
}

#[tokio::test]
async fn a_snapshot_of_a_frozen_lab_is_frozen() {
    let dir = tempfile::tempdir().unwrap();
    let machine = TestMachine::at(BEGINNING);
    let from = engine(&Arc::new(MemoryStore::new()), VIRTUAL, &machine);
    from.freeze(true).await.unwrap();
    from.advance_by(DAY).await.unwrap();
    let file = backup(&from, dir.path());
    let into = engine(&Arc::new(MemoryStore::new()), VIRTUAL, &machine);
    bring(&into, file).await.unwrap();
    machine.pass(HOUR);
    assert!(into.clock().is_frozen());
    assert_eq!(into.clock().now(), BEGINNING.plus(DAY));
}

#[tokio::test]
async fn a_wall_clock_refuses_a_snapshot_from_the_future() {
    let dir = tempfile::tempdir().unwrap();
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let from = engine(&Arc::new(MemoryStore::new()), VIRTUAL, &machine);
    register(&from, &["111"]).await;
    let near = backup(&from, dir.path());
    std::fs::rename(&near, dir.path().join("near")).unwrap();
    from.advance_by(15 * DAY).await.unwrap();
    let far = backup(&from, dir.path());
    let wall = engine(&store, ClockMode::Wall, &machine);
    register(&wall, &["333"]).await;
    let before = journal(&*store);
    let refused = bring(&wall, far).await.unwrap_err();
    assert!(matches!(&refused, StoreError::NotAdmitted(why) if why.contains("--clock virtual")), "{refused}");
    assert_eq!(journal(&*store), before);
    assert!(wall.clock().now() < BEGINNING.plus(HOUR));
    bring(&wall, dir.path().join("near")).await.unwrap();
    assert!(wall.clock().now() < BEGINNING.plus(HOUR));
}

#[tokio::test]
async fn a_damaged_clock_or_page_key_is_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let machine = TestMachine::at(BEGINNING);
    let running = engine(&Arc::new(MemoryStore::new()), VIRTUAL, &machine);
    kept(&running).await;
    for (n, key) in ["clock", "page_key"].into_iter().enumerate() {
        let other = MemoryStore::new();
        other.set_meta(key, "nonsense").unwrap();
        let file = dir.path().join(format!("damaged{n}"));
        other.backup(&file, &Named::new()).unwrap();
        let refused = bring(&running, file.clone()).await.unwrap_err();
        assert!(matches!(&refused, StoreError::NotAdmitted(why) if why.contains(key)), "{refused}");
        let stopped = MemoryStore::new();
        restore::restore(&stopped, &file, &engine_config().keyring).unwrap_err();
        assert_eq!(stopped.meta(key).unwrap(), None);
    }
    // One that says nothing of them is from a store that nobody used: what is here stays.
    let file = dir.path().join("empty");
    MemoryStore::new().backup(&file, &Named::new()).unwrap();
    let key = running.store().meta("page_key").unwrap();
    bring(&running, file).await.unwrap();
    assert!(key.is_some());
    assert_eq!(running.store().meta("page_key").unwrap(), key);
}

#[tokio::test]
async fn nothing_goes_beyond_the_year_9999() {
    let (store, machine) = (Arc::new(MemoryStore::new()), TestMachine::at(BEGINNING));
    let engine = engine(&store, VIRTUAL, &machine);
    for beyond in [LAST.0 + 1, i64::MAX] {
        let refused = engine.advance_to(Timestamp(beyond)).await;
        assert!(matches!(refused, Err(AdvanceError::Clock(ClockError::TooLate))), "{refused:?}");
        let refused = engine.advance_by(beyond).await;
        assert!(matches!(refused, Err(AdvanceError::Clock(ClockError::TooLate))), "{refused:?}");
    }
    assert_eq!(engine.clock().now(), BEGINNING);
    // At the end of time all still works, but that time does not pass.
    engine.advance_to(LAST.plus(-DAY)).await.unwrap();
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    let handshake = invite(&engine, "111", "one@example.com").await;
    call(&engine, "111", "DescribeHandshake", json!({ "HandshakeId": handshake })).await.unwrap();
    machine.pass(2 * DAY);
    assert_eq!(engine.clock().now(), LAST);
    invite(&engine, "111", "two@example.com").await;
    engine.advance_by(0).await.unwrap();
}
