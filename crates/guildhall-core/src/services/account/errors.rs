//! Every refusal of the Account Management API, as a closed enum; turned into a wire error at the edge.
//!
//! Texts are recorded ones where there is a recording (observed.md 22 and 23), otherwise the model's own sentence.

use std::borrow::Cow;

use super::NAME;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{ErrorAnswer, Refusal, ServiceError, WrongField};

/// What AWS adds in parentheses to a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeniedBecause {
    /// Nothing.
    Unsaid,
    /// The target is not one that the caller may name.
    Target,
    /// The organization does not let the service act in its accounts.
    NoTrustedAccess,
    /// The management account is named by its id.
    ManagementAccount,
    /// There is no such type of alternate contact; recorded as a denial.
    ContactType,
    /// What is named is no region by its letters; recorded as a denial.
    Region,
}

/// A refusal of the Account Management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountError {
    /// The caller may not do this to this account.
    AccessDenied {
        /// Who calls, by its ARN.
        caller: String,
        /// The operation's name.
        operation: &'static str,
        /// What is said about the reason.
        because: DeniedBecause,
    },
    /// The new address belongs to an account already.
    EmailTaken,
    /// There is no contact of this type.
    NoAlternateContact,
    /// There is no pair in GovCloud.
    NoGovCloudAccount,
    /// The account's partition has no such region.
    UnknownRegion(String),
    /// The region is being enabled or disabled.
    RegionBusy {
        /// Whose it is.
        account: AccountId,
        /// The region.
        region: String,
    },
    /// The region cannot be switched from where it stands.
    RegionStatus,
    /// Too many regions are being enabled or disabled: of whom.
    RegionQuota(&'static str),
    /// The token is not one that this listing gave out.
    BadToken,
    /// The name is blank. Recorded without an error type (observed.md 23).
    BlankName,
    /// A member of the contact is blank: its name.
    BlankArgument(&'static str),
    /// A member breaks a rule of the model: the rule in the words of AWS's check.
    Invalid(String),
    /// A member has a value that it cannot have, by a rule that is not in the model.
    InvalidField {
        /// The member.
        name: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// No change of the address is under way.
    NoEmailUpdate,
    /// The address is not the one that the change was started with.
    OtherEmail,
    /// The code is not the one that was sent.
    WrongCode,
    /// A fault of ours.
    Internal,
}

impl AccountError {
    /// The exception's shape name; none for the one refusal that has none.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::AccessDenied { .. } => "AccessDeniedException",
            Self::EmailTaken | Self::RegionBusy { .. } => "ConflictException",
            Self::NoAlternateContact | Self::NoGovCloudAccount => "ResourceNotFoundException",
            Self::BlankName => return None,
            Self::BlankArgument(_)
            | Self::Invalid(_)
            | Self::InvalidField { .. }
            | Self::UnknownRegion(_)
            | Self::RegionStatus
            | Self::BadToken
            | Self::NoEmailUpdate
            | Self::OtherEmail
            | Self::WrongCode => "ValidationException",
            Self::RegionQuota(_) => "TooManyRequestsException",
            Self::Internal => "InternalServerException",
        })
    }

    /// The HTTP status, as the model gives it.
    pub fn status(&self) -> u16 {
        match self {
            Self::AccessDenied { .. } => 403,
            Self::EmailTaken | Self::RegionBusy { .. } => 409,
            Self::NoAlternateContact | Self::NoGovCloudAccount => 404,
            Self::BlankName
            | Self::BlankArgument(_)
            | Self::Invalid(_)
            | Self::InvalidField { .. }
            | Self::UnknownRegion(_)
            | Self::RegionStatus
            | Self::BadToken
            | Self::NoEmailUpdate
            | Self::OtherEmail
            | Self::WrongCode => 400,
            Self::RegionQuota(_) => 429,
            Self::Internal => 500,
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::AccessDenied { caller, operation, because } => {
                let because = because.text();
                let what =
                    format!("User: {caller} is not authorized to perform: account:{operation}{because}");
                return what.into();
            }
            Self::EmailTaken => "The email address is already in use by another account.",
            Self::NoAlternateContact => "No contact of the inputted alternate contact type found.",
            Self::NoGovCloudAccount => {
                "The operation failed because it specified a resource that can't be found."
            }
            Self::UnknownRegion(name) => {
                return format!("{name} is not a valid region for opt-in or opt-out.").into();
            }
            Self::RegionBusy { account, region } => {
                return format!(
                    "Account {account} and region {region} is currently being enabled or disabled. Please wait until it finishes and then try again."
                )
                .into();
            }
            Self::RegionStatus => "Unable to switch region status because of its current opt-in status.",
            Self::RegionQuota(whose) => {
                return format!(
                    "This request has exceeded the quota for 'Number of concurrent region-opt requests for {whose}'. Consider retrying the operation later once some requests have been completed."
                )
                .into();
            }
            Self::BadToken => "NextToken is malformed",
            Self::BlankName => "The input AccountName must not be null or only whitespace.",
            Self::BlankArgument(name) => return format!("the argument {name} can not be empty").into(),
            Self::Invalid(rule) => return format!("[{rule}]").into(),
            Self::InvalidField { .. } => {
                "The operation failed because one of the input parameters was invalid."
            }
            Self::NoEmailUpdate => "No email update found for account",
            Self::OtherEmail => {
                "The primary email does not match the primary email of the StartPrimaryEmailUpdate request."
            }
            Self::WrongCode => "The one-time passcode is not valid.",
            Self::Internal => {
                "The operation failed because of an error internal to Amazon Web Services. Try your operation again later."
            }
        })
    }

    /// The member that is wrong and the rule it breaks, told as `fieldList`, and `reason`. The checks of the model come
    /// without them (observed.md 23).
    fn field(&self) -> Option<Box<WrongField>> {
        const FAILED: &str = "fieldValidationFailed";
        let (name, rule, reason) = match self {
            Self::InvalidField { name, rule } => (*name, Cow::Borrowed(*rule), FAILED),
            Self::UnknownRegion(_) => ("RegionName", self.message(), FAILED),
            Self::RegionStatus => ("RegionName", self.message(), "invalidRegionOptTarget"),
            Self::BadToken => ("NextToken", self.message(), FAILED),
            _ => return None,
        };
        Some(Box::new(WrongField { name, rule, reason }))
    }
}

impl ServiceError for AccountError {
    fn service(&self) -> &'static str {
        NAME
    }

    fn answer(&self) -> ErrorAnswer {
        let (code, status) = (self.code(), self.status());
        ErrorAnswer { code, status, message: self.message(), reason: None, field: self.field() }
    }
}

/// A refusal as this API answers it. Two writers that get in each other's way to the end are told as too many requests,
/// which every operation declares and clients try again.
pub fn error_answer(refusal: &Refusal) -> ErrorAnswer {
    let (code, status, message) = match refusal {
        Refusal::Own(error) if error.service() == NAME => return error.answer(),
        Refusal::AccessDenied | Refusal::NotOffered | Refusal::NotInOrganization => {
            ("AccessDeniedException", 403, ACCESS_DENIED.into())
        }
        Refusal::DeniedByPolicy(denial) => ("AccessDeniedException", 403, denial.to_string().into()),
        Refusal::TooManyRequests | Refusal::ConcurrentModification => {
            ("TooManyRequestsException", 429, TOO_MANY.into())
        }
        // The first three are told at the front door.
        Refusal::UnknownCaller(_)
        | Refusal::UnknownPrincipal
        | Refusal::ExpiredSession
        | Refusal::Internal
        | Refusal::Own(_) => {
            return AccountError::Internal.answer();
        }
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}

const ACCESS_DENIED: &str = "You don't have permissions to access this resource.";
const TOO_MANY: &str =
    "The operation failed because it was called too frequently and exceeded a throttle limit.";

impl DeniedBecause {
    fn text(self) -> &'static str {
        match self {
            Self::Unsaid => "",
            Self::Target => " (Access Denied)",
            Self::NoTrustedAccess => {
                " (Your organization must first enable trusted access with AWS Account Management.)"
            }
            Self::ManagementAccount => {
                " (The management account can only be managed using the standalone context from the management account.)"
            }
            Self::ContactType => " (You specified an invalid Alternate Contact type.)",
            Self::Region => " (You specified an invalid target region.)",
        }
    }
}
