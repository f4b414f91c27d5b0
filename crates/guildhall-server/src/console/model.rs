//! What pages show. Texts are given as they are; the pages escape them.

use guildhall_core::kernel::time::Timestamp;
use guildhall_core::state::handshake::State;
use guildhall_core::state::org::FeatureSet;

/// The value of the field `advance` that means: until the next invitation expires.
pub const NEXT_EXPIRY: &str = "next-expiry";

/// What every page needs.
#[derive(Clone, Debug)]
pub struct Site {
    /// Lab mode.
    pub lab: bool,
    /// The program's version.
    pub version: String,
    /// Business time.
    pub now: Timestamp,
    /// Where AWS tools reach the server, as in `http://127.0.0.1:4615`.
    pub endpoint: String,
    /// The token that forms carry, so that no other site can post them.
    pub csrf: String,
}

/// What became of a form.
#[derive(Clone, Debug)]
pub enum Notice {
    /// It is done.
    Done(String),
    /// It was refused.
    Refused {
        /// The error's code, as the API has it.
        code: String,
        /// Its message.
        message: String,
    },
}

/// What an account answers: the values of the field `action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To agree: to join, to approve, to finalize, to hand the bill on.
    Accept,
    /// To refuse.
    Decline,
    /// To take it back.
    Cancel,
}

impl Answer {
    /// The field's value.
    pub fn value(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Cancel => "cancel",
        }
    }

    /// The answer with this value.
    pub fn from_value(value: &str) -> Option<Self> {
        [Self::Accept, Self::Decline, Self::Cancel].into_iter().find(|answer| answer.value() == value)
    }

    /// The operation that it is.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Accept => "AcceptHandshake",
            Self::Decline => "DeclineHandshake",
            Self::Cancel => "CancelHandshake",
        }
    }

    /// That operation as the AWS CLI calls it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Accept => "accept-handshake",
            Self::Decline => "decline-handshake",
            Self::Cancel => "cancel-handshake",
        }
    }
}

/// `/accept/<organization id>/<handshake id>`: a handshake as the account sees it that answers it.
#[derive(Clone, Debug)]
pub struct HandshakePage {
    /// The site.
    pub site: Site,
    /// The handshake's id.
    pub id: String,
    /// The organization that sent it.
    pub organization: String,
    /// Its management account.
    pub management_id: String,
    /// The management account's name.
    pub management_name: String,
    /// The management account's address.
    pub management_email: String,
    /// What it is about.
    pub subject: Subject,
    /// What the sender wrote.
    pub notes: Option<String>,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Whom it is for.
    pub recipient: Recipient,
    /// Lab mode: the accounts that can answer. Empty for an address that no account has.
    pub answerers: Vec<Answerer>,
    /// What became of the answer that was just given.
    pub notice: Option<Notice>,
}

/// What a handshake is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// To join an organization with these features.
    Invitation(FeatureSet),
    /// To approve all features, as an invited member.
    Approval,
    /// To agree to the role that all features need, as a created member that has deleted it.
    Role,
    /// To enable all features, when everybody has agreed.
    AllFeatures(Approvals),
    /// To let another organization pay the bill.
    Transfer(Offer),
}

/// Who has agreed to all features and who has not.
#[derive(Clone, Debug, Default)]
pub struct Approvals {
    /// Members that have agreed.
    pub approved: usize,
    /// Members that have not answered.
    pub waiting: usize,
    /// Members that have refused.
    pub declined: usize,
    /// Lab mode: the members, those that are missing first.
    pub members: Listed<ApprovalRow>,
}

/// A member that was asked to agree to all features.
#[derive(Clone, Debug)]
pub struct ApprovalRow {
    /// The id of its part of the request.
    pub handshake: String,
    /// The account.
    pub account: String,
    /// Its name; empty if it has left.
    pub name: String,
    /// Where its part stands.
    pub state: State,
}

/// An offer to pay a bill.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The first instant that is paid for.
    pub starts: Timestamp,
    /// The last one, once it is known.
    pub ends: Option<Timestamp>,
}

/// Whom a handshake is for.
#[derive(Clone, Debug)]
pub enum Recipient {
    /// The account with this id.
    Account(String),
    /// Whoever holds this address.
    Email(String),
}

impl Recipient {
    /// The id or the address.
    pub fn text(&self) -> &str {
        match self {
            Self::Account(text) | Self::Email(text) => text,
        }
    }
}

/// An account that can answer a handshake.
#[derive(Clone, Debug)]
pub struct Answerer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The organization it is in.
    pub member_of: Option<Membership>,
}

impl Answerer {
    /// The organization that it manages.
    pub fn managed(&self) -> Option<&str> {
        self.member_of.as_ref().filter(|m| m.management).map(|m| m.organization.as_str())
    }
}

/// That an account is in an organization.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The organization.
    pub organization: String,
    /// The account manages it.
    pub management: bool,
}

/// `/` in lab mode: everything at a glance.
#[derive(Clone, Debug)]
pub struct LabPage {
    /// The site.
    pub site: Site,
    /// Business time and how to move it.
    pub clock: Clock,
    /// The accounts.
    pub accounts: Paged<AccountRow>,
    /// The organizations.
    pub organizations: Paged<OrganizationRow>,
    /// The open invitations, the one that expires first first.
    pub invitations: Paged<InvitationRow>,
    /// The mails, the latest first.
    pub mails: Paged<MailRow>,
    /// How many mails were given up, shown or not.
    pub failed_mails: u64,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page is, if there is one.
    pub next: Option<String>,
    /// There are pages before this one.
    pub later: bool,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), next: None, later: false }
    }
}

impl<T> Paged<T> {
    /// Whether the list has no entry at all, as far as can be told.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.next.is_none() && !self.later
    }
}

/// The rows that are shown of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// There are more that are not shown.
    pub more: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

/// The clock of the lab.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// It is virtual: it can be moved and frozen.
    pub movable: bool,
    /// It stands still.
    pub frozen: bool,
    /// When the next open invitation expires.
    pub next_expiry: Option<Timestamp>,
}

/// An account of the lab.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its id, which is its access key id in the lab, too.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Where it stands in its life, as in `ACTIVE`.
    pub state: String,
    /// It manages an organization, and its address is not verified.
    pub unverified: bool,
    /// The organization it is in.
    pub member_of: Option<Membership>,
}

/// An organization of the lab.
#[derive(Clone, Debug)]
pub struct OrganizationRow {
    /// Its id.
    pub id: String,
    /// Its management account.
    pub management_id: String,
    /// The management account's name.
    pub management_name: String,
    /// What it can do.
    pub feature_set: FeatureSet,
    /// How many accounts are in it, with the management account.
    pub accounts: usize,
    /// How many organizational units it has.
    pub units: usize,
    /// How many invitations of it are open.
    pub open_invitations: usize,
    /// What else waits for an answer: the request to enable all features, and offers to pay bills.
    pub requests: Listed<RequestRow>,
}

/// A request of an organization that waits for an answer.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The handshake's id.
    pub id: String,
    /// What it is about, and where it stands.
    pub text: String,
}

/// An open invitation of the lab.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    /// The handshake's id.
    pub id: String,
    /// The account id or the address that is invited.
    pub target: String,
    /// The inviting organization.
    pub organization: String,
    /// When it expires.
    pub expires: Timestamp,
}

/// A mail of the lab's mailbox.
#[derive(Clone, Debug)]
pub struct MailRow {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
    /// Whose it is.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Where it stands: `PENDING`, `DELIVERED` or `FAILED`.
    pub state: String,
}

/// `/mail/<mail id>`: one mail. Its HTML is served at `/mail/<mail id>/html`, with [`super::mail_html_headers`].
#[derive(Clone, Debug)]
pub struct MailPage {
    /// The site.
    pub site: Site,
    /// The mail.
    pub mail: MailRow,
    /// Which mail it is.
    pub kind: String,
    /// The handshake it is about, if it is about one.
    pub handshake: Option<HandshakeLink>,
    /// It as plain text.
    pub text: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// Whether it was delivered: it is not sent again.
    pub delivered: bool,
}

/// A handshake, as pages lead to it.
#[derive(Clone, Debug)]
pub struct HandshakeLink {
    /// The organization that sent it.
    pub organization: String,
    /// Its id.
    pub id: String,
}

/// `/verify/<account id>/<code>`: where the mail leads that verifies a management account's address.
#[derive(Clone, Debug)]
pub struct VerifyPage {
    /// The site.
    pub site: Site,
    /// The account.
    pub account: String,
    /// What the link is worth.
    pub link: Link,
}

/// What a link that verifies an address is worth.
#[derive(Clone, Debug)]
pub enum Link {
    /// It verifies this address.
    Good {
        /// The address.
        email: String,
        /// The code in the link.
        code: String,
    },
    /// It was just followed.
    Followed,
    /// It is too old, was replaced by a later one, was followed before, or never was one.
    Old {
        /// Lab mode: a new one can be sent, because the account manages an organization and is not verified.
        can_send: bool,
    },
}

/// `/` in production: that the server is there, and nothing else.
#[derive(Clone, Debug)]
pub struct ProductionPage {
    /// The site.
    pub site: Site,
    /// It takes requests.
    pub ready: bool,
}

/// A page that says one thing, such as an error.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// The site.
    pub site: Site,
    /// What happened.
    pub title: String,
    /// What it means, and what to do.
    pub text: String,
}
