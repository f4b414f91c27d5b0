//! Mails: what each says, as data. The server renders them (accounts.md 8).

use serde::{Deserialize, Serialize};

use crate::address::EmailAddress;
use crate::handshake::Handshake;
use crate::ids::{AccountId, HandshakeId, OrgId};
use crate::org::FeatureSet;
use crate::time::Timestamp;

/// A mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Where it goes: always the address of a root user, or the one that was invited.
    pub to: EmailAddress,
    /// What it is about.
    pub kind: MailKind,
    /// The handshake it is about.
    pub handshake: HandshakeId,
    /// What it says.
    pub about: Invitation,
}

/// Which mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailKind {
    /// To the invited: you are invited.
    Invitation,
    /// To the invited: the invitation was withdrawn.
    InvitationCanceled,
    /// To the management account: the invitation was accepted.
    InvitationAccepted,
    /// To the management account: the invitation was declined.
    InvitationDeclined,
    /// To the new member: you are a member now.
    MembershipStarted,
}

impl MailKind {
    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invitation => "Invitation",
            Self::InvitationCanceled => "InvitationCanceled",
            Self::InvitationAccepted => "InvitationAccepted",
            Self::InvitationDeclined => "InvitationDeclined",
            Self::MembershipStarted => "MembershipStarted",
        }
    }
}

/// What mails about an invitation say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The inviting organization.
    pub organization: OrgId,
    /// Its management account.
    pub management_account: AccountId,
    /// The management account's name.
    pub management_name: String,
    /// The management account's address.
    pub management_email: EmailAddress,
    /// The features that the invitation promises.
    pub feature_set: FeatureSet,
    /// What the sender wrote, as it was given: escape it.
    pub notes: Option<String>,
    /// When the invitation expires.
    pub expires: Timestamp,
    /// Whom the invitation is for: an account id or an address.
    pub invited: String,
    /// The account that answered, once one did.
    pub account: Option<AccountId>,
}

impl Mail {
    /// A mail about an invitation.
    pub fn about(
        kind: MailKind,
        to: EmailAddress,
        org: OrgId,
        h: &Handshake,
        account: Option<AccountId>,
    ) -> Self {
        use crate::handshake::Target;
        Self {
            to,
            kind,
            handshake: h.id,
            about: Invitation {
                organization: org,
                management_account: h.sender.account,
                management_name: h.sender.name.to_string(),
                management_email: h.sender.email.clone(),
                feature_set: h.feature_set,
                notes: h.notes.as_deref().map(str::to_owned),
                expires: h.expires,
                invited: match &h.target {
                    Target::Account(id) => id.to_string(),
                    Target::Email(address) => address.to_string(),
                },
                account,
            },
        }
    }
}
