//! Clock jumps: time moves on all engines, and what falls due on the way runs on the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use guildhall_core::kernel::time::{DAY, HOUR, SECOND};
use guildhall_core::{Owner, Timer, TimerChange, Timestamp};
use guildhall_store::memory::InjectedFault;

use super::store::{Attempt, CommitOutcome};
use super::{World, Written};

/// How far business time jumps: past the end of a creation and of a closing, and now and then of what takes days.
const JUMPS: [i64; 18] = [
    1,
    200,
    200,
    3 * SECOND,
    3 * SECOND,
    60 * SECOND,
    60 * SECOND,
    HOUR,
    HOUR,
    2 * HOUR,
    12 * HOUR,
    DAY,
    DAY,
    5 * DAY,
    5 * DAY,
    15 * DAY,
    40 * DAY,
    91 * DAY,
];

/// The first instant of a month in UTC, so many months after the one of `at`.
pub fn month_start(at: Timestamp, months: i64) -> Timestamp {
    let text = at.iso8601();
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let month = number(0, 4) * 12 + number(5, 7) - 1 + months;
    // From the first of March on every year is as long as its days, and leap days are last.
    let march = month - 2;
    let (year, of_year) = (march.div_euclid(12), march.rem_euclid(12));
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap + (153 * of_year + 2) / 5 - 719_468;
    Timestamp(days * DAY)
}

impl World {
    /// Business time jumps, on one engine after the other. When nothing can be written meanwhile, the first one stays
    /// where the first timers should have run, and goes on with them late.
    pub(super) fn jump(&mut self) {
        let target = match self.rng.below(20) {
            // To the very instant at which something falls due, and to the ends of months, where transfers begin and end.
            0..5 => self.model.next_due().unwrap_or(self.now()).max(self.now()),
            5 => month_start(self.now(), 1).plus(*self.rng.pick(&[-DAY - 1, -DAY, -1, 0])).max(self.now()),
            _ => self.now().plus(*self.rng.pick(&JUMPS)),
        };
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        self.rng.shuffle(&mut order);
        let mut fault = match self.rng.below(100) {
            n if n < 15 => Some(InjectedFault::Refused),
            n if n < 30 => Some(InjectedFault::AnswerLost),
            n if n < 50 => Some(InjectedFault::Conflict),
            _ => None,
        };
        if let Some(late) = self.late {
            // It is ahead of the others, which must not act in what is the past to it.
            order.retain(|n| *n != late);
            order.insert(0, late);
        }
        for node in order {
            let arrived = self.advance(node, target, fault.take());
            self.late = if arrived { None } else { Some(node) };
            if !arrived {
                return;
            }
        }
    }

    /// Moves one engine's time. Answers whether it got there. A conflict happens once; other faults to every commit.
    pub(super) fn advance(&mut self, node: usize, target: Timestamp, fault: Option<InjectedFault>) -> bool {
        let shared = Arc::clone(&self.start.shared);
        let (before, due) = (self.nodes[node].now(), self.model.next_due().filter(|due| *due <= target));
        let outage = fault.filter(|f| *f != InjectedFault::Conflict && due.is_some());
        // Of several timers, those that find themselves in one commit depends on how fast the engine takes them up.
        let outage = outage.map(|f| if self.model.due_together() > 1 { InjectedFault::Refused } else { f });
        if self.model.due_by(target) > 1 {
            // One that has to be loaded goes back in the queue, and which of several comes first is nobody's to say.
            let owners = self.model.orgs().map(|(id, ..)| Owner::Org(id)).collect();
            let engine = self.nodes[node].engine.clone();
            self.wait(engine.preload(owners)).unwrap();
        }
        shared.outage(outage);
        shared.fail(node, fault.filter(|f| *f == InjectedFault::Conflict));
        self.nodes[node].take_seeds();
        let engine = self.nodes[node].engine.clone();
        let advanced = self.wait(async {
            let advanced = engine.advance_to(target).await;
            if outage.is_some() {
                // What was begun ends before the fault does.
                while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
                    tokio::task::yield_now().await;
                }
                engine.with_exclusive_store(|_| Ok(())).await.unwrap();
            }
            advanced
        });
        shared.outage(None);
        if outage.is_some() {
            self.nodes[node].stale.clear();
        }
        assert_eq!(advanced.is_err(), outage.is_some(), "time moves to {target}: {advanced:?}");
        let stands = if outage.is_some() { before.max(due.unwrap_or(before)) } else { target };
        assert_eq!(self.nodes[node].now(), stands, "where business time stands");
        self.run_timers(node, before, target, outage);
        let count = if outage.is_some() { "jumps that failed" } else { "jumps" };
        self.note(&format!("engine {node} goes to {target} with {fault:?}"), count);
        advanced.is_ok()
    }

    /// Runs in the model what the engine ran, and compares.
    fn run_timers(
        &mut self,
        node: usize,
        before: Timestamp,
        target: Timestamp,
        outage: Option<InjectedFault>,
    ) {
        let mut seeds = self.nodes[node].take_seeds().into_iter();
        let attempts = self.start.shared.take_attempts(node);
        let done = |a: &&Attempt| matches!(a.outcome, CommitOutcome::Written | CommitOutcome::AnswerLost);
        let timers = attempts.iter().filter(done).flat_map(|a| &a.batch.timers);
        let cleared = timers.filter_map(|change| match change {
            TimerChange::Clear(timer) => Some(timer.clone()),
            TimerChange::Set(_) => None,
        });
        // A timer takes itself away as the last thing that it does.
        let order: BTreeMap<Timer, usize> = cleared.zip(0..).collect();
        let (mut written, mut sent) = (Written::new(), Vec::new());
        if outage != Some(InjectedFault::Refused) {
            while self.model.next_due().is_some_and(|due| due <= target) {
                let (owners, mails) = self.model.run_instant(before, &mut seeds, &order);
                written.extend(owners);
                sent.extend(mails);
                *self.summary.events.entry("instants").or_default() += 1;
                if outage.is_some() {
                    break;
                }
            }
            assert_eq!(seeds.next(), None, "a timer ran that was not due");
        }
        let (mut batches, mut mails) = (Written::new(), Vec::new());
        for attempt in attempts.iter().filter(done) {
            batches.extend(attempt.batch.writes.iter().map(|(owner, _)| owner.clone()));
            mails.extend(attempt.batch.mails.iter());
        }
        assert_eq!(batches, written, "what timers write");
        let key = |mail: &guildhall_core::state::mail::Mail| serde_json::to_string(mail).unwrap();
        let mut contents: Vec<String> = mails.iter().map(|m| key(&m.mail)).collect();
        let mut expected: Vec<String> = sent.iter().map(key).collect();
        contents.sort();
        expected.sort();
        assert_eq!(contents, expected, "which mails timers send");
        mails.iter().for_each(|m| self.transport.sent(&m.id, &m.mail));
        self.compare(node, &written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_where_the_calendar_says() {
        let at = |text: &str| (0..).map(|day| Timestamp(day * DAY)).find(|t| t.to_string().starts_with(text));
        for (now, months, first) in [
            ("2026-01-31", 0, "2026-01-01"),
            ("2026-01-31", 1, "2026-02-01"),
            ("2026-12-31", 1, "2027-01-01"),
            ("2028-02-29", 1, "2028-03-01"),
            ("2026-11-30", 3, "2027-02-01"),
        ] {
            let start = month_start(at(now).unwrap().plus(DAY - 1), months);
            assert_eq!(start.to_string(), format!("{first}T00:00:00.000Z"), "{months} months after {now}");
        }
    }
}
