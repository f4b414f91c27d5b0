//! How long a client may take: the one deadline for sending a body and for reading an answer.

use std::time::{Duration, Instant};

/// The least rate beyond the first [`patience`](crate::listen::Connections::patience), in bytes a second: what a
/// modem of the last century does. Short bodies and answers are done long before; it lets long ones (snapshots) take
/// their time, as long as they go on.
const LEAST_RATE: u64 = 64 * 1024;

/// A body or an answer under way.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    since: Instant,
    patience: Duration,
    bytes: u64,
}

impl Pace {
    /// It begins now.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { since: Instant::now(), patience, bytes: 0 }
    }

    /// So many bytes more have come or gone.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// When it is over, unless more bytes move.
    pub(crate) fn deadline(&self) -> Instant {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1_000) / LEAST_RATE);
        let allowed = self.patience.saturating_add(earned);
        self.since.checked_add(allowed).unwrap_or(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_earns_time() {
        let mut pace = Pace::new(Duration::from_secs(20));
        let start = pace.deadline();
        pace.moved(64 * 1024);
        assert_eq!(pace.deadline() - start, Duration::from_secs(1));
        pace.moved(9 * 64 * 1024);
        assert_eq!(pace.deadline() - start, Duration::from_secs(10));
        pace.moved(usize::MAX);
        assert!(pace.deadline() >= start, "no overflow");
    }
}
