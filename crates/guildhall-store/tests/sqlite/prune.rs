//! Old rows are removed, and their space is given back.

use super::*;

/// Rows of `journal` large enough that each takes pages of its own.
const LARGE: usize = 37_000;

/// What is older than instant 200, in small steps.
const OLD: Prune = Prune { journal_before: Timestamp(200), mails_before: Timestamp(200), limit: 8 };

/// Journal rows and delivered mails, the n-th of both from instant n.
fn large(n: u64) -> Batch {
    let at = Timestamp(n.cast_signed());
    let row = JournalRow { at, body: format!("\"{}\"", "x".repeat(LARGE)), ..row(&org(1), n) };
    let mail =
        OutboxMail { state: MailState::Delivered, ..common::mail(&format!("m{n:03}"), "a@x.com", at.0, 1) };
    Batch { journal: vec![row], mails: vec![mail], ..Batch::default() }
}

pub(super) fn prune_all(store: &SqliteStore) {
    let mut steps = 0;
    while store.prune(&OLD).unwrap() {
        steps += 1;
        println!("\nack {steps}");
    }
    println!("\nack 0");
    loop {
        std::thread::park();
    }
}

/// The instants of the journal and of the mails, the oldest first.
fn instants(store: &dyn Store) -> (Vec<i64>, Vec<i64>) {
    let mut rows: Vec<_> = store.journal(usize::MAX).unwrap().iter().map(|row| row.at.0).collect();
    rows.reverse();
    let filter = MailFilter { limit: usize::MAX, ..MailFilter::default() };
    (rows, store.mails(&filter).unwrap().iter().map(|mail| mail.made.0).collect())
}

#[test]
fn what_is_removed_gives_its_space_back() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    (1..=300).for_each(|n| store.commit(&large(n)).unwrap());
    drop(store);
    let before = fs::metadata(db(temp.path())).unwrap().len();
    assert!(before > 300 * LARGE as u64, "{before}");
    let store = SqliteStore::open(temp.path()).unwrap();
    let steps = (0..1_000).take_while(|_| store.prune(&OLD).unwrap()).count();
    assert!((20..100).contains(&steps), "{steps} steps");
    assert_eq!(instants(&store), ((200..=300).collect(), (200..=300).collect()));
    // The server runs on: the file is smaller all the same.
    let after = fs::metadata(db(temp.path())).unwrap().len();
    assert!(after < before / 2, "{before} bytes before, {after} afterwards");
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    assert!(!store.prune(&OLD).unwrap());
    // Some pages stay free, for what is written next.
    let other = Connection::open(db(temp.path())).unwrap();
    let free = other.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
    assert_eq!(free.unwrap(), 256);
}

#[test]
fn a_kill_while_old_rows_are_removed_leaves_the_rest() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    (1..=300).for_each(|n| store.commit(&large(n)).unwrap());
    drop(store);
    for steps in [1, 2, 5, 9] {
        kill(child("prune", temp.path()).spawn().unwrap(), steps);
        let store = SqliteStore::open(temp.path()).unwrap();
        assert_eq!(store.integrity().unwrap(), [""; 0]);
        let (rows, mails) = instants(&store);
        for rest in [&rows, &mails] {
            let first = rest[0];
            assert!(first > 1 && first <= 200, "{first}");
            assert_eq!(*rest, (first..=300).collect::<Vec<_>>());
        }
    }
    let store = SqliteStore::open(temp.path()).unwrap();
    while store.prune(&OLD).unwrap() {}
    assert_eq!(instants(&store), ((200..=300).collect(), (200..=300).collect()));
}
