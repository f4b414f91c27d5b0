//! Damage: whatever changes what is stored is noticed, the owner it belongs to is refused, and the others are served.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Hide, acct, inbox, mail, member, org, put, row, tags, texts};
use guildhall_core::{Owner, Timer, TimerAction, TimerChange, Timestamp};
use guildhall_store::check::check;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Batch, MailFilter, Named, NoSecrets, Store, StoreError};
use rusqlite::Connection;
use rusqlite::types::Value;

/// How many bits are flipped, one at a time.
const FLIPS: u32 = 300;

const TABLES: [&str; 6] = ["owners", "items", "timers", "outbox", "journal", "meta"];

fn db(dir: &Path) -> PathBuf {
    dir.join("guildhall.db")
}

/// A database with something of every kind, as the program made it: two organizations with everything in them.
fn filled(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/form1.db"), db(dir)).unwrap();
    drop(SqliteStore::open_with(dir, &mut Hide).unwrap());
}

/// Everything that stands in the tables, as text; an error if it cannot be read.
fn dump(dir: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open(db(dir))?;
    let mut rows = Vec::new();
    for table in TABLES {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let row: Vec<Value> = (0..columns).map(|n| row.get(n)).collect::<Result<_, _>>()?;
            rows.push(format!("{table} {row:?}"));
        }
    }
    Ok(rows)
}

fn mails() -> MailFilter {
    MailFilter { limit: usize::MAX, ..MailFilter::default() }
}

/// What a store serves of each owner, and of what is listed.
fn served(store: &SqliteStore, owners: &[Owner]) -> (BTreeMap<String, Option<String>>, Vec<String>) {
    let item = |i: &guildhall_core::state::item::Item| format!("{:?} {}", i.key(), i.body());
    let load = |owner: &Owner| {
        let stored = store.load(owner).ok()?;
        let items: Vec<_> = stored.items.iter().map(item).collect();
        Some(format!("{} {items:?}", stored.version))
    };
    let loaded = owners.iter().map(|owner| (owner.to_string(), load(owner))).collect();
    let mut listed = Vec::new();
    let timers = store.timers(Timestamp(i64::MAX), usize::MAX).unwrap_or_default();
    listed.extend(timers.iter().map(|t| format!("{t:?}")));
    listed.extend(store.mails(&mails()).unwrap_or_default().iter().map(|m| format!("{m:?}")));
    listed.extend(store.journal(usize::MAX).unwrap_or_default().iter().map(|r| format!("{r:?}")));
    listed.extend(["clock", "page_key"].iter().filter_map(|key| store.meta(key).ok()?));
    (loaded, listed)
}

/// What `guildhall check` finds.
fn wrong(dir: &Path) -> Vec<String> {
    let store = match SqliteStore::open_read_only(dir) {
        Ok(store) => store,
        Err(e) => return vec![e.to_string()],
    };
    let mut wrong = store.integrity().unwrap_or_else(|e| vec![e.to_string()]);
    match check(&store, None) {
        Ok(found) => wrong.extend(found.wrong),
        Err(e) => wrong.push(e.to_string()),
    }
    wrong
}

#[test]
fn every_flipped_bit_that_changes_what_is_stored_is_noticed() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path());
    let owners = SqliteStore::open_read_only(temp.path()).unwrap().owners("", None, usize::MAX).unwrap();
    let whole = fs::read(db(temp.path())).unwrap();
    let before = dump(temp.path()).unwrap();
    let (loaded, listed) = served(&SqliteStore::open_read_only(temp.path()).unwrap(), &owners);
    assert_eq!(wrong(temp.path()), [""; 0]);
    assert!(loaded.values().all(Option::is_some) && listed.len() > 40);
    let seed = std::env::var("GUILDHALL_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut random = seed.unwrap_or(9_u64);
    println!("GUILDHALL_SEED={random}");
    let mut changed = 0;
    for n in 0..FLIPS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = usize::try_from(random >> 20).unwrap() % (whole.len() * 8);
        let place = format!("flip {n}: bit {} of byte {} in page {}", bit % 8, bit / 8, bit / 8 / 4_096 + 1);
        let dir = temp.path().join(n.to_string());
        fs::create_dir(&dir).unwrap();
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(db(&dir), &bytes).unwrap();
        if dump(&dir).is_ok_and(|now| now == before) {
            fs::remove_dir_all(&dir).unwrap();
            continue;
        }
        changed += 1;
        assert!(!wrong(&dir).is_empty(), "{place}: check finds nothing");
        if let Ok(store) = SqliteStore::open_read_only(&dir) {
            let (now, lists) = served(&store, &owners);
            for (owner, answer) in now {
                assert!(answer.is_none() || answer == loaded[&owner], "{place}: {owner} is {answer:?}");
            }
            for entry in lists {
                assert!(listed.contains(&entry), "{place}: {entry}");
            }
        }
        fs::remove_dir_all(&dir).unwrap();
    }
    assert!(changed > FLIPS / 4, "only {changed} flips changed anything");
}

/// A store with two owners, each with all kinds of rows.
fn two(dir: &Path) -> SqliteStore {
    let store = SqliteStore::open(dir).unwrap();
    for n in [1, 2] {
        let owner = org(n);
        let timer = Timer {
            due: Timestamp(n.cast_signed()),
            owner: owner.clone(),
            action: TimerAction::Expire(common::handshake_id(n)),
        };
        let mut sent = mail(&format!("m{n}"), "someone@example.com", 1, 1);
        sent.last_error = Some("why".to_owned());
        let batch = Batch {
            timers: vec![TimerChange::Set(timer)],
            mails: vec![sent],
            journal: vec![row(&owner, 1)],
            ..put(&owner, 0, vec![member(1), tags(1, "a")])
        };
        store.commit(&batch).unwrap();
        store.set_meta(&format!("value{n}"), "\"value\"").unwrap();
    }
    store
}

/// How many of the two's rows a table's reader gives back.
fn readable(store: &SqliteStore, table: &str) -> usize {
    match table {
        "owners" | "items" => [1, 2].iter().filter(|n| store.load(&org(**n)).is_ok()).count(),
        "timers" => store.timers(Timestamp(i64::MAX), 9).unwrap().len(),
        "outbox" => store.mails(&mails()).unwrap().len(),
        "journal" => store.journal(9).unwrap().len(),
        _ => [1, 2].iter().filter(|n| matches!(store.meta(&format!("value{n}")), Ok(Some(_)))).count(),
    }
}

#[test]
fn a_change_of_any_column_is_told_and_the_others_are_served() {
    let columns = [
        ("owners", "owner = 'org/o-0000000001'", &["owner", "version", "items", "sum"][..]),
        (
            "items",
            "owner = 'org/o-0000000001' AND kind = 'tags'",
            &["owner", "kind", "id", "ver", "format", "body", "sum"],
        ),
        ("timers", "due = 1", &["due", "owner", "id", "sum"]),
        (
            "outbox",
            "id = 'm1'",
            &["id", "state", "due", "queued", "attempts", "made", "recipient", "last_error", "body", "sum"],
        ),
        (
            "journal",
            "seq = 1",
            &["seq", "owner", "version", "at", "actor", "op", "request_id", "body", "sum"],
        ),
        ("meta", "key = 'value1'", &["key", "value", "sum"]),
    ];
    for (table, row, columns) in columns {
        for column in columns {
            let temp = tempfile::tempdir().unwrap();
            let store = two(temp.path());
            assert_eq!(readable(&store, table), 2);
            let other = Connection::open(db(temp.path())).unwrap();
            // One character or bit; `seq` must not meet another row's.
            let changed = format!(
                "CASE typeof({column}) WHEN 'integer' THEN {column} + 64
                 ELSE substr({column}, 1, length({column}) - 1) || char(unicode(substr({column}, -1)) + 4) END"
            );
            let changed =
                other.execute(&format!("UPDATE {table} SET {column} = {changed} WHERE {row}"), []).unwrap();
            assert_eq!(changed, 1, "{table} {column}");
            assert_eq!(readable(&store, table), 1, "{table} {column}");
            let (lines, found) = (store.integrity().unwrap(), check(&store, None).unwrap().wrong);
            let place = if table == "items" { "org/o-0000000001" } else { table };
            let told = lines.iter().chain(&found).any(|line| line.starts_with(place));
            assert!(told, "{table} {column}: {lines:?} {found:?}");
            // A damaged state is not backed up, and not believed where it comes from a file.
            let said = store.backup(&temp.path().join("backup"), &Named::new()).unwrap_err().to_string();
            assert!(said.contains("damaged"), "{table} {column}: {said}");
            assert!(!temp.path().join("backup").exists());
            other.execute("VACUUM INTO ?1", [temp.path().join("copy").to_str().unwrap()]).unwrap();
            let said = store.prepare(&temp.path().join("copy"), &mut NoSecrets).unwrap_err();
            assert!(matches!(said, StoreError::NoBackup(_)), "{table} {column}: {said}");
        }
    }
}

#[test]
fn an_item_that_vanished_or_is_an_older_one_is_noticed() {
    let older = "INSERT INTO kept SELECT * FROM items WHERE kind = 'tags' AND owner = 'org/o-0000000001'";
    for damage in [
        "DELETE FROM items WHERE owner = 'org/o-0000000001' AND kind = 'tags'",
        "INSERT OR REPLACE INTO items SELECT * FROM kept",
        "DELETE FROM owners WHERE owner = 'org/o-0000000001'",
    ] {
        let temp = tempfile::tempdir().unwrap();
        let store = two(temp.path());
        let other = Connection::open(db(temp.path())).unwrap();
        other.execute_batch(&format!("CREATE TABLE kept AS SELECT * FROM items LIMIT 0; {older}")).unwrap();
        store.commit(&put(&org(1), 1, vec![tags(1, "b")])).unwrap();
        assert_eq!(store.load(&org(1)).unwrap().version, 2);
        other.execute_batch(damage).unwrap();
        let said = store.load(&org(1)).unwrap_err();
        assert!(matches!(&said, StoreError::Corrupt { .. }), "{said}");
        assert!(said.to_string().contains("o-0000000001"), "{said}");
        assert_eq!(store.load(&org(2)).unwrap().items.len(), 2);
        let lines = [store.integrity().unwrap(), check(&store, None).unwrap().wrong].concat();
        assert!(lines.iter().any(|line| line.contains("org/o-0000000001")), "{lines:?}");
        // Nor is it believed where it comes from a file.
        let copy = temp.path().join("copy");
        other.execute_batch("DROP TABLE kept").unwrap();
        other.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        let said = store.prepare(&copy, &mut NoSecrets).unwrap_err();
        assert!(matches!(&said, StoreError::NoBackup(why) if why.contains("o-0000000001")), "{said}");
    }
}

#[test]
fn what_is_written_keeps_the_sums_of_owners() {
    let temp = tempfile::tempdir().unwrap();
    let store = two(temp.path());
    let keys = [member(1), member(9)].map(|item| guildhall_core::ItemChange::Remove(item.key()));
    let mut batch = put(&org(1), 1, vec![tags(1, "b"), tags(1, "c"), tags(2, "d")]);
    batch.items.extend(keys.map(|key| (org(1), key)));
    store.commit(&batch).unwrap();
    assert_eq!(texts(&store, &org(1)).1.len(), 2);
    store.commit(&put(&acct(1), 0, vec![inbox(1, 1)])).unwrap();
    drop(store);
    let store = SqliteStore::open(temp.path()).unwrap();
    assert_eq!(texts(&store, &org(1)).0, 2);
    assert_eq!(store.integrity().unwrap(), [""; 0]);
}

#[test]
fn a_commit_on_a_damaged_owner_is_a_conflict_and_others_go_through() {
    let temp = tempfile::tempdir().unwrap();
    let store = two(temp.path());
    let other = Connection::open(db(temp.path())).unwrap();
    other.execute_batch("UPDATE owners SET items = items + 1 WHERE owner = 'org/o-0000000001'").unwrap();
    let answer = store.commit(&put(&org(1), 1, vec![tags(1, "b")]));
    assert!(matches!(&answer, Err(StoreError::Conflict(owners)) if *owners == [org(1)]), "{answer:?}");
    store.commit(&put(&org(2), 1, vec![tags(1, "b")])).unwrap();
    assert_eq!(store.load(&org(2)).unwrap().version, 2);
}
