//! What grants a call below the ceilings: identity, boundary, session and resource policies (policies.md 3.2, step 4).

use super::decision::{Because, Stage};
use super::document::DocumentKind;
use super::evaluate::{Allowance, Group, Look};
use super::explain::Explanation;
use super::principal::{Meaning, Principal};
use super::truth::Truth;

/// What the policies that grant say.
pub(super) struct Grant<'a> {
    /// Whether the call is granted.
    pub(super) truth: Truth,
    rule: Rule,
    root: bool,
    identity: Allowance<'a>,
    boundary: Allowance<'a>,
    session: Allowance<'a>,
    /// What the resource's policy allows the caller, by how it means it.
    account: Allowance<'a>,
    role: Allowance<'a>,
    itself: Allowance<'a>,
    this_session: Allowance<'a>,
}

/// How the two sides count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The caller has no account: the resource's policy alone.
    Outside,
    /// Both sides.
    CrossAccount,
    /// Either side.
    SameAccount,
    /// One account, but the resource's policy has to agree.
    PolicyDecides,
}

/// Asks them.
pub(super) fn look<'a>(look: &mut Look<'a, '_>) -> Grant<'a> {
    let group = |stage, policies| Group { stage, node: None, policies };
    let root = matches!(look.request.principal, Principal::Root { .. });
    let mut identity = look.group(group(Stage::Identity, look.policies.identity));
    if root {
        identity = Allowance::YES;
    }
    let mut boundary = Allowance::YES;
    if let Some(policy) = look.policies.boundary {
        boundary = Allowance::NO;
        look.policy(group(Stage::Boundary, &[]), &policy, |_, truth, hit| boundary.add(truth, hit));
    }
    let session = match look.policies.session {
        Some(policies) => look.group(group(Stage::Session, policies)),
        None => Allowance::YES,
    };
    let account = look.request.principal.account();
    let same = account.is_some() && look.resource.owner.as_deref().is_none_or(|owner| Some(owner) == account);
    let rule = match (account, same) {
        (None, _) => Rule::Outside,
        (Some(_), false) => Rule::CrossAccount,
        (Some(_), true) if look.resource.policy_decides => Rule::PolicyDecides,
        (Some(_), true) => Rule::SameAccount,
    };
    let no = Allowance::NO;
    let mut grant = Grant {
        truth: Truth::False,
        rule,
        root,
        identity,
        boundary,
        session,
        account: no,
        role: no,
        itself: no,
        this_session: no,
    };
    if let Some(policy) = look.resource.policy {
        // The organization's policy does not bind the management account (policies.md 7.2).
        let own = policy.document.kind == DocumentKind::Organization && same;
        if !own {
            look.policy(group(Stage::Resource, &[]), &policy, |meaning, truth, hit| match meaning {
                Some(Meaning::Account) => grant.account.add(truth, hit),
                Some(Meaning::Role) => grant.role.add(truth, hit),
                Some(Meaning::Itself) => grant.itself.add(truth, hit),
                Some(Meaning::Session) => grant.this_session.add(truth, hit),
                None => {}
            });
        }
    }
    grant.truth = grant.decide(look.resource.owner_allows);
    grant
}

impl<'a> Grant<'a> {
    /// The boundary and the session's policies.
    fn limits(&self) -> Truth {
        self.boundary.truth.and(self.session.truth)
    }

    /// What the resource's policy says, however it means the caller.
    fn resource(&self) -> Truth {
        self.account.truth.or(self.role.truth).or(self.itself.truth).or(self.this_session.truth)
    }

    fn decide(&self, owner_allows: bool) -> Truth {
        // A grant to the session is cut by nothing, one to the user by the session's policies only.
        let direct = self.this_session.truth.or(self.itself.truth.and(self.session.truth));
        let (identity, role, account) = (self.identity.truth, self.role.truth, self.account.truth);
        match self.rule {
            Rule::Outside => self.resource().or(owner_allows.into()),
            Rule::CrossAccount => identity.and(self.limits()).and(self.resource().or(owner_allows.into())),
            Rule::SameAccount => direct.or(identity.or(role).and(self.limits())),
            // An account that is allowed hands on to its identity policies.
            Rule::PolicyDecides => direct.or(role.or(account.and(identity)).and(self.limits())),
        }
    }

    /// The strongest statement of the resource's policy that allows.
    fn strongest(&self) -> Option<&Allowance<'a>> {
        let all = [&self.this_session, &self.itself, &self.role, &self.account];
        all.into_iter().find(|a| a.truth == Truth::True)
    }
}

/// Tells what granted the call.
pub(super) fn granted<'a>(explanation: &mut Explanation<'a, '_>, grant: &Grant<'a>) {
    let session = grant.this_session.truth == Truth::True && grant.rule != Rule::CrossAccount;
    let itself = grant.itself.truth == Truth::True && grant.session.truth == Truth::True;
    let direct = session || (itself && grant.rule != Rule::CrossAccount) || grant.rule == Rule::Outside;
    if let Some(allowance) = grant.strongest() {
        explanation.allowance(allowance);
    } else if explanation.look.resource.owner_allows
        && matches!(grant.rule, Rule::CrossAccount | Rule::Outside)
    {
        explanation.push(Stage::Resource, None, Because::OwnerAllows);
    }
    if grant.identity.truth == Truth::True && !direct {
        if grant.root {
            explanation.push(Stage::Identity, None, Because::RootUser);
        }
        explanation.allowance(&grant.identity);
    }
    if !direct {
        explanation.allowance(&grant.boundary);
    }
    if !session {
        explanation.allowance(&grant.session);
    }
}

/// Tells what did not grant it.
pub(super) fn not_granted<'a>(explanation: &mut Explanation<'a, '_>, grant: &Grant<'a>) {
    if grant.truth != Truth::False {
        return;
    }
    let policies = explanation.look.policies;
    let fails = |truth: Truth| truth == Truth::False;
    let identity = fails(grant.identity.truth);
    let resource = fails(grant.resource());
    let (tell_identity, tell_resource) = match grant.rule {
        Rule::Outside => (false, true),
        Rule::CrossAccount => (identity, resource && !explanation.look.resource.owner_allows),
        Rule::SameAccount => (identity && fails(grant.role.truth), false),
        Rule::PolicyDecides => {
            let only_account =
                fails(grant.role.truth) && fails(grant.itself.truth) && !fails(grant.account.truth);
            (identity && only_account, resource)
        }
    };
    if tell_identity {
        explanation.nothing_allows(Stage::Identity, None, policies.identity);
    }
    if tell_resource {
        let policy = explanation.look.resource.policy.as_ref();
        explanation.nothing_allows(Stage::Resource, None, policy.map_or(&[], std::slice::from_ref));
    }
    if fails(grant.boundary.truth) && grant.rule != Rule::Outside {
        explanation.nothing_allows(Stage::Boundary, None, policies.boundary.as_slice());
    }
    if fails(grant.session.truth) && grant.rule != Rule::Outside {
        explanation.nothing_allows(Stage::Session, None, policies.session.unwrap_or_default());
    }
}

/// Tells what of it is open.
pub(super) fn open<'a>(explanation: &mut Explanation<'a, '_>, grant: &Grant<'a>) {
    if grant.truth != Truth::Unknown {
        return;
    }
    let resource = [&grant.account, &grant.role, &grant.itself, &grant.this_session];
    for allowance in [&grant.identity, &grant.boundary, &grant.session].into_iter().chain(resource) {
        explanation.open_allowance(allowance);
    }
}
