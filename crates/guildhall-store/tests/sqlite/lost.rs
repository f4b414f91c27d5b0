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
