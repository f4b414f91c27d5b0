//! Lines of the log that strangers can cause: one in a while, with how many there were.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Seconds between two lines of one kind.
const PAUSE: u64 = 10;

/// One kind of line.
pub(crate) struct Seldom {
    start: Instant,
    /// From which second on the next line may be written.
    next: AtomicU64,
    unsaid: AtomicU64,
}

impl Seldom {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), next: AtomicU64::new(0), unsaid: AtomicU64::new(0) }
    }

    /// Whether a line may be written now; then how many it stands for, itself included.
    pub(crate) fn due(&self) -> Option<u64> {
        self.due_at(self.start.elapsed().as_secs())
    }

    fn due_at(&self, second: u64) -> Option<u64> {
        self.unsaid.fetch_add(1, Ordering::Relaxed);
        let next = self.next.load(Ordering::Relaxed);
        let mine = second >= next
            && self
                .next
                .compare_exchange(next, second.saturating_add(PAUSE), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        mine.then(|| self.unsaid.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_stands_for_all_since_the_last() {
        let seldom = Seldom::new();
        assert_eq!(seldom.due_at(0), Some(1));
        assert_eq!([seldom.due_at(0), seldom.due_at(9), seldom.due_at(9)], [None; 3]);
        assert_eq!(seldom.due_at(10), Some(4));
        assert_eq!(seldom.due_at(19), None);
        assert_eq!(seldom.due_at(1_000), Some(2));
    }
}
