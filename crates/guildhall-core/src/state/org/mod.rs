//! An organization in memory: its record, members, tree, handshakes and tags, on persistent maps, so that a
//! change copies a path of a tree and never the organization.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use guildhall_policy::iam::{self, DocumentKind};
use imbl::{HashMap, OrdMap};
use serde::{Deserialize, Serialize};

use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{
    AccountId, HandshakeId, OrgId, ParentId, ResourcePolicyId, RootId, ServicePrincipal, TaggableId,
    TargetId, TransferId, UnitId,
};
use crate::kernel::time::Timestamp;
use crate::state::account::{Partition, Standing};
use crate::state::handshake::Handshake;
use crate::state::holds::{Holds, Misplaced};
use crate::state::limits::LimitOverrides;
use crate::state::policy::PolicyType;
use crate::state::tag::Tags;
use crate::state::transfer::Transfer;
use crate::wire_enum;

mod creations;
mod delegation;
mod handshakes;
mod policies;
mod tally;
mod transfers;
mod tree;

pub use creations::Creations;
pub use delegation::{Delegate, Delegation, ServiceAccess};
pub use handshakes::Handshakes;
pub use policies::{Held, NodePolicies, Policies};
pub use transfers::Transfers;
pub use tree::Unit;

use tally::Tally;
use tree::Tree;

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
    /// Policy types that are enabled in its root, and since when.
    #[serde(default)]
    pub policy_types: BTreeMap<PolicyType, Timestamp>,
    /// When the regions that its accounts were enabling or disabling at the last such request are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region_opts: Vec<Timestamp>,
    /// What the organization may do in the place of its members' root users.
    #[serde(default, skip_serializing_if = "RootAccess::is_none")]
    pub root_access: RootAccess,
}

/// What is enabled of centralized root access (identity.md 3.14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootAccess {
    /// Root users of members need no credentials of their own.
    pub credentials: bool,
    /// Tasks that only a root user may do are done in sessions of it.
    pub sessions: bool,
}

impl RootAccess {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// An account in its organization. Mirrors [`crate::state::account::AccountRecord`], so that a page of accounts reads
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
    /// When it came to where it stands in the tree.
    pub placed: Timestamp,
    /// What its state is made of.
    pub standing: Standing,
    /// Its owner deleted the service-linked role, as only consolidated billing allows.
    pub role_deleted: bool,
}

/// The organization's resource policy: what members may do with the organization (policies.md 7.2).
#[derive(Clone, Debug)]
pub struct ResourcePolicy {
    /// Its id.
    pub id: ResourcePolicyId,
    /// Its document as it is stored.
    pub content: Arc<str>,
    /// Its document, read.
    pub document: Arc<iam::Document>,
}

/// An organization, immutable and shared. Changed only by [`crate::state::aggregate::Aggregate::apply`].
#[derive(Clone, Debug, Default)]
pub struct Org {
    record: Option<Arc<OrgRecord>>,
    members: OrdMap<AccountId, Arc<Member>>,
    tree: Tree,
    handshakes: Handshakes,
    // Accounts apart, because other ids are ten times as long. Hashed where no order is needed: a change copies
    // fewer entries.
    account_tags: HashMap<AccountId, Arc<Tags>>,
    other_tags: OrdMap<TaggableId, Arc<Tags>>,
    creations: Creations,
    // When the closing of members was asked for, and when it is done.
    closures: Tally,
    closing: Tally,
    delegation: Delegation,
    transfers: Transfers,
    policies: Policies,
    resource_policy: Option<Arc<ResourcePolicy>>,
}

impl Org {
    /// The organization's record; none before its creation is applied.
    pub fn record(&self) -> Option<&OrgRecord> {
        self.record.as_deref()
    }

    /// About how many items it has.
    pub fn items(&self) -> usize {
        [
            self.members.len(),
            self.tree.len(),
            self.handshakes.len(),
            self.account_tags.len(),
            self.other_tags.len(),
            self.creations.len(),
            self.transfers.len(),
            self.policies.len(),
        ]
        .iter()
        .sum()
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
        self.members.range((lower_bound(last), Bound::Unbounded)).map(|(_, m)| &**m)
    }

    /// How many members' closing was asked for after `since`, and is not undone.
    pub fn closures_since(&self, since: Timestamp) -> usize {
        self.closures.after(since)
    }

    /// How many members are being closed at `now`.
    pub fn closing(&self, now: Timestamp) -> usize {
        self.closing.after(now)
    }

    /// Accounts directly below `parent`, in the order of their ids, after `last`.
    pub fn accounts_below(
        &self,
        parent: &ParentId,
        last: Option<AccountId>,
    ) -> impl Iterator<Item = AccountId> {
        self.tree.accounts_below(parent, last)
    }

    /// Units directly below `parent`, in the order of their ids, after `last`.
    pub fn units_below(&self, parent: &ParentId, last: Option<UnitId>) -> impl Iterator<Item = &Unit> {
        self.tree.units_below(parent, last)
    }

    /// Whether an account stands directly below `parent`.
    pub fn is_below(&self, parent: &ParentId, id: AccountId) -> bool {
        self.tree.has_account(parent, id)
    }

    /// Whether nothing stands below `parent`.
    pub fn is_empty_below(&self, parent: &ParentId) -> bool {
        self.tree.is_empty_below(parent)
    }

    /// Whether the tree has this root or unit.
    pub fn has_parent(&self, parent: &ParentId) -> bool {
        match parent {
            ParentId::Root(root) => self.record().is_some_and(|r| r.root == *root),
            ParentId::Unit(unit) => self.tree.unit(unit).is_some(),
        }
    }

    /// A unit.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.tree.unit(id)
    }

    /// How many units there are.
    pub fn units_len(&self) -> usize {
        self.tree.len()
    }

    /// Every unit, in the order of their ids.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.tree.units()
    }

    /// Units in the order of their ids, after `last`.
    pub fn units_after(&self, last: Option<UnitId>) -> impl Iterator<Item = &Unit> {
        self.tree.units_after(last)
    }

    /// The unit of this name directly below `parent`.
    pub fn unit_named(&self, parent: ParentId, name: &str) -> Option<UnitId> {
        self.tree.named(parent, name)
    }

    /// The units from `parent` up to the root, `parent` itself first if it is one.
    pub fn upwards(&self, parent: &ParentId) -> impl Iterator<Item = &Unit> {
        self.tree.upwards(parent)
    }

    /// The handshakes that this organization sent.
    pub fn handshakes(&self) -> &Handshakes {
        &self.handshakes
    }

    /// A handshake that this organization sent, however old.
    pub fn handshake(&self, id: &HandshakeId) -> Option<&Handshake> {
        self.handshakes.get(id)
    }

    /// Requests to create accounts.
    pub fn creations(&self) -> &Creations {
        &self.creations
    }

    /// Trusted access and delegated administrators.
    pub fn delegation(&self) -> &Delegation {
        &self.delegation
    }

    /// Whether a service has trusted access.
    pub fn trusts(&self, principal: &str) -> bool {
        principal.parse().is_ok_and(|principal| self.delegation.trusted(&principal).is_some())
    }

    /// Whether a member is a delegated administrator of a service.
    pub fn is_delegate(&self, account: AccountId, principal: &str) -> bool {
        let services = self.delegation.of(account);
        principal
            .parse()
            .is_ok_and(|principal: ServicePrincipal| services.is_some_and(|s| s.contains_key(&principal)))
    }

    /// Transfers that this organization is a side of.
    pub fn transfers(&self) -> &Transfers {
        &self.transfers
    }

    /// A transfer that this organization is, or was asked for as, the target of.
    pub fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        self.transfers.get(id)
    }

    /// Policies, and where they are attached.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The organization's resource policy.
    pub fn resource_policy(&self) -> Option<&ResourcePolicy> {
        self.resource_policy.as_deref()
    }

    /// Whether the tree has this root, unit or account.
    pub fn has_target(&self, target: &TargetId) -> bool {
        match target {
            TargetId::Account(id) => self.member(*id).is_some(),
            TargetId::Root(root) => self.has_parent(&ParentId::Root(*root)),
            TargetId::Unit(unit) => self.unit(unit).is_some(),
        }
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
}

impl Holds<(), OrgRecord> for Org {
    fn put(&mut self, (): (), record: OrgRecord) -> Result<(), Misplaced> {
        self.record = Some(Arc::new(record));
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.record = None;
    }
}

impl Holds<AccountId, Member> for Org {
    fn put(&mut self, id: AccountId, member: Member) -> Result<(), Misplaced> {
        Holds::<_, Member>::remove(self, id);
        self.tree.put_account(member.parent, id);
        if let Some(closure) = &member.standing.closure {
            self.closures.insert(closure.requested);
            self.closing.insert(closure.closes);
        }
        self.members.insert(id, Arc::new(member));
        Ok(())
    }

    fn remove(&mut self, id: AccountId) {
        if let Some(old) = self.members.remove(&id) {
            self.tree.remove_account(old.parent, id);
            if let Some(closure) = &old.standing.closure {
                self.closures.remove(closure.requested);
                self.closing.remove(closure.closes);
            }
        }
    }
}

impl Holds<ResourcePolicyId, Arc<str>> for Org {
    fn put(&mut self, id: ResourcePolicyId, content: Arc<str>) -> Result<(), Misplaced> {
        let document = iam::Document::parse(DocumentKind::Organization, &content);
        let document = Arc::new(document.map_err(|_| Misplaced("resource_policy"))?);
        self.resource_policy = Some(Arc::new(ResourcePolicy { id, content, document }));
        Ok(())
    }

    fn remove(&mut self, _: ResourcePolicyId) {
        self.resource_policy = None;
    }
}

impl Holds<TaggableId, Tags> for Org {
    fn put(&mut self, resource: TaggableId, tags: Tags) -> Result<(), Misplaced> {
        match resource {
            TaggableId::Account(id) => self.account_tags.insert(id, Arc::new(tags)),
            other => self.other_tags.insert(other, Arc::new(tags)),
        };
        Ok(())
    }

    fn remove(&mut self, resource: TaggableId) {
        match resource {
            TaggableId::Account(id) => self.account_tags.remove(&id),
            other => self.other_tags.remove(&other),
        };
    }
}

fn lower_bound<T>(last: Option<T>) -> Bound<T> {
    last.map_or(Bound::Unbounded, Bound::Excluded)
}
