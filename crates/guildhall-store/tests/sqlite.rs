//! The SQLite engine under attack: other processes, other files, damage, full disks, kill -9.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{acct, inbox, member, org, put, restore, row, tags, texts};
use guildhall_core::Timestamp;
use guildhall_store::check::check;
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::{OpenError, SqliteStore};
use guildhall_store::{Batch, JournalRow, MailFilter, MailState, OutboxMail, Prune, Store, StoreError};
use rusqlite::Connection;

/// How often a process is killed.
const KILLS: u32 = 10;

fn db(dir: &Path) -> PathBuf {
    dir.join("guildhall.db")
}

/// This test program as another process, which does `what` in `dir`.
fn child(what: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["as_a_child", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("STORE_CHILD", what).env("STORE_DIR", dir).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What a child said, without what the test runner says around it.
fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("said ")).collect();
    lines.join("\n")
}

#[test]
#[ignore = "run by other tests, as another process"]
fn as_a_child() {
    let (Ok(what), Some(dir)) = (std::env::var("STORE_CHILD"), std::env::var_os("STORE_DIR")) else { return };
    let dir = PathBuf::from(dir);
    match (what.as_str(), SqliteStore::open(&dir)) {
        ("open", Ok(_)) => println!("\nsaid opened"),
        ("commit", Ok(store)) => commit_forever(&store),
        ("prune", Ok(store)) => prune_all(&store),
        (_, Err(e)) => println!("\nsaid {e}"),
        (other, Ok(_)) => panic!("{other}"),
    }
}

/// The n-th commit writes tags of three resources, and a journal row.
fn numbered(n: u64) -> Batch {
    let value = n.to_string();
    let items = [n % 7, 100 + n % 11, 1_000].map(|resource| tags(resource, &value)).to_vec();
    Batch { journal: vec![row(&org(1), n)], ..put(&org(1), n - 1, items) }
}

fn commit_forever(store: &SqliteStore) {
    let mut version = store.load(&org(1)).unwrap().version;
    loop {
        version += 1;
        store.commit(&numbered(version)).unwrap();
        println!("\nack {version}");
    }
}

/// The store holds exactly what the first `version` numbered commits made.
fn assert_numbered(store: &dyn Store, version: u64) {
    let expected = MemoryStore::new();
    for n in 1..=version {
        expected.commit(&numbered(n)).unwrap();
    }
    assert_eq!(texts(store, &org(1)), texts(&expected, &org(1)));
    assert_eq!(store.journal(usize::MAX).unwrap(), expected.journal(usize::MAX).unwrap());
}

#[test]
fn a_second_store_of_one_directory_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/b");
    let store = SqliteStore::open(&dir).unwrap();
    let again = SqliteStore::open(&dir).unwrap_err();
    assert!(matches!(again, OpenError::InUse(_)), "{again}");
    let other = said(child("open", &dir));
    assert!(other.contains("is in use") && other.contains("a/b"), "{other}");
    store.commit(&put(&acct(1), 0, vec![])).unwrap();
    drop(store);
    assert_eq!(said(child("open", &dir)), "opened");
    assert_eq!(SqliteStore::open(&dir).unwrap().load(&acct(1)).unwrap().version, 1);
}

#[test]
fn files_that_are_gone_or_others_now_are_told() {
    for (name, replace) in
        [("guildhall.db", false), ("guildhall.db", true), ("guildhall.db-wal", true), ("", false)]
    {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("data");
        let store = SqliteStore::open(&dir).unwrap();
        for n in 1..50 {
            store.commit(&numbered(n)).unwrap();
        }
        store.reset().unwrap();
        store.intact().unwrap();
        let path = dir.join(name);
        fs::rename(&path, temp.path().join("moved")).unwrap();
        if replace {
            fs::copy(temp.path().join("moved"), &path).unwrap();
        }
        let said = store.intact().unwrap_err().to_string();
        assert!(said.contains("removed or replaced"), "{said}");
        let _ = fs::remove_file(&path);
        fs::rename(temp.path().join("moved"), &path).unwrap();
        store.intact().unwrap();
    }
}

/// The database of the program before rows had checksums, made by it: `tests/data/form1.db`.
fn form1() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/form1.db")
}

/// What stands in the tables of form 1, whatever form the file has.
fn rows_of_form1(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut rows = Vec::new();
    for (table, columns) in [
        ("owners", "owner, version"),
        ("items", "owner, kind, id, ver, format, body"),
        ("timers", "due, owner, id"),
        ("outbox", "id, state, due, attempts, made, recipient, last_error, body"),
        ("journal", "seq, owner, version, at, actor, op, request_id, body"),
        ("meta", "key, value"),
    ] {
        let quoted: Vec<_> = columns.split(", ").map(|c| format!("quote({c})")).collect();
        let sql = format!("SELECT {} FROM {table}", quoted.join(" || ',' || "));
        let mut statement = connection.prepare(&sql).unwrap();
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.extend(found.map(|row| format!("{table} {}", row.unwrap())));
    }
    rows
}

fn form(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn a_database_of_form_1_is_brought_to_form_2() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(form1(), db(temp.path())).unwrap();
    // What a crash left, of an earlier try; and a log that was not taken in.
    fs::write(temp.path().join("guildhall.db.new"), "half").unwrap();
    let crashed = Connection::open(db(temp.path())).unwrap();
    crashed.pragma_update(None, "journal_mode", "WAL").unwrap();
    crashed.execute_batch("UPDATE meta SET value = value || ' ' WHERE key = 'page_key'").unwrap();
    let log = fs::read(temp.path().join("guildhall.db-wal")).unwrap();
    assert!(log.len() > 4_096);
    let before = rows_of_form1(&db(temp.path()));
    drop(crashed);
    fs::write(temp.path().join("guildhall.db-wal"), log).unwrap();
    // Who only reads leaves it as it is.
    let reader = SqliteStore::open_read_only(temp.path()).unwrap();
    assert_eq!((reader.integrity().unwrap(), check(&reader).unwrap().wrong), (vec![], vec![]));
    drop(reader);
    assert_eq!(form(&db(temp.path())), 1_001);
    let store = SqliteStore::open(temp.path()).unwrap();
    assert_eq!(form(&db(temp.path())), 2_001);
    assert_eq!(rows_of_form1(&db(temp.path())), before);
    let found = check(&store).unwrap();
    assert_eq!((found.wrong, found.owners, store.integrity().unwrap()), (vec![], 22, vec![]));
    assert!(!temp.path().join("guildhall.db.new").exists());
    let pragma =
        Connection::open(db(temp.path())).unwrap().pragma_query_value(None, "auto_vacuum", |row| row.get(0));
    assert_eq!(pragma, Ok(2));
    // It goes on, and numbers of the journal too.
    store.commit(&numbered(1)).unwrap();
    drop(store);
    let store = SqliteStore::open(temp.path()).unwrap();
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    assert_eq!(store.journal(1).unwrap(), [row(&org(1), 1)]);
    let mode = fs::metadata(db(temp.path())).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_form_1_that_cannot_be_brought_over_is_left_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(form1(), db(temp.path())).unwrap();
    let before = rows_of_form1(&db(temp.path()));
    // Where the new one would be made, something stands in the way.
    fs::create_dir(temp.path().join("guildhall.db.new")).unwrap();
    SqliteStore::open(temp.path()).unwrap_err();
    assert_eq!((form(&db(temp.path())), rows_of_form1(&db(temp.path()))), (1_001, before.clone()));
    fs::remove_dir(temp.path().join("guildhall.db.new")).unwrap();
    // No room.
    if let Some(disk) = Disk::new("100k") {
        fs::copy(form1(), db(disk.0.path())).unwrap();
        let said = SqliteStore::open(disk.0.path()).unwrap_err().to_string();
        assert!(said.contains("left as it is") && said.contains("full"), "{said}");
        assert_eq!((form(&db(disk.0.path())), rows_of_form1(&db(disk.0.path()))), (1_001, before.clone()));
    }
    drop(SqliteStore::open(temp.path()).unwrap());
    assert_eq!(rows_of_form1(&db(temp.path())), before);
}

#[test]
fn a_backup_of_form_1_restores() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&temp.path().join("data")).unwrap();
    store.commit(&numbered(1)).unwrap();
    let prepared = store.prepare(&form1()).unwrap();
    assert_eq!(prepared.check().unwrap().wrong, [""; 0]);
    restore(&store, &form1()).unwrap();
    let rows = |file: &Path| {
        let mut rows = rows_of_form1(file);
        rows.retain(|row| !row.contains("'journal_seq'"));
        rows
    };
    assert_eq!(rows(&db(&temp.path().join("data"))), rows(&form1()));
    let memory = MemoryStore::new();
    restore(&memory, &form1()).unwrap();
    assert_eq!(check(&memory).unwrap().owners, 22);
    assert_eq!(memory.journal(usize::MAX).unwrap(), store.journal(usize::MAX).unwrap());
}

#[test]
fn a_removed_lock_does_not_let_a_second_process_in() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    fs::remove_file(temp.path().join("lock")).unwrap();
    let scratch = store.scratch().unwrap();
    let said = said(child("open", temp.path()));
    assert!(said.contains("is in use"), "{said}");
    // Nor is anything of ours swept away.
    scratch.create().unwrap();
    store.commit(&numbered(1)).unwrap();
    drop(store);
    assert_eq!(self::said(child("open", temp.path())), "opened");
}

#[test]
fn scratch_files_are_private_and_gone_at_the_start() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    let (one, two) = (store.scratch().unwrap(), store.scratch().unwrap());
    one.create().unwrap();
    two.create().unwrap();
    assert_ne!(one.file(), two.file());
    assert_eq!(fs::metadata(one.file()).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(one.file().parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    drop(one);
    let file = two.file();
    std::mem::forget(two);
    drop(store);
    assert!(file.exists());
    let _store = SqliteStore::open(temp.path()).unwrap();
    assert!(!file.exists());
    assert_eq!(fs::read_dir(temp.path()).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count(), 0);
}

/// A process that was killed in the middle of its commits, and its directory.
fn killed(dir: &Path) -> u64 {
    kill(child("commit", dir).spawn().unwrap(), 60)
}

/// What is told after `change` was done to the files of a process that was killed, with and without the mark.
fn told_after(change: impl Fn(&Path)) -> [Vec<String>; 2] {
    let temp = tempfile::tempdir().unwrap();
    killed(temp.path());
    let log = |dir: &Path| dir.join("guildhall.db-wal");
    [true, false].map(|mark| {
        let dir = temp.path().join(mark.to_string());
        fs::create_dir(&dir).unwrap();
        fs::copy(db(temp.path()), db(&dir)).unwrap();
        fs::copy(log(temp.path()), log(&dir)).unwrap();
        if mark {
            fs::copy(temp.path().join("acknowledged"), dir.join("acknowledged")).unwrap();
        }
        change(&log(&dir));
        let checked = SqliteStore::open_read_only(&dir).unwrap().integrity().unwrap();
        let store = SqliteStore::open(&dir).unwrap();
        let told = store.integrity().unwrap();
        // `check` before the start knows what the mark knows.
        assert_eq!(
            checked.is_empty(),
            !told.iter().any(|line| line.contains("acknowledged")),
            "{checked:?} {told:?}"
        );
        // It goes on from there, and tells it once.
        let version = store.load(&org(1)).unwrap().version;
        store.commit(&numbered(version + 1)).unwrap();
        drop(store);
        assert_eq!(SqliteStore::open(&dir).unwrap().integrity().unwrap(), [""; 0]);
        told
    })
}

#[test]
fn a_log_that_was_cut_removed_or_damaged_is_told() {
    let flip = |part: f64| {
        move |log: &Path| {
            let mut bytes = fs::read(log).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a length")]
            let at = (bytes.len() as f64 * part) as usize;
            bytes[at] ^= 16;
            fs::write(log, bytes).unwrap();
        }
    };
    // Nothing was done to it.
    assert_eq!(told_after(|_| {}), [vec![""; 0], vec![]]);
    // What a power failure may leave behind the last commit.
    let half = told_after(|log| {
        let mut bytes = fs::read(log).unwrap();
        bytes.extend_from_slice(&[7; 3_000]);
        fs::write(log, bytes).unwrap();
    });
    assert_eq!(half, [vec![""; 0], vec![]]);
    let [marked, unmarked] = told_after(|log| fs::remove_file(log).unwrap());
    assert!(
        marked.len() == 1 && marked[0].contains("acknowledged") && unmarked.is_empty(),
        "{marked:?} {unmarked:?}"
    );
    let [marked, unmarked] = told_after(|log| {
        let bytes = fs::read(log).unwrap();
        fs::write(log, &bytes[..bytes.len() / 2]).unwrap();
    });
    assert!(
        marked.len() == 1 && marked[0].contains("acknowledged") && unmarked.is_empty(),
        "{marked:?} {unmarked:?}"
    );
    // Damage in the middle, in a page and in the header, is told even without the mark.
    for part in [0.3, 0.6] {
        let [marked, unmarked] = told_after(flip(part));
        assert!(
            marked.len() == 2 && unmarked.len() == 1 && unmarked[0].contains("frame"),
            "{marked:?} {unmarked:?}"
        );
    }
    for byte in [0_usize, 9, 17, 25, 35, 41, 49] {
        let [marked, unmarked] = told_after(|log| {
            let mut bytes = fs::read(log).unwrap();
            bytes[byte] ^= 1;
            fs::write(log, bytes).unwrap();
        });
        assert!(marked.len() == 2 && unmarked.len() == 1, "{byte}: {marked:?} {unmarked:?}");
    }
}

#[test]
fn an_older_database_in_its_place_is_told_and_a_reset_or_restored_one_is_not() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("data");
    let store = SqliteStore::open(&dir).unwrap();
    store.commit(&numbered(1)).unwrap();
    let backup = temp.path().join("backup");
    store.backup(&backup).unwrap();
    for n in 2..9 {
        store.commit(&numbered(n)).unwrap();
    }
    restore(&store, &backup).unwrap();
    store.reset().unwrap();
    drop(store);
    let store = SqliteStore::open(&dir).unwrap();
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    store.commit(&numbered(1)).unwrap();
    restore(&store, &backup).unwrap();
    drop(store);
    assert_eq!(SqliteStore::open(&dir).unwrap().integrity().unwrap(), [""; 0]);
    fs::copy(&backup, db(&dir)).unwrap();
    let told = SqliteStore::open(&dir).unwrap().integrity().unwrap();
    assert!(told.len() == 1 && told[0].contains("the last 8 writes"), "{told:?}");
    // A mark that was written by half says nothing.
    fs::write(dir.join("acknowledged"), "0000000000000000099 0123456789abcdef\n").unwrap();
    assert_eq!(SqliteStore::open(&dir).unwrap().integrity().unwrap(), [""; 0]);
}

#[test]
fn what_is_committed_is_there_after_opening_again() {
    let temp = tempfile::tempdir().unwrap();
    for n in 1..20 {
        let store = SqliteStore::open(temp.path()).unwrap();
        store.commit(&numbered(n)).unwrap();
    }
    assert_numbered(&SqliteStore::open(temp.path()).unwrap(), 19);
}

#[test]
fn nobody_else_may_read_the_files() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    store.commit(&numbered(1)).unwrap();
    store.backup(&temp.path().join("backup")).unwrap();
    for entry in fs::read_dir(temp.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

#[test]
fn half_a_database_that_a_crash_left_is_made_again() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("guildhall.db.new"), "half").unwrap();
    SqliteStore::open(temp.path()).unwrap().commit(&numbered(1)).unwrap();
    assert!(!temp.path().join("guildhall.db.new").exists());
}

/// Opening a directory with this file is refused, and leaves it as it is.
fn refused(dir: &Path) -> OpenError {
    let before = fs::read(db(dir)).unwrap();
    let said = SqliteStore::open(dir).unwrap_err();
    println!("{said}");
    assert!(said.to_string().contains("guildhall.db"), "{said}");
    SqliteStore::open_read_only(dir).unwrap_err();
    assert_eq!(fs::read(db(dir)).unwrap(), before);
    said
}

#[test]
fn a_file_that_is_not_ours_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let garbage = b"SQLite format 4, or anything else that is long enough ".repeat(100);
    for bytes in [&b""[..], &b"x"[..], &garbage] {
        fs::write(db(temp.path()), bytes).unwrap();
        assert!(matches!(refused(temp.path()), OpenError::NotOurs(_)));
    }
}

#[test]
fn another_programs_database_is_refused() {
    for (mode, application) in [("DELETE", 0), ("WAL", 0), ("WAL", 77)] {
        let temp = tempfile::tempdir().unwrap();
        let other = Connection::open(db(temp.path())).unwrap();
        other.pragma_update(None, "journal_mode", mode).unwrap();
        other.pragma_update(None, "application_id", application).unwrap();
        other.execute_batch("CREATE TABLE precious(a); INSERT INTO precious VALUES(1)").unwrap();
        drop(other);
        assert!(matches!(refused(temp.path()), OpenError::NotOurs(_)));
        let other = Connection::open(db(temp.path())).unwrap();
        assert_eq!(other.query_row("SELECT a FROM precious", [], |row| row.get(0)), Ok(1));
    }
}

#[test]
fn a_newer_database_is_refused() {
    // The form of the tables, and that of the bodies.
    for version in [3_001, 2_999] {
        let temp = tempfile::tempdir().unwrap();
        SqliteStore::open(temp.path()).unwrap().commit(&numbered(1)).unwrap();
        let newer = Connection::open(db(temp.path())).unwrap();
        newer.pragma_update(None, "user_version", version).unwrap();
        drop(newer);
        let said = refused(temp.path());
        assert!(matches!(said, OpenError::Newer { .. }) && said.to_string().contains("newer"), "{said}");
    }
}

/// What a process that died had in hand is tried again at once, and not when its lease ends.
#[test]
fn leases_of_a_dead_process_are_void() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    let mails = vec![common::mail("a", "to@example.com", 1, 1)];
    store.commit(&Batch { mails, ..Batch::default() }).unwrap();
    assert_eq!(store.lease(Timestamp(1), Timestamp(i64::MAX), 9).unwrap().len(), 1);
    assert!(store.lease(Timestamp(1), Timestamp(2), 9).unwrap().is_empty());
    drop(store);
    let store = SqliteStore::open(temp.path()).unwrap();
    assert_eq!(store.lease(Timestamp(1), Timestamp(2), 9).unwrap().len(), 1);
}

#[test]
fn a_damaged_mail_does_not_stop_the_others() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    let mails = ["a", "b"].map(|id| common::mail(id, "to@example.com", 1, 1)).to_vec();
    store.commit(&Batch { mails, ..Batch::default() }).unwrap();
    let other = Connection::open(db(temp.path())).unwrap();
    other.execute_batch("UPDATE outbox SET body = '{' WHERE id = 'a'").unwrap();
    let taken = store.lease(Timestamp(1), Timestamp(2), 1).unwrap();
    assert_eq!(taken.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["b"]);
    let (state, why): (String, String) = other
        .query_row("SELECT state, last_error FROM outbox WHERE id = 'a'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(state == "FAILED" && why.contains("checksum"), "{state} {why}");
    // It is not made good by being noticed.
    assert!(matches!(store.mail("a"), Err(StoreError::Corrupt { .. })));
    assert!(matches!(
        store.settle(&common::mail("a", "to@example.com", 1, 1)),
        Err(StoreError::Corrupt { .. })
    ));
}

#[test]
fn a_damaged_page_is_reported_and_left_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, backup) = (temp.path().join("data"), temp.path().join("backup"));
    let store = SqliteStore::open(&dir).unwrap();
    store.commit(&put(&org(1), 0, (0..2_000).map(member).collect())).unwrap();
    store.commit(&put(&acct(1), 0, vec![inbox(1, 1)])).unwrap();
    store.backup(&backup).unwrap();
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    let before = texts(&store, &org(1));
    drop(store);

    let mut bytes = fs::read(db(&dir)).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4_096].iter_mut().for_each(|b| *b = !*b);
    fs::write(db(&dir), &bytes).unwrap();

    let store = SqliteStore::open(&dir).unwrap();
    let said = store.load(&org(1)).unwrap_err().to_string();
    assert!(said.contains("damaged"), "{said}");
    let lines = store.integrity().unwrap();
    assert!(!lines.is_empty());
    println!("{said}\n{lines:?}");
    // The rest can still be read.
    assert_eq!(texts(&store, &acct(1)).0, 1);
    drop(store);
    assert_eq!(fs::read(db(&dir)).unwrap(), bytes);

    // What to do then: a new directory, and the backup.
    let fresh = SqliteStore::open(&temp.path().join("fresh")).unwrap();
    restore(&fresh, &backup).unwrap();
    assert_eq!(texts(&fresh, &org(1)), before);
}

#[test]
fn a_directory_that_cannot_be_written_is_a_clear_error() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("data");
    SqliteStore::open(&dir).unwrap().commit(&numbered(1)).unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    // Root may write everywhere, so that another user has to try.
    let root = fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    let open = || {
        let mut command = child("open", &dir);
        if root {
            command.uid(65_534).gid(65_534).current_dir("/");
        }
        command
    };
    mode(temp.path(), 0o755);
    if open().output().is_err() {
        println!("skipped: another user may not run this program");
        return;
    }
    let cases: [(&str, &[(&str, u32)]); 5] = [
        ("lock", &[("", 0o555)]),
        ("lock", &[("", 0o000)]),
        ("guildhall.db", &[("", 0o777), ("lock", 0o666), ("guildhall.db", 0o000)]),
        ("guildhall.db", &[("", 0o777), ("lock", 0o666), ("guildhall.db", 0o444)]),
        ("guildhall.db", &[("lock", 0o666), ("guildhall.db", 0o666), ("", 0o555)]),
    ];
    for (names, modes) in cases {
        mode(&dir.join("lock"), 0o400);
        // What an earlier one left would do for a later one.
        for left in ["guildhall.db-shm", "guildhall.db-wal"] {
            let _ = fs::remove_file(dir.join(left));
        }
        for (name, wanted) in modes {
            mode(&dir.join(name), *wanted);
        }
        let said = said(open());
        println!("{said}");
        let clear = said.contains("ermission denied") || said.contains("is its directory writable?");
        assert!(said.contains(names) && clear, "{modes:?}: {said}");
    }
    mode(&dir, 0o755);
    mode(&db(&dir), 0o600);
    // A file where the directory should be.
    let said = SqliteStore::open(&dir.join("lock")).unwrap_err().to_string();
    assert!(said.contains("lock"), "{said}");
    assert_numbered(&SqliteStore::open(&dir).unwrap(), 1);
}

/// A small disk, if this machine lets us have one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir.path());
        let mounted = mount.stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_is_got_over() {
    let Some(disk) = Disk::new("3m") else {
        println!("skipped: no permission to mount a small disk; the unit test with a page limit covers it");
        return;
    };
    let dir = disk.0.path().join("data");
    let ballast = disk.0.path().join("ballast");
    let store = SqliteStore::open(&dir).unwrap();
    store.commit(&numbered(1)).unwrap();
    fs::write(&ballast, vec![1; 1_500_000]).unwrap();
    let mut version = 1;
    for _ in 0..3 {
        let said = loop {
            match store.commit(&numbered(version + 1)) {
                Ok(()) => version += 1,
                Err(e) => break e.to_string(),
            }
        };
        assert!(said.contains("disk is full"), "{said}");
        assert_numbered(&store, version);
    }
    assert!(version > 20);
    assert!(store.backup(&disk.0.path().join("backup")).unwrap_err().to_string().contains("disk is full"));
    assert!(!disk.0.path().join("backup").exists());
    fs::remove_file(&ballast).unwrap();
    for _ in 0..20 {
        version += 1;
        store.commit(&numbered(version)).unwrap();
    }
    assert_numbered(&store, version);
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    drop(store);
    assert_numbered(&SqliteStore::open(&dir).unwrap(), version);
    // Where not even an empty store has room.
    let free = Disk::new("16k").unwrap();
    let said = SqliteStore::open(&free.0.path().join("data")).unwrap_err().to_string();
    println!("{said}");
    assert!(said.contains("full") || said.contains("space"), "{said}");
}

/// Kills it the hard way, and says what it acknowledged last.
fn kill(mut child: Child, after: u64) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    let ack = |line: String| line.strip_prefix("ack ").map(|n| n.parse::<u64>().unwrap());
    let mut seen = 0;
    while seen < after {
        if let Some(version) = ack(lines.next().unwrap().unwrap()) {
            last = version;
            seen += 1;
        }
    }
    child.kill().unwrap();
    // What it said between the last line that was read and its death.
    for line in lines.map_while(Result::ok) {
        last = ack(line).unwrap_or(last);
    }
    child.wait().unwrap();
    last
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let temp = tempfile::tempdir().unwrap();
    let mut random = 7_u64;
    for _ in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged = kill(child("commit", temp.path()).spawn().unwrap(), 1 + (random >> 33) % 120);
        let store = SqliteStore::open(temp.path()).unwrap();
        let version = store.load(&org(1)).unwrap().version;
        assert!(version == acknowledged || version == acknowledged + 1, "{version}, {acknowledged}");
        assert_numbered(&store, version);
        assert_eq!(store.integrity().unwrap(), [""; 0]);
    }
}

/// Rows of `journal` large enough that each takes pages of its own.
const LARGE: usize = 37_000;

/// Journal rows and delivered mails, the n-th of both from instant n.
fn large(n: u64) -> Batch {
    let at = Timestamp(n.cast_signed());
    let row = JournalRow { at, body: format!("\"{}\"", "x".repeat(LARGE)), ..row(&org(1), n) };
    let mail =
        OutboxMail { state: MailState::Delivered, ..common::mail(&format!("m{n:03}"), "a@x.com", at.0, 1) };
    Batch { journal: vec![row], mails: vec![mail], ..Batch::default() }
}

/// What is older than instant 200, in small steps.
const OLD: Prune = Prune { journal_before: Timestamp(200), mails_before: Timestamp(200), limit: 8 };

fn prune_all(store: &SqliteStore) {
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

#[test]
fn a_reader_beside_the_server_sees_its_commits_and_writes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    assert!(SqliteStore::open_read_only(temp.path()).unwrap_err().to_string().contains("guildhall.db"));
    let store = SqliteStore::open(temp.path()).unwrap();
    let reader = SqliteStore::open_read_only(temp.path()).unwrap();
    for n in 1..5 {
        store.commit(&numbered(n)).unwrap();
        assert_numbered(&reader, n);
    }
    assert_eq!(reader.integrity().unwrap(), [""; 0]);
    let backup = temp.path().join("backup");
    reader.backup(&backup).unwrap();
    let refusals = [
        reader.commit(&numbered(5)),
        reader.set_meta("a", "b"),
        reader.reset(),
        reader.clear_mails(),
        restore(&reader, &backup),
        reader.settle(&common::mail("m", "a@x.com", 1, 1)),
    ];
    for refusal in refusals {
        assert!(refusal.unwrap_err().to_string().contains("for reading only"));
    }
    store.commit(&numbered(5)).unwrap();
    drop(store);
    // The server is gone: what it left can still be read.
    assert_numbered(&reader, 5);
    drop(reader);
    assert_numbered(&SqliteStore::open_read_only(temp.path()).unwrap(), 5);
    assert_numbered(&SqliteStore::open(temp.path()).unwrap(), 5);
}

#[test]
fn a_backup_beside_commits_is_of_one_instant() {
    let temp = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&temp.path().join("data")).unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (store, stop) = (store.clone(), stop.clone());
        move || {
            let mut version = 0;
            while !stop.load(Ordering::Relaxed) {
                version += 1;
                store.commit(&numbered(version)).unwrap();
            }
        }
    });
    let mut last = 0;
    for n in 0..5 {
        let file = temp.path().join(format!("backup{n}"));
        let acknowledged = store.load(&org(1)).unwrap().version;
        store.backup(&file).unwrap();
        let copy = MemoryStore::new();
        restore(&copy, &file).unwrap();
        let version = copy.load(&org(1)).unwrap().version;
        assert!(version >= acknowledged && version >= last);
        assert_numbered(&copy, version);
        last = version;
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
}
