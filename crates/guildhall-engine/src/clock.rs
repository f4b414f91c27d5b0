//! Clocks: the only place that reads one.
//!
//! Wall time is the machine's. Business time is what commands, timers and expiry go by: with a wall clock the same,
//! with a virtual clock wall time plus an offset that only grows, or an instant at which it was frozen.

use std::sync::Mutex;

use guildhall_core::Timestamp;
use serde::{Deserialize, Serialize};

/// How business time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// It is wall time.
    Wall,
    /// It can be moved; it starts at wall time, where the store left off, or at an instant.
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

struct State {
    virtual_clock: bool,
    standing: Standing,
    /// The latest business time given out: it never goes back, even if the machine's clock does.
    last: i64,
}

/// A server's clock.
pub struct Clock {
    state: Mutex<State>,
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn wall() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

impl Clock {
    pub(crate) fn new(mode: ClockMode, left_off: Option<Standing>) -> Self {
        let start = Standing { offset: 0, frozen: None };
        let (virtual_clock, standing) = match mode {
            ClockMode::Wall => (false, start),
            ClockMode::Virtual(None) => (true, left_off.unwrap_or(start)),
            ClockMode::Virtual(Some(at)) => (true, Standing { offset: at.0.saturating_sub(wall().0), frozen: None }),
        };
        Self { state: Mutex::new(State { virtual_clock, standing, last: i64::MIN }) }
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        self.with(State::now)
    }

    /// Whether business time can be moved.
    pub fn is_virtual(&self) -> bool {
        self.with(|s| s.virtual_clock)
    }

    /// Whether business time stands still.
    pub fn is_frozen(&self) -> bool {
        self.with(|s| s.standing.frozen.is_some())
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        self.with(|s| s.virtual_clock.then_some(s.standing))
    }

    /// Moves business time to `to`.
    pub(crate) fn set(&self, to: Timestamp) -> Result<(), ClockError> {
        self.with(|s| {
            let now = s.now();
            if !s.virtual_clock {
                return Err(ClockError::Wall);
            }
            if to < now {
                return Err(ClockError::Backwards { now, to });
            }
            match &mut s.standing.frozen {
                Some(at) => *at = to,
                None => s.standing.offset = to.0.saturating_sub(wall().0),
            }
            Ok(())
        })
    }

    /// Makes business time stand still, or go on from where it stands.
    pub(crate) fn freeze(&self, freeze: bool) -> Result<(), ClockError> {
        self.with(|s| {
            let now = s.now();
            if !s.virtual_clock {
                return Err(ClockError::Wall);
            }
            s.standing = match freeze {
                true => Standing { frozen: Some(now), ..s.standing },
                false => Standing { offset: now.0.saturating_sub(wall().0), frozen: None },
            };
            Ok(())
        })
    }
}

impl State {
    fn now(&mut self) -> Timestamp {
        let now = self.standing.frozen.map_or_else(|| wall().0.saturating_add(self.standing.offset), |at| at.0);
        self.last = self.last.max(now);
        Timestamp(self.last)
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
        clock.set(frozen.plus(5)).unwrap();
        assert_eq!(clock.now(), frozen.plus(5));
        assert!(matches!(clock.set(frozen), Err(ClockError::Backwards { .. })));
        clock.freeze(false).unwrap();
        assert!(clock.now() >= frozen.plus(5));
        let again = Clock::new(ClockMode::Virtual(None), clock.standing());
        assert!(again.now() >= frozen.plus(5));
    }

    #[test]
    fn a_wall_clock_is_not_moved() {
        let clock = Clock::new(ClockMode::Wall, None);
        assert_eq!(clock.set(Timestamp(i64::MAX)), Err(ClockError::Wall));
        assert_eq!(clock.freeze(true), Err(ClockError::Wall));
    }
}
