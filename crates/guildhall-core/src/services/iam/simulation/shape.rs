//! What simulations answer.

use guildhall_policy::iam::simulate::{
    BoundaryDetail, EvaluationResult, MatchedStatement, OrganizationsDetail, ResourceResult, Sides, Verdict,
};
use serde::Serialize;

/// A page of results.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    pub(super) evaluation_results: Vec<ResultShape>,
    pub(super) is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
}

/// The result of one action.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResultShape {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: Verdict,
    matched_statements: Vec<MatchedStatement>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations_decision_detail: Option<OrganizationsDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<Sides>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_specific_results: Option<Vec<ResourceShape>>,
}

/// The result of one action on one resource.
#[derive(Serialize)]
#[serde(untagged)]
enum ResourceShape {
    /// In a custom simulation, which leaves empty lists out.
    Custom(ResourceResult),
    /// In a principal's, which does not (identity.md 3.12).
    Principal(PrincipalResource),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrincipalResource {
    eval_resource_name: String,
    eval_resource_decision: Verdict,
    matched_statements: Vec<MatchedStatement>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<Sides>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

impl ResourceShape {
    fn of(result: ResourceResult, of_principal: bool) -> Self {
        if !of_principal {
            return Self::Custom(result);
        }
        Self::Principal(PrincipalResource {
            eval_resource_name: result.eval_resource_name,
            eval_resource_decision: result.eval_resource_decision,
            matched_statements: result.matched_statements,
            missing_context_values: result.missing_context_values,
            eval_decision_details: result.eval_decision_details,
            permissions_boundary_decision_detail: result.permissions_boundary_decision_detail,
        })
    }
}

impl ResultShape {
    pub(super) fn of(result: EvaluationResult, of_principal: bool) -> Self {
        let resource = |result| ResourceShape::of(result, of_principal);
        Self {
            eval_action_name: result.eval_action_name,
            eval_resource_name: result.eval_resource_name,
            eval_decision: result.eval_decision,
            matched_statements: result.matched_statements,
            missing_context_values: result.missing_context_values,
            organizations_decision_detail: result.organizations_decision_detail,
            permissions_boundary_decision_detail: result.permissions_boundary_decision_detail,
            eval_decision_details: result.eval_decision_details,
            resource_specific_results: result
                .resource_specific_results
                .map(|results| results.into_iter().map(resource).collect()),
        }
    }
}
