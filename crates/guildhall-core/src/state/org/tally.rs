//! How many of many instants have come, without walking them.

use std::ops::Bound;

use imbl::OrdMap;

use crate::kernel::time::Timestamp;

/// How many bits of an instant one level tells apart.
const BITS: u32 = 8;

/// Levels: the first counts milliseconds, the last one spans of 50 days.
const LEVELS: usize = 5;

/// Instants, counted in spans of five widths. A count looks at no more than 256 spans of each width but the last,
/// however many instants there are: trees of `imbl` do not know how many entries stand before one.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    levels: [OrdMap<i64, usize>; LEVELS],
    len: usize,
}

/// The width of a level's spans, as a number of bits.
fn bits(level: usize) -> u32 {
    u32::try_from(level).unwrap_or(0) * BITS
}

impl Tally {
    /// Counts an instant; the same one may be counted several times.
    pub(super) fn insert(&mut self, at: Timestamp) {
        for (level, spans) in self.levels.iter_mut().enumerate() {
            *spans.entry(at.0 >> bits(level)).or_insert(0) += 1;
        }
        self.len += 1;
    }

    /// Takes an instant out that was counted.
    pub(super) fn remove(&mut self, at: Timestamp) {
        for (level, spans) in self.levels.iter_mut().enumerate() {
            let span = at.0 >> bits(level);
            match spans.get_mut(&span) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    spans.remove(&span);
                }
            }
        }
        self.len = self.len.saturating_sub(1);
    }

    /// How many instants come after `at`.
    pub(super) fn after(&self, at: Timestamp) -> usize {
        self.len - self.up_to(at).sum::<usize>()
    }

    /// How many instants there are at `at` and before it, in as few spans as they fill.
    fn up_to(&self, at: Timestamp) -> impl Iterator<Item = usize> {
        let spans = self.levels.iter().enumerate().flat_map(move |(level, spans)| {
            let last = at.0 >> bits(level);
            // What comes before the wider span is counted there.
            let first = if level + 1 < LEVELS {
                Bound::Included((at.0 >> bits(level + 1)) << BITS)
            } else {
                Bound::Unbounded
            };
            spans.range((first, Bound::Excluded(last))).map(|(_, count)| *count)
        });
        let now = self.levels.first().and_then(|instants| instants.get(&at.0)).copied();
        spans.chain(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_225_600_000;

    #[test]
    fn it_counts_as_walking_does() {
        let (mut tally, mut all) = (Tally::default(), Vec::new());
        let edges = [i64::MIN, -1, 0, 1, 255, 256, 257, 65_535, 65_536, NOW, i64::MAX - 1, i64::MAX];
        let instants: Vec<i64> = edges.into_iter().chain((0..2_000).map(|n| NOW + n * n * 7_919)).collect();
        for (n, at) in instants.iter().chain(&edges).enumerate() {
            tally.insert(Timestamp(*at));
            all.push(*at);
            if n % 3 == 0 {
                let gone = all.swap_remove((n * 31) % all.len());
                tally.remove(Timestamp(gone));
            }
            if n % 50 == 0 || n < 20 {
                for at in instants.iter().step_by(97).chain(&edges) {
                    let walked = all.iter().filter(|other| *other > at).count();
                    assert_eq!(tally.after(Timestamp(*at)), walked, "after {at}, step {n}");
                }
            }
        }
        all.iter().for_each(|at| tally.remove(Timestamp(*at)));
        assert!(tally.levels.iter().all(OrdMap::is_empty) && tally.len == 0);
    }

    #[test]
    fn a_count_costs_the_same_however_many_there_are() {
        for many in [10, 16_000, 200_000] {
            let mut tally = Tally::default();
            (0..many).for_each(|n| tally.insert(Timestamp(NOW + n * 7)));
            for at in [NOW - 1, NOW + many * 3, NOW + many * 7, NOW + (1 << 40)] {
                let spans = tally.up_to(Timestamp(at)).count();
                assert!(spans <= LEVELS * 256 + 1, "{many} instants, {spans} spans");
            }
        }
    }
}
