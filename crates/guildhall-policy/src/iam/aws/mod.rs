//! The policies that AWS manages, as far as they matter here (identity.md 6 and 3.13).

mod roles;
mod table;

use std::sync::Arc;

use super::document::Document;
use super::malformed::{Malformed, Usage};

pub use roles::{SERVICE_ROLES, ServiceRole};
pub use table::POLICIES;

/// The account that owns them, as `aws:ResourceAccount` has it (identity.md 5.5).
pub const OWNER: &str = "639982225848";

/// A policy that AWS manages, in its default version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsPolicy {
    /// Its name, which no other one has.
    pub name: &'static str,
    /// Its path, `/` or `/job-function/` and so on.
    pub path: &'static str,
    /// Its unique id.
    pub id: &'static str,
    /// The id of the default version.
    pub version: &'static str,
    /// When it was made, as the wire writes it.
    pub created: &'static str,
    /// When its default version was made.
    pub updated: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The document as it is shown.
    pub text: &'static str,
}

impl AwsPolicy {
    /// The policy of this name, in this spelling.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let at = POLICIES.binary_search_by(|policy| policy.name.cmp(name)).ok()?;
        POLICIES.get(at)
    }

    /// The policy of this ARN, in whatever partition.
    #[must_use]
    pub fn by_arn(arn: &str) -> Option<&'static Self> {
        let ["arn", _, "iam", "", "aws", resource] = super::arn::arn_fields(arn)? else {
            return None;
        };
        let policy = Self::named(resource.rsplit('/').next()?)?;
        let name = resource.strip_prefix("policy")?.strip_prefix(policy.path)?;
        (name == policy.name).then_some(policy)
    }

    /// Its ARN in a partition.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }

    /// Whether it can be attached or be a boundary; some are for AWS's own roles and tasks (identity.md 3.7).
    #[must_use]
    pub fn attachable(&self) -> bool {
        !matches!(self.path, "/aws-service-role/" | "/root-task/")
    }
}

/// The documents of all of them, read once and shared.
#[derive(Debug, Clone)]
pub struct AwsDocuments(Box<[Arc<Document>]>);

impl AwsDocuments {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// None for the documents that are here, which a test reads.
    pub fn read() -> Result<Self, Malformed> {
        let read = |policy: &AwsPolicy| Document::for_iam(Usage::Managed, policy.text).map(Arc::new);
        POLICIES.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// What the policy of this name says.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Document>> {
        self.0.get(POLICIES.binary_search_by(|policy| policy.name.cmp(name)).ok()?)
    }
}
