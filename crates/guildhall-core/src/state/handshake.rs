//! Handshakes: what is stored of one, its state at an instant, and how it looks on the wire
//! (accounts.md 5.1 to 5.3).

use serde::{Deserialize, Serialize};

use crate::kernel::address::{AddressKey, EmailAddress};
use crate::kernel::ids::{AccountId, HandshakeId, OrgId, TransferId};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::owner::Owner;
use crate::kernel::time::{DAY, Timestamp};
use crate::state::account::Partition;
use crate::state::org::FeatureSet;
use crate::state::tag::Tags;
use crate::wire_enum;

/// How long a handshake stays visible after its end.
pub const RETENTION: i64 = 30 * DAY;

wire_enum! {
    /// What a handshake is about, as the service model has it.
    ActionType {
        /// An account is invited.
        Invite = "INVITE",
        /// An organization enables all features.
        EnableAllFeatures = "ENABLE_ALL_FEATURES",
        /// A member approves all features.
        ApproveAllFeatures = "APPROVE_ALL_FEATURES",
        /// A member gets its service-linked role again.
        AddOrganizationsServiceLinkedRole = "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE",
        /// A bill is transferred.
        TransferResponsibility = "TRANSFER_RESPONSIBILITY",
    }
}

wire_enum! {
    /// Where a handshake stands.
    State {
        /// It waits for the others that it depends on.
        Requested = "REQUESTED",
        /// It waits for its recipient.
        Open = "OPEN",
        /// Its sender took it back.
        Canceled = "CANCELED",
        /// Its recipient agreed.
        Accepted = "ACCEPTED",
        /// Its recipient refused.
        Declined = "DECLINED",
        /// Nobody answered in time.
        Expired = "EXPIRED",
    }
}

wire_enum! {
    /// What a party of a handshake is.
    PartyType {
        /// An account.
        Account = "ACCOUNT",
        /// An organization.
        Organization = "ORGANIZATION",
        /// Whoever holds an address.
        Email = "EMAIL",
    }
}

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// An account.
    Account(AccountId),
    /// Whoever holds an address, now or later.
    Email(EmailAddress),
}

impl Target {
    /// Where the invitation waits.
    pub fn inbox(&self) -> InboxId {
        match self {
            Self::Account(id) => InboxId::Account(*id),
            Self::Email(address) => InboxId::Address(address.key()),
        }
    }
}

/// Whose inbox it is: where invitations wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InboxId {
    /// That of an account.
    Account(AccountId),
    /// That of an address: one for every way to write it.
    Address(AddressKey),
}

impl From<InboxId> for Owner {
    fn from(inbox: InboxId) -> Self {
        match inbox {
            InboxId::Account(id) => Self::Account(id),
            InboxId::Address(key) => Self::Address(key),
        }
    }
}

/// As an invitation says it: the account's id or the address.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => write!(f, "{id}"),
            Self::Email(address) => write!(f, "{address}"),
        }
    }
}

/// The sender as the invitation showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The management account.
    pub account: AccountId,
    /// Its address.
    pub email: EmailAddress,
    /// Its name.
    pub name: Box<str>,
    /// Its partition.
    pub partition: Partition,
}

/// The transfer that a handshake of [`ActionType::TransferResponsibility`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferTerms {
    /// The transfer.
    pub id: TransferId,
    /// When it is to start.
    pub start: Timestamp,
}

/// A handshake, as its sender's organization owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// Its id.
    pub id: HandshakeId,
    /// What it is about.
    pub action: ActionType,
    /// The state that was written last; [`Handshake::state`] knows the deadline.
    state: State,
    /// When it was sent.
    pub requested: Timestamp,
    /// From this instant on it is expired.
    pub expires: Timestamp,
    /// When it reached a terminal state.
    ended: Option<Timestamp>,
    /// Who sent it.
    pub sender: Sender,
    /// Whom it is for; nobody else, for the request to enable all features.
    pub target: Option<Target>,
    /// Where its mail went.
    pub mailed: Option<EmailAddress>,
    /// The account that accepted an invitation to an address.
    pub accepted_by: Option<AccountId>,
    /// The features that were promised.
    pub feature_set: FeatureSet,
    /// What the sender wrote.
    pub notes: Option<Box<str>>,
    /// Tags that the account or the transfer gets when it is accepted.
    pub tags: Tags,
    /// The request to enable all features that this is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<HandshakeId>,
    /// The transfer that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferTerms>,
}

impl Handshake {
    /// A handshake that was sent at `now`: open, unless it waits for others first, as only the request to enable
    /// all features and a transfer's invitation do in their first state.
    pub fn new(
        action: ActionType,
        id: HandshakeId,
        now: Timestamp,
        expires: Timestamp,
        sender: Sender,
        feature_set: FeatureSet,
    ) -> Self {
        let waits = matches!(action, ActionType::EnableAllFeatures | ActionType::TransferResponsibility);
        Self {
            id,
            action,
            state: if waits { State::Requested } else { State::Open },
            requested: now,
            expires,
            ended: None,
            sender,
            target: None,
            mailed: None,
            accepted_by: None,
            feature_set,
            notes: None,
            tags: Tags::default(),
            parent: None,
            transfer: None,
        }
    }

    /// The state at `now`: one that nobody answered is over from its deadline on, whether or not a timer ran. A
    /// part of something that expired was canceled with it (accounts.md 3.7).
    pub fn state(&self, now: Timestamp) -> State {
        match self.state {
            State::Open | State::Requested if now >= self.expires => self.overdue(),
            state => state,
        }
    }

    fn overdue(&self) -> State {
        if self.parent.is_some() { State::Canceled } else { State::Expired }
    }

    /// Whether it still waits for an answer at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state(now), State::Open | State::Requested)
    }

    /// The state that was written last.
    pub fn stored_state(&self) -> State {
        self.state
    }

    /// Whether its end is not written down.
    pub fn is_stored_open(&self) -> bool {
        matches!(self.state, State::Open | State::Requested)
    }

    /// The member that it is for, if it is for an account.
    pub fn member(&self) -> Option<AccountId> {
        match &self.target {
            Some(Target::Account(id)) => Some(*id),
            _ => None,
        }
    }

    /// Whose inbox it is put into. `None` for what is found through its organization alone: a request to enable all
    /// features, and its parts.
    pub fn waits(&self) -> Option<InboxId> {
        self.target.as_ref().filter(|_| self.parent.is_none()).map(Target::inbox)
    }

    /// Whose inbox it is in: an accepted one belongs to the account that accepted it, whoever has the address later.
    pub fn inbox(&self) -> Option<InboxId> {
        self.waits().map(|waits| self.accepted_by.map_or(waits, InboxId::Account))
    }

    /// When it ended, if it has by `now`.
    pub fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        self.ended.or_else(|| (now >= self.expires).then_some(self.expires))
    }

    /// Whether it is past its retention and shown to nobody.
    pub fn gone(&self, now: Timestamp) -> bool {
        self.ended(now).is_some_and(|end| now >= end.plus(RETENTION))
    }

    /// This handshake in a terminal state.
    #[must_use]
    pub fn closed(&self, state: State, at: Timestamp) -> Self {
        Self { state, ended: Some(at), ..self.clone() }
    }

    /// This handshake as its sender's organization ends it at `now`: canceled, or what its deadline made of it.
    #[must_use]
    pub fn withdrawn(&self, now: Timestamp) -> Self {
        match self.ended(now) {
            Some(at) => self.closed(self.overdue(), at),
            None => self.closed(State::Canceled, now),
        }
    }

    /// This handshake as `account` accepted it.
    #[must_use]
    pub fn accepted(&self, account: AccountId, at: Timestamp) -> Self {
        Self { accepted_by: Some(account), ..self.closed(State::Accepted, at) }
    }

    /// This request, when nothing that it waited for is missing any more.
    #[must_use]
    pub fn opened(&self) -> Self {
        Self { state: State::Open, ..self.clone() }
    }

    /// Its ARN, as one that an organization sent (accounts.md 2.2).
    pub fn arn(&self, org: OrgId) -> String {
        let (partition, account) = (self.sender.partition.wire(), self.sender.account);
        format!("arn:{partition}:organizations::{account}:handshake/{org}/{}/{}", self.arn_kind(), self.id)
    }

    fn arn_kind(&self) -> &'static str {
        match self.action {
            ActionType::Invite => "invite",
            ActionType::EnableAllFeatures => "enable_all_features",
            ActionType::ApproveAllFeatures => "approve_all_features",
            ActionType::AddOrganizationsServiceLinkedRole => "add_organizations_service_linked_role",
            ActionType::TransferResponsibility => "transfer_responsibility",
        }
    }
}

/// A handshake as both parties see it at an instant.
pub struct HandshakeView<'a> {
    /// The organization that sent it.
    pub org: OrgId,
    /// The handshake.
    pub handshake: &'a Handshake,
    /// The instant.
    pub now: Timestamp,
}

impl WriteJson for HandshakeView<'_> {
    fn write(&self, json: &mut Json) {
        let h = self.handshake;
        let (sender, org) = (&h.sender, self.org.as_str());
        json.raw(r#"{"Id":""#).raw(h.id.as_str());
        json.raw(r#"","Arn":"arn:"#).raw(sender.partition.wire()).raw(":organizations::");
        json.raw(&sender.account.text()).raw(":handshake/").raw(org).raw("/").raw(h.arn_kind());
        json.raw("/").raw(h.id.as_str()).raw(r#"","Parties":["#);
        // An accepted invitation to an address: its party is the account, its resource the address (observed.md 13).
        match (&h.target, &h.accepted_by) {
            (None, _) => json.raw(""),
            (_, Some(id)) | (Some(Target::Account(id)), None) => {
                json.raw(r#"{"Id":"#).string(&id.text()).raw(r#","Type":"ACCOUNT"},"#)
            }
            (Some(Target::Email(address)), None) => {
                json.raw(r#"{"Id":"#).string(address.as_str()).raw(r#","Type":"EMAIL"},"#)
            }
        };
        json.raw(r#"{"Id":""#).raw(self.org.bare()).raw(r#"","Type":"ORGANIZATION"}],"State":""#);
        json.raw(h.state(self.now).wire()).raw(r#"","RequestedTimestamp":"#).time(h.requested);
        json.raw(r#","ExpirationTimestamp":"#).time(h.expires).raw(r#","Action":""#).raw(h.action.wire());
        json.raw(r#"","Resources":["#);
        self.resources(json);
        json.raw("]}");
    }
}

/// A resource that has nothing below it.
fn resource(json: &mut Json, kind: &str, value: &str) {
    json.raw(r#"{"Type":""#).raw(kind).raw(r#"","Value":"#).string(value).raw("}");
}

impl HandshakeView<'_> {
    /// What each action's handshakes say (accounts.md 3.7, 5.3; policies.md 9).
    fn resources(&self, json: &mut Json) {
        let (h, org) = (self.handshake, self.org.as_str());
        if let Some(parent) = &h.parent {
            let bare = parent.as_str().strip_prefix("h-").unwrap_or_default();
            resource(json, "PARENT_HANDSHAKE", bare);
            json.raw(",");
        }
        match (&h.transfer, h.action) {
            (Some(terms), _) => self.transfer(json, terms),
            (None, ActionType::Invite) => self.inviter(json),
            (None, _) => resource(json, "ORGANIZATION", org),
        }
        match &h.target {
            Some(Target::Account(id)) => resource(json.raw(","), "ACCOUNT", &id.text()),
            Some(Target::Email(address)) => resource(json.raw(","), "EMAIL", address.as_str()),
            None => {}
        }
        if let Some(notes) = &h.notes {
            resource(json.raw(","), "NOTES", notes);
        }
    }

    fn inviter(&self, json: &mut Json) {
        let (h, sender) = (self.handshake, &self.handshake.sender);
        json.raw(r#"{"Type":"ORGANIZATION","Value":""#).raw(self.org.as_str());
        json.raw(r#"","Resources":[{"Type":"MASTER_EMAIL","Value":"#).string(sender.email.as_str());
        json.raw(r#"},{"Type":"MASTER_NAME","Value":"#).string(&sender.name);
        json.raw(r#"},{"Type":"ORGANIZATION_FEATURE_SET","Value":""#)
            .raw(h.feature_set.wire())
            .raw(r#""}]}"#);
    }

    fn transfer(&self, json: &mut Json, terms: &TransferTerms) {
        let sender = &self.handshake.sender;
        json.raw(r#"{"Type":"ORGANIZATION","Value":""#).raw(self.org.as_str()).raw(r#"","Resources":["#);
        resource(json, "MANAGEMENT_ACCOUNT", &sender.account.text());
        resource(json.raw(","), "MANAGEMENT_EMAIL", sender.email.as_str());
        resource(json.raw(","), "MANAGEMENT_NAME", &sender.name);
        json.raw(r#"]},{"Type":"RESPONSIBILITY_TRANSFER","Value":""#).raw(terms.id.as_str());
        json.raw(r#"","Resources":["#);
        resource(json, "TRANSFER_TYPE", "BILLING");
        resource(json.raw(","), "TRANSFER_START_TIMESTAMP", &terms.start.to_string());
        json.raw("]}");
    }
}
