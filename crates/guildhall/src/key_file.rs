//! The file with the keys that secrets are sealed with.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guildhall_core::kernel::keyring::{KeyId, Keyring, TEXT_MAX};
use guildhall_engine::keys::{self, listed};
use guildhall_engine::random;
use guildhall_store::Store;
use zeroize::Zeroizing;

/// Its name in the directory of the state, if nobody says another one.
const NAME: &str = "guildhall.key";

const HEAD: &str = "\
# The keys of a Guildhall server. Whoever has this file and the database has every secret in it; without this file,
# nobody has. Keep a copy, and not beside those of the database. The last key seals, all of them open.
";

/// The file with the keys of a state.
pub(crate) struct KeyFile(PathBuf);

impl KeyFile {
    /// The one that was said, or else that of the directory of the state.
    pub(crate) fn of(said: Option<&Path>, data: &Path) -> Self {
        Self(said.map_or_else(|| data.join(NAME), Path::to_owned))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn wrong(&self, what: impl std::fmt::Display) -> String {
        format!("{}: {what}", self.0.display())
    }

    /// Its keys; `None`: it is not there. Refuses one that others can read.
    pub(crate) fn read(&self) -> Result<Option<Arc<Keyring>>, String> {
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.wrong(e)),
        };
        let found = file.metadata().map_err(|e| self.wrong(e))?;
        let mode = found.permissions().mode() & 0o777;
        if !found.is_file() {
            return Err(self.wrong("it is no file; the keys are in one"));
        }
        if mode & 0o077 != 0 {
            return Err(self.wrong(format!(
                "others than its owner may use it (mode {mode:03o}), and it opens every secret; `chmod 600` makes it \
                 its owner's alone"
            )));
        }
        // As large as it can get from the start, so that no part of it is left behind.
        let most = u64::try_from(TEXT_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let mut text = Zeroizing::new(String::with_capacity(TEXT_MAX.saturating_add(1)));
        file.take(most).read_to_string(&mut text).map_err(|e| self.wrong(e))?;
        Keyring::read(&text).map(|ring| Some(Arc::new(ring))).map_err(|e| self.wrong(e))
    }

    /// Its keys, for a store. Made if it is missing and nothing needs one; refused if the store needs keys that it has
    /// not.
    pub(crate) fn open(&self, store: &dyn Store) -> Result<Arc<Keyring>, String> {
        let found = self.read()?;
        let missing = keys::missing(store, |id| found.as_ref().is_some_and(|ring| ring.has(id)));
        self.ring(found, &missing.map_err(|e| e.to_string())?)
    }

    /// Its keys, or else new ones.
    pub(crate) fn read_or_make(&self) -> Result<Arc<Keyring>, String> {
        self.read()?.map_or_else(|| self.make(), Ok)
    }

    fn ring(&self, found: Option<Arc<Keyring>>, missing: &[KeyId]) -> Result<Arc<Keyring>, String> {
        match (found, missing) {
            (Some(ring), []) => Ok(ring),
            (None, []) => self.make(),
            (found, missing) => {
                let lacks = if found.is_some() { "lacks keys" } else { "is not there, and has keys" };
                Err(self.wrong(format!(
                    "it {lacks} that secrets of the database are sealed with: {}; put back the file that has them, or \
                     name it with --key-file",
                    listed(missing)
                )))
            }
        }
    }

    /// Makes it, with one new key. One that somebody else makes meanwhile stays, and is read.
    fn make(&self) -> Result<Arc<Keyring>, String> {
        let ring = Keyring::new(random::seed().map_err(|e| self.wrong(e))?);
        // A link does not replace what is there.
        match self.put(&ring, |new| fs::hard_link(new, &self.0)) {
            Ok(()) => {
                tracing::info!(file = %self.0.display(), key = %ring.newest(), "the key file was made");
                Ok(Arc::new(ring))
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                self.read()?.ok_or_else(|| self.wrong("it was there and is not"))
            }
            Err(e) => Err(self.wrong(e)),
        }
    }

    /// Replaces it by one with these keys.
    pub(crate) fn replace(&self, ring: &Keyring) -> Result<(), String> {
        // Where it really is: a link stays one.
        let real = fs::canonicalize(&self.0).map_err(|e| self.wrong(e))?;
        Self(real.clone()).put(ring, |new| fs::rename(new, &real)).map_err(|e| self.wrong(e))
    }

    /// Writes keys beside the file, puts them in its place, and waits until they are on disk.
    fn put(&self, ring: &Keyring, place: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(format!(".new-{}", std::process::id()));
        let new = self.0.with_file_name(name);
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let text = ring.text();
        let put = file
            .write_all(HEAD.as_bytes())
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.sync_all())
            .and_then(|()| place(&new));
        let _ = fs::remove_file(&new);
        put?;
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use guildhall_store::memory::MemoryStore;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_made_once_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::of(None, dir.path());
        assert_eq!(file.path(), dir.path().join("guildhall.key"));
        assert!(file.read().unwrap().is_none());
        let made = file.open(&MemoryStore::new()).unwrap();
        assert_eq!(mode(file.path()), 0o600);
        // Whoever comes second finds the first one's.
        assert_eq!(file.make().unwrap().newest(), made.newest());
        assert_eq!(file.open(&MemoryStore::new()).unwrap().newest(), made.newest());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let more = Keyring::read(&made.text()).unwrap().with([1; 32]).unwrap();
        file.replace(&more).unwrap();
        assert_eq!((mode(file.path()), file.read().unwrap().unwrap().newest()), (0o600, more.newest()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_one() {
        let dir = tempfile::tempdir().unwrap();
        let real = KeyFile(dir.path().join("real"));
        let made = real.read_or_make().unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let link = KeyFile(dir.path().join("link"));
        let more = Keyring::read(&made.text()).unwrap().with([1; 32]).unwrap();
        link.replace(&more).unwrap();
        assert!(fs::symlink_metadata(link.path()).unwrap().is_symlink());
        assert_eq!(real.read().unwrap().unwrap().newest(), more.newest());
    }

    #[test]
    fn what_is_wrong_with_it_is_told_without_a_key() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::of(Some(&dir.path().join("keys")), Path::new("/nowhere"));
        let made = file.read_or_make().unwrap();
        let said = |mode: u32, text: &str| {
            fs::write(file.path(), text).unwrap();
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            let said = file.read().err().unwrap();
            let key = made.text();
            assert!(!said.contains(key.split_once(' ').unwrap().1.trim()), "{said}");
            said
        };
        for open in [0o640, 0o604, 0o660, 0o610] {
            assert!(said(open, &made.text()).contains(&format!("mode {open:o}")));
        }
        assert!(said(0o600, "").ends_with("it has no key"));
        assert!(said(0o600, &made.text().replace(' ', "")).contains("line 1 is no key"));
        assert!(said(0o600, &"#".repeat(TEXT_MAX + 9)).contains("longer"));
        fs::remove_file(file.path()).unwrap();
        fs::create_dir(file.path()).unwrap();
        assert!(file.read().err().unwrap().contains("it is no file"));
    }
}
