//! UpdateRoleDescription: a role's description, also of one that a service is linked to (identity.md 3.5). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::shape::{RoleAnswer, RoleShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateRoleDescription;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    description: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view))
        .keys(&["iam:PermissionsBoundary"]);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &constraints::ROLE_NAME);
        checks.required("description", i.description.as_deref(), &constraints::DESCRIPTION);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let role = super::find(input.name(), cx, view)?;
        let description = input.description.as_deref().unwrap_or_default().into();
        let new = Role { description, ..role.clone() };
        let answer = RoleShape::shown(&new, account, view)?.with_description(&new);
        view.put(Owner::Iam(account.id), Item::Role(new));
        Ok(Answer(RoleAnswer { role: answer }))
    }
}
