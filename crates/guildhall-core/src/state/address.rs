//! E-mail addresses as owners: who holds one, and which invitations wait for it.

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AccountId, HandshakeId};
use crate::state::holds::{Holds, Misplaced};
use crate::state::inbox::{Inbox, InboxEntry};

/// Who holds an address. An address belongs to at most one account, but for a pair that was created together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRecord {
    /// The account whose root user has this address.
    pub holder: AccountId,
    /// The holder's pair in GovCloud, which has the same address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<AccountId>,
}

impl AddressRecord {
    /// An address with one holder.
    pub fn of(holder: AccountId) -> Self {
        Self { holder, pair: None }
    }
}

/// An address in memory.
#[derive(Clone, Debug, Default)]
pub struct Address {
    /// Who holds it.
    pub record: Option<AddressRecord>,
    /// Invitations to it.
    pub inbox: Inbox,
}

impl Address {
    /// About how many items it has.
    pub fn items(&self) -> usize {
        1 + self.inbox.len()
    }
}

impl Holds<(), AddressRecord> for Address {
    fn put(&mut self, (): (), record: AddressRecord) -> Result<(), Misplaced> {
        self.record = Some(record);
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.record = None;
    }
}

impl Holds<HandshakeId, InboxEntry> for Address {
    fn put(&mut self, _: HandshakeId, entry: InboxEntry) -> Result<(), Misplaced> {
        self.inbox.insert(entry);
        Ok(())
    }

    fn remove(&mut self, id: HandshakeId) {
        self.inbox.remove(&id);
    }
}
