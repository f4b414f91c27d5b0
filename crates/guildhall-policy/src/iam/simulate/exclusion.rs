//! Policies that a principal's simulation leaves out: PolicyExclusionList (identity.md 3.12, and 13, row 4).

use super::super::arn::arn_fields;
use super::super::context::Context;
use super::super::pattern::{Pattern, Syntax};
use super::super::truth::Truth;
use super::Refused;

/// How many policies can be left out at once.
pub const MAX_EXCLUSIONS: usize = 256;

/// Which policies are left out: one member of AWS's union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion(Which);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    /// `scp`, `rcp`, `permission-boundary`, `aws-managed`, `user-managed`, `inline`.
    Type(Box<str>),
    Arn(Pattern),
    Inline {
        policy: Box<str>,
        owner: Owner,
        name: Pattern,
    },
}

/// What an inline policy is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Owner {
    User,
    Group,
    Role,
}

/// A policy that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment<'a> {
    /// The service control policies, all of them.
    ServiceControl,
    /// The permissions boundary.
    Boundary,
    /// A managed policy that is attached.
    Managed {
        /// Its ARN.
        arn: &'a str,
    },
    /// An inline policy.
    Inline {
        /// Its name.
        policy: &'a str,
        /// What it is part of,
        owner: Owner,
        /// and the name of that.
        name: &'a str,
    },
}

impl Exclusion {
    /// All policies of a type, by AWS's word for it. Resource control policies are not simulated, so leaving them out
    /// changes nothing.
    #[must_use]
    pub fn of_type(name: &str) -> Option<Self> {
        let known = ["scp", "rcp", "permission-boundary", "aws-managed", "user-managed", "inline"];
        known.contains(&name).then(|| Self(Which::Type(name.into())))
    }

    /// Managed policies by their ARN, as if they had no path. The name takes one `*` and any `?`.
    ///
    /// # Errors
    ///
    /// [`Refused::ArnExclusion`] for what is no such ARN.
    pub fn of_arn(arn: &str) -> Result<Self, Refused> {
        let refused = || Refused::ArnExclusion(arn.chars().take(2_048).collect());
        let fields = arn_fields(arn).ok_or_else(refused)?;
        let ["arn", _, "iam", "", _, resource] = fields else { return Err(refused()) };
        let (before, name) = resource.rsplit_once('/').ok_or_else(refused)?;
        let wild = arn.strip_suffix(name).is_none_or(|rest| rest.contains(['*', '?']));
        if (before != "policy" && !before.starts_with("policy/"))
            || name.is_empty()
            || wild
            || name.matches('*').count() > 1
        {
            return Err(refused());
        }
        Ok(Self(Which::Arn(pattern(arn))))
    }

    /// An inline policy by its name; the name of what it is part of takes one `*`, or any `?`.
    ///
    /// # Errors
    ///
    /// [`Refused::InlineExclusion`] for names that are missing or have other wildcards.
    pub fn of_inline(policy: &str, owner: Option<Owner>, name: &str) -> Result<Self, Refused> {
        let owner = owner.ok_or(Refused::InlineExclusion)?;
        let fits = !policy.is_empty() && !policy.contains(['*', '?']);
        if !fits || name.is_empty() || name.matches('*').count() > 1 {
            return Err(Refused::InlineExclusion);
        }
        Ok(Self(Which::Inline { policy: policy.into(), owner, name: pattern(name) }))
    }

    /// Whether it leaves this policy out. A boundary and service control policies are left out by their type only.
    #[must_use]
    pub fn excludes(&self, attachment: &Attachment<'_>) -> bool {
        match (&self.0, attachment) {
            (Which::Type(name), Attachment::ServiceControl) => &**name == "scp",
            (Which::Type(name), Attachment::Boundary) => &**name == "permission-boundary",
            (Which::Type(name), Attachment::Managed { arn }) => {
                let aws = arn_fields(arn).is_some_and(|[_, _, _, _, account, _]| account == "aws");
                &**name == if aws { "aws-managed" } else { "user-managed" }
            }
            (Which::Type(name), Attachment::Inline { .. }) => &**name == "inline",
            (Which::Arn(pattern), Attachment::Managed { arn }) => fits(pattern, &without_path(arn)),
            (Which::Inline { policy, owner, name }, Attachment::Inline { policy: p, owner: o, name: n }) => {
                **policy == **p && owner == o && fits(name, n)
            }
            _ => false,
        }
    }
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text, Syntax { wildcards: true, variables: false })
}

fn fits(pattern: &Pattern, text: &str) -> bool {
    pattern.matches(text, &Context::new()) == Truth::True
}

/// `arn:aws:iam::111122223333:policy/name`, whatever the path.
fn without_path(arn: &str) -> String {
    let (start, name) = arn.rsplit_once('/').unwrap_or((arn, ""));
    let start = start.split('/').next().unwrap_or_default();
    format!("{start}/{name}")
}
