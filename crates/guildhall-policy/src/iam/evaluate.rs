//! The decision (policies.md 3.2). One pass over the statements answers; only what decided is explained afterwards.

use super::arn::arn_fields;
use super::context::Context;
use super::decision::{Decision, Exemption, MAX_TOLD, Outcome, Possible, Stage};
use super::document::{Document, Effect, Statement};
use super::explain::Explanation;
use super::grant;
use super::principal::{Meaning, Principal};
use super::request::{Attached, Path, Policies, Request, Resource};
use super::services::RCP_SERVICES;
use super::truth::Truth;

/// Decides a call.
///
/// Of several resources all have to be allowed; the first that is denied explicitly is told, or else the first that
/// is not allowed.
#[must_use]
pub fn decide<'a>(request: &'a Request<'a>, policies: &Policies<'a>) -> Decision<'a> {
    let mut all: Option<Decision<'a>> = None;
    for resource in request.resources() {
        let one = Look::new(request, policies, resource).decide();
        all = Some(match all {
            None => one,
            Some(before) => both(before, one),
        });
    }
    all.unwrap_or(Decision {
        outcome: Outcome::ImplicitDeny,
        possible: Possible { implicit_deny: true, ..Possible::default() },
        reasons: Vec::new(),
        needs: Vec::new(),
        denial: None,
    })
}

/// Both have to be allowed.
fn both<'a>(a: Decision<'a>, b: Decision<'a>) -> Decision<'a> {
    let possible = Possible {
        allow: a.possible.allow && b.possible.allow,
        implicit_deny: a.possible.implicit_deny || b.possible.implicit_deny,
        explicit_deny: a.possible.explicit_deny || b.possible.explicit_deny,
    };
    // A denial that is certain is the answer, whatever else may be denied, and one of the two has it.
    for outcome in [Outcome::ExplicitDeny, Outcome::ImplicitDeny] {
        if outcome == Outcome::ExplicitDeny || possible.outcome() == outcome {
            if a.outcome == outcome {
                return a;
            }
            if b.outcome == outcome {
                return b;
            }
        }
    }
    let outcome = possible.outcome();
    // What is allowed for certain does not tell why the whole is open.
    let tells = |d: &Decision<'_>| outcome == Outcome::Allow || d.outcome != Outcome::Allow;
    let mut whole = Decision { outcome, possible, reasons: Vec::new(), needs: Vec::new(), denial: None };
    for part in [a, b].into_iter().filter(tells) {
        whole.reasons.extend(part.reasons);
        whole.needs.extend(part.needs);
    }
    whole.needs.sort_unstable();
    whole.needs.dedup();
    whole
}

impl Possible {
    fn outcome(self) -> Outcome {
        match (self.allow, self.implicit_deny, self.explicit_deny) {
            (true, false, false) => Outcome::Allow,
            (false, true, false) => Outcome::ImplicitDeny,
            (false, false, true) => Outcome::ExplicitDeny,
            _ => Outcome::Undecided,
        }
    }
}

/// A statement that was found.
#[derive(Clone, Copy)]
pub(super) struct Hit<'a> {
    pub(super) stage: Stage,
    pub(super) node: Option<&'a str>,
    pub(super) policy: Attached<'a>,
    pub(super) index: usize,
    pub(super) statement: &'a Statement,
}

/// Whether something is allowed, and by what.
#[derive(Clone, Copy)]
pub(super) struct Allowance<'a> {
    pub(super) truth: Truth,
    pub(super) hit: Option<Hit<'a>>,
}

impl<'a> Allowance<'a> {
    pub(super) const NO: Self = Self { truth: Truth::False, hit: None };
    pub(super) const YES: Self = Self { truth: Truth::True, hit: None };

    pub(super) fn add(&mut self, truth: Truth, hit: Hit<'a>) {
        if truth > self.truth {
            *self = Self { truth, hit: Some(hit) };
        }
    }
}

/// Policies that are asked as one.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) stage: Stage,
    pub(super) node: Option<&'a str>,
    pub(super) policies: &'a [Attached<'a>],
}

/// One resource of a request in view of all policies.
pub(super) struct Look<'a, 'p> {
    pub(super) request: &'a Request<'a>,
    pub(super) policies: &'p Policies<'a>,
    pub(super) resource: &'a Resource<'a>,
    pub(super) arn: Option<[&'a str; 6]>,
    pub(super) context: &'a Context,
    /// Deny statements that apply, at most [`MAX_TOLD`].
    pub(super) denies: Vec<Hit<'a>>,
    /// Deny statements that may apply, at most [`MAX_TOLD`].
    pub(super) open: Vec<Hit<'a>>,
}

impl<'a, 'p> Look<'a, 'p> {
    pub(super) fn new(
        request: &'a Request<'a>,
        policies: &'p Policies<'a>,
        resource: &'a Resource<'a>,
    ) -> Self {
        let arn = resource.arn.as_deref().and_then(arn_fields);
        Self {
            request,
            policies,
            resource,
            arn,
            context: &request.context,
            denies: Vec::new(),
            open: Vec::new(),
        }
    }

    fn decide(mut self) -> Decision<'a> {
        let scp = match self.scp_exemption() {
            Ok(path) => Ok(self.path(Stage::ServiceControl, path)),
            Err(exemption) => Err(exemption),
        };
        let rcp = match self.rcp_exemption() {
            Ok(path) => Ok(self.path(Stage::ResourceControl, path)),
            Err(exemption) => Err(exemption),
        };
        let grant = grant::look(&mut self);
        let denied = match (self.denies.is_empty(), self.open.is_empty()) {
            (false, _) => Truth::True,
            (true, false) => Truth::Unknown,
            (true, true) => Truth::False,
        };
        let stage = |s: &Result<Levels<'a>, Exemption>| s.as_ref().map_or(Truth::True, |l| l.truth);
        let allowed = stage(&scp).and(stage(&rcp)).and(grant.truth);
        let possible = Possible {
            explicit_deny: denied != Truth::False,
            allow: denied != Truth::True && allowed != Truth::False,
            implicit_deny: denied != Truth::True && allowed != Truth::True,
        };
        let mut explanation = Explanation::new(self);
        let outcome = possible.outcome();
        match outcome {
            Outcome::ExplicitDeny => explanation.denied(),
            Outcome::Allow => {
                explanation.levels(Stage::ServiceControl, &scp);
                explanation.levels(Stage::ResourceControl, &rcp);
                grant::granted(&mut explanation, &grant);
            }
            Outcome::ImplicitDeny => {
                explanation.failed(Stage::ServiceControl, &scp);
                explanation.failed(Stage::ResourceControl, &rcp);
                grant::not_granted(&mut explanation, &grant);
            }
            Outcome::Undecided => {
                explanation.open(&scp);
                explanation.open(&rcp);
                grant::open(&mut explanation, &grant);
            }
        }
        explanation.finish(outcome, possible)
    }

    /// The SCPs that restrict the caller, or why none do (policies.md 3.1). The few tasks of root users that AWS
    /// exempts besides have no action by which they could be told.
    pub(super) fn scp_exemption(&self) -> Result<Path<'a>, Exemption> {
        match (&self.request.principal, self.policies.scps) {
            (Principal::Service { .. } | Principal::Provided { .. } | Principal::Anonymous, _) => {
                Err(Exemption::NoAccount)
            }
            _ if self.request.management => Err(Exemption::ManagementAccount),
            (principal, _) if principal.service_linked() => Err(Exemption::ServiceLinkedRole),
            (_, None) => Err(Exemption::NotEnabled),
            (_, Some(path)) => Ok(path),
        }
    }

    /// The RCPs that restrict the resource, if any do.
    pub(super) fn rcp_path(&self) -> Option<Path<'a>> {
        self.rcp_exemption().ok()
    }

    /// The RCPs that restrict the resource, or why none do (policies.md 3.1). An action of a supported service is
    /// restricted also where it is about the whole account (observed.md 56).
    pub(super) fn rcp_exemption(&self) -> Result<Path<'a>, Exemption> {
        let action = self.request.lower_action();
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        if self.resource.management {
            Err(Exemption::ManagementAccount)
        } else if self.request.principal.service_linked() {
            Err(Exemption::ServiceLinkedRole)
        } else if action == "kms:retiregrant" {
            Err(Exemption::RetireGrant)
        } else if service == "kms" && self.resource.aws_managed {
            Err(Exemption::AwsManagedKey)
        } else if RCP_SERVICES.binary_search(&service).is_err() {
            Err(Exemption::Service)
        } else {
            self.resource.rcps.ok_or(Exemption::NotEnabled)
        }
    }

    /// Every node has to allow. A way without nodes allows nothing.
    fn path(&mut self, stage: Stage, path: Path<'a>) -> Levels<'a> {
        let mut levels =
            Levels { truth: Truth::from(!path.is_empty()), nodes: Vec::with_capacity(path.len()) };
        for level in path {
            let group = Group { stage, node: Some(level.node), policies: &level.policies };
            let allowance = self.group(group);
            levels.truth = levels.truth.and(allowance.truth);
            levels.nodes.push((group, allowance));
        }
        levels
    }

    /// Whether one of these policies allows; their denials are noted.
    pub(super) fn group(&mut self, group: Group<'a>) -> Allowance<'a> {
        let mut allowance = Allowance::NO;
        for policy in group.policies {
            self.policy(group, policy, |allowance_of, truth, hit| {
                if allowance_of.is_some() {
                    allowance.add(truth, hit);
                }
            });
        }
        allowance
    }

    /// Looks at each statement of a policy that means the caller: denials are noted, what allows is handed on.
    pub(super) fn policy(
        &mut self,
        group: Group<'a>,
        policy: &Attached<'a>,
        mut allow: impl FnMut(Option<Meaning>, Truth, Hit<'a>),
    ) {
        let document: &'a Document = policy.document;
        for (index, statement) in document.statements.iter().enumerate() {
            let meaning = match &statement.principals {
                None => Some(Meaning::Role),
                Some(principals) => {
                    principals.mean(&self.request.principal, self.request.unique_id.as_deref())
                }
            };
            if meaning.is_none() {
                continue;
            }
            let truth = self.applies(statement);
            if truth == Truth::False {
                continue;
            }
            let hit = Hit { stage: group.stage, node: group.node, policy: *policy, index, statement };
            match (statement.effect, truth) {
                (Effect::Deny, Truth::Unknown) if self.open.len() < MAX_TOLD => self.open.push(hit),
                (Effect::Deny, Truth::True | Truth::Error) if self.denies.len() < MAX_TOLD => {
                    self.denies.push(hit)
                }
                (Effect::Allow, Truth::True | Truth::Unknown) => allow(meaning, truth, hit),
                _ => {}
            }
        }
    }

    /// Whether the statement is about this call and its caller.
    pub(super) fn applies_to_caller(&self, statement: &Statement) -> Truth {
        let unique_id = self.request.unique_id.as_deref();
        let meant = |p: &super::principal::Principals| p.mean(&self.request.principal, unique_id).is_some();
        if statement.principals.as_ref().is_none_or(meant) { self.applies(statement) } else { Truth::False }
    }

    /// Whether the statement is about this call, its principal aside.
    pub(super) fn applies(&self, statement: &Statement) -> Truth {
        if !statement.actions.mean(self.request.lower_action(), self.context) {
            return Truth::False;
        }
        let mut truth = match &statement.resources {
            None => Truth::True,
            Some(resources) => resources.mean(self.arn.as_ref(), self.context),
        };
        for condition in &statement.conditions {
            if truth == Truth::False {
                break;
            }
            let holds = condition.holds(self.context);
            // What fails closes an Allow, whatever the rest turns out to be.
            if holds == Truth::Error && statement.effect == Effect::Allow {
                return Truth::False;
            }
            truth = truth.and(holds);
        }
        truth
    }
}

/// What the nodes of a way say.
pub(super) struct Levels<'a> {
    pub(super) truth: Truth,
    pub(super) nodes: Vec<(Group<'a>, Allowance<'a>)>,
}
