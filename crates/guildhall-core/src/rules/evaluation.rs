//! The whole evaluation of a call that was denied, for whoever asks why (identity.md 5.6).

use std::collections::BTreeMap;

use guildhall_policy::iam::{
    Check, CheckEffect, Context, Decision, Effect, Found, Given, Outcome, Policies, Request, Stage, checks,
};

use crate::kernel::evaluation::{
    Asked, AttachedTo, Checked, Evaluated, Evaluation, Matched, MatchedStatement,
};

/// The evaluation of these requests, which were decided so. `entity` is the ARN of whom identity policies are attached
/// to, `node` says the ARN of a root, unit or account.
pub(super) fn evaluation(
    requests: &[Request<'_>],
    decisions: &[Decision<'_>],
    policies: &Policies<'_>,
    entity: &str,
    node: &dyn Fn(&str) -> String,
) -> Evaluation {
    let shared = requests.first().map(|request| keys(&request.context)).unwrap_or_default();
    let common: BTreeMap<_, _> = shared
        .into_iter()
        .filter(|(key, values)| requests.iter().all(|r| keys(&r.context).get(key) == Some(values)))
        .collect();
    let mut evaluation = Evaluation { request_context: common, ..Evaluation::default() };
    for (request, decision) in requests.iter().zip(decisions) {
        let found = checks(request, policies, 0, decision.outcome == Outcome::Allow);
        for check in &found {
            note(&mut evaluation.policies, check, entity, node);
        }
        let mut context = keys(&request.context);
        context.retain(|key, values| evaluation.request_context.get(key) != Some(values));
        evaluation.evaluations.push(Evaluated {
            action: request.action().to_owned(),
            resource: request.resources().first().and_then(|r| r.arn.clone()).unwrap_or_default(),
            context,
            evaluated_effect: match decision.outcome {
                Outcome::Allow => "ALLOW",
                Outcome::ExplicitDeny => "EXPLICIT_DENY",
                Outcome::ImplicitDeny | Outcome::Undecided => "IMPLICIT_DENY",
            },
            checks: found.iter().map(|check| checked(check, node)).collect(),
        });
    }
    evaluation
}

fn keys(context: &Context) -> BTreeMap<String, Vec<String>> {
    let present = context.iter().filter_map(|(key, given)| {
        let values = match given {
            Given::One(value) => vec![value.clone()],
            Given::Many(values) => values.clone(),
            Given::Absent | Given::Unknown => return None,
        };
        Some((key.to_owned(), values))
    });
    present.collect()
}

/// The names that AWS has for a check and for the type of its policies.
fn names(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::ResourceControl => ("RESOURCE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
        Stage::ServiceControl => ("SERVICE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"),
        Stage::Resource => ("RESOURCE", "RESOURCE_BASED_POLICY"),
        Stage::Identity => ("PRINCIPAL", "IDENTITY_BASED_POLICY"),
        Stage::Boundary => ("PERMISSIONS_BOUNDARY", "PERMISSIONS_BOUNDARY"),
        Stage::Session => ("SESSION", "SESSION_POLICY"),
    }
}

fn checked(check: &Check<'_>, node: &dyn Fn(&str) -> String) -> Checked {
    let (check_type, policy_type) = names(check.stage);
    Checked {
        check_type,
        evaluated_effect: match check.effect {
            CheckEffect::Allow => "ALLOW",
            CheckEffect::NoImpact => "NO_IMPACT",
            CheckEffect::ImplicitDeny => "IMPLICIT_DENY",
            CheckEffect::ExplicitDeny => "EXPLICIT_DENY",
        },
        target_arn: check.node.map(node),
        relevant_policy_types: vec![policy_type],
        matched_policies: matched(check, true),
        nearly_matched_policies: matched(check, false),
    }
}

/// The statements of a check that applied, or nearly did, by their policies.
fn matched(check: &Check<'_>, applied: bool) -> Vec<Matched> {
    let mut policies: Vec<Matched> = Vec::new();
    for found in check.statements.iter().filter(|found| found.applies == applied) {
        let uri = found.applied.policy;
        let statement = statement(found);
        match policies.iter_mut().find(|policy| policy.uri == uri) {
            Some(policy) => policy.matched_statements.push(statement),
            None => policies.push(Matched { uri: uri.to_owned(), matched_statements: vec![statement] }),
        }
    }
    policies
}

fn statement(found: &Found<'_>) -> MatchedStatement {
    let applied = &found.applied;
    MatchedStatement {
        sid: applied.sid.map_or_else(|| format!("Statement{}", applied.statement), str::to_owned),
        evaluated_effect: match found.effect {
            Effect::Allow => "ALLOW",
            Effect::Deny => "DENY",
        },
        statement: applied.statement,
        conditions: applied.conditions.iter().map(ToString::to_string).collect(),
    }
}

/// Notes the policies of a check, each once.
fn note(asked: &mut Vec<Asked>, check: &Check<'_>, entity: &str, node: &dyn Fn(&str) -> String) {
    let (_, r#type) = names(check.stage);
    let attached = match (check.stage, check.node) {
        (_, Some(id)) => Some(node(id)),
        (Stage::Resource, None) => None,
        _ => Some(entity.to_owned()),
    };
    for &uri in &check.policies {
        let at = match asked.iter_mut().find(|policy| policy.uri == uri && policy.r#type == r#type) {
            Some(policy) => &mut policy.attached_to,
            None => {
                let inline = !uri.starts_with("arn:");
                asked.push(Asked { r#type, inline, uri: uri.to_owned(), attached_to: Vec::new() });
                let Some(policy) = asked.last_mut() else { continue };
                &mut policy.attached_to
            }
        };
        if let Some(arn) = attached.clone().filter(|arn| !at.iter().any(|own| own.arn == *arn)) {
            at.push(AttachedTo { arn });
        }
    }
}
