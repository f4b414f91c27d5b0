//! Every refusal of IAM, as a closed enum; turned into a wire error at the edge (identity.md 1.4, 3.1).

use std::borrow::Cow;

use super::NAME;
use crate::kernel::refusal::{ErrorAnswer, Refusal, ServiceError};

/// A refusal of IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IamError {
    /// Members break the model's constraints, or what is said of them in its words.
    Validation(String),
    /// A member has a value that it cannot have, by a rule that is not in the model.
    InvalidInput(&'static str),
    /// A policy document is none of its kind: what is wrong with it.
    MalformedPolicyDocument(String),
    /// The account has a role of this name.
    RoleExists(String),
    /// The account has no role of this name.
    NoRole(String),
    /// There is no policy with this ARN that could be attached.
    NoPolicy(String),
    /// A quota is used up: what it is called, and its number.
    Quota(&'static str, u32),
}

impl IamError {
    /// The code, as clients match it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) => "ValidationError",
            Self::InvalidInput(_) => "InvalidInput",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocument",
            Self::RoleExists(_) => "EntityAlreadyExists",
            Self::NoRole(_) | Self::NoPolicy(_) => "NoSuchEntity",
            Self::Quota(..) => "LimitExceeded",
        }
    }

    /// The HTTP status, as the model gives it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Validation(_) | Self::InvalidInput(_) | Self::MalformedPolicyDocument(_) => 400,
            Self::NoRole(_) | Self::NoPolicy(_) => 404,
            Self::RoleExists(_) | Self::Quota(..) => 409,
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Validation(what) | Self::MalformedPolicyDocument(what) => what.clone().into(),
            Self::InvalidInput(what) => Cow::Borrowed(*what),
            Self::RoleExists(name) => format!("Role with name {name} already exists.").into(),
            Self::NoRole(name) => format!("The role with name {name} cannot be found.").into(),
            Self::NoPolicy(arn) => format!("Policy {arn} does not exist or is not attachable.").into(),
            Self::Quota(name, most) => format!("Cannot exceed quota for {name}: {most}").into(),
        }
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
            message: self.message(),
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
        Refusal::DeniedByPolicy(sentence) => ("AccessDenied", 403, sentence.to_string().into()),
        Refusal::TooManyRequests | Refusal::ConcurrentModification => {
            ("Throttling", 400, "Rate exceeded".into())
        }
        Refusal::Internal | Refusal::UnknownCaller(_) | Refusal::Own(_) => (
            "ServiceFailure",
            500,
            "The request processing has failed because of an unknown error, exception or failure.".into(),
        ),
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}
