//! Managed policies on users, groups and roles (identity.md 3.7).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::refusal::Refusal;
use crate::rules::constraints::{ARN, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Entity;
use crate::services::operation::operations;

pub mod shape;

operations! {
    query:
    attach_policy::{AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy},
    detach_policy::{DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy},
    list_attached_policies::{ListAttachedGroupPolicies, ListAttachedRolePolicies, ListAttachedUserPolicies},
    list_entities_for_policy::ListEntitiesForPolicy,
}

/// Refuses inputs that do not name an entity and a policy.
fn validate<E: Entity>(entity: Option<&str>, policy: Option<&str>) -> Result<(), Refusal> {
    let mut checks = Checks::default();
    checks.required(E::MEMBER, entity, E::SHORT_NAME);
    checks.required("policyArn", policy, &ARN);
    Ok(checks.finish().map_err(IamError::from)?)
}
