//! DeleteInstanceProfile: takes an instance profile away that has no role any more (identity.md 3.9). Any account.
//! Refuses: ValidationError, NoSuchEntity, DeleteConflict.

use super::ProfileInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::role::InstanceProfile;
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteInstanceProfile;

impl Operation for DeleteInstanceProfile {
    const NAME: &'static str = "DeleteInstanceProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("instance-profile", |i, cx, view| authority::profile(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let profile = InstanceProfile::find(input.name(), account, iam)?;
        if profile.role.is_some() {
            let what = "Cannot delete entity, must remove roles from instance profile first.";
            return Err(IamError::DeleteConflict(what.into()).into());
        }
        view.changes.remove(Owner::Iam(account.id), ItemKey::InstanceProfile(profile.id));
        Ok(Answer(()))
    }
}
