//! GetRole: a role of the caller's account by its name, in whatever case (identity.md 3.5). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use std::borrow::Cow;

use guildhall_policy::iam::trust;
use serde::{Deserialize, Serialize};

use super::errors::IamError;
use super::input::{self, Checks};
use super::shape::{self, RoleAnswer, RoleShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct GetRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on_own("role", |i: &Input, account, view| {
            // Of one that is not there the path is `/` (identity.md 1.6).
            let role = view.get::<Iam>(account.id)?.role(i.name());
            let (path, name) = role.map_or(("/", i.name()), |role| (&role.path, &role.name));
            Ok(Resource { arn: shape::arn(account, path, name), tags: role.map(|role| &role.tags) })
        });
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &input::ROLE_NAME);
        Ok(checks.finish()?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Answer<RoleAnswer>, Stop> {
        let account = access::caller(cx, view)?;
        let role = view.get::<Iam>(account.id)?.role(input.name());
        let role = role.ok_or_else(|| IamError::NoRole(input.name().to_owned()))?;
        let document = trust::normalised(&role.trust, |_, principal| {
            trust::root_of(account.partition.wire(), principal).map_or(Cow::Borrowed(principal), Cow::Owned)
        });
        let mut shape = RoleShape::of(role, account, &document);
        shape.description = Some(role.description.clone()).filter(|text| !text.is_empty());
        shape.max_session_duration = Some(role.max_session);
        // Nobody can assume it yet.
        shape.role_last_used = Some(Empty {});
        Ok(Answer(RoleAnswer { role: shape }))
    }
}
