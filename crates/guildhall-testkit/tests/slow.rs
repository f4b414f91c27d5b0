//! Work that takes longer than others should wait is done beside the writer, and a command that never has enough of it
//! is given up.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, mpsc};

use guildhall_core::services::EMPTY;
use guildhall_core::{Command, Cx, Mode, Reply, Stop, View, Work};
use guildhall_engine::{Engine, EngineError};
use guildhall_store::memory::MemoryStore;
use guildhall_testkit::calls::{register, start};

/// A command that wants so much work done before it runs, each once the gate lets it.
struct Slow {
    mode: Mode,
    wants: usize,
    done: Arc<AtomicUsize>,
    gate: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Command for Slow {
    fn name(&self) -> &'static str {
        "Slow"
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn run(&self, _: &Cx<'_>, _: &mut View<'_>) -> Result<Reply, Stop> {
        if self.done.load(SeqCst) >= self.wants {
            return Ok(EMPTY);
        }
        let (done, gate) = (Arc::clone(&self.done), Arc::clone(&self.gate));
        Err(Stop::Slow(Work::new(move || {
            gate.lock().unwrap().recv().unwrap();
            done.fetch_add(1, SeqCst);
        })))
    }
}

fn slow(mode: Mode, wants: usize) -> (Arc<Slow>, mpsc::Sender<()>) {
    let (open, gate) = mpsc::channel();
    let gate = Arc::new(Mutex::new(gate));
    (Arc::new(Slow { mode, wants, done: Arc::default(), gate }), open)
}

fn engine() -> Engine {
    start(&Arc::new(MemoryStore::new()))
}

#[tokio::test]
async fn nobody_waits_for_it_but_who_called() {
    for mode in [Mode::Write, Mode::Read] {
        let engine = engine();
        let (command, open) = slow(mode, 3);
        let caller = engine.clone();
        let called = Arc::clone(&command);
        let call = tokio::spawn(async move { caller.run_as("test", "", called).await });
        for done in 0..3 {
            // Others are answered while the work waits.
            register(&engine, &[["111", "222", "333"].get(done).unwrap()]).await;
            assert!(!call.is_finished());
            open.send(()).unwrap();
            while command.done.load(SeqCst) == done {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(call.await.unwrap().unwrap(), EMPTY);
        assert_eq!(command.done.load(SeqCst), 3);
        engine.stop();
    }
}

#[tokio::test]
async fn what_never_has_enough_is_given_up() {
    for mode in [Mode::Write, Mode::Read] {
        let engine = engine();
        let (command, open) = slow(mode, usize::MAX);
        (0..10_000).for_each(|_| open.send(()).unwrap());
        let answer = engine.run_as("test", "", Arc::clone(&command) as Arc<dyn Command>).await;
        assert!(matches!(answer, Err(EngineError::Unavailable)), "{answer:?}");
        // As often as a password is compared with former ones, and more.
        assert!((25..1_000).contains(&command.done.load(SeqCst)));
        engine.stop();
    }
}

#[tokio::test]
async fn work_that_panics_takes_its_command_with_it_and_nothing_else() {
    let engine = engine();
    let (command, open) = slow(Mode::Write, 1);
    drop(open);
    let answer = engine.run_as("test", "", command).await;
    assert!(matches!(answer, Err(EngineError::Refused(_))), "{answer:?}");
    register(&engine, &["111"]).await;
    engine.stop();
}
