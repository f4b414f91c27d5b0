//! The outbox: mails are committed together with the change that they tell of, and delivered afterwards, at least once.
//!
//! A mail is leased, tried, and settled. One that fails is put off with a growing pause, and does not hold up the
//! others. One that fails for good or for too long is given up; it stays visible as such, and can be put back to be
//! sent.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guildhall_core::Timestamp;
use guildhall_store::{MailState, OutboxMail, StoreError};

use crate::{Engine, Shared, clock};

/// How many mails are sent at the same time.
const WORKERS: usize = 8;
/// How much longer than the longest delivery a lease lasts. After that somebody else may take the mail.
const LEASE_MARGIN: Duration = Duration::from_secs(60);
/// How long to wait for work at most.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Why a mail was not sent. Names nobody, so that it can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SendError {
    /// Trying this mail again is of no use.
    pub permanent: bool,
    /// What happened.
    pub what: String,
}

impl SendError {
    /// The mail is given up.
    pub fn permanent(what: impl Into<String>) -> Self {
        Self { permanent: true, what: what.into() }
    }

    /// The mail is tried again.
    pub fn temporary(what: impl Into<String>) -> Self {
        Self { permanent: false, what: what.into() }
    }
}

/// Sends mails. May block.
pub trait Transport: Send + Sync {
    /// Sends one mail.
    fn send(&self, mail: &OutboxMail) -> Result<(), SendError>;

    /// How long one [`Transport::send`] can take: a mail is leased for longer.
    fn longest_send(&self) -> Duration;
}

/// How mails are tried again: after `first`, then twice as long each time, `most` at most, and a last time when
/// `give_up_after` is over. All by wall time: a mail server is away in its time, wherever business time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
    /// How long a mail is tried, from when it was made or put back to be sent.
    pub give_up_after: Duration,
}

impl Default for Retry {
    /// RFC 5321, section 4.5.4.1: at least four to five days.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(3_600),
            give_up_after: Duration::from_secs(5 * 24 * 3_600),
        }
    }
}

impl Retry {
    fn pause(&self, attempts: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }

    /// How long a worker waits to be woken before it looks for work by itself: not longer than the first pause.
    fn wait(&self) -> Duration {
        self.first.clamp(Duration::from_millis(50), LONGEST_WAIT)
    }
}

/// Sends mails as they fall due, on the current runtime.
pub(crate) fn start(shared: Arc<Shared>, transport: Arc<dyn Transport>, retry: Retry) {
    let wait = retry.wait();
    for _ in 0..WORKERS {
        let (shared, transport) = (Arc::clone(&shared), Arc::clone(&transport));
        tokio::spawn(async move {
            loop {
                let (for_one, by) = (Arc::clone(&shared), Arc::clone(&transport));
                let done =
                    tokio::task::spawn_blocking(move || deliver_one(&for_one, &*by, retry, &clock::wall))
                        .await;
                match done {
                    Ok(Ok(true)) => {
                        // There may be more: wake another worker.
                        shared.outbox.notify_one();
                        continue;
                    }
                    Ok(Ok(false)) => {}
                    Ok(Err(e)) => tracing::error!(error = %e, "the outbox cannot be read"),
                    Err(e) if e.is_cancelled() => return,
                    Err(_) => {
                        shared.stats.restarts.fetch_add(1, Ordering::Relaxed);
                        tracing::error!("a worker of the outbox panicked; it goes on");
                    }
                }
                let _ = tokio::time::timeout(wait, shared.outbox.notified()).await;
            }
        });
    }
}

/// The mails that this process sends right now.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashSet<String>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a mail out of [`InFlight`] at the end, even of a transport that panics.
struct InFlightGuard<'a>(&'a InFlight, String);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

/// Mails that are put back to be sent in one transaction.
const RETRIED_AT_ONCE: usize = 256;

impl Engine {
    /// Puts a mail that was given up back to be sent, for as long as a new one; one that waits is tried at once. One
    /// that was delivered, or is tried right now, stays as it is. Answers it as it is then.
    pub async fn retry_mail(&self, id: String) -> Result<Option<OutboxMail>, StoreError> {
        let engine = self.clone();
        let mail = self.blocking(move || {
            let shared = engine.shared();
            // Held, so that no worker takes it meanwhile.
            let in_flight = shared.in_flight.lock();
            if in_flight.contains(&id) {
                return shared.store.mail(&id);
            }
            shared.store.retry_mail(&id, clock::wall())
        });
        let mail = mail.await?;
        self.shared().outbox.notify_one();
        Ok(mail)
    }

    /// Puts all mails that were given up back to be sent, for as long as new ones. Answers how many there were.
    pub async fn retry_failed_mails(&self) -> Result<u64, StoreError> {
        let (mut retried, mut last) = (0, String::new());
        loop {
            let (store, after) = (self.store(), last.clone());
            let some = self.blocking(move || store.retry_failed(clock::wall(), &after, RETRIED_AT_ONCE));
            let some = some.await?;
            self.shared().outbox.notify_one();
            retried += some.len() as u64;
            match some.into_iter().next_back() {
                Some(id) => last = id,
                None => return Ok(retried),
            }
        }
    }

    /// Takes one mail that is due, if there is one, and tries it, as the outbox does all the time; for tests that
    /// deliver by hand and keep the wall time of deliveries themselves. Answers whether there was one.
    pub fn deliver_one(
        &self,
        transport: &dyn Transport,
        retry: Retry,
        wall: &dyn Fn() -> Timestamp,
    ) -> Result<bool, StoreError> {
        deliver_one(self.shared(), transport, retry, wall)
    }
}

/// Takes one mail that is due, if there is one, and tries it.
fn deliver_one(
    shared: &Shared,
    transport: &dyn Transport,
    retry: Retry,
    wall: &dyn Fn() -> Timestamp,
) -> Result<bool, StoreError> {
    let now = wall();
    let lease_until = after(now, transport.longest_send().saturating_add(LEASE_MARGIN));
    let leased = {
        let mut in_flight = shared.in_flight.lock();
        let leased = shared.store.lease(now, lease_until, 1)?.into_iter().next();
        in_flight.extend(leased.as_ref().map(|mail| mail.id.clone()));
        leased
    };
    let Some(mut mail) = leased else { return Ok(false) };
    let _guard = InFlightGuard(&shared.in_flight, mail.id.clone());
    mail.attempts = mail.attempts.saturating_add(1);
    match transport.send(&mail) {
        Ok(()) => {
            shared.stats.mails_delivered.fetch_add(1, Ordering::Relaxed);
            mail.state = MailState::Delivered;
            mail.last_error = None;
        }
        Err(e) => {
            shared.stats.mails_failed.fetch_add(1, Ordering::Relaxed);
            let (now, end) = (wall(), after(mail.queued, retry.give_up_after));
            let last = e.permanent || now >= end;
            tracing::warn!(
                mail.id,
                mail.attempts,
                error = e.what,
                given_up = last,
                "a mail was not delivered"
            );
            mail.state = if last { MailState::Failed } else { MailState::Pending };
            mail.due = after(now, retry.pause(mail.attempts)).min(end);
            mail.last_error = Some(e.what);
        }
    }
    shared.store.settle(&mail)?;
    Ok(true)
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.plus(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::{Receiver, channel};

    use guildhall_core::kernel::ids::AccountId;
    use guildhall_core::state::limits::Limits;
    use guildhall_core::state::mail::{AccountNews, Content, Mail, MailKind};
    use guildhall_core::{Command, Cx, Reply, Stop, View};
    use guildhall_store::memory::MemoryStore;

    use super::*;
    use crate::{ClockMode, Config, Retention, random};

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry =
            Retry { first: Duration::from_secs(1), most: Duration::from_secs(10), ..Retry::default() };
        let pauses: Vec<u64> = [1, 2, 3, 4, 5, 40].iter().map(|n| retry.pause(*n).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn a_hand_looks_again_within_the_first_pause() {
        let wait =
            |first| Retry { first: Duration::from_millis(first), ..Retry::default() }.wait().as_millis();
        assert_eq!([1, 50, 1_000, 3_600_000].map(wait), [50, 50, 1_000, 30_000]);
    }

    /// A command that sends a mail.
    struct Letter;

    impl Command for Letter {
        fn name(&self) -> &'static str {
            "Letter"
        }

        fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
            let (account, name) = (cx.caller.account, "Somebody".to_owned());
            let news = AccountNews { account, name, organization: None, until: None, address: None };
            let to = "somebody@example.com".parse().unwrap();
            let about = Content::Account(news);
            view.changes.mails.push(Mail { to, kind: MailKind::Welcome, handshake: None, about });
            Ok(Reply::new())
        }
    }

    /// A transport that keeps what it is given until the other end of the channel is gone.
    struct Keeping(AtomicUsize, Mutex<Receiver<()>>);

    impl Transport for Keeping {
        fn send(&self, _: &OutboxMail) -> Result<(), SendError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            let _ = self.1.lock().unwrap().recv();
            Ok(())
        }

        fn longest_send(&self) -> Duration {
            Duration::from_secs(600)
        }
    }

    #[tokio::test]
    async fn eight_mails_are_in_hand_at_once_and_what_comes_in_wakes_a_hand() {
        let (end, ended) = channel();
        let transport = Arc::new(Keeping(AtomicUsize::new(0), Mutex::new(ended)));
        let config = Config {
            clock: ClockMode::Virtual(None),
            machine: clock::system(),
            limits: Limits::lab(),
            lab_accounts: true,
            strict: false,
            services: guildhall_core::call::cx::MoreServices::new(),
            transport: Some(Arc::clone(&transport) as _),
            retry: Retry::default(),
            retention: Retention::ALL,
            keyring: Arc::new(guildhall_core::kernel::keyring::Keyring::new([7; 32])),
            random: random::system(),
        };
        let engine = Engine::start(Arc::new(MemoryStore::new()), config).unwrap();
        let send = async || engine.run(AccountId::NOBODY, "", Arc::new(Letter)).await.unwrap();
        let woken = || pin!(engine.shared().outbox.notified()).enable();
        for _ in 0..8 {
            send().await;
        }
        while transport.0.load(Ordering::SeqCst) < 8 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Every hand is full, and a call that wakes one is left for us to see.
        while woken() {}
        send().await;
        assert!(woken(), "by a mail that was committed");
        engine.retry_mail("nobody".into()).await.unwrap();
        assert!(woken(), "by a mail that was put back");
        engine.retry_failed_mails().await.unwrap();
        assert!(woken(), "by mails that were put back");
        assert!(!woken());
        drop(end);
        while engine.store().mail_counts().pending > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(engine.stats().mails_delivered.load(Ordering::SeqCst), 9);
    }
}
