//! Mails: what each says, as data. The server renders them (accounts.md 8).

use serde::{Deserialize, Serialize};

use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, HandshakeId, OrgId};
use crate::kernel::time::Timestamp;
use crate::state::account::AccountRecord;
use crate::state::handshake::{Handshake, Sender};
use crate::state::org::{FeatureSet, OrgRecord};
use crate::state::transfer::Transfer;
use crate::wire_enum;

/// A mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Where it goes: always the address of a root user, or the one that was invited.
    pub to: EmailAddress,
    /// What it is about.
    pub kind: MailKind,
    /// The handshake it is about, if it is about one.
    pub handshake: Option<HandshakeId>,
    /// What it says.
    pub about: Content,
}

wire_enum! {
    /// Which mail it is.
    MailKind {
        /// To the invited: you are invited.
        Invitation = "Invitation",
        /// To the invited: the invitation was withdrawn.
        InvitationCanceled = "InvitationCanceled",
        /// To the management account: the invitation was accepted.
        InvitationAccepted = "InvitationAccepted",
        /// To the management account: the invitation was declined.
        InvitationDeclined = "InvitationDeclined",
        /// To the new member: you are a member now.
        MembershipStarted = "MembershipStarted",
        /// To an invited member: approve all features, or agree to the role that they need.
        AllFeaturesRequest = "AllFeaturesRequest",
        /// To another organization's management account: let us pay your bill.
        TransferInvitation = "TransferInvitation",
        /// To the invited: the invitation to transfer the bill was withdrawn.
        TransferCanceled = "TransferCanceled",
        /// To the inviting management account: the transfer was accepted.
        TransferAccepted = "TransferAccepted",
        /// To the inviting management account: the transfer was declined.
        TransferDeclined = "TransferDeclined",
        /// To both management accounts: the transfer ends.
        TransferWithdrawn = "TransferWithdrawn",
        /// To a created account: welcome.
        Welcome = "Welcome",
        /// To a closed account: it is closed.
        AccountClosed = "AccountClosed",
        /// To the new address of a root user: the code that confirms it.
        PrimaryEmailCode = "PrimaryEmailCode",
        /// To the old address of a root user: it is no longer the account's.
        PrimaryEmailChanged = "PrimaryEmailChanged",
        /// To a management account: verify that this address is yours.
        EmailVerification = "EmailVerification",
    }
}

/// What a mail says, by what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A handshake.
    Handshake(Invitation),
    /// An account.
    Account(AccountNews),
    /// A code that only who reads the mail can know.
    Verification(Verification),
}

/// What mails about an account say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNews {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The organization that it is in.
    pub organization: Option<OrgId>,
    /// Until when a closed account can be reopened.
    pub until: Option<Timestamp>,
    /// The address that it has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<EmailAddress>,
}

/// A code that proves that an address is its reader's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The code.
    pub code: String,
    /// Until when it is good.
    pub expires: Timestamp,
}

/// Without the code.
impl std::fmt::Debug for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verification").field("account", &self.account).finish_non_exhaustive()
    }
}

/// What mails about a handshake say.
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
    /// When the transfer starts that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_start: Option<Timestamp>,
    /// When that transfer ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_end: Option<Timestamp>,
}

impl Mail {
    /// A code for an account, to an address that is, or is to be, its own.
    pub fn code(
        kind: MailKind,
        to: EmailAddress,
        account: &AccountRecord,
        code: String,
        expires: Timestamp,
    ) -> Self {
        let about = Verification { account: account.id, name: account.name.clone(), code, expires };
        Self { to, kind, handshake: None, about: Content::Verification(about) }
    }

    /// To an account's old address: it has a new one.
    pub fn primary_email_changed(account: &AccountRecord, address: EmailAddress) -> Self {
        let (to, name) = (account.email.clone(), account.name.clone());
        let (account, organization) = (account.id, account.org);
        let news = AccountNews { account, name, organization, until: None, address: Some(address) };
        Self { to, kind: MailKind::PrimaryEmailChanged, handshake: None, about: Content::Account(news) }
    }

    /// A mail about a handshake that `account` has answered, if somebody has.
    pub fn about(
        kind: MailKind,
        to: EmailAddress,
        org: OrgId,
        h: &Handshake,
        account: Option<AccountId>,
    ) -> Self {
        Self {
            to,
            kind,
            handshake: Some(h.id),
            about: Content::Handshake(Invitation {
                organization: org,
                management_account: h.sender.account,
                management_name: h.sender.name.to_string(),
                management_email: h.sender.email.clone(),
                feature_set: h.feature_set,
                notes: h.notes.as_deref().map(str::to_owned),
                expires: h.expires,
                invited: h.target.as_ref().map_or_else(|| org.to_string(), ToString::to_string),
                account,
                transfer_start: h.transfer.as_ref().map(|t| t.start),
                transfer_end: None,
            }),
        }
    }

    /// A transfer ends. Its invitation may be forgotten by then: what was said there is said again.
    pub fn transfer_withdrawn(
        to: EmailAddress,
        org: &OrgRecord,
        sender: &Sender,
        transfer: &Transfer,
    ) -> Self {
        let about = Invitation {
            organization: org.id,
            management_account: sender.account,
            management_name: sender.name.to_string(),
            management_email: sender.email.clone(),
            feature_set: org.feature_set,
            notes: None,
            expires: transfer.expires,
            invited: transfer.invited.to_string(),
            account: transfer.source.as_ref().map(|s| s.account),
            transfer_start: Some(transfer.start),
            transfer_end: transfer.end,
        };
        let (kind, handshake) = (MailKind::TransferWithdrawn, Some(transfer.handshake));
        Self { to, kind, handshake, about: Content::Handshake(about) }
    }

    /// A mail about an account, to its root user.
    pub fn about_account(kind: MailKind, account: &AccountRecord, until: Option<Timestamp>) -> Self {
        let (to, name) = (account.email.clone(), account.name.clone());
        let news = AccountNews { account: account.id, name, organization: account.org, until, address: None };
        Self { to, kind, handshake: None, about: Content::Account(news) }
    }
}
