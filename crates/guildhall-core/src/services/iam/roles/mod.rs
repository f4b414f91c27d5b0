//! Roles (identity.md 3.5).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::iam::Iam;
use crate::state::iam::role::Role;
use crate::state::view::View;

pub mod shape;
pub mod trust;

operations! {
    query:
    create_role::CreateRole,
    delete_role::DeleteRole,
    get_role::GetRole,
    list_roles::ListRoles,
    update_assume_role_policy::UpdateAssumeRolePolicy,
    update_role::UpdateRole,
    update_role_description::UpdateRoleDescription,
}

/// The role of this name in the caller's account.
pub(super) fn find<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a Role, Stop> {
    let iam = view.get::<Iam>(cx.caller.account)?;
    Ok(iam.roles.by_name(name).ok_or_else(|| IamError::missing("role", name))?)
}

/// The same, to change it. Refuses roles that services are linked to.
pub(super) fn find_own<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a Role, Stop> {
    let role = find(name, cx, view)?;
    if role.service.is_none() {
        return Ok(role);
    }
    Err(IamError::protected(name).into())
}

/// The input of operations that name a role and nothing else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleInput {
    role_name: Option<String>,
}

impl RoleInput {
    pub(super) fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", self.role_name.as_deref(), &constraints::ROLE_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }
}
