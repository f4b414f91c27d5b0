//! A request's whole evaluation: every check that was made of it, with every statement that applied or nearly did, in the
//! order in which AWS tells it (identity.md 5.6).

use super::decision::{Applied, Exemption, Stage};
use super::document::{DocumentKind, Effect};
use super::evaluate::Look;
use super::principal::Principal;
use super::request::{Attached, Level, Policies, Request};
use super::truth::Truth;

/// One check of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Check<'a> {
    /// What was asked.
    pub stage: Stage,
    /// The root, unit or account whose policies were asked, for SCPs and RCPs.
    pub node: Option<&'a str>,
    /// What came of it.
    pub effect: CheckEffect,
    /// The names of the policies that were asked.
    pub policies: Vec<&'a str>,
    /// The statements that are about the call, policy by policy.
    pub statements: Vec<Found<'a>>,
}

/// What comes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckEffect {
    /// It allows the call.
    Allow,
    /// It does not allow it, and need not.
    NoImpact,
    /// It does not allow it, and had to.
    ImplicitDeny,
    /// It denies it.
    ExplicitDeny,
}

/// A statement that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// The statement, with what its conditions were compared with.
    pub applied: Applied<'a>,
    /// What it does.
    pub effect: Effect,
    /// Whether it applies; if not, its conditions are all that is in the way.
    pub applies: bool,
}

/// The most statements of one check.
const MOST: usize = 32;

/// The checks that are made of a request for one of its resources: resource control policies from the root down, service
/// control policies from the root down, the resource's policy where it has to allow, identity policies, boundary,
/// session. `allowed` is whether the request as a whole was: a check that others made up for has no impact.
#[must_use]
pub fn checks<'a>(
    request: &'a Request<'a>,
    policies: &Policies<'a>,
    resource: usize,
    allowed: bool,
) -> Vec<Check<'a>> {
    let Some(resource) = request.resources().get(resource) else { return Vec::new() };
    let look = Look::new(request, policies, resource);
    let mut checks = Vec::new();
    let mut levels = |stage, path: Result<&'a [&'a Level<'a>], Exemption>| {
        for level in path.unwrap_or_default() {
            checks.push(check(&look, stage, Some(level.node), &level.policies, false));
        }
    };
    levels(Stage::ResourceControl, look.rcp_exemption());
    levels(Stage::ServiceControl, look.scp_exemption());
    let same = request.principal.account().is_some()
        && resource.owner.as_deref().is_none_or(|owner| Some(owner) == request.principal.account());
    // Within one account either side may allow, unless the resource's policy decides.
    let either = same && !resource.policy_decides;
    if let Some(policy) = &resource.policy {
        let own = policy.document.kind == DocumentKind::Organization && same;
        let one = check(
            &look,
            Stage::Resource,
            None,
            std::slice::from_ref(policy),
            either || resource.owner_allows,
        );
        if !own && (!either || !one.statements.is_empty()) {
            checks.push(one);
        }
    } else if !either && !resource.owner_allows {
        checks.push(check(&look, Stage::Resource, None, &[], false));
    }
    if request.principal.account().is_some() {
        let mut principal = check(&look, Stage::Identity, None, policies.identity, allowed);
        if matches!(request.principal, Principal::Root { .. })
            && principal.effect != CheckEffect::ExplicitDeny
        {
            principal.effect = CheckEffect::Allow;
        }
        checks.push(principal);
    }
    if let Some(boundary) = &policies.boundary {
        checks.push(check(&look, Stage::Boundary, None, std::slice::from_ref(boundary), allowed));
    }
    if let Some(session) = policies.session {
        checks.push(check(&look, Stage::Session, None, session, allowed));
    }
    checks
}

/// Asks the policies of one check. `made_up`: others made up for what it does not allow.
fn check<'a>(
    look: &Look<'a, '_>,
    stage: Stage,
    node: Option<&'a str>,
    policies: &[Attached<'a>],
    made_up: bool,
) -> Check<'a> {
    let mut statements = Vec::new();
    let (mut allows, mut denies) = (false, false);
    for policy in policies {
        for (index, statement) in policy.document.statements.iter().enumerate() {
            let applies = match look.applies_to_caller(statement) {
                Truth::True => true,
                Truth::Error => statement.effect == Effect::Deny,
                Truth::False | Truth::Unknown => false,
            };
            if !applies && !look.nearly(statement) {
                continue;
            }
            match statement.effect {
                Effect::Allow => allows |= applies,
                Effect::Deny => denies |= applies,
            }
            if statements.len() < MOST {
                let applied = Applied::new(policy.name, index, statement, look.context);
                statements.push(Found { applied, effect: statement.effect, applies });
            }
        }
    }
    let effect = match (denies, allows) {
        (true, _) => CheckEffect::ExplicitDeny,
        (false, true) => CheckEffect::Allow,
        (false, false) if made_up => CheckEffect::NoImpact,
        (false, false) => CheckEffect::ImplicitDeny,
    };
    Check { stage, node, effect, policies: policies.iter().map(|policy| policy.name).collect(), statements }
}
