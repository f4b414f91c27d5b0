//! Every refusal of STS, as a closed enum by its code (identity.md 1.4, 4.2).

use std::borrow::Cow;

use super::NAME;
use crate::kernel::refusal::{ErrorAnswer, Refusal, ServiceError};
use crate::rules::constraints::Broken;

/// A refusal of STS: its code, with the sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StsError {
    /// The caller may not, whatever its policies say.
    AccessDenied(Cow<'static, str>),
    /// A text that no service sent.
    InvalidAuthorizationMessage,
    /// What an identity provider is said to have said, and has not.
    InvalidContextAssertion,
    /// Tags that cannot be those of a session.
    InvalidParameterValue(Cow<'static, str>),
    /// A session policy that is none.
    MalformedPolicyDocument(Cow<'static, str>),
    /// What is passed to a session is more than a token can carry.
    PackedPolicyTooLarge(Cow<'static, str>),
    /// Members break the model's constraints, or what is said of them in its words.
    ValidationError(Cow<'static, str>),
}

impl StsError {
    /// The code, as clients match it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied(_) => "AccessDenied",
            Self::InvalidAuthorizationMessage => "InvalidAuthorizationMessageException",
            Self::InvalidContextAssertion => "InvalidContextAssertion",
            Self::InvalidParameterValue(_) => "InvalidParameterValue",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocument",
            Self::PackedPolicyTooLarge(_) => "PackedPolicyTooLarge",
            Self::ValidationError(_) => "ValidationError",
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::AccessDenied(what)
            | Self::InvalidParameterValue(what)
            | Self::MalformedPolicyDocument(what)
            | Self::PackedPolicyTooLarge(what)
            | Self::ValidationError(what) => what.clone(),
            Self::InvalidAuthorizationMessage => "Invalid authorization message.".into(),
            Self::InvalidContextAssertion => "The context assertion is invalid.".into(),
        }
    }
}

impl From<Broken> for StsError {
    fn from(broken: Broken) -> Self {
        Self::ValidationError(broken.0.into())
    }
}

impl ServiceError for StsError {
    fn service(&self) -> &'static str {
        NAME
    }

    fn answer(&self) -> ErrorAnswer {
        let status = if matches!(self, Self::AccessDenied(_)) { 403 } else { 400 };
        ErrorAnswer { code: Some(self.code()), status, message: self.message(), reason: None, field: None }
    }
}

/// A refusal as STS tells it: who may not do what, and not why (identity.md 5.2).
pub(super) fn error_answer(refusal: &Refusal) -> ErrorAnswer {
    let (code, status, message) = match refusal {
        Refusal::Own(error) if error.service() == NAME => return error.answer(),
        Refusal::AccessDenied | Refusal::NotInOrganization | Refusal::NotOffered => {
            ("AccessDenied", 403, "Access denied".into())
        }
        Refusal::DeniedByPolicy(denial) => ("AccessDenied", 403, denial.what.to_string().into()),
        Refusal::TooManyRequests | Refusal::ConcurrentModification => {
            ("Throttling", 400, "Rate exceeded".into())
        }
        // The first three are told at the front door.
        Refusal::UnknownCaller(_)
        | Refusal::UnknownPrincipal
        | Refusal::ExpiredSession
        | Refusal::Internal
        | Refusal::Own(_) => ("ServiceUnavailable", 503, "The service is not available.".into()),
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}
