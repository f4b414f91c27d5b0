//! Writing policies, attaching them, and what an account gets of them (policies.md 1, 4, 5).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use guildhall_policy::iam::{self, DocumentKind};
use guildhall_policy::management::{self, Effective, Inherited, Node, PolicyKind};

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, ParentId, PolicyId, TargetId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::time::Timestamp;
use crate::kernel::wire_enum::WireEnum;
use crate::rules::named::{self, Found};
use crate::services::organizations::GRANTABLE;
use crate::services::organizations::errors::{
    ConstraintReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::input::{free_text, id, required};
use crate::state::account::Partition;
use crate::state::item::{Item, ItemKey};
use crate::state::org::{FeatureSet, Held, NodePolicies, Org, OrgRecord, ResourcePolicy};
use crate::state::policy::{Language, Managed, PolicyType, StoredDocument};
use crate::state::view::View;

/// A required policy type.
pub fn read_type(path: &'static str, text: Option<&String>) -> Result<PolicyType, OrganizationsError> {
    crate::services::organizations::input::one_of(path, text)
}

/// A required policy id.
pub fn read_id(text: Option<&String>) -> Result<PolicyId, OrganizationsError> {
    id("POLICY_ID", text)
}

/// The required target of a policy.
pub fn read_target(text: Option<&String>) -> Result<TargetId, OrganizationsError> {
    id("TARGET_ID", text)
}

/// The type of an effective policy. Service control policies have none, and a text of their own (policies.md 5.1).
pub fn read_effective(text: Option<&String>) -> Result<(PolicyType, PolicyKind), OrganizationsError> {
    let text = required("POLICY_TYPE", text)?;
    let r#type = PolicyType::from_wire(text);
    if r#type == Some(PolicyType::ServiceControl) {
        return Err(InvalidInput::bare(InputReason::InvalidEnumPolicyType));
    }
    let effective = r#type.and_then(|t| Some((t, t.effective()?)));
    effective.ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, "POLICY_TYPE"))
}

/// The type of an effective policy, where every other one is refused alike (policies.md 5.1).
pub fn read_merging(text: Option<&String>) -> Result<(PolicyType, PolicyKind), OrganizationsError> {
    let r#type = PolicyType::from_wire(required("POLICY_TYPE", text)?);
    let effective = r#type.and_then(|t| Some((t, t.effective()?)));
    effective.ok_or_else(|| InvalidInput::bare(InputReason::InvalidEnumPolicyType))
}

/// Checks a document: at least one character.
pub fn check_content(content: &str) -> Result<(), OrganizationsError> {
    let empty = || InvalidInput::at(InputReason::MinLengthExceeded, "CONTENT");
    if content.is_empty() { Err(empty()) } else { Ok(()) }
}

/// Checks a name: 1 to 128 characters, no script.
pub fn check_name(name: &str) -> Result<(), OrganizationsError> {
    free_text("NAME", name, 128)?;
    if name.is_empty() { Err(InvalidInput::at(InputReason::MinLengthExceeded, "NAME")) } else { Ok(()) }
}

/// Checks a description: at most 512 characters, no script.
pub fn check_description(description: &str) -> Result<(), OrganizationsError> {
    free_text("DESCRIPTION", description, 512)
}

/// Admits a document, or refuses it with AWS's one sentence for everything. Answers it as it is stored
/// (policies.md 1.6).
pub fn admit(r#type: PolicyType, text: &str, characters: u32) -> Result<Arc<str>, OrganizationsError> {
    let too_long = OrganizationsError::ConstraintViolation(ConstraintReason::PolicyContentLimitExceeded);
    if text.len() > characters as usize && text.chars().count() > characters as usize {
        return Err(too_long);
    }
    match r#type.language() {
        Language::Iam(kind) => {
            let stored =
                iam::stored_form(kind, text).map_err(|_| OrganizationsError::MalformedPolicyDocument)?;
            Ok(stored.into())
        }
        Language::Management(kind) => {
            management::ManagementDocument::parse(kind, text)
                .map_err(|_| OrganizationsError::MalformedPolicyDocument)?;
            Ok(text.into())
        }
    }
}

/// Admits the organization's resource policy. Answers it as it is stored (policies.md 7.2). Whom it names has to be there:
/// accounts of the organization, and their users and roles, which are kept by their ids: one that comes back under its old
/// name is another one, and is not meant.
pub fn admit_resource_policy(
    (org, record): (&Org, &OrgRecord),
    text: &str,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<Arc<str>, Stop> {
    let invalid = || InvalidInput::bare(InputReason::InvalidResourcePolicyJson);
    let refused = |e: iam::DocumentError| {
        let reason = match e.answer() {
            iam::Answer::UnsupportedActionInResourcePolicy => InputReason::UnsupportedActionInResourcePolicy,
            iam::Answer::UnsupportedResourceInResourcePolicy => {
                InputReason::UnsupportedResourceInResourcePolicy
            }
            _ => InputReason::InvalidResourcePolicyJson,
        };
        OrganizationsError::InvalidInput(InvalidInput { reason, path: None, text: Some(e.sentence().into()) })
    };
    let document = iam::Document::for_organization(text, &GRANTABLE).map_err(refused)?;
    let accounts = document.principals().filter_map(|named| named::account(&named.who));
    let members: Vec<AccountId> = accounts.filter(|id| org.member(*id).is_some()).collect();
    view.want(members.iter().flat_map(|id| [Owner::Account(*id), Owner::Iam(*id)]))?;
    let mut ids = HashMap::new();
    for named in document.principals() {
        let found = match (&named.who, named::account(&named.who)) {
            (iam::Who::Everybody | iam::Who::Service(_), _) => Found::AsItIs,
            (_, Some(account)) if members.contains(&account) => named::find(&named.who, cx, view)?,
            _ => Found::Nobody,
        };
        match found {
            Found::Nobody => return Err(invalid().into()),
            Found::AsItIs => {}
            Found::Id(id) => _ = ids.insert(named.written.to_string(), id),
        }
    }
    let stored =
        iam::stored_form_in(record.partition.wire(), DocumentKind::Organization, text).map_err(refused)?;
    if ids.is_empty() {
        return Ok(stored.into());
    }
    Ok(iam::with_principals(&stored, |principal| ids.get(principal).cloned()).into())
}

/// The organization's resource policy as clients get it: users and roles, which are kept by their ids, by the ARNs of those
/// who are still there.
pub fn shown_resource_policy(
    policy: &ResourcePolicy,
    partition: Partition,
    view: &mut View<'_>,
) -> Result<Arc<str>, Stop> {
    let by_id = policy.document.principals().filter(|named| matches!(named.who, iam::Who::UniqueId(_)));
    let ids: Vec<String> = by_id.map(|named| named.written.to_string()).collect();
    let arns = named::arns(&ids, partition, view)?;
    if arns.is_empty() {
        return Ok(Arc::clone(&policy.content));
    }
    Ok(iam::with_principals(&policy.content, |principal| arns.get(principal).cloned()).into())
}

/// Refuses an organization without all features.
pub fn check_available(record: &OrgRecord) -> Result<(), OrganizationsError> {
    match record.feature_set {
        FeatureSet::All => Ok(()),
        FeatureSet::ConsolidatedBilling => Err(OrganizationsError::PolicyTypeNotAvailableForOrganization),
    }
}

/// How many policies of a type a node has, the managed one counted.
pub fn count(org: &Org, target: &TargetId, r#type: PolicyType) -> usize {
    let managed = r#type.managed().is_some() && !org.is_withheld(target, r#type);
    org.policies().attached(target, r#type).count() + usize::from(managed)
}

/// Whether a node has a policy.
pub fn is_attached(org: &Org, record: &OrgRecord, target: &TargetId, policy: &PolicyId) -> bool {
    match Managed::find(policy) {
        Some(managed) => {
            record.policy_types.contains_key(&managed.r#type) && !org.is_withheld(target, managed.r#type)
        }
        None => org.policies().node(target).is_some_and(|n| n.attached.contains(policy)),
    }
}

/// What a change would make of nodes: a node as it is to be, in place of the one that is stored.
#[derive(Default)]
pub struct Changed<'a> {
    /// A node's policies.
    pub node: Option<(TargetId, &'a NodePolicies)>,
    /// A policy's new document.
    pub policy: Option<(PolicyId, &'a management::ManagementDocument)>,
}

/// The merge at a node.
pub fn merged(org: &Org, path: &[TargetId], kind: PolicyKind, changed: &Changed<'_>) -> Arc<Effective> {
    let mut inherited = Inherited::root(kind);
    for target in path {
        let stored = org.policies().node(target);
        let node = match &changed.node {
            Some((t, node)) if t == target => Some(*node),
            _ => stored,
        };
        let Some(node) = node else { continue };
        let documents = node.attached.iter().filter_map(|id| {
            if let Some((_, document)) = changed.policy.as_ref().filter(|(changed, _)| changed == id) {
                return Some((id.as_str(), *document));
            }
            match &org.policies().get(id)?.document {
                StoredDocument::Management(document) => Some((id.as_str(), document)),
                StoredDocument::Iam(_) => None,
            }
        });
        let policies: Vec<_> = documents.filter(|(_, d)| d.kind() == kind).collect();
        if !policies.is_empty() {
            let id = target.to_string();
            inherited = inherited.below(&Node { id: &id, policies: &policies });
        }
    }
    inherited.effective()
}

/// What an account gets: the merge, or what was valid last at the nearest node that keeps something.
pub fn effective(
    org: &Org,
    record: &OrgRecord,
    target: &TargetId,
    r#type: PolicyType,
    kind: PolicyKind,
) -> Arc<str> {
    let path = org.path(record, target);
    let merge = merged(org, &path, kind, &Changed::default());
    if merge.errors.is_empty() {
        return Arc::clone(&merge.document);
    }
    let held = path.iter().rev().filter_map(|t| org.policies().node(t)).find_map(|n| n.held.get(&r#type));
    held.map_or_else(|| "{}".into(), |held| Arc::clone(&held.content))
}

/// The accounts whose merge of a type is not valid: in the order of their ids, after `last`, as many as `most`.
///
/// A node that has policies of the type, or keeps an effective one, decides for itself; any other is what its parent is.
/// So nothing is merged, and the cost grows with the units and with the nodes that decide for themselves, not with the
/// accounts.
pub fn invalid_accounts(
    org: &Org,
    r#type: PolicyType,
    last: Option<AccountId>,
    most: usize,
) -> BTreeSet<AccountId> {
    let policies = org.policies();
    let decides = |target: &TargetId| {
        policies.node(target).is_some_and(|n| n.held.contains_key(&r#type))
            || policies.attached(target, r#type).next().is_some()
    };
    let mut found: BTreeSet<AccountId> = policies.held_accounts(r#type, last).take(most).collect();
    let mut parents: Vec<ParentId> = policies.held_parents(r#type).collect();
    while let Some(parent) = parents.pop() {
        for id in org.accounts_below(&parent, last) {
            if found.len() >= most && found.last().is_none_or(|largest| *largest < id) {
                break;
            }
            if !decides(&TargetId::Account(id)) && found.insert(id) && found.len() > most {
                found.pop_last();
            }
        }
        let units = org.units_below(&parent, None).map(|unit| unit.id);
        parents.extend(units.filter(|id| !decides(&TargetId::Unit(*id))).map(ParentId::Unit));
    }
    found
}

/// When something last changed what an account gets.
pub fn updated(org: &Org, record: &OrgRecord, account: AccountId, r#type: PolicyType) -> Option<Timestamp> {
    let member = org.member(account)?;
    let enabled = *record.policy_types.get(&r#type)?;
    let mut last = enabled.max(member.placed);
    for target in org.path(record, &TargetId::Account(account)) {
        if let Some(node) = org.policies().node(&target) {
            last = last.max(node.touched.get(&r#type).copied().unwrap_or(last));
        }
        for policy in org.policies().attached(&target, r#type) {
            last = last.max(policy.record.updated);
        }
    }
    Some(last)
}

/// Writes down, for every node at or below one of `reached` that has policies of its own, what its accounts keep if the
/// merge is not valid any more, and forgets it where it is valid again. What was changed is not stored yet. The cost
/// grows with the policies of this type and the nodes that have some of their own, not with the accounts; and where no
/// merge of the type's policies could be invalid, not even with those nodes.
pub fn keep_valid(
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    reached: &BTreeSet<TargetId>,
    (r#type, kind): (PolicyType, PolicyKind),
    changed: &Changed<'_>,
) {
    let stored = org.policies().of_type(r#type, None).filter_map(|p| match &p.document {
        StoredDocument::Management(document) => Some(document),
        StoredDocument::Iam(_) => None,
    });
    let documents: Vec<_> = stored.chain(changed.policy.as_ref().map(|(_, document)| *document)).collect();
    if !org.policies().holds(r#type) && management::always_valid(kind, &documents) {
        if let Some((target, node)) = &changed.node {
            put_node(view, record, *target, (*node).clone());
        }
        return;
    }
    let of_type = |n: &NodePolicies| {
        n.held.contains_key(&r#type)
            || n.attached.iter().any(|id| org.policies().get(id).is_some_and(|p| p.record.r#type == r#type))
    };
    let own = org.policies().nodes().filter(|(_, n)| of_type(n)).map(|(target, _)| *target);
    let nodes: BTreeSet<TargetId> = own.chain(changed.node.as_ref().map(|(target, _)| *target)).collect();
    for target in nodes {
        let path = org.path(record, &target);
        if !path.iter().any(|node| reached.contains(node)) {
            continue;
        }
        let valid = merged(org, &path, kind, changed).errors.is_empty();
        let replaced = changed.node.as_ref().filter(|(t, _)| *t == target).map(|(_, node)| (*node).clone());
        let writes = replaced.is_some();
        let mut node = replaced.or_else(|| org.policies().node(&target).cloned()).unwrap_or_default();
        let is_held = node.held.contains_key(&r#type);
        if valid && is_held {
            node.held.remove(&r#type);
        } else if !valid && !is_held {
            node.held.insert(r#type, Held { content: effective(org, record, &target, r#type, kind) });
        } else if !writes {
            continue;
        }
        put_node(view, record, target, node);
    }
}

/// Writes down what an account that is moved keeps, where the merge at its new place is not valid.
pub fn keep_valid_on_move(
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    account: AccountId,
    destination: ParentId,
) {
    let target = TargetId::Account(account);
    let stored = org.policies().node(&target).cloned().unwrap_or_default();
    let mut node = stored.clone();
    let mut there = org.path(record, &destination.into());
    there.push(target);
    for r#type in record.policy_types.keys() {
        let Some(kind) = r#type.effective() else { continue };
        if merged(org, &there, kind, &Changed::default()).errors.is_empty() {
            node.held.remove(r#type);
        } else if !node.held.contains_key(r#type) {
            node.held.insert(*r#type, Held { content: effective(org, record, &target, *r#type, kind) });
        }
    }
    if node != stored {
        put_node(view, record, target, node);
    }
}

/// Writes what is attached to a node after something of a type was attached or detached.
pub fn change_node(
    view: &mut View<'_>,
    own: (&Org, &OrgRecord),
    target: TargetId,
    node: &NodePolicies,
    r#type: PolicyType,
) {
    match r#type.effective() {
        Some(kind) => {
            let changed = Changed { node: Some((target, node)), policy: None };
            keep_valid(view, own, &BTreeSet::from([target]), (r#type, kind), &changed);
        }
        None => put_node(view, own.1, target, node.clone()),
    }
}

/// Writes what is attached to a node.
pub fn put_node(view: &mut View<'_>, record: &OrgRecord, target: TargetId, node: NodePolicies) {
    let owner = Owner::Org(record.id);
    if node.is_empty() {
        view.changes.remove(owner, ItemKey::Node(target));
    } else {
        view.put(owner, Item::Node(target, node));
    }
}

/// Takes away what is attached to a node that goes.
pub fn forget_node(view: &mut View<'_>, org: &Org, record: &OrgRecord, target: &TargetId) {
    if org.policies().node(target).is_some() {
        view.changes.remove(Owner::Org(record.id), ItemKey::Node(*target));
    }
}

/// Refuses tags that the effective tag policy of the management account forbids on a resource of this type
/// (policies.md 6).
pub fn check_tags(
    (org, record): (&Org, &OrgRecord),
    resource_type: &str,
    tags: &crate::state::tag::Tags,
) -> Result<(), Refusal> {
    if tags.0.is_empty() || !record.policy_types.contains_key(&PolicyType::Tag) {
        return Ok(());
    }
    let management = TargetId::Account(record.management);
    let document = effective(org, record, &management, PolicyType::Tag, PolicyKind::Tag);
    let policy = management::TagPolicy::parse(&document).map_err(|_| Refusal::Internal)?;
    let pairs = tags.0.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    if policy.check(resource_type, pairs).iter().any(|violation| violation.enforced) {
        return Err(OrganizationsError::ConstraintViolation(ConstraintReason::TagPolicyViolation).into());
    }
    Ok(())
}
