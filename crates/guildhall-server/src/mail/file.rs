//! The transport `file`: one `.eml` file per mail.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Message, SendError, Transport, mime};

/// Writes each mail to `<id>.eml` in a directory. A file is there entirely or not at all.
pub struct FileTransport {
    directory: PathBuf,
}

impl FileTransport {
    /// Writes into `directory`, which is made if it is not there.
    pub fn new(directory: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self { directory: directory.to_owned() })
    }

    fn write(&self, id: &str, content: &[u8]) -> std::io::Result<()> {
        let unfinished = self.directory.join(format!(".{id}.tmp"));
        let mut file = File::create(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.directory.join(format!("{id}.eml")))?;
        // The name is on disk, too.
        File::open(&self.directory)?.sync_all()
    }
}

impl Transport for FileTransport {
    fn send(&self, message: &Message) -> Result<(), SendError> {
        let id = &message.id;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(SendError::permanent("the mail's id cannot be a file name"));
        }
        let content = mime::build(message)?.formatted();
        self.write(id, &content)
            .map_err(|e| SendError::temporary(format!("cannot write into {}: {e}", self.directory.display())))
    }

    fn longest_send(&self) -> Duration {
        Duration::from_secs(30)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mime::tests::message;
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
        let transport = FileTransport::new(&directory).unwrap();
        let mut mail = message();
        transport.send(&mail).unwrap();
        // Again, after an answer was lost: the same file.
        transport.send(&mail).unwrap();
        mail.id = "0000000002".into();
        transport.send(&mail).unwrap();
        assert_eq!(names(&directory), ["0000000001.eml", "0000000002.eml"]);
        let written = fs::read_to_string(directory.join("0000000001.eml")).unwrap();
        assert!(written.starts_with("From: "), "{written}");
    }

    #[test]
    fn what_fails_leaves_no_mail_behind() {
        let root = tempfile::tempdir().unwrap();
        let transport = FileTransport::new(root.path()).unwrap();
        // The place of the unfinished file is taken.
        fs::create_dir(root.path().join(".0000000001.tmp")).unwrap();
        let error = transport.send(&message()).unwrap_err();
        assert!(!error.permanent);
        assert!(error.what.starts_with("cannot write into "), "{error}");
        assert_eq!(names(root.path()), [".0000000001.tmp"]);
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let transport = FileTransport::new(root.path()).unwrap();
        for id in ["", "../x", "/etc/x", "a/b", ".", "a\0b"] {
            let mut mail = message();
            mail.id = id.into();
            assert!(transport.send(&mail).unwrap_err().permanent, "{id:?}");
        }
        assert!(names(root.path()).is_empty());
    }
}
