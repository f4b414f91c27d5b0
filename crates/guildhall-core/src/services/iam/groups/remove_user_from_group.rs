//! RemoveUserFromGroup: takes a user out of a group; one that is not in it is no error (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::MembershipInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::item::Item;
use crate::state::view::View;

pub struct RemoveUserFromGroup;

impl Operation for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("group", |i, cx, view| authority::group(i.group_name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (user, group) = input.find(cx, view)?;
        let mut new = user.clone();
        if new.groups.remove(&group.id) {
            view.put(Owner::Iam(cx.caller.account), Item::User(new));
        }
        Ok(Answer(()))
    }
}
