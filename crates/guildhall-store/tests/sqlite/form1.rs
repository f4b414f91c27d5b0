//! Databases and backups of form 1, before rows had checksums.

use super::*;

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

/// Form 1 does not say since when a mail is tried: since it was made, or since it was last put off.
#[test]
fn a_mail_of_form_1_is_tried_since_it_was_made_or_put_off() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(form1(), db(temp.path())).unwrap();
    let old = Connection::open(db(temp.path())).unwrap();
    let changed = old.execute(
        "UPDATE outbox SET state = 'FAILED', due = CASE id WHEN (SELECT min(id) FROM outbox) THEN made + 77 ELSE 0 END",
        [],
    );
    assert!(changed.unwrap() > 1);
    drop(old);
    let store = SqliteStore::open(temp.path()).unwrap();
    let mails = store.mails(&MailFilter { limit: usize::MAX, ..MailFilter::default() }).unwrap();
    let since: Vec<_> = mails.iter().map(|mail| mail.queued.0 - mail.made.0).collect();
    assert_eq!(since[..2], [77, 0]);
}
