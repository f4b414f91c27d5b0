//! Business time: milliseconds since the Unix epoch.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One second, in milliseconds.
pub const SECOND: i64 = 1_000;
/// One hour, in milliseconds.
pub const HOUR: i64 = 3_600 * SECOND;
/// One day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// An instant of business time, in milliseconds since the Unix epoch. Stored as that integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This instant moved by `millis`, which may be negative.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// ISO 8601 in UTC to the second, as services that speak REST JSON write it (`2026-01-31T12:00:00Z`).
    pub fn iso8601(self) -> String {
        jiff::Timestamp::from_second(self.seconds()).map(|t| t.to_string()).unwrap_or_default()
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }
}

/// RFC 3339 in UTC with milliseconds, for people (`2026-01-31T12:00:00.000Z`).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}
