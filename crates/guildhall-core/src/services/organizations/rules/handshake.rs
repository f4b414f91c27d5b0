//! Finding a handshake for a party of it, and moving it from one state to the next (accounts.md 5.2).

use serde::{Serialize, Serializer};

use crate::call::command::{Reply, reply_with};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, HandshakeId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Personal;
use crate::kernel::wire_enum::WireEnum;
use crate::rules::access;
use crate::rules::authorize::{Call, authorize};
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input::{self, at_most, free_text};
use crate::state::account::{AccountRecord, Partition};
use crate::state::handshake::{
    ActionType, Handshake, HandshakeView, InboxId, PartyType, RETENTION, Sender, State, Target,
};
use crate::state::inbox::InboxEntry;
use crate::state::item::{Item, ItemKey};
use crate::state::mail::{Mail, MailKind};
use crate::state::org::{Org, OrgRecord};
use crate::state::timer::TimerAction;
use crate::state::view::View;

/// A handshake and what the caller is to it.
pub struct FoundHandshake<'a> {
    /// The organization that sent it.
    pub org: OrgId,
    /// The handshake.
    pub handshake: &'a Handshake,
    /// The caller is the sender.
    pub sender: bool,
    /// The caller is the recipient.
    pub recipient: bool,
}

/// Finds a handshake that the caller is a party of, or that it reads as a delegated administrator. To everybody else it
/// does not exist (observed.md 11).
pub fn find<'a>(cx: &Cx<'_>, view: &mut View<'a>, id: HandshakeId) -> Result<FoundHandshake<'a>, Stop> {
    let reads = match access::caller(cx, view)?.org {
        Some(own) => view.org(own)?.is_some_and(|(org, _)| org.delegation().of(cx.caller.account).is_some()),
        None => false,
    };
    look(cx, view, id, reads)
}

/// The same for a call that reads, about which the organization's resource policy has its say (policies.md 7.2).
pub fn find_to_read<'a, I>(
    cx: &Cx<'_>,
    view: &mut View<'a>,
    id: HandshakeId,
    call: &Call<'_, I>,
) -> Result<FoundHandshake<'a>, Stop> {
    let reads = match authorize(call, cx, view) {
        Ok(()) => true,
        Err(Stop::Refused(Refusal::AccessDenied | Refusal::NotInOrganization)) => false,
        Err(Stop::Refused(Refusal::DeniedByPolicy(denial))) if denial.by_owner => false,
        Err(other) => return Err(other),
    };
    look(cx, view, id, reads)
}

/// Finds a handshake by way of the caller: among those its organization sent, if it manages or reads that one or they
/// are for it, and among those that wait for it or its address.
fn look<'a>(
    cx: &Cx<'_>,
    view: &mut View<'a>,
    id: HandshakeId,
    reads: bool,
) -> Result<FoundHandshake<'a>, Stop> {
    let caller = access::caller(cx, view)?;
    let mut org = None;
    let mut sender = false;
    let mut recipient = false;
    if let Some(own) = caller.org
        && let Some((aggregate, record)) = view.org(own)?
        && let Some(h) = aggregate.handshake(&id)
    {
        sender = record.management == cx.caller.account;
        recipient = h.parent.is_some() && h.member() == Some(cx.caller.account);
        org = (sender || recipient || reads).then_some(own);
    }
    for inbox in [InboxId::Account(cx.caller.account), InboxId::Address(caller.email.key())] {
        if let Some(from) = view.inbox(inbox)?.get(&id) {
            (org, recipient) = (Some(from.org), true);
        }
    }
    let partition = asked_from(view, caller)?.filter(|_| recipient && !sender);
    let org = org.ok_or(OrganizationsError::HandshakeNotFound)?;
    let (aggregate, _) = view.org(org)?.ok_or(OrganizationsError::HandshakeNotFound)?;
    match aggregate.handshake(&id) {
        Some(handshake)
            if !handshake.gone(cx.now) && partition.is_none_or(|p| p == handshake.sender.partition) =>
        {
            Ok(FoundHandshake { org, handshake, sender, recipient })
        }
        _ => Err(OrganizationsError::HandshakeNotFound.into()),
    }
}

/// The partition that handshakes have to come from to be for an account: the two of a pair in GovCloud share an address,
/// and each is asked by organizations of its own partition alone (accounts.md 3.8).
pub fn asked_from(view: &mut View<'_>, account: &AccountRecord) -> Result<Option<Partition>, Stop> {
    let shared = view.address(account.email.key())?.is_some_and(|address| address.pair.is_some());
    Ok(shared.then_some(account.partition))
}

/// Whether the caller manages an organization; then it sees no invitation to join another one.
pub fn manages_an_organization(cx: &Cx<'_>, view: &mut View<'_>) -> Result<bool, Stop> {
    let Some(org) = access::caller(cx, view)?.org else { return Ok(false) };
    Ok(view.org(org)?.is_some_and(|(_, record)| record.management == cx.caller.account))
}

/// Refuses unless the handshake can go from its present state to `to`.
pub fn check_transition(h: &Handshake, to: State, cx: &Cx<'_>) -> Result<(), OrganizationsError> {
    match h.state(cx.now) {
        State::Open | State::Requested => Ok(()),
        state if state == to => Err(OrganizationsError::HandshakeAlreadyInState),
        _ => Err(OrganizationsError::InvalidHandshakeTransition),
    }
}

/// Writes a handshake in a terminal state, and sets the end of its retention.
pub fn close(view: &mut View<'_>, org: OrgId, closed: Handshake, at: crate::kernel::time::Timestamp) {
    let owner = Owner::Org(org);
    // Parts of a request end with it, and have no timer of their own.
    if closed.parent.is_none() {
        view.changes.clear_timer(closed.expires, owner.clone(), TimerAction::Expire(closed.id));
    }
    view.changes.set_timer(at.plus(RETENTION), owner.clone(), TimerAction::Forget(closed.id));
    if let (Some(waited), Some(stays)) = (closed.waits(), closed.inbox())
        && waited != stays
    {
        view.changes.remove(waited.into(), ItemKey::Inbox(closed.id));
        view.put(stays.into(), Item::Inbox(InboxEntry::of(org, &closed)));
    }
    view.put(owner, Item::Handshake(closed));
}

/// The answer of the operations that return one handshake: the handshake as it is now.
pub fn answer(org: OrgId, handshake: &Handshake, cx: &Cx<'_>) -> Reply {
    reply_with("Handshake", &HandshakeView { org, handshake, now: cx.now })
}

/// `Filter` of the handshake lists.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterInput {
    action_type: Option<String>,
    parent_handshake_id: Option<String>,
}

/// `Filter`, checked: at most one of its members.
#[derive(Clone, Copy, Debug)]
pub enum Filter {
    /// Everything.
    All,
    /// One action.
    Action(ActionType),
    /// Children of one handshake.
    Parent(HandshakeId),
}

impl Filter {
    /// Reads `Filter`.
    pub fn read(filter: Option<&FilterInput>) -> Result<Self, OrganizationsError> {
        let Some(filter) = filter else { return Ok(Self::All) };
        let action = input::optional_enum("FILTER_ACTION_TYPE", filter.action_type.as_ref())?;
        let parent = input::optional_id("FILTER_PARENT_HANDSHAKE_ID", filter.parent_handshake_id.as_ref())?;
        match (action, parent) {
            (None, None) => Ok(Self::All),
            (Some(action), None) => Ok(Self::Action(action)),
            (None, Some(parent)) => Ok(Self::Parent(parent)),
            (Some(_), Some(_)) => Err(InvalidInput::bare(InputReason::MaxLimitExceededFilter)),
        }
    }

    /// Whether a handshake of this action and with this parent is shown.
    pub fn shows(&self, action: ActionType, parent: Option<HandshakeId>) -> bool {
        match self {
            Self::All => true,
            Self::Action(wanted) => action == *wanted,
            Self::Parent(wanted) => parent == Some(*wanted),
        }
    }

    /// The filter as text, to which page tokens are bound.
    pub fn text(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Action(action) => action.wire().to_owned(),
            Self::Parent(parent) => parent.to_string(),
        }
    }
}

/// The member `Target` of the operations that invite.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetInput {
    id: Option<PartyId>,
    r#type: Option<String>,
}

impl TargetInput {
    /// The id as it was sent.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(|id| id.0.expose().as_str())
    }
}

/// Whom an invitation is for: the id of an account, which is written as it is, or an address, which is not.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct PartyId(Personal<String>);

impl Serialize for PartyId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.expose().parse::<AccountId>() {
            Ok(id) => id.serialize(s),
            Err(_) => self.0.serialize(s),
        }
    }
}

/// The member `Notes` of the operations that invite.
pub fn notes(value: Option<&Personal<String>>) -> Result<Option<&str>, OrganizationsError> {
    let notes = value.map(|notes| notes.expose().as_str());
    free_text("NOTES", notes.unwrap_or_default(), 1024)?;
    Ok(notes)
}

/// Reads `Target`. The reasons here are bare, as recorded: a missing target does not match a pattern, an empty one has the wrong
/// party type.
pub fn target(target: Option<&TargetInput>) -> Result<Target, OrganizationsError> {
    let bare = InvalidInput::bare;
    let target = target.ok_or_else(|| bare(InputReason::InvalidPattern))?;
    let id = target.id.as_ref().map_or("", |id| id.0.expose());
    let r#type = target.r#type.as_deref().ok_or_else(|| bare(InputReason::InvalidPartyTypeTarget))?;
    let r#type = PartyType::from_wire(r#type).ok_or_else(|| bare(InputReason::InvalidPartyTypeTarget))?;
    at_most("TARGET_ID", id, 64)?;
    match r#type {
        PartyType::Account => id.parse().map(Target::Account).map_err(|_| bare(InputReason::InvalidPattern)),
        PartyType::Email => {
            id.parse().map(Target::Email).map_err(|_| bare(InputReason::InvalidEmailAddressTarget))
        }
        PartyType::Organization => Err(bare(InputReason::InvalidPartyTypeTarget)),
    }
}

/// The management account as it sends a handshake.
pub fn sender(org: &Org, record: &OrgRecord) -> Result<Sender, Stop> {
    let management = org.member(record.management).ok_or(Refusal::Internal)?;
    Ok(Sender {
        account: management.id,
        email: management.email.clone(),
        name: management.name.clone(),
        partition: record.partition,
    })
}

/// Sends an invitation: writes it, lets it wait for its target, and mails it. Answers it.
pub fn send(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord, h: Handshake) -> Result<Reply, Stop> {
    let answer = answer(record.id, &h, cx);
    let kind = match h.action {
        ActionType::TransferResponsibility => MailKind::TransferInvitation,
        _ => MailKind::Invitation,
    };
    let owner = Owner::Org(record.id);
    view.changes.set_timer(h.expires, owner.clone(), TimerAction::Expire(h.id));
    if let Some(to) = &h.mailed {
        view.changes.mails.push(Mail::about(kind, to.clone(), record.id, &h, None));
    }
    let waits = h.waits();
    let entry = InboxEntry::of(record.id, &h);
    // The organization first: the journal names the first owner that a command writes.
    view.put(owner, Item::Handshake(h));
    if let Some(inbox) = waits {
        // Read, so that no account takes the address or the id unnoticed while the invitation is written.
        view.inbox(inbox.clone())?;
        view.put(inbox.into(), Item::Inbox(entry));
    }
    Ok(answer)
}
