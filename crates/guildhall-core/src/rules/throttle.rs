//! Request throttles: groups of operations that share buckets of tokens, and the buckets' arithmetic (accounts.md 7.2).
//!
//! A request takes one token from its group's bucket, and is refused where there is none. Operations without a
//! published value are not throttled.

use crate::kernel::time::Timestamp;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests per 1,000 seconds.
    pub per_1000_seconds: u32,
    /// Requests that may come at once after a pause.
    pub burst: u32,
}

/// Operations that share their buckets.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Their names.
    pub operations: &'static [&'static str],
    /// For each calling account.
    pub account: Rate,
    /// For all accounts of an organization together.
    pub organization: Option<Rate>,
}

impl Rate {
    /// A rate.
    pub const fn new(per_1000_seconds: u32, burst: u32) -> Self {
        Self { per_1000_seconds, burst }
    }
}

impl Group {
    /// Operations that have a bucket for each account.
    pub const fn account(operations: &'static [&'static str], account: Rate) -> Self {
        Self { operations, account, organization: None }
    }

    /// Operations that have a bucket for each account and one for each organization.
    pub const fn both(operations: &'static [&'static str], account: Rate, organization: Rate) -> Self {
        Self { operations, account, organization: Some(organization) }
    }
}

/// A token, in millionths: what fills in a millisecond is then a whole number, the rate itself.
const TOKEN: u64 = 1_000_000;

/// A bucket of tokens. One that is full is as good as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// What it held when it was last filled up, in millionths of a token.
    tokens: u64,
    filled: Timestamp,
}

impl Bucket {
    /// A full one.
    pub fn full(now: Timestamp, rate: Rate) -> Self {
        Self { tokens: capacity(rate), filled: now }
    }

    /// Takes a token, if there is one. A clock that goes back counts as one that stands still: nothing is filled up
    /// until it has caught up.
    pub fn take(&mut self, now: Timestamp, rate: Rate) -> bool {
        self.tokens = self.tokens(now, rate);
        self.filled = self.filled.max(now);
        match self.tokens.checked_sub(TOKEN) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }

    /// Whether it can be forgotten.
    pub fn is_full(&self, now: Timestamp, rate: Rate) -> bool {
        self.tokens(now, rate) == capacity(rate)
    }

    fn tokens(&self, now: Timestamp, rate: Rate) -> u64 {
        let pause = u64::try_from(now.0.saturating_sub(self.filled.0)).unwrap_or(0);
        let filled = pause.saturating_mul(rate.per_1000_seconds.into());
        self.tokens.saturating_add(filled).min(capacity(rate))
    }
}

fn capacity(rate: Rate) -> u64 {
    u64::from(rate.burst).saturating_mul(TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{DAY, SECOND};

    const START: Timestamp = Timestamp(1_900_000_000_000);

    /// How many tokens can be taken at one instant, up to a thousand.
    fn drain(bucket: &mut Bucket, now: Timestamp, rate: Rate) -> usize {
        (0..1_000).take_while(|_| bucket.take(now, rate)).count()
    }

    #[test]
    fn a_token_is_there_to_the_millisecond() {
        for (per_1000_seconds, wait) in
            [(50, 20_000), (100, 10_000), (1_000, 1_000), (3_000, 334), (24_000, 42)]
        {
            let rate = Rate { per_1000_seconds, burst: 1 };
            let mut bucket = Bucket::full(START, rate);
            assert!(bucket.take(START, rate));
            assert!(!bucket.take(START.plus(wait - 1), rate), "{per_1000_seconds}");
            assert!(bucket.take(START.plus(wait), rate), "{per_1000_seconds}");
        }
    }

    #[test]
    fn tries_in_vain_do_not_put_it_off() {
        let rate = Rate::new(50, 1);
        let mut bucket = Bucket::full(START, rate);
        assert!(bucket.take(START, rate));
        let first = (1..).find(|millis| bucket.take(START.plus(*millis), rate));
        assert_eq!(first, Some(20 * SECOND));
    }

    #[test]
    fn a_pause_of_any_length_fills_up_to_the_burst() {
        let rate = Rate::new(20_000, 30);
        let ends = [START.plus(1_500), START.plus(DAY), START.plus(36_500 * DAY), Timestamp(i64::MAX)];
        for start in [START, Timestamp(0), Timestamp(i64::MIN)] {
            for end in ends {
                let mut bucket = Bucket::full(start, rate);
                assert_eq!(drain(&mut bucket, start, rate), 30);
                assert!(!bucket.is_full(start, rate));
                assert!(bucket.is_full(end, rate));
                assert_eq!(drain(&mut bucket, end, rate), 30, "{start} to {end}");
            }
        }
    }

    #[test]
    fn nothing_is_filled_while_the_clock_stands_or_goes_back() {
        let rate = Rate::new(1_000, 2);
        let mut bucket = Bucket::full(START, rate);
        assert_eq!(drain(&mut bucket, START, rate), 2);
        for now in [START, START.plus(-DAY), Timestamp(i64::MIN), START, START.plus(999)] {
            assert!(!bucket.take(now, rate), "{now}");
        }
        // What was before does not count twice.
        assert_eq!(drain(&mut bucket, START.plus(1_000), rate), 1);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let rate = Rate::new(u32::MAX, u32::MAX);
        let mut bucket = Bucket::full(Timestamp(i64::MIN), rate);
        assert!(bucket.take(Timestamp(i64::MIN), rate));
        assert!(bucket.take(Timestamp(i64::MAX), rate));
        assert_eq!(drain(&mut bucket, Timestamp(i64::MIN), rate), 1_000);
        let nothing = Rate { per_1000_seconds: 0, burst: 0 };
        assert!(!Bucket::full(START, nothing).take(Timestamp(i64::MAX), nothing));
    }
}
