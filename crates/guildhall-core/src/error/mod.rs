//! Every refusal, as closed enums; turned into wire errors at the edge.
//!
//! Codes and reasons are the service model's; texts are recorded ones where there is a recording (observed.md,
//! accounts.md 13), otherwise the model's own sentence with contractions spelled out (accounts.md 1.5).

use std::borrow::Cow;

use crate::account_management::error::AccountError;
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
    /// A refusal of the Account Management API.
    #[error("{}", .0.message())]
    Account(AccountError),
    /// A refusal of the control API.
    #[error("{0}")]
    Control(ControlError),
}

impl From<ApiError> for Stop {
    fn from(e: ApiError) -> Self {
        Self::Refused(Failure::Api(e))
    }
}

impl From<AccountError> for Stop {
    fn from(e: AccountError) -> Self {
        Self::Refused(Failure::Account(e))
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
        EndDateNotEndOfMonth = "END_DATE_NOT_END_OF_MONTH",
            "You provided an invalid end date. The end date must be the end of the last day of the month (23.59.59.999).";
        EndDateTooEarly = "END_DATE_TOO_EARLY", "You provided an invalid end date. The end date is too early.";
        EndDateTooLate = "END_DATE_TOO_LATE", "You provided an invalid end date. The end date is too late.";
        InputRequired = "INPUT_REQUIRED", "You must provide a value for the parameter.";
        InvalidEmailAddressTarget = "INVALID_EMAIL_ADDRESS_TARGET",
            "You specified an invalid email address for the invited account owner.";
        InvalidEnum = "INVALID_ENUM", "You specified an invalid value.";
        InvalidNextToken = "INVALID_NEXT_TOKEN",
            "You specified an invalid value for nextToken. You must get the value from the response to a previous call to the API.";
        InvalidPartyTypeTarget = "INVALID_PARTY_TYPE_TARGET",
            "You specified an invalid party type as the target parameter.";
        InvalidPattern = "INVALID_PATTERN", "You provided a value that does not match the required pattern.";
        InvalidRoleName = "INVALID_ROLE_NAME",
            "You provided a role name that is not valid. A role name cannot begin with the reserved prefix AWSServiceRoleFor.";
        InvalidSystemTagsParameter = "INVALID_SYSTEM_TAGS_PARAMETER",
            "You specified a tag key that is a system tag. You can’t add, edit, or delete system tag keys because they're reserved for Amazon Web Services use. System tags don’t count against your tags per resource limit.";
        MaxLengthExceeded = "MAX_LENGTH_EXCEEDED", "You provided a string that exceeds that maximum length.";
        MaxLimitExceededFilter = "MAX_LIMIT_EXCEEDED_FILTER", "You specified too many filter parameters.";
        MaxValueExceeded = "MAX_VALUE_EXCEEDED", "You provided a value that exceeds the maximum allowed.";
        MinLengthExceeded = "MIN_LENGTH_EXCEEDED", "You provided a string that is below the minimum length.";
        MinValueExceeded = "MIN_VALUE_EXCEEDED", "You provided a value that is below the minimum allowed.";
        StartDateNotBeginningOfDay = "START_DATE_NOT_BEGINNING_OF_DAY",
            "You provided an invalid start date. The start date must be the beginning of the day (00:00:00.000).";
        StartDateNotBeginningOfMonth = "START_DATE_NOT_BEGINNING_OF_MONTH",
            "You provided an invalid start date. The start date must be the first day of the month.";
        StartDateTooEarly = "START_DATE_TOO_EARLY", "You provided an invalid start date. The start date is too early.";
        StartDateTooLate = "START_DATE_TOO_LATE", "You provided an invalid start date. The start date is too late.";
        UnrecognizedServicePrincipal = "UNRECOGNIZED_SERVICE_PRINCIPAL",
            "You specified an unrecognized service principal.";
        UnsupportedActionInResponsibilityTransfer = "UNSUPPORTED_ACTION_IN_RESPONSIBILITY_TRANSFER",
            "You provided a value that is not supported by this operation.";
    }
}

reasons! {
    /// Reasons of ConstraintViolationException.
    ConstraintReason {
        AccountCannotLeaveOrganization = "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
            "You attempted to remove the management account from the organization. You cannot remove the management account. Instead, after you remove all member accounts, delete the organization itself.";
        AccountCannotLeaveWithoutEula = "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCannotLeaveWithoutPhoneVerification = "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCreationNotComplete = "ACCOUNT_CREATION_NOT_COMPLETE",
            "Your account setup is not complete or your account is not fully active. You must complete the account setup before you create an organization.";
        AccountCreationRateLimitExceeded = "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that can be in progress at a time.";
        AccountNotActiveForTransferResponsibility = "ACCOUNT_NOT_ACTIVE_FOR_TRANSFER_RESPONSIBILITY",
            "Your account setup is not complete or your account is not fully active to invite or accept a Billing Transfer invitation.";
        AccountNumberLimitExceeded = "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.";
        ActiveResponsibilityTransferProcess = "ACTIVE_RESPONSIBILITY_TRANSFER_PROCESS",
            "You cannot delete organization due to an ongoing responsibility transfer process. For example, a pending invitation or an in-progress transfer. To delete the organization, you must resolve the current transfer process.";
        AllFeaturesMigrationOrganizationSizeLimitExceeded = "ALL_FEATURES_MIGRATION_ORGANIZATION_SIZE_LIMIT_EXCEEDED",
            "Your organization has more than 5000 accounts, and you can only use the standard migration process for organizations with less than 5000 accounts. Use the assisted migration process to enable all features mode, or create a support case for assistance if you are unable to use assisted migration.";
        CannotCloseManagementAccount = "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
            "You attempted to close the management account. To close the management account for the organization, you must first either remove or close all member accounts in the organization. Follow standard account closure process using root credentials.";
        CannotRegisterMasterAsDelegatedAdministrator = "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You attempted to register the management account of the organization as a delegated administrator for an Amazon Web Services service integrated with Organizations. You can designate only a member account as a delegated administrator.";
        CannotRegisterSuspendedAccountAsDelegatedAdministrator = "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register a suspended account as a delegated administrator.";
        CannotRemoveDelegatedAdministratorFromOrg = "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You attempted to remove an account that is registered as a delegated administrator for a service integrated with your organization. To complete this operation, you must first deregister this account as a delegated administrator.";
        CloseAccountQuotaExceeded = "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
            "You have exceeded close account quota for the past 30 days.";
        CloseAccountRequestsLimitExceeded = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that you can close at a time.";
        CreateOrganizationInBillingModeUnsupportedRegion = "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION",
            "To create an organization in the specified region, you must enable all features mode.";
        DelegatedAdministratorExistsForThisService = "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            "You attempted to register an Amazon Web Services account as a delegated administrator for an Amazon Web Services service that already has a delegated administrator. To complete this operation, you must first deregister any existing delegated administrators for this service.";
        EmailVerificationCodeExpired = "EMAIL_VERIFICATION_CODE_EXPIRED",
            "The email verification code is only valid for a limited period of time. You must resubmit the request and generate a new verification code.";
        InvalidPaymentInstrument = "INVALID_PAYMENT_INSTRUMENT",
            "You cannot remove an account because no supported payment method is associated with the account. Amazon Web Services does not support cards issued by financial institutions in Russia or Belarus.";
        MasterAccountNotGovcloudEnabled = "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED",
            "To complete this operation, the management account of the organization must have an associated account in the Amazon Web Services GovCloud (US-West) Region.";
        MasterAccountPaymentInstrumentRequired = "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "To create an organization with this management account, you first must associate a valid payment instrument, such as a credit card, with the account.";
        MaxDelegatedAdministratorsForServiceLimitExceeded = "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
            "You attempted to register more delegated administrators than allowed for the service principal.";
        MaxTagLimitExceeded = "MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.";
        MemberAccountPaymentInstrumentRequired = "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "The member account must be configured with a valid payment method, such as a credit card.";
        OrganizationNotInAllFeaturesMode = "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
            "You attempted to perform an operation that requires your organization to be configured to support all features. An organization that supports only consolidated billing features cannot perform this operation.";
        OuDepthLimitExceeded = "OU_DEPTH_LIMIT_EXCEEDED",
            "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed.";
        OuNumberLimitExceeded = "OU_NUMBER_LIMIT_EXCEEDED",
            "You attempted to exceed the number of OUs that you can have in an organization.";
        ResponsibilityTransferMaxInboundQuotaViolation = "RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION",
            "You have exceeded your inbound transfers limit.";
        ResponsibilityTransferMaxLevelViolation = "RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION",
            "You have exceeded your transfer chain length limit.";
        ResponsibilityTransferMaxOutboundQuotaViolation = "RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION",
            "You have exceeded your outbound transfers limit.";
        ServiceAccessNotEnabled = "SERVICE_ACCESS_NOT_ENABLED",
            "You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.";
        TransferResponsibilityUpdateNotAllowed = "TRANSFER_RESPONSIBILITY_UPDATE_NOT_ALLOWED",
            "You cannot perform this operation with the current transfer.";
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
        OrganizationAlreadyHasAllFeatures = "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
            "All features are already enabled on this organization.";
        OrganizationFromDifferentSellerOfRecord = "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD",
            "You can only join an organization that operates in the same Amazon Web Services partition as your account.";
        OrganizationIsAlreadyPendingAllFeaturesMigration = "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
            "The handshake request is invalid because the organization has already started the process to enable all features.";
        OrganizationMembershipChangeRateLimitExceeded = "ORGANIZATION_MEMBERSHIP_CHANGE_RATE_LIMIT_EXCEEDED",
            "You attempted to change the membership of an account too quickly after its previous change.";
        PaymentInstrumentRequired = "PAYMENT_INSTRUMENT_REQUIRED",
            "You cannot complete the operation with an account that does not have a payment instrument, such as a credit card, associated with it.";
        ResponsibilityTransferAlreadyExists = "RESPONSIBILITY_TRANSFER_ALREADY_EXISTS",
            "You cannot perform this operation with the current transfer.";
        TargetAccountValidationFailure = "TARGET_ACCOUNT_VALIDATION_FAILURE",
            "Billing transfer is not available for your account. Contact your billing administrator or Amazon Web Services Support for assistance.";
        SourceAndTargetCannotMatch = "SOURCE_AND_TARGET_CANNOT_MATCH",
            "An account cannot accept a transfer invitation if it is both the sender and recipient of the invitation.";
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
    AccountAlreadyClosed,
    AccountAlreadyRegistered,
    AccountNotFound,
    AccountNotRegistered,
    AccountOwnerNotVerified,
    AlreadyInOrganization,
    ChildNotFound,
    ConcurrentModification,
    Conflict,
    ConstraintViolation(ConstraintReason),
    CreateAccountStatusNotFound,
    DestinationParentNotFound,
    DuplicateAccount,
    DuplicateHandshake,
    DuplicateOrganizationalUnit,
    FinalizingOrganization,
    HandshakeAlreadyInState,
    HandshakeConstraintViolation(HandshakeReason),
    HandshakeNotFound,
    InvalidHandshakeTransition,
    InvalidInput(InvalidInput),
    InvalidResponsibilityTransferTransition,
    MasterCannotLeaveOrganization,
    NotInUse,
    OrganizationNotEmpty,
    OrganizationalUnitNotEmpty,
    OrganizationalUnitNotFound,
    ParentNotFound,
    ResponsibilityTransferAlreadyInStatus,
    ResponsibilityTransferNotFound,
    Service,
    SourceParentNotFound,
    TargetNotFound,
    TooManyRequests,
    UnsupportedApiEndpoint,
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
            Self::AccountAlreadyClosed => "AccountAlreadyClosedException",
            Self::AccountAlreadyRegistered => "AccountAlreadyRegisteredException",
            Self::AccountNotRegistered => "AccountNotRegisteredException",
            Self::Conflict => "ConflictException",
            Self::CreateAccountStatusNotFound => "CreateAccountStatusNotFoundException",
            Self::DestinationParentNotFound => "DestinationParentNotFoundException",
            Self::DuplicateAccount => "DuplicateAccountException",
            Self::DuplicateOrganizationalUnit => "DuplicateOrganizationalUnitException",
            Self::InvalidResponsibilityTransferTransition => {
                "InvalidResponsibilityTransferTransitionException"
            }
            Self::OrganizationalUnitNotEmpty => "OrganizationalUnitNotEmptyException",
            Self::OrganizationalUnitNotFound => "OrganizationalUnitNotFoundException",
            Self::ResponsibilityTransferAlreadyInStatus => "ResponsibilityTransferAlreadyInStatusException",
            Self::ResponsibilityTransferNotFound => "ResponsibilityTransferNotFoundException",
            Self::SourceParentNotFound => "SourceParentNotFoundException",
            Self::UnsupportedApiEndpoint => "UnsupportedAPIEndpointException",
            Self::TooManyRequests => "TooManyRequestsException",
        }
    }

    /// The sentence for people.
    #[expect(clippy::too_many_lines, reason = "one line for each exception")]
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
            Self::AccountAlreadyClosed => "The provided account is already closed.",
            Self::AccountAlreadyRegistered => {
                "The specified account is already a delegated administrator for this Amazon Web Services service."
            }
            Self::AccountNotRegistered => {
                "The specified account is not a delegated administrator for this Amazon Web Services service."
            }
            Self::Conflict => {
                "The request failed because it conflicts with the current state of the specified resource."
            }
            Self::CreateAccountStatusNotFound => "You specified a create account status that doesn't exist.",
            Self::DestinationParentNotFound => "You specified a destination parent that doesn't exist.",
            Self::DuplicateAccount => "That account is already present in the specified destination.",
            Self::DuplicateOrganizationalUnit => "An OU with the same name already exists.",
            Self::InvalidResponsibilityTransferTransition => {
                "The responsibility transfer cannot transition to the requested state because it is not in a valid state for this operation."
            }
            Self::OrganizationalUnitNotEmpty => {
                "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again."
            }
            Self::OrganizationalUnitNotFound => "You specified an organizational unit that doesn't exist.",
            Self::ResponsibilityTransferAlreadyInStatus => {
                "The responsibility transfer is already in the status that you specified."
            }
            Self::ResponsibilityTransferNotFound => {
                "You specified a responsibility transfer that doesn't exist."
            }
            Self::SourceParentNotFound => "You specified a source root or OU that doesn't exist.",
            Self::UnsupportedApiEndpoint => {
                "This action is not available in the current Amazon Web Services Region."
            }
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
