//! The reasons of a decision, looked for after it is made: only about statements that mattered.

use super::decision::{
    Applied, Because, Decision, Denial, Exemption, MAX_NEAR, MAX_TOLD, Outcome, Possible, Reason, Stage,
};
use super::document::{Document, DocumentKind, Effect, Statement};
use super::evaluate::{Allowance, Hit, Levels, Look};
use super::request::Attached;
use super::truth::Truth;

/// The reasons, as they are put together.
pub(super) struct Explanation<'a, 'p> {
    pub(super) look: Look<'a, 'p>,
    reasons: Vec<Reason<'a>>,
}

impl<'a, 'p> Explanation<'a, 'p> {
    pub(super) fn new(look: Look<'a, 'p>) -> Self {
        Self { look, reasons: Vec::new() }
    }

    pub(super) fn push(&mut self, stage: Stage, node: Option<&'a str>, because: Because<'a>) {
        let resource = self.look.resource.arn.as_deref();
        self.reasons.push(Reason { stage, node, resource, because });
    }

    fn applied(&self, hit: &Hit<'a>) -> Applied<'a> {
        Applied::new(hit.policy.name, hit.index, hit.statement, self.look.context)
    }

    pub(super) fn allowance(&mut self, allowance: &Allowance<'a>) {
        if let Some(hit) = &allowance.hit {
            let because = Because::Allowed(self.applied(hit));
            self.push(hit.stage, hit.node, because);
        }
    }

    pub(super) fn denied(&mut self) {
        let mut denies = std::mem::take(&mut self.look.denies);
        denies.sort_by_key(|hit| hit.stage);
        for hit in &denies {
            let because = Because::Denied(self.applied(hit));
            self.push(hit.stage, hit.node, because);
        }
        self.look.denies = denies;
    }

    pub(super) fn levels(&mut self, stage: Stage, levels: &Result<Levels<'a>, Exemption>) {
        match levels {
            Err(exemption) => self.push(stage, None, Because::Exempt(*exemption)),
            Ok(levels) => levels.nodes.iter().for_each(|(_, allowance)| self.allowance(allowance)),
        }
    }

    pub(super) fn failed(&mut self, stage: Stage, levels: &Result<Levels<'a>, Exemption>) {
        let Ok(levels) = levels else { return };
        for (group, allowance) in &levels.nodes {
            if allowance.truth == Truth::False {
                self.nothing_allows(group.stage, group.node, group.policies);
            }
        }
        if levels.nodes.is_empty() {
            self.push(stage, None, Because::NothingAllows(Vec::new()));
        }
    }

    /// Tells that none of these policies allows, and which of them would but for their conditions.
    pub(super) fn nothing_allows(&mut self, stage: Stage, node: Option<&'a str>, policies: &[Attached<'a>]) {
        let look = &self.look;
        let mut near = Vec::new();
        for policy in policies {
            let document: &'a Document = policy.document;
            for (index, statement) in document.statements.iter().enumerate() {
                let allows = statement.effect == Effect::Allow;
                if near.len() < MAX_NEAR && allows && look.nearly(statement) {
                    near.push(Applied::new(policy.name, index, statement, look.context));
                }
            }
        }
        self.push(stage, node, Because::NothingAllows(near));
    }

    pub(super) fn open(&mut self, levels: &Result<Levels<'a>, Exemption>) {
        let Ok(levels) = levels else { return };
        for (_, allowance) in &levels.nodes {
            self.open_allowance(allowance);
        }
    }

    pub(super) fn open_allowance(&mut self, allowance: &Allowance<'a>) {
        if let (Truth::Unknown, Some(hit)) = (allowance.truth, allowance.hit)
            && self.look.open.len() < MAX_TOLD.saturating_mul(2)
        {
            self.look.open.push(hit);
        }
    }

    pub(super) fn finish(mut self, outcome: Outcome, possible: Possible) -> Decision<'a> {
        let mut needs: Vec<&'a str> = Vec::new();
        if outcome == Outcome::Undecided {
            for hit in std::mem::take(&mut self.look.open) {
                let because = Because::Open(self.applied(&hit));
                self.push(hit.stage, hit.node, because);
                for condition in &hit.statement.conditions {
                    needs.extend(condition.unknown(self.look.context));
                }
                needs.extend(hit.statement.resources.iter().flat_map(|r| r.unknown(self.look.context)));
            }
            needs.sort_unstable();
            needs.dedup();
        }
        let denial = match (outcome, self.reasons.first()) {
            (Outcome::ExplicitDeny | Outcome::ImplicitDeny, Some(first)) => {
                let explicit = match &first.because {
                    Because::Denied(applied) => Some(applied.policy),
                    _ => None,
                };
                let kind = self.look.resource.policy.map(|p| p.document.kind);
                let kind = kind.or(self.look.resource.policy_decides.then_some(DocumentKind::Resource));
                Some(Denial {
                    principal: self.look.request.principal.arn(),
                    action: self.look.request.action(),
                    resource: self.look.resource.arn.as_deref(),
                    stage: first.stage,
                    trust: first.stage.is_trust(kind),
                    explicit,
                })
            }
            _ => None,
        };
        Decision { outcome, possible, reasons: self.reasons, needs, denial }
    }
}

impl Look<'_, '_> {
    /// Whether a statement would apply but for its conditions.
    pub(super) fn nearly(&self, statement: &Statement) -> bool {
        !statement.conditions.is_empty()
            && statement
                .principals
                .as_ref()
                .is_none_or(|p| p.mean(&self.request.principal, self.request.unique_id.as_deref()).is_some())
            && statement.actions.mean(self.request.lower_action(), self.context)
            && statement
                .resources
                .as_ref()
                .is_none_or(|r| r.mean(self.arn.as_ref(), self.context) == Truth::True)
    }
}
