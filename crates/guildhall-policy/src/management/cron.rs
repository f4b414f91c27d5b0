//! Schedules of backup rules: `cron(0 5 ? * * *)` (observed.md 62).
//!
//! The recordings fit the grammar of Quartz without its seconds: minutes, hours, day of the month, month, day of the
//! week, and a year that may be left out. One of the two days is `?`.

/// When a schedule runs, as far as rules ask for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// It runs once a month at most.
    pub(super) monthly: bool,
}

/// What is wanted of a schedule, for people.
pub(super) const WANTED: &str = "cron(minutes hours day-of-month month day-of-week year) with ? for one of the days, at most once an hour,";

/// Whether this is a schedule.
pub(super) fn holds(text: &str) -> bool {
    parse(text).is_some()
}

/// Whether this is a schedule that runs once a month at most.
pub(super) fn monthly(text: &str) -> bool {
    parse(text).is_some_and(|schedule| schedule.monthly)
}

/// The schedule, if the text is one and AWS takes it: it runs at most once an hour, and some day of it exists.
fn parse(text: &str) -> Option<Schedule> {
    let inner = text.strip_prefix("cron(")?.strip_suffix(')')?.to_ascii_uppercase();
    let mut fields = inner.split(' ').filter(|field| !field.is_empty());
    let minutes = MINUTES.values(fields.next()?)?;
    let hours = HOURS.values(fields.next()?)?;
    let day = fields.next()?;
    let months = MONTHS.values(fields.next()?)?;
    let weekday = fields.next()?;
    if let Some(year) = fields.next() {
        YEARS.values(year)?;
    }
    // Text after the year is ignored, as recorded.
    let once = match (day, weekday) {
        ("?", "?") => return None,
        (_, "?") => days(day, &months)?,
        ("?", _) => weekdays(weekday)?,
        _ => return None,
    };
    let at_one_minute = minutes.iter().filter(|on| **on).count() == 1;
    let at_one_hour = hours.iter().filter(|on| **on).count() == 1;
    at_one_minute.then_some(Schedule { monthly: once && at_one_hour })
}

/// One field: its numbers, their names, and whether a range may run past the end.
struct Field {
    first: usize,
    last: usize,
    names: &'static [&'static str],
    wraps: bool,
}

const MINUTES: Field = Field { first: 0, last: 59, names: &[], wraps: true };
const HOURS: Field = Field { first: 0, last: 23, names: &[], wraps: true };
const DAYS: Field = Field { first: 1, last: 31, names: &[], wraps: true };
const MONTHS: Field = Field {
    first: 1,
    last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    wraps: true,
};
const WEEKDAYS: Field =
    Field { first: 1, last: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], wraps: true };
const YEARS: Field = Field { first: 1970, last: 2199, names: &[], wraps: false };

impl Field {
    /// The numbers that a field names, as flags from its first number on.
    fn values(&self, text: &str) -> Option<Vec<bool>> {
        let mut on = vec![false; self.last.checked_sub(self.first)?.checked_add(1)?];
        for part in text.split(',') {
            self.part(part, &mut on)?;
        }
        Some(on)
    }

    fn part(&self, text: &str, on: &mut [bool]) -> Option<()> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (text, None),
        };
        if step.is_some_and(|step| step == 0 || step > on.len() || step > self.last) {
            return None;
        }
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.one(from)?, self.one(to)?),
            None if range == "*" => (0, on.len().checked_sub(1)?),
            None if step.is_some() => (self.one(range)?, on.len().checked_sub(1)?),
            None => (self.one(range)?, self.one(range)?),
        };
        if from > to && !self.wraps {
            return None;
        }
        let length = if from <= to { to - from } else { to + on.len() - from };
        for offset in (0..=length).step_by(step.unwrap_or(1)) {
            let size = on.len();
            *on.get_mut((from + offset) % size)? = true;
        }
        Some(())
    }

    /// The place of one number or name among the flags.
    fn one(&self, text: &str) -> Option<usize> {
        if let Some(place) = self.names.iter().position(|name| *name == text) {
            return Some(place);
        }
        let n = number(text)?;
        if n > self.last { None } else { n.checked_sub(self.first) }
    }
}

/// A number of at most four digits.
fn number(text: &str) -> Option<usize> {
    let short = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if short { text.parse().ok() } else { None }
}

/// Whether the day of the month is one day a month; nothing if it is none, or a day that no month of these has.
fn days(text: &str, months: &[bool]) -> Option<bool> {
    // `L` is the last day, `LW` the last weekday, `L-3` the third before the last.
    if let Some(rest) = text.strip_prefix('L') {
        let before = rest.strip_suffix('W').unwrap_or(rest);
        return match before.strip_prefix('-') {
            Some(n) => (number(n)? <= 30).then_some(true),
            None => before.is_empty().then_some(true),
        };
    }
    // `15W` is the weekday nearest to the 15th. In a list of such only the first counts.
    let plain: Vec<&str> = text.split(',').map(|part| part.strip_suffix('W').unwrap_or(part)).collect();
    let on = DAYS.values(&plain.join(","))?;
    let first = on.iter().position(|on| *on)?.checked_add(1)?;
    let longest = (1_usize..).zip(months).filter(|(_, on)| **on).map(|(month, _)| length(month)).max()?;
    let nearest = text.contains('W') && !text.contains('-');
    (first <= longest).then(|| nearest || on.iter().filter(|on| **on).count() == 1)
}

fn length(month: usize) -> usize {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the day of the week is one day a month.
fn weekdays(text: &str) -> Option<bool> {
    if text == "L" {
        return Some(false);
    }
    // `6L` is the last Friday, and stands alone; `MON#2` is the second Monday, and other days may stand beside it.
    if let Some(day) = text.strip_suffix('L') {
        WEEKDAYS.one(day)?;
        return Some(true);
    }
    if text.matches('#').count() > 1 {
        return None;
    }
    let mut rest = Vec::new();
    let mut nth = false;
    for part in text.split(',') {
        match part.split_once('#') {
            Some((day, n)) => {
                WEEKDAYS.one(day)?;
                nth = (1..=5).contains(&number(n)?);
                if !nth {
                    return None;
                }
            }
            None => rest.push(part),
        }
    }
    // Beside `#` other days do not count.
    if !rest.is_empty() {
        WEEKDAYS.values(&rest.join(","))?;
    }
    Some(nth)
}

#[cfg(test)]
mod tests {
    use super::{holds, monthly};

    #[test]
    fn the_recorded_schedules() {
        for fields in [
            "0 5 ? * * *",
            "0 5 ? * MON-FRI *",
            "0 5 L * ? *",
            "0 5 L-3 * ? *",
            "0 5 LW * ? *",
            "0 5 15W * ? *",
            "0 5 ? * 6L *",
            "0 5 ? * L *",
            "0 5 ? * MON#2 *",
            "0 5 ? NOV-FEB * *",
            "0 20-2 ? * * *",
            "0 5 ? * mon *",
            "0 5 ? JAN * 2030-2035",
            "0 5 ? JAN * 2030/2",
            "0 5 1,15 * ? *",
            "0  5 ? * * *",
            "0 5 L-3W * ? *",
            "0 5 L-30 * ? *",
            "0 5 ? * 1L *",
            "0 5 ? * MONL *",
            "0 5 ? * 7-1 *",
            "0 5 ? * MON-FRI/2 *",
            "0 5 1 * ? * *",
            "0 5 1 * ?",
            "0 5 1-5W * ? *",
            "0 5 1W,15W * ? *",
            "0 5 ? * 1#1,2 *",
            "1/59 5 ? * * *",
            "0,0 5 ? * * *",
            "5-5 5 ? * * *",
            "0 0/1 ? * * *",
            "0 5/1 ? * * *",
        ] {
            assert!(holds(&format!("cron({fields})")), "{fields} was accepted");
        }
        for fields in [
            "0/15 * ? * * *",
            "0 5 ? * MON#2,TUE#3 *",
            "0 5 ? JAN * 2200",
            "0 5 ? JAN * 1969",
            "0 5 ? * * 9999",
            "0 5 ? * 0 *",
            "0 5 31W FEB ? *",
            "0 5 L-31 * ? *",
            "0 5 ? * 0L *",
            "0 5 ? * MON#0 *",
            "0 5 ? * MON#6 *",
            "0 5 ? JAN * 2035-2030",
            "0 5 ? * 1L,2L *",
            "*/60 5 ? * * *",
            "0/60 5 ? * * *",
            "0/59 5 ? * * *",
            "0,30 5 ? * * *",
            "* 5 ? * * *",
            "* * * * * *",
            "0,59 8 ? * * *",
        ] {
            assert!(!holds(&format!("cron({fields})")), "{fields} was refused");
        }
        for text in
            ["", "bad", "rate(1 day)", "cron(0 5 ? * * *) ", " cron(0 5 ? * * *)", "cron()", "cron(0 5)"]
        {
            assert!(!holds(text), "{text:?} was refused, or is like one that was");
        }
    }

    #[test]
    fn once_a_month() {
        for (fields, want) in [
            ("0 5 1 * ? *", true),
            ("0 5 L * ? *", true),
            ("0 5 ? * MON#2 *", true),
            ("0 5 ? * 6L *", true),
            ("0 5 ? * * *", false),
            ("0 5 ? * SUN *", false),
            ("0 5 1,15 * ? *", false),
            ("0 5,17 1 * ? *", false),
            // Recorded, and Quartz's reading: beside `#` other days do not count, and of days with `W` only the first.
            ("0 5 ? * 1#1,2 *", true),
            ("0 5 ? * 1,2#1 *", true),
            ("0 5 1W,15W * ? *", true),
            ("0 5 1-5W * ? *", false),
            ("0 5 ? * L *", false),
        ] {
            assert_eq!(monthly(&format!("cron({fields})")), want, "{fields}");
        }
    }

    #[test]
    fn hostile_schedules_are_refused_at_once() {
        for text in
            ["99999999999999999999 5 ? * * *", "0 5 ? * * 1970-99999999", "0 5 -1 * ? *", "0 5 1/0 * ? *"]
        {
            assert!(!holds(&format!("cron({text})")), "{text}");
        }
        let long = format!("cron(0 5 {} * ? *)", vec!["1-31/1"; 20_000].join(","));
        assert!(holds(&long), "long, and right");
    }
}
