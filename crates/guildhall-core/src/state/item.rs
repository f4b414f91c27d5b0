//! Items: the typed records that owners consist of, and their form in the store.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::address::AddressRecord;
use crate::kernel::ids::{
    AccountId, CreationId, HandshakeId, OrgId, PolicyId, ResourcePolicyId, ServicePrincipal, TaggableId,
    TargetId, TransferId, UnitId,
};
use crate::kernel::owner::Owner;
use crate::kernel::time::Timestamp;
use crate::state::account::{AccountRecord, KeyRecord, Partition};
use crate::state::creation::Creation;
use crate::state::handshake::{ActionType, Handshake};
use crate::state::org::{Delegate, Member, NodePolicies, OrgRecord, ServiceAccess, Unit};
use crate::state::policy::PolicyRecord;
use crate::state::profile::Profile;
use crate::state::tag::Tags;
use crate::state::transfer::{Outbound, Transfer};

/// The number of the form in which bodies are written. A store with a higher one is refused.
pub const FORMAT: u32 = 1;

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

/// A typed record that belongs to exactly one owner.
#[derive(Clone, Debug)]
pub enum Item {
    /// `acct/…`: the account.
    Account(AccountRecord),
    /// `mail/…`: who holds the address.
    Address(AddressRecord),
    /// `org/…`: a request to create an account.
    Creation(Creation),
    /// `org/…`: a delegated administrator of one service.
    Delegate(Delegate),
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
    /// `org/…`: a transfer that the organization is the source of.
    Outbound(Outbound),
    /// `org/…`: what is attached to a root, unit or account.
    Node(TargetId, NodePolicies),
    /// `org/…`: a policy.
    Policy(PolicyRecord),
    /// `org/…`: the organization's resource policy, as it is stored.
    ResourcePolicy(ResourcePolicyId, Arc<str>),
    /// `org/…`: trusted access of a service.
    Service(ServiceAccess),
    /// `acct/…`: its contacts, and a change of its address that is under way.
    Profile(Arc<Profile>),
    /// `org/…`: the tags of a resource.
    Tags(TaggableId, Tags),
    /// `org/…`: a transfer that the organization is the target of.
    Transfer(Transfer),
    /// `org/…`: an organizational unit.
    Unit(Unit),
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
const CREATION: &str = "creation";
const DELEGATE: &str = "delegate";
const HANDSHAKE: &str = "handshake";
const INBOX: &str = "inbox";
const KEY: &str = "key";
const MEMBER: &str = "member";
const NODE: &str = "node";
const ORG: &str = "org";
const OUTBOUND: &str = "outbound";
const SERVICE: &str = "service";
const POLICY: &str = "policy";
const PROFILE: &str = "profile";
const RESOURCE_POLICY: &str = "resource_policy";
const TAGS: &str = "tags";
const TRANSFER: &str = "transfer";
const UNIT: &str = "unit";

impl ItemKey {
    /// The key of a request to create an account.
    pub fn creation(id: &CreationId) -> Self {
        Self { kind: CREATION, id: id.to_string() }
    }

    /// The key of a delegated administrator of one service.
    pub fn delegate(account: AccountId, principal: &ServicePrincipal) -> Self {
        Self { kind: DELEGATE, id: format!("{account}/{principal}") }
    }

    /// The key of who holds an address.
    pub fn address() -> Self {
        Self { kind: ADDRESS, id: String::new() }
    }

    /// The key of a handshake.
    pub fn handshake(id: &HandshakeId) -> Self {
        Self { kind: HANDSHAKE, id: id.to_string() }
    }

    /// The key of an invitation that waits.
    pub fn inbox(id: &HandshakeId) -> Self {
        Self { kind: INBOX, id: id.to_string() }
    }

    /// The key of a member.
    pub fn member(id: AccountId) -> Self {
        Self { kind: MEMBER, id: id.to_string() }
    }

    /// The key of what is attached to a root, unit or account.
    pub fn node(target: &TargetId) -> Self {
        Self { kind: NODE, id: target.to_string() }
    }

    /// The key of a policy.
    pub fn policy(id: &PolicyId) -> Self {
        Self { kind: POLICY, id: id.to_string() }
    }

    /// The key of the organization's resource policy.
    pub fn resource_policy(id: &ResourcePolicyId) -> Self {
        Self { kind: RESOURCE_POLICY, id: id.to_string() }
    }

    /// The key of a transfer that the organization is the source of.
    pub fn outbound(id: &TransferId) -> Self {
        Self { kind: OUTBOUND, id: id.to_string() }
    }

    /// The key of a service's trusted access.
    pub fn service(principal: &ServicePrincipal) -> Self {
        Self { kind: SERVICE, id: principal.to_string() }
    }

    /// The key of a resource's tags.
    pub fn tags(resource: &TaggableId) -> Self {
        Self { kind: TAGS, id: resource.to_string() }
    }

    /// The key of a transfer that the organization is the target of.
    pub fn transfer(id: &TransferId) -> Self {
        Self { kind: TRANSFER, id: id.to_string() }
    }

    /// The key of a unit.
    pub fn unit(id: &UnitId) -> Self {
        Self { kind: UNIT, id: id.to_string() }
    }

    /// Whether such an item may belong to `owner`: each item has one owner.
    pub fn belongs_to(&self, owner: &Owner) -> bool {
        matches!(
            (self.kind, owner),
            (ACCOUNT | PROFILE, Owner::Account(_))
                | (INBOX, Owner::Account(_) | Owner::Address(_))
                | (ADDRESS, Owner::Address(_))
                | (KEY, Owner::Key(_))
                | (
                    CREATION
                        | DELEGATE
                        | HANDSHAKE
                        | MEMBER
                        | NODE
                        | ORG
                        | OUTBOUND
                        | POLICY
                        | RESOURCE_POLICY
                        | SERVICE
                        | TAGS
                        | TRANSFER
                        | UNIT,
                    Owner::Org(_)
                )
        )
    }

    /// Which part of an aggregate the key names.
    pub(crate) fn part(&self) -> Option<Part> {
        Some(match self.kind {
            CREATION => Part::Creation(self.id.parse().ok()?),
            DELEGATE => {
                let (account, principal) = self.id.split_once('/')?;
                Part::Delegate(account.parse().ok()?, principal.parse().ok()?)
            }
            HANDSHAKE => Part::Handshake(self.id.parse().ok()?),
            INBOX => Part::Inbox(self.id.parse().ok()?),
            MEMBER => Part::Member(self.id.parse().ok()?),
            NODE => Part::Node(self.id.parse().ok()?),
            OUTBOUND => Part::Outbound(self.id.parse().ok()?),
            POLICY => Part::Policy(self.id.parse().ok()?),
            RESOURCE_POLICY => Part::ResourcePolicy,
            SERVICE => Part::Service(self.id.parse().ok()?),
            PROFILE => Part::Profile,
            TAGS => Part::Tags(self.id.parse().ok()?),
            TRANSFER => Part::Transfer(self.id.parse().ok()?),
            UNIT => Part::Unit(self.id.parse().ok()?),
            _ => return None,
        })
    }
}

/// A removable part of an aggregate.
pub(crate) enum Part {
    Creation(CreationId),
    Delegate(AccountId, ServicePrincipal),
    Handshake(HandshakeId),
    Inbox(HandshakeId),
    Member(AccountId),
    Node(TargetId),
    Outbound(TransferId),
    Policy(PolicyId),
    ResourcePolicy,
    Service(ServicePrincipal),
    Profile,
    Tags(TaggableId),
    Transfer(TransferId),
    Unit(UnitId),
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
            Self::Address(_) => ItemKey::address(),
            Self::Key(_) => one(KEY),
            Self::Org(_) => one(ORG),
            Self::Creation(c) => ItemKey::creation(&c.id),
            Self::Delegate(d) => ItemKey::delegate(d.account, &d.principal),
            Self::Profile(_) => one(PROFILE),
            Self::Handshake(h) => ItemKey::handshake(&h.id),
            Self::Inbox(e) => ItemKey::inbox(&e.handshake),
            Self::Member(m) => ItemKey::member(m.id),
            Self::Node(target, _) => ItemKey::node(target),
            Self::Outbound(o) => ItemKey::outbound(&o.transfer),
            Self::Policy(p) => ItemKey::policy(&p.id),
            Self::ResourcePolicy(id, _) => ItemKey::resource_policy(id),
            Self::Service(s) => ItemKey::service(&s.principal),
            Self::Tags(resource, _) => ItemKey::tags(resource),
            Self::Transfer(t) => ItemKey::transfer(&t.id),
            Self::Unit(u) => ItemKey::unit(&u.id),
        }
    }

    /// Its body, as JSON text.
    pub fn body(&self) -> String {
        let text = match self {
            Self::Account(r) => serde_json::to_string(r),
            Self::Address(r) => serde_json::to_string(r),
            Self::Creation(r) => serde_json::to_string(r),
            Self::Delegate(r) => serde_json::to_string(r),
            Self::Handshake(r) => serde_json::to_string(r),
            Self::Inbox(r) => serde_json::to_string(r),
            Self::Key(r) => serde_json::to_string(r),
            Self::Member(r) => serde_json::to_string(r),
            Self::Org(r) => serde_json::to_string(r),
            Self::Node(_, r) => serde_json::to_string(r),
            Self::Outbound(r) => serde_json::to_string(r),
            Self::Policy(r) => serde_json::to_string(r),
            Self::ResourcePolicy(_, r) => serde_json::to_string(r),
            Self::Service(r) => serde_json::to_string(r),
            Self::Profile(r) => serde_json::to_string(r),
            Self::Tags(_, r) => serde_json::to_string(r),
            Self::Transfer(r) => serde_json::to_string(r),
            Self::Unit(r) => serde_json::to_string(r),
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
            CREATION => serde_json::from_str(body).map(Self::Creation),
            DELEGATE => serde_json::from_str(body).map(Self::Delegate),
            HANDSHAKE => serde_json::from_str(body).map(Self::Handshake),
            INBOX => serde_json::from_str(body).map(Self::Inbox),
            KEY => serde_json::from_str(body).map(Self::Key),
            MEMBER => serde_json::from_str(body).map(Self::Member),
            ORG => serde_json::from_str(body).map(Self::Org),
            OUTBOUND => serde_json::from_str(body).map(Self::Outbound),
            SERVICE => serde_json::from_str(body).map(Self::Service),
            PROFILE => serde_json::from_str(body).map(Self::Profile),
            NODE => {
                let target = id.parse().map_err(|e| corrupt(&e))?;
                serde_json::from_str(body).map(|node| Self::Node(target, node))
            }
            POLICY => serde_json::from_str(body).map(Self::Policy),
            RESOURCE_POLICY => {
                let id = id.parse().map_err(|e| corrupt(&e))?;
                serde_json::from_str(body).map(|text| Self::ResourcePolicy(id, text))
            }
            TAGS => {
                let resource = id.parse().map_err(|e| corrupt(&e))?;
                serde_json::from_str(body).map(|tags| Self::Tags(resource, tags))
            }
            TRANSFER => serde_json::from_str(body).map(Self::Transfer),
            UNIT => serde_json::from_str(body).map(Self::Unit),
            _ => return Err(corrupt(&"unknown kind; was it written by a newer version?")),
        };
        item.map_err(|e| corrupt(&e))
    }
}
