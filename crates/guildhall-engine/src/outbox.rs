//! The outbox: mails that were committed with what they tell of are handed over afterwards, at least once.
//!
//! A mail is leased, tried, and settled. One that fails is put off with a growing pause, and does not hold up the
//! others; one that fails for good or too often is given up and stays visible as such.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use guildhall_core::Timestamp;
use guildhall_store::{MailState, OutboxMail, StoreError};

use crate::{Engine, Shared, clock};

/// Mails in hand at once.
const HANDS: usize = 8;
/// How much longer than a delivery can take a mail is in hand, before somebody else may take it.
const LEASE_MARGIN: Duration = Duration::from_secs(60);
/// How long to wait for work at most.
const NAP: Duration = Duration::from_secs(30);

/// A mail was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryError {
    /// Whether trying again is of no use.
    pub permanent: bool,
    /// Why, for the operator.
    pub what: String,
}

/// Delivers mails. May block.
pub trait Postman: Send + Sync {
    /// Delivers one mail.
    fn deliver(&self, mail: &OutboxMail) -> Result<(), DeliveryError>;

    /// How long one delivery can take.
    fn longest_delivery(&self) -> Duration;
}

/// How mails are tried again: after `first`, then twice as long each time, `most` at most, `attempts` times in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
    /// How often a mail is tried.
    pub attempts: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(3_600), attempts: 10 }
    }
}

impl Retry {
    fn pause(&self, attempts: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }
}

/// Hands mails over as they fall due, on the current runtime.
pub(crate) fn start(shared: Arc<Shared>, postman: Arc<dyn Postman>, retry: Retry) {
    // A try never waits for another one longer than the first pause.
    let nap = retry.first.clamp(Duration::from_millis(50), NAP);
    for _ in 0..HANDS {
        let (shared, postman) = (Arc::clone(&shared), Arc::clone(&postman));
        tokio::spawn(async move {
            loop {
                let (for_one, hand) = (Arc::clone(&shared), Arc::clone(&postman));
                let done =
                    tokio::task::spawn_blocking(move || deliver_one(&for_one, &*hand, retry, &clock::wall))
                        .await;
                match done {
                    Ok(Ok(true)) => {
                        // There may be more: wake another hand.
                        shared.outbox.notify_one();
                        continue;
                    }
                    Ok(Ok(false)) => {}
                    Ok(Err(e)) => tracing::error!(error = %e, "the outbox cannot be read"),
                    Err(_) => return,
                }
                let _ = tokio::time::timeout(nap, shared.outbox.notified()).await;
            }
        });
    }
}

impl Engine {
    /// Takes one mail that is due, if there is one, and tries it, as the outbox does all the time; for tests that
    /// deliver by hand and keep the wall time of deliveries themselves. Answers whether there was one.
    pub fn deliver_one(
        &self,
        postman: &dyn Postman,
        retry: Retry,
        wall: &dyn Fn() -> Timestamp,
    ) -> Result<bool, StoreError> {
        deliver_one(self.shared(), postman, retry, wall)
    }
}

/// Takes one mail that is due, if there is one, and tries it.
fn deliver_one(
    shared: &Shared,
    postman: &dyn Postman,
    retry: Retry,
    wall: &dyn Fn() -> Timestamp,
) -> Result<bool, StoreError> {
    let now = wall();
    let lease_until = put_off(now, postman.longest_delivery().saturating_add(LEASE_MARGIN));
    let Some(mut mail) = shared.store.lease(now, lease_until, 1)?.into_iter().next() else {
        return Ok(false);
    };
    mail.attempts = mail.attempts.saturating_add(1);
    match postman.deliver(&mail) {
        Ok(()) => {
            shared.stats.mails_delivered.fetch_add(1, Ordering::Relaxed);
            mail.state = MailState::Delivered;
            mail.last_error = None;
        }
        Err(e) => {
            shared.stats.mails_failed.fetch_add(1, Ordering::Relaxed);
            let last = e.permanent || mail.attempts >= retry.attempts;
            tracing::warn!(
                mail.id,
                mail.attempts,
                error = e.what,
                given_up = last,
                "a mail was not delivered"
            );
            mail.state = if last { MailState::Failed } else { MailState::Pending };
            mail.due = put_off(wall(), retry.pause(mail.attempts));
            mail.last_error = Some(e.what);
        }
    }
    shared.store.settle(&mail)?;
    Ok(true)
}

fn put_off(now: Timestamp, pause: Duration) -> Timestamp {
    now.plus(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry { first: Duration::from_secs(1), most: Duration::from_secs(10), attempts: 40 };
        let pauses: Vec<u64> = [1, 2, 3, 4, 5, 40].iter().map(|n| retry.pause(*n).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 10, 10]);
    }
}
