//! DeleteRole: takes a role away that has no policies any more and is in no instance profile. Its sessions end with it
//! (identity.md 3.5). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, DeleteConflict.

use super::RoleInput as Input;
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

pub struct DeleteRole;

impl Operation for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view))
        .keys(&["iam:PermissionsBoundary"]);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let role = super::find_own(input.name(), cx, view)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        let conflict = |what: &'static str| Err(IamError::DeleteConflict(what.into()).into());
        if !role.policies.managed.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !role.policies.inline.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        if iam.profiles_of(role.id, None).next().is_some() {
            return conflict("Cannot delete entity, must remove roles from instance profile first.");
        }
        view.changes.remove(Owner::Iam(cx.caller.account), ItemKey::Role(role.id));
        Ok(Answer(()))
    }
}
