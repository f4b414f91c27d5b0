//! ListUsers: the users of the caller's account, by name, below a path (identity.md 3.2). Any account.
//! Refuses: ValidationError.

use serde::Serialize;

use super::shape::UserShape;
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

pub struct ListUsers;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    users: Vec<UserShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::below("user", i.prefix(), cx, view));
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
        let users = iam.users.after(wanted.after.as_deref()).filter(|user| user.path.starts_with(prefix));
        let page = wanted.take(cx, users, |user| user.name.clone());
        let users = page.entries.into_iter().map(|user| UserShape::of(user, account)).collect();
        Ok(Answer(Output { users, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
