//! DeleteUser: takes a user away that has no password, no devices, no keys and no policies any more and is in no group
//! (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity, DeleteConflict.

use super::UserInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteUser;

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate_required()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let user = super::find(input.required_name(), cx, view)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        let conflicts = [
            (iam.login(user.id).is_some(), "delete login profile"),
            (iam.devices().of(Some(user.id)).next().is_some(), "remove tokens from principal"),
            (iam.keys(Some(user.id)).next().is_some(), "delete access keys"),
            (!user.groups.is_empty(), "remove users from group"),
            (!user.policies.managed.is_empty(), "detach all policies"),
            (!user.policies.inline.is_empty(), "delete policies"),
        ];
        if let Some((_, what)) = conflicts.iter().find(|(there, _)| *there) {
            let what = format!("Cannot delete entity, must {what} first.");
            return Err(IamError::DeleteConflict(what.into()).into());
        }
        view.changes.remove(Owner::Iam(cx.caller.account), ItemKey::User(user.id));
        Ok(Answer(()))
    }
}
