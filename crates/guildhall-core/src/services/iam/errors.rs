//! Every refusal of IAM, as a closed enum by its code; turned into a wire error at the edge (identity.md 1.4, 3.1).

use std::borrow::Cow;

use guildhall_policy::iam::Malformed;

use super::NAME;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{ErrorAnswer, Refusal, ServiceError};
use crate::rules::constraints::Broken;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident $code:literal $status:literal;)+) => {
        /// A refusal of IAM: its code, with the sentence for people.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum IamError { $($(#[$doc])* $name(Cow<'static, str>)),+ }

        impl IamError {
            /// The code, as clients match it.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name(_) => $code),+ }
            }

            /// The HTTP status, as the model gives it.
            pub fn status(&self) -> u16 {
                match self { $(Self::$name(_) => $status),+ }
            }

            /// The sentence for people.
            pub fn message(&self) -> &Cow<'static, str> {
                match self { $(Self::$name(what))|+ => what }
            }
        }
    };
}

// Each code with its status.
errors! {
    /// The caller may not, whatever its policies say.
    AccessDenied "AccessDenied" 403;
    /// A member of the organization that administers nothing of it.
    AccountNotManagementOrDelegatedAdministrator "AccountNotManagementOrDelegatedAdministratorException" 400;
    /// A delegated administrator of IAM who wants to enable something.
    CallerIsNotManagementAccount "CallerIsNotManagementAccountException" 400;
    /// Something that uses it is in the way.
    DeleteConflict "DeleteConflict" 409;
    /// The name is taken.
    EntityAlreadyExists "EntityAlreadyExists" 409;
    /// Codes that are not those of the device.
    InvalidAuthenticationCode "InvalidAuthenticationCode" 403;
    /// A member has a value that it cannot have, by a rule that is not in the model.
    InvalidInput "InvalidInput" 400;
    /// Only users may call it.
    InvalidUserType "InvalidUserType" 400;
    /// A quota is used up.
    LimitExceeded "LimitExceeded" 409;
    /// A policy document is none of its kind.
    MalformedPolicyDocument "MalformedPolicyDocument" 400;
    /// There is none.
    NoSuchEntity "NoSuchEntity" 404;
    /// The account is in no organization.
    OrganizationNotFound "OrganizationNotFoundException" 400;
    /// The organization has consolidated billing only.
    OrganizationNotInAllFeaturesMode "OrganizationNotInAllFeaturesModeException" 400;
    /// A password breaks the account's rules.
    PasswordPolicyViolation "PasswordPolicyViolation" 400;
    /// A policy that only AWS attaches.
    PolicyNotAttachable "PolicyNotAttachable" 400;
    /// The report expired.
    ReportExpired "ReportExpired" 410;
    /// The report is being made.
    ReportInProgress "ReportInProgress" 404;
    /// No report was made.
    ReportNotPresent "ReportNotPresent" 410;
    /// IAM has no trusted access to the organization.
    ServiceAccessNotEnabled "ServiceAccessNotEnabledException" 400;
    /// A role that only AWS changes.
    UnmodifiableEntity "UnmodifiableEntity" 400;
    /// Members break the model's constraints, or what is said of them in its words.
    ValidationError "ValidationError" 400;
}

impl IamError {
    /// There is no user, group or role of this name: `kind` is the word for it, in small letters.
    pub fn missing(kind: &str, name: &str) -> Self {
        Self::NoSuchEntity(format!("The {kind} with name {name} cannot be found.").into())
    }

    /// There is one of this name: `kind` is the word for it, capitalised.
    pub fn exists(kind: &str, name: &str) -> Self {
        Self::EntityAlreadyExists(format!("{kind} with name {name} already exists.").into())
    }

    /// There is no managed policy of this ARN, or it is not attached where it is to be detached.
    pub fn no_policy(arn: &str) -> Self {
        Self::NoSuchEntity(format!("Policy {arn} was not found.").into())
    }

    /// There is no managed policy of this ARN that can be attached, or that has this version.
    pub fn not_attachable(policy: &str) -> Self {
        Self::NoSuchEntity(format!("Policy {policy} does not exist or is not attachable.").into())
    }

    /// There is no instance profile of this name.
    pub fn no_profile(name: &str) -> Self {
        Self::NoSuchEntity(format!("Instance Profile {name} cannot be found.").into())
    }

    /// There is no device with this serial number.
    pub fn no_device(serial: &str) -> Self {
        Self::NoSuchEntity(format!("MFA Device with serial number {serial} does not exist.").into())
    }

    /// Only the service that a role is linked to changes it.
    pub fn protected(role: &str) -> Self {
        let what = format!(
            "Cannot perform the operation on the protected role '{role}' - this role is only modifiable by AWS"
        );
        Self::UnmodifiableEntity(what.into())
    }

    /// A quota is used up: what it is called, and its number.
    pub fn quota(name: &str, most: u32) -> Self {
        Self::LimitExceeded(format!("Cannot exceed quota for {name}: {most}").into())
    }

    /// The account is in no organization.
    pub fn no_organization() -> Self {
        Self::OrganizationNotFound(
            "The request was rejected because no organization is associated with your account.".into(),
        )
    }

    /// The organization has consolidated billing only.
    pub fn not_all_features() -> Self {
        let what = "The request was rejected because your organization does not have All features enabled. For more \
                    information, see Available feature sets in the Organizations User Guide.";
        Self::OrganizationNotInAllFeaturesMode(what.into())
    }

    /// IAM has no trusted access to the organization of this account.
    pub fn no_trusted_access(account: AccountId) -> Self {
        let what = format!("Trusted Access for IAM not enabled by organization of input account {account}.");
        Self::ServiceAccessNotEnabled(what.into())
    }

    /// This account administers nothing of its organization.
    pub fn neither_management_nor_delegate(account: AccountId) -> Self {
        let what = format!("Input account {account} is neither management account nor delegated admin.");
        Self::AccountNotManagementOrDelegatedAdministrator(what.into())
    }

    /// This account administers IAM for its organization, and does not manage it.
    pub fn not_management(account: AccountId) -> Self {
        let what = format!(
            "Caller account {account} is not management account of the organization and cannot enable IAM features."
        );
        Self::CallerIsNotManagementAccount(what.into())
    }
}

impl From<Malformed> for IamError {
    fn from(malformed: Malformed) -> Self {
        Self::MalformedPolicyDocument(malformed.to_string().into())
    }
}

impl From<Broken> for IamError {
    fn from(broken: Broken) -> Self {
        Self::ValidationError(broken.0.into())
    }
}

impl ServiceError for IamError {
    fn service(&self) -> &'static str {
        NAME
    }

    fn answer(&self) -> ErrorAnswer {
        ErrorAnswer {
            code: Some(self.code()),
            status: self.status(),
            message: self.message().clone(),
            reason: None,
            field: None,
        }
    }
}

/// A refusal as IAM tells it. Two writers that get in each other's way to the end are told as a throttled request, which
/// clients try again.
pub fn error_answer(refusal: &Refusal) -> ErrorAnswer {
    let (code, status, message) = match refusal {
        Refusal::Own(error) if error.service() == NAME => return error.answer(),
        Refusal::AccessDenied | Refusal::NotInOrganization | Refusal::NotOffered => {
            ("AccessDenied", 403, "Access denied".into())
        }
        Refusal::DeniedByPolicy(denial) => ("AccessDenied", 403, denial.to_string().into()),
        Refusal::TooManyRequests | Refusal::ConcurrentModification => {
            ("Throttling", 400, "Rate exceeded".into())
        }
        // The first three are told at the front door.
        Refusal::UnknownCaller(_)
        | Refusal::UnknownPrincipal
        | Refusal::ExpiredSession
        | Refusal::Internal
        | Refusal::Own(_) => (
            "ServiceFailure",
            500,
            "The request processing has failed because of an unknown error, exception or failure.".into(),
        ),
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}
