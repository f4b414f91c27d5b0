//! The decision of a simulation for one action.

use super::super::document::{Effect, Statement};
use super::super::evaluate::Look;
use super::super::request::{Attached, Level, Path, Policies, Request, Resource};
use super::super::truth::Truth;
use super::result::Sides;
use super::{
    BoundaryDetail, EvaluationResult, MatchedStatement, OrganizationsDetail, Read, Refused, ResourceResult,
    Simulation, SourceType, Verdict,
};

/// What the statements of some policies say to a call.
#[derive(Default)]
struct Said<'r> {
    allows: Vec<(&'r Read, usize)>,
    denies: Vec<(&'r Read, usize)>,
}

/// What is found for one resource.
struct One {
    verdict: Verdict,
    organization: bool,
    boundary: Option<bool>,
    sides: Option<Sides>,
    matched: Vec<MatchedStatement>,
    missing: Vec<String>,
}

impl Said<'_> {
    fn verdict(&self) -> Verdict {
        match (self.denies.is_empty(), self.allows.is_empty()) {
            (false, _) => Verdict::ExplicitDeny,
            (true, false) => Verdict::Allowed,
            (true, true) => Verdict::ImplicitDeny,
        }
    }
}

impl Simulation<'_> {
    /// The answer for an action, `s3:GetObject`.
    ///
    /// # Errors
    ///
    /// [`Refused::Action`] for a text without a colon.
    pub fn evaluate(&self, action: &str) -> Result<EvaluationResult, Refused> {
        if !action.contains(':') {
            return Err(Refused::Action);
        }
        let everything: &[&str] = &["*"];
        let resources = if self.resources.is_empty() { everything } else { self.resources };
        let all: Vec<One> = resources.iter().map(|resource| self.one(action, resource)).collect();
        let verdict = all.iter().map(|one| one.verdict).max().unwrap_or(Verdict::ImplicitDeny);
        let missing = all.iter().filter(|_| verdict == Verdict::ImplicitDeny).flat_map(|one| &one.missing);
        let named = !self.resources.is_empty();
        let mut details = Sides::new();
        for (side, verdict) in all.iter().filter_map(|one| one.sides.as_ref()).flatten() {
            details.entry(side).and_modify(|all| *all = (*verdict).max(*all)).or_insert(*verdict);
        }
        let organization = all.iter().all(|one| one.organization);
        let boundary = self.boundary.is_some().then(|| all.iter().all(|one| one.boundary == Some(true)));
        Ok(EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: match resources {
                [one] => (*one).to_owned(),
                _ => template(action).to_owned(),
            },
            eval_decision: verdict,
            matched_statements: once(all.iter().flat_map(|one| &one.matched)),
            missing_context_values: once(missing),
            organizations_decision_detail: self
                .organization
                .then_some(OrganizationsDetail { allowed_by_organizations: organization }),
            permissions_boundary_decision_detail: boundary.map(BoundaryDetail::new),
            eval_decision_details: named.then_some(details),
            resource_specific_results: named.then(|| {
                let result = |(one, name): (One, &&str)| one.result(name);
                all.into_iter().zip(resources).map(result).collect()
            }),
        })
    }

    fn one(&self, action: &str, resource: &str) -> One {
        let arn = (resource != "*").then(|| resource.to_owned());
        let target = Resource { arn, rcps: self.rcps, ..Resource::default() };
        let mut request = Request::new(self.principal.clone(), action, target);
        request.context = self.context.clone();
        let policies = Policies::default();
        let Some(resource) = request.resources().first() else { return One::nothing() };
        let look = Look::new(&request, &policies, resource);
        let organization = self.organization(&look);
        let identity = said(&look, &self.policies);
        let boundary = self.boundary.as_ref().map(|one| said(&look, std::slice::from_ref(one)));
        let on_resource = said(&look, self.resource_policy.as_slice());
        let across = self.resource_policy.is_some()
            && self.owner.is_some_and(|owner| self.principal.account() != Some(owner));
        let limit = boundary.as_ref().map(|said| said.verdict() == Verdict::Allowed);
        let own = match identity.verdict() {
            Verdict::Allowed if limit == Some(false) => Verdict::ImplicitDeny,
            verdict => verdict,
        };
        let denied = [&identity, &on_resource].into_iter().chain(&boundary).any(|s| !s.denies.is_empty());
        let allowed = match (own, on_resource.verdict()) {
            (Verdict::Allowed, Verdict::Allowed) => true,
            // Within an account either is enough, and no boundary cuts what the resource allows (identity.md 13, row 3).
            (a, b) => !across && (a == Verdict::Allowed || b == Verdict::Allowed),
        };
        let verdict = match organization {
            Verdict::Allowed if denied => Verdict::ExplicitDeny,
            Verdict::Allowed if allowed => Verdict::Allowed,
            Verdict::Allowed => Verdict::ImplicitDeny,
            other => other,
        };
        let told = [
            (SourceType::Boundary, boundary.as_ref()),
            (SourceType::Iam, Some(&identity)),
            (SourceType::Resource, Some(&on_resource)),
        ];
        let hidden = organization != Verdict::Allowed;
        let missing = if verdict == Verdict::ImplicitDeny && !hidden { self.missing() } else { Vec::new() };
        One {
            verdict,
            organization: !hidden,
            boundary: limit,
            sides: across
                .then(|| Sides::from([("IAM Policy", own), ("Resource Policy", on_resource.verdict())])),
            matched: if hidden { Vec::new() } else { matched(verdict, own, told) },
            missing,
        }
    }

    /// What the organization's policies say: every level has to allow.
    fn organization(&self, look: &Look<'_, '_>) -> Verdict {
        let given: Vec<Level<'_>> = self.levels.iter().flatten().map(|level| level_of(level)).collect();
        let given: Vec<&Level<'_>> = given.iter().collect();
        let given = self.levels.is_some().then_some(given.as_slice());
        let rcps = look.rcp_path();
        let paths = [given, self.scps, rcps].into_iter().flatten();
        paths.map(|path| by_levels(look, path)).max().unwrap_or(Verdict::Allowed)
    }

    /// The keys that any statement asks for and that have no value (identity.md 13, row 2).
    fn missing(&self) -> Vec<String> {
        let documents = self.policies.iter().chain(&self.boundary).chain(&self.resource_policy);
        let literal = |key: &str| matches!(key, "*" | "?" | "$");
        let unknown = |key: &&String| !literal(key) && !self.known.contains(&key.to_ascii_lowercase());
        once(documents.flat_map(|read| &read.keys).filter(unknown))
    }
}

impl One {
    fn nothing() -> Self {
        Self {
            verdict: Verdict::ImplicitDeny,
            organization: true,
            boundary: None,
            sides: None,
            matched: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn result(self, name: &str) -> ResourceResult {
        ResourceResult {
            eval_resource_name: name.to_owned(),
            eval_resource_decision: self.verdict,
            matched_statements: self.matched,
            missing_context_values: self.missing,
            eval_decision_details: self.sides,
            permissions_boundary_decision_detail: self.boundary.map(BoundaryDetail::new),
        }
    }
}

impl BoundaryDetail {
    fn new(allowed_by_permissions_boundary: bool) -> Self {
        Self { allowed_by_permissions_boundary }
    }
}

fn level_of(documents: &[super::Document]) -> Level<'_> {
    let policies = documents.iter().map(|document| Attached { name: "", document }).collect();
    Level { node: "", policies }
}

fn by_levels(look: &Look<'_, '_>, path: Path<'_>) -> Verdict {
    let mut verdict = Verdict::Allowed;
    for level in path {
        let mut allows = false;
        for statement in level.policies.iter().flat_map(|policy| &policy.document.statements) {
            match effect(look, statement) {
                Some(Effect::Deny) => return Verdict::ExplicitDeny,
                Some(Effect::Allow) => allows = true,
                None => {}
            }
        }
        if !allows {
            verdict = Verdict::ImplicitDeny;
        }
    }
    if path.is_empty() { Verdict::ImplicitDeny } else { verdict }
}

fn said<'r>(look: &Look<'_, '_>, policies: &'r [Read]) -> Said<'r> {
    let mut said = Said::default();
    for read in policies {
        for (n, statement) in read.document.statements.iter().enumerate() {
            match effect(look, statement) {
                Some(Effect::Deny) => said.denies.push((read, n)),
                Some(Effect::Allow) => said.allows.push((read, n)),
                None => {}
            }
        }
    }
    said
}

/// What a statement does to the call, if it is about it.
fn effect(look: &Look<'_, '_>, statement: &Statement) -> Option<Effect> {
    let meant = statement
        .principals
        .as_ref()
        .is_none_or(|p| p.mean(&look.request.principal, look.request.unique_id.as_deref()).is_some());
    let applies = match look.applies(statement) {
        Truth::True => true,
        Truth::Error => statement.effect == Effect::Deny,
        Truth::False | Truth::Unknown => false,
    };
    (meant && applies).then_some(statement.effect)
}

/// The statements that a result tells: those that deny, or those that allow. What a boundary allows is not told, nor
/// what it cuts off.
fn matched(
    verdict: Verdict,
    own: Verdict,
    told: [(SourceType, Option<&Said<'_>>); 3],
) -> Vec<MatchedStatement> {
    let mut statements = Vec::new();
    for (source, said) in told.into_iter().filter_map(|(source, said)| Some((source, said?))) {
        let which = match (verdict, source) {
            (Verdict::ExplicitDeny, _) => &said.denies,
            (Verdict::Allowed, SourceType::Iam) if own == Verdict::Allowed => &said.allows,
            (Verdict::Allowed, SourceType::Resource) => &said.allows,
            _ => continue,
        };
        for (read, n) in which {
            if let Some((start, end)) = read.places.get(*n) {
                statements.push(MatchedStatement {
                    source_policy_id: read.id.clone(),
                    source_policy_type: source,
                    start_position: *start,
                    end_position: *end,
                });
            }
        }
    }
    statements
}

/// Each of them once, where it stands first.
fn once<'i, T: Clone + PartialEq + 'i>(items: impl Iterator<Item = &'i T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    kept
}

/// How results call several resources of an action: by the template of its type, as far as it was recorded.
fn template(action: &str) -> &'static str {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    match service.to_ascii_lowercase().as_str() {
        "iam" | "sts" => "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
        "s3" if name.to_ascii_lowercase().contains("object") => "arn:aws:s3:::${BucketName}/${KeyName}",
        "s3" => "arn:aws:s3:::${BucketName}",
        _ => "*",
    }
}
