//! GetRole: a role of the caller's account by its name, in whatever case (identity.md 3.5). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::RoleInput as Input;
use super::shape::{RoleAnswer, RoleLastUsed, RoleShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetRole;

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view))
        .keys(&["iam:PermissionsBoundary"]);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let role = super::find(input.name(), cx, view)?;
        let mut shape = RoleShape::shown(role, account, view)?.with_tags(role).with_description(role);
        shape.max_session_duration = Some(role.max_session);
        shape.role_last_used = Some(RoleLastUsed::of(role.used.as_deref()));
        Ok(Answer(RoleAnswer { role: shape }))
    }
}
