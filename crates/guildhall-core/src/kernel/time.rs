//! Business time: milliseconds since the Unix epoch.

use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Serialize};

/// One second, in milliseconds.
pub const SECOND: i64 = 1_000;
/// A minute, in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour, in milliseconds.
pub const HOUR: i64 = 3_600 * SECOND;
/// One day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// The last instant of business time: 9999-12-30T22:00:00Z, after which years would need five digits somewhere on
/// Earth, and no client reads them.
pub const LAST: Timestamp = Timestamp(253_402_207_200_000);

/// A length of time in milliseconds: `500ms`, `30s`, `5m`, `2h`, `15d`, or ISO 8601 such as `PT1H30M`. Not negative, and
/// not longer than 100 years.
pub fn parse_length(text: &str) -> Option<i64> {
    const MOST: i64 = 36_525;
    let span: Span = text.parse().ok()?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    if length.is_negative() || length > SignedDuration::from_hours(24 * MOST) {
        return None;
    }
    i64::try_from(length.as_millis()).ok()
}

/// What [`parse_instant`] takes, for messages.
pub const INSTANT: &str = "has to be an RFC 3339 instant, such as 2031-01-31T12:00:00Z, and not after \
                           9999-12-30T22:00:00Z, where business time ends";

/// An RFC 3339 instant up to [`LAST`].
pub fn parse_instant(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(instant.as_millisecond())).filter(|instant| *instant <= LAST)
}

/// An instant of business time, in milliseconds since the Unix epoch. Stored as that integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This instant moved by `millis`, which may be negative; not beyond [`LAST`].
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).min(LAST.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ends_where_it_can_still_be_written() {
        assert_eq!(LAST.to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!(LAST.plus(-1).plus(2), LAST);
        assert_eq!(Timestamp(0).plus(i64::MAX), LAST);
        assert!(jiff::Timestamp::from_millisecond(LAST.0 + 1).is_err());
        assert_eq!(parse_instant("9999-12-30T22:00:00Z"), Some(LAST));
        assert_eq!(parse_instant("9999-12-30T22:00:00.001Z"), None);
    }

    #[test]
    fn lengths_of_time() {
        for (text, ms) in [
            ("0s", 0),
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("15d", 1_296_000_000),
            ("1h30m", 5_400_000),
            ("PT1H", 3_600_000),
            ("P1DT1M", 86_460_000),
        ] {
            assert_eq!(parse_length(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "s",
            "soon",
            "-1d",
            "1",
            "1S",
            "1mo",
            "1y",
            "101 years",
            "40000d",
            "9999999999999999d",
            "PT",
            "99999999999999999999d",
        ] {
            assert_eq!(parse_length(text), None, "{text}");
        }
    }
}
