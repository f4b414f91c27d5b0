//! What is asked, and the policies that may have a say.

use super::context::Context;
use super::document::Document;
use super::principal::Principal;

/// A call that is to be decided.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal,
    /// Whether the account of the one who asks is the management account of an organization. It is under no SCP.
    pub management: bool,
    /// The unique id of the one who asks, of a session that of its role: what documents have in the place of an ARN.
    pub unique_id: Option<String>,
    /// What is known of the condition keys. None is filled in: [`standard_keys`](super::standard_keys) does.
    pub context: Context,
    action: String,
    lower: String,
    resources: Vec<Resource<'a>>,
}

/// A resource of a call, and what its owner says.
#[derive(Debug, Clone, Default)]
pub struct Resource<'a> {
    /// Its ARN. None for actions that have no resource: `*`. A text that is no ARN fits only `*`, too.
    pub arn: Option<String>,
    /// The account that owns it, twelve digits. None: the account of the one who asks.
    pub owner: Option<String>,
    /// Whether the owner is the management account of an organization. Its resources are under no RCP.
    pub management: bool,
    /// Whether AWS manages it, as it does some KMS keys. Those are under no RCP.
    pub aws_managed: bool,
    /// RCPs on the way from the owner's root to the owner. None if the owner is in no organization, or RCPs are off.
    pub rcps: Option<Path<'a>>,
    /// The policy on the resource.
    pub policy: Option<Attached<'a>>,
    /// Whether that policy has to allow, also within one account: a role's trust policy, a KMS key's policy.
    pub policy_decides: bool,
    /// Whether the owner lets this caller in without a policy, as Organizations does with delegated administrators
    /// that read (policies.md 7.2).
    pub owner_allows: bool,
}

/// The nodes from the root to an account, root first. The nodes are shared by all accounts below them.
pub type Path<'a> = &'a [&'a Level<'a>];

/// A node: the root, an OU, an account.
#[derive(Debug, Clone)]
pub struct Level<'a> {
    /// Its id, for reasons.
    pub node: &'a str,
    /// The policies of one type that are attached to it.
    pub policies: Vec<Attached<'a>>,
}

/// A policy where it is attached.
#[derive(Debug, Clone, Copy)]
pub struct Attached<'a> {
    /// Its ARN or its name, for reasons. An ARN of an SCP or RCP is printed in the denial.
    pub name: &'a str,
    /// What it says.
    pub document: &'a Document,
}

/// The policies of the one who asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// SCPs on the way from the root to the caller's account. None if that is in no organization, or SCPs are off.
    pub scps: Option<Path<'a>>,
    /// Identity policies, of the user and its groups or of the role.
    pub identity: &'a [Attached<'a>],
    /// The permissions boundary, if there is one.
    pub boundary: Option<Attached<'a>>,
    /// The policies that were passed when the session began, if any were.
    pub session: Option<&'a [Attached<'a>]>,
}

impl<'a> Request<'a> {
    /// A call of `action` (`s3:GetObject`) on one resource, with a whole and empty context.
    #[must_use]
    pub fn new(principal: Principal, action: &str, resource: Resource<'a>) -> Self {
        Self {
            principal,
            management: false,
            unique_id: None,
            context: Context::new(),
            action: action.to_owned(),
            lower: action.to_ascii_lowercase(),
            resources: vec![resource],
        }
    }

    /// With another resource that has to be allowed, too: AttachPolicy asks for the policy and the target.
    #[must_use]
    pub fn and(mut self, resource: Resource<'a>) -> Self {
        self.resources.push(resource);
        self
    }

    /// With this context.
    #[must_use]
    pub fn with(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// The action as it was given.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    pub(crate) fn lower_action(&self) -> &str {
        &self.lower
    }

    /// The resources, at least one.
    #[must_use]
    pub fn resources(&self) -> &[Resource<'a>] {
        &self.resources
    }
}

impl Resource<'_> {
    /// A resource with this ARN, of this account.
    #[must_use]
    pub fn new(arn: &str, owner: &str) -> Self {
        Self { arn: Some(arn.to_owned()), owner: Some(owner.to_owned()), ..Self::default() }
    }

    /// No resource: what an action such as `s3:ListAllMyBuckets` is about, in the caller's account.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }
}
