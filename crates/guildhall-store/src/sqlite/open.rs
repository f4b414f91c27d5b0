//! Opening: the lock, the file, and connections to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use guildhall_core::state::item::FORMAT;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::mark::{self, Mark};
use super::rebuild::rebuild;
use super::schema::{self, FileKind, Form, Forms};
use super::{JOURNAL_SEQ, SqliteStore, Writer, log, outbox, read, transaction};
use crate::{NoSecrets, Rewrite, Scratch, StoreError};

/// The database's file in its directory.
const DATABASE: &str = "guildhall.db";

/// How the names of scratch directories start. What a process that was killed left is removed at the next start.
pub(super) const SCRATCH: &str = "scratch-";

/// How long to wait for somebody else's lock on the file. Nobody of ours takes one: this is for people with a
/// SQL tool.
const BUSY: Duration = Duration::from_secs(5);

/// Pages that the log gathers before they are written to the database: 8 MiB. The commit that does it takes as
/// long as the disk needs for them; fewer pages make that shorter, and more work in all (measured: 5 % between
/// 1,000 and 4,000).
const CHECKPOINT_PAGES: u32 = 2_000;

/// What the writer keeps in memory, in KiB.
const WRITER_CACHE: u32 = 2_048;

/// What each reader keeps in memory, in KiB: loads go over their pages once, so little is gained by more.
const READER_CACHE: u32 = 256;

/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 48;

/// Why a store did not open. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use: another Guildhall process holds its lock", .0.display())]
    InUse(PathBuf),
    /// A file or directory cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What failed, a verb.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is not a Guildhall database; it was left as it is", .0.display())]
    NotOurs(PathBuf),
    /// The file was written by a newer version.
    #[error("{} was written by a newer version of Guildhall (form {found}); it was left as it is", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form: that of the tables times a thousand, and that of the bodies.
        found: u32,
    },
    /// SQLite refused.
    #[error("cannot open {}: {message}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
}

impl SqliteStore {
    /// Opens a store that has no secrets that are not sealed, as [`SqliteStore::open_with`] does.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::open_with(dir, &mut NoSecrets)
    }

    /// Opens the store in `dir`, which is made if it is missing, and keeps other processes out of it. A database of an
    /// earlier form is brought to the present one, as it is rewritten. Refuses a directory that is in use and a database that is not ours,
    /// is newer or cannot be written. What was acknowledged and is not there is told, in the log and by
    /// [`SqliteStore::integrity`]: to serve what is left is better than nothing.
    pub fn open_with(dir: &Path, rewrite: &mut dyn Rewrite) -> Result<Self, OpenError> {
        Self::opened(dir, rewrite, false)
    }

    /// Opens the store in `dir` once it has been rewritten, whatever form it has.
    pub fn rewritten(dir: &Path, rewrite: &mut dyn Rewrite) -> Result<Self, OpenError> {
        Self::opened(dir, rewrite, true)
    }

    fn opened(dir: &Path, rewrite: &mut dyn Rewrite, always: bool) -> Result<Self, OpenError> {
        let lock = lock(dir)?;
        sweep(dir)?;
        create(dir)?;
        let path = database(dir);
        // Before SQLite takes the log in.
        let torn = log::torn(&path).map_err(OpenError::io("read the log of", &path))?;
        let marked = Mark::read(&path);
        migrate(dir, rewrite, always)?;
        let (reader, _) = checked(&path)?;
        let mut connection = writer(&path)?;
        let last = transaction(&mut connection, |connection| {
            // Nobody else can hold a lease: what a process that ended had in hand is tried again at once.
            outbox::release(connection)?;
            Ok((last_row(connection)?, outbox::count(connection)?))
        });
        let (last, mail_counts) =
            last.map_err(|e| OpenError::Database { path: path.clone(), message: e.to_string() })?;
        let torn = torn.map(|frame| {
            format!("its log (guildhall.db-wal) is damaged at frame {frame}, and commits behind it are lost")
        });
        let lost: Vec<String> = torn.into_iter().chain(mark::lost(marked, last)).collect();
        for line in &lost {
            tracing::error!(database = %path.display(), "{line}");
        }
        let mark = Mark::open(&path).map_err(OpenError::io("open the mark beside", &path))?;
        mark.set(last);
        let files = Files::of(&path).map_err(OpenError::io("look at", &path))?;
        let writer = Writer { connection, last, mark };
        let (writer, files, lock) = (Some(Mutex::new(writer)), Some(files), Some(lock));
        let mail_counts = Mutex::new(mail_counts);
        Ok(Self { writer, mail_counts, files, lost, _lock: lock, ..Self::reading(reader, path) })
    }

    /// Opens the store in `dir` for reading, beside the process that writes it. Everything that writes is
    /// refused. SQLite needs to write its index of the log, so the directory must be writable even so. A database of
    /// an earlier form is read as a copy in the present one.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenError> {
        let path = database(dir);
        let marked = Mark::read(&path);
        let failed = |e: StoreError| OpenError::Database { path: path.clone(), message: e.to_string() };
        let (reader, forms) = checked(&path)?;
        if forms.tables == Form::One {
            let scratch = Scratch::new(dir, SCRATCH).map_err(failed)?;
            rebuild(&reader, forms, &scratch.file(), None).map_err(failed)?;
            let copy = Self::open_file(&scratch.file())?;
            return Ok(Self { _scratch: Some(scratch), sealed: forms.bodies == FORMAT, ..copy });
        }
        let last = last_row(&reader).map_err(failed)?;
        let mail_counts = Mutex::new(outbox::count(&reader).map_err(OpenError::database(&path))?);
        let lost = mark::lost(marked, last).into_iter().collect();
        let sealed = forms.bodies == FORMAT;
        Ok(Self { mail_counts, lost, sealed, ..Self::reading(reader, path) })
    }

    /// Opens a file of the present form for reading.
    pub(crate) fn open_file(file: &Path) -> Result<Self, OpenError> {
        let (reader, _) = checked(file)?;
        Ok(Self::reading(reader, file.to_owned()))
    }

    /// Whether its secrets are sealed: those of earlier forms are not.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    fn reading(reader: Connection, path: PathBuf) -> Self {
        Self {
            sealed: true,
            readers: Mutex::new(vec![reader]),
            writer: None,
            mail_counts: Mutex::default(),
            path,
            lost: Vec::new(),
            logged: Mutex::default(),
            _scratch: None,
            files: None,
            _lock: None,
        }
    }
}

impl OpenError {
    pub(super) fn io<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }

    pub(super) fn database(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self + '_ {
        move |e| {
            let message = match e.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => return Self::NotOurs(path.to_owned()),
                // The system knows why, and SQLite does not say it. Only asked once SQLite has given up: to close a
                // file takes away the locks that SQLite has on it in this process.
                Some(ErrorCode::CannotOpen) => match File::open(path) {
                    Err(e) => return Self::io("open", path)(e),
                    Ok(_) => format!("{e} (is its directory writable?)"),
                },
                _ => explain(&e),
            };
            Self::Database { path: path.to_owned(), message }
        }
    }
}

/// Where the database of a directory is.
pub(super) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// The lock of a directory: on the directory itself, which nobody can remove without the database, and on a file in
/// it, where a system cannot lock directories (NFS), and for earlier versions of this program. Held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(File, File);

impl Drop for Lock {
    fn drop(&mut self) {
        // To close a file is not enough: a process that was forked at this very moment has it too, until it
        // starts its program.
        let _ = self.0.unlock();
        let _ = self.1.unlock();
    }
}

/// Takes the lock of a directory, which is made if it is missing.
pub(super) fn lock(dir: &Path) -> Result<Lock, OpenError> {
    fs::create_dir_all(dir).map_err(OpenError::io("create the directory", dir))?;
    let path = dir.join("lock");
    let file = private().create(true).truncate(false).open(&path).map_err(OpenError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(dir.to_owned())),
        Err(TryLockError::Error(e)) => return Err(OpenError::io("lock", &path)(e)),
    }
    let directory = File::open(dir).map_err(OpenError::io("open", dir))?;
    match directory.try_lock() {
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_owned())),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Lock(file, directory)),
    }
}

/// Which files the database and its log are: their devices and numbers there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Files {
    database: (u64, u64),
    log: (u64, u64),
}

impl Files {
    /// Those that stand at `path`. The log is there as long as a connection that writes is open.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let number = |path: &Path| {
            let found = fs::metadata(path)?;
            Ok::<_, io::Error>((found.dev(), found.ino()))
        };
        Ok(Self { database: number(path)?, log: number(&path.with_extension("db-wal"))? })
    }

    /// Whether they are the ones that stand at `path` now.
    pub(super) fn compare(&self, path: &Path) -> Result<(), StoreError> {
        let gone = |what: &dyn std::fmt::Display| {
            let path = path.display();
            Err(StoreError::Database(format!(
                "{path} or its log was removed or replaced under the server: {what}"
            )))
        };
        match Self::of(path) {
            Ok(now) if now == *self => Ok(()),
            Ok(_) => gone(&"another file has its name"),
            Err(e) => gone(&e),
        }
    }
}

/// For files that others must not read: the database holds the secrets of access keys.
pub(crate) fn private() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes sure that a directory's entries are on disk.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// Removes the scratch directories that a process that was killed has left. The lock is held.
pub(super) fn sweep(dir: &Path) -> Result<(), OpenError> {
    for entry in fs::read_dir(dir).map_err(OpenError::io("list", dir))? {
        let path = entry.map_err(OpenError::io("list", dir))?.path();
        let ours =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(SCRATCH));
        if ours && path.is_dir() {
            fs::remove_dir_all(&path).map_err(OpenError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Makes an empty database, unless the file exists. It appears under its name only when it is whole, so that
/// no crash leaves half of one.
pub(super) fn create(dir: &Path) -> Result<(), OpenError> {
    let path = database(dir);
    if path.try_exists().map_err(OpenError::io("look at", &path))? {
        return Ok(());
    }
    let new = new_file(dir)?;
    let file = private().create_new(true).open(&new).map_err(OpenError::io("create", &new))?;
    let made = connect(&new, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        // Nobody knows the file yet: it is synced once, when it is whole.
        connection.pragma_update(None, "synchronous", "OFF")?;
        schema::create(&connection, FORMAT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.close().map_err(|(_, e)| e)
    });
    made.map_err(OpenError::database(&new))?;
    file.sync_all().map_err(OpenError::io("write", &new))?;
    fs::rename(&new, &path).map_err(OpenError::io("create", &path))?;
    sync_dir(dir).map_err(OpenError::io("write", dir))
}

/// Where a database is made before it gets its name. What a crash left there is removed.
fn new_file(dir: &Path) -> Result<PathBuf, OpenError> {
    let new = dir.join("guildhall.db.new");
    match fs::remove_file(&new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(OpenError::io("remove", &new)(e)),
        _ => Ok(new),
    }
}

/// Rewrites a database, `always` or if it is of an earlier form, which it brings to the present one: makes a new one beside it, which then takes its name. A
/// crash leaves the one or the other, whole.
pub(super) fn migrate(dir: &Path, rewrite: &mut dyn Rewrite, always: bool) -> Result<(), OpenError> {
    let path = database(dir);
    let forms = checked(&path)?.1;
    if forms.present() && !always {
        return Ok(());
    }
    let new = new_file(dir)?;
    let failed = |message: String| OpenError::Database { path: path.clone(), message };
    let source = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(OpenError::database(&path))?;
    // What is in the log goes into the file, and the log goes: it must not be taken for that of the new one.
    let mode = source.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    if mode.map_err(OpenError::database(&path))? != "delete" || path.with_extension("db-wal").exists() {
        return Err(failed("its log cannot be emptied; does another program have it open?".to_owned()));
    }
    rebuild(&source, forms, &new, Some(rewrite)).map_err(|e| {
        failed(format!("it cannot be rewritten in the present form, and was left as it is: {e}"))
    })?;
    source.close().map_err(|(_, e)| OpenError::database(&path)(e))?;
    fs::rename(&new, &path).map_err(OpenError::io("replace", &path))?;
    sync_dir(dir).map_err(OpenError::io("write", dir))?;
    if !forms.present() {
        tracing::info!(database = %path.display(), "the database was brought to the present form");
    }
    Ok(())
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // An absolute path never looks like a URI, which SQLite would interpret.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans do not depend on values: otherwise a statement is compiled again whenever a value changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    settings(&connection, READER_CACHE)?;
    Ok(connection)
}

/// A connection that reads, to a file that is one of ours, and its form.
pub(super) fn checked(path: &Path) -> Result<(Connection, Forms), OpenError> {
    // SQLite would take an empty file for an empty database; ours never is one.
    let length = fs::metadata(path).map_err(OpenError::io("open", path))?.len();
    if length == 0 {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    let connection = reader(path).map_err(OpenError::database(path))?;
    match schema::kind(&connection).map_err(OpenError::database(path))? {
        FileKind::Ours(forms) => Ok((connection, forms)),
        FileKind::Foreign => Err(OpenError::NotOurs(path.to_owned())),
        FileKind::Newer(found) => Err(OpenError::Newer { path: path.to_owned(), found }),
    }
}

/// The connection that writes. The file is known to be ours.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let open = || {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        settings(&connection, WRITER_CACHE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // After something large, a restore say, the log is cut to what it usually needs, in bytes.
        connection.pragma_update(None, "journal_size_limit", CHECKPOINT_PAGES * schema::PAGE)?;
        Ok(connection)
    };
    let connection = open().map_err(OpenError::database(path))?;
    // SQLite falls back to reading where it may not write, and would say so only at the first commit.
    match connection.is_readonly("main") {
        Ok(false) => Ok(connection),
        Ok(true) => Err(OpenError::Io {
            what: "write to",
            path: path.to_owned(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        }),
        Err(e) => Err(OpenError::database(path)(e)),
    }
}

fn settings(connection: &Connection, cache: u32) -> rusqlite::Result<()> {
    // No mmap: a disk that fails under a mapped page kills the process, under a read it is an error.
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -{cache}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF;"
    ))
}

/// What SQLite says, and what it means for whoever runs the server.
pub(super) fn explain(e: &rusqlite::Error) -> String {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => format!("the disk is full: {e}"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => format!("the database is damaged: {e}"),
        Some(ErrorCode::SystemIoFailure) => format!("the disk failed: {e}"),
        Some(ErrorCode::ReadOnly) => format!("{e} (is its directory writable?)"),
        Some(ErrorCode::DatabaseBusy) => format!("another program holds the database: {e}"),
        _ => format!("database: {e}"),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Database(explain(&e))
    }
}

/// The number of the journal's last row, also where that is no longer there.
pub(super) fn last_row(connection: &Connection) -> Result<i64, StoreError> {
    let there: i64 =
        connection.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
    let kept = read::meta(connection, JOURNAL_SEQ)?.and_then(|kept| kept.parse().ok());
    Ok(there.max(kept.unwrap_or(0)))
}
