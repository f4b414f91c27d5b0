//! Business time: milliseconds since the Unix epoch.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

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

/// Writes an instant as AWS JSON 1.1 does: a number of seconds with a millisecond fraction (accounts.md 1.3).
pub fn wire<S: Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact in a double for 285,000 years")]
    s.serialize_f64(at.0 as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_seconds_with_milliseconds() {
        #[derive(Serialize)]
        struct T(#[serde(serialize_with = "wire")] Timestamp);
        for (ms, text) in
            [(1_631_121_728_678, "1631121728.678"), (0, "0.0"), (1_469_205_437_427, "1469205437.427")]
        {
            assert_eq!(serde_json::to_string(&T(Timestamp(ms))).unwrap(), text);
        }
    }
}
