//! Inline policies of users, groups and roles (identity.md 3.6).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::rules::constraints::{Checks, ENTITY_NAME};
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Entity;
use crate::services::operation::operations;
use crate::state::iam::entity::InlinePolicy;

operations! {
    query:
    delete_policy::{DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy},
    get_policy::{GetGroupPolicy, GetRolePolicy, GetUserPolicy},
    list_policies::{ListGroupPolicies, ListRolePolicies, ListUserPolicies},
    put_policy::{PutGroupPolicy, PutRolePolicy, PutUserPolicy},
}

/// Checks that begin with the entity's name and the policy's.
fn names<E: Entity>(entity: Option<&str>, policy: Option<&str>) -> Checks {
    let mut checks = Checks::default();
    checks.required(E::MEMBER, entity, E::NAME);
    checks.required("policyName", policy, &ENTITY_NAME);
    checks
}

/// The policy of this name, in whatever case.
fn find<'a, E: Entity>(entity: &'a E, policy: &str) -> Result<&'a InlinePolicy, IamError> {
    let missing = || IamError::missing(&format!("{} policy", E::WORD), policy);
    entity.policies().inline(policy).ok_or_else(missing)
}
