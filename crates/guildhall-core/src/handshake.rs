//! Handshakes: what is stored of one, its state at an instant, and how it looks on the wire
//! (accounts.md 5.1 to 5.3).

use serde::{Deserialize, Serialize};

use crate::account::Partition;
use crate::address::EmailAddress;
use crate::ids::{AccountId, HandshakeId, OrgId};
use crate::json::{Json, WriteJson};
use crate::org::FeatureSet;
use crate::owner::Owner;
use crate::tag::Tags;
use crate::time::{DAY, Timestamp};
use crate::wire_enum;

/// How long an invitation stays open.
pub const INVITATION_LIFE: i64 = 15 * DAY;
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
    /// Where the invitation waits: the same for every way to write one address.
    pub fn owner(&self) -> Owner {
        match self {
            Self::Account(id) => Owner::Account(*id),
            Self::Email(address) => Owner::Address(address.key()),
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
    /// Whom it is for.
    pub target: Target,
    /// Where its mail went.
    pub mailed: Option<EmailAddress>,
    /// The account that accepted an invitation to an address.
    pub accepted_by: Option<AccountId>,
    /// The features that were promised.
    pub feature_set: FeatureSet,
    /// What the sender wrote.
    pub notes: Option<Box<str>>,
    /// Tags that the account gets when it accepts.
    pub tags: Tags,
}

impl Handshake {
    /// An open invitation that was sent at `now`.
    #[expect(clippy::too_many_arguments, reason = "one per thing an invitation says")]
    pub fn invitation(
        id: HandshakeId,
        now: Timestamp,
        sender: Sender,
        target: Target,
        mailed: Option<EmailAddress>,
        feature_set: FeatureSet,
        notes: Option<Box<str>>,
        tags: Tags,
    ) -> Self {
        Self {
            id,
            action: ActionType::Invite,
            state: State::Open,
            requested: now,
            expires: now.plus(INVITATION_LIFE),
            ended: None,
            sender,
            target,
            mailed,
            accepted_by: None,
            feature_set,
            notes,
            tags,
        }
    }

    /// The state at `now`: an open handshake is expired from its deadline on, whether or not a timer ran.
    pub fn state(&self, now: Timestamp) -> State {
        match self.state {
            State::Open | State::Requested if now >= self.expires => State::Expired,
            state => state,
        }
    }

    /// The state that was written last.
    pub fn stored_state(&self) -> State {
        self.state
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

    /// This handshake as `account` accepted it.
    #[must_use]
    pub fn accepted(&self, account: AccountId, at: Timestamp) -> Self {
        Self { accepted_by: Some(account), ..self.closed(State::Accepted, at) }
    }

    /// The kind of its ARN (accounts.md 2.2).
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
        json.raw("/").raw(h.id.as_str()).raw(r#"","Parties":[{"Id":"#);
        // An accepted invitation to an address: its party is the account, its resource the address (observed.md 13).
        match (&h.target, &h.accepted_by) {
            (_, Some(id)) | (Target::Account(id), None) => {
                json.string(&id.text()).raw(r#","Type":"ACCOUNT"}"#)
            }
            (Target::Email(address), None) => json.string(address.as_str()).raw(r#","Type":"EMAIL"}"#),
        };
        json.raw(r#",{"Id":""#).raw(self.org.bare()).raw(r#"","Type":"ORGANIZATION"}],"State":""#);
        json.raw(h.state(self.now).wire()).raw(r#"","RequestedTimestamp":"#).time(h.requested);
        json.raw(r#","ExpirationTimestamp":"#).time(h.expires).raw(r#","Action":""#).raw(h.action.wire());
        json.raw(r#"","Resources":[{"Type":"ORGANIZATION","Value":""#).raw(org);
        json.raw(r#"","Resources":[{"Type":"MASTER_EMAIL","Value":"#).string(sender.email.as_str());
        json.raw(r#"},{"Type":"MASTER_NAME","Value":"#).string(&sender.name);
        json.raw(r#"},{"Type":"ORGANIZATION_FEATURE_SET","Value":""#)
            .raw(h.feature_set.wire())
            .raw(r#""}]},"#);
        match &h.target {
            Target::Account(id) => json.raw(r#"{"Type":"ACCOUNT","Value":"#).string(&id.text()),
            Target::Email(address) => json.raw(r#"{"Type":"EMAIL","Value":"#).string(address.as_str()),
        };
        if let Some(notes) = &h.notes {
            json.raw(r#"},{"Type":"NOTES","Value":"#).string(notes);
        }
        json.raw("}]}");
    }
}
