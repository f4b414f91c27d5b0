//! Invitations and offers that wait at an account or an address, and those that ended a while ago.

use std::collections::BTreeMap;
use std::ops::Bound;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{HandshakeId, OrgId, TransferId};
use crate::kernel::time::Timestamp;
use crate::state::account::Partition;
use crate::state::handshake::{ActionType, Handshake};

/// An invitation that waits at an account or an address: which organization has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEntry {
    /// The invitation.
    pub handshake: HandshakeId,
    /// The organization that sent it, and owns it.
    pub org: OrgId,
    /// What decides whether a list shows it, so that no organization is loaded for what is not shown. Earlier versions
    /// did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What an invitation that waits is about. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What it is about.
    pub action: ActionType,
    /// The sender's partition.
    pub partition: Partition,
    /// From this instant on it is expired, if nobody answered.
    pub expires: Timestamp,
    /// The transfer that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferId>,
}

impl About {
    /// What a handshake is about.
    pub fn of(h: &Handshake) -> Self {
        let transfer = h.transfer.as_ref().map(|terms| terms.id);
        Self { action: h.action, partition: h.sender.partition, expires: h.expires, transfer }
    }
}

impl InboxEntry {
    /// The entry of a handshake of this organization.
    pub fn of(org: OrgId, h: &Handshake) -> Self {
        Self { handshake: h.id, org, about: Some(About::of(h)) }
    }
}

/// Entries of a plain map, which is copied when it changes; with more a persistent one, which has room for 64 in every
/// node. Few accounts have many, and whoever has was sent them by strangers.
const FEW: usize = 64;

/// A map that is small where it holds little, and cheap to change where it holds much.
#[derive(Clone, Debug)]
enum Table<K: Ord, V> {
    Few(BTreeMap<K, V>),
    Many(OrdMap<K, V>),
}

impl<K: Ord + Copy, V: Clone> Table<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        match self {
            Self::Few(map) => map.get(key),
            Self::Many(map) => map.get(key),
        }
    }

    fn after(&self, last: Option<K>) -> Box<dyn Iterator<Item = &V> + '_> {
        let range = (last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        match self {
            Self::Few(map) => Box::new(map.range(range).map(|(_, value)| value)),
            Self::Many(map) => Box::new(map.range(range).map(|(_, value)| value)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(map) => map.len(),
            Self::Many(map) => map.len(),
        }
    }

    fn insert(&mut self, key: K, value: V) {
        match self {
            Self::Few(map) if map.len() < FEW || map.contains_key(&key) => {
                map.insert(key, value);
            }
            Self::Few(map) => {
                let entries = std::mem::take(map).into_iter();
                *self = Self::Many(entries.chain([(key, value)]).collect());
            }
            Self::Many(map) => {
                map.insert(key, value);
            }
        }
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        match self {
            Self::Few(map) => map.remove(key),
            Self::Many(map) => map.remove(key),
        }
    }
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::Few(BTreeMap::new())
    }
}

/// What waits at an account or an address.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    entries: Table<HandshakeId, InboxEntry>,
    // Offers to pay a bill, by their transfers.
    offers: Table<TransferId, HandshakeId>,
    // Entries that do not say what they are about.
    untold: usize,
}

impl Inbox {
    /// The entry of a handshake.
    pub fn get(&self, id: &HandshakeId) -> Option<&InboxEntry> {
        self.entries.get(id)
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries in the order of their handshakes' ids, after `last`.
    pub fn after(&self, last: Option<HandshakeId>) -> impl Iterator<Item = &InboxEntry> {
        self.entries.after(last)
    }

    /// Offers to pay a bill, in the order of their transfers' ids, after `last`.
    pub fn offers(&self, last: Option<TransferId>) -> impl Iterator<Item = &InboxEntry> {
        self.offers.after(last).filter_map(|id| self.get(id))
    }

    /// The offer that a transfer began with.
    pub fn offer(&self, transfer: &TransferId) -> Option<&InboxEntry> {
        self.offers.get(transfer).and_then(|id| self.get(id))
    }

    /// Entries that do not say what they are about: earlier versions wrote none that did.
    pub fn untold(&self) -> impl Iterator<Item = &InboxEntry> {
        let some = (self.untold > 0).then(|| self.after(None));
        some.into_iter().flatten().filter(|entry| entry.about.is_none())
    }

    pub(crate) fn insert(&mut self, entry: InboxEntry) {
        self.remove(&entry.handshake);
        match &entry.about {
            Some(about) => {
                if let Some(transfer) = about.transfer {
                    self.offers.insert(transfer, entry.handshake);
                }
            }
            None => self.untold += 1,
        }
        self.entries.insert(entry.handshake, entry);
    }

    pub(crate) fn remove(&mut self, id: &HandshakeId) {
        match self.entries.remove(id).map(|old| old.about) {
            Some(Some(about)) => {
                if let Some(transfer) = about.transfer {
                    self.offers.remove(&transfer);
                }
            }
            Some(None) => self.untold -= 1,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake(n: u32) -> HandshakeId {
        format!("h-{n:032x}").parse().unwrap()
    }

    fn transfer(n: u32) -> TransferId {
        format!("rt-{n:08x}").parse().unwrap()
    }

    /// Every third is an offer, every fifth is of an earlier version.
    fn entry(n: u32) -> InboxEntry {
        let about = About {
            action: ActionType::Invite,
            partition: Partition::Aws,
            expires: Timestamp(1),
            // The other way round than the handshakes.
            transfer: n.is_multiple_of(3).then(|| transfer(10_000 - n)),
        };
        let about = Some(about).filter(|_| !n.is_multiple_of(5));
        InboxEntry { handshake: handshake(n), org: "o-exampleorg".parse().unwrap(), about }
    }

    #[test]
    fn it_is_the_same_with_few_entries_and_with_many() {
        let (mut inbox, mut model) = (Inbox::default(), BTreeMap::new());
        for n in (0..400).map(|n| n * 7 % 401) {
            inbox.insert(entry(n));
            model.insert(handshake(n), n);
            // Twice is once.
            inbox.insert(entry(n));
            if n.is_multiple_of(4) {
                inbox.remove(&handshake(n / 2));
                model.remove(&handshake(n / 2));
            }
            let last = handshake(150);
            let after: Vec<_> = inbox.after(Some(last)).map(|e| e.handshake).collect();
            assert!(after.iter().eq(model.range(last..).filter(|(id, _)| **id != last).map(|(id, _)| id)));
            let offers = model.values().filter(|n| n.is_multiple_of(3) && !n.is_multiple_of(5));
            assert!(inbox.offers(None).map(|e| e.handshake).eq(offers.clone().rev().map(|n| handshake(*n))));
            assert_eq!(inbox.untold().count(), model.values().filter(|n| n.is_multiple_of(5)).count());
            assert!(offers.into_iter().all(|n| inbox.offer(&transfer(10_000 - n)).is_some()));
        }
        assert!(matches!(inbox.entries, Table::Many(_)));
        (0..401).for_each(|n| inbox.remove(&handshake(n)));
        assert!(
            inbox.after(None).next().is_none() && inbox.offers(None).next().is_none() && inbox.untold == 0
        );
    }

    #[test]
    fn an_entry_of_an_earlier_version_is_read() {
        let body = r#"{"handshake":"h-0123456789abcdef0123456789abcdef","org":"o-exampleorg"}"#;
        let old: InboxEntry = serde_json::from_str(body).unwrap();
        assert_eq!(old.about, None);
        assert_eq!(serde_json::to_string(&old).unwrap(), body);
    }
}
