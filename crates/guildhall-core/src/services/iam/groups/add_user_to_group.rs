//! AddUserToGroup: puts a user into a group; one that is in it already stays (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity, LimitExceeded.

use super::MembershipInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::limits;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::item::Item;
use crate::state::view::View;

pub struct AddUserToGroup;

impl Operation for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
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
        if user.groups.contains(&group.id) {
            return Ok(Answer(()));
        }
        let most = limits::of_caller(cx, view)?.groups_per_user;
        if user.groups.len() >= most as usize {
            return Err(IamError::quota("GroupsPerUser", most).into());
        }
        let mut new = user.clone();
        new.groups.insert(group.id);
        view.put(Owner::Iam(cx.caller.account), Item::User(new));
        Ok(Answer(()))
    }
}
