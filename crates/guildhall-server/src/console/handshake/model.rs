//! What the page of a handshake shows. Texts are given as they are; the page escapes them.

use askama::Template;
use guildhall_core::kernel::time::Timestamp;
use guildhall_core::state::handshake::State;
use guildhall_core::state::org::FeatureSet;

use crate::console::page::{Listed, Membership, Notice, Site, finish};
use crate::console::{assets, words};

/// What an account answers: the values of the field `action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To agree: to join, to approve, to finalize, to hand the bill on.
    Accept,
    /// To refuse.
    Decline,
    /// To take it back.
    Cancel,
}

impl Answer {
    /// The field's value.
    pub(crate) fn value(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Cancel => "cancel",
        }
    }

    /// The answer with this value.
    pub(crate) fn from_value(value: &str) -> Option<Self> {
        [Self::Accept, Self::Decline, Self::Cancel].into_iter().find(|answer| answer.value() == value)
    }

    /// The operation that it is.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Accept => "AcceptHandshake",
            Self::Decline => "DeclineHandshake",
            Self::Cancel => "CancelHandshake",
        }
    }

    /// That operation as the AWS CLI calls it.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Accept => "accept-handshake",
            Self::Decline => "decline-handshake",
            Self::Cancel => "cancel-handshake",
        }
    }
}

/// `/accept/<organization id>/<handshake id>`: a handshake as the account sees it that answers it.
#[derive(Clone, Debug)]
pub(crate) struct HandshakePage {
    /// The site.
    pub(crate) site: Site,
    /// The handshake's id.
    pub(crate) id: String,
    /// The organization that sent it.
    pub(crate) organization: String,
    /// Its management account.
    pub(crate) management_id: String,
    /// The management account's name.
    pub(crate) management_name: String,
    /// The management account's address.
    pub(crate) management_email: String,
    /// What it is about.
    pub(crate) subject: Subject,
    /// What the sender wrote.
    pub(crate) notes: Option<String>,
    /// When it was sent.
    pub(crate) sent: Timestamp,
    /// When it expires.
    pub(crate) expires: Timestamp,
    /// Where it stands.
    pub(crate) state: State,
    /// Whom it is for.
    pub(crate) recipient: Recipient,
    /// Lab mode: the accounts that can answer. Empty for an address that no account has.
    pub(crate) answerers: Vec<Answerer>,
    /// What became of the answer that was just given.
    pub(crate) notice: Option<Notice>,
}

/// What a handshake is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
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
pub(crate) struct Approvals {
    /// Members that have agreed.
    pub(crate) approved: usize,
    /// Members that have not answered.
    pub(crate) waiting: usize,
    /// Members that have refused.
    pub(crate) declined: usize,
    /// Lab mode: the members, those that are missing first.
    pub(crate) members: Listed<ApprovalRow>,
}

/// A member that was asked to agree to all features.
#[derive(Clone, Debug)]
pub(crate) struct ApprovalRow {
    /// The id of its part of the request.
    pub(crate) handshake: String,
    /// The account.
    pub(crate) account: String,
    /// Its name; empty if it has left.
    pub(crate) name: String,
    /// Where its part stands.
    pub(crate) state: State,
}

/// An offer to pay a bill.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// The first instant that is paid for.
    pub(crate) starts: Timestamp,
    /// The last one, once it is known.
    pub(crate) ends: Option<Timestamp>,
}

/// Whom a handshake is for.
#[derive(Clone, Debug)]
pub(crate) enum Recipient {
    /// The account with this id.
    Account(String),
    /// Whoever holds this address.
    Email(String),
}

impl Recipient {
    /// The id or the address.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Account(text) | Self::Email(text) => text,
        }
    }
}

/// An account that can answer a handshake.
#[derive(Clone, Debug)]
pub(crate) struct Answerer {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its address.
    pub(crate) email: String,
    /// The organization it is in.
    pub(crate) member_of: Option<Membership>,
}

impl Answerer {
    /// The organization that it manages.
    pub(crate) fn managed(&self) -> Option<&str> {
        self.member_of.as_ref().filter(|m| m.management).map(|m| m.organization.as_str())
    }
}

#[derive(Template)]
#[template(path = "console/handshake.html")]
struct HandshakeTemplate<'a> {
    site: &'a Site,
    page: &'a HandshakePage,
}

impl HandshakeTemplate<'_> {
    /// Whether it waits for an answer.
    fn waits(&self) -> bool {
        matches!(self.page.state, State::Open | State::Requested)
    }

    fn title(&self) -> &'static str {
        self.page.subject.title(self.page.state)
    }

    fn ending(&self) -> Option<&'static str> {
        self.page.subject.ending(self.page.state)
    }

    fn answers(&self) -> &'static [(Answer, &'static str)] {
        self.page.subject.answers(self.page.state)
    }

    fn is_transfer(&self) -> bool {
        matches!(self.page.subject, Subject::Transfer(_))
    }
}

/// `/accept/<organization id>/<handshake id>`.
pub(crate) fn render_handshake(page: &HandshakePage) -> String {
    finish(&HandshakeTemplate { site: &page.site, page })
}
