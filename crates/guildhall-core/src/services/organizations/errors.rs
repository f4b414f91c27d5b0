//! Every refusal of Organizations, as closed enums; turned into wire errors at the edge.
//!
//! Codes and reasons are the service model's; texts are recorded ones where there is a recording (observed.md,
//! accounts.md 13; docs/fidelity.md names those that others published), otherwise the model's own sentence with
//! contractions spelled out (accounts.md 1.5). Where that sentence speaks of another operation than the one refused,
//! the reason has a second variant.

use std::borrow::Cow;

use super::NAME;
use crate::kernel::refusal::{ErrorAnswer, Refusal, ServiceError};

pub use super::reasons::{ConstraintReason, HandshakeReason, InputReason};

macro_rules! errors {
    ($($variant:ident = $code:literal, $sentence:literal;)+) => {
        /// An error of Organizations: an exception of the service model.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant's sentence, right beside it, says what it means")]
        pub enum OrganizationsError {
            ConstraintViolation(ConstraintReason),
            HandshakeConstraintViolation(HandshakeReason),
            InvalidInput(InvalidInput),
            $($variant),+
        }

        impl OrganizationsError {
            /// The exception's shape name.
            pub fn code(&self) -> &'static str {
                match self {
                    Self::ConstraintViolation(_) => "ConstraintViolationException",
                    Self::HandshakeConstraintViolation(_) => "HandshakeConstraintViolationException",
                    Self::InvalidInput(_) => "InvalidInputException",
                    $(Self::$variant => $code),+
                }
            }

            /// The sentence for people.
            pub fn message(&self) -> Cow<'static, str> {
                Cow::Borrowed(match self {
                    Self::ConstraintViolation(reason) => reason.message(),
                    Self::HandshakeConstraintViolation(reason) => reason.message(),
                    Self::InvalidInput(InvalidInput { text: Some(text), .. }) => return text.to_string().into(),
                    Self::InvalidInput(input) => input.reason.message(),
                    $(Self::$variant => $sentence),+
                })
            }
        }
    };
}

errors! {
    AccountAlreadyClosed = "AccountAlreadyClosedException",
            "You attempted to close an account that is already closed.";
    AccountAlreadyRegistered = "AccountAlreadyRegisteredException",
            "The provided account is already a delegated administrator for your organization.";
    AccountNotFound = "AccountNotFoundException", "You specified an account that doesn't exist.";
    AccountNotRegistered = "AccountNotRegisteredException",
            "The specified account is not a delegated administrator for this Amazon Web Services service.";
    AccountOwnerNotVerified = "AccountOwnerNotVerifiedException",
            "You cannot invite an existing account to your organization until you verify that you own the email address associated with the management account.";
    AlreadyInOrganization = "AlreadyInOrganizationException",
            "The AWS account is already a member of an organization.";
    ChildNotFound = "ChildNotFoundException", "You specified a child that doesn't exist.";
    Conflict = "ConflictException",
            "The request failed because it conflicts with the current state of the specified resource.";
    CreateAccountStatusNotFound = "CreateAccountStatusNotFoundException",
            "You specified a create account status that doesn't exist.";
    DestinationParentNotFound = "DestinationParentNotFoundException",
            "We cannot find the destination container (a root or OU) with the ParentId that you specified.";
    DuplicateAccount = "DuplicateAccountException",
            "That account is already present in the specified destination.";
    DuplicateHandshake = "DuplicateHandshakeException",
            "A handshake with the specified type and parameters already exists for the given parties.";
    DuplicateOrganizationalUnit = "DuplicateOrganizationalUnitException",
            "An OU with the same name already exists.";
    // Recorded so for both.
    DuplicatePolicy = "DuplicatePolicyException",
        "A policy with the specified name and type already exists.";
    DuplicatePolicyAttachment = "DuplicatePolicyAttachmentException",
            "A policy with the specified name and type already exists.";
    EffectivePolicyNotFound = "EffectivePolicyNotFoundException",
            "The specified policy type is not enabled. Enable that policy type on your organization root and then retry.";
    FinalizingOrganization = "FinalizingOrganizationException",
            "AWS Organizations could not finalize the creation of your organization. Try again later. If this persists, contact AWS customer support.";
    HandshakeAlreadyInState = "HandshakeAlreadyInStateException",
            "The handshake is already in the requested state.";
    HandshakeNotFound = "HandshakeNotFoundException", "You specified a handshake that doesn't exist.";
    InvalidHandshakeTransition = "InvalidHandshakeTransitionException",
            "You cannot perform this operation on a handshake in its current state, such as attempting to cancel a handshake that was previously accepted or attempting to accept a handshake that was declined.";
    InvalidResponsibilityTransferTransition = "InvalidResponsibilityTransferTransitionException",
            "The responsibility transfer cannot transition to the requested state because it is not in a valid state for this operation.";
    MalformedPolicyDocument = "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.";
    MasterCannotLeaveOrganization = "MasterCannotLeaveOrganizationException",
            "You cannot remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account.";
    OrganizationNotEmpty = "OrganizationNotEmptyException",
            "To delete an organization you must first remove all member accounts (except the master).";
    OrganizationalUnitNotEmpty = "OrganizationalUnitNotEmptyException",
            "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
    OrganizationalUnitNotFound = "OrganizationalUnitNotFoundException",
            "You specified an organizational unit that doesn't exist.";
    ParentNotFound = "ParentNotFoundException", "You specified parent that doesn't exist.";
    PolicyInUse = "PolicyInUseException", "The specified policy is in use and cannot be deleted.";
    PolicyNotAttached = "PolicyNotAttachedException",
            "The policy is not attached to the specified target in the specified root.";
    PolicyNotFound = "PolicyNotFoundException", "You specified a policy that doesn't exist.";
    PolicyTypeAlreadyEnabled = "PolicyTypeAlreadyEnabledException",
            "The specified policy type is already enabled.";
    PolicyTypeNotAvailableForOrganization = "PolicyTypeNotAvailableForOrganizationException",
            "You cannot use the specified policy type with the feature set currently enabled for this organization. For example, you can enable SCPs only after you enable all features in the organization.";
    PolicyTypeNotEnabled = "PolicyTypeNotEnabledException",
            "This operation can be performed only for enabled policy types.";
    ResourcePolicyNotFound = "ResourcePolicyNotFoundException", "No resource-based policy found.";
    ResponsibilityTransferAlreadyInStatus = "ResponsibilityTransferAlreadyInStatusException",
            "The responsibility transfer is already in the status that you specified.";
    ResponsibilityTransferNotFound = "ResponsibilityTransferNotFoundException",
            "We cannot find a transfer that you specified.";
    RootNotFound = "RootNotFoundException", "You specified a root that doesn't exist.";
    SourceParentNotFound = "SourceParentNotFoundException",
            "We cannot find a source root or OU with the ParentId that you specified.";
    TargetNotFound = "TargetNotFoundException", "You specified a target that doesn't exist.";
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
    pub fn bare(reason: InputReason) -> OrganizationsError {
        OrganizationsError::InvalidInput(Self { reason, path: None, text: None })
    }

    /// A reason with the member's path.
    pub fn at(reason: InputReason, path: impl Into<Cow<'static, str>>) -> OrganizationsError {
        OrganizationsError::InvalidInput(Self { reason, path: Some(path.into()), text: None })
    }
}

impl OrganizationsError {
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

impl ServiceError for OrganizationsError {
    fn service(&self) -> &'static str {
        NAME
    }

    fn answer(&self) -> ErrorAnswer {
        let code = Some(self.code());
        ErrorAnswer { code, status: 400, message: self.message(), reason: self.reason(), field: None }
    }
}

/// A refusal as Organizations answers it. Every one is HTTP 400 but a fault of ours, which is 500 (accounts.md 1.4).
pub fn error_answer(refusal: &Refusal) -> ErrorAnswer {
    let (code, status, message): (_, _, Cow<'static, str>) = match refusal {
        Refusal::DeniedByPolicy(denial) if &*denial.action == CREATES_ROLE => {
            let reason = Some("ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE".into());
            let code = Some("AccessDeniedForDependencyException");
            return ErrorAnswer { code, status: 400, message: NO_ROLE.into(), reason, field: None };
        }
        Refusal::Own(error) if error.service() == NAME => return error.answer(),
        Refusal::AccessDenied => ("AccessDeniedException", 400, ACCESS_DENIED.into()),
        Refusal::DeniedByPolicy(denial) if denial.by_owner => {
            ("AccessDeniedException", 400, ACCESS_DENIED.into())
        }
        Refusal::DeniedByPolicy(denial) => ("AccessDeniedException", 400, denial.to_string().into()),
        Refusal::ConcurrentModification => ("ConcurrentModificationException", 400, CONCURRENT.into()),
        Refusal::TooManyRequests => ("TooManyRequestsException", 400, TOO_MANY.into()),
        Refusal::NotInOrganization => ("AWSOrganizationsNotInUseException", 400, NOT_IN_USE.into()),
        Refusal::NotOffered => ("UnsupportedAPIEndpointException", 400, NOT_OFFERED.into()),
        // The first three are told at the front door.
        Refusal::UnknownCaller(_)
        | Refusal::UnknownPrincipal
        | Refusal::ExpiredSession
        | Refusal::Internal
        | Refusal::Own(_) => ("ServiceException", 500, FAULT.into()),
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}

/// The action that the role needs which is linked to Organizations.
const CREATES_ROLE: &str = "iam:CreateServiceLinkedRole";
const NO_ROLE: &str = "The operation that you attempted requires you to have the iam:CreateServiceLinkedRole for organizations.amazonaws.com permission so that AWS Organizations can create the required service-linked role. You do not have that permission.";
const ACCESS_DENIED: &str = "You don't have permissions to access this resource.";
const CONCURRENT: &str = "AWS Organizations can't complete your request because it conflicts with another attempt to modify the same entity. Try again later.";
const TOO_MANY: &str = "You have sent too many requests in too short a period of time. Try again later.";
const NOT_IN_USE: &str = "Your account is not a member of an organization.";
const NOT_OFFERED: &str = "This action is not available in the current Amazon Web Services Region.";
const FAULT: &str = "AWS Organizations can't complete your request because there was an internal service error. Try again later.";
