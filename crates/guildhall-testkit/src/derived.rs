//! What an organization in memory keeps beside its items, so that no operation has to look for it: it has to be the same
//! whether it grew command by command or was loaded at once.

use std::sync::Arc;

use guildhall_core::Timestamp;
use guildhall_core::handshake::{ActionType, Handshake};
use guildhall_core::ids::{AccountId, CreationId, HandshakeId, ParentId, PolicyId, TargetId, UnitId};
use guildhall_core::org::Org;
use guildhall_core::policy::Policy;
use guildhall_core::time::DAY;

const ACTIONS: [ActionType; 5] = [
    ActionType::Invite,
    ActionType::EnableAllFeatures,
    ActionType::ApproveAllFeatures,
    ActionType::AddOrganizationsServiceLinkedRole,
    ActionType::TransferResponsibility,
];

/// What an organization in memory knows without looking, beside its items.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    /// Open invitations, those sent within a day, and when the next one expires.
    invitations: (usize, usize, Option<Timestamp>),
    /// Those whose stored state is open, in the order in which they expire.
    stored_open: Vec<HandshakeId>,
    /// Of each handshake: which invitation is open to its target, its children, and what its member received.
    handshakes: Vec<(Option<HandshakeId>, Vec<HandshakeId>, Vec<HandshakeId>)>,
    /// Handshakes of each action.
    actions: Vec<Vec<HandshakeId>>,
    /// The request to enable all features that waits, and who is missing.
    process: Option<(HandshakeId, Vec<HandshakeId>)>,
    running: Vec<CreationId>,
    closures: Vec<AccountId>,
    tree: Vec<Level>,
    /// Of each service that a member administers: who else does.
    administrators: Vec<Vec<AccountId>>,
    /// Of each policy: where its name leads, how many of its type there are, and what it is attached to.
    policies: Vec<(Option<PolicyId>, usize, Vec<TargetId>)>,
    /// Nodes that keep an effective policy, of each type.
    held: Vec<(Vec<AccountId>, Vec<ParentId>)>,
}

/// A parent in the tree: how deep it stands, and what stands below it.
#[derive(Debug, PartialEq, Eq)]
struct Level {
    depth: usize,
    /// Units, and where their names lead.
    units: Vec<(UnitId, Option<UnitId>)>,
    accounts: Vec<AccountId>,
}

/// What an organization knows at `now`.
pub(crate) fn derived(org: &Org, now: Timestamp) -> Derived {
    let all = org.handshakes();
    let ids = |list: &mut dyn Iterator<Item = &Handshake>| list.map(|h| h.id).collect::<Vec<_>>();
    let of = |h: &Handshake| {
        let open = h.target.as_ref().and_then(|target| all.open_invitation(&target.owner(), now));
        let received = h.member().map_or_else(Vec::new, |member| ids(&mut all.received(member, None)));
        (open, ids(&mut all.children(h.id, None)), received)
    };
    let root = org.record().map(|record| ParentId::Root(record.root));
    let level = |parent: ParentId| Level {
        depth: org.upwards(&parent).count(),
        units: org.units_below(&parent, None).map(|u| (u.id, org.unit_named(parent, &u.name))).collect(),
        accounts: org.accounts_below(&parent, None).collect(),
    };
    let services = org.delegation().delegates().values().flat_map(|s| s.iter().map(|(name, _)| name));
    let policies = org.policies();
    let policy = |p: &Arc<Policy>| {
        let record = &p.record;
        let named = policies.named(record.r#type, &record.name);
        (named, policies.count(record.r#type), policies.targets(&record.id, None).collect())
    };
    let enabled = org.record().into_iter().flat_map(|record| record.policy_types.keys());
    Derived {
        policies: policies.all().map(policy).collect(),
        held: enabled
            .map(|r#type| {
                (policies.held_accounts(*r#type, None).collect(), policies.held_parents(*r#type).collect())
            })
            .collect(),
        invitations: (all.open_invitations(now), all.attempts_since(now.plus(-DAY)), all.next_expiry(now)),
        stored_open: ids(&mut all.stored_open()),
        handshakes: all.after(None).map(of).collect(),
        actions: ACTIONS.iter().map(|action| ids(&mut all.of_action(*action, None))).collect(),
        process: all.process(now).map(|request| (request.id, ids(&mut all.unapproved()))),
        running: org.running_creations().map(|creation| creation.id).collect(),
        closures: org.closures_since(Timestamp(i64::MIN)).map(|member| member.id).collect(),
        tree: root.into_iter().chain(org.units().map(|unit| ParentId::Unit(unit.id))).map(level).collect(),
        administrators: services
            .map(|s| org.delegation().administrators(s).into_iter().flatten().copied().collect())
            .collect(),
    }
}
