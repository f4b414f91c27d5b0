//! RemoveRoleFromInstanceProfile: takes the role out of an instance profile (identity.md 3.9). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::ProfileAndRole as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::item::Item;
use crate::state::view::View;

pub struct RemoveRoleFromInstanceProfile;

impl Operation for RemoveRoleFromInstanceProfile {
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
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
        let (name, role) = (input.name(), input.role());
        let profile = InstanceProfile::find(name, account, iam)?;
        if profile.role != Some(Role::find(role, account, iam)?.id) {
            let what = format!("Role {role} in Instance Profile {name} cannot be found.");
            return Err(IamError::NoSuchEntity(what.into()).into());
        }
        let profile = InstanceProfile { role: None, ..profile.clone() };
        view.put(Owner::Iam(account.id), Item::InstanceProfile(profile));
        Ok(Answer(()))
    }
}
