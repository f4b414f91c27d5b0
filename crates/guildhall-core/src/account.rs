//! Accounts: who they are, and facts about them that AWS shows nobody.

use serde::{Deserialize, Serialize};

use crate::address::EmailAddress;
use crate::ids::{AccountId, OrgId};
use crate::time::Timestamp;
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

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// The address of its root user. No other account has it.
    pub email: EmailAddress,
    /// Its name.
    pub name: String,
    /// The partition it lives in.
    pub partition: Partition,
    /// When it was registered.
    pub created: Timestamp,
    /// The organization it is in, mirrored by a member there.
    pub org: Option<OrgId>,
    /// What decides about joining and leaving.
    pub facts: Facts,
}

/// Facts about an account that no API shows and that decide about joining and leaving (accounts.md 4.7, 5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a check mark on a sign-up form")]
pub struct Facts {
    /// A valid payment method is on file.
    pub payment_instrument: bool,
    /// The root user's address is verified.
    pub email_verified: bool,
    /// The contact phone is verified.
    pub phone_verified: bool,
    /// The customer agreement is accepted.
    pub customer_agreement: bool,
    /// The account is restricted: its calls are refused and it shows as SUSPENDED.
    pub suspended: bool,
    /// Who sells to this account; informational since organizations may mix sellers (accounts.md 15, row 9).
    pub seller_of_record: String,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            payment_instrument: true,
            email_verified: true,
            phone_verified: true,
            customer_agreement: true,
            suspended: false,
            seller_of_record: "AWS Inc.".into(),
        }
    }
}

/// A long-term access key of an account's root user. SigV4 needs the secret itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The account that the key signs for.
    pub account: AccountId,
    /// The secret access key.
    pub secret: String,
    /// When it was made.
    pub created: Timestamp,
}

/// Without the secret.
impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRecord").field("account", &self.account).finish_non_exhaustive()
    }
}
