//! ListGroups: the groups of the caller's account, by name, below a path (identity.md 3.2). Any account.
//! Refuses: ValidationError.

use super::{GroupList, GroupShape};
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

pub struct ListGroups;

impl Operation for ListGroups {
    const NAME: &'static str = "ListGroups";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("group", |i, cx, view| authority::below("group", i.prefix(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<GroupList>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let prefix = input.prefix();
        let wanted = Wanted::new(Self::NAME, prefix, input.marker.as_deref(), input.max_items, cx)?;
        let iam = view.get::<Iam>(account.id)?;
        let groups = iam.groups.after(wanted.after.as_deref()).filter(|group| group.path.starts_with(prefix));
        let page = wanted.take(cx, groups, |group| group.name.clone());
        let groups = page.entries.into_iter().map(|group| GroupShape::of(group, account)).collect();
        Ok(Answer(GroupList { groups, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
