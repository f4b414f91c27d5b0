//! What goes on at the sockets, in numbers, for the metrics and the log.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::seldom::Seldom;

/// Why the server ended a connection.
#[derive(Clone, Copy)]
pub(crate) enum Ended {
    /// It was idle for too long.
    Idle,
    /// Its client took too long to send a body or to read an answer.
    Slow,
    /// Another one needed its place.
    Crowded,
}

/// The reasons as the metrics name them.
pub(crate) const REASONS: [&str; 3] = ["idle", "slow", "crowded"];

/// Numbers about connections.
pub(crate) struct Traffic {
    places: AtomicUsize,
    open: AtomicUsize,
    ended: [AtomicU64; 3],
    turned_away: AtomicU64,
    crowded: Seldom,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            places: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            ended: Default::default(),
            turned_away: AtomicU64::new(0),
            crowded: Seldom::new(),
        }
    }
}

impl Traffic {
    pub(super) fn places(&self, most: usize) {
        self.places.store(most, Ordering::Relaxed);
    }

    pub(super) fn open(&self, now: usize) {
        self.open.store(now, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, why: Ended) {
        if let Some(counter) = self.ended.get(why as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(why, Ended::Crowded) {
            self.warn("no place was left: the connection that had waited longest for its client was ended");
        }
    }

    pub(super) fn turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
        self.warn("no place was left and none could be freed: a connection gets health answers only");
    }

    fn warn(&self, what: &str) {
        if let Some(times) = self.crowded.due() {
            let places = self.places.load(Ordering::Relaxed);
            tracing::warn!(places, times, "{what}");
        }
    }

    /// In Prometheus' text form, with what long bodies hold.
    pub(crate) fn write(&self, body_bytes: usize, text: &mut String) -> std::fmt::Result {
        use std::fmt::Write;
        let (open, places) = (self.open.load(Ordering::Relaxed), self.places.load(Ordering::Relaxed));
        for (name, help, value) in [
            ("connections", "Open connections", open),
            ("connection_places", "Connections at once at most", places),
            ("body_bytes", "Bytes that long bodies under way hold", body_bytes),
        ] {
            writeln!(text, "# HELP guildhall_{name} {help}.\n# TYPE guildhall_{name} gauge")?;
            writeln!(text, "guildhall_{name} {value}")?;
        }
        let name = "guildhall_connections_ended";
        writeln!(text, "# HELP {name} Connections that the server ended, by reason.\n# TYPE {name} counter")?;
        for (reason, counter) in REASONS.iter().zip(&self.ended) {
            writeln!(text, "{name}_total{{reason=\"{reason}\"}} {}", counter.load(Ordering::Relaxed))?;
        }
        let name = "guildhall_connections_turned_away";
        writeln!(text, "# HELP {name} Connections that got health answers only.\n# TYPE {name} counter")?;
        writeln!(text, "{name}_total {}", self.turned_away.load(Ordering::Relaxed))
    }
}
