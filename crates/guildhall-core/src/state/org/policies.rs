//! The policies of an organization, and where they are attached (policies.md 1.5).

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use super::lower_bound;
use super::{Org, OrgRecord};
use crate::kernel::ids::{AccountId, ParentId, PolicyId, TargetId};
use crate::kernel::time::Timestamp;
use crate::state::holds::{Holds, Misplaced};
use crate::state::policy::{Policy, PolicyRecord, PolicyType};

/// An effective policy that is kept because what the merge would give is not valid (policies.md 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The last valid document.
    pub content: Arc<str>,
}

/// What is attached to a root, unit or account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePolicies {
    /// Policies of every type, in the order in which they were attached. Those that AWS manages are not among them:
    /// they are attached unless they are withheld.
    #[serde(default)]
    pub attached: Vec<PolicyId>,
    /// Types whose managed policy was detached.
    #[serde(default)]
    pub withheld: Vec<PolicyType>,
    /// When something of a type was attached or detached last.
    #[serde(default)]
    pub touched: BTreeMap<PolicyType, Timestamp>,
    /// Types whose merge at this node is not valid.
    #[serde(default)]
    pub held: BTreeMap<PolicyType, Held>,
}

impl NodePolicies {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Policies, and the nodes that have some.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    all: OrdMap<PolicyId, Arc<Policy>>,
    names: OrdMap<(PolicyType, Box<str>), PolicyId>,
    types: OrdMap<PolicyType, OrdSet<PolicyId>>,
    nodes: OrdMap<TargetId, Arc<NodePolicies>>,
    targets: OrdMap<PolicyId, OrdSet<TargetId>>,
    // Nodes that keep an effective policy, per type.
    held: OrdSet<(PolicyType, TargetId)>,
}

impl Policies {
    /// How many policies there are, and nodes that have some.
    pub(super) fn len(&self) -> usize {
        self.all.len() + self.nodes.len()
    }

    /// A policy that a customer wrote.
    pub fn get(&self, id: &PolicyId) -> Option<&Arc<Policy>> {
        self.all.get(id)
    }

    /// The policy of a type with this name.
    pub fn named(&self, r#type: PolicyType, name: &str) -> Option<PolicyId> {
        self.names.get(&(r#type, name.into())).copied()
    }

    /// How many policies of a type there are.
    pub fn count(&self, r#type: PolicyType) -> usize {
        self.types.get(&r#type).map_or(0, OrdSet::len)
    }

    /// The policies of a type in the order of their ids, after `last`.
    pub fn of_type(&self, r#type: PolicyType, last: Option<PolicyId>) -> impl Iterator<Item = &Arc<Policy>> {
        let ids = self.types.get(&r#type).into_iter();
        ids.flat_map(move |ids| ids.range((lower_bound(last), Bound::Unbounded)))
            .filter_map(|id| self.all.get(id))
    }

    /// Every policy.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.all.values()
    }

    /// What is attached to a node; nothing but the managed policies if there is nothing here.
    pub fn node(&self, target: &TargetId) -> Option<&NodePolicies> {
        self.nodes.get(target).map(|n| &**n)
    }

    /// Every node that has something of its own.
    pub fn nodes(&self) -> impl Iterator<Item = (&TargetId, &NodePolicies)> {
        self.nodes.iter().map(|(target, node)| (target, &**node))
    }

    /// The policies of a type that are attached to a node, in the order in which they were; without the managed one.
    pub fn attached(&self, target: &TargetId, r#type: PolicyType) -> impl Iterator<Item = &Arc<Policy>> {
        let ids = self.node(target).into_iter().flat_map(|n| &n.attached);
        ids.filter_map(|id| self.all.get(id)).filter(move |p| p.record.r#type == r#type)
    }

    /// The nodes that a policy is attached to, in the order of their ids, after `last`.
    pub fn targets(&self, id: &PolicyId, last: Option<TargetId>) -> impl Iterator<Item = TargetId> {
        let targets = self.targets.get(id).into_iter();
        targets.flat_map(move |t| t.range((lower_bound(last), Bound::Unbounded)).copied())
    }

    /// Whether some node keeps an effective policy of a type.
    pub fn holds(&self, r#type: PolicyType) -> bool {
        self.held_accounts(r#type, None).next().is_some() || self.held_parents(r#type).next().is_some()
    }

    /// Accounts that keep an effective policy of a type, in the order of their ids, after `last`.
    pub fn held_accounts(
        &self,
        r#type: PolicyType,
        last: Option<AccountId>,
    ) -> impl Iterator<Item = AccountId> {
        let from = match last {
            Some(last) => Bound::Excluded((r#type, TargetId::Account(last))),
            None => Bound::Included((r#type, TargetId::Account(AccountId::FIRST))),
        };
        let to = Bound::Included((r#type, TargetId::Account(AccountId::LAST)));
        self.held.range((from, to)).filter_map(|(_, target)| match target {
            TargetId::Account(id) => Some(*id),
            _ => None,
        })
    }

    /// The root and units that keep an effective policy of a type.
    pub fn held_parents(&self, r#type: PolicyType) -> impl Iterator<Item = ParentId> {
        let accounts = Bound::Excluded((r#type, TargetId::Account(AccountId::LAST)));
        let from = self.held.range((accounts, Bound::Unbounded)).take_while(move |(t, _)| *t == r#type);
        from.filter_map(|(_, target)| match target {
            TargetId::Account(_) => None,
            TargetId::Root(id) => Some(ParentId::Root(*id)),
            TargetId::Unit(id) => Some(ParentId::Unit(*id)),
        })
    }

    fn put(&mut self, policy: Policy) {
        let id = policy.record.id;
        self.remove(&id);
        self.names.insert((policy.record.r#type, policy.record.name.clone()), id);
        self.types.entry(policy.record.r#type).or_default().insert(id);
        self.all.insert(id, Arc::new(policy));
    }

    fn remove(&mut self, id: &PolicyId) {
        if let Some(old) = self.all.remove(id) {
            self.names.remove(&(old.record.r#type, old.record.name.clone()));
            if let Some(ids) = self.types.get_mut(&old.record.r#type) {
                ids.remove(id);
            }
        }
    }

    fn put_node(&mut self, target: TargetId, node: NodePolicies) {
        self.remove_node(&target);
        for id in &node.attached {
            self.targets.entry(*id).or_default().insert(target);
        }
        for r#type in node.held.keys() {
            self.held.insert((*r#type, target));
        }
        self.nodes.insert(target, Arc::new(node));
    }

    fn remove_node(&mut self, target: &TargetId) {
        let Some(old) = self.nodes.remove(target) else { return };
        for id in &old.attached {
            if let Some(targets) = self.targets.get_mut(id) {
                targets.remove(target);
                if targets.is_empty() {
                    self.targets.remove(id);
                }
            }
        }
        for r#type in old.held.keys() {
            self.held.remove(&(*r#type, *target));
        }
    }
}

impl Org {
    /// Whether the managed policy of a type was detached from a node.
    pub fn is_withheld(&self, target: &TargetId, r#type: PolicyType) -> bool {
        self.policies().node(target).is_some_and(|n| n.withheld.contains(&r#type))
    }

    /// The nodes from the root to `target`, root first.
    pub fn path(&self, record: &OrgRecord, target: &TargetId) -> Vec<TargetId> {
        let mut path = vec![*target];
        let parent = match target {
            TargetId::Account(id) => self.member(*id).map(|m| m.parent),
            TargetId::Unit(id) => self.unit(id).map(|u| u.parent),
            TargetId::Root(_) => None,
        };
        if let Some(parent) = parent {
            path.extend(self.upwards(&parent).map(|unit| TargetId::Unit(unit.id)));
            path.push(TargetId::Root(record.root));
        }
        path.reverse();
        path
    }
}

impl Holds<PolicyId, PolicyRecord> for Org {
    fn put(&mut self, _: PolicyId, record: PolicyRecord) -> Result<(), Misplaced> {
        self.policies.put(Policy::of(record).map_err(|_| Misplaced("policy"))?);
        Ok(())
    }

    fn remove(&mut self, id: PolicyId) {
        self.policies.remove(&id);
    }
}

impl Holds<TargetId, NodePolicies> for Org {
    fn put(&mut self, target: TargetId, node: NodePolicies) -> Result<(), Misplaced> {
        self.policies.put_node(target, node);
        Ok(())
    }

    fn remove(&mut self, target: TargetId) {
        self.policies.remove_node(&target);
    }
}
