//! ListRoles: the roles of the caller's account, by name, below a path (identity.md 3.5). Any account.
//! Refuses: ValidationError.

use serde::Serialize;

use super::shape::RoleShape;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::page::{PathInput as Input, Wanted};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct ListRoles;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    roles: Vec<RoleShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl Operation for ListRoles {
    const NAME: &'static str = "ListRoles";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::below("role", i.prefix(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let prefix = input.prefix();
        let wanted = Wanted::new(Self::NAME, prefix, input.marker.as_deref(), input.max_items, cx)?;
        let iam = view.get::<Iam>(account.id)?;
        let roles = iam.roles.after(wanted.after.as_deref()).filter(|role| role.path.starts_with(prefix));
        let page = wanted.take(cx, roles, |role| role.name.clone());
        let mut roles = Vec::with_capacity(page.entries.len());
        for role in page.entries {
            let mut shape = RoleShape::shown(role, account, view)?.with_description(role);
            shape.max_session_duration = Some(role.max_session);
            roles.push(shape);
        }
        Ok(Answer(Output { roles, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
