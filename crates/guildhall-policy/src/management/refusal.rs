//! Why a document is refused.

use std::borrow::Cow;

use crate::json::{ParseError, ParseErrorKind, Position};

/// A document that AWS would not take: where, what stands there, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}{}: found {found}; {wanted}", Under(path))]
pub struct Refusal {
    /// The rule that is broken.
    pub kind: RefusalKind,
    /// Where.
    pub at: Position,
    /// The path of the place in the document: `tags/cost/tag_key`; empty for the document.
    pub path: String,
    /// What stands there, for people.
    pub found: String,
    /// What would be right, for people.
    pub wanted: Cow<'static, str>,
}

/// The rules of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// Longer than the limit.
    TooLong,
    /// No JSON, or a key twice.
    Json(ParseErrorKind),
    /// Something else than an object.
    NotAnObject,
    /// A name that has no meaning there.
    UnknownName,
    /// A free name of the wrong form.
    BadName,
    /// A name that is there already, in another case.
    DuplicateName,
    /// Something that starts with `@@` and is no operator.
    UnknownOperator,
    /// An operator that the place does not have.
    OperatorNotAllowed,
    /// A list of allowed operators of the wrong form.
    BadControl,
    /// A value of the wrong form.
    BadValue,
    /// Something that has to be there is not.
    Missing,
    /// Settings that do not fit each other.
    Dependent,
    /// Too many of something.
    TooMany,
}

/// What AWS's API answers to a refused document (policies.md 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// `MalformedPolicyDocumentException`, always with the same sentence.
    MalformedPolicyDocument,
    /// `ConstraintViolationException` with `POLICY_CONTENT_LIMIT_EXCEEDED`.
    PolicyContentLimitExceeded,
}

impl Refusal {
    /// What the API answers.
    pub fn answer(&self) -> Answer {
        match self.kind {
            RefusalKind::TooLong => Answer::PolicyContentLimitExceeded,
            _ => Answer::MalformedPolicyDocument,
        }
    }
}

impl From<ParseError> for Refusal {
    fn from(e: ParseError) -> Refusal {
        let kind = RefusalKind::Json(e.kind);
        Refusal { kind, at: e.at, path: String::new(), found: e.found, wanted: e.wanted }
    }
}

struct Under<'a>(&'a str);

impl std::fmt::Display for Under<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " (`{}`)", self.0) }
    }
}
