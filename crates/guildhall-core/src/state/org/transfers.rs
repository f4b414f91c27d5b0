//! The transfers of an organization, and what is derived from them so that no check walks them all: those that have
//! ended stay for ever.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::tally::Tally;
use super::{Org, lower_bound};
use crate::kernel::ids::{OrgId, TransferId};
use crate::kernel::time::Timestamp;
use crate::state::handshake::InboxId;
use crate::state::holds::{Holds, Misplaced};
use crate::state::transfer::{Outbound, Transfer};

/// Transfers that an organization is a side of.
#[derive(Clone, Debug, Default)]
pub struct Transfers {
    // Those that it is the target of.
    all: OrdMap<TransferId, Arc<Transfer>>,
    // Those that run, will, or may yet be agreed, by the last instant at which they do.
    active: OrdSet<(Timestamp, TransferId)>,
    until: Tally,
    sources: OrdSet<(OrgId, Timestamp, TransferId)>,
    asked: OrdSet<(InboxId, Timestamp, TransferId)>,
    // Those that it is the source of.
    outbound: OrdMap<TransferId, Outbound>,
}

impl Transfers {
    /// A transfer that the organization is, or was asked for as, the target of.
    pub fn get(&self, id: &TransferId) -> Option<&Transfer> {
        self.all.get(id).map(|t| &**t)
    }

    /// How many there are, those that it is the source of included.
    pub(super) fn len(&self) -> usize {
        self.all.len() + self.outbound.len()
    }

    /// Those that it is the target of, in the order of their ids, after `last`.
    pub fn after(&self, last: Option<TransferId>) -> impl Iterator<Item = &Transfer> {
        self.all.range((lower_bound(last), Bound::Unbounded)).map(|(_, t)| &**t)
    }

    /// Those that it is the target of and that at `now` run, will, or may yet be agreed; the first that ends first.
    pub fn active(&self, now: Timestamp) -> impl Iterator<Item = &Transfer> {
        let from = Bound::Included((now, TransferId::least()));
        self.active.range((from, Bound::Unbounded)).filter_map(|(_, id)| self.get(id))
    }

    /// How many [`Transfers::active`] are.
    pub fn active_len(&self, now: Timestamp) -> usize {
        self.until.after(now.plus(-1))
    }

    /// Whether one between it and this source is active at `now`.
    pub fn is_active_with(&self, source: OrgId, now: Timestamp) -> bool {
        let from = Bound::Included((source, now, TransferId::least()));
        self.sources.range((from, Bound::Unbounded)).next().is_some_and(|(org, ..)| *org == source)
    }

    /// Whether an account or an address is asked at `now`, and has not answered.
    pub fn is_asked(&self, invited: &InboxId, now: Timestamp) -> bool {
        let from = Bound::Included((invited.clone(), now, TransferId::least()));
        self.asked.range((from, Bound::Unbounded)).next().is_some_and(|(inbox, ..)| inbox == invited)
    }

    /// Those that it is the source of.
    pub fn outbound(&self) -> &OrdMap<TransferId, Outbound> {
        &self.outbound
    }

    fn put(&mut self, transfer: Transfer) {
        self.remove(&transfer.id);
        if let Some(until) = transfer.until() {
            self.active.insert((until, transfer.id));
            self.until.insert(until);
            match &transfer.source {
                Some(source) => self.sources.insert((source.org, until, transfer.id)).is_some(),
                None => self.asked.insert((transfer.invited.inbox(), until, transfer.id)).is_some(),
            };
        }
        self.all.insert(transfer.id, Arc::new(transfer));
    }

    fn remove(&mut self, id: &TransferId) {
        let Some(old) = self.all.remove(id) else { return };
        let Some(until) = old.until() else { return };
        self.active.remove(&(until, *id));
        self.until.remove(until);
        match &old.source {
            Some(source) => self.sources.remove(&(source.org, until, *id)).is_some(),
            None => self.asked.remove(&(old.invited.inbox(), until, *id)).is_some(),
        };
    }
}

impl Holds<TransferId, Transfer> for Org {
    fn put(&mut self, _: TransferId, transfer: Transfer) -> Result<(), Misplaced> {
        self.transfers.put(transfer);
        Ok(())
    }

    fn remove(&mut self, id: TransferId) {
        self.transfers.remove(&id);
    }
}

impl Holds<TransferId, Outbound> for Org {
    fn put(&mut self, id: TransferId, outbound: Outbound) -> Result<(), Misplaced> {
        self.transfers.outbound.insert(id, outbound);
        Ok(())
    }

    fn remove(&mut self, id: TransferId) {
        self.transfers.outbound.remove(&id);
    }
}
