//! GetGroup: a group of the caller's account and, in pages, the users in it, in the order of their ids
//! (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::GroupShape;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::iam::users::shape::UserShape;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct GetGroup;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group: GroupShape,
    users: Vec<UserShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }
}

impl Operation for GetGroup {
    const NAME: &'static str = "GetGroup";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("group", |i, cx, view| authority::group(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("groupName", i.group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.page(i.marker.as_deref(), i.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let group = super::find(input.name(), cx, view)?;
        let id = group.id.to_string();
        let wanted = Wanted::new(Self::NAME, &id, input.marker.as_deref(), input.max_items, cx)?;
        let after = wanted.after.as_deref().and_then(|id| id.parse().ok());
        let iam = view.get::<Iam>(account.id)?;
        let page = wanted.take(cx, iam.members_after(group.id, after), |user| user.id);
        Ok(Answer(Output {
            group: GroupShape::of(group, account),
            users: page.entries.into_iter().map(|user| UserShape::of(user, account)).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        }))
    }
}
