//! An organization in memory: its record, members, tree, handshakes and tags, on persistent maps, so that a
//! change copies a path of a tree and never the organization.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use crate::account::Partition;
use crate::address::EmailAddress;
use crate::handshake::{Handshake, State};
use crate::ids::{AccountId, HandshakeId, OrgId, ParentId, RootId, TaggableId};
use crate::owner::Owner;
use crate::rules::limits::LimitOverrides;
use crate::tag::Tags;
use crate::time::Timestamp;
use crate::wire_enum;

wire_enum! {
    /// What an organization can do.
    FeatureSet {
        /// Everything.
        All = "ALL",
        /// One bill, and no policies.
        ConsolidatedBilling = "CONSOLIDATED_BILLING",
    }
}

wire_enum! {
    /// How an account came into its organization.
    JoinedMethod {
        /// By an invitation; the management account too (accounts.md 15, row 23).
        Invited = "INVITED",
        /// It was created in the organization.
        Created = "CREATED",
    }
}

/// What is said once of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgRecord {
    /// Its id.
    pub id: OrgId,
    /// The account that created it and pays for it.
    pub management: AccountId,
    /// The management account's partition; members have the same.
    pub partition: Partition,
    /// Its only root.
    pub root: RootId,
    /// What it can do.
    pub feature_set: FeatureSet,
    /// When it was created.
    pub created: Timestamp,
    /// When it was deleted. Its handshakes stay visible to their recipients for their time.
    pub deleted: Option<Timestamp>,
    /// Limits of this organization that differ from the server's.
    pub limits: LimitOverrides,
}

/// An account in its organization. Mirrors [`crate::account::AccountRecord`], so that a page of accounts reads
/// one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    pub id: AccountId,
    /// The address of its root user.
    pub email: EmailAddress,
    /// Its name.
    pub name: Box<str>,
    /// Where it stands in the tree.
    pub parent: ParentId,
    /// How it joined.
    pub method: JoinedMethod,
    /// When it joined.
    pub joined: Timestamp,
    /// It is restricted and shows as SUSPENDED.
    pub suspended: bool,
}

/// An organization, immutable and shared. Changed only by [`crate::aggregate::Aggregate::apply`].
#[derive(Clone, Debug, Default)]
pub struct Org {
    record: Option<Arc<OrgRecord>>,
    members: OrdMap<AccountId, Arc<Member>>,
    children: OrdMap<ParentId, OrdSet<AccountId>>,
    handshakes: OrdMap<HandshakeId, Arc<Handshake>>,
    // Accounts apart, because other ids are ten times as long. Hashed where no order is needed: a change copies
    // fewer entries.
    account_tags: HashMap<AccountId, Arc<Tags>>,
    other_tags: OrdMap<TaggableId, Arc<Tags>>,
    // Derived from the handshakes, so that no check walks them all.
    open: OrdSet<(Timestamp, HandshakeId)>,
    open_targets: OrdMap<Owner, HandshakeId>,
    attempts: OrdSet<(Timestamp, HandshakeId)>,
}

impl Org {
    /// The organization's record; none before its creation is applied.
    pub fn record(&self) -> Option<&OrgRecord> {
        self.record.as_deref()
    }

    /// A member.
    pub fn member(&self, id: AccountId) -> Option<&Member> {
        self.members.get(&id).map(|m| &**m)
    }

    /// How many accounts are in it, the management account included.
    pub fn members_len(&self) -> usize {
        self.members.len()
    }

    /// Members in the order of their ids, after `last`.
    pub fn members_after(&self, last: Option<AccountId>) -> impl Iterator<Item = &Member> {
        self.members.range((lower_bound(last), std::ops::Bound::Unbounded)).map(|(_, m)| &**m)
    }

    /// Accounts directly below `parent`, in the order of their ids, after `last`.
    pub fn accounts_below(
        &self,
        parent: &ParentId,
        last: Option<AccountId>,
    ) -> impl Iterator<Item = AccountId> {
        self.children
            .get(parent)
            .into_iter()
            .flat_map(move |c| c.range((lower_bound(last), std::ops::Bound::Unbounded)).copied())
    }

    /// Whether an account stands directly below `parent`.
    pub fn is_below(&self, parent: &ParentId, id: AccountId) -> bool {
        self.children.get(parent).is_some_and(|c| c.contains(&id))
    }

    /// Whether the tree has this root or unit.
    pub fn has_parent(&self, parent: &ParentId) -> bool {
        matches!((parent, self.record()), (ParentId::Root(root), Some(r)) if r.root == *root)
    }

    /// A handshake that this organization sent, however old.
    pub fn handshake(&self, id: &HandshakeId) -> Option<&Handshake> {
        self.handshakes.get(id).map(|h| &**h)
    }

    /// Handshakes in the order of their ids, after `last`.
    pub fn handshakes_after(&self, last: Option<HandshakeId>) -> impl Iterator<Item = &Handshake> {
        self.handshakes.range((lower_bound(last), std::ops::Bound::Unbounded)).map(|(_, h)| &**h)
    }

    /// Invitations that are open at `now`.
    pub fn open_invitations(&self, now: Timestamp) -> usize {
        // Those past their deadline are the first few: a timer takes them away as they fall due.
        let overdue = self.open.iter().take_while(|(expires, _)| *expires <= now).count();
        self.open.len() - overdue
    }

    /// When the next invitation that is open at `now` expires.
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        self.open.iter().map(|(expires, _)| *expires).find(|expires| *expires > now)
    }

    /// Ids of all invitations whose stored state is open.
    pub fn stored_open(&self) -> impl Iterator<Item = HandshakeId> {
        self.open.iter().map(|(_, id)| *id)
    }

    /// The invitation that waits at `target` (an account or an address) and is open at `now`.
    pub fn open_invitation(&self, target: &Owner, now: Timestamp) -> Option<HandshakeId> {
        let id = self.open_targets.get(target)?;
        self.handshake(id).filter(|h| h.state(now) == State::Open).map(|h| h.id)
    }

    /// Invitations sent after `since` that were not accepted (accounts.md 5.8).
    pub fn attempts_since(&self, since: Timestamp) -> usize {
        let old = self.attempts.iter().take_while(|(requested, _)| *requested <= since).count();
        self.attempts.len() - old
    }

    /// The tags of a resource.
    pub fn tags(&self, resource: &TaggableId) -> Option<&Tags> {
        match resource {
            TaggableId::Account(id) => self.account_tags.get(id),
            other => self.other_tags.get(other),
        }
        .map(|t| &**t)
    }

    /// Every resource that has tags, in order.
    pub fn tagged(&self) -> Vec<TaggableId> {
        let accounts = self.account_tags.keys().map(|id| TaggableId::Account(*id));
        let mut tagged: Vec<_> = accounts.chain(self.other_tags.keys().copied()).collect();
        tagged.sort_unstable();
        tagged
    }

    pub(crate) fn put_record(&mut self, record: OrgRecord) {
        self.record = Some(Arc::new(record));
    }

    pub(crate) fn remove_record(&mut self) {
        self.record = None;
    }

    pub(crate) fn put_member(&mut self, member: Member) {
        self.remove_member(member.id);
        self.children.entry(member.parent).or_default().insert(member.id);
        self.members.insert(member.id, Arc::new(member));
    }

    pub(crate) fn remove_member(&mut self, id: AccountId) {
        if let Some(old) = self.members.remove(&id)
            && let Some(children) = self.children.get_mut(&old.parent)
        {
            children.remove(&id);
            if children.is_empty() {
                self.children.remove(&old.parent);
            }
        }
    }

    pub(crate) fn put_handshake(&mut self, h: Handshake) {
        self.remove_handshake(&h.id);
        if h.stored_state() == State::Open {
            self.open.insert((h.expires, h.id));
            // One that is overdue and not written down as expired yet makes room for a newer one, in whichever
            // order the two are loaded.
            let target = h.target.owner();
            let other = self.open_targets.get(&target).and_then(|id| self.handshakes.get(id));
            if other.is_none_or(|other| other.requested <= h.requested) {
                self.open_targets.insert(target, h.id);
            }
        }
        if h.stored_state() != State::Accepted {
            self.attempts.insert((h.requested, h.id));
        }
        // Attempts count for a day: what a new one makes older than that is of no more use.
        let horizon = h.requested.plus(-crate::time::DAY);
        while let Some(oldest) = self.attempts.get_min().copied().filter(|(at, _)| *at <= horizon) {
            self.attempts.remove(&oldest);
        }
        self.handshakes.insert(h.id, Arc::new(h));
    }

    pub(crate) fn remove_handshake(&mut self, id: &HandshakeId) {
        if let Some(old) = self.handshakes.remove(id) {
            self.open.remove(&(old.expires, *id));
            self.attempts.remove(&(old.requested, *id));
            let target = old.target.owner();
            if self.open_targets.get(&target) == Some(id) {
                self.open_targets.remove(&target);
            }
        }
    }

    pub(crate) fn put_tags(&mut self, resource: TaggableId, tags: Tags) {
        match resource {
            TaggableId::Account(id) => self.account_tags.insert(id, Arc::new(tags)),
            other => self.other_tags.insert(other, Arc::new(tags)),
        };
    }

    pub(crate) fn remove_tags(&mut self, resource: &TaggableId) {
        match resource {
            TaggableId::Account(id) => self.account_tags.remove(id),
            other => self.other_tags.remove(other),
        };
    }
}

fn lower_bound<T>(last: Option<T>) -> std::ops::Bound<T> {
    last.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded)
}
