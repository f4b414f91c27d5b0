use std::path::Path;

use guildhall_core::Owner;
use guildhall_core::kernel::ids::AccountId;

use rusqlite::params;
use rusqlite::types::Value;

use super::schema::{ITEMS, JOURNAL, META, OUTBOX, OWNERS, TIMERS, Table};

/// Every table but `owners`, which sums up what is in `items`.
const OTHERS: [&Table; 5] = [&ITEMS, &TIMERS, &OUTBOX, &JOURNAL, &META];
use super::sum::Sums;
use super::*;
use crate::{NoSecrets, StoredItem};

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
        body: format!("\"{}\"", "x".repeat(size)),
    };
    Batch { reads: vec![(owner(n), 0)], writes: vec![(owner(n), 1)], journal: vec![row], ..Batch::default() }
}

#[test]
fn a_full_database_refuses_and_works_again_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let pages = |pages: u32| {
        let writer = store.writer().unwrap();
        writer.connection.pragma_update(None, "max_page_count", pages).unwrap();
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
    let pragma = |name| writer.connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
    assert_eq!(pragma("journal_mode").unwrap(), "wal");
    let level = writer.connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
    assert_eq!(level.unwrap(), 2);
}

/// It may have failed for a reason of its own.
#[test]
fn a_reader_that_failed_is_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let idle = || held(&store.readers).len();
    store.load(&owner(1)).unwrap();
    assert_eq!(idle(), 1);
    store.read(|_| Err::<(), _>(StoreError::Database("the disk failed".to_owned()))).unwrap_err();
    assert_eq!(idle(), 0);
    store.load(&owner(1)).unwrap();
    assert_eq!(idle(), 1);
}

/// Runs a change over a copy of a backup, and computes all checksums anew: what is wrong then is not the checksums.
fn hostile(backup: &Path, file: &Path, change: &str) {
    std::fs::copy(backup, file).unwrap();
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(change).unwrap();
    let mut sums = Sums::default();
    for table in OTHERS {
        let key = table.columns[..table.columns.len().min(3)].join(" || '/' || ");
        let mut found = Vec::new();
        let sql = format!("SELECT {}, {key} FROM {}", table.columns.join(", "), table.name);
        let mut statement = connection.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let key: String = row.get(table.columns.len()).unwrap();
            found.push((key, sums.of_row(table, row, 0).unwrap()));
        }
        for (found, sum) in found {
            let sql = format!("UPDATE {} SET sum = ?2 WHERE {key} = ?1", table.name);
            connection.execute(&sql, params![found, sum]).unwrap();
        }
    }
    let mut owners = connection.prepare("SELECT owner, version FROM owners").unwrap();
    let owners = owners.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    for (owner, version) in owners.collect::<Result<Vec<(String, i64)>, _>>().unwrap() {
        let mut items = connection.prepare("SELECT sum FROM items WHERE owner = ?1").unwrap();
        let total = items.query_map([&owner], |row| row.get::<_, i64>(0)).unwrap();
        let total = total.fold(0_i64, |a, b| a.wrapping_add(b.unwrap()));
        let sum = sums.of(&OWNERS, &[owner.as_str().into(), version.into(), total.into()]);
        connection
            .execute("UPDATE owners SET items = ?2, sum = ?3 WHERE owner = ?1", params![owner, total, sum])
            .unwrap();
    }
}

/// Everything in the tables.
fn dump(store: &SqliteStore) -> Vec<String> {
    let writer = store.writer().unwrap();
    let mut all = Vec::new();
    for table in OTHERS.into_iter().chain([&OWNERS]) {
        let mut statement = writer.connection.prepare(&format!("SELECT * FROM {}", table.name)).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let row: Vec<Value> = (0..=table.columns.len()).map(|n| row.get(n).unwrap()).collect();
            all.push(format!("{} {row:?}", table.name));
        }
    }
    all
}

/// Backups whose rows are as their checksums say, and which are wrong in another way, are refused and change nothing,
/// whatever they would do if they were run.
#[test]
fn hostile_backups_are_refused_and_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let form1 = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/form1.db");
    let source = SqliteStore::open(&dir.path().join("source")).unwrap();
    source.restore(&source.prepare(&form1, &mut Hide).unwrap(), &crate::as_it_is).unwrap();
    let backup = dir.path().join("backup");
    source.backup(&backup, &Named::new()).unwrap();
    let store = SqliteStore::open(&dir.path().join("data")).unwrap();
    store.commit(&batch(1, 10)).unwrap();
    let before = dump(&store);
    let file = dir.path().join("hostile");
    let endless = "CREATE VIEW endless AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)
         SELECT n, n, n, n FROM n";
    let as_owners = format!("DROP TABLE owners; {}", endless.replace("endless", "owners"));
    for (change, expected) in [
        ("", ""),
        ("UPDATE items SET body = '{' WHERE kind = 'account'", "account"),
        ("UPDATE items SET body = '[]' WHERE kind = 'org'", "org"),
        ("UPDATE items SET kind = 'unheard-of' WHERE kind = 'unit'", "unheard-of"),
        ("UPDATE items SET kind = 'unit', id = 'x' WHERE kind = 'org'", "unit"),
        ("UPDATE items SET format = 9", "newer"),
        ("UPDATE items SET owner = 'nobody' WHERE owner = (SELECT min(owner) FROM owners WHERE owner LIKE 'key/%');
          UPDATE owners SET owner = 'nobody' WHERE owner = (SELECT min(owner) FROM owners WHERE owner LIKE 'key/%')", "nobody"),
        ("DELETE FROM owners WHERE owner LIKE 'acct/%3'; DELETE FROM items WHERE owner LIKE 'acct/%3'", "100000000003"),
        ("DELETE FROM owners WHERE owner LIKE 'acct/%3'", "its own row is gone"),
        ("DELETE FROM items WHERE kind = 'member'", "member"),
        ("UPDATE timers SET id = 'whenever'", "whenever"),
        ("UPDATE timers SET owner = 'x'", "timer"),
        ("DELETE FROM timers", "timer missing"),
        ("UPDATE outbox SET body = '{}'", "mail"),
        ("UPDATE outbox SET state = 'LOST' WHERE state = 'DELIVERED'", "unknown state"),
        ("UPDATE journal SET body = 'nonsense'", "journal"),
        (endless, "endless"),
        (&as_owners, "owners"),
        ("CREATE TRIGGER t AFTER INSERT ON owners BEGIN DELETE FROM items; END", "trigger"),
        ("CREATE TABLE more(a)", "more"),
        ("CREATE INDEX more ON items(body)", "more"),
        ("DROP INDEX outbox_pending", "outbox_pending"),
        ("ALTER TABLE items ADD COLUMN more TEXT", "items"),
        ("DROP TABLE journal; CREATE TABLE journal(seq INTEGER PRIMARY KEY, owner, version, at, actor, op, request_id, body, sum)", "journal"),
    ] {
        println!("{change}");
        let _ = std::fs::remove_file(&file);
        let connection_only = change.contains("CREATE VIEW") || change.contains("DROP TABLE");
        if connection_only {
            std::fs::copy(&backup, &file).unwrap();
            Connection::open(&file).unwrap().execute_batch(change).unwrap();
        } else {
            hostile(&backup, &file, change);
        }
        let bytes = std::fs::read(&file).unwrap();
        for engine in [&store as &dyn Store, &crate::memory::MemoryStore::new()] {
            let checked = engine.prepare(&file, &mut NoSecrets).and_then(|prepared| prepared.check());
            let wrong = match checked {
                Ok(found) => found.wrong.join("\n"),
                Err(StoreError::NoBackup(why)) => why,
                Err(e) => panic!("{change}: {e}"),
            };
            println!("    {wrong}");
            assert_eq!(wrong.is_empty(), change.is_empty(), "{change}: {wrong}");
            assert!(wrong.contains(expected), "{change}: {wrong}");
        }
        assert_eq!(dump(&store), before, "{change}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{change}");
    }
    let left: Vec<_> =
        std::fs::read_dir(dir.path().join("data")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("scratch")), "{left:?}");
}

/// What cannot be read is no backup, before anybody asks what it means.
#[test]
fn a_backup_with_an_item_that_cannot_be_read_is_not_prepared() {
    let dir = tempfile::tempdir().unwrap();
    let form1 = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/form1.db");
    let store = SqliteStore::open(&dir.path().join("data")).unwrap();
    store.restore(&store.prepare(&form1, &mut Hide).unwrap(), &crate::as_it_is).unwrap();
    let (backup, file) = (dir.path().join("backup"), dir.path().join("hostile"));
    store.backup(&backup, &Named::new()).unwrap();
    hostile(&backup, &file, "UPDATE items SET body = '{' WHERE kind = 'account'");
    let said = store.prepare(&file, &mut NoSecrets).unwrap_err();
    assert!(matches!(&said, StoreError::NoBackup(why) if why.contains("account")), "{said}");
}

/// Nothing sums up the rows of the journal, as owners do their items: that one is gone is seen in its page.
#[test]
fn a_backup_in_which_a_page_has_lost_a_row_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("data")).unwrap();
    store.commit(&batch(1, 10)).unwrap();
    store.commit(&batch(2, 10)).unwrap();
    let file = dir.path().join("backup");
    store.backup(&file, &Named::new()).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'";
    let root: u32 = Connection::open(&file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    // The number of rows in a page of a table, behind its kind and its first free block.
    let count = usize::try_from((root - 1) * super::schema::PAGE + 3).unwrap();
    assert_eq!(bytes[count..count + 2], [0, 2]);
    bytes[count + 1] = 1;
    std::fs::write(&file, bytes).unwrap();
    let said = store.prepare(&file, &mut NoSecrets).unwrap_err();
    assert!(matches!(&said, StoreError::NoBackup(why) if why.contains("damaged")), "{said}");
}

/// Checksums are part of the form of the file. They tell tables apart, and where a column ends.
#[test]
fn checksums_stay_what_they_are() {
    let sum = |key: &str, value: &str| Sums::default().of(&META, &[key.into(), value.into()]);
    assert_eq!(sum("key", "value"), -4_049_344_750_283_021_048);
    assert_ne!(sum("a\u{1}b", ""), sum("a", "b\u{1}"));
    let other = Table { name: "other", ..META };
    assert_ne!(Sums::default().of(&other, &["key".into(), "value".into()]), sum("key", "value"));
}

/// The statements in this crate's sources, as SQLite gets them.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sqlite");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What copies or looks through everything reads everything.
        if ["copy.rs", "rebuild.rs", "damage.rs", "tests.rs", "schema.rs"]
            .iter()
            .any(|name| path.ends_with(name))
        {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        // What `select!` puts in front.
        let prefix =
            source.split("concat!(").nth(1).and_then(|rest| rest.split('"').nth(1)).map(str::to_owned);
        for (n, text) in source.split('"').enumerate().filter(|(n, _)| n % 2 == 1) {
            let before = source.split('"').nth(n - 1).unwrap();
            let text = if before.ends_with("select!(") {
                format!("{}{text}", prefix.as_ref().unwrap())
            } else {
                text.to_owned()
            };
            let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
            let whole = !before.trim_end().ends_with("concat!(") && !text.contains('{');
            if whole && verbs.iter().any(|verb| text.starts_with(verb)) {
                found.push(text);
            }
        }
    }
    found
}

/// Every statement that runs while the server serves finds its rows by an index or walks them in their order, as far
/// as it is read: no scan in search of something, no sorting.
#[test]
fn nothing_is_scanned() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let writer = store.writer().unwrap();
    let statements = statements();
    assert!(statements.len() > 20, "{statements:?}");
    for sql in statements {
        // An operator's button, and what is counted once, at the start.
        if sql == "DELETE FROM outbox WHERE state <> 'PENDING'" || sql.starts_with("SELECT count(*)") {
            continue;
        }
        let mut statement = writer.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let values = vec![Value::Integer(1); statement.parameter_count()];
        let lines =
            statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = lines.collect::<Result<_, _>>().unwrap();
        // Without a condition, rows come in the order of the key.
        let walks = !sql.contains("WHERE");
        // Nor is it a search to go through what another part of the statement has found.
        let found = |name: &str| plan.iter().any(|line| *line == format!("CO-ROUTINE {name}"));
        let fine = |line: &String| match line.split_once(' ') {
            Some(("SEARCH" | "CO-ROUTINE", _)) => true,
            Some(("SCAN", what)) => walks || what == "CONSTANT ROW" || found(what),
            _ => false,
        };
        assert!(plan.iter().all(fine), "{sql}\n{plan:?}");
    }
}

/// Stands for the sealing of secrets: they are no more.
struct Hide;

impl Rewrite for Hide {
    fn named(&mut self, _: &mut Named) -> Result<(), String> {
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        let account = item.body.split('"').nth(3).unwrap_or_default();
        let hidden = format!(r#"{{"account":"{account}","secret":"hidden","created":1}}"#);
        Ok((item.kind == "key").then_some(hidden))
    }
}
