//! What a simulation answers: the members of IAM's wire, by their names.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Position;

/// A decision. Of several the greatest is that of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Verdict {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

/// Which kind of policy a statement is of. The wire has these words, not those of the model (identity.md 3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum SourceType {
    #[serde(rename = "IAM Policy")]
    Iam,
    #[serde(rename = "Resource Policy")]
    Resource,
    #[serde(rename = "Permissions Boundary Policy")]
    Boundary,
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub struct MatchedStatement {
    pub source_policy_id: String,
    pub source_policy_type: SourceType,
    pub start_position: Position,
    pub end_position: Position,
}

/// Whether the organization's policies allow the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub struct OrganizationsDetail {
    pub allowed_by_organizations: bool,
}

/// Whether the permissions boundary allows the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub struct BoundaryDetail {
    pub allowed_by_permissions_boundary: bool,
}

/// What each side of a call across accounts says.
pub type Sides = BTreeMap<&'static str, Verdict>;

/// The answer for one action. Members that are left out are not on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub struct EvaluationResult {
    pub eval_action_name: String,
    pub eval_resource_name: String,
    pub eval_decision: Verdict,
    pub matched_statements: Vec<MatchedStatement>,
    pub missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations_decision_detail: Option<OrganizationsDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_decision_detail: Option<BoundaryDetail>,
    /// Empty within one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eval_decision_details: Option<Sides>,
    /// Only if resources were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_specific_results: Option<Vec<ResourceResult>>,
}

/// The answer for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub struct ResourceResult {
    pub eval_resource_name: String,
    pub eval_resource_decision: Verdict,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matched_statements: Vec<MatchedStatement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_context_values: Vec<String>,
    /// Only across accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eval_decision_details: Option<Sides>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_decision_detail: Option<BoundaryDetail>,
}
