//! The documents that IAM and STS take, and the sentence with which they refuse the others (identity.md 3.8).
//!
//! IAM looks at a whole document rule by rule, and the first rule that is broken anywhere is the answer; so a document
//! with several mistakes is not refused for the one that stands first in it.

mod date;
mod resource;
mod statement;

use super::document::{Document, DocumentKind};
use super::error::DocumentError;
use super::principal::Named;
use crate::json::{self, JsonKind, ParseErrorKind, Value};

/// What a document is sent for. It decides which of IAM's rules it is under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    /// A version of a managed policy.
    Managed,
    /// An inline policy of a user, a group or a role.
    Inline,
    /// A session's policy, as AssumeRole and GetFederationToken take it.
    Session,
    /// A role's trust policy.
    Trust,
}

impl Usage {
    /// The language that it is read in.
    #[must_use]
    pub fn kind(self) -> DocumentKind {
        match self {
            Self::Managed | Self::Inline | Self::Session => DocumentKind::Identity,
            Self::Trust => DocumentKind::Trust,
        }
    }
}

/// The longest piece of a document that a sentence repeats, in characters.
const MOST: usize = 2_048;

/// Why a document is refused, in AWS's words. The code is MalformedPolicyDocument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A trust policy that is no JSON.
    #[error("This policy contains invalid Json")]
    Json,
    /// Any other document that is no JSON; unknown members, wrong types, a bad Sid, and the like.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// A managed policy of the old version, or without one.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    Version,
    /// An Effect in another case, a date that is none, an ARN that ends too early.
    #[error("The policy failed legacy parsing")]
    Legacy,
    /// A Sid that stands twice.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// A statement without actions.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// A statement without resources.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    NoArn(String),
    /// A resource of a partition that there is not.
    #[error("Partition \"{partition}\" is not valid for resource \"{resource}\".")]
    Partition {
        /// The partition as it is written.
        partition: String,
        /// The resource, with `*` for the parts that it lacks.
        resource: String,
    },
    /// A resource without a service.
    #[error("Resource vendor must be fully qualified and cannot contain regexes.")]
    ResourceVendor,
    /// A resource of IAM with a region.
    #[error("IAM resource {0} cannot contain region information.")]
    IamRegion(String),
    /// A resource of IAM of no type that there is.
    #[error(
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, \
         mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
    )]
    IamPath,
    /// A bucket with a region.
    #[error("Resource {0} can not contain region information.")]
    BucketRegion(String),
    /// An action without a service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    NoVendor,
    /// An action with two colons.
    #[error("Actions/Condition can contain only one colon.")]
    Colons,
    /// An action of a service whose name has other characters than names have.
    #[error("Vendor {0} is not valid")]
    Vendor(String),
    /// A principal where the language has none.
    #[error("Policy document should not specify a principal.")]
    Principal,
    /// A trust policy with a resource.
    #[error("Has prohibited field {0}")]
    Prohibited(&'static str),
    /// A trust policy that is about more than assuming.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    NotAssumeRole,
    /// A trust policy that names nobody.
    #[error("AssumeRole policy must contain principals.")]
    NoPrincipals,
    /// A trust policy that names what is no principal, or one that is not there.
    #[error("Invalid principal in policy: \"{kind}\":\"{named}\"")]
    InvalidPrincipal {
        /// The kind of principal, in capitals.
        kind: String,
        /// The principal as it is written.
        named: String,
    },
    /// A trust policy with a condition operator that there is not.
    #[error("Invalid Condition type : {0}.")]
    ConditionType(String),
}

impl Malformed {
    /// The refusal of a trust policy that names this principal: whether it exists is for the caller to know.
    #[must_use]
    pub fn principal(named: &Named) -> Self {
        Self::invalid_principal(named.who.kind(), &named.written)
    }

    fn invalid_principal(kind: &str, named: &str) -> Self {
        // AWS writes the kind in capitals.
        Self::InvalidPrincipal { kind: kind.to_uppercase(), named: clip(named) }
    }
}

/// Foreign text in a sentence.
fn clip(text: &str) -> String {
    text.chars().take(MOST).collect()
}

/// How long a document is towards IAM's quotas, in characters: white space does not count (identity.md 3.3).
#[must_use]
pub fn quota_length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Reads a document that was sent to IAM or STS.
///
/// # Errors
///
/// The first of IAM's rules that it breaks. How long it may be, and whether its principals exist, is the caller's to
/// say: [`quota_length`], [`Malformed::principal`].
pub(super) fn document(usage: Usage, text: &str) -> Result<Document, Malformed> {
    let value = json::parse(text).map_err(|e| match (usage, e.kind) {
        (Usage::Trust, ParseErrorKind::DuplicateKey) => Malformed::Syntax,
        (Usage::Trust, _) => Malformed::Json,
        _ => Malformed::Syntax,
    })?;
    let statements = statement::all(&value, usage)?;
    version(&value, usage)?;
    for statement in &statements {
        statement.legacy(usage)?;
    }
    let bad_resource = resource::first_error(&statements, usage)?;
    if usage != Usage::Trust {
        statement::unique(&statements)?;
    }
    for statement in &statements {
        statement.has_actions()?;
    }
    match usage {
        Usage::Trust => trust(&statements)?,
        _ => identity(&statements, bad_resource)?,
    }
    // What is left are values that no condition can be compared with, such as bad base64.
    Document::parse(usage.kind(), text).map_err(|_: DocumentError| Malformed::Syntax)
}

/// The rules about resources and principals of documents that are attached.
fn identity(statements: &[statement::Checked<'_>], bad_resource: Option<Malformed>) -> Result<(), Malformed> {
    if let Some(bad) = bad_resource {
        return Err(bad);
    }
    for statement in statements {
        statement.actions_have_vendors()?;
    }
    for statement in statements {
        statement.has_resources()?;
    }
    if statements.iter().any(|s| s.has("Principal") || s.has("NotPrincipal")) {
        return Err(Malformed::Principal);
    }
    Ok(())
}

fn trust(statements: &[statement::Checked<'_>]) -> Result<(), Malformed> {
    for field in ["Resource", "NotResource"] {
        if statements.iter().any(|s| s.has(field)) {
            return Err(Malformed::Prohibited(field));
        }
    }
    for statement in statements {
        statement.actions_have_vendors()?;
    }
    for statement in statements {
        statement.only_assumes()?;
    }
    for statement in statements {
        statement.has_principals()?;
    }
    for statement in statements {
        statement.principals_are_some()?;
    }
    for statement in statements {
        statement.operators_are_some()?;
    }
    Ok(())
}

fn version(document: &Value, usage: Usage) -> Result<(), Malformed> {
    let version = document.get("Version").and_then(Value::as_str);
    if usage == Usage::Managed && version != Some("2012-10-17") {
        return Err(Malformed::Version);
    }
    Ok(())
}

/// The texts of a member that is one text or a list of them.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).iter().filter_map(Value::as_str)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}

/// Whether a condition can be compared with it.
fn comparable(value: &Value) -> bool {
    matches!(value.kind, JsonKind::String(_) | JsonKind::Number(_) | JsonKind::Bool(_))
}
