//! Every refusal, as closed enums; turned into wire errors at the edge.
//!
//! Codes and reasons are the service model's; texts are recorded ones where there is a recording (observed.md,
//! accounts.md 13; docs/fidelity.md names those that others published), otherwise the model's own sentence with
//! contractions spelled out (accounts.md 1.5). Where that sentence speaks of another operation than the one refused,
//! the reason has a second variant.

use std::borrow::Cow;

use crate::services::account::error::AccountError;
mod reasons;

pub use reasons::{ConstraintReason, HandshakeReason, InputReason};

use crate::kernel::owner::Owner;

/// Why a command did not produce its answer.
#[derive(Debug)]
pub enum Stop {
    /// These owners, at least one, have to be loaded first; then the command runs again.
    Missing(Vec<Owner>),
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

impl From<crate::kernel::ids::BadId> for Stop {
    fn from(_: crate::kernel::ids::BadId) -> Self {
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

/// InvalidInputException: which rule, and the member it is about where AWS names one (observed.md 1 and 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput {
    /// The rule.
    pub reason: InputReason,
    /// The member's path in upper snake case, `TAGS_2_MEMBER_KEY`; none for the bare reasons.
    pub path: Option<Cow<'static, str>>,
    /// The sentence, where it is not the reason's own.
    pub text: Option<Box<str>>,
}

impl InvalidInput {
    /// A reason without a member.
    pub fn bare(reason: InputReason) -> ApiError {
        ApiError::InvalidInput(Self { reason, path: None, text: None })
    }

    /// A reason with the member's path.
    pub fn at(reason: InputReason, path: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError::InvalidInput(Self { reason, path: Some(path.into()), text: None })
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
    /// AccessDenied by a policy, in IAM's words.
    DeniedByPolicy(Box<str>),
    DestinationParentNotFound,
    DuplicateAccount,
    DuplicateHandshake,
    DuplicateOrganizationalUnit,
    DuplicatePolicy,
    DuplicatePolicyAttachment,
    EffectivePolicyNotFound,
    FinalizingOrganization,
    HandshakeAlreadyInState,
    HandshakeConstraintViolation(HandshakeReason),
    HandshakeNotFound,
    InvalidHandshakeTransition,
    InvalidInput(InvalidInput),
    InvalidResponsibilityTransferTransition,
    MalformedPolicyDocument,
    MasterCannotLeaveOrganization,
    NotInUse,
    OrganizationNotEmpty,
    OrganizationalUnitNotEmpty,
    OrganizationalUnitNotFound,
    ParentNotFound,
    PolicyInUse,
    PolicyNotAttached,
    PolicyNotFound,
    PolicyTypeAlreadyEnabled,
    PolicyTypeNotAvailableForOrganization,
    PolicyTypeNotEnabled,
    ResourcePolicyNotFound,
    ResponsibilityTransferAlreadyInStatus,
    ResponsibilityTransferNotFound,
    RootNotFound,
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
            Self::AccessDenied | Self::DeniedByPolicy(_) => "AccessDeniedException",
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
            Self::DuplicatePolicy => "DuplicatePolicyException",
            Self::DuplicatePolicyAttachment => "DuplicatePolicyAttachmentException",
            Self::EffectivePolicyNotFound => "EffectivePolicyNotFoundException",
            Self::MalformedPolicyDocument => "MalformedPolicyDocumentException",
            Self::PolicyInUse => "PolicyInUseException",
            Self::PolicyNotAttached => "PolicyNotAttachedException",
            Self::PolicyNotFound => "PolicyNotFoundException",
            Self::PolicyTypeAlreadyEnabled => "PolicyTypeAlreadyEnabledException",
            Self::PolicyTypeNotAvailableForOrganization => "PolicyTypeNotAvailableForOrganizationException",
            Self::PolicyTypeNotEnabled => "PolicyTypeNotEnabledException",
            Self::ResourcePolicyNotFound => "ResourcePolicyNotFoundException",
            Self::RootNotFound => "RootNotFoundException",
            Self::TooManyRequests => "TooManyRequestsException",
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> Cow<'static, str> {
        if let Self::InvalidInput(InvalidInput { text: Some(text), .. }) | Self::DeniedByPolicy(text) = self {
            return text.to_string().into();
        }
        self.sentence().into()
    }

    #[expect(clippy::too_many_lines, reason = "one line for each exception")]
    fn sentence(&self) -> &'static str {
        match self {
            Self::AccessDenied | Self::DeniedByPolicy(_) => {
                "You don't have permissions to access this resource."
            }
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
            Self::AccountAlreadyClosed => "You attempted to close an account that is already closed.",
            Self::AccountAlreadyRegistered => {
                "The provided account is already a delegated administrator for your organization."
            }
            Self::AccountNotRegistered => {
                "The specified account is not a delegated administrator for this Amazon Web Services service."
            }
            Self::Conflict => {
                "The request failed because it conflicts with the current state of the specified resource."
            }
            Self::CreateAccountStatusNotFound => "You specified a create account status that doesn't exist.",
            Self::DestinationParentNotFound => {
                "We cannot find the destination container (a root or OU) with the ParentId that you specified."
            }
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
            Self::ResponsibilityTransferNotFound => "We cannot find a transfer that you specified.",
            Self::SourceParentNotFound => {
                "We cannot find a source root or OU with the ParentId that you specified."
            }
            Self::UnsupportedApiEndpoint => {
                "This action is not available in the current Amazon Web Services Region."
            }
            // Recorded so for both.
            Self::DuplicatePolicy | Self::DuplicatePolicyAttachment => {
                "A policy with the specified name and type already exists."
            }
            Self::EffectivePolicyNotFound => {
                "The specified policy type is not enabled. Enable that policy type on your organization root and then retry."
            }
            Self::MalformedPolicyDocument => {
                "The provided policy document does not meet the requirements of the specified policy type."
            }
            Self::PolicyInUse => "The specified policy is in use and cannot be deleted.",
            Self::PolicyNotAttached => {
                "The policy is not attached to the specified target in the specified root."
            }
            Self::PolicyNotFound => "You specified a policy that doesn't exist.",
            Self::PolicyTypeAlreadyEnabled => "The specified policy type is already enabled.",
            Self::PolicyTypeNotAvailableForOrganization => {
                "You cannot use the specified policy type with the feature set currently enabled for this organization. For example, you can enable SCPs only after you enable all features in the organization."
            }
            Self::PolicyTypeNotEnabled => "This operation can be performed only for enabled policy types.",
            Self::ResourcePolicyNotFound => "No resource-based policy found.",
            Self::RootNotFound => "You specified a root that doesn't exist.",
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
            Self::InvalidInput(InvalidInput { reason, path: None, .. }) => Some(reason.wire().into()),
            Self::InvalidInput(InvalidInput { reason, path: Some(path), .. }) => {
                Some(format!("{}:{path}", reason.wire()).into())
            }
            _ => None,
        }
    }
}
