//! Clocks: the only place that reads one.
//!
//! Wall time is the machine's, and somebody may set it. Business time is what commands, timers and expiry go by. It
//! never goes back, and while a server runs it goes by the machine's monotonic clock, so that to set the machine's
//! clock neither stops it nor makes it leap:
//!
//! - A virtual clock runs evenly, until it is moved or frozen.
//! - A wall clock is drawn to wall time: up to twice as fast while it is behind, a tenth slower while it is ahead.
//!
//! A start takes wall time as it finds it, but never an instant before the one that was kept (`keeping.rs`).

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use guildhall_core::Timestamp;
use guildhall_core::kernel::time::{LAST, SECOND};
use serde::{Deserialize, Serialize};

/// How business time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// It follows wall time.
    Wall,
    /// It can be moved; it starts where the store left off, or at wall time, but not before this instant.
    Virtual(Option<Timestamp>),
}

/// The clocks of a machine.
pub trait Machine: Send + Sync {
    /// Wall time, which somebody may set.
    fn wall(&self) -> Timestamp;

    /// Microseconds since some instant, which nobody sets and which never go back.
    fn monotonic(&self) -> i64;
}

/// The machine that this runs on.
struct System(Instant);

impl Machine for System {
    fn wall(&self) -> Timestamp {
        wall()
    }

    fn monotonic(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// The clocks of the machine that this runs on.
pub fn system() -> Arc<dyn Machine> {
    Arc::new(System(Instant::now()))
}

/// The machine's wall time.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn wall() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Where a clock stands, as it is kept in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockState {
    /// Milliseconds ahead of wall time.
    pub(crate) offset: i64,
    /// The instant at which it stands still.
    pub(crate) frozen: Option<Timestamp>,
    /// An instant that business time had not passed when this was kept. Earlier versions kept none.
    #[serde(default)]
    pub(crate) latest: Option<Timestamp>,
}

impl ClockState {
    /// How far business time has come at most, as far as this says.
    pub(crate) fn reached(&self, wall: Timestamp) -> Timestamp {
        self.latest.or(self.frozen).unwrap_or_else(|| wall.plus(self.offset))
    }

    /// How fast a clock begins that goes on from here, in thousandths.
    fn speed(&self) -> i64 {
        if self.frozen.is_some() { 0 } else { EVEN }
    }

    /// Where a clock begins that goes on from here.
    fn begin(&self, wall: Timestamp) -> Timestamp {
        let goes_on = self.frozen.unwrap_or_else(|| wall.plus(self.offset));
        self.latest.map_or(goes_on, |latest| latest.max(goes_on))
    }
}

/// Moving a clock was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// Business time is wall time.
    #[error("the clock is the wall clock and cannot be moved; start the server with --clock virtual")]
    Wall,
    /// The instant lies in the past.
    #[error("business time is {now} and never goes backwards; give a later instant than {to}")]
    Backwards {
        /// Business time.
        now: Timestamp,
        /// The instant asked for.
        to: Timestamp,
    },
    /// The instant lies beyond the year 9999.
    #[error("business time ends with the year 9999; give an instant that is not after {LAST}")]
    TooLate,
}

/// How business time follows the monotonic clock. A clock that is frozen has no speed.
#[derive(Clone, Copy)]
struct Line {
    /// An instant of the monotonic clock, in microseconds.
    from: i64,
    /// Business time at that instant, in microseconds.
    at: i64,
    /// How fast it goes, in thousandths.
    speed: i64,
}

/// As fast as the monotonic clock.
const EVEN: i64 = 1_000;
/// How slow and how fast a wall clock may go to be at wall time again. Slowing down is gentle, for it stretches what
/// clients wait for; catching up is for a machine that slept.
const SLOWEST: i64 = 900;
const FASTEST: i64 = 2_000;
/// From how many milliseconds on a difference between the machine's clocks is a step, and no drift.
const STEP: i64 = SECOND;
const MICROS: i64 = 1_000;

impl Line {
    fn micros(&self, monotonic: i64) -> i64 {
        let passed = monotonic.saturating_sub(self.from).max(0).saturating_mul(self.speed) / EVEN;
        self.at.saturating_add(passed).min(LAST.0.saturating_mul(MICROS))
    }
}

/// The machine's clocks at one look.
struct Look {
    wall: Timestamp,
    monotonic: i64,
}

/// A server's clock. Read without a lock; moved by one at a time.
pub struct Clock {
    virtual_clock: bool,
    machine: Arc<dyn Machine>,
    line: ArcSwap<Line>,
    /// The latest business time that was given out: whoever still reads by an older line does not go back.
    last: AtomicI64,
    /// The last look; held while the clock is moved.
    seen: Mutex<Look>,
}

impl Clock {
    pub(crate) fn new(mode: ClockMode, machine: Arc<dyn Machine>, left_off: Option<ClockState>) -> Self {
        let look = Look { wall: machine.wall(), monotonic: machine.monotonic() };
        let wall = look.wall;
        let (virtual_clock, begin, frozen) = match (mode, left_off) {
            (ClockMode::Wall, left_off) => {
                (false, left_off.map_or(wall, |s| s.reached(wall).max(wall)), false)
            }
            (ClockMode::Virtual(at), None) => (true, at.unwrap_or(wall), false),
            // A store that is further on goes on from there: started again in the same way, a server does not live
            // through the same days twice, and does not run where it was frozen.
            (ClockMode::Virtual(at), Some(s)) => {
                let begin = s.begin(wall);
                (true, at.map_or(begin, |at| at.max(begin)), s.frozen.is_some())
            }
        };
        let ahead = begin.0.saturating_sub(wall.0);
        if !virtual_clock && ahead > STEP {
            tracing::warn!(
                business = %begin, wall = %wall,
                "business time is ahead of the machine's clock: it goes a tenth slower until they are the same"
            );
        }
        let speed = if frozen { 0 } else { EVEN };
        let line = Line { from: look.monotonic, at: begin.0.saturating_mul(MICROS), speed };
        Self {
            virtual_clock,
            machine,
            line: ArcSwap::from_pointee(line),
            last: AtomicI64::new(begin.0),
            seen: Mutex::new(look),
        }
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        let now = self.line.load().micros(self.machine.monotonic()).div_euclid(MICROS);
        Timestamp(self.last.fetch_max(now, SeqCst).max(now))
    }

    /// The latest business time that anybody was given.
    pub(crate) fn latest(&self) -> Timestamp {
        Timestamp(self.last.load(SeqCst))
    }

    /// The machine's clocks, by which this one goes.
    pub(crate) fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    /// Whether business time can be moved.
    pub fn is_virtual(&self) -> bool {
        self.virtual_clock
    }

    /// Whether business time stands still.
    pub fn is_frozen(&self) -> bool {
        self.line.load().speed == 0
    }

    /// Looks at the machine's clocks: tells that somebody set the wall clock, and draws a wall clock to it. The engine
    /// does so once a second.
    pub fn look(&self) {
        let mut seen = self.held();
        let look = Look { wall: self.machine.wall(), monotonic: self.machine.monotonic() };
        let passed = look.monotonic.saturating_sub(seen.monotonic) / MICROS;
        let step = look.wall.0.saturating_sub(seen.wall.0).saturating_sub(passed);
        if step.abs() >= STEP {
            tracing::warn!(
                milliseconds = step, wall = %look.wall, virtual_clock = self.virtual_clock,
                "the machine's clock was set, or the machine slept; business time goes on evenly{}",
                if self.virtual_clock { "" } else { ", and follows step by step" }
            );
        }
        if !self.virtual_clock {
            let now = self.line.load().micros(look.monotonic);
            let behind = look.wall.0.saturating_mul(MICROS).saturating_sub(now) / MICROS;
            // What is missing is made up for by the next look, as far as the bounds let it.
            let speed = EVEN.saturating_add(behind).clamp(SLOWEST, FASTEST);
            self.line.store(Arc::new(Line { from: look.monotonic, at: now, speed }));
        }
        *seen = look;
    }

    /// Where the clock stands. Once it has reached `to`, if that is later; and it will not pass the latest instant
    /// for `ahead` milliseconds.
    pub(crate) fn state(&self, to: Option<Timestamp>, ahead: i64) -> ClockState {
        let now = self.now().max(to.unwrap_or(Timestamp(i64::MIN)));
        let frozen = self.is_frozen();
        ClockState {
            offset: now.0.saturating_sub(self.machine.wall().0),
            frozen: frozen.then_some(now),
            latest: Some(if frozen { now } else { now.plus(ahead) }),
        }
    }

    /// Whether business time can be moved to `to`.
    pub(crate) fn check(&self, to: Timestamp) -> Result<(), ClockError> {
        match self.virtual_clock {
            false => Err(ClockError::Wall),
            true if to > LAST => Err(ClockError::TooLate),
            true => Ok(()),
        }
    }

    /// Moves business time to `to`, unless it has gone on to there by itself.
    pub(crate) fn reach(&self, to: Timestamp) -> Result<(), ClockError> {
        let _locked = self.held();
        self.check(to)?;
        if to > self.now() {
            self.go_on(to, self.line.load().speed);
        }
        Ok(())
    }

    /// Makes business time stand still, or go on from where it stands.
    pub(crate) fn freeze(&self, freeze: bool) -> Result<(), ClockError> {
        let _locked = self.held();
        self.check(LAST)?;
        self.go_on(self.now(), if freeze { 0 } else { EVEN });
        Ok(())
    }

    /// Where the clock would stand if it went on from another state's, too.
    pub(crate) fn merged(&self, other: &ClockState) -> ClockState {
        let wall = self.machine.wall();
        let from = if self.virtual_clock { other.begin(wall) } else { other.reached(wall) };
        let now = self.now().max(from);
        let frozen = other.frozen.filter(|_| self.virtual_clock);
        ClockState { offset: now.0.saturating_sub(wall.0), frozen: frozen.map(|_| now), latest: Some(now) }
    }

    /// Goes on from another clock's state, unless this clock is further on; then it stands still if that one did.
    pub(crate) fn take(&self, other: &ClockState) {
        let _locked = self.held();
        let merged = self.merged(other);
        self.go_on(merged.latest.unwrap_or(Timestamp(i64::MIN)).max(self.now()), merged.speed());
    }

    fn go_on(&self, at: Timestamp, speed: i64) {
        let at = at.0.saturating_mul(MICROS);
        self.line.store(Arc::new(Line { from: self.machine.monotonic(), at, speed }));
    }

    fn held(&self) -> MutexGuard<'_, Look> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
