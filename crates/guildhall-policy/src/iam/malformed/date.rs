//! The dates that IAM's older parser takes in conditions.

/// Whether it is a date there: seconds since the epoch, or a year, month and day of which the last two may be missing,
/// with or without a time. Which months have 31 days is not asked.
pub(super) fn is_one(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    if !text.contains(['t', '-']) {
        return number(&text, i64::MAX);
    }
    let (day, time) = text.split_once('t').unwrap_or((&text, ""));
    date(day) && (time.is_empty() || clock(time))
}

fn number(text: &str, most: i64) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<i64>().is_ok_and(|n| n <= most)
}

fn two(text: &str, most: i64) -> bool {
    text.len() <= 2 && number(text, most)
}

/// The years of Java's dates.
fn date(text: &str) -> bool {
    let (text, last_year) = match text.strip_prefix('-') {
        Some(text) => (text, 292_275_054),
        None => (text, 292_278_993),
    };
    let mut parts = text.split('-');
    let part =
        |part: Option<&str>, most: i64| part.is_none_or(|p| two(p, most) && number(p, most) && p != "0");
    parts.next().is_some_and(|year| number(year, last_year))
        && part(parts.next(), 12)
        && part(parts.next(), 31)
        && parts.next().is_none()
}

fn clock(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let hour = parts.next().unwrap_or_default();
    two(hour, 23) && parts.next().is_none_or(|minute| two(minute, 59)) && parts.next().is_none_or(seconds)
}

/// Seconds with at most nine decimals, and `z` or a zone.
fn seconds(text: &str) -> bool {
    let (seconds, zone_fits) = match (text.strip_suffix('z'), text.find(['+', '-'])) {
        (Some(seconds), _) => (seconds, true),
        (None, Some(at)) => match text.split_at_checked(at) {
            Some((seconds, zone)) => (seconds, zone.get(1..).is_some_and(self::zone)),
            None => (text, false),
        },
        (None, None) => (text, true),
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    zone_fits && two(whole, 59) && fraction.len() <= 9 && number(fraction, 999_999_999)
}

fn zone(text: &str) -> bool {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    hours.len() == 2 && minutes.len() == 2 && two(hours, 23) && two(minutes, 59)
}
