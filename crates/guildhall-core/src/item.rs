//! Items: the typed records that owners consist of, and their form in the store.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::{AccountRecord, KeyRecord};
use crate::address::AddressRecord;
use crate::handshake::Handshake;
use crate::ids::{HandshakeId, OrgId, TaggableId};
use crate::org::{Member, OrgRecord};
use crate::owner::Owner;
use crate::tag::Tags;

/// The number of the form in which bodies are written. A store with a higher one is refused.
pub const FORMAT: u32 = 1;

/// An invitation that waits at an account or an address: which organization has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEntry {
    /// The invitation.
    pub handshake: HandshakeId,
    /// The organization that sent it, and owns it.
    pub org: OrgId,
}

/// A typed record that belongs to exactly one owner.
#[derive(Clone, Debug)]
pub enum Item {
    /// `acct/…`: the account.
    Account(AccountRecord),
    /// `mail/…`: who holds the address.
    Address(AddressRecord),
    /// `org/…`: a handshake that the organization sent.
    Handshake(Handshake),
    /// `acct/…` and `mail/…`: an invitation that waits there.
    Inbox(InboxEntry),
    /// `key/…`: the access key.
    Key(KeyRecord),
    /// `org/…`: an account in the organization.
    Member(Member),
    /// `org/…`: the organization.
    Org(OrgRecord),
    /// `org/…`: the tags of a resource.
    Tags(TaggableId, Tags),
}

/// What identifies an item within its owner: its kind, and an id where there can be several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The kind, a short word.
    pub kind: &'static str,
    /// The id; empty where an owner has one item of the kind.
    pub id: String,
}

const ACCOUNT: &str = "account";
const ADDRESS: &str = "address";
const HANDSHAKE: &str = "handshake";
const INBOX: &str = "inbox";
const KEY: &str = "key";
const MEMBER: &str = "member";
const ORG: &str = "org";
const TAGS: &str = "tags";

impl ItemKey {
    /// The key of a handshake.
    pub fn handshake(id: &HandshakeId) -> Self {
        Self { kind: HANDSHAKE, id: id.to_string() }
    }

    /// The key of an invitation that waits.
    pub fn inbox(id: &HandshakeId) -> Self {
        Self { kind: INBOX, id: id.to_string() }
    }

    /// The key of a member.
    pub fn member(id: crate::ids::AccountId) -> Self {
        Self { kind: MEMBER, id: id.to_string() }
    }

    /// The key of a resource's tags.
    pub fn tags(resource: &TaggableId) -> Self {
        Self { kind: TAGS, id: resource.to_string() }
    }

    /// Whether such an item may belong to `owner`: each item has one owner.
    pub fn belongs_to(&self, owner: &Owner) -> bool {
        matches!(
            (self.kind, owner),
            (ACCOUNT, Owner::Account(_))
                | (INBOX, Owner::Account(_) | Owner::Address(_))
                | (ADDRESS, Owner::Address(_))
                | (KEY, Owner::Key(_))
                | (ORG | MEMBER | HANDSHAKE | TAGS, Owner::Org(_))
        )
    }

    /// Which part of an aggregate the key names.
    pub(crate) fn part(&self) -> Option<Part> {
        Some(match self.kind {
            HANDSHAKE => Part::Handshake(self.id.parse().ok()?),
            INBOX => Part::Inbox(self.id.parse().ok()?),
            MEMBER => Part::Member(self.id.parse().ok()?),
            TAGS => Part::Tags(self.id.parse().ok()?),
            _ => return None,
        })
    }
}

/// A removable part of an aggregate.
pub(crate) enum Part {
    Handshake(HandshakeId),
    Inbox(HandshakeId),
    Member(crate::ids::AccountId),
    Tags(TaggableId),
}

/// A row of the store that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("item `{kind}` `{id}`: {what}")]
pub struct CorruptItem {
    /// The row's kind.
    pub kind: String,
    /// The row's id.
    pub id: String,
    /// What is wrong with it.
    pub what: String,
}

impl Item {
    /// Its key.
    pub fn key(&self) -> ItemKey {
        let one = |kind| ItemKey { kind, id: String::new() };
        match self {
            Self::Account(_) => one(ACCOUNT),
            Self::Address(_) => one(ADDRESS),
            Self::Key(_) => one(KEY),
            Self::Org(_) => one(ORG),
            Self::Handshake(h) => ItemKey::handshake(&h.id),
            Self::Inbox(e) => ItemKey::inbox(&e.handshake),
            Self::Member(m) => ItemKey::member(m.id),
            Self::Tags(resource, _) => ItemKey::tags(resource),
        }
    }

    /// Its body, as JSON text.
    pub fn body(&self) -> String {
        let text = match self {
            Self::Account(r) => serde_json::to_string(r),
            Self::Address(r) => serde_json::to_string(r),
            Self::Handshake(r) => serde_json::to_string(r),
            Self::Inbox(r) => serde_json::to_string(r),
            Self::Key(r) => serde_json::to_string(r),
            Self::Member(r) => serde_json::to_string(r),
            Self::Org(r) => serde_json::to_string(r),
            Self::Tags(_, r) => serde_json::to_string(r),
        };
        // No map with keys that are not strings, no failing Serialize: this cannot fail.
        text.unwrap_or_default()
    }

    /// Reads an item back.
    pub fn read(kind: &str, id: &str, body: &str) -> Result<Self, CorruptItem> {
        let corrupt = |what: &dyn fmt::Display| CorruptItem {
            kind: kind.to_owned(),
            id: id.to_owned(),
            what: what.to_string(),
        };
        let item = match kind {
            ACCOUNT => serde_json::from_str(body).map(Self::Account),
            ADDRESS => serde_json::from_str(body).map(Self::Address),
            HANDSHAKE => serde_json::from_str(body).map(Self::Handshake),
            INBOX => serde_json::from_str(body).map(Self::Inbox),
            KEY => serde_json::from_str(body).map(Self::Key),
            MEMBER => serde_json::from_str(body).map(Self::Member),
            ORG => serde_json::from_str(body).map(Self::Org),
            TAGS => {
                let resource = id.parse().map_err(|e| corrupt(&e))?;
                serde_json::from_str(body).map(|tags| Self::Tags(resource, tags))
            }
            _ => return Err(corrupt(&"unknown kind; was it written by a newer version?")),
        };
        item.map_err(|e| corrupt(&e))
    }
}
