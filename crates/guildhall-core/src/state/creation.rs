//! Requests to create accounts, and what became of them (accounts.md 4.1, 4.2).

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AccountId, CreationId};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::time::{DAY, Timestamp};
use crate::state::tag::Tags;
use crate::wire_enum;

/// How long what became of a request can be asked for.
pub const KEPT: i64 = 90 * DAY;

wire_enum! {
    /// Where a request stands.
    CreationState {
        /// It runs.
        InProgress = "IN_PROGRESS",
        /// The account is there.
        Succeeded = "SUCCEEDED",
        /// There is no account.
        Failed = "FAILED",
    }
}

wire_enum! {
    /// Why there is no account.
    FailureReason {
        /// The organization is full.
        AccountLimitExceeded = "ACCOUNT_LIMIT_EXCEEDED",
        /// The same request is running already.
        ConcurrentAccountModification = "CONCURRENT_ACCOUNT_MODIFICATION",
        /// An account has the address, or had it before it was closed.
        EmailAlreadyExists = "EMAIL_ALREADY_EXISTS",
        /// The management account's identity does not fit its business license (China).
        InvalidIdentityForBusinessValidation = "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
        /// The business license was not accepted (China).
        FailedBusinessValidation = "FAILED_BUSINESS_VALIDATION",
        /// A GovCloud account has the address.
        GovcloudAccountAlreadyExists = "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
        /// Something went wrong inside.
        InternalFailure = "INTERNAL_FAILURE",
        /// The contact address is not valid.
        InvalidAddress = "INVALID_ADDRESS",
        /// The address is not one that AWS writes to.
        InvalidEmail = "INVALID_EMAIL",
        /// The management account's payment method is not accepted.
        InvalidPaymentInstrument = "INVALID_PAYMENT_INSTRUMENT",
        /// There is no business license (China).
        MissingBusinessValidation = "MISSING_BUSINESS_VALIDATION",
        /// The management account has no payment method.
        MissingPaymentInstrument = "MISSING_PAYMENT_INSTRUMENT",
        /// The business license is still being looked at (China).
        PendingBusinessValidation = "PENDING_BUSINESS_VALIDATION",
        /// Nobody knows about the business license (China).
        UnknownBusinessValidation = "UNKNOWN_BUSINESS_VALIDATION",
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// These accounts.
    Succeeded {
        /// The member.
        account: AccountId,
        /// Its GovCloud pair.
        govcloud: Option<AccountId>,
    },
    /// No account.
    Failed(FailureReason),
}

/// The account that a request asks for: the same for requests that repeat each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    email: Box<str>,
    name: Box<str>,
    role: Box<str>,
    govcloud: bool,
}

/// A request to create an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// Its id.
    pub id: CreationId,
    /// The new account's address, as it was given: whether it is a good one is decided at the end.
    pub email: Box<str>,
    /// The new account's name.
    pub name: Box<str>,
    /// The role in it that the management account may assume.
    pub role: Box<str>,
    /// Whether its IAM users may see the bill.
    pub billing_access: bool,
    /// Tags of the new member.
    pub tags: Tags,
    /// It gets a pair in GovCloud.
    pub govcloud: bool,
    /// It repeated a request that was running.
    pub repeated: bool,
    /// When it was made.
    pub requested: Timestamp,
    /// When it will be, or was, decided.
    pub completes: Timestamp,
    /// What became of it; `None` while it runs.
    pub outcome: Option<Outcome>,
}

impl Creation {
    /// Where it stands.
    pub fn state(&self) -> CreationState {
        match self.outcome {
            None => CreationState::InProgress,
            Some(Outcome::Succeeded { .. }) => CreationState::Succeeded,
            Some(Outcome::Failed(_)) => CreationState::Failed,
        }
    }

    /// Which account it asks for.
    pub fn wanted(&self) -> Wanted {
        let email = self.email.to_lowercase().into();
        Wanted { email, name: self.name.clone(), role: self.role.clone(), govcloud: self.govcloud }
    }
}

/// As CreateAccountStatus (accounts.md 2.6): without the address.
impl WriteJson for Creation {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"Id":""#).raw(self.id.as_str()).raw(r#"","AccountName":"#).string(&self.name);
        json.raw(r#","State":""#)
            .raw(self.state().wire())
            .raw(r#"","RequestedTimestamp":"#)
            .time(self.requested);
        if self.outcome.is_some() {
            json.raw(r#","CompletedTimestamp":"#).time(self.completes);
        }
        match &self.outcome {
            None => {}
            Some(Outcome::Succeeded { account, govcloud }) => {
                json.raw(r#","AccountId":"#).string(&account.text());
                if let Some(govcloud) = govcloud {
                    json.raw(r#","GovCloudAccountId":"#).string(&govcloud.text());
                }
            }
            Some(Outcome::Failed(reason)) => {
                json.raw(r#","FailureReason":""#).raw(reason.wire()).raw("\"");
            }
        }
        json.raw("}");
    }
}
