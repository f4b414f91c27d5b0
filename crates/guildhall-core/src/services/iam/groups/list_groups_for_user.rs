//! ListGroupsForUser: the groups that a user is in, by name (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::{GroupList, GroupShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::page::Wanted;
use crate::services::iam::users::{self, UserListInput as Input};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct ListGroupsForUser;

impl Operation for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<GroupList>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate_required()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let user = users::find(input.name().unwrap_or_default(), cx, view)?;
        let id = user.id.to_string();
        let wanted = Wanted::new(Self::NAME, &id, input.marker.as_deref(), input.max_items, cx)?;
        let iam = view.get::<Iam>(account.id)?;
        let mut groups: Vec<_> = user.groups.iter().filter_map(|id| iam.groups.by_id(*id)).collect();
        groups.sort_by_key(|group| group.name.to_ascii_lowercase());
        let after = wanted.after.as_deref().map(str::to_ascii_lowercase);
        let groups = groups
            .into_iter()
            .filter(|group| after.as_ref().is_none_or(|after| group.name.to_ascii_lowercase() > *after));
        let page = wanted.take(cx, groups, |group| group.name.clone());
        let groups = page.entries.into_iter().map(|group| GroupShape::of(group, account)).collect();
        Ok(Answer(GroupList { groups, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
