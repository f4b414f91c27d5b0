//! What the store keeps of the clock: where it stands, and an instant that business time has not passed yet. No start
//! begins before that instant, wherever the machine's clock is by then, and neither does a restored backup. So business
//! time never goes back to before anything that was written or answered.
//!
//! The instant lies a few seconds ahead, so that it is written every few seconds and not with every answer. A server
//! that was killed goes on from that instant, and one that was stopped from where its clock was.
//!
//! If the store cannot be written, time runs on, and `ready` tells of the failure.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};

use guildhall_core::Timestamp;
use guildhall_core::call::page::PageKey;
use guildhall_core::kernel::time::SECOND;
use guildhall_store::{Store, StoreError};

use crate::clock::ClockState;
use crate::timers::AdvanceError;
use crate::{CLOCK, PAGE_KEY, Shared, StartError};

/// How far ahead of business time the kept instant is, in milliseconds.
const AHEAD: i64 = 5 * SECOND;
/// How near it may come before it is moved on. A look at it comes every second.
pub(crate) const MARGIN: i64 = 2 * SECOND;

pub(crate) struct Kept {
    /// The instant that business time has not passed, as far as the store knows.
    until: AtomicI64,
    /// One at a time, so that what is kept last is where the clock stands.
    writing: Mutex<()>,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self { until: AtomicI64::new(i64::MIN), writing: Mutex::new(()) }
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the clock was left, as the store's named value says.
pub(crate) fn clock_state(text: Option<&str>) -> Result<Option<ClockState>, StartError> {
    let read = |text| serde_json::from_str(text).map_err(|e| StartError::Meta(CLOCK, e.to_string()));
    text.map(read).transpose()
}

/// Where the clock was left in a store: at what was kept, or at what was written last if that is later, as it is in a
/// store of an earlier version.
pub(crate) fn left_off(store: &dyn Store) -> Result<Option<ClockState>, StartError> {
    let kept = clock_state(store.meta(CLOCK)?.as_deref())?;
    let Some(written) = store.journal(1)?.first().map(|row| row.at) else { return Ok(kept) };
    let kept = kept.unwrap_or(ClockState { offset: 0, frozen: None, latest: None });
    Ok(Some(ClockState { latest: kept.latest.max(Some(written)), ..kept }))
}

/// The key of page tokens, as the store's named value says.
pub(crate) fn page_key(text: Option<&str>) -> Result<Option<PageKey>, StartError> {
    let read = |text| serde_json::from_str(text).map_err(|e| StartError::Meta(PAGE_KEY, e.to_string()));
    Ok(text.map(read).transpose()?.map(PageKey::new))
}

/// The latest instant that business time can have come to, as a store's named value `clock` says. `None` if it says
/// nothing that can be read.
pub fn latest(clock: &str) -> Option<Timestamp> {
    clock_state(Some(clock)).ok()??.latest
}

pub(crate) fn text_of(clock_state: &ClockState) -> Result<String, String> {
    serde_json::to_string(clock_state).map_err(|e| e.to_string())
}

impl Shared {
    /// Keeps where the clock stands, if business time has come nearer than `margin` to what is kept. Blocks.
    pub(crate) fn keep_time(&self, margin: i64) -> Result<(), StoreError> {
        let enough = || {
            let margin = if self.clock.is_frozen() { 0 } else { margin };
            self.clock.latest().plus(margin).0 <= self.kept.until.load(SeqCst)
        };
        if enough() {
            return Ok(());
        }
        let _one = self.kept.held();
        if enough() { Ok(()) } else { self.keep_now() }
    }

    /// Keeps where the clock stands exactly, at the end.
    pub(crate) fn keep_time_at_the_end(&self) -> Result<(), StoreError> {
        let _one = self.kept.held();
        self.write_clock_state(&self.clock.state(None, 0))
    }

    /// Moves business time to `to`, which is kept first: a process that dies on the way never goes back to before what
    /// it wrote. Blocks.
    pub(crate) fn move_time(&self, to: Timestamp) -> Result<(), AdvanceError> {
        let _one = self.kept.held();
        self.clock.check(to)?;
        if to > self.clock.now() {
            self.write_clock_state(&self.clock.state(Some(to), AHEAD))?;
            self.clock.reach(to)?;
        }
        Ok(())
    }

    /// Makes business time stand still, or go on. Blocks.
    pub(crate) fn freeze_time(&self, freeze: bool) -> Result<(), AdvanceError> {
        let _one = self.kept.held();
        if !freeze && self.clock.is_frozen() {
            // Kept first: whoever dies in between has told nobody of a later instant.
            let running = ClockState { frozen: None, ..self.clock.state(None, 0) };
            let latest = running.latest.map(|at| at.plus(AHEAD));
            self.write_clock_state(&ClockState { latest, ..running })?;
            self.clock.freeze(false)?;
            return Ok(());
        }
        self.clock.freeze(freeze)?;
        Ok(self.keep_now()?)
    }

    /// Keeps where the clock stands, and that it will not pass the next few seconds.
    pub(crate) fn keep_now(&self) -> Result<(), StoreError> {
        self.write_clock_state(&self.clock.state(None, AHEAD))
    }

    fn write_clock_state(&self, clock_state: &ClockState) -> Result<(), StoreError> {
        let text = text_of(clock_state).map_err(StoreError::Database)?;
        self.store.set_meta(CLOCK, &text)?;
        self.kept.until.store(clock_state.latest.map_or(i64::MIN, |at| at.0), SeqCst);
        Ok(())
    }
}
