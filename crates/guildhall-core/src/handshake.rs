//! Handshakes: what is stored of one, its state at an instant, and how it looks on the wire
//! (accounts.md 5.1 to 5.3).

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize, Serializer};

use crate::account::Partition;
use crate::address::EmailAddress;
use crate::ids::{AccountId, HandshakeId, OrgId};
use crate::org::FeatureSet;
use crate::owner::Owner;
use crate::tag::Tags;
use crate::time::{self, DAY, Timestamp};
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

    /// Its ARN, under the organization that sent it (accounts.md 2.2).
    fn arn(&self, org: &OrgId) -> String {
        let (partition, account, kind) =
            (self.sender.partition.wire(), self.sender.account, self.action.wire().to_ascii_lowercase());
        format!("arn:{partition}:organizations::{account}:handshake/{org}/{kind}/{}", self.id)
    }
}

/// A handshake as both parties see it at an instant.
pub struct HandshakeView<'a> {
    /// The organization that sent it.
    pub org: OrgId,
    /// The handshake.
    pub handshake: std::borrow::Cow<'a, Handshake>,
    /// The instant.
    pub now: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Party<'a> {
    id: &'a str,
    r#type: PartyType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<'a> {
    r#type: &'static str,
    value: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resources: &'a [Resource<'a>],
}

impl<'a> Resource<'a> {
    fn new(r#type: &'static str, value: &'a str) -> Self {
        Self { r#type, value, resources: &[] }
    }
}

impl Serialize for HandshakeView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Wire<'a> {
            id: HandshakeId,
            arn: &'a str,
            parties: [Party<'a>; 2],
            state: State,
            #[serde(serialize_with = "time::wire")]
            requested_timestamp: Timestamp,
            #[serde(serialize_with = "time::wire")]
            expiration_timestamp: Timestamp,
            action: ActionType,
            resources: ArrayVec<Resource<'a>, 3>,
        }
        let h = &*self.handshake;
        let target_account;
        let (target_type, target) = match &h.target {
            Target::Account(id) => {
                target_account = id.text();
                ("ACCOUNT", target_account.as_str())
            }
            Target::Email(address) => ("EMAIL", address.as_str()),
        };
        // An accepted invitation to an address: its party is the account, its resource the address (observed.md 13).
        let accepted = h.accepted_by.map(AccountId::text);
        let recipient = match (&accepted, &h.target) {
            (Some(id), _) => Party { id: id.as_str(), r#type: PartyType::Account },
            (None, Target::Account(_)) => Party { id: target, r#type: PartyType::Account },
            (None, Target::Email(_)) => Party { id: target, r#type: PartyType::Email },
        };
        let about = [
            Resource::new("MASTER_EMAIL", h.sender.email.as_str()),
            Resource::new("MASTER_NAME", &h.sender.name),
            Resource::new("ORGANIZATION_FEATURE_SET", h.feature_set.wire()),
        ];
        let mut resources = ArrayVec::new();
        resources.push(Resource { r#type: "ORGANIZATION", value: self.org.as_str(), resources: &about });
        resources.push(Resource::new(target_type, target));
        if let Some(notes) = &h.notes {
            resources.push(Resource::new("NOTES", notes));
        }
        Wire {
            id: h.id,
            arn: &h.arn(&self.org),
            parties: [recipient, Party { id: self.org.bare(), r#type: PartyType::Organization }],
            state: h.state(self.now),
            requested_timestamp: h.requested,
            expiration_timestamp: h.expires,
            action: h.action,
            resources,
        }
        .serialize(s)
    }
}
