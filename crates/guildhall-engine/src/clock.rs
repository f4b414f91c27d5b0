//! Clocks: the only place that reads one.
//!
//! Wall time is the machine's. Business time is what commands, timers and expiry go by: with a wall clock the same,
//! with a virtual clock wall time plus an offset that only grows, or an instant at which it was frozen.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, PoisonError};

use guildhall_core::Timestamp;
use serde::{Deserialize, Serialize};

/// How business time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// It is wall time.
    Wall,
    /// It can be moved; it starts where the store left off, or at wall time, but not before this instant.
    Virtual(Option<Timestamp>),
}

/// Where a virtual clock stands, as it is kept in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Milliseconds ahead of wall time.
    offset: i64,
    /// The instant at which it stands still.
    frozen: Option<Timestamp>,
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
}

/// Not frozen, where an instant could stand.
const RUNNING: i64 = i64::MIN;

/// A server's clock. Read without a lock; moved by one at a time.
pub struct Clock {
    virtual_clock: bool,
    offset: AtomicI64,
    frozen: AtomicI64,
    /// The latest business time given out: it never goes back, even if the machine's clock does.
    last: AtomicI64,
    moving: Mutex<()>,
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn wall() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock {
    pub(crate) fn new(mode: ClockMode, left_off: Option<Standing>) -> Self {
        let start = Standing { offset: 0, frozen: None };
        let (virtual_clock, standing) = match mode {
            ClockMode::Wall => (false, start),
            ClockMode::Virtual(None) => (true, left_off.unwrap_or(start)),
            ClockMode::Virtual(Some(at)) => {
                // A store that is further on goes on from there: started again in the same way, a server does not
                // live through the same days twice.
                let wall = wall().0;
                let left_off = left_off.map(|s| s.frozen.map_or(wall.saturating_add(s.offset), |at| at.0));
                let start = at.0.max(left_off.unwrap_or(i64::MIN));
                (true, Standing { offset: start.saturating_sub(wall), frozen: None })
            }
        };
        Self {
            virtual_clock,
            offset: AtomicI64::new(standing.offset),
            frozen: AtomicI64::new(standing.frozen.map_or(RUNNING, |at| at.0)),
            last: AtomicI64::new(i64::MIN),
            moving: Mutex::new(()),
        }
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        let now = match self.frozen.load(SeqCst) {
            RUNNING => wall().0.saturating_add(self.offset.load(SeqCst)),
            at => at,
        };
        Timestamp(self.last.fetch_max(now, SeqCst).max(now))
    }

    /// Whether business time can be moved.
    pub fn is_virtual(&self) -> bool {
        self.virtual_clock
    }

    /// Whether business time stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen.load(SeqCst) != RUNNING
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        let frozen = Some(self.frozen.load(SeqCst)).filter(|at| *at != RUNNING).map(Timestamp);
        self.virtual_clock.then(|| Standing { offset: self.offset.load(SeqCst), frozen })
    }

    /// Where the clock stands once it has reached `to`.
    pub(crate) fn standing_at(&self, to: Timestamp) -> Option<Standing> {
        let standing = self.standing()?;
        Some(match standing.frozen {
            _ if to <= self.now() => standing,
            Some(_) => Standing { frozen: Some(to), ..standing },
            None => Standing { offset: to.0.saturating_sub(wall().0), ..standing },
        })
    }

    /// Moves business time to `to`, unless it has gone on to there by itself.
    pub(crate) fn reach(&self, to: Timestamp) -> Result<(), ClockError> {
        let _alone = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.virtual_clock {
            return Err(ClockError::Wall);
        }
        if to <= self.now() {
            return Ok(());
        }
        if self.is_frozen() {
            self.frozen.store(to.0, SeqCst);
        } else {
            self.offset.store(to.0.saturating_sub(wall().0), SeqCst);
        }
        Ok(())
    }

    /// Makes business time stand still, or go on from where it stands.
    pub(crate) fn freeze(&self, freeze: bool) -> Result<(), ClockError> {
        let _alone = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if !self.virtual_clock {
            return Err(ClockError::Wall);
        }
        self.offset.store(now.0.saturating_sub(wall().0), SeqCst);
        self.frozen.store(if freeze { now.0 } else { RUNNING }, SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_freezes_and_never_goes_back() {
        let start = Timestamp(1_000_000_000_000);
        let clock = Clock::new(ClockMode::Virtual(Some(start)), None);
        assert!(clock.now() >= start);
        clock.freeze(true).unwrap();
        let frozen = clock.now();
        let ahead = clock.standing_at(frozen.plus(5));
        clock.reach(frozen.plus(5)).unwrap();
        assert_eq!(clock.now(), frozen.plus(5));
        assert_eq!((clock.standing(), clock.standing_at(frozen)), (ahead, ahead));
        clock.reach(frozen).unwrap();
        assert_eq!(clock.now(), frozen.plus(5));
        clock.freeze(false).unwrap();
        assert!(clock.now() >= frozen.plus(5));
        let again = Clock::new(ClockMode::Virtual(None), clock.standing());
        assert!(again.now() >= frozen.plus(5));
        let ahead = Clock::new(ClockMode::Virtual(None), clock.standing_at(frozen.plus(60_000)));
        assert!(ahead.now() >= frozen.plus(60_000));
        // Started at an instant, it goes on from whatever is later.
        for (at, from) in [(frozen, frozen.plus(60_000)), (frozen.plus(90_000), frozen.plus(90_000))] {
            let again = Clock::new(ClockMode::Virtual(Some(at)), clock.standing_at(frozen.plus(60_000)));
            assert!(again.now() >= from && again.now() < from.plus(30_000));
        }
        let stood = Standing { offset: 0, frozen: Some(frozen.plus(60_000)) };
        let again = Clock::new(ClockMode::Virtual(Some(frozen)), Some(stood));
        assert!(again.now() >= frozen.plus(60_000) && again.now() < frozen.plus(90_000));
    }

    #[test]
    fn a_wall_clock_is_not_moved() {
        let clock = Clock::new(ClockMode::Wall, None);
        assert_eq!(clock.reach(Timestamp(i64::MAX)), Err(ClockError::Wall));
        assert_eq!(clock.freeze(true), Err(ClockError::Wall));
    }
}
