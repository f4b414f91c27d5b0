//! The time stamps of a signature: `20150830T123600Z`, and the HTTP date that may stand in for it.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: i64 = 86_400;
/// 9999-12-31T23:59:59Z: what four digits of year can say.
const LAST: i64 = 253_402_300_799;

/// The moment a request was signed at: Unix seconds, and the text that was signed.
#[derive(Clone)]
pub(super) struct Stamp {
    pub(super) seconds: i64,
    pub(super) text: String,
}

impl Stamp {
    /// `YYYYMMDD'T'HHMMSS'Z'`.
    pub(super) fn basic(text: &str) -> Option<Self> {
        let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
        let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = *bytes else {
            return None;
        };
        let days = days(number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?)?;
        let clock = clock([number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?])?;
        Some(Self { seconds: days * DAY + clock, text: text.to_owned() })
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, or the basic form.
    pub(super) fn http_date(text: &str) -> Option<Self> {
        let mut parts = text.split_ascii_whitespace();
        let (_, Some(day), Some(month), Some(year), Some(time), Some("GMT"), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Self::basic(text);
        };
        let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
        let days = days(number(year.as_bytes())?, month, number(day.as_bytes())?)?;
        let [h1, h2, b':', n1, n2, b':', s1, s2] = *time.as_bytes() else { return None };
        let clock = clock([number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?])?;
        let seconds = days * DAY + clock;
        Some(Self { seconds, text: format(seconds) })
    }

    /// The day as it stands in a credential scope: `YYYYMMDD`.
    pub(super) fn day(&self) -> &str {
        self.text.get(..8).unwrap_or_default()
    }
}

/// Unix seconds as `YYYYMMDD'T'HHMMSS'Z'`.
pub(super) fn format(seconds: i64) -> String {
    let seconds = seconds.clamp(0, LAST);
    let (year, month, day) = date(seconds / DAY);
    let second = seconds % DAY;
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn clock([hour, minute, second]: [i64; 3]) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a date that exists, on Hinnant's calendar whose year begins in March.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let march = (month + 9) % 12;
    let shifted = year - i64::from(month < 3);
    let of_year = (153 * march + 2) / 5 + day - 1;
    let days = shifted.div_euclid(400) * 146_097 + days_of_era(shifted.rem_euclid(400)) + of_year - 719_468;
    ((1..=12).contains(&month) && date(days) == (year, month, day)).then_some(days)
}

fn days_of_era(year: i64) -> i64 {
    year * 365 + year / 4 - year / 100
}

/// The inverse of `days`.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - days_of_era(year);
    let march = (5 * of_year + 2) / 153;
    let month = (march + 2) % 12 + 1;
    let year = year + days.div_euclid(146_097) * 400 + i64::from(month < 3);
    (year, month, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20150830T123600Z", 1_440_938_160),
            ("20240229T235959Z", 1_709_251_199),
            ("21000301T000000Z", 4_107_542_400),
            ("99991231T235959Z", LAST),
        ] {
            assert_eq!(Stamp::basic(text).unwrap().seconds, seconds, "{text}");
            assert_eq!(format(seconds), text);
        }
        let stamp = Stamp::http_date("Sun, 30 Aug 2015 12:36:00 GMT").unwrap();
        assert_eq!(
            (stamp.seconds, stamp.text.as_str(), stamp.day()),
            (1_440_938_160, "20150830T123600Z", "20150830")
        );
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), Some(day));
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "20150830 123600Z",
            "20151330T123600Z",
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "2015083xT123600Z",
            "20150800T123600Z",
            "20150030T123600Z",
            "２0150830T1236Z",
        ] {
            assert!(Stamp::basic(text).is_none(), "{text}");
            assert!(Stamp::http_date(text).is_none(), "{text}");
        }
        assert!(Stamp::http_date("Sun, 30 Foo 2015 12:36:00 GMT").is_none());
        assert!(Stamp::http_date("Sun, 30 Aug 2015 12:36:00 CET").is_none());
        assert!(Stamp::http_date("Sun, 30 Aug 99999999999999999999 12:36:00 GMT").is_none());
    }
}
