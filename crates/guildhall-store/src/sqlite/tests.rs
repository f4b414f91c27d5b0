use guildhall_core::Owner;
use guildhall_core::ids::AccountId;

use super::*;

fn owner(n: u64) -> Owner {
    Owner::Account(AccountId::from_number(n).unwrap())
}

/// A batch that makes `owner`, with a journal row of `size` bytes.
fn batch(n: u64, size: usize) -> Batch {
    let row = JournalRow {
        owner: owner(n),
        version: 1,
        at: Timestamp(0),
        actor: String::new(),
        op: "Test".into(),
        request_id: String::new(),
        body: "x".repeat(size),
    };
    Batch { reads: vec![(owner(n), 0)], writes: vec![(owner(n), 1)], journal: vec![row], ..Batch::default() }
}

#[test]
fn a_full_database_refuses_and_works_again_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let pages = |pages: u32| {
        let writer = store.writer().unwrap();
        writer.pragma_update(None, "max_page_count", pages).unwrap();
    };
    store.commit(&batch(1, 10)).unwrap();
    pages(1); // As many as there are.
    let said = store.commit(&batch(2, 100_000)).unwrap_err();
    assert!(matches!(&said, StoreError::Database(what) if what.contains("the disk is full")), "{said}");
    assert_eq!(store.load(&owner(2)).unwrap().version, 0);
    assert_eq!(store.journal(9).unwrap().len(), 1);
    // What fits goes on.
    store.commit(&batch(3, 10)).unwrap();
    pages(1_000_000);
    store.commit(&batch(2, 100_000)).unwrap();
    assert_eq!(store.journal(9).unwrap().len(), 3);
    assert!(store.integrity().unwrap().is_empty());
}

#[test]
fn a_log_is_synced_at_every_commit() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let writer = store.writer().unwrap();
    let pragma = |name| writer.pragma_query_value(None, name, |row| row.get::<_, String>(0));
    assert_eq!(pragma("journal_mode").unwrap(), "wal");
    let level = writer.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
    assert_eq!(level.unwrap(), 2);
}

/// Every statement that runs often finds its rows by an index: no scan, no sorting.
#[test]
fn nothing_is_scanned() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let plans = [
        "SELECT o.version, i.kind, i.id, i.format, i.body
         FROM owners o LEFT JOIN items i ON i.owner = o.owner WHERE o.owner = 'a'",
        "SELECT id FROM outbox WHERE state = 'PENDING' AND due <= 1 ORDER BY due, id LIMIT 2",
        "SELECT id FROM outbox WHERE made >= 1 AND id > 'a' AND recipient = 'r' ORDER BY id LIMIT 3",
        "SELECT owner FROM owners WHERE owner >= 'a' AND owner > 'b' ORDER BY owner LIMIT 3",
        "SELECT due, owner, id FROM timers WHERE due <= 1 ORDER BY due, owner, id LIMIT 2",
        "UPDATE owners SET version = 3 WHERE owner = 'a' AND version = 2",
        "DELETE FROM items WHERE owner = 'a' AND kind = 'b' AND id = 'c'",
    ];
    let writer = store.writer().unwrap();
    for sql in plans {
        let mut statement = writer.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = lines.collect::<Result<_, _>>().unwrap();
        let searched = plan.iter().all(|line| line.starts_with("SEARCH"));
        assert!(searched, "{sql}\n{plan:?}");
    }
}
