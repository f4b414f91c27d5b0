//! Changes as data: what a command wants written. The engine commits all of it or nothing.

use crate::kernel::owner::Owner;
use crate::kernel::time::Timestamp;
use crate::state::aggregate::Aggregate;
use crate::state::holds::Misplaced;
use crate::state::item::{Item, ItemKey};
use crate::state::mail::Mail;
use crate::state::timer::{Timer, TimerAction};

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

impl Aggregate {
    /// Applies one change.
    pub fn apply(&mut self, change: &ItemChange) -> Result<(), Misplaced> {
        match change {
            ItemChange::Put(item) => self.put(item.clone()),
            ItemChange::Remove(key) => self.remove(key),
        }
    }
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

    /// The owner that the journal names: the first one that is written and no address, because those are personal.
    pub fn named(&self) -> Option<&Owner> {
        self.items.iter().map(|change| &change.owner).find(|owner| !matches!(owner, Owner::Address(_)))
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
