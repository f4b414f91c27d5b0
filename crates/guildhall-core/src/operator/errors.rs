//! Refusals of the control API.

use std::borrow::Cow;

use crate::kernel::refusal::{ErrorAnswer, ServiceError};

/// The name under which the control API's refusals go.
pub const CONTROL: &str = "control";

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

impl ServiceError for ControlError {
    fn service(&self) -> &'static str {
        CONTROL
    }

    fn answer(&self) -> ErrorAnswer {
        let (code, status) = (Some(self.code()), self.status());
        ErrorAnswer { code, status, message: self.to_string().into(), reason: None, field: None }
    }
}
