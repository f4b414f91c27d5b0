//! IAM's policy simulator, without what is stored: the answers of SimulateCustomPolicy and SimulatePrincipalPolicy for
//! policies that the caller brings (identity.md 3.12, and 13, rows 1 to 5 and 10 to 14).
//!
//! It asks the statements as [`decide`](super::decide) does, but by rules of its own: what an account's own resource
//! policy allows is allowed whatever a boundary says, and an organization's denial hides everything else. Which types of
//! resources an action can be about is not known here.

mod entry;
mod exclusion;
mod position;
mod result;
mod verdict;

use super::context::Context;
use super::document::{Document, DocumentKind};
use super::principal::Principal;
use super::request::Path;
use crate::json;

pub use entry::{Entry, EntryType};
pub use exclusion::{Attachment, Exclusion, MAX_EXCLUSIONS, Owner};
pub use position::Position;
pub use result::{
    BoundaryDetail, EvaluationResult, MatchedStatement, OrganizationsDetail, ResourceResult, Sides,
    SourceType, Verdict,
};

/// How many levels of an organization a custom simulation takes (identity.md 3.12).
pub const MAX_LEVELS: usize = 7;

/// A document of a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What results call it: `PolicyInputList.1`, `user_<user>_<policy>`, a managed policy's name.
    pub id: &'a str,
    /// The document as it was sent: results tell where in it a statement stands.
    pub text: &'a str,
}

/// The organization's policies of a simulation.
#[derive(Debug, Clone, Copy, Default)]
pub enum Organization<'a> {
    /// None are simulated, and results do not speak of them.
    #[default]
    Absent,
    /// Service control policies by level, the root's first.
    Given(&'a [&'a [&'a str]]),
    /// Those that are in force; none where the account is under none.
    Real {
        /// On the way to the caller's account.
        scps: Option<Path<'a>>,
        /// On the way to the resource's owner. AWS does not simulate them.
        rcps: Option<Path<'a>>,
    },
}

/// What is simulated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    /// The policies of the one who asks, those that are tried out among them.
    pub policies: &'a [Source<'a>],
    /// The permissions boundary, at most one.
    pub boundaries: &'a [Source<'a>],
    /// The organization's policies.
    pub organization: Organization<'a>,
    /// The policy on the resources.
    pub resource_policy: Option<&'a str>,
    /// Who owns the resources: an account's id, or an ARN of it.
    pub owner: Option<&'a str>,
    /// The ARN of the one who asks.
    pub caller: Option<&'a str>,
    /// Condition keys.
    pub entries: &'a [Entry<'a>],
    /// The ARNs of the resources; none: `*`.
    pub resources: &'a [&'a str],
}

/// Why something cannot be simulated, in AWS's words. The code is InvalidInput.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Refused {
    #[error("Policy input list item {0} has invalid content")]
    Policy(usize),
    #[error("The list of Permissions Boundary policies cannot exceed 1 items.")]
    Boundaries,
    #[error("Permissions Boundary policy has invalid content")]
    Boundary,
    #[error("Organization policy at index {0} must contain at least one service control policy")]
    EmptyLevel(usize),
    #[error("Organization policy at index {0} has invalid content")]
    Level(usize),
    #[error("Resource policy has invalid content")]
    ResourcePolicy,
    #[error("The action is invalid since it is missing names")]
    Action,
    #[error("ResourceNames are not in a valid ARN format: {0}.")]
    Resource(String),
    #[error("ContextKeyName cannot be null or empty.")]
    NoKey,
    #[error("Context key {0} has invalid type null.")]
    NoType(String),
    #[error("Context values for context key {0} cannot be null or empty.")]
    NoValues(String),
    // Sic: the type.
    #[error("Context key {kind} expected a single value, but received {count}.")]
    Values { kind: &'static str, count: usize },
    #[error("Invalid context value for key {key}: expected {wanted}.")]
    Value { key: String, wanted: &'static str },
    #[error("Duplicate context key: {0}.")]
    DuplicateKey(String),
    #[error("Invalid policy exclusion: {0}")]
    ArnExclusion(String),
    #[error("Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required")]
    InlineExclusion,
}

/// A document with what results tell of it.
struct Read {
    id: String,
    document: Document,
    /// Where each statement starts and ends.
    places: Vec<(Position, Position)>,
    /// The condition keys that it asks for, as they are written.
    keys: Vec<String>,
}

/// A simulation that was read: it answers for one action after the other.
pub struct Simulation<'a> {
    policies: Vec<Read>,
    boundary: Option<Read>,
    resource_policy: Option<Read>,
    /// Levels that were given, and whether results speak of an organization.
    levels: Option<Vec<Vec<Document>>>,
    scps: Option<Path<'a>>,
    rcps: Option<Path<'a>>,
    organization: bool,
    principal: Principal,
    owner: Option<&'a str>,
    context: Context,
    /// The keys that have a value, in lower case.
    known: Vec<String>,
    resources: &'a [&'a str],
}

impl<'a> Simulation<'a> {
    /// Reads what is simulated.
    ///
    /// # Errors
    ///
    /// The first of AWS's rules that the input breaks.
    pub fn read(input: &Input<'a>) -> Result<Self, Refused> {
        let mut policies = Vec::new();
        for (n, source) in (1..).zip(input.policies) {
            policies.push(Read::new(source, DocumentKind::Identity).ok_or(Refused::Policy(n))?);
        }
        let boundary = match input.boundaries {
            [] => None,
            [one] => Some(Read::new(one, DocumentKind::Identity).ok_or(Refused::Boundary)?),
            _ => return Err(Refused::Boundaries),
        };
        let resource_policy = input.resource_policy.map(|text| {
            let source = Source { id: "ResourcePolicy", text };
            Read::new(&source, DocumentKind::Resource).ok_or(Refused::ResourcePolicy)
        });
        let (levels, scps, rcps) = match input.organization {
            Organization::Absent => (None, None, None),
            Organization::Given(levels) => (Some(read_levels(levels)?), None, None),
            Organization::Real { scps, rcps } => (None, scps, rcps),
        };
        if let Some(bad) = input.resources.iter().find(|arn| **arn != "*" && !is_arn(arn)) {
            return Err(Refused::Resource((*bad).to_owned()));
        }
        let mut context = Context::new();
        let principal = entry::caller(input.caller, &mut context);
        let mut known = entry::known(&context);
        entry::add(input.entries, &mut context, &mut known)?;
        Ok(Self {
            policies,
            boundary,
            resource_policy: resource_policy.transpose()?,
            levels,
            scps,
            rcps,
            organization: !matches!(input.organization, Organization::Absent),
            principal,
            owner: input.owner.map(account_of),
            context,
            known,
            resources: input.resources,
        })
    }
}

impl Read {
    fn new(source: &Source<'_>, kind: DocumentKind) -> Option<Self> {
        // What IAM would not store may be simulated, such as a malformed range (identity.md 13, row 6).
        let document = Document::parse(kind, source.text).ok()?;
        let value = json::parse(source.text).ok()?;
        let places = position::statements(source.text, &value);
        let keys = super::context_keys::of(&value).ok()?;
        Some(Self { id: source.id.to_owned(), document, places, keys })
    }
}

fn read_levels(levels: &[&[&str]]) -> Result<Vec<Vec<Document>>, Refused> {
    let mut read = Vec::new();
    for (n, level) in (1..).zip(levels) {
        if level.is_empty() {
            return Err(Refused::EmptyLevel(n));
        }
        let parse = |text: &&str| Document::parse(DocumentKind::ServiceControl, text);
        let documents: Result<Vec<_>, _> = level.iter().map(parse).collect();
        read.push(documents.map_err(|_| Refused::Level(n))?);
    }
    Ok(read)
}

fn is_arn(text: &str) -> bool {
    super::arn::arn_fields(text).is_some()
}

/// An account's id, be it in an ARN.
fn account_of(owner: &str) -> &str {
    owner.split(':').nth(4).unwrap_or(owner)
}
