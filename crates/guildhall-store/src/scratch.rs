//! Files that are needed for a while: a backup on its way out, a state that is looked through before it is restored.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::sqlite::private;

/// Scratch directories that may stand in one place at once.
const MOST: u32 = 1_000;

/// A directory that nobody else may look into, with one file of ours. It is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one in `parent`, whose name starts with `prefix`.
    pub(crate) fn new(parent: &Path, prefix: &str) -> Result<Self, StoreError> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let failed = |path: &Path, e: &dyn std::fmt::Display| {
            StoreError::Database(format!("cannot make the scratch directory {}: {e}", path.display()))
        };
        for n in 0..MOST {
            let path = parent.join(format!("{prefix}{n}"));
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(&path, &e)),
            }
        }
        Err(failed(parent, &format_args!("{MOST} stand there already")))
    }

    /// The file's path. Nothing stands there at first.
    pub fn file(&self) -> PathBuf {
        self.0.join("state")
    }

    /// Makes the file, which others cannot read.
    pub fn create(&self) -> io::Result<File> {
        private().create_new(true).open(self.file())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
