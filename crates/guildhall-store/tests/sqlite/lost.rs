//! What was acknowledged and is gone is told at the start.

use super::*;

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
    store.backup(&backup, &Named::new()).unwrap();
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

/// A log whose last commits may be torn, and what is told of it without the mark.
fn told_of(log: &[u8], database: &[u8]) -> Vec<String> {
    let temp = tempfile::tempdir().unwrap();
    fs::write(db(temp.path()), database).unwrap();
    fs::write(temp.path().join("guildhall.db-wal"), log).unwrap();
    SqliteStore::open(temp.path()).unwrap().integrity().unwrap()
}

/// A power failure may tear the last commit, which nobody was told of. The one before it was on disk when the last
/// one began.
#[test]
fn what_is_torn_before_the_last_commit_is_told() {
    const FRAME: usize = 24 + 4_096;
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(temp.path()).unwrap();
    let mut version = 0;
    let mut commit = |times| {
        for _ in 0..times {
            version += 1;
            store.commit(&numbered(version)).unwrap();
        }
        let log = fs::read(temp.path().join("guildhall.db-wal")).unwrap();
        (log, fs::read(db(temp.path())).unwrap())
    };
    let first = commit(9);
    // The log begins anew, over what it held before.
    let other = Connection::open(db(temp.path())).unwrap();
    other.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
    let second = commit(4);
    assert_eq!(first.0.len(), second.0.len());
    for (log, database) in [first, second] {
        // Frames that end a commit say how large the database is then; those of one generation have the same salts.
        let ends = (32..log.len()).step_by(FRAME).filter(|at| log[at + 4..at + 8] != [0; 4]);
        let ends: Vec<_> = ends.filter(|at| log[at + 8..at + 16] == log[16..24]).collect();
        assert!([4, 9].contains(&ends.len()), "{} commits", ends.len());
        assert_eq!(told_of(&log, &database), [""; 0]);
        for (from_last, lines) in [(1, 0), (2, 1), (3, 1)] {
            // In the first frame of the commit, and in its last one.
            let commit = ends.len() - from_last;
            for frame in [ends[commit - 1] + FRAME, ends[commit]] {
                let mut torn = log.clone();
                torn[frame + FRAME - 1] ^= 1;
                let told = told_of(&torn, &database);
                assert_eq!(told.len(), lines, "{from_last}: {told:?}");
            }
        }
    }
}

/// The numbers of the journal's rows never come again: the mark would take what was lost for what is there.
#[test]
fn numbers_go_on_after_a_reset_and_a_restore() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, backup) = (temp.path().join("data"), temp.path().join("backup"));
    let last = || -> i64 {
        let other = Connection::open(db(&dir)).unwrap();
        other.query_row("SELECT max(seq) FROM journal", [], |row| row.get(0)).unwrap()
    };
    let store = SqliteStore::open(&dir).unwrap();
    store.commit(&numbered(1)).unwrap();
    store.backup(&backup, &Named::new()).unwrap();
    (2..9).for_each(|n| store.commit(&numbered(n)).unwrap());
    store.reset().unwrap();
    drop(store);
    let store = SqliteStore::open(&dir).unwrap();
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    store.commit(&numbered(1)).unwrap();
    assert_eq!(last(), 9);
    restore(&store, &backup).unwrap();
    store.commit(&numbered(2)).unwrap();
    assert_eq!(last(), 10);
    restore(&store, &backup).unwrap();
    drop(store);
    let store = SqliteStore::open(&dir).unwrap();
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    store.commit(&numbered(2)).unwrap();
    assert_eq!(last(), 11);
}

/// What was there at the start, and what a restore brought, is as good as what was committed since.
#[test]
fn what_is_there_at_the_start_and_what_is_restored_is_marked_too() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, backup, older) =
        (temp.path().join("data"), temp.path().join("backup"), temp.path().join("older"));
    let told = || SqliteStore::open(&dir).unwrap().integrity().unwrap();
    assert_eq!(told(), [""; 0]);
    fs::copy(db(&dir), &older).unwrap();
    let store = SqliteStore::open(&dir).unwrap();
    (1..=8).for_each(|n| store.commit(&numbered(n)).unwrap());
    store.backup(&backup, &Named::new()).unwrap();
    drop(store);
    // As an earlier version leaves it.
    fs::remove_file(dir.join("acknowledged")).unwrap();
    assert_eq!(told(), [""; 0]);
    fs::copy(&older, db(&dir)).unwrap();
    let lost = told();
    assert!(lost.len() == 1 && lost[0].contains("the last 8 writes"), "{lost:?}");
    // Told once.
    assert_eq!(told(), [""; 0]);
    let store = SqliteStore::open(&dir).unwrap();
    restore(&store, &backup).unwrap();
    drop(store);
    fs::copy(&older, db(&dir)).unwrap();
    let lost = told();
    assert!(lost.len() == 1 && lost[0].contains("the last 8 writes"), "{lost:?}");
}
