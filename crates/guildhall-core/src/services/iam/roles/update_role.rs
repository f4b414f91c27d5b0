//! UpdateRole: a role's description and the longest of its sessions; what is left out stays as it is (identity.md 3.5,
//! 10, row 7). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity (the sessions of a role that a service is linked to).

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::role::{Role, SESSION_SECONDS};
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view))
        .keys(&["iam:PermissionsBoundary"]);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<Empty>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &constraints::ROLE_NAME);
        checks.optional("description", i.description.as_deref(), &constraints::DESCRIPTION);
        let bounds = (*SESSION_SECONDS.start(), *SESSION_SECONDS.end());
        checks.range("maxSessionDuration", i.max_session_duration, bounds);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let name = input.name();
        let role = super::find(name, cx, view)?;
        let max_session = input.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        if max_session.is_some() && role.service.is_some() {
            let what =
                format!("{name} is an AWS service linked role, max session duration cannot be changed.");
            return Err(IamError::UnmodifiableEntity(what.into()).into());
        }
        let new = Role {
            description: input.description.as_deref().map_or(role.description.clone(), Into::into),
            max_session: max_session.unwrap_or(role.max_session),
            ..role.clone()
        };
        view.put(Owner::Iam(cx.caller.account), Item::Role(new));
        Ok(Answer(Empty {}))
    }
}
