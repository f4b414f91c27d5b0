//! What every engine promises: one suite, run against each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{
    account_id, acct, address, handshake, handshake_id, holder, inbox, mail, member, org, put, restore, row,
    tags, texts,
};
use guildhall_core::state::item::{Item, ItemKey};
use guildhall_core::{ItemChange, Owner, Timer, TimerAction, TimerChange, Timestamp};
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{
    Batch, JournalRow, MailCounts, MailFilter, MailState, Named, NoSecrets, OutboxMail, Prune, Store,
    StoreError,
};
use tempfile::TempDir;

/// A store, and a directory that lives as long.
type Made = (Arc<dyn Store>, TempDir);

fn sqlite() -> Made {
    let dir = tempfile::tempdir().unwrap();
    (Arc::new(SqliteStore::open(&dir.path().join("data")).unwrap()), dir)
}

fn memory() -> Made {
    (Arc::new(MemoryStore::new()), tempfile::tempdir().unwrap())
}

/// An engine's name, and what makes a store of it.
type Engine = (&'static str, fn() -> Made);

const ENGINES: [Engine; 2] = [("sqlite", sqlite), ("memory", memory)];

/// Runs a case against every engine.
fn each(case: impl Fn(&dyn Store, &Path)) {
    for (name, make) in ENGINES {
        println!("engine: {name}");
        let (store, dir) = make();
        case(&*store, dir.path());
    }
}

fn conflict(answer: Result<(), StoreError>) -> Vec<Owner> {
    match answer {
        Err(StoreError::Conflict(owners)) => owners,
        other => panic!("{other:?} is no conflict"),
    }
}

fn database(answer: Result<(), StoreError>) -> String {
    match answer {
        Err(StoreError::Database(what)) => what,
        other => panic!("{other:?} is no error of the database"),
    }
}

fn no_backup(answer: Result<(), StoreError>) -> String {
    match answer {
        Err(StoreError::NoBackup(what)) => what,
        other => panic!("{other:?} is not about the file"),
    }
}

fn timer(due: i64, owner: &Owner, n: u64) -> Timer {
    Timer { due: Timestamp(due), owner: owner.clone(), action: TimerAction::Expire(handshake_id(n)) }
}

fn timers(list: Vec<TimerChange>) -> Batch {
    Batch { timers: list, ..Batch::default() }
}

fn mails(list: Vec<OutboxMail>) -> Batch {
    Batch { mails: list, ..Batch::default() }
}

fn ids(mails: &[OutboxMail]) -> Vec<&str> {
    mails.iter().map(|m| m.id.as_str()).collect()
}

fn all_mails(store: &dyn Store) -> Vec<OutboxMail> {
    store.mails(&MailFilter { limit: usize::MAX, ..MailFilter::default() }).unwrap()
}

/// Everything that a store says of itself, in a form that compares.
fn everything(store: &dyn Store) -> String {
    let owners = store.owners("", None, usize::MAX).unwrap();
    let items: Vec<_> = owners.iter().map(|o| (o.to_string(), texts(store, o))).collect();
    let timers = store.timers(Timestamp(i64::MAX), usize::MAX).unwrap();
    let journal = store.journal(usize::MAX).unwrap();
    let meta: Vec<_> = ["a", "b", "c"].map(|key| store.meta(key).unwrap()).into_iter().collect();
    let mails = all_mails(store);
    let bodies: Vec<_> = mails.iter().map(|m| serde_json::to_string(&m.mail).unwrap()).collect();
    // The numbers that are kept are those of the mails that are there.
    let in_state = |state| mails.iter().filter(|m| m.state == state).count() as u64;
    let counts = MailCounts { pending: in_state(MailState::Pending), failed: in_state(MailState::Failed) };
    assert_eq!(store.mail_counts(), counts);
    format!("{items:#?}\n{timers:#?}\n{mails:#?}\n{bodies:#?}\n{journal:#?}\n{meta:#?}")
}

#[test]
fn an_absent_owner_has_version_0_and_no_items() {
    each(|store, _| {
        assert_eq!(texts(store, &acct(1)), (0, vec![]));
        store.commit(&put(&acct(1), 0, vec![])).unwrap();
        assert_eq!(texts(store, &acct(1)), (1, vec![]));
        assert_eq!(texts(store, &acct(2)), (0, vec![]));
    });
}

#[test]
fn versions_may_rise_by_several_and_only_rise() {
    each(|store, _| {
        let batch = |from, to| Batch {
            reads: vec![(acct(1), from)],
            writes: vec![(acct(1), to)],
            ..Batch::default()
        };
        store.commit(&batch(0, 64)).unwrap();
        assert_eq!(store.load(&acct(1)).unwrap().version, 64);
        database(store.commit(&batch(64, 64)));
        database(store.commit(&batch(64, 3)));
        assert_eq!(store.load(&acct(1)).unwrap().version, 64);
    });
}

#[test]
fn a_changed_owner_is_a_conflict_and_all_of_them_are_named() {
    each(|store, _| {
        store.commit(&put(&acct(1), 0, vec![])).unwrap();
        store.commit(&put(&acct(2), 0, vec![])).unwrap();
        // Written: too low, too high, absent although noted, there although noted absent.
        assert_eq!(conflict(store.commit(&put(&acct(1), 0, vec![]))), [acct(1)]);
        assert_eq!(conflict(store.commit(&put(&acct(1), 7, vec![]))), [acct(1)]);
        assert_eq!(conflict(store.commit(&put(&acct(9), 7, vec![]))), [acct(9)]);
        // Only read.
        let reads = |reads: Vec<_>| Batch { reads, ..put(&acct(3), 0, vec![holder(3)]) };
        let both = reads(vec![(acct(3), 0), (acct(1), 0), (acct(2), 1), (acct(9), 1), (acct(8), 0)]);
        assert_eq!(conflict(store.commit(&both)), [acct(1), acct(9)]);
        assert_eq!(texts(store, &acct(3)), (0, vec![]));
        store.commit(&reads(vec![(acct(3), 0), (acct(1), 1), (acct(9), 0)])).unwrap();
        assert_eq!(store.load(&acct(3)).unwrap().version, 1);
        // To read is not to write.
        assert_eq!(store.load(&acct(1)).unwrap().version, 1);
        assert_eq!(store.load(&acct(9)).unwrap().version, 0);
    });
}

#[test]
fn a_conflict_writes_nothing_at_all() {
    each(|store, _| {
        store.set_meta("a", "kept").unwrap();
        let first = Batch {
            timers: vec![TimerChange::Set(timer(1, &acct(1), 1))],
            mails: vec![mail("m1", "to@example.com", 1, 1)],
            journal: vec![row(&acct(1), 1)],
            ..put(&acct(1), 0, vec![inbox(1, 1)])
        };
        store.commit(&first).unwrap();
        let before = everything(store);
        let mut batch = Batch {
            timers: vec![TimerChange::Clear(timer(1, &acct(1), 1)), TimerChange::Set(timer(2, &acct(2), 2))],
            mails: vec![mail("m2", "to@example.com", 1, 1)],
            journal: vec![row(&acct(1), 2), row(&acct(2), 1)],
            ..put(&acct(1), 1, vec![inbox(2, 1)])
        };
        batch.items.push((acct(1), ItemChange::Remove(ItemKey::Inbox(handshake_id(1)))));
        // The owner that changed comes last, after others are written.
        batch.reads.push((acct(2), 5));
        batch.writes.push((acct(2), 6));
        batch.items.push((acct(2), ItemChange::Put(inbox(3, 1))));
        assert_eq!(conflict(store.commit(&batch)), [acct(2)]);
        assert_eq!(everything(store), before);
        // Nor does what the database refuses: the key of a journal row, the id of a mail.
        batch.reads[1].1 = 0;
        batch.writes[1].1 = 1;
        let twice = Batch { journal: vec![row(&acct(1), 2), row(&acct(1), 2)], ..batch.clone() };
        database(store.commit(&twice));
        database(store.commit(&Batch { journal: vec![row(&acct(1), 1)], ..batch.clone() }));
        database(store.commit(&Batch { mails: vec![mail("m1", "x@example.com", 2, 2)], ..batch.clone() }));
        assert_eq!(everything(store), before);
        // The same batch goes through once it is right.
        store.commit(&batch).unwrap();
        assert_eq!(texts(store, &acct(2)).0, 1);
    });
}

#[test]
fn a_malformed_batch_is_refused() {
    each(|store, _| {
        let good = put(&acct(1), 0, vec![holder(1)]);
        let unread = Batch { reads: vec![], ..good.clone() };
        let unwritten = Batch { writes: vec![], ..good.clone() };
        let twice = Batch { reads: vec![(acct(1), 0), (acct(1), 0)], ..good.clone() };
        for bad in [unread, unwritten, twice] {
            assert!(database(store.commit(&bad)).contains("malformed"));
        }
        assert_eq!(texts(store, &acct(1)), (0, vec![]));
        store.commit(&good).unwrap();
    });
}

#[test]
fn items_are_put_replaced_removed_and_read_back() {
    each(|store, _| {
        let owner = org(1);
        let kinds = vec![
            member(7),
            member(8),
            tags(7, "häng \"on\"\n\\\u{0}\u{1f600}"),
            Item::Handshake(handshake(9)),
        ];
        let text = |i: &Item| (i.key().kind().to_owned(), i.key().id(), i.body());
        let mut expected: Vec<_> = kinds.iter().map(text).collect();
        expected.sort();
        store.commit(&put(&owner, 0, kinds)).unwrap();
        assert_eq!(texts(store, &owner), (1, expected));

        store.commit(&put(&owner, 1, vec![tags(7, "2")])).unwrap();
        let (version, now) = texts(store, &owner);
        assert_eq!((version, now.len()), (2, 4));
        assert!(now.contains(&text(&tags(7, "2"))));

        let remove = |keys: Vec<ItemKey>, from| Batch {
            items: keys.into_iter().map(|key| (owner.clone(), ItemChange::Remove(key))).collect(),
            ..put(&owner, from, vec![])
        };
        // One that is not there is no error, and neither is the same id of another kind.
        let keys = vec![ItemKey::Member(account_id(7)), ItemKey::Member(account_id(77))];
        store.commit(&remove(keys, 2)).unwrap();
        let kinds: Vec<_> = texts(store, &owner).1.into_iter().map(|(kind, id, _)| (kind, id)).collect();
        let left = |kind: &str, id: String| (kind.to_owned(), id);
        assert_eq!(
            kinds,
            [
                left("handshake", handshake_id(9).to_string()),
                left("member", account_id(8).to_string()),
                left("tags", account_id(7).to_string())
            ]
        );
        let rest = vec![
            ItemKey::Handshake(handshake_id(9)),
            ItemKey::Member(account_id(8)),
            ItemKey::Tags(guildhall_core::kernel::ids::TaggableId::Account(account_id(7))),
        ];
        store.commit(&remove(rest, 3)).unwrap();
        // Its version goes on: an owner that was there is not one that never was.
        assert_eq!(texts(store, &owner), (4, vec![]));
        assert_eq!(conflict(store.commit(&put(&owner, 0, vec![member(1)]))), std::slice::from_ref(&owner));
        store.commit(&put(&owner, 4, vec![member(1)])).unwrap();
    });
}

#[test]
fn within_a_batch_the_last_change_of_an_item_counts() {
    each(|store, _| {
        let mut batch = put(&org(1), 0, vec![tags(1, "1"), tags(1, "2"), member(1)]);
        batch.items.push((org(1), ItemChange::Remove(ItemKey::Member(account_id(1)))));
        store.commit(&batch).unwrap();
        let (_, items) = texts(store, &org(1));
        assert_eq!(items.len(), 1);
        assert!(items[0].2.contains("\"2\""));
    });
}

#[test]
fn one_batch_writes_several_owners() {
    each(|store, _| {
        let owners = [org(1), acct(1), address("Ä@Example.com"), acct(2)];
        let of = |owner: &Owner| match owner {
            Owner::Org(_) => member(1),
            Owner::Address(_) => holder(1),
            _ => inbox(5, 1),
        };
        // Interleaved, so that what is remembered of one owner cannot be taken for another.
        let items = owners.iter().chain(owners.iter().rev()).map(|o| (o.clone(), ItemChange::Put(of(o))));
        let batch = Batch {
            reads: owners.iter().map(|o| (o.clone(), 0)).collect(),
            writes: owners.iter().rev().map(|o| (o.clone(), 1)).collect(),
            items: items.collect(),
            journal: owners.iter().map(|o| row(o, 1)).collect(),
            ..Batch::default()
        };
        store.commit(&batch).unwrap();
        for owner in &owners {
            let item = of(owner);
            let expected = (item.key().kind().to_owned(), item.key().id(), item.body());
            assert_eq!(texts(store, owner), (1, vec![expected]), "{owner}");
        }
        assert_eq!(texts(store, &address("ä@example.COM")).0, 1);
    });
}

#[test]
fn owners_are_listed_by_prefix_in_order() {
    each(|store, _| {
        for owner in [org(2), acct(3), org(1), address("b@x.com"), acct(1), acct(2), address("a@x.com")] {
            store.commit(&put(&owner, 0, vec![])).unwrap();
        }
        let list = |prefix: &str, after: Option<&str>, limit| store.owners(prefix, after, limit).unwrap();
        let all = list("", None, 100);
        let names: Vec<_> = all.iter().map(Owner::to_string).collect();
        assert!(names.is_sorted());
        assert_eq!(all.len(), 7);
        assert_eq!(list("acct/", None, 100), [acct(1), acct(2), acct(3)]);
        assert_eq!(list("acct/", None, 2), [acct(1), acct(2)]);
        assert_eq!(list("acct/", Some(&acct(1).to_string()), 2), [acct(2), acct(3)]);
        assert_eq!(list("acct/", Some(&acct(3).to_string()), 2), []);
        // After something that is not there, and before the prefix.
        assert_eq!(list("acct/", Some("acct/000000000001x"), 1), [acct(2)]);
        assert_eq!(list("mail/", Some("acct/"), 1), [address("a@x.com")]);
        assert_eq!(list("key/", None, 5), []);
        assert_eq!(list("acct/", None, 0), []);
    });
}

#[test]
fn timers_come_in_order_up_to_an_instant_and_a_limit() {
    each(|store, _| {
        let expected =
            [timer(1, &org(2), 5), timer(2, &acct(1), 9), timer(2, &org(1), 3), timer(2, &org(1), 4)];
        let forget = Timer { action: TimerAction::Forget(handshake_id(0)), ..timer(2, &org(1), 0) };
        let late = timer(3, &org(1), 1);
        let set = [&late, &forget, &expected[3], &expected[1], &expected[0], &expected[2]];
        store.commit(&timers(set.map(|t| TimerChange::Set(t.clone())).to_vec())).unwrap();
        let due = |until, limit| store.timers(Timestamp(until), limit).unwrap();
        assert_eq!(due(0, 10), []);
        assert_eq!(due(1, 10), expected[..1]);
        let mut until_2 = expected.to_vec();
        until_2.push(forget);
        assert_eq!(due(2, 10), until_2);
        assert_eq!(due(2, 3), expected[..3]);
        assert_eq!(due(i64::MAX, 10).len(), 6);
        assert_eq!(due(i64::MAX, 10)[5], late);
    });
}

#[test]
fn timers_are_set_and_cleared_as_often_as_one_likes() {
    each(|store, _| {
        let t = timer(5, &acct(1), 1);
        let (set, clear) = (|| TimerChange::Set(t.clone()), || TimerChange::Clear(t.clone()));
        let now = || store.timers(Timestamp(9), 9).unwrap().len();
        store.commit(&timers(vec![clear()])).unwrap();
        assert_eq!(now(), 0);
        store.commit(&timers(vec![set(), set()])).unwrap();
        store.commit(&timers(vec![set()])).unwrap();
        assert_eq!(now(), 1);
        // In order.
        store.commit(&timers(vec![set(), clear()])).unwrap();
        assert_eq!(now(), 0);
        store.commit(&timers(vec![clear(), set()])).unwrap();
        assert_eq!(now(), 1);
        // The same action at another time is another timer.
        store.commit(&timers(vec![TimerChange::Clear(timer(6, &acct(1), 1))])).unwrap();
        assert_eq!(now(), 1);
    });
}

#[test]
fn a_leased_mail_is_nobody_elses_until_its_lease_ends() {
    each(|store, _| {
        let list =
            vec![mail("b", "b@x.com", 1, 20), mail("c", "c@x.com", 2, 10), mail("a", "a@x.com", 3, 20)];
        store.commit(&mails(list.clone())).unwrap();
        let lease = |now, until, limit| store.lease(Timestamp(now), Timestamp(until), limit).unwrap();
        assert!(lease(9, 100, 9).is_empty());
        // The earliest first, then by id.
        let taken = lease(30, 100, 2);
        assert_eq!(ids(&taken), ["c", "a"]);
        assert_eq!(taken[0], OutboxMail { due: Timestamp(100), ..list[1].clone() });
        assert_eq!(ids(&lease(30, 200, 9)), ["b"]);
        assert!(lease(99, 200, 9).is_empty());
        // A taker that died: its mails come back.
        assert_eq!(ids(&lease(100, 300, 9)), ["a", "c"]);
        assert_eq!(ids(&lease(300, 400, 9)), ["b", "a", "c"]);
    });
}

#[test]
fn settling_writes_how_a_try_ended() {
    each(|store, _| {
        store.commit(&mails(vec![mail("a", "a@x.com", 1, 1), mail("b", "b@x.com", 1, 1)])).unwrap();
        let taken = store.lease(Timestamp(1), Timestamp(60), 1).unwrap();
        let failed = OutboxMail {
            due: Timestamp(500),
            attempts: 1,
            last_error: Some("451 \"later\"".into()),
            ..taken[0].clone()
        };
        store.settle(&failed).unwrap();
        assert_eq!(store.mail("a").unwrap(), Some(failed.clone()));
        // One that keeps failing does not stand in the way of others.
        assert_eq!(ids(&store.lease(Timestamp(499), Timestamp(999), 1).unwrap()), ["b"]);
        assert_eq!(ids(&store.lease(Timestamp(500), Timestamp(999), 1).unwrap()), ["a"]);

        let done =
            OutboxMail { state: MailState::Delivered, attempts: 2, last_error: None, ..failed.clone() };
        store.settle(&done).unwrap();
        assert_eq!(store.mail("a").unwrap(), Some(done.clone()));
        // A slower taker, whose lease ended, comes with its own result: delivered is delivered.
        store.settle(&failed).unwrap();
        assert_eq!(store.mail("a").unwrap(), Some(done));
        let gave_up = OutboxMail { state: MailState::Failed, ..store.mail("b").unwrap().unwrap() };
        store.settle(&gave_up).unwrap();
        assert!(store.lease(Timestamp(i64::MAX), Timestamp(i64::MAX), 9).unwrap().is_empty());
        // One that is gone.
        store.settle(&mail("zzz", "z@x.com", 1, 1)).unwrap();
        assert_eq!(store.mail("zzz").unwrap(), None);

        store.commit(&mails(vec![mail("c", "c@x.com", 1, 1)])).unwrap();
        store.clear_mails().unwrap();
        assert_eq!(ids(&all_mails(store)), ["c"]);
    });
}

/// A mail that was given up.
fn given_up(id: &str) -> OutboxMail {
    let last_error = Some("550 \"never\"".into());
    OutboxMail { state: MailState::Failed, attempts: 7, last_error, ..mail(id, "a@x.com", 1, 1) }
}

#[test]
fn a_mail_that_was_given_up_is_put_back() {
    each(|store, _| {
        let delivered = OutboxMail { state: MailState::Delivered, ..mail("c", "c@x.com", 1, 1) };
        let list = vec![given_up("a"), mail("b", "b@x.com", 1, 500), delivered.clone(), given_up("d")];
        store.commit(&mails(list.clone())).unwrap();
        assert_eq!(store.mail_counts(), MailCounts { pending: 1, failed: 2 });
        let now = Timestamp(77);
        let back =
            OutboxMail { state: MailState::Pending, due: now, queued: now, attempts: 0, ..list[0].clone() };
        assert_eq!(store.retry_mail("a", now).unwrap(), Some(back.clone()));
        assert_eq!(store.mail("a").unwrap(), Some(back));
        assert_eq!(store.mail_counts(), MailCounts { pending: 2, failed: 1 });
        // One that waits is due now.
        let waits = store.retry_mail("b", now).unwrap().unwrap();
        assert_eq!((waits.due, waits.queued, waits.state), (now, now, MailState::Pending));
        assert_eq!(ids(&store.lease(now, Timestamp(99), 9).unwrap()), ["a", "b"]);
        // Delivered is delivered, and what is not there is not there.
        assert_eq!(store.retry_mail("c", now).unwrap(), Some(delivered));
        assert_eq!(store.retry_mail("zzz", now).unwrap(), None);
        assert_eq!(store.mail_counts(), MailCounts { pending: 2, failed: 1 });
    });
}

#[test]
fn mails_that_were_given_up_are_put_back_some_at_a_time() {
    each(|store, _| {
        let mut list: Vec<_> = ["e", "b", "d", "a"].map(given_up).to_vec();
        list.push(mail("c", "c@x.com", 1, 500));
        store.commit(&mails(list)).unwrap();
        let now = Timestamp(77);
        assert_eq!(store.retry_failed(now, "", 2).unwrap(), ["a", "b"]);
        assert_eq!(store.mail_counts(), MailCounts { pending: 3, failed: 2 });
        // One that is given up again meanwhile is not put back twice.
        store.settle(&given_up("a")).unwrap();
        assert_eq!(store.retry_failed(now, "b", 9).unwrap(), ["d", "e"]);
        assert_eq!(store.retry_failed(now, "e", 9).unwrap(), [""; 0]);
        assert_eq!(ids(&store.lease(now, Timestamp(99), 9).unwrap()), ["b", "d", "e"]);
        assert_eq!(store.mail_counts(), MailCounts { pending: 4, failed: 1 });
    });
}

#[test]
fn the_numbers_of_mails_follow_what_happens_to_them() {
    each(|store, dir| {
        let counts = |pending, failed| MailCounts { pending, failed };
        assert_eq!(store.mail_counts(), counts(0, 0));
        store.commit(&mails(vec![mail("a", "a@x.com", 1, 1), mail("b", "b@x.com", 1, 1)])).unwrap();
        assert_eq!(store.mail_counts(), counts(2, 0));
        // What is refused changes nothing.
        database(store.commit(&mails(vec![mail("c", "c@x.com", 1, 1), mail("a", "a@x.com", 1, 1)])));
        assert_eq!(store.mail_counts(), counts(2, 0));
        store.settle(&given_up("a")).unwrap();
        store.settle(&given_up("a")).unwrap();
        assert_eq!(store.mail_counts(), counts(1, 1));
        let file = dir.join("backup");
        store.backup(&file, &Named::new()).unwrap();
        // A slower taker delivered it after all.
        store.settle(&OutboxMail { state: MailState::Delivered, ..given_up("a") }).unwrap();
        store.settle(&given_up("a")).unwrap();
        assert_eq!(store.mail_counts(), counts(1, 0));
        restore(store, &file).unwrap();
        assert_eq!(store.mail_counts(), counts(1, 1));
        store.clear_mails().unwrap();
        assert_eq!(store.mail_counts(), counts(1, 0));
        store.reset().unwrap();
        assert_eq!(store.mail_counts(), counts(0, 0));
    });
}

#[test]
fn what_is_old_is_removed_some_at_a_time_and_nothing_else() {
    each(|store, _| {
        let at =
            |version: u64| JournalRow { at: Timestamp(version.cast_signed() * 10), ..row(&org(1), version) };
        let journal = (1..=9).map(at).collect::<Vec<_>>();
        let delivered = |id, made| OutboxMail { state: MailState::Delivered, ..mail(id, "a@x.com", made, 1) };
        let list = vec![
            delivered("a", 10),
            mail("b", "b@x.com", 10, 1),
            OutboxMail { made: Timestamp(10), ..given_up("c") },
            delivered("d", 20),
            delivered("e", 29),
            delivered("f", 30),
            OutboxMail { made: Timestamp(30), ..given_up("g") },
        ];
        store.commit(&Batch { journal, ..mails(list) }).unwrap();
        let prune = |journal, mails, limit| {
            let what = Prune { journal_before: Timestamp(journal), mails_before: Timestamp(mails), limit };
            store.prune(&what).unwrap()
        };
        let versions = || store.journal(99).unwrap().iter().rev().map(|row| row.version).collect::<Vec<_>>();
        assert!(!prune(10, 10, 2));
        assert_eq!((versions().len(), all_mails(store).len()), (9, 7));
        assert!(prune(40, 0, 2), "there is more");
        assert_eq!(versions(), [3, 4, 5, 6, 7, 8, 9]);
        assert!(!prune(40, 0, 2));
        assert_eq!(versions(), [4, 5, 6, 7, 8, 9]);
        assert_eq!(all_mails(store).len(), 7);
        assert!(prune(0, 30, 1));
        assert_eq!(ids(&all_mails(store)), ["b", "d", "e", "f", "g"]);
        assert!(prune(0, 30, 1) && prune(0, 30, 1) && !prune(0, 30, 1));
        // Pending mails stay, and what is not older.
        assert_eq!(ids(&all_mails(store)), ["b", "f", "g"]);
        assert_eq!(store.mail_counts(), MailCounts { pending: 1, failed: 1 });
        // The newest row stays in any case, and its key stays taken.
        assert!(!prune(i64::MAX, i64::MAX, 99));
        assert_eq!(versions(), [9]);
        assert_eq!(ids(&all_mails(store)), ["b"]);
        database(store.commit(&Batch { journal: vec![at(9)], ..Batch::default() }));
        store.commit(&Batch { journal: vec![at(10)], ..Batch::default() }).unwrap();
        assert_eq!(versions(), [9, 10]);
    });
}

#[test]
fn mails_are_found_by_recipient_and_time() {
    each(|store, _| {
        let list = vec![
            mail("m3", "Other@Example.com", 30, 1),
            mail("m1", "Someone@Example.com", 10, 1),
            mail("m2", "someone@example.COM", 20, 1),
            mail("m4", "someone@example.com", 40, 1),
        ];
        store.commit(&mails(list)).unwrap();
        let find = |to: Option<&str>, since: Option<i64>, limit| {
            let (to, since) = (to.map(str::to_owned), since.map(Timestamp));
            store.mails(&MailFilter { to, since, limit, ..MailFilter::default() }).unwrap()
        };
        let find = |to, since, limit| find(to, since, limit).into_iter().map(|m| m.id).collect::<Vec<_>>();
        assert_eq!(find(None, None, 9), ["m1", "m2", "m3", "m4"]);
        assert_eq!(find(None, None, 2), ["m1", "m2"]);
        assert_eq!(find(Some("SOMEONE@example.com"), None, 9), ["m1", "m2", "m4"]);
        assert_eq!(find(Some("someone@example.com"), Some(20), 9), ["m2", "m4"]);
        assert_eq!(find(Some("someone@example.com"), None, 2), ["m1", "m2"]);
        assert_eq!(find(None, Some(11), 9), ["m2", "m3", "m4"]);
        assert_eq!(find(Some("someone"), None, 9), [""; 0]);
        assert_eq!(find(None, None, 0), [""; 0]);
        assert_eq!(store.mail("m1").unwrap().unwrap().mail.to.as_str(), "Someone@Example.com");
        assert_eq!(store.mail("M1").unwrap(), None);
    });
}

#[test]
fn pages_of_mails_go_on_after_a_mail_that_may_be_gone() {
    each(|store, _| {
        let address = |n| if n % 2 == 0 { "a@x.com" } else { "b@x.com" };
        let list = (1..=6).map(|n| mail(&format!("m{n}"), address(n), n, 1)).collect();
        store.commit(&mails(list)).unwrap();
        let find = |after: &str, latest_first, to: Option<&str>, limit| {
            let (after, to) = (Some(after.to_owned()), to.map(str::to_owned));
            let filter = MailFilter { after, to, latest_first, limit, since: Some(Timestamp(2)) };
            store.mails(&filter).unwrap().into_iter().map(|m| m.id).collect::<Vec<_>>()
        };
        assert_eq!(find("m3", false, None, 2), ["m4", "m5"]);
        assert_eq!(find("m3x", false, None, 9), ["m4", "m5", "m6"]);
        assert_eq!(find("", false, None, 9), ["m2", "m3", "m4", "m5", "m6"]);
        assert_eq!(find("m6", false, None, 9), [""; 0]);
        assert_eq!(find("m3", false, Some("B@x.com"), 9), ["m5"]);
        assert_eq!(find("m5", true, None, 2), ["m4", "m3"]);
        assert_eq!(find("m4x", true, None, 9), ["m4", "m3", "m2"]);
        assert_eq!(find("m5", true, Some("b@x.com"), 9), ["m3"]);
        assert_eq!(find("m1", true, None, 9), [""; 0]);
        let latest = MailFilter { latest_first: true, limit: 2, ..MailFilter::default() };
        let latest = store.mails(&latest).unwrap().into_iter().map(|m| m.id).collect::<Vec<_>>();
        assert_eq!(latest, ["m6", "m5"]);
    });
}

#[test]
fn timers_of_one_kind_go_on_after_one_that_may_be_gone() {
    each(|store, _| {
        let timer = |due, owner, action| Timer { due: Timestamp(due), owner, action };
        let list = [
            timer(5, org(2), TimerAction::Expire(handshake_id(1))),
            timer(5, org(1), TimerAction::Expire(handshake_id(2))),
            timer(3, org(1), TimerAction::Forget(handshake_id(3))),
            timer(4, acct(1), TimerAction::Close),
            timer(-9, org(1), TimerAction::Expire(handshake_id(4))),
            timer(5, org(1), TimerAction::Expire(handshake_id(1))),
        ];
        let timers = list.iter().cloned().map(TimerChange::Set).collect();
        store.commit(&Batch { timers, ..Batch::default() }).unwrap();
        let expiries = |after: Option<&Timer>, limit| store.timers_of("expire/", after, limit).unwrap();
        assert_eq!(
            expiries(None, 9),
            [list[4].clone(), list[5].clone(), list[1].clone(), list[0].clone()],
            "by time, then by the text of owner and action"
        );
        assert_eq!(expiries(None, 1), [list[4].clone()]);
        assert_eq!(expiries(Some(&list[4]), 1), [list[5].clone()]);
        assert_eq!(expiries(Some(&list[1]), 9), [list[0].clone()]);
        assert_eq!(expiries(Some(&list[2]), 1), [list[5].clone()], "of another kind");
        assert_eq!(expiries(Some(&list[0]), 9), []);
        assert_eq!(store.timers_of("close", None, 9).unwrap(), [list[3].clone()]);
    });
}

#[test]
fn an_item_is_found_among_the_first_owners() {
    each(|store, _| {
        for n in 1..=3 {
            store.commit(&put(&org(n), 0, vec![member(n), Item::Handshake(handshake(n))])).unwrap();
        }
        store.commit(&put(&acct(2), 0, vec![inbox(2, 2)])).unwrap();
        let key = |n| ItemKey::Handshake(handshake_id(n));
        let find = |n, at_most| store.holder("org/", &key(n), at_most).unwrap();
        assert_eq!(find(1, 1), Some(org(1)));
        assert_eq!((find(2, 1), find(2, 2), find(2, 99)), (None, Some(org(2)), Some(org(2))));
        assert_eq!((find(3, 3), find(4, 99), find(1, 0)), (Some(org(3)), None, None));
        assert_eq!(store.holder("acct/", &key(2), 99).unwrap(), None);
        assert_eq!(store.holder("acct/", &ItemKey::Inbox(handshake_id(2)), 1).unwrap(), Some(acct(2)));
    });
}

#[test]
fn the_journal_has_the_newest_row_first() {
    each(|store, _| {
        // Not in the order of owners, nor of time.
        let rows = [row(&org(5), 1), row(&acct(1), 1), row(&org(5), 2), row(&address("x@y.com"), 9)];
        store.commit(&Batch { journal: rows[..3].to_vec(), ..Batch::default() }).unwrap();
        let last = guildhall_store::JournalRow { at: Timestamp(-5), ..rows[3].clone() };
        store.commit(&Batch { journal: vec![last.clone()], ..Batch::default() }).unwrap();
        assert_eq!(store.journal(3).unwrap(), [last, rows[2].clone(), rows[1].clone()]);
        assert_eq!(store.journal(99).unwrap().len(), 4);
        assert!(store.journal(0).unwrap().is_empty());
    });
}

#[test]
fn named_values_outlive_a_reset() {
    each(|store, dir| {
        assert_eq!(store.meta("a").unwrap(), None);
        store.set_meta("a", "1").unwrap();
        store.set_meta("a", "2").unwrap();
        store.set_meta("b", "").unwrap();
        fill(store);
        store.reset().unwrap();
        assert_eq!(store.meta("a").unwrap().as_deref(), Some("2"));
        assert_eq!(store.meta("b").unwrap().as_deref(), Some(""));
        assert!(store.owners("", None, 9).unwrap().is_empty());
        assert!(store.timers(Timestamp(i64::MAX), 9).unwrap().is_empty());
        assert!(all_mails(store).is_empty() && store.journal(9).unwrap().is_empty());
        assert_eq!(texts(store, &org(1)), (0, vec![]));
        // As new: the same keys and ids are free again.
        fill(store);
        store.backup(&dir.join("after"), &Named::new()).unwrap();
    });
}

/// Something of everything.
fn fill(store: &dyn Store) {
    store.set_meta("a", "2").unwrap();
    let mut sent = mail("m2", "b@x.com", 2, 2);
    sent.state = MailState::Failed;
    sent.attempts = 3;
    sent.last_error = Some("no".into());
    let first = Batch {
        timers: vec![TimerChange::Set(timer(1, &org(1), 1)), TimerChange::Set(timer(2, &acct(1), 1))],
        mails: vec![mail("m1", "A@x.com", 1, 1), sent],
        journal: vec![row(&org(1), 1), row(&acct(1), 1)],
        ..put(&org(1), 0, vec![member(1), member(2), tags(1, "ü"), Item::Handshake(handshake(3))])
    };
    store.commit(&first).unwrap();
    store.commit(&put(&address("a@x.com"), 0, vec![holder(1), inbox(3, 1)])).unwrap();
    store.commit(&put(&acct(9), 0, vec![])).unwrap();
    store.commit(&Batch { journal: vec![row(&org(1), 2)], ..put(&org(1), 1, vec![]) }).unwrap();
}

#[test]
fn a_backup_restores_in_every_engine() {
    for (from, make_from) in ENGINES {
        for (into, make_into) in ENGINES {
            println!("from {from} into {into}");
            let (source, dir) = make_from();
            let (target, _dir) = make_into();
            fill(&*source);
            let before = everything(&*source);
            let file = dir.path().join("backup é");
            source.backup(&file, &Named::new()).unwrap();
            // The file is of the instant of the backup.
            source.commit(&put(&acct(9), 1, vec![inbox(1, 1)])).unwrap();
            // What was there goes, named values too.
            target.set_meta("c", "goes").unwrap();
            target
                .commit(&Batch { journal: vec![row(&acct(7), 7)], ..put(&acct(7), 0, vec![inbox(1, 1)]) })
                .unwrap();
            restore(&*target, &file).unwrap();
            assert_eq!(everything(&*target), before);
            // It goes on as if nothing had been.
            target.commit(&Batch { journal: vec![row(&org(1), 3)], ..put(&org(1), 2, vec![]) }).unwrap();
            restore(&*target, &file).unwrap();
            assert_eq!(everything(&*target), before);
            let names: Vec<_> =
                std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            assert!(names.iter().all(|n| n == "data" || n == "backup é"), "{names:?}");
        }
    }
}

#[test]
fn a_backup_overwrites_nothing() {
    each(|store, dir| {
        let file = dir.join("taken");
        std::fs::write(&file, "precious").unwrap();
        assert!(database(store.backup(&file, &Named::new())).contains("taken"));
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
        let nowhere = dir.join("missing/backup");
        assert!(database(store.backup(&nowhere, &Named::new())).contains("missing"));
        assert!(!nowhere.exists());
        store.backup(&dir.join("free"), &Named::new()).unwrap();
        database(store.backup(&dir.join("free"), &Named::new()));
    });
}

#[test]
fn a_backup_comes_in_as_it_is_admitted() {
    each(|store, dir| {
        fill(store);
        store.set_meta("clock", "then").unwrap();
        let (file, before) = (dir.join("backup"), everything(store));
        store.backup(&file, &Named::new()).unwrap();
        store.set_meta("clock", "now").unwrap();
        store.commit(&put(&acct(9), 1, vec![inbox(1, 1)])).unwrap();
        let after = everything(store);
        let refused = store.restore(&store.prepare(&file, &mut NoSecrets).unwrap(), &|named: &mut Named| {
            Err(format!("clock: {}", named["clock"]))
        });
        assert!(matches!(&refused, Err(StoreError::NotAdmitted(why)) if why == "clock: then"), "{refused:?}");
        assert_eq!(everything(store), after);
        let later = |named: &mut Named| {
            named.insert("clock".into(), "later".into());
            named.insert("new".into(), "one".into());
            Ok(())
        };
        store.restore(&store.prepare(&file, &mut NoSecrets).unwrap(), &later).unwrap();
        assert_eq!(store.meta("clock").unwrap().as_deref(), Some("later"));
        assert_eq!(store.meta("new").unwrap().as_deref(), Some("one"));
        restore(store, &file).unwrap();
        assert_eq!(store.meta("new").unwrap(), None);
        assert_eq!(everything(store), before);
    });
}

#[test]
fn a_file_that_is_no_backup_changes_nothing() {
    each(|store, dir| {
        fill(store);
        let before = everything(store);
        let whole = dir.join("whole");
        store.backup(&whole, &Named::new()).unwrap();
        let good = std::fs::read(&whole).unwrap();
        let mut newer = good.clone();
        newer[60..64].copy_from_slice(&9_001_u32.to_be_bytes());
        let mut foreign = good.clone();
        foreign[68..72].copy_from_slice(&1_u32.to_be_bytes());
        let mut damaged = good.clone();
        let end = damaged.len();
        damaged[4_096..end].fill(0x5a);
        let cut = good[..good.len() - 4_096].to_vec();
        for (name, bytes) in [
            ("empty", vec![]),
            ("garbage", b"not a database, though long enough to be one".repeat(1_000)),
            ("newer", newer),
            ("foreign", foreign),
            ("damaged", damaged),
            ("cut", cut),
        ] {
            let file = dir.join(name);
            std::fs::write(&file, &bytes).unwrap();
            let said = no_backup(restore(store, &file));
            println!("{said}");
            assert!(said.contains(name) || said.contains("damaged"), "{name}: {said}");
            assert_eq!(std::fs::read(&file).unwrap(), bytes, "{name}");
            assert_eq!(everything(store), before, "{name}");
        }
        no_backup(restore(store, &dir.join("absent")));
        no_backup(restore(store, dir));
        assert!(!dir.join("absent").exists());
        restore(store, &whole).unwrap();
        assert_eq!(everything(store), before);
    });
}

#[test]
fn of_two_that_write_one_version_exactly_one_wins() {
    const VERSIONS: u64 = 200;
    for (name, make) in ENGINES {
        println!("engine: {name}");
        let (store, _dir) = make();
        let racers: Vec<_> = (0..2)
            .map(|racer| {
                let store = store.clone();
                std::thread::spawn(move || {
                    let mut won = 0;
                    loop {
                        let version = store.load(&org(1)).unwrap().version;
                        if version >= VERSIONS {
                            return won;
                        }
                        let batch = put(&org(1), version, vec![tags(version, &racer.to_string())]);
                        match store.commit(&Batch { journal: vec![row(&org(1), version + 1)], ..batch }) {
                            Ok(()) => won += 1,
                            other => assert_eq!(conflict(other), [org(1)]),
                        }
                    }
                })
            })
            .collect();
        let won: u64 = racers.into_iter().map(|r| r.join().unwrap()).sum();
        let (version, items) = texts(&*store, &org(1));
        assert_eq!(won, version);
        assert_eq!(items.len() as u64, version);
        assert_eq!(store.journal(usize::MAX).unwrap().len() as u64, version);
    }
}

#[test]
fn a_load_never_sees_half_a_commit() {
    for (name, make) in ENGINES {
        println!("engine: {name}");
        let (store, _dir) = make();
        let writer = {
            let store = store.clone();
            std::thread::spawn(move || {
                for version in 0..200 {
                    let all = (1..20).map(|n| tags(n, &(version + 1).to_string())).collect();
                    store.commit(&put(&org(1), version, all)).unwrap();
                }
            })
        };
        while !writer.is_finished() {
            let (version, items) = texts(&*store, &org(1));
            let value = format!("\"{version}\"");
            assert!(items.iter().all(|(_, _, body)| body.contains(&value)), "{version}: {items:?}");
        }
        writer.join().unwrap();
    }
}

mod random {
    use proptest::prelude::*;

    use super::*;

    fn owner() -> impl Strategy<Value = Owner> {
        prop_oneof![(1..4_u64).prop_map(acct), (1..3_u64).prop_map(org), Just(address("a@x.com"))]
    }

    fn change() -> impl Strategy<Value = ItemChange> {
        let item = (1..4_u64, ".{0,6}").prop_flat_map(|(n, value)| {
            prop_oneof![Just(inbox(n, 1)), Just(member(n)), Just(tags(n, &value)), Just(holder(n))]
        });
        (item, any::<bool>()).prop_map(|(item, put)| match put {
            true => ItemChange::Put(item),
            false => ItemChange::Remove(item.key()),
        })
    }

    fn timer_change() -> impl Strategy<Value = TimerChange> {
        (0..4_i64, owner(), 1..3_u64, any::<bool>()).prop_map(|(due, owner, n, set)| {
            let timer = timer(due, &owner, n);
            if set { TimerChange::Set(timer) } else { TimerChange::Clear(timer) }
        })
    }

    /// What one step does; versions are filled in when it runs, and some of them wrongly.
    #[derive(Debug, Clone)]
    enum Step {
        Commit {
            reads: Vec<(Owner, bool)>,
            writes: Vec<(Owner, u64, Vec<ItemChange>)>,
            timers: Vec<TimerChange>,
            mails: Vec<(u8, i64)>,
            stale: bool,
        },
        Lease(i64, i64, usize),
        Settle(u8, MailState, i64),
        Retry(u8, i64),
        RetryFailed(u8, i64, usize),
        Prune(i64, i64, usize),
        ClearMails,
        Meta(String),
        Reset,
    }

    fn step() -> impl Strategy<Value = Step> {
        let change = prop::collection::vec(change(), 0..4);
        let states = [MailState::Pending, MailState::Delivered, MailState::Failed, MailState::Failed];
        let state = prop::sample::select(states.to_vec());
        let commit = (
            prop::collection::vec((owner(), any::<bool>()), 0..3),
            prop::collection::vec((owner(), 1..3_u64, change), 0..3),
            prop::collection::vec(timer_change(), 0..3),
            prop::collection::vec((0..20_u8, 0..9_i64), 0..3),
            prop::bool::weighted(0.1),
        );
        prop_oneof![
            12 => commit.prop_map(|(reads, writes, timers, mails, stale)| Step::Commit {
                reads, writes, timers, mails, stale
            }),
            2 => (0..9_i64, 0..9_i64, 0..4_usize).prop_map(|(now, until, n)| Step::Lease(now, until, n)),
            4 => (0..20_u8, state, 0..9_i64).prop_map(|(n, state, due)| Step::Settle(n, state, due)),
            1 => (0..20_u8, 0..9_i64).prop_map(|(n, now)| Step::Retry(n, now)),
            1 => (0..20_u8, 0..9_i64, 0..4_usize).prop_map(|(n, now, most)| Step::RetryFailed(n, now, most)),
            1 => (0..6_i64, 0..20_i64, 0..4_usize).prop_map(|(rows, mails, n)| Step::Prune(rows, mails, n)),
            1 => Just(Step::ClearMails),
            1 => ".{0,4}".prop_map(Step::Meta),
            1 => Just(Step::Reset),
        ]
    }

    /// The step as a batch for what `store` holds now.
    fn batch(store: &dyn Store, step: &Step) -> Option<Batch> {
        let Step::Commit { reads, writes, timers, mails, stale } = step else { return None };
        let mut batch = Batch { timers: timers.clone(), ..Batch::default() };
        let version = |owner: &Owner| store.load(owner).unwrap().version;
        for (owner, by, items) in writes {
            if batch.reads.iter().any(|(o, _)| o == owner) {
                continue;
            }
            // A stale decision noted what is no longer true.
            let noted = version(owner) + u64::from(*stale);
            batch.reads.push((owner.clone(), noted));
            batch.writes.push((owner.clone(), noted + by));
            batch.items.extend(items.iter().map(|i| (owner.clone(), i.clone())));
            let at = Timestamp((noted % 5).cast_signed());
            batch.journal.push(JournalRow { at, ..row(owner, noted + by) });
        }
        for (owner, right) in reads {
            if !batch.reads.iter().any(|(o, _)| o == owner) {
                batch.reads.push((owner.clone(), version(owner) + u64::from(*stale && !right)));
            }
        }
        let mail = |(n, due): &(u8, i64)| mail(&format!("m{n:02}"), "A@x.com", i64::from(*n), *due);
        batch.mails = mails.iter().map(mail).collect();
        Some(batch)
    }

    /// Runs a step and says how it ended.
    fn run(store: &dyn Store, step: &Step) -> String {
        match step {
            Step::Commit { .. } => match store.commit(&batch(store, step).unwrap()) {
                Err(StoreError::Database(_)) => "refused".to_owned(),
                other => format!("{other:?}"),
            },
            Step::Lease(now, until, limit) => {
                format!("{:?}", store.lease(Timestamp(*now), Timestamp(*until), *limit).unwrap())
            }
            Step::Settle(n, state, due) => {
                let settled = OutboxMail { state: *state, ..mail(&format!("m{n:02}"), "A@x.com", 1, *due) };
                format!("{:?}", store.settle(&settled))
            }
            Step::Retry(n, now) => format!("{:?}", store.retry_mail(&format!("m{n:02}"), Timestamp(*now))),
            Step::RetryFailed(n, now, limit) => {
                format!("{:?}", store.retry_failed(Timestamp(*now), &format!("m{n:02}"), *limit))
            }
            Step::Prune(rows, mails, limit) => {
                let (journal_before, mails_before) = (Timestamp(*rows), Timestamp(*mails));
                format!("{:?}", store.prune(&Prune { journal_before, mails_before, limit: *limit }))
            }
            Step::ClearMails => format!("{:?}", store.clear_mails()),
            Step::Meta(value) => format!("{:?}", store.set_meta("a", value)),
            Step::Reset => format!("{:?}", store.reset()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn engines_cannot_be_told_apart(steps in prop::collection::vec(step(), 1..25)) {
            let made = ENGINES.map(|(_, make)| make());
            let [(first, dir), (second, _second_dir)] = &made;
            for step in &steps {
                prop_assert_eq!(run(&**first, step), run(&**second, step), "{:?}", step);
                prop_assert_eq!(everything(&**first), everything(&**second), "{:?}", step);
            }
            // And so are their backups.
            let file = dir.path().join("backup");
            second.backup(&file, &Named::new()).unwrap();
            first.reset().unwrap();
            restore(&**first, &file).unwrap();
            prop_assert_eq!(everything(&**first), everything(&**second));
        }
    }
}
