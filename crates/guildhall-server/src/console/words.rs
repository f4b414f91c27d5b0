//! Instants, lengths of time, policy types and foreign text in words. Templates hand everything over by reference.

use guildhall_core::kernel::time::{DAY, HOUR, SECOND, Timestamp};
use guildhall_core::lint::RESOURCE_POLICY;
use guildhall_core::state::policy::PolicyType;

/// One minute, in milliseconds.
const MINUTE: i64 = 60 * SECOND;

/// `2026-01-16 12:00 UTC`, rounded down to the minute.
pub(crate) fn minute(at: &Timestamp) -> String {
    written(at, "%Y-%m-%d %H:%M UTC")
}

/// `2026-01-16 12:00:07 UTC`.
pub(crate) fn second(at: &Timestamp) -> String {
    written(at, "%Y-%m-%d %H:%M:%S UTC")
}

/// `Friday, 2026-01-16, 12:00 UTC`, rounded down to the minute.
pub(crate) fn day_and_minute(at: &Timestamp) -> String {
    written(at, "%A, %Y-%m-%d, %H:%M UTC")
}

/// An instant in a machine's form, for `<time datetime>`.
pub(crate) fn machine(at: &Timestamp) -> String {
    at.to_string()
}

/// The colour of a state's badge: a class of the style sheet.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "OPEN" | "PENDING" | "REQUESTED" | "PENDING_ACTIVATION" | "PENDING_CLOSURE" => "wait",
        "ACCEPTED" | "DELIVERED" => "good",
        "FAILED" | "SUSPENDED" | "CLOSED" => "bad",
        _ => "quiet",
    }
}

fn written(at: &Timestamp, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(t) => t.strftime(format).to_string(),
        Err(_) => at.to_string(),
    }
}

/// How long from `now` to `then`, in the two largest units: `14 days and 3 hours`. `None` if it is over.
pub(crate) fn left(now: &Timestamp, then: &Timestamp) -> Option<String> {
    let millis = then.0.saturating_sub(now.0);
    if millis <= 0 {
        return None;
    }
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")];
    let mut rest = millis;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
        if parts.len() == 2 || (count == 0 && !parts.is_empty()) {
            break;
        }
    }
    Some(if parts.is_empty() { "less than a second".to_owned() } else { parts.join(" and ") })
}

/// Whether a character only steers how others are shown: it could make a text look like another.
fn steers(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Foreign text as one line, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().filter(|c| !steers(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect()
}

/// Foreign text as lines, without control characters. Empty if there is nothing in it.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n")
        .trim()
        .split(['\n', '\r'])
        .map(one_line)
        .filter(|_| !text.trim().is_empty())
        .collect()
}

/// A policy type in words: `Tag policy`.
pub(crate) fn policy_type(name: &str) -> String {
    let words = match name {
        "AISERVICES_OPT_OUT_POLICY" => "AI services opt-out policy",
        "BEDROCK_POLICY" => "Bedrock policy",
        "CHATBOT_POLICY" => "Chat applications policy",
        "DECLARATIVE_POLICY_EC2" => "Declarative policy for EC2",
        "GUARDDUTY_POLICY" => "GuardDuty policy",
        "INSPECTOR_POLICY" => "Inspector policy",
        "S3_POLICY" => "S3 policy",
        "SECURITYHUB_CSPM_POLICY" => "Security Hub CSPM policy",
        "SECURITYHUB_POLICY" => "Security Hub policy",
        RESOURCE_POLICY => "Resource policy of the organization",
        _ => {
            let lower = name.to_lowercase().replace('_', " ");
            let mut chars = lower.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            return first.into_iter().chain(chars).collect();
        }
    };
    words.to_owned()
}

/// The names of all policy types.
pub(crate) fn policy_types() -> impl Iterator<Item = &'static str> {
    PolicyType::ALL.into_iter().map(PolicyType::wire)
}

/// A word for a POSIX shell that means exactly `text`.
pub(crate) fn shell(text: &str) -> String {
    let text = one_line(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let at = Timestamp(1_768_564_807_999);
        assert_eq!(minute(&at), "2026-01-16 12:00 UTC");
        assert_eq!(second(&at), "2026-01-16 12:00:07 UTC");
        assert_eq!(day_and_minute(&at), "Friday, 2026-01-16, 12:00 UTC");
        assert!(!minute(&Timestamp(i64::MAX)).is_empty());
    }

    #[test]
    fn how_long_is_left() {
        let left = |millis| left(&Timestamp(0), &Timestamp(millis));
        assert_eq!(left(0), None);
        assert_eq!(left(-1), None);
        assert_eq!(left(1).unwrap(), "less than a second");
        assert_eq!(left(SECOND).unwrap(), "1 second");
        assert_eq!(left(15 * DAY).unwrap(), "15 days");
        assert_eq!(left(14 * DAY + HOUR + 59 * MINUTE).unwrap(), "14 days and 1 hour");
        assert_eq!(left(DAY + MINUTE).unwrap(), "1 day");
        assert_eq!(left(2 * HOUR + 5 * MINUTE).unwrap(), "2 hours and 5 minutes");
        assert!(super::left(&Timestamp(i64::MIN), &Timestamp(i64::MAX)).is_some());
    }

    #[test]
    fn policy_types_in_words() {
        let words: Vec<String> = policy_types().map(policy_type).collect();
        assert_eq!(words.len(), 15);
        assert!(words.iter().all(|w| !w.contains('_') && w.chars().any(char::is_lowercase)), "{words:?}");
        assert_eq!(policy_type("TAG_POLICY"), "Tag policy");
        assert_eq!(policy_type("SERVICE_CONTROL_POLICY"), "Service control policy");
        assert_eq!(policy_type(""), "");
    }

    #[test]
    fn foreign_text() {
        assert_eq!(one_line("a\r\nBcc: b\u{0}c\u{202e}d\u{2028}e"), "a  Bcc: b cd e");
        assert_eq!(lines(" a\r\nb\rc\n\nd\u{7} \n"), ["a", "b", "c", "", "d "]);
        assert!(lines("").is_empty() && lines(" \n ").is_empty());
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(shell("root+1@lab.example"), "root+1@lab.example");
        assert_eq!(shell("a b"), "'a b'");
        assert_eq!(shell("x'$(rm -rf .)`@b.co"), r"'x'\''$(rm -rf .)`@b.co'");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("a\nb"), "'a b'");
    }
}
