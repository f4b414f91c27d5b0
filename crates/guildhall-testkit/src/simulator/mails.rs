//! The mail transport of a simulated world, which fails in every way there is, and remembers what it sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guildhall_core::Timestamp;
use guildhall_core::state::mail::Mail;
use guildhall_engine::{Retry, SendError, Transport};
use guildhall_store::{MailFilter, MailState, OutboxMail, Store};

use super::rng::Rng;
use super::store::Shared;

/// How long sending can take.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a mail stays leased to a process that died: as long as sending can take, and a minute.
const LEASE: i64 = 90_000;

/// How mails are tried again.
pub(super) const RETRY: Retry = Retry {
    first: Duration::from_secs(10),
    most: Duration::from_secs(60),
    give_up_after: Duration::from_secs(120),
};

#[derive(Default)]
struct Record {
    last_try: Option<Timestamp>,
    delivered: u32,
    /// The transport said that it can never be delivered.
    refused: bool,
    /// Nobody else may try it before.
    leased_until: Option<Timestamp>,
}

struct Inner {
    rng: Rng,
    /// The mails that were committed, by their ids.
    sent: BTreeMap<String, Mail>,
    records: BTreeMap<String, Record>,
    reliable: bool,
    died: bool,
}

/// The transport.
pub(super) struct Unreliable {
    shared: Arc<Shared>,
    inner: Mutex<Inner>,
}

impl Unreliable {
    pub(super) fn new(shared: Arc<Shared>, rng: Rng) -> Self {
        let inner =
            Inner { rng, sent: BTreeMap::new(), records: BTreeMap::new(), reliable: false, died: false };
        Self { shared, inner: Mutex::new(inner) }
    }

    /// A commit has this mail.
    pub(super) fn sent(&self, id: &str, mail: &Mail) {
        let there = self.inner.lock().unwrap().sent.insert(id.to_owned(), mail.clone());
        assert!(there.is_none(), "two mails have the id {id}");
    }

    /// Nothing fails from now on.
    pub(super) fn become_reliable(&self) {
        self.inner.lock().unwrap().reliable = true;
    }

    /// Whether the process is to die after what was delivered last.
    pub(super) fn died(&self) -> bool {
        std::mem::take(&mut self.inner.lock().unwrap().died)
    }

    /// In the end: the store has the mails that were committed and no others, each was delivered or given up for a
    /// reason, and under its one id.
    pub(super) fn check_end(&self, store: &dyn Store) -> usize {
        let inner = self.inner.lock().unwrap();
        let all = store.mails(&MailFilter { limit: usize::MAX, ..MailFilter::default() }).unwrap();
        assert!(all.iter().map(|m| (&m.id, &m.mail)).eq(&inner.sent), "other mails than were committed");
        for mail in &all {
            let record = &inner.records[&mail.id];
            let (id, state) = (&mail.id, mail.state);
            match state {
                MailState::Delivered => assert!(record.delivered > 0, "{id} was never delivered"),
                MailState::Failed => {
                    let end = mail.queued.plus(i64::try_from(RETRY.give_up_after.as_millis()).unwrap());
                    assert!(record.refused || record.last_try >= Some(end), "{id} was given up too early");
                }
                MailState::Pending => panic!("{id} still waits"),
            }
        }
        all.len()
    }
}

impl Transport for Unreliable {
    fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        let mut inner = self.inner.lock().unwrap();
        let Inner { rng, sent, records, reliable, died } = &mut *inner;
        assert_eq!(sent.get(&mail.id), Some(&mail.mail), "{} is no mail that was committed", mail.id);
        let record = records.entry(mail.id.clone()).or_default();
        let now = self.shared.wall();
        assert!(record.leased_until.is_none_or(|until| until <= now), "{} is leased to another", mail.id);
        record.leased_until = None;
        record.last_try = Some(now);
        let luck = if *reliable { 100 } else { rng.below(100) };
        if luck < 25 {
            return Err(SendError::temporary("not now"));
        }
        if luck < 28 {
            record.refused = true;
            return Err(SendError::permanent("never"));
        }
        record.delivered += 1;
        if luck < 40 {
            *died = true;
            record.leased_until = Some(now.plus(LEASE));
            self.shared.lose_settlement();
        }
        Ok(())
    }

    fn longest_send(&self) -> Duration {
        LONGEST
    }
}
