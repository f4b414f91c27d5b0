//! The transport `file`: one `.eml` file per mail.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use guildhall_engine::{SendError, Transport};
use guildhall_store::OutboxMail;

use super::{Composer, Message, mime};

/// Mails are personal: a directory that is made, and each file, are their owner's alone.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Writes each mail to `<id>.eml` in a directory. A file is there entirely or not at all.
pub struct FileTransport {
    directory: PathBuf,
    composer: Composer,
}

impl FileTransport {
    /// Writes into `directory`, which is made if it is not there. One that is there keeps its mode: whoever made it may
    /// want others to find the files, which they cannot read; the log says so.
    pub fn new(directory: &Path, composer: Composer) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory)?;
        let mode = fs::metadata(directory)?.mode() & 0o777;
        if mode & !DIRECTORY_MODE != 0 {
            tracing::warn!(
                directory = %directory.display(),
                mode = format!("{mode:o}"),
                "others may list or change the directory of mails; chmod 700 keeps it to its owner"
            );
        }
        Ok(Self { directory: directory.to_owned(), composer })
    }

    fn write(&self, id: &str, content: &[u8]) -> std::io::Result<()> {
        let unfinished = self.directory.join(format!(".{id}.tmp"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&unfinished)?;
        // One that was left behind has the mode that it was made with.
        file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.directory.join(format!("{id}.eml")))?;
        // The name is on disk, too.
        File::open(&self.directory)?.sync_all()
    }

    fn send_message(&self, message: &Message) -> Result<(), SendError> {
        let id = &message.id;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(SendError::permanent("the mail's id cannot be a file name"));
        }
        let content = mime::build(message)?.formatted();
        self.write(id, &content)
            .map_err(|e| SendError::temporary(format!("cannot write into {}: {e}", self.directory.display())))
    }
}

impl Transport for FileTransport {
    fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        self.send_message(&self.composer.compose(mail))
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(30)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mime::tests::{composer, message};
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn one_file_per_mail_and_nothing_unfinished() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("made/when needed");
        let transport = FileTransport::new(&directory, composer()).unwrap();
        let mut mail = message();
        transport.send_message(&mail).unwrap();
        // Again, after an answer was lost: the same file.
        transport.send_message(&mail).unwrap();
        mail.id = "0000000002".into();
        transport.send_message(&mail).unwrap();
        assert_eq!(names(&directory), ["0000000001.eml", "0000000002.eml"]);
        let written = fs::read_to_string(directory.join("0000000001.eml")).unwrap();
        assert!(written.starts_with("From: "), "{written}");
    }

    #[test]
    fn others_can_read_nothing() {
        let root = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        let directory = root.path().join("made/with all above it");
        let transport = FileTransport::new(&directory, composer()).unwrap();
        // Left behind by a version that did not care.
        fs::write(directory.join(".0000000001.tmp"), "x").unwrap();
        fs::set_permissions(directory.join(".0000000001.tmp"), fs::Permissions::from_mode(0o666)).unwrap();
        transport.send_message(&message()).unwrap();
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&root.path().join("made")), 0o700);
        assert_eq!(mode(&directory.join("0000000001.eml")), 0o600);
        // A directory that was there is left as it is, and the files are closed all the same.
        let open = root.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        FileTransport::new(&open, composer()).unwrap().send_message(&message()).unwrap();
        assert_eq!((mode(&open), mode(&open.join("0000000001.eml"))), (0o755, 0o600));
    }

    #[test]
    fn what_fails_leaves_no_mail_behind() {
        let root = tempfile::tempdir().unwrap();
        let transport = FileTransport::new(root.path(), composer()).unwrap();
        // The place of the unfinished file is taken.
        fs::create_dir(root.path().join(".0000000001.tmp")).unwrap();
        let error = transport.send_message(&message()).unwrap_err();
        assert!(!error.permanent);
        assert!(error.what.starts_with("cannot write into "), "{error}");
        assert_eq!(names(root.path()), [".0000000001.tmp"]);
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let transport = FileTransport::new(root.path(), composer()).unwrap();
        for id in ["", "../x", "/etc/x", "a/b", ".", "a\0b"] {
            let mut mail = message();
            mail.id = id.into();
            assert!(transport.send_message(&mail).unwrap_err().permanent, "{id:?}");
        }
        assert!(names(root.path()).is_empty());
    }
}
