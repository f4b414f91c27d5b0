//! Aggregates: an owner with its items, in memory. What is loaded and what is committed is applied by the same
//! function, so that the two cannot differ.

use std::sync::Arc;

use guildhall_policy::iam::{self, DocumentKind};
use serde::Serialize;

use crate::kernel::address::AddressRecord;
use crate::kernel::owner::Owner;
use crate::state::account::{AccountRecord, KeyRecord};
use crate::state::change::ItemChange;
use crate::state::inbox::Inbox;
use crate::state::item::{Item, Part};
use crate::state::org::{Org, ResourcePolicy};
use crate::state::policy::Policy;
use crate::state::profile::Profile;

/// An owner with its items.
#[derive(Clone, Debug)]
pub enum Aggregate {
    /// `acct/…`. An invitation may wait for an account that does not exist yet.
    Account {
        /// The account.
        record: Option<Arc<AccountRecord>>,
        /// Its contacts, and a change of its address that is under way. Shared, because most decisions need none of it.
        profile: Option<Arc<Profile>>,
        /// Invitations to it by its id.
        inbox: Inbox,
    },
    /// `mail/…`.
    Address {
        /// Who holds it.
        record: Option<AddressRecord>,
        /// Invitations to it.
        inbox: Inbox,
    },
    /// `key/…`.
    Key(Option<KeyRecord>),
    /// `org/…`.
    Org(Box<Org>),
}

/// An item that its aggregate cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("an item of kind `{0}` does not belong there")]
pub struct Misplaced(pub &'static str);

impl Aggregate {
    /// An owner of which nothing is known.
    pub fn empty(owner: &Owner) -> Self {
        match owner {
            Owner::Account(_) => Self::Account { record: None, profile: None, inbox: Inbox::default() },
            Owner::Address(_) => Self::Address { record: None, inbox: Inbox::default() },
            Owner::Key(_) => Self::Key(None),
            Owner::Org(_) => Self::Org(Box::default()),
        }
    }

    /// About how many items it has: what it weighs in memory.
    pub fn items(&self) -> usize {
        match self {
            Self::Account { inbox, .. } | Self::Address { inbox, .. } => 1 + inbox.len(),
            Self::Key(_) => 1,
            Self::Org(org) => org.items(),
        }
    }

    /// Applies one change.
    pub fn apply(&mut self, change: &ItemChange) -> Result<(), Misplaced> {
        match change {
            ItemChange::Put(item) => self.put(item.clone()),
            ItemChange::Remove(key) => {
                match (key.part(), self) {
                    (Some(Part::Creation(id)), Self::Org(org)) => org.remove_creation(&id),
                    (Some(Part::Delegate(account, service)), Self::Org(org)) => {
                        org.remove_delegate(account, &service);
                    }
                    (Some(Part::Handshake(id)), Self::Org(org)) => org.remove_handshake(&id),
                    (Some(Part::Member(id)), Self::Org(org)) => org.remove_member(id),
                    (Some(Part::Node(target)), Self::Org(org)) => org.remove_node(&target),
                    (Some(Part::Policy(id)), Self::Org(org)) => org.remove_policy(&id),
                    (Some(Part::ResourcePolicy), Self::Org(org)) => org.remove_resource_policy(),
                    (Some(Part::Outbound(id)), Self::Org(org)) => org.remove_outbound(&id),
                    (Some(Part::Service(id)), Self::Org(org)) => org.remove_service(&id),
                    (Some(Part::Tags(id)), Self::Org(org)) => org.remove_tags(&id),
                    (Some(Part::Transfer(id)), Self::Org(org)) => org.remove_transfer(&id),
                    (Some(Part::Unit(id)), Self::Org(org)) => org.remove_unit(&id),
                    (Some(Part::Inbox(id)), Self::Account { inbox, .. } | Self::Address { inbox, .. }) => {
                        inbox.remove(&id);
                    }
                    (Some(Part::Profile), Self::Account { profile, .. }) => *profile = None,
                    // An owner's one item of its own kind.
                    (None, Self::Account { record, .. }) => *record = None,
                    (None, Self::Address { record, .. }) => *record = None,
                    (None, Self::Key(record)) => *record = None,
                    (None, Self::Org(org)) => org.remove_record(),
                    _ => return Err(Misplaced(key.kind)),
                }
                Ok(())
            }
        }
    }

    /// Puts an item in its place.
    pub fn put(&mut self, item: Item) -> Result<(), Misplaced> {
        match (item, self) {
            (Item::Account(r), Self::Account { record, .. }) => *record = Some(Arc::new(r)),
            (Item::Profile(p), Self::Account { profile, .. }) => *profile = Some(p),
            (Item::Address(r), Self::Address { record, .. }) => *record = Some(r),
            (Item::Key(r), Self::Key(record)) => *record = Some(r),
            (Item::Inbox(e), Self::Account { inbox, .. } | Self::Address { inbox, .. }) => {
                inbox.insert(e);
            }
            (Item::Org(r), Self::Org(org)) => org.put_record(r),
            (Item::Member(m), Self::Org(org)) => org.put_member(m),
            (Item::Creation(c), Self::Org(org)) => org.put_creation(c),
            (Item::Delegate(d), Self::Org(org)) => org.put_delegate(d),
            (Item::Handshake(h), Self::Org(org)) => org.put_handshake(h),
            (Item::Outbound(o), Self::Org(org)) => org.put_outbound(o),
            (Item::Node(target, node), Self::Org(org)) => org.put_node(target, node),
            (Item::Policy(record), Self::Org(org)) => {
                org.put_policy(Policy::of(record).map_err(|_| Misplaced("policy"))?);
            }
            (Item::ResourcePolicy(id, content), Self::Org(org)) => {
                let document = iam::Document::parse(DocumentKind::Organization, &content);
                let document = Arc::new(document.map_err(|_| Misplaced("resource_policy"))?);
                org.put_resource_policy(ResourcePolicy { id, content, document });
            }
            (Item::Service(s), Self::Org(org)) => org.put_service(s),
            (Item::Transfer(t), Self::Org(org)) => org.put_transfer(t),
            (Item::Unit(u), Self::Org(org)) => org.put_unit(u),
            (Item::Tags(resource, tags), Self::Org(org)) => org.put_tags(resource, tags),
            (item, _) => return Err(Misplaced(item.key().kind)),
        }
        Ok(())
    }
}
