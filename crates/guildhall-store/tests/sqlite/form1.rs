//! Databases and backups of form 1, before rows had checksums.

use guildhall_store::{NoSecrets, Rewrite, StoredItem};

use super::common::{HIDDEN, Hide, restore_as};
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

/// Rows of which the secrets are sealed.
fn hidden(rows: &[String]) -> Vec<String> {
    let mut rows = rows.to_vec();
    let mut keys = 0;
    for row in rows.iter_mut().filter(|row| row.starts_with("items 'key/")) {
        let (place, body) = row.split_once(",1,'").unwrap();
        let account = body.split('"').nth(3).unwrap();
        *row = format!("{place},2,'{}'", HIDDEN.replace("111122223333", account));
        keys += 1;
    }
    assert_eq!(keys, 4);
    rows
}

fn form(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn a_database_of_form_1_is_brought_to_the_present_form() {
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
    assert_eq!((reader.integrity().unwrap(), check(&reader, None).unwrap().wrong), (vec![], vec![]));
    drop(reader);
    assert_eq!(form(&db(temp.path())), 1_001);
    // Nor does anybody open it who cannot seal its secrets.
    let said = SqliteStore::open(temp.path()).unwrap_err().to_string();
    assert!(said.ends_with("its secret is not sealed"), "{said}");
    assert_eq!((form(&db(temp.path())), rows_of_form1(&db(temp.path()))), (1_001, before.clone()));
    let store = SqliteStore::open_with(temp.path(), &mut Hide).unwrap();
    assert_eq!(form(&db(temp.path())), 2_002);
    assert_eq!(rows_of_form1(&db(temp.path())), hidden(&before));
    assert_nothing_of(&secrets(), temp.path());
    let found = check(&store, None).unwrap();
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
    SqliteStore::open_with(temp.path(), &mut Hide).unwrap_err();
    assert_eq!((form(&db(temp.path())), rows_of_form1(&db(temp.path()))), (1_001, before.clone()));
    fs::remove_dir(temp.path().join("guildhall.db.new")).unwrap();
    // No room.
    if let Some(disk) = Disk::new("100k") {
        fs::copy(form1(), db(disk.0.path())).unwrap();
        let said = SqliteStore::open_with(disk.0.path(), &mut Hide).unwrap_err().to_string();
        assert!(said.contains("left as it is") && said.contains("full"), "{said}");
        assert_eq!((form(&db(disk.0.path())), rows_of_form1(&db(disk.0.path()))), (1_001, before.clone()));
    }
    drop(SqliteStore::open_with(temp.path(), &mut Hide).unwrap());
    assert_eq!(rows_of_form1(&db(temp.path())), hidden(&before));
}

#[test]
fn a_backup_of_form_1_restores() {
    let temp = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&temp.path().join("data")).unwrap();
    store.commit(&numbered(1)).unwrap();
    let prepared = store.prepare(&form1(), &mut Hide).unwrap();
    assert_eq!(prepared.check().unwrap().wrong, [""; 0]);
    restore_as(&store, &form1(), &mut Hide).unwrap();
    let rows = |file: &Path| {
        let mut rows = rows_of_form1(file);
        rows.retain(|row| !row.contains("'journal_seq'"));
        rows
    };
    assert_eq!(rows(&db(&temp.path().join("data"))), hidden(&rows(&form1())));
    assert_nothing_of(&secrets(), &temp.path().join("data"));
    // Who cannot seal its secrets is told so, and nothing changes.
    let StoreError::NoBackup(said) = store.prepare(&form1(), &mut NoSecrets).unwrap_err() else { panic!() };
    assert!(said.contains("its secret is not sealed"), "{said}");
    let memory = MemoryStore::new();
    restore_as(&memory, &form1(), &mut Hide).unwrap();
    assert_eq!(check(&memory, None).unwrap().owners, 22);
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
    let store = SqliteStore::open_with(temp.path(), &mut Hide).unwrap();
    let mails = store.mails(&MailFilter { limit: usize::MAX, ..MailFilter::default() }).unwrap();
    let since: Vec<_> = mails.iter().map(|mail| mail.queued.0 - mail.made.0).collect();
    assert_eq!(since[..2], [77, 0]);
}

/// The secrets in the database of form 1, as they stand there.
fn secrets() -> Vec<String> {
    let connection = Connection::open(form1()).unwrap();
    let sql = "SELECT json_extract(body, '$.secret') FROM items WHERE kind = 'key'";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// No file in a directory has one of these texts in it.
fn assert_nothing_of(texts: &[String], dir: &Path) {
    assert_eq!(texts.len(), 4);
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for text in texts {
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{} has {text}", path.display());
        }
    }
}

/// A database of the present tables whose secrets are not sealed.
#[test]
fn form_2_with_plain_secrets_is_brought_over() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(form1(), db(temp.path())).unwrap();
    let reader = SqliteStore::open_read_only(temp.path()).unwrap();
    assert!(!reader.is_sealed());
    // A backup of it is in the present tables, and keeps the secrets as they are.
    let plain = temp.path().join("plain");
    reader.backup(&plain, &Named::new()).unwrap();
    drop(reader);
    assert_eq!(form(&plain), 2_001);
    assert_eq!(rows_of_form1(&plain), rows_of_form1(&form1()));
    fs::rename(plain, db(temp.path())).unwrap();
    assert_eq!(check(&SqliteStore::open_read_only(temp.path()).unwrap(), None).unwrap().wrong, [""; 0]);
    SqliteStore::open(temp.path()).unwrap_err();
    let store = SqliteStore::open_with(temp.path(), &mut Hide).unwrap();
    assert_eq!(form(&db(temp.path())), 2_002);
    assert_eq!(rows_of_form1(&db(temp.path())), hidden(&rows_of_form1(&form1())));
    assert_eq!((store.integrity().unwrap(), check(&store, None).unwrap().wrong), (vec![], vec![]));
    drop(store);
    // From then on it opens as it is.
    assert!(SqliteStore::open(temp.path()).unwrap().is_sealed());
}

/// Refuses the second secret that it sees.
struct Tires(u32);

impl Rewrite for Tires {
    fn named(&mut self, _: &mut Named) -> Result<(), String> {
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        self.0 += u32::from(item.kind == "key");
        if self.0 > 1 { Err("tired".to_owned()) } else { Hide.body(item) }
    }
}

/// A database of the present form is rewritten as one of an earlier form is brought over: whole, or not at all.
#[test]
fn a_database_is_rewritten_or_left_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(form1(), db(temp.path())).unwrap();
    let said = SqliteStore::rewritten(temp.path(), &mut Tires(0)).unwrap_err().to_string();
    assert!(said.contains("left as it is") && said.ends_with("tired"), "{said}");
    assert_eq!(rows_of_form1(&db(temp.path())), rows_of_form1(&form1()));
    drop(SqliteStore::open_with(temp.path(), &mut Hide).unwrap());
    let before = rows_of_form1(&db(temp.path()));
    SqliteStore::rewritten(temp.path(), &mut Tires(0)).unwrap_err();
    assert_eq!(rows_of_form1(&db(temp.path())), before);
    // Owners sum up their items as they are now.
    let store = SqliteStore::rewritten(temp.path(), &mut Rename).unwrap();
    let found = check(&store, None).unwrap();
    assert_eq!((found.wrong, found.owners, store.integrity().unwrap()), (vec![], 22, vec![]));
    assert_eq!((store.meta("clock").unwrap(), store.meta("new").unwrap()), (None, Some("value".to_owned())));
    let after = rows_of_form1(&db(temp.path()));
    let renamed = |rows: &[String]| rows.iter().filter(|row| row.contains("hidden again")).count();
    assert_eq!((renamed(&before), renamed(&after)), (0, 4));
    // One process works on a database.
    let said = SqliteStore::rewritten(temp.path(), &mut Rename).unwrap_err();
    assert!(matches!(said, OpenError::InUse(_)), "{said}");
}

/// Changes what is there already.
struct Rename;

impl Rewrite for Rename {
    fn named(&mut self, named: &mut Named) -> Result<(), String> {
        named.remove("clock");
        named.insert("new".to_owned(), "value".to_owned());
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        Ok((item.kind == "key").then(|| item.body.replace("hidden", "hidden again")))
    }
}
