//! Changes as data: what a command wants written. The engine commits all of it or nothing.

use std::fmt;
use std::str::FromStr;

use crate::kernel::ids::{BadId, CreationId, HandshakeId};
use crate::kernel::owner::Owner;
use crate::kernel::time::Timestamp;
use crate::state::item::{Item, ItemKey};
use crate::state::mail::Mail;

/// A change of one item.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every change puts; a box is an allocation more for each"
)]
pub enum ItemChange {
    /// The item is there from now on.
    Put(Item),
    /// The item is gone.
    Remove(ItemKey),
}

/// A change of one item of one owner.
#[derive(Clone, Debug)]
pub struct Change {
    /// The owner.
    pub owner: Owner,
    /// The change.
    pub item: ItemChange,
}

impl Change {
    /// The key of the item.
    pub fn key(&self) -> ItemKey {
        match &self.item {
            ItemChange::Put(item) => item.key(),
            ItemChange::Remove(key) => key.clone(),
        }
    }

    /// Whether the owner can have such an item.
    pub fn fits(&self) -> bool {
        self.key().belongs_to(&self.owner)
    }
}

/// Something that falls due at an instant of business time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub due: Timestamp,
    /// Whose.
    pub owner: Owner,
    /// What.
    pub action: TimerAction,
}

/// What a timer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerAction {
    /// Writes down that a handshake expired.
    Expire(HandshakeId),
    /// Removes a handshake at the end of its retention.
    Forget(HandshakeId),
    /// Decides a request to create an account.
    Create(CreationId),
    /// Removes a request to create an account when nobody can ask for it any more.
    ForgetCreation(CreationId),
    /// Writes down that the account is closed.
    Close,
    /// Takes the closed account out of its organization.
    Vanish,
}

impl fmt::Display for TimerAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expire(id) => write!(f, "expire/{id}"),
            Self::Forget(id) => write!(f, "forget/{id}"),
            Self::Create(id) => write!(f, "create/{id}"),
            Self::ForgetCreation(id) => write!(f, "forget-creation/{id}"),
            Self::Close => f.write_str("close"),
            Self::Vanish => f.write_str("vanish"),
        }
    }
}

impl FromStr for TimerAction {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        match s.split_once('/') {
            Some(("expire", id)) => id.parse().map(Self::Expire),
            Some(("forget", id)) => id.parse().map(Self::Forget),
            Some(("create", id)) => id.parse().map(Self::Create),
            Some(("forget-creation", id)) => id.parse().map(Self::ForgetCreation),
            None if s == "close" => Ok(Self::Close),
            None if s == "vanish" => Ok(Self::Vanish),
            _ => Err(BadId("timer")),
        }
    }
}

/// A change of the timers.
#[derive(Clone, Debug)]
pub enum TimerChange {
    /// Sets a timer; one that is set already stays as it is.
    Set(Timer),
    /// Takes a timer away; one that is not there is no error.
    Clear(Timer),
}

/// Everything that a command wants written.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// Items, in order.
    pub items: Vec<Change>,
    /// Timers, in order.
    pub timers: Vec<TimerChange>,
    /// Mails to send.
    pub mails: Vec<Mail>,
}

impl ChangeSet {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.timers.is_empty() && self.mails.is_empty()
    }

    /// Puts an item.
    pub fn put(&mut self, owner: Owner, item: Item) {
        self.items.push(Change { owner, item: ItemChange::Put(item) });
    }

    /// Removes an item.
    pub fn remove(&mut self, owner: Owner, key: ItemKey) {
        self.items.push(Change { owner, item: ItemChange::Remove(key) });
    }

    /// Sets a timer.
    pub fn set_timer(&mut self, due: Timestamp, owner: Owner, action: TimerAction) {
        self.timers.push(TimerChange::Set(Timer { due, owner, action }));
    }

    /// The timers that it sets for an instant that has come, in order: those it takes away again left out.
    pub fn due(&self, now: Timestamp) -> Vec<Timer> {
        let mut due = Vec::new();
        for change in &self.timers {
            match change {
                TimerChange::Set(timer) if timer.due <= now => due.push(timer.clone()),
                TimerChange::Set(_) => {}
                TimerChange::Clear(timer) => due.retain(|other| other != timer),
            }
        }
        due
    }

    /// Takes a timer away.
    pub fn clear_timer(&mut self, due: Timestamp, owner: Owner, action: TimerAction) {
        self.timers.push(TimerChange::Clear(Timer { due, owner, action }));
    }
}
