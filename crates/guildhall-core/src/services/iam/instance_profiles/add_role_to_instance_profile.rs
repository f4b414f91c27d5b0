//! AddRoleToInstanceProfile: puts a role into an instance profile, which holds one (identity.md 3.9). Any account. Whoever
//! does it passes the role to EC2 (identity.md 5.4).
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, LimitExceeded.

use super::ProfileAndRole as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::{Entity, Target};
use crate::services::{Answer, Operation};
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::item::Item;
use crate::state::view::View;

pub struct AddRoleToInstanceProfile;

impl Operation for AddRoleToInstanceProfile {
    const NAME: &'static str = "AddRoleToInstanceProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("instance-profile", |i, cx, view| authority::profile(i.name(), cx, view))
        .also_on("iam:PassRole", |i, cx, view| authority::passed(i.role(), "ec2.amazonaws.com", cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let profile = InstanceProfile::find(input.name(), account, iam)?;
        let role = Role::find(input.role(), account, iam)?;
        role.check_own(input.role())?;
        if profile.role.is_some() {
            return Err(IamError::quota("InstanceSessionsPerInstanceProfile", 1).into());
        }
        let profile = InstanceProfile { role: Some(role.id), ..profile.clone() };
        view.put(Owner::Iam(account.id), Item::InstanceProfile(profile));
        Ok(Answer(()))
    }
}
