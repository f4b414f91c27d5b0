//! IAM documents after they were read.

use super::arn::ArnPattern;
use super::condition::Condition;
use super::context::Context;
use super::error::DocumentError;
use super::malformed::{self, Malformed, Usage};
use super::pattern::{Pattern, Syntax};
use super::principal::{Named, Principals};
use super::read;
use super::services::Operations;
use super::truth::Truth;
use crate::json::Position;

/// Which language a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A service control policy (policies.md 2.1).
    ServiceControl,
    /// A resource control policy that a customer writes (policies.md 2.3).
    ResourceControl,
    /// An identity policy; permissions boundaries and session policies are the same language.
    Identity,
    /// A policy on a resource.
    Resource,
    /// A role's trust policy.
    Trust,
    /// The organization's resource policy (policies.md 7.2). Which operations it may name is judged by
    /// [`Document::for_organization`] alone.
    Organization,
}

/// A document's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, and what a document without a version is. It has no variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "AWS's two words")]
pub enum Effect {
    Allow,
    Deny,
}

/// A document that was read and found right, ready to be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its language.
    pub kind: DocumentKind,
    /// Its version, if it names one.
    pub version: Option<Version>,
    /// Its Id, if it has one.
    pub id: Option<Box<str>>,
    /// Its statements, at least one.
    pub statements: Box<[Statement]>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its Sid, if it has one.
    pub sid: Option<Box<str>>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it is about, in the languages that say so.
    pub principals: Option<Principals>,
    /// Its conditions, in the order of the text. All have to hold.
    pub conditions: Box<[Condition]>,
    /// Where it starts.
    pub at: Position,
    pub(crate) actions: Actions,
    pub(crate) resources: Option<Resources>,
}

/// Action or NotAction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actions {
    pub(crate) negated: bool,
    /// In lower case, without variables.
    pub(crate) patterns: Box<[Pattern]>,
}

/// Resource or NotResource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resources {
    pub(crate) negated: bool,
    pub(crate) patterns: Box<[ResourcePattern]>,
}

/// One resource of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResourcePattern {
    /// `*`.
    Everything,
    Arn(ArnPattern),
    /// An ARN with fewer than six fields, as IAM takes it: it means nothing (observed.md 66).
    Nothing,
}

impl Document {
    /// Reads a document and judges it by its language's grammar.
    ///
    /// # Errors
    ///
    /// A [`DocumentError`] at the first place that is not right. How long a document may be is the caller's to say:
    /// [`check_length`](super::check_length).
    pub fn parse(kind: DocumentKind, text: &str) -> Result<Self, DocumentError> {
        read::document(kind, None, text)
    }

    /// Reads the resource policy that was sent for an organization, and refuses actions that are not among those of these
    /// operations that it may name.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], at the first place that is not right.
    pub fn for_organization(text: &str, operations: &'static Operations) -> Result<Self, DocumentError> {
        read::document(DocumentKind::Organization, Some(operations), text)
    }

    /// Reads a document that was sent to IAM or STS, and judges it as they do.
    ///
    /// # Errors
    ///
    /// AWS's own sentence, by the first of its rules that the document breaks (identity.md 3.8). How long it may be and
    /// whether its principals exist is the caller's to say: [`quota_length`](super::quota_length),
    /// [`Malformed::principal`].
    pub fn for_iam(usage: Usage, text: &str) -> Result<Self, Malformed> {
        malformed::document(usage, text)
    }

    /// The principals that its statements name, in the order of the text. Which of them exist is not known here: AWS
    /// refuses an organization's policy that names others (policies.md 7.2).
    pub fn principals(&self) -> impl Iterator<Item = &Named> {
        self.statements.iter().filter_map(|s| s.principals.as_ref()).flat_map(|p| &p.named)
    }

    /// Whether what it says rests on condition keys: it has conditions, or variables.
    #[must_use]
    pub fn reads_context(&self) -> bool {
        self.statements.iter().any(|statement| {
            !statement.conditions.is_empty()
                || statement.resources.as_ref().is_some_and(Resources::have_variables)
        })
    }

    /// A document without statements, which no text can be: it allows nothing and denies nothing.
    #[must_use]
    pub fn empty(kind: DocumentKind) -> Self {
        Self { kind, version: Some(Version::V2012), id: None, statements: Box::default() }
    }

    /// The policy that AWS manages and attaches everywhere: everything is allowed (policies.md 1.2). As a resource
    /// control policy no customer could write it, since theirs only deny.
    #[must_use]
    pub fn full_access(kind: DocumentKind) -> Self {
        let everything = Pattern::new("*", Syntax { wildcards: true, variables: false });
        let principals = match kind {
            DocumentKind::ServiceControl | DocumentKind::Identity => None,
            _ => Some(Principals::everybody(Position::START)),
        };
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principals,
            conditions: Box::default(),
            at: Position::START,
            actions: Actions { negated: false, patterns: Box::new([everything]) },
            resources: Some(Resources { negated: false, patterns: Box::new([ResourcePattern::Everything]) }),
        };
        Self { kind, version: Some(Version::V2012), id: None, statements: Box::new([statement]) }
    }
}

impl Actions {
    /// Whether the action, in lower case, is meant.
    pub(crate) fn mean(&self, action: &str, context: &Context) -> bool {
        self.patterns.iter().any(|p| p.matches(action, context) == Truth::True) != self.negated
    }
}

impl Resources {
    /// Whether the resource is meant: an ARN's fields, or nothing for an action that has no resource. That one is
    /// `*`, which only `*` itself fits (policies.md 3.3).
    pub(crate) fn mean(&self, arn: Option<&[&str; 6]>, context: &Context) -> Truth {
        let mut any = Truth::False;
        for pattern in &self.patterns {
            any = any.or(match (pattern, arn) {
                (ResourcePattern::Everything, _) => Truth::True,
                (ResourcePattern::Arn(_), None) | (ResourcePattern::Nothing, _) => Truth::False,
                (ResourcePattern::Arn(pattern), Some(arn)) => pattern.matches(arn, context),
            });
            if any == Truth::True {
                break;
            }
        }
        match any {
            Truth::True | Truth::False => Truth::from((any == Truth::True) != self.negated),
            open => open,
        }
    }

    fn have_variables(&self) -> bool {
        self.patterns.iter().any(|p| matches!(p, ResourcePattern::Arn(pattern) if pattern.has_variables()))
    }

    /// The keys of variables whose value is unknown.
    pub(crate) fn unknown<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a str> {
        let arns = self.patterns.iter().filter_map(|p| match p {
            ResourcePattern::Arn(pattern) => Some(pattern),
            ResourcePattern::Everything | ResourcePattern::Nothing => None,
        });
        arns.flat_map(|p| p.unknown(context))
    }
}
