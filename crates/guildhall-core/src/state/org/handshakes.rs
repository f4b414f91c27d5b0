//! The handshakes that an organization sent, and what is derived from them so that no check walks them all.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::tally::Tally;
use super::{Org, lower_bound};
use crate::kernel::ids::{AccountId, HandshakeId};
use crate::kernel::time::Timestamp;
use crate::state::handshake::{ActionType, Handshake, InboxId, State, Target};
use crate::state::holds::{Holds, Misplaced};

/// Handshakes by id.
#[derive(Clone, Debug, Default)]
pub struct Handshakes {
    all: OrdMap<HandshakeId, Arc<Handshake>>,
    // Invitations.
    open: OrdSet<(Timestamp, HandshakeId)>,
    deadlines: Tally,
    open_targets: OrdMap<InboxId, HandshakeId>,
    // When those that were not accepted were sent.
    attempts: Tally,
    // Everything else; invitations are many, and a list of them walks them all.
    others: OrdSet<(ActionType, HandshakeId)>,
    children: OrdSet<(HandshakeId, HandshakeId)>,
    received: OrdSet<(AccountId, HandshakeId)>,
    process: Option<HandshakeId>,
    unapproved: OrdSet<HandshakeId>,
}

impl Handshakes {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// A handshake, however old.
    pub fn get(&self, id: &HandshakeId) -> Option<&Handshake> {
        self.all.get(id).map(|h| &**h)
    }

    /// All in the order of their ids, after `last`.
    pub fn after(&self, last: Option<HandshakeId>) -> impl Iterator<Item = &Handshake> {
        self.all.range((lower_bound(last), Bound::Unbounded)).map(|(_, h)| &**h)
    }

    /// Those of one action, in the order of their ids, after `last`.
    pub fn of_action(
        &self,
        action: ActionType,
        last: Option<HandshakeId>,
    ) -> Box<dyn Iterator<Item = &Handshake> + '_> {
        if action == ActionType::Invite {
            return Box::new(self.after(last).filter(|h| h.action == ActionType::Invite));
        }
        let from = self.others.range((first_after(action, last), Bound::Unbounded));
        Box::new(from.take_while(move |(a, _)| *a == action).filter_map(|(_, id)| self.get(id)))
    }

    /// The children of a handshake, in the order of their ids, after `last`.
    pub fn children(
        &self,
        parent: HandshakeId,
        last: Option<HandshakeId>,
    ) -> impl Iterator<Item = &Handshake> {
        let from = self.children.range((first_after(parent, last), Bound::Unbounded));
        from.take_while(move |(p, _)| *p == parent).filter_map(|(_, id)| self.get(id))
    }

    /// Children that are for a member, in the order of their ids, after `last`. They wait in no inbox, because
    /// nobody but members gets them.
    pub fn received(&self, by: AccountId, last: Option<HandshakeId>) -> impl Iterator<Item = &Handshake> {
        let from = self.received.range((first_after(by, last), Bound::Unbounded));
        from.take_while(move |(a, _)| *a == by).filter_map(|(_, id)| self.get(id))
    }

    /// The request to enable all features that waits at `now`.
    pub fn process(&self, now: Timestamp) -> Option<&Handshake> {
        self.process.and_then(|id| self.get(&id)).filter(|h| h.is_open(now))
    }

    /// A request to enable all features that has expired by `now`, which nobody has written down.
    pub fn overdue_process(&self, now: Timestamp) -> Option<&Handshake> {
        self.process.and_then(|id| self.get(&id)).filter(|h| !h.is_open(now))
    }

    /// Children of the request to enable all features that were not accepted and not canceled.
    pub fn unapproved(&self) -> impl Iterator<Item = &Handshake> {
        self.unapproved.iter().filter_map(|id| self.get(id)).filter(|h| h.parent == self.process)
    }

    /// Invitations that are open at `now`.
    pub fn open_invitations(&self, now: Timestamp) -> usize {
        // However late the timers are that write down what is over.
        self.deadlines.after(now)
    }

    /// Invitations whose stored state is open.
    pub fn stored_open(&self) -> impl Iterator<Item = &Handshake> {
        self.open.iter().filter_map(|(_, id)| self.get(id))
    }

    /// The invitation that waits at `target` and is open at `now`.
    pub fn open_invitation(&self, target: &InboxId, now: Timestamp) -> Option<HandshakeId> {
        let id = self.open_targets.get(target)?;
        self.get(id).filter(|h| h.is_open(now)).map(|h| h.id)
    }

    /// Invitations sent after `since` that were not accepted (accounts.md 5.8).
    pub fn attempts_since(&self, since: Timestamp) -> usize {
        self.attempts.after(since)
    }

    fn put(&mut self, h: Handshake) {
        self.remove(&h.id);
        match h.action {
            ActionType::Invite => self.index_invitation(&h),
            action => {
                self.others.insert((action, h.id));
                self.index_child(&h);
                if action == ActionType::EnableAllFeatures && h.is_stored_open() {
                    // A newer one outweighs one that is overdue and not written down as expired yet.
                    self.process = self.process.max(Some(h.id));
                }
            }
        }
        self.all.insert(h.id, Arc::new(h));
    }

    fn index_invitation(&mut self, h: &Handshake) {
        if let (true, Some(target)) = (h.is_stored_open(), &h.target) {
            self.open.insert((h.expires, h.id));
            self.deadlines.insert(h.expires);
            // One that is overdue and not written down as expired yet makes room for a newer one, in whichever
            // order the two are loaded.
            let target = target.inbox();
            let other = self.open_targets.get(&target).and_then(|id| self.all.get(id));
            if other.is_none_or(|other| other.requested <= h.requested) {
                self.open_targets.insert(target, h.id);
            }
        }
        if h.stored_state() != State::Accepted {
            self.attempts.insert(h.requested);
        }
    }

    fn index_child(&mut self, h: &Handshake) {
        let (Some(parent), Some(recipient)) = (h.parent, h.member()) else { return };
        self.children.insert((parent, h.id));
        self.received.insert((recipient, h.id));
        if matches!(h.stored_state(), State::Open | State::Declined) {
            self.unapproved.insert(h.id);
        }
    }

    fn remove(&mut self, id: &HandshakeId) {
        let Some(old) = self.all.remove(id) else { return };
        if old.action == ActionType::Invite {
            if self.open.remove(&(old.expires, *id)).is_some() {
                self.deadlines.remove(old.expires);
            }
            if old.stored_state() != State::Accepted {
                self.attempts.remove(old.requested);
            }
            if let Some(target) = old.target.as_ref().map(Target::inbox)
                && self.open_targets.get(&target) == Some(id)
            {
                self.open_targets.remove(&target);
            }
            return;
        }
        self.others.remove(&(old.action, *id));
        if let (Some(parent), Some(recipient)) = (old.parent, old.member()) {
            self.children.remove(&(parent, *id));
            self.received.remove(&(recipient, *id));
            self.unapproved.remove(id);
        }
        if self.process == Some(*id) {
            self.process = None;
        }
    }
}

impl Holds<HandshakeId, Handshake> for Org {
    fn put(&mut self, _: HandshakeId, handshake: Handshake) -> Result<(), Misplaced> {
        self.handshakes.put(handshake);
        Ok(())
    }

    fn remove(&mut self, id: HandshakeId) {
        self.handshakes.remove(&id);
    }
}

/// Where the ids after `last` begin among those that belong to `of`.
fn first_after<T>(of: T, last: Option<HandshakeId>) -> Bound<(T, HandshakeId)> {
    match last {
        Some(last) => Bound::Excluded((of, last)),
        None => Bound::Included((of, HandshakeId::least())),
    }
}
