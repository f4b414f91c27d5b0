//! A machine whose clocks a test sets.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;

use guildhall_core::Timestamp;
use guildhall_engine::Machine;

/// Clocks that stand still until time passes, and a wall clock that can be set.
pub struct TestMachine {
    wall: AtomicI64,
    monotonic: AtomicI64,
}

impl TestMachine {
    /// A machine whose wall clock says this.
    pub fn at(wall: Timestamp) -> Arc<Self> {
        Arc::new(Self { wall: AtomicI64::new(wall.0), monotonic: AtomicI64::new(0) })
    }

    /// Milliseconds go by.
    pub fn pass(&self, millis: i64) {
        self.wall.fetch_add(millis, SeqCst);
        self.monotonic.fetch_add(millis * 1_000, SeqCst);
    }

    /// Somebody sets the wall clock, so many milliseconds ahead or back.
    pub fn step(&self, millis: i64) {
        self.wall.fetch_add(millis, SeqCst);
    }
}

impl Machine for TestMachine {
    fn wall(&self) -> Timestamp {
        Timestamp(self.wall.load(SeqCst))
    }

    fn monotonic(&self) -> i64 {
        self.monotonic.load(SeqCst)
    }
}
