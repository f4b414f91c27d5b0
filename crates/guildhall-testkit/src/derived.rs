//! What an organization in memory keeps beside its items, so that no operation has to look for it: it has to be the same
//! whether it grew command by command or was loaded at once.

use std::sync::Arc;

use guildhall_core::Timestamp;
use guildhall_core::kernel::ids::{
    AccountId, CreationId, HandshakeId, ParentId, PolicyId, TargetId, TransferId, UnitId,
};
use guildhall_core::kernel::time::DAY;
use guildhall_core::state::handshake::{ActionType, Handshake, State};
use guildhall_core::state::org::Org;
use guildhall_core::state::policy::Policy;
use guildhall_core::state::transfer::Transfer;

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
    /// Open invitations, and those sent within a day.
    invitations: (usize, usize),
    /// Those whose stored state is open, in the order in which they expire.
    stored_open: Vec<HandshakeId>,
    /// Of each handshake: which invitation is open to its target, its children, and what its member received.
    handshakes: Vec<(Option<HandshakeId>, Vec<HandshakeId>, Vec<HandshakeId>)>,
    /// Handshakes of each action.
    actions: Vec<Vec<HandshakeId>>,
    /// The request to enable all features that waits, and who is missing.
    process: Option<(HandshakeId, Vec<HandshakeId>)>,
    /// Requests to create accounts that run, and of each request whether one that runs wants the same.
    running: (Vec<CreationId>, Vec<bool>),
    /// Members that were closed within 30 days, and those that are being closed.
    closures: (usize, usize),
    /// Active transfers, and of each transfer whether one with its source is active, and whether its invited is asked.
    transfers: (Vec<TransferId>, usize, Vec<(bool, bool)>),
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

fn sides(org: &Org, transfer: &Transfer, now: Timestamp) -> (bool, bool) {
    let source = transfer.source.as_ref().map(|source| source.org);
    let active = source.is_some_and(|source| org.transfers().is_active_with(source, now));
    (active, org.transfers().is_asked(&transfer.invited.inbox(), now))
}

/// What is counted without looking has to be what looking finds.
pub(crate) fn check_counts(org: &Org, now: Timestamp) {
    let (handshakes, transfers) = (org.handshakes(), org.transfers());
    let invited = || handshakes.of_action(ActionType::Invite, None);
    assert_eq!(invited().filter(|h| h.is_open(now)).count(), handshakes.open_invitations(now));
    let since = now.plus(-DAY);
    let tried = |h: &&Handshake| h.stored_state() != State::Accepted && h.requested > since;
    assert_eq!(invited().filter(tried).count(), handshakes.attempts_since(since));
    let creations = org.creations();
    let running: Vec<_> = creations.after(None).filter(|c| c.outcome.is_none()).collect();
    assert!(running.iter().map(|c| c.id).eq(creations.running(None).map(|c| c.id)));
    assert_eq!(running.len(), creations.running_len());
    for creation in creations.after(None) {
        let same = running.iter().any(|other| other.wanted() == creation.wanted());
        assert_eq!(same, creations.runs(&creation.wanted()));
    }
    let closures = || org.members_after(None).filter_map(|member| member.standing.closure);
    let month = now.plus(-30 * DAY);
    assert_eq!(closures().filter(|c| c.requested > month).count(), org.closures_since(month));
    assert_eq!(closures().filter(|c| c.closes > now).count(), org.closing(now));
    let active: Vec<_> = transfers.after(None).filter(|t| t.is_active(now)).collect();
    assert_eq!(active.len(), transfers.active_len(now));
    assert_eq!(active.len(), transfers.active(now).count());
    for transfer in transfers.after(None) {
        let (source, invited) = (transfer.source.as_ref().map(|s| s.org), transfer.invited.inbox());
        let with = |t: &&Transfer| source.is_some() && t.source.as_ref().map(|s| s.org) == source;
        let asked = |t: &&Transfer| t.source.is_none() && t.invited.inbox() == invited;
        let walked = (active.iter().any(with), active.iter().any(asked));
        assert_eq!(walked, sides(org, transfer, now));
    }
}

/// What an organization knows at `now`.
pub(crate) fn derived(org: &Org, now: Timestamp) -> Derived {
    let all = org.handshakes();
    let ids = |list: &mut dyn Iterator<Item = &Handshake>| list.map(|h| h.id).collect::<Vec<_>>();
    let of = |h: &Handshake| {
        let open = h.target.as_ref().and_then(|target| all.open_invitation(&target.inbox(), now));
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
        invitations: (all.open_invitations(now), all.attempts_since(now.plus(-DAY))),
        stored_open: ids(&mut all.stored_open()),
        handshakes: all.after(None).map(of).collect(),
        actions: ACTIONS.iter().map(|action| ids(&mut all.of_action(*action, None))).collect(),
        process: all.process(now).map(|request| (request.id, ids(&mut all.unapproved()))),
        running: (
            org.creations().running(None).map(|creation| creation.id).collect(),
            org.creations().after(None).map(|c| org.creations().runs(&c.wanted())).collect(),
        ),
        closures: (org.closures_since(now.plus(-30 * DAY)), org.closing(now)),
        transfers: (
            org.transfers().active(now).map(|transfer| transfer.id).collect(),
            org.transfers().active_len(now),
            org.transfers().after(None).map(|transfer| sides(org, transfer, now)).collect(),
        ),
        tree: root.into_iter().chain(org.units().map(|unit| ParentId::Unit(unit.id))).map(level).collect(),
        administrators: services
            .map(|s| org.delegation().administrators(s).into_iter().flatten().copied().collect())
            .collect(),
    }
}
