//! The dates that IAM's older parser takes in conditions (identity.md 13, row 15).

/// Whether it is a date there: seconds since the epoch, or a year, month and day of which the last two may be missing,
/// with or without a time. Which months have 31 days is not asked.
pub(super) fn is_one(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    if !text.contains(['t', '-']) {
        return number(&text, (0, i64::MAX));
    }
    let (day, time) = text.split_once('t').unwrap_or((&text, ""));
    date(day) && (time.is_empty() || clock(time))
}

fn number(text: &str, bounds: (i64, i64)) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits && text.parse::<i64>().is_ok_and(|n| (bounds.0..=bounds.1).contains(&n))
}

/// A year among those of Java's dates, and perhaps a month and a day.
fn date(text: &str) -> bool {
    let (text, last_year) = match text.strip_prefix('-') {
        Some(text) => (text, 292_275_054),
        None => (text, 292_278_993),
    };
    let mut parts = text.split('-');
    parts.next().is_some_and(|year| number(year, (0, last_year)))
        && parts.next().is_none_or(|month| number(month, (1, 12)))
        && parts.next().is_none_or(|day| number(day, (1, 31)))
        && parts.next().is_none()
}

fn clock(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    parts.next().is_some_and(|hour| number(hour, (0, 23)))
        && parts.next().is_none_or(|minute| number(minute, (0, 59)))
        && parts.next().is_none_or(seconds)
}

/// Seconds with at most nine decimals, and `z` or a zone.
fn seconds(text: &str) -> bool {
    let (seconds, zone_fits) = match (text.strip_suffix('z'), text.split_once(['+', '-'])) {
        (Some(seconds), _) => (seconds, true),
        (None, Some((seconds, zone))) => (seconds, self::zone(zone)),
        (None, None) => (text, true),
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    zone_fits && number(whole, (0, 59)) && number(fraction, (0, 999_999_999))
}

fn zone(text: &str) -> bool {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    hours.len() == 2 && minutes.len() == 2 && number(hours, (0, 23)) && number(minutes, (0, 59))
}
