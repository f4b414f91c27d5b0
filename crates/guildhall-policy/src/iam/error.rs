//! Why a document is refused, for people and for AWS's API.

use std::borrow::Cow;

use super::document::DocumentKind;
use crate::json::{ParseError, ParseErrorKind, Position};

/// Why a document is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: found {found}; {wanted}")]
pub struct DocumentError {
    /// The rule that is broken.
    pub kind: DocumentErrorKind,
    /// The language it was read as.
    pub document: DocumentKind,
    /// Where.
    pub at: Position,
    /// What stands there, for people.
    pub found: String,
    /// What would be right, for people.
    pub wanted: Cow<'static, str>,
    /// The action that is refused, as it is written, where AWS's answer names it.
    pub action: Option<String>,
}

/// The rules of the languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentErrorKind {
    /// It is no JSON, or has a key twice, or something after its end.
    Json(ParseErrorKind),
    /// It has more characters than its kind may have.
    TooLong,
    /// Something else than the language has there: a list for an object, a number for a string.
    WrongType,
    /// A member that the language does not know.
    UnknownMember,
    /// A member that other languages have and this one does not.
    ForbiddenMember,
    /// A member that has to be there is not.
    MissingMember,
    /// Two members that exclude each other.
    ConflictingMembers,
    /// A list that has to have an element has none.
    EmptyList,
    /// No version that there is.
    BadVersion,
    /// No Sid that the language allows.
    BadSid,
    /// A Sid that another statement has.
    DuplicateSid,
    /// No effect that the language allows.
    BadEffect,
    /// A text that is no action.
    BadAction,
    /// An action that this language does not take.
    UnsupportedAction,
    /// A text that is neither an ARN nor `*`.
    BadResource,
    /// A resource that this language does not take.
    UnsupportedResource,
    /// No principal that the language allows.
    BadPrincipal,
    /// No condition operator that there is.
    BadOperator,
    /// A text that is no condition key.
    BadConditionKey,
    /// A value that the condition cannot be compared with.
    BadConditionValue,
}

/// What AWS's API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// MalformedPolicyDocumentException, and IAM's MalformedPolicyDocument.
    MalformedPolicyDocument,
    /// ConstraintViolationException.
    PolicyContentLimitExceeded,
    /// InvalidInputException.
    InvalidResourcePolicyJson,
    /// InvalidInputException.
    UnsupportedActionInResourcePolicy,
    /// InvalidInputException. Declared in the model, never seen (policies.md 7.2).
    UnsupportedResourceInResourcePolicy,
}

impl Answer {
    /// The exception's reason; none for a malformed document.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::MalformedPolicyDocument => None,
            Self::PolicyContentLimitExceeded => Some("POLICY_CONTENT_LIMIT_EXCEEDED"),
            Self::InvalidResourcePolicyJson => Some("INVALID_RESOURCE_POLICY_JSON"),
            Self::UnsupportedActionInResourcePolicy => Some("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
            Self::UnsupportedResourceInResourcePolicy => Some("UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY"),
        }
    }
}

impl DocumentError {
    /// The class of AWS's answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match (self.document, self.kind) {
            (_, DocumentErrorKind::TooLong) => Answer::PolicyContentLimitExceeded,
            (DocumentKind::Organization, DocumentErrorKind::UnsupportedAction) => {
                Answer::UnsupportedActionInResourcePolicy
            }
            (DocumentKind::Organization, DocumentErrorKind::UnsupportedResource) => {
                Answer::UnsupportedResourceInResourcePolicy
            }
            (DocumentKind::Organization, _) => Answer::InvalidResourcePolicyJson,
            _ => Answer::MalformedPolicyDocument,
        }
    }

    /// AWS's own sentence (policies.md 1.4, 7.2), which for most refusals does not say what is wrong.
    #[must_use]
    pub fn sentence(&self) -> Cow<'static, str> {
        match self.answer() {
            Answer::MalformedPolicyDocument => {
                "The provided policy document does not meet the requirements of the specified policy type."
                    .into()
            }
            Answer::PolicyContentLimitExceeded => "You have exceeded the maximum policy size.".into(),
            Answer::InvalidResourcePolicyJson => "This resource-based policy contains invalid JSON.".into(),
            Answer::UnsupportedActionInResourcePolicy => {
                let action = self.action.as_deref().unwrap_or_default();
                format!("{action} is not a supported action for this resource-based policy.").into()
            }
            Answer::UnsupportedResourceInResourcePolicy => {
                "This resource-based policy contains an unsupported resource.".into()
            }
        }
    }

    pub(crate) fn json(document: DocumentKind, e: ParseError) -> Self {
        let kind = DocumentErrorKind::Json(e.kind);
        Self { kind, document, at: e.at, found: e.found, wanted: e.wanted, action: None }
    }
}

/// Refuses a document with more characters than its kind may have (policies.md 1.1; characters, not bytes).
///
/// # Errors
///
/// [`DocumentErrorKind::TooLong`], which is the answer even if the document is also malformed (policies.md 2.2, S19).
pub fn check_length(document: DocumentKind, text: &str, most: usize) -> Result<(), DocumentError> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(DocumentError {
        kind: DocumentErrorKind::TooLong,
        document,
        at: Position::START,
        found: format!("{length} characters"),
        wanted: format!("at most {most} are allowed").into(),
        action: None,
    })
}
