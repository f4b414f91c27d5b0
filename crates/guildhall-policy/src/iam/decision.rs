//! What was decided, and why.

use std::fmt;

use super::condition::Condition;
use super::context::{Context, Given};
use super::document::{DocumentKind, Statement};
use super::truth::Truth;
use crate::json::Position;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The call is allowed.
    Allow,
    /// Something that had to allow it does not.
    ImplicitDeny,
    /// A Deny statement applies.
    ExplicitDeny,
    /// It rests on condition keys of which nothing is known: [`Decision::needs`].
    Undecided,
}

/// A decision.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The answer.
    pub outcome: Outcome,
    /// Which answers are possible; one, unless it is undecided.
    pub possible: Possible,
    /// Why: for an allowed call what allowed it, stage by stage; for a denied one what denied it or failed to allow
    /// it; for an undecided one the statements that are open.
    pub reasons: Vec<Reason<'a>>,
    /// The condition keys, in lower case, that have to be told.
    pub needs: Vec<&'a str>,
    pub(crate) denial: Option<Denial<'a>>,
}

/// The answers that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "as in Outcome")]
pub struct Possible {
    pub allow: bool,
    pub implicit_deny: bool,
    pub explicit_deny: bool,
}

/// What a policy is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Stage {
    ServiceControl,
    ResourceControl,
    Resource,
    Identity,
    Boundary,
    Session,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason<'a> {
    /// What was asked.
    pub stage: Stage,
    /// The node, for SCPs and RCPs.
    pub node: Option<&'a str>,
    /// The ARN of the resource that it is about; none for `*`.
    pub resource: Option<&'a str>,
    /// What was found.
    pub because: Because<'a>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Because<'a> {
    /// A statement allows it.
    Allowed(Applied<'a>),
    /// A statement denies it.
    Denied(Applied<'a>),
    /// No statement allows it. Those that would but for their conditions, at most [`MAX_NEAR`].
    NothingAllows(Vec<Applied<'a>>),
    /// A statement may apply: it rests on something unknown.
    Open(Applied<'a>),
    /// The root user needs no policy within its account.
    RootUser,
    /// The owner's service lets the caller in.
    OwnerAllows,
    /// The stage does not apply.
    Exempt(Exemption),
}

/// How many statements that nearly allowed a call are told.
pub const MAX_NEAR: usize = 8;

/// How many Deny statements, and how many open ones, are told.
pub const MAX_TOLD: usize = 16;

/// Why SCPs or RCPs do not restrict a call (policies.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exemption {
    /// There is no organization, or the policy type is not enabled.
    NotEnabled,
    /// The caller's account, or the resource's, is the management account.
    ManagementAccount,
    /// The caller is a session of a service-linked role.
    ServiceLinkedRole,
    /// The caller is in no account: a service, a provider's identity, nobody.
    NoAccount,
    /// RCPs do not reach this service.
    Service,
    /// `kms:RetireGrant`.
    RetireGrant,
    /// AWS manages the KMS key.
    AwsManagedKey,
}

/// A statement that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied<'a> {
    /// The policy's name as it was given.
    pub policy: &'a str,
    /// Which statement, from 1.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<&'a str>,
    /// Where it starts.
    pub at: Position,
    /// Its conditions with the values that were compared.
    pub conditions: Vec<Compared<'a>>,
}

/// A condition and what it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared<'a> {
    /// The condition.
    pub condition: &'a Condition,
    /// What the request says about its key.
    pub given: &'a Given,
    /// Whether it holds.
    pub holds: Truth,
}

#[derive(Debug, Clone)]
pub(crate) struct Denial<'a> {
    pub(crate) principal: String,
    pub(crate) action: &'a str,
    pub(crate) resource: Option<&'a str>,
    pub(crate) stage: Stage,
    pub(crate) trust: bool,
    /// The policy that denies.
    pub(crate) explicit: Option<&'a str>,
}

impl<'a> Applied<'a> {
    pub(crate) fn new(policy: &'a str, index: usize, statement: &'a Statement, context: &'a Context) -> Self {
        let compared =
            |c: &'a Condition| Compared { condition: c, given: c.given(context), holds: c.holds(context) };
        Self {
            policy,
            statement: index.saturating_add(1),
            sid: statement.sid.as_deref(),
            at: statement.at,
            conditions: statement.conditions.iter().map(compared).collect(),
        }
    }
}

/// The sentence with which Organizations' own API denies, whatever the reason (policies.md 1.7).
pub const ORGANIZATIONS_DENIAL: &str = "You don't have permissions to access this resource.";

impl Decision<'_> {
    /// Whether the call is allowed for certain.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }

    /// AWS's own sentence for a denial (policies.md 3.1); none for other outcomes. Of several reasons it names one.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let (what, why) = (self.denied()?, self.why()?);
        Some(format!("{what} {why}"))
    }

    /// The sentence's first half: who may not do what. Some services say no more.
    #[must_use]
    pub fn denied(&self) -> Option<String> {
        let denial = self.denial.as_ref()?;
        let (user, action, resource) = (&denial.principal, denial.action(), denial.resource.unwrap_or("*"));
        Some(format!("User: {user} is not authorized to perform: {action} on resource: {resource}"))
    }

    /// Its second half: which policy denies it, or which should allow it.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        let denial = self.denial.as_ref()?;
        let (article, policy) = denial.stage.policy(denial.trust);
        Some(match denial.explicit {
            None => format!("because no {policy} allows the {} action", denial.action()),
            Some(name) => {
                // Resource policies have no ARN of their own, and inline ones have only a name.
                let has_arn = denial.stage != Stage::Resource && name.starts_with("arn:");
                let arn = if has_arn { format!(": {name}") } else { String::new() };
                format!("with an explicit deny in {article} {policy}{arn}")
            }
        })
    }
}

impl Denial<'_> {
    /// The action. SQS prints it in lower case (observed.md 57).
    fn action(&self) -> String {
        let lower = self.action.to_ascii_lowercase();
        if lower.starts_with("sqs:") { lower } else { self.action.to_owned() }
    }
}

impl Stage {
    /// What is asked, in words: `service control policy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.policy(false).1
    }

    fn policy(self, trust: bool) -> (&'static str, &'static str) {
        match self {
            Self::ServiceControl => ("a", "service control policy"),
            Self::ResourceControl => ("a", "resource control policy"),
            Self::Resource if trust => ("the", "role trust policy"),
            Self::Resource => ("a", "resource-based policy"),
            Self::Identity => ("an", "identity-based policy"),
            Self::Boundary => ("a", "permissions boundary"),
            Self::Session => ("a", "session policy"),
        }
    }

    /// Whether a document of this kind is a role's trust policy, which has a name of its own.
    pub(crate) fn is_trust(self, kind: Option<DocumentKind>) -> bool {
        self == Self::Resource && kind == Some(DocumentKind::Trust)
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, policy) = self.stage.policy(false);
        let at = |f: &mut fmt::Formatter<'_>| self.node.map_or(Ok(()), |node| write!(f, " at {node}"));
        let applied = |f: &mut fmt::Formatter<'_>, verb: &str, a: &Applied<'_>| {
            write!(f, "{policy} {}", a.policy)?;
            at(f)?;
            write!(f, " {verb} it: {a}")
        };
        match &self.because {
            Because::Allowed(a) => applied(f, "allows", a),
            Because::Denied(a) => applied(f, "denies", a),
            Because::Open(a) => applied(f, "may decide", a),
            Because::NothingAllows(near) => {
                write!(f, "no {policy}")?;
                at(f)?;
                f.write_str(" allows it")?;
                near.iter().try_for_each(|a| write!(f, "; {} would: {a}", a.policy))
            }
            Because::RootUser => f.write_str("the root user needs no identity-based policy in its account"),
            Because::OwnerAllows => f.write_str("the resource's owner lets the caller in"),
            Because::Exempt(e) => write!(f, "no {policy} restricts it: {e}"),
        }
    }
}

impl fmt::Display for Applied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {}", self.statement)?;
        if let Some(sid) = self.sid {
            write!(f, " ({sid})")?;
        }
        self.conditions.iter().try_for_each(|c| write!(f, ", {c}"))
    }
}

impl fmt::Display for Compared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [", self.condition.written, self.condition.key)?;
        for (n, wanted) in self.condition.wanted().enumerate() {
            write!(f, "{}{wanted}", if n > 0 { ", " } else { "" })?;
        }
        match self.given {
            Given::Absent => f.write_str("] with no value")?,
            Given::Unknown => f.write_str("] with an unknown value")?,
            Given::One(value) => write!(f, "] with {value}")?,
            Given::Many(values) => write!(f, "] with [{}]", values.join(", "))?,
        }
        f.write_str(match self.holds {
            Truth::True => ": holds",
            Truth::False => ": does not hold",
            Truth::Unknown => ": open",
            Truth::Error => ": fails, the policy's value is no ARN",
        })
    }
}

impl fmt::Display for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotEnabled => "no organization has such policies enabled here",
            Self::ManagementAccount => "it is the management account",
            Self::ServiceLinkedRole => "the caller is a service-linked role",
            Self::NoAccount => "the caller is in no account",
            Self::Service => "resource control policies do not reach this service",
            Self::RetireGrant => "kms:RetireGrant is exempt",
            Self::AwsManagedKey => "AWS manages the key",
        })
    }
}
