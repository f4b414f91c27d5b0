//! The outbox by a wall clock that the test moves: a mail server that is away for days, and mails that are put back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use guildhall_core::Timestamp;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::time::{DAY, HOUR, SECOND};
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_engine::{Engine, Retry, SendError, Transport};
use guildhall_server::mail::{MailConfig, Security, SmtpConfig, TransportKind};
use guildhall_store::memory::MemoryStore;
use guildhall_store::{Batch, MailCounts, MailFilter, MailState, OutboxMail, Store};
use guildhall_testkit::command;
use guildhall_testkit::sdk::engine_config;
use serde_json::json;

/// Wall time when the mail is made: later than any mail that the engine itself puts back.
const MADE: Timestamp = Timestamp(4_102_444_800_000);

/// The mail's id.
const ID: &str = "m1";

/// An engine whose only pending mail is an invitation, and no transport.
async fn engine_with_a_mail() -> (Engine, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::start(Arc::clone(&store) as Arc<dyn Store>, engine_config()).unwrap();
    let owner: AccountId = "111111111111".parse().unwrap();
    let account = RegisterAccount::lab(owner, &"owner@example.com".parse().unwrap());
    engine.run_as("test", "", Arc::new(account)).await.unwrap();
    for (operation, input) in [
        ("CreateOrganization", json!({})),
        ("InviteAccountToOrganization", json!({"Target": {"Type": "EMAIL", "Id": "juan@example.com"}})),
    ] {
        engine.run(owner, "request", command(operation, &input)).await.unwrap();
    }
    let made = store.mails(&MailFilter { limit: 1, ..MailFilter::default() }).unwrap().remove(0);
    let mail =
        OutboxMail { id: ID.into(), state: MailState::Pending, due: MADE, queued: MADE, attempts: 0, ..made };
    store.commit(&Batch { mails: vec![mail], ..Batch::default() }).unwrap();
    (engine, store)
}

fn mail(store: &MemoryStore) -> OutboxMail {
    store.mail(ID).unwrap().unwrap()
}

/// A port at which nobody listens.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Sends mails to the mail server at a port.
fn smtp(port: u16) -> Arc<dyn Transport> {
    let config = MailConfig {
        transport: TransportKind::Smtp,
        from: Some("no-reply@guildhall.example".into()),
        smtp: SmtpConfig {
            host: Some("127.0.0.1".into()),
            port: Some(port),
            security: Security::None,
            ..SmtpConfig::default()
        },
        ..MailConfig::default()
    };
    config.transport("http://127.0.0.1:1").unwrap().unwrap()
}

/// A mail server that takes one mail, and then says what it was told.
fn mail_server(port: u16) -> JoinHandle<Vec<String>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 test\r\n").unwrap();
        let (mut told, mut content) = (Vec::new(), false);
        for line in lines.map_while(Result::ok) {
            let answer = match line.split([' ', ':']).next().unwrap() {
                _ if content && line != "." => "",
                "DATA" => "354 go on\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 fine\r\n",
            };
            content = line == "DATA" || content && line != ".";
            stream.write_all(answer.as_bytes()).unwrap();
            told.push(line);
        }
        told
    })
}

/// Tries the mail whenever it is due, until it does not wait any more or wall time is `until`. Answers when it was
/// tried, from when it was made.
fn try_until(
    engine: &Engine,
    store: &MemoryStore,
    transport: &dyn Transport,
    wall: &Cell<Timestamp>,
    until: Timestamp,
) -> Vec<i64> {
    let mut tries = Vec::new();
    while mail(store).state == MailState::Pending && mail(store).due <= until {
        wall.set(wall.get().max(mail(store).due));
        assert!(engine.deliver_one(transport, Retry::default(), &|| wall.get()).unwrap());
        tries.push(wall.get().0 - MADE.0);
    }
    tries
}

#[tokio::test]
async fn a_mail_is_tried_for_five_days_and_gets_five_more() {
    let (engine, store) = engine_with_a_mail().await;
    let (transport, wall) = (smtp(free_port()), Cell::new(MADE));
    let tries = try_until(&engine, &store, &*transport, &wall, Timestamp(i64::MAX));
    // Twice as long each time, an hour at most, and a last time when the time is over.
    assert_eq!(tries[..6], [0, 1_000, 3_000, 7_000, 15_000, 31_000]);
    assert!(tries.windows(2).all(|pair| pair[1] - pair[0] <= HOUR), "{tries:?}");
    assert_eq!((tries.len(), tries.last()), (132, Some(&(5 * DAY))));
    let failed = mail(&store);
    assert_eq!((failed.state, failed.attempts), (MailState::Failed, 132));
    assert!(failed.last_error.unwrap().starts_with("cannot connect: "));
    assert_eq!(store.mail_counts(), MailCounts { pending: 0, failed: 1 });
    assert!(!engine.deliver_one(&*transport, Retry::default(), &|| MADE.plus(365 * DAY)).unwrap());

    wall.set(MADE.plus(7 * DAY));
    store.retry_mail(ID, wall.get()).unwrap();
    let tries = try_until(&engine, &store, &*transport, &wall, Timestamp(i64::MAX));
    assert_eq!((tries[0], tries[1], tries.last()), (7 * DAY, 7 * DAY + 1_000, Some(&(12 * DAY))));
    assert_eq!((mail(&store).state, tries.len()), (MailState::Failed, 132));
}

#[tokio::test]
async fn a_mail_server_that_was_away_gets_the_mail_when_it_is_back() {
    let (engine, store) = engine_with_a_mail().await;
    let port = free_port();
    let (transport, wall) = (smtp(port), Cell::new(MADE));
    // Four days: by itself, within the hour.
    try_until(&engine, &store, &*transport, &wall, MADE.plus(4 * DAY));
    assert_eq!(mail(&store).state, MailState::Pending);
    let server = mail_server(port);
    let tries = try_until(&engine, &store, &*transport, &wall, MADE.plus(4 * DAY + HOUR));
    assert_eq!((tries.len(), mail(&store).state), (1, MailState::Delivered));
    let told = server.join().unwrap();
    assert!(told.iter().any(|line| line == "RCPT TO:<juan@example.com>"), "{told:#?}");

    // A week: it was given up, is put back, and is the same mail.
    let (engine, store) = engine_with_a_mail().await;
    let wall = Cell::new(MADE);
    try_until(&engine, &store, &*transport, &wall, MADE.plus(7 * DAY));
    assert_eq!(mail(&store).state, MailState::Failed);
    wall.set(MADE.plus(7 * DAY));
    let server = mail_server(port);
    assert_eq!(engine.retry_failed_mails().await.unwrap(), 1);
    assert_eq!(store.mail_counts(), MailCounts { pending: 1, failed: 0 });
    assert_eq!(try_until(&engine, &store, &*transport, &wall, wall.get()), [7 * DAY]);
    let delivered = mail(&store);
    assert_eq!((delivered.state, delivered.attempts, delivered.last_error), (MailState::Delivered, 1, None));
    let told = server.join().unwrap();
    assert!(told.iter().any(|line| line == "Message-ID: <m1@guildhall.example>"), "{told:#?}");
}

/// A transport with one answer.
struct Answers(Result<(), SendError>);

impl Transport for Answers {
    fn send(&self, _: &OutboxMail) -> Result<(), SendError> {
        self.0.clone()
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(600)
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_tried_once_and_every_try_is_counted() {
    let refusal = |permanent| Answers(Err(SendError { permanent, what: "no".into() }));
    for (told, state, again, counted) in [
        (refusal(true), MailState::Failed, false, (0, 1)),
        (refusal(false), MailState::Pending, true, (0, 2)),
        (Answers(Ok(())), MailState::Delivered, false, (1, 0)),
    ] {
        let (engine, store) = engine_with_a_mail().await;
        let deliver = |wall: Timestamp| engine.deliver_one(&told, Retry::default(), &|| wall).unwrap();
        assert!(deliver(MADE));
        assert_eq!((mail(&store).state, mail(&store).attempts), (state, 1));
        assert_eq!(deliver(MADE.plus(DAY)), again);
        let (delivered, failed) = (&engine.stats().mails_delivered, &engine.stats().mails_failed);
        assert_eq!((delivered.load(SeqCst), failed.load(SeqCst)), counted);
    }
}

/// A transport that takes its time, and finds nobody.
struct Slow<'a>(&'a AtomicI64);

impl Transport for Slow<'_> {
    fn send(&self, _: &OutboxMail) -> Result<(), SendError> {
        self.0.fetch_add(30 * SECOND, SeqCst);
        Err(SendError { permanent: false, what: "nobody opens".into() })
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(600)
    }
}

#[tokio::test]
async fn a_pause_begins_when_the_try_is_over() {
    let (engine, store) = engine_with_a_mail().await;
    let wall = AtomicI64::new(MADE.0);
    let now = || Timestamp(wall.load(SeqCst));
    assert!(engine.deliver_one(&Slow(&wall), Retry::default(), &now).unwrap());
    assert_eq!(mail(&store).due, MADE.plus(31 * SECOND));
    // A try that begins in time and ends too late was the last one.
    wall.store(MADE.plus(5 * DAY - SECOND).0, SeqCst);
    assert!(engine.deliver_one(&Slow(&wall), Retry::default(), &now).unwrap());
    assert_eq!((mail(&store).state, mail(&store).attempts), (MailState::Failed, 2));
}

#[tokio::test]
async fn all_mails_that_were_given_up_are_put_back_however_many() {
    let (engine, store) = engine_with_a_mail().await;
    let failed = OutboxMail { state: MailState::Failed, attempts: 9, ..mail(&store) };
    let mails = (0..600).map(|n| OutboxMail { id: format!("n{n:03}"), ..failed.clone() }).collect();
    store.commit(&Batch { mails, ..Batch::default() }).unwrap();
    assert_eq!(store.mail_counts(), MailCounts { pending: 1, failed: 600 });
    assert_eq!(engine.retry_failed_mails().await.unwrap(), 600);
    assert_eq!(store.mail_counts(), MailCounts { pending: 601, failed: 0 });
    assert_eq!(engine.retry_failed_mails().await.unwrap(), 0);
}

/// A transport that waits, or panics, with a mail under way.
struct Waiting {
    taken: Mutex<Sender<()>>,
    go_on: Mutex<Receiver<bool>>,
}

impl Transport for Waiting {
    fn send(&self, _: &OutboxMail) -> Result<(), SendError> {
        self.taken.lock().unwrap().send(()).unwrap();
        let panics = self.go_on.lock().unwrap().recv().unwrap();
        assert!(!panics, "injected: a transport panics");
        Err(SendError::permanent("never"))
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(600)
    }
}

#[tokio::test]
async fn a_mail_under_way_is_put_back_only_afterwards() {
    let (engine, store) = engine_with_a_mail().await;
    let (taken, is_taken) = channel();
    let (say, go_on) = channel();
    let transport = Arc::new(Waiting { taken: Mutex::new(taken), go_on: Mutex::new(go_on) });
    for panics in [true, false] {
        let (sender, transport) = (engine.clone(), Arc::clone(&transport));
        let worker =
            std::thread::spawn(move || sender.deliver_one(&*transport, Retry::default(), &|| MADE).unwrap());
        is_taken.recv().unwrap();
        let under_way = mail(&store);
        assert!(under_way.due > MADE.plus(600_000), "leased");
        assert_eq!(engine.retry_mail(ID.into()).await.unwrap(), Some(under_way.clone()));
        assert_eq!(mail(&store), under_way, "nobody else takes it meanwhile");
        say.send(panics).unwrap();
        assert_eq!(worker.join().is_err(), panics);
        // One that panicked has let go of it, and it waits for the end of its lease; the other gave it up.
        let state = if panics { MailState::Pending } else { MailState::Failed };
        assert_eq!(mail(&store).state, state);
        let again = engine.retry_mail(ID.into()).await.unwrap().unwrap();
        assert_eq!((again.state, again.attempts), (MailState::Pending, 0));
        assert!(again.due < MADE);
    }
    assert_eq!(engine.retry_mail("nobody".into()).await.unwrap(), None);
}
