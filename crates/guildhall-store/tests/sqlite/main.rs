//! The SQLite engine under attack: other processes, other files, damage, full disks, kill -9.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

#[path = "../common/mod.rs"]
mod common;
mod form1;
mod lost;
mod prune;

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
use guildhall_store::{
    Batch, JournalRow, MailFilter, MailState, Named, OutboxMail, Prune, Store, StoreError,
};
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
        ("prune", Ok(store)) => prune::prune_all(&store),
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

/// Earlier versions lock the file alone, and so does a system that cannot lock directories.
#[test]
fn the_lock_on_the_file_is_enough_to_keep_others_out() {
    let temp = tempfile::tempdir().unwrap();
    let lock = fs::File::create(temp.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let said = SqliteStore::open(temp.path()).unwrap_err();
    assert!(matches!(said, OpenError::InUse(_)), "{said}");
    assert!(!db(temp.path()).exists());
    lock.unlock().unwrap();
    SqliteStore::open(temp.path()).unwrap();
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
    store.backup(&temp.path().join("backup"), &Named::new()).unwrap();
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
    store.backup(&backup, &Named::new()).unwrap();
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
    assert!(
        store
            .backup(&disk.0.path().join("backup"), &Named::new())
            .unwrap_err()
            .to_string()
            .contains("disk is full")
    );
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
    reader.backup(&backup, &Named::new()).unwrap();
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
        store.backup(&file, &Named::new()).unwrap();
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
