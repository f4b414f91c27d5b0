//! Every refusal, as closed enums; turned into wire errors at the edge.
//!
//! Codes and reasons are the service model's; texts are recorded ones where there is a recording (observed.md,
//! accounts.md 13), otherwise the model's own sentence with contractions spelled out (accounts.md 1.5).

use std::borrow::Cow;

use crate::owner::Owner;

/// Why a command did not produce its answer.
#[derive(Debug)]
pub enum Stop {
    /// An owner has to be loaded first; then the command runs again.
    Missing(Owner),
    /// The command is refused and changes nothing.
    Refused(Failure),
    /// The command is refused, and what it changed so far is kept (observed.md 13).
    RefusedAfterChange(Failure),
}

/// A refusal: AWS's on AWS's API, ours elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A modelled exception of the Organizations API.
    #[error("{}", .0.message())]
    Api(ApiError),
    /// A refusal of the control API.
    #[error("{0}")]
    Control(ControlError),
}

impl From<ApiError> for Stop {
    fn from(e: ApiError) -> Self {
        Self::Refused(Failure::Api(e))
    }
}

impl From<ControlError> for Stop {
    fn from(e: ControlError) -> Self {
        Self::Refused(Failure::Control(e))
    }
}

impl From<crate::ids::BadId> for Stop {
    fn from(_: crate::ids::BadId) -> Self {
        ApiError::Service.into()
    }
}

/// A refusal of the control API (control-api.md).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No account has this id.
    #[error("no account has the id `{0}`")]
    AccountNotFound(String),
    /// The id is taken.
    #[error("the account id `{0}` is taken; leave Id out and one is chosen")]
    AccountExists(String),
    /// The address is held by another account.
    #[error("the e-mail address belongs to account `{0}` already; an address belongs to one account")]
    EmailTaken(String),
    /// No organization has this id.
    #[error("no organization has the id `{0}`")]
    OrganizationNotFound(String),
    /// A member of the request is missing or has a value that it cannot have.
    #[error("{member}: {rule}")]
    BadRequest {
        /// The member of the request.
        member: &'static str,
        /// What would be right.
        rule: Cow<'static, str>,
    },
}

impl ControlError {
    /// The error's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotFound(_) => "AccountNotFound",
            Self::AccountExists(_) => "AccountExists",
            Self::EmailTaken(_) => "EmailTaken",
            Self::OrganizationNotFound(_) => "OrganizationNotFound",
            Self::BadRequest { .. } => "BadRequest",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::AccountNotFound(_) | Self::OrganizationNotFound(_) => 404,
            Self::AccountExists(_) | Self::EmailTaken(_) => 409,
            Self::BadRequest { .. } => 400,
        }
    }
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $wire:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant's text, right beside it, says what it means")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// The reason as it stands on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }

            /// The sentence that goes with it.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    /// Reasons of InvalidInputException.
    InputReason {
        DuplicateTagKey = "DUPLICATE_TAG_KEY", "Your request includes duplicate tag keys.";
        InputRequired = "INPUT_REQUIRED", "You must provide a value for the parameter.";
        InvalidEmailAddressTarget = "INVALID_EMAIL_ADDRESS_TARGET",
            "You specified an invalid email address for the invited account owner.";
        InvalidEnum = "INVALID_ENUM", "You specified an invalid value.";
        InvalidNextToken = "INVALID_NEXT_TOKEN",
            "You specified an invalid value for nextToken. You must get the value from the response to a previous call to the API.";
        InvalidPartyTypeTarget = "INVALID_PARTY_TYPE_TARGET",
            "You specified an invalid party type as the target parameter.";
        InvalidPattern = "INVALID_PATTERN", "You provided a value that does not match the required pattern.";
        InvalidSystemTagsParameter = "INVALID_SYSTEM_TAGS_PARAMETER",
            "You specified a tag key that is a system tag. You can’t add, edit, or delete system tag keys because they're reserved for Amazon Web Services use. System tags don’t count against your tags per resource limit.";
        MaxLengthExceeded = "MAX_LENGTH_EXCEEDED", "You provided a string that exceeds that maximum length.";
        MaxLimitExceededFilter = "MAX_LIMIT_EXCEEDED_FILTER", "You specified too many filter parameters.";
        MaxValueExceeded = "MAX_VALUE_EXCEEDED", "You provided a value that exceeds the maximum allowed.";
        MinLengthExceeded = "MIN_LENGTH_EXCEEDED", "You provided a string that is below the minimum length.";
        MinValueExceeded = "MIN_VALUE_EXCEEDED", "You provided a value that is below the minimum allowed.";
    }
}

reasons! {
    /// Reasons of ConstraintViolationException.
    ConstraintReason {
        AccountCannotLeaveWithoutEula = "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCannotLeaveWithoutPhoneVerification = "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCreationNotComplete = "ACCOUNT_CREATION_NOT_COMPLETE",
            "Your account setup is not complete or your account is not fully active. You must complete the account setup before you create an organization.";
        CreateOrganizationInBillingModeUnsupportedRegion = "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION",
            "To create an organization in the specified region, you must enable all features mode.";
        MasterAccountPaymentInstrumentRequired = "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "To create an organization with this management account, you first must associate a valid payment instrument, such as a credit card, with the account.";
        MaxTagLimitExceeded = "MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.";
        MemberAccountPaymentInstrumentRequired = "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "The member account must be configured with a valid payment method, such as a credit card.";
        WaitPeriodActive = "WAIT_PERIOD_ACTIVE", "This operation requires a wait period.  Try again later.";
    }
}

reasons! {
    /// Reasons of HandshakeConstraintViolationException.
    HandshakeReason {
        AccountNumberLimitExceeded = "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts";
        AlreadyInAnOrganization = "ALREADY_IN_AN_ORGANIZATION",
            "The AWS account is already a member of an organization.";
        HandshakeRateLimitExceeded = "HANDSHAKE_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of handshakes that you can send in one day.";
        ManagementAccountEmailNotVerified = "MANAGEMENT_ACCOUNT_EMAIL_NOT_VERIFIED",
            "The email address of the management account that sent the invitation is not verified.";
        OrganizationFromDifferentSellerOfRecord = "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD",
            "You can only join an organization that operates in the same Amazon Web Services partition as your account.";
        OrganizationMembershipChangeRateLimitExceeded = "ORGANIZATION_MEMBERSHIP_CHANGE_RATE_LIMIT_EXCEEDED",
            "You attempted to change the membership of an account too quickly after its previous change.";
        PaymentInstrumentRequired = "PAYMENT_INSTRUMENT_REQUIRED",
            "You cannot complete the operation with an account that does not have a payment instrument, such as a credit card, associated with it.";
    }
}

/// InvalidInputException: which rule, and the member it is about where AWS names one (observed.md 1 and 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput {
    /// The rule.
    pub reason: InputReason,
    /// The member's path in upper snake case, `TAGS_2_MEMBER_KEY`; none for the bare reasons.
    pub path: Option<Cow<'static, str>>,
}

impl InvalidInput {
    /// A reason without a member.
    pub fn bare(reason: InputReason) -> ApiError {
        ApiError::InvalidInput(Self { reason, path: None })
    }

    /// A reason with the member's path.
    pub fn at(reason: InputReason, path: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError::InvalidInput(Self { reason, path: Some(path.into()) })
    }
}

/// A modelled exception of the Organizations API. Every one is HTTP 400 but [`ApiError::Service`], which is 500
/// (accounts.md 1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the service model's exceptions, named as there")]
pub enum ApiError {
    AccessDenied,
    AccountNotFound,
    AccountOwnerNotVerified,
    AlreadyInOrganization,
    ChildNotFound,
    ConcurrentModification,
    ConstraintViolation(ConstraintReason),
    DuplicateHandshake,
    FinalizingOrganization,
    HandshakeAlreadyInState,
    HandshakeConstraintViolation(HandshakeReason),
    HandshakeNotFound,
    InvalidHandshakeTransition,
    InvalidInput(InvalidInput),
    MasterCannotLeaveOrganization,
    NotInUse,
    OrganizationNotEmpty,
    ParentNotFound,
    Service,
    TargetNotFound,
    TooManyRequests,
}

impl ApiError {
    /// The exception's shape name, `__type` on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::AccountNotFound => "AccountNotFoundException",
            Self::AccountOwnerNotVerified => "AccountOwnerNotVerifiedException",
            Self::AlreadyInOrganization => "AlreadyInOrganizationException",
            Self::ChildNotFound => "ChildNotFoundException",
            Self::ConcurrentModification => "ConcurrentModificationException",
            Self::ConstraintViolation(_) => "ConstraintViolationException",
            Self::DuplicateHandshake => "DuplicateHandshakeException",
            Self::FinalizingOrganization => "FinalizingOrganizationException",
            Self::HandshakeAlreadyInState => "HandshakeAlreadyInStateException",
            Self::HandshakeConstraintViolation(_) => "HandshakeConstraintViolationException",
            Self::HandshakeNotFound => "HandshakeNotFoundException",
            Self::InvalidHandshakeTransition => "InvalidHandshakeTransitionException",
            Self::InvalidInput(_) => "InvalidInputException",
            Self::MasterCannotLeaveOrganization => "MasterCannotLeaveOrganizationException",
            Self::NotInUse => "AWSOrganizationsNotInUseException",
            Self::OrganizationNotEmpty => "OrganizationNotEmptyException",
            Self::ParentNotFound => "ParentNotFoundException",
            Self::Service => "ServiceException",
            Self::TargetNotFound => "TargetNotFoundException",
            Self::TooManyRequests => "TooManyRequestsException",
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> &'static str {
        match self {
            Self::AccessDenied => "You don't have permissions to access this resource.",
            Self::AccountNotFound => "You specified an account that doesn't exist.",
            Self::AccountOwnerNotVerified => {
                "You cannot invite an existing account to your organization until you verify that you own the email address associated with the management account."
            }
            Self::AlreadyInOrganization => "The AWS account is already a member of an organization.",
            Self::ChildNotFound => "You specified a child that doesn't exist.",
            Self::ConcurrentModification => {
                "AWS Organizations can't complete your request because it conflicts with another attempt to modify the same entity. Try again later."
            }
            Self::ConstraintViolation(r) => r.message(),
            Self::DuplicateHandshake => {
                "A handshake with the specified type and parameters already exists for the given parties."
            }
            Self::FinalizingOrganization => {
                "AWS Organizations could not finalize the creation of your organization. Try again later. If this persists, contact AWS customer support."
            }
            Self::HandshakeAlreadyInState => "The handshake is already in the requested state.",
            Self::HandshakeConstraintViolation(r) => r.message(),
            Self::HandshakeNotFound => "You specified a handshake that doesn't exist.",
            Self::InvalidHandshakeTransition => {
                "You cannot perform this operation on a handshake in its current state, such as attempting to cancel a handshake that was previously accepted or attempting to accept a handshake that was declined."
            }
            Self::InvalidInput(i) => i.reason.message(),
            Self::MasterCannotLeaveOrganization => {
                "You cannot remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account."
            }
            Self::NotInUse => "Your account is not a member of an organization.",
            Self::OrganizationNotEmpty => {
                "To delete an organization you must first remove all member accounts (except the master)."
            }
            Self::ParentNotFound => "You specified parent that doesn't exist.",
            Self::Service => {
                "AWS Organizations can't complete your request because there was an internal service error. Try again later."
            }
            Self::TargetNotFound => "You specified a target that doesn't exist.",
            Self::TooManyRequests => {
                "You have sent too many requests in too short a period of time. Try again later."
            }
        }
    }

    /// The `Reason` member, for the exceptions that have one.
    pub fn reason(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::ConstraintViolation(r) => Some(r.wire().into()),
            Self::HandshakeConstraintViolation(r) => Some(r.wire().into()),
            Self::InvalidInput(InvalidInput { reason, path: None }) => Some(reason.wire().into()),
            Self::InvalidInput(InvalidInput { reason, path: Some(path) }) => {
                Some(format!("{}:{path}", reason.wire()).into())
            }
            _ => None,
        }
    }
}
