//! Accounts: who they are, and facts about them that AWS shows nobody.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, HandshakeId, OrgId, UserId};
use crate::kernel::time::Timestamp;
use crate::state::creation::FailureReason;
use crate::state::holds::{Holds, Misplaced};
use crate::state::inbox::{Inbox, InboxEntry};
use crate::state::profile::Profile;
use crate::state::sealed::SealedSecret;
use crate::wire_enum;

wire_enum! {
    /// An AWS partition. An account belongs to one.
    Partition {
        /// The commercial regions.
        Aws = "aws",
        /// China.
        China = "aws-cn",
        /// GovCloud (US).
        GovCloud = "aws-us-gov",
    }
}

impl Partition {
    /// Every partition.
    pub const ALL: &'static [Self] = &[Self::Aws, Self::China, Self::GovCloud];
}

wire_enum! {
    /// Where an account stands in its life (accounts.md 4.5).
    AccountState {
        /// Its sign-up is not finished.
        PendingActivation = "PENDING_ACTIVATION",
        /// It can be used.
        Active = "ACTIVE",
        /// AWS restricts it.
        Suspended = "SUSPENDED",
        /// It is being closed.
        PendingClosure = "PENDING_CLOSURE",
        /// It is closed, for good after some time.
        Closed = "CLOSED",
    }
}

impl AccountState {
    /// `Status`, which old clients read.
    pub fn status(self) -> &'static str {
        match self {
            Self::PendingActivation | Self::Active => "ACTIVE",
            Self::Suspended | Self::Closed => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
        }
    }
}

/// The closing of an account (accounts.md 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// When it was asked for.
    pub requested: Timestamp,
    /// From this instant on the account is closed.
    pub closes: Timestamp,
    /// From this instant on it is so for good, and in no organization.
    pub ends: Timestamp,
    /// That it is closed was written down, and a mail sent.
    pub done: bool,
}

/// What the state of an account is made of. A member mirrors it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// AWS restricts the account: its calls are refused.
    pub suspended: bool,
    /// Its sign-up is not finished, and it shows so.
    pub pending_activation: bool,
    /// It is being closed, or is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Closure>,
}

impl Standing {
    /// The state at `now`.
    pub fn state(&self, now: Timestamp) -> AccountState {
        match self.closure {
            Some(closure) if now >= closure.closes => AccountState::Closed,
            Some(_) => AccountState::PendingClosure,
            None if self.suspended => AccountState::Suspended,
            None if self.pending_activation => AccountState::PendingActivation,
            None => AccountState::Active,
        }
    }

    /// Whether the account may call anything: while it is being closed it still may.
    pub fn may_call(&self, now: Timestamp) -> bool {
        !self.suspended && self.state(now) != AccountState::Closed
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// The address of its root user. No other account of the partition has it.
    pub email: EmailAddress,
    /// Its name.
    pub name: String,
    /// The partition it lives in.
    pub partition: Partition,
    /// When it was registered.
    pub created: Timestamp,
    /// The organization it is in, mirrored by a member there.
    pub org: Option<OrgId>,
    /// What its state is made of.
    pub standing: Standing,
    /// What decides about joining and leaving.
    pub facts: Facts,
    /// Its pair in GovCloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub govcloud: Option<AccountId>,
    /// The code that the link in the last verification mail carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_code: Option<EmailCode>,
}

/// A code that only who reads a mail can know.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailCode {
    /// The code.
    pub code: String,
    /// From this instant on it is of no use.
    pub expires: Timestamp,
}

/// Without the code.
impl std::fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailCode").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Facts about an account that no API shows and that decide about joining and leaving (accounts.md 4.7, 5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a check mark on a sign-up form")]
pub struct Facts {
    /// A payment method is on file.
    pub payment_instrument: bool,
    /// The payment method on file is one that AWS takes.
    pub payment_instrument_valid: bool,
    /// The root user's address is verified.
    pub email_verified: bool,
    /// The contact phone is verified.
    pub phone_verified: bool,
    /// The customer agreement is accepted.
    pub customer_agreement: bool,
    /// Who sells to this account; informational since organizations may mix sellers (accounts.md 15, row 9).
    pub seller_of_record: String,
    /// Accounts that this one creates fail for this reason: to rehearse what cannot be brought about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_account_failure: Option<FailureReason>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            payment_instrument: true,
            payment_instrument_valid: true,
            email_verified: true,
            phone_verified: true,
            customer_agreement: true,
            seller_of_record: "AWS Inc.".into(),
            create_account_failure: None,
        }
    }
}

impl Facts {
    /// Whether a payment method is on file that AWS takes (accounts.md 3.1, 5.5).
    pub fn can_pay(&self) -> bool {
        self.payment_instrument && self.payment_instrument_valid
    }

    /// An account that was created in an organization: nobody has signed anything for it (accounts.md 4.1).
    pub fn created(seller_of_record: &str) -> Self {
        Self {
            payment_instrument: false,
            email_verified: false,
            phone_verified: false,
            customer_agreement: false,
            seller_of_record: seller_of_record.to_owned(),
            ..Self::default()
        }
    }
}

/// A long-term access key of a user, or of an account's root user. SigV4 needs the secret itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The account that the key signs for.
    pub account: AccountId,
    /// The user; none: the root user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Whether it was switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inactive: bool,
    /// The secret access key.
    pub secret: SealedSecret,
    /// When it was made.
    pub created: Timestamp,
    /// When it last signed, as far as that is noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<KeyUse>,
}

/// A use of an access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// When.
    pub at: Timestamp,
    /// The region that the request was signed for.
    pub region: Box<str>,
    /// The service.
    pub service: Box<str>,
}

/// Without the secret.
impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRecord").field("account", &self.account).finish_non_exhaustive()
    }
}

/// An account in memory. An invitation may wait for one that does not exist yet.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The account.
    pub record: Option<Arc<AccountRecord>>,
    /// Its contacts, and a change of its address that is under way. Shared, because most decisions need none of it.
    pub profile: Option<Arc<Profile>>,
    /// Invitations to it by its id.
    pub inbox: Inbox,
}

impl Account {
    /// About how many items it has.
    pub fn items(&self) -> usize {
        1 + self.inbox.len()
    }
}

impl Holds<(), AccountRecord> for Account {
    fn put(&mut self, (): (), record: AccountRecord) -> Result<(), Misplaced> {
        self.record = Some(Arc::new(record));
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.record = None;
    }
}

impl Holds<(), Arc<Profile>> for Account {
    fn put(&mut self, (): (), profile: Arc<Profile>) -> Result<(), Misplaced> {
        self.profile = Some(profile);
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.profile = None;
    }
}

impl Holds<HandshakeId, InboxEntry> for Account {
    fn put(&mut self, _: HandshakeId, entry: InboxEntry) -> Result<(), Misplaced> {
        self.inbox.insert(entry);
        Ok(())
    }

    fn remove(&mut self, id: HandshakeId) {
        self.inbox.remove(&id);
    }
}

/// An access key in memory.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// The key, if there is one with this id. Boxed, so that other owners are no larger for it.
    pub record: Option<Box<KeyRecord>>,
}

impl Key {
    /// How many items it has.
    pub fn items(&self) -> usize {
        1
    }
}

impl Holds<(), KeyRecord> for Key {
    fn put(&mut self, (): (), record: KeyRecord) -> Result<(), Misplaced> {
        self.record = Some(Box::new(record));
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.record = None;
    }
}
