//! Where state is kept: one trait, with an engine on SQLite and one in memory.
//!
//! A store knows owners, versions, items, timers, mails and a journal; it knows nothing of what they mean. All of
//! its calls block: the engine makes them from threads of its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use guildhall_core::state::change::{ItemChange, TimerChange};
use guildhall_core::state::item::{CorruptItem, FORMAT, Item, ItemKey};
use guildhall_core::state::mail::Mail;
use guildhall_core::state::timer::Timer;
use guildhall_core::{Owner, Timestamp, Version};

pub mod check;
pub mod memory;
mod scratch;
pub mod sqlite;

pub use scratch::Scratch;

/// An owner as it is stored. Version 0 without items is an owner that is absent.
#[derive(Debug, Default)]
pub struct Stored {
    /// Its version.
    pub version: Version,
    /// Its items, in no particular order.
    pub items: Vec<Item>,
}

/// What is committed at once: one transaction, all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Every owner that a decision read, and the version it had before this batch. Each owner once.
    pub reads: Vec<(Owner, Version)>,
    /// Every owner that is written, and the version it has afterwards; each is among `reads`. Each owner once.
    pub writes: Vec<(Owner, Version)>,
    /// The items that change, each of an owner in `writes`; each item once.
    pub items: Vec<(Owner, ItemChange)>,
    /// Timers, in order.
    pub timers: Vec<TimerChange>,
    /// Mails to send.
    pub mails: Vec<OutboxMail>,
    /// One row per command.
    pub journal: Vec<JournalRow>,
}

impl Batch {
    /// The new version of every owner that is written. Refuses a batch that makes no sense, so that a fault
    /// in the engine cannot become a fault in the data: an owner twice, one written that was not read or whose
    /// version does not rise, an item of an owner that is not written.
    fn written(&self) -> Result<HashMap<&Owner, Version>, StoreError> {
        let refuse = |what: &str| Err(StoreError::Database(format!("malformed batch: {what}")));
        let reads: HashMap<&Owner, Version> = self.reads.iter().map(|(owner, v)| (owner, *v)).collect();
        let writes: HashMap<&Owner, Version> = self.writes.iter().map(|(owner, v)| (owner, *v)).collect();
        if reads.len() != self.reads.len() || writes.len() != self.writes.len() {
            return refuse("an owner is named twice");
        }
        if writes.iter().any(|(owner, new)| reads.get(owner).is_none_or(|noted| new <= noted)) {
            return refuse("an owner is written that was not read, or to a version that is not higher");
        }
        if self.items.iter().any(|(owner, _)| !writes.contains_key(owner)) {
            return refuse("an item changes and its owner does not");
        }
        Ok(writes)
    }
}

/// One command in the journal: the audit trail. Its key is the owner and the version that the command made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// The first owner that the command wrote and that is no address.
    pub owner: Owner,
    /// The version it made of that owner.
    pub version: Version,
    /// When, in business time.
    pub at: Timestamp,
    /// The account that acted.
    pub actor: String,
    /// The command's name; borrowed when a command writes it, owned when it is read back.
    pub op: Cow<'static, str>,
    /// The request's id.
    pub request_id: String,
    /// What the command was told, as JSON.
    pub body: String,
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailState {
    /// It waits for its first or next try.
    Pending,
    /// It was handed over.
    Delivered,
    /// It was given up.
    Failed,
}

impl MailState {
    /// The state's name, in the store and in the control API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Delivered => "DELIVERED",
            Self::Failed => "FAILED",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// A mail and how its delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMail {
    /// Its id, which sorts by the time it was made; the Message-ID is derived from it.
    pub id: String,
    /// When it was made, in business time.
    pub made: Timestamp,
    /// What it says.
    pub mail: Mail,
    /// Where it stands.
    pub state: MailState,
    /// When it is tried next, in wall time.
    pub due: Timestamp,
    /// Since when it is tried, in wall time: since it was made, or was last put back to be sent.
    pub queued: Timestamp,
    /// How often it was tried since then.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// How many mails are not delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Mails that wait for their first or next try.
    pub pending: u64,
    /// Mails that were given up.
    pub failed: u64,
}

/// What [`Store::prune`] may remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Rows of the journal from before this instant, in business time. The newest row stays in any case.
    pub journal_before: Timestamp,
    /// Mails made before this instant, in business time. Those that are pending stay in any case.
    pub mails_before: Timestamp,
    /// How many rows of each at most.
    pub limit: usize,
}

/// Which mails to list, and in which order.
#[derive(Clone, Debug, Default)]
pub struct MailFilter {
    /// Only mails to this address, whatever its case.
    pub to: Option<String>,
    /// Only mails made at this instant or later.
    pub since: Option<Timestamp>,
    /// Only mails that come after this id in the order that is asked for. No mail has to have it.
    pub after: Option<String>,
    /// The latest first; otherwise the oldest first. Both by id.
    pub latest_first: bool,
    /// How many at most.
    pub limit: usize,
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Owners that were read have other versions now, all of them; nothing was written.
    #[error("{} owner(s) changed meanwhile", .0.len())]
    Conflict(Vec<Owner>),
    /// The database refused: a full disk, a damaged file, a lost connection, a malformed batch. Nothing was
    /// written, as far as the store can tell: when the answer to a commit is lost, look again.
    #[error("{0}")]
    Database(String),
    /// A backup is whole, and is not let in; nothing was changed.
    #[error("{0}")]
    NotAdmitted(String),
    /// Something stored is not as it was written, or this program cannot read it.
    #[error("{place}: {what}")]
    Corrupt {
        /// Which owner, timer, mail or value.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file is no backup that can be restored: it is something else, is damaged, comes from a newer version, or
    /// holds a state that cannot be. Nothing was changed.
    #[error("{0}")]
    NoBackup(String),
}

impl From<CorruptItem> for StoreError {
    fn from(e: CorruptItem) -> Self {
        Self::Corrupt { place: format!("item `{}` `{}`", e.kind, e.id), what: e.what }
    }
}

/// A state that was read from a backup and looked through: it can take the place of the present one.
#[derive(Debug)]
pub struct Prepared {
    /// The state, as a file of the SQLite engine in the present form.
    pub(crate) scratch: Scratch,
    /// Its named values.
    pub(crate) named: Named,
}

/// Where state is kept.
pub trait Store: Send + Sync {
    /// An owner with its items, as of the last commit.
    fn load(&self, owner: &Owner) -> Result<Stored, StoreError>;

    /// Writes a batch if every owner that it read still has the noted version (absent = 0). When this answers,
    /// the batch is on disk. An owner whose last item goes keeps its version. A mail id or a journal key that is
    /// taken is an error of the database.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Whether nobody else can write while this store is open: then what its one writer remembers is what is there.
    fn exclusive(&self) -> bool {
        false
    }

    /// Owners that were ever written, whose text starts with `prefix` and sorts after `after`, in the order of
    /// their text's bytes.
    fn owners(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Owner>, StoreError>;

    /// Timers that are due at `until` or before, the earliest first (then by the text of owner and action).
    fn timers(&self, until: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError>;

    /// Timers whose action's text starts with `prefix`, after one, in the same order.
    fn timers_of(&self, prefix: &str, after: Option<&Timer>, limit: usize) -> Result<Vec<Timer>, StoreError>;

    /// The first of the owners whose text starts with `prefix` that has this item. Looks at so many owners at most.
    fn holder(&self, prefix: &str, item: &ItemKey, at_most: usize) -> Result<Option<Owner>, StoreError>;

    /// Takes pending mails that are due at `now` (wall time), the earliest first (then by id), and puts them off
    /// until `lease_until`, so that no other taker gets them meanwhile: the answer has that instant as `due`.
    fn lease(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxMail>, StoreError>;

    /// Writes how a try to deliver a mail ended: `state`, `due`, `attempts` and `last_error` of `mail`. A mail
    /// that was delivered stays so, whatever a slower taker reports; a mail that is gone is no error.
    fn settle(&self, mail: &OutboxMail) -> Result<(), StoreError>;

    /// Puts a mail back to be sent: it is pending, due at `now` (wall time), and as if it had never been tried, but
    /// for why it failed last. One that was delivered stays so. Answers it as it is then; `None`: it is not there.
    fn retry_mail(&self, id: &str, now: Timestamp) -> Result<Option<OutboxMail>, StoreError>;

    /// Puts mails that were given up back to be sent, as [`Store::retry_mail`] does: the first ones whose ids sort
    /// after `after`, `limit` at most. Answers their ids, in order.
    fn retry_failed(&self, now: Timestamp, after: &str, limit: usize) -> Result<Vec<String>, StoreError>;

    /// How many mails wait, and how many were given up. Known without looking.
    fn mail_counts(&self) -> MailCounts;

    /// A page of mails.
    fn mails(&self, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError>;

    /// One mail.
    fn mail(&self, id: &str) -> Result<Option<OutboxMail>, StoreError>;

    /// Removes mails that are not pending.
    fn clear_mails(&self) -> Result<(), StoreError>;

    /// A named value.
    fn meta(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets a named value.
    fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError>;

    /// The journal's newest rows first (in the order they were committed), `limit` at most.
    fn journal(&self, limit: usize) -> Result<Vec<JournalRow>, StoreError>;

    /// Removes some of what is old, the oldest first, and gives some of the space that is free back to the disk.
    /// Answers whether there may be more to do. Short: commits wait for it.
    fn prune(&self, what: &Prune) -> Result<bool, StoreError>;

    /// Removes everything but named values.
    fn reset(&self) -> Result<(), StoreError>;

    /// Writes the whole state to a new file, while commits go on, with more named values. Refuses a file that exists.
    /// The file is a database of the SQLite engine, whatever engine wrote it.
    fn backup(&self, file: &Path, more: &Named) -> Result<(), StoreError>;

    /// Reads a backup as it is rewritten, and looks through it, beside the state that is there, which does not change:
    /// takes as long as the file is large. A file that cannot be restored is [`StoreError::NoBackup`].
    fn prepare(&self, file: &Path, rewrite: &mut dyn Rewrite) -> Result<Prepared, StoreError>;

    /// Replaces the whole state, named values included, at once, unless `admit` refuses. Versions may go back: whoever
    /// holds owners in memory has to forget them.
    fn restore(&self, prepared: &Prepared, admit: &Admit<'_>) -> Result<(), StoreError>;

    /// A place for a file that is needed for a while, on the disk that holds the state.
    fn scratch(&self) -> Result<Scratch, StoreError>;

    /// Whether the files that the store writes are still those that its directory names: a directory or a file that
    /// was removed or replaced under the running process takes what is committed along. Cheap; reads no content.
    fn intact(&self) -> Result<(), StoreError>;
}

impl Prepared {
    /// Checks every invariant of the state, as `guildhall check` does.
    pub fn check(&self) -> Result<check::Finding, StoreError> {
        let store = sqlite::SqliteStore::open_file(&self.scratch.file());
        check::check(&store.map_err(|e| StoreError::Database(e.to_string()))?, None)
    }
}

/// Named values: where the clock stands, the key of page tokens.
pub type Named = BTreeMap<String, String>;

/// What a state of an earlier form, or from elsewhere, becomes on its way into a new file. An error refuses it.
pub trait Rewrite {
    /// Its named values, before everything else.
    fn named(&mut self, named: &mut Named) -> Result<(), String>;

    /// The new body of an item; `None`: it stays as it is.
    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String>;

    /// The items that come to those, once all of them were seen, of owners that had none.
    fn more(&mut self) -> Result<Vec<(Owner, Item)>, String> {
        Ok(Vec::new())
    }
}

/// An item as it stands in a file.
#[derive(Clone, Copy, Debug)]
pub struct StoredItem<'a> {
    /// Its owner, as text.
    pub owner: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// The form of the file's bodies.
    pub format: u32,
    /// Its body.
    pub body: &'a str,
}

/// For states that have no secrets: nothing changes. Refuses those that are not sealed yet, for want of keys.
#[derive(Clone, Copy, Debug)]
pub struct NoSecrets;

impl Rewrite for NoSecrets {
    fn named(&mut self, _: &mut Named) -> Result<(), String> {
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        if item.kind == "key" && item.format < FORMAT {
            return Err(format!("{}: its secret is not sealed", item.owner));
        }
        Ok(None)
    }
}

/// Decides whether a backup comes in, by its named values, and what these are from then on: they become part of the
/// state together with the rest. The error says why the backup is refused.
pub type Admit<'a> = dyn Fn(&mut Named) -> Result<(), String> + 'a;

/// Admits every backup as it is.
pub fn as_it_is(_: &mut Named) -> Result<(), String> {
    Ok(())
}
