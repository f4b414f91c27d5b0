//! GetInstanceProfile: an instance profile by its name, in whatever case, with its role (identity.md 3.9). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::ProfileInput as Input;
use super::shape::{ProfileAnswer, ProfileShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::role::InstanceProfile;
use crate::state::view::View;

pub struct GetInstanceProfile;

impl Operation for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("instance-profile", |i, cx, view| authority::profile(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<ProfileAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let profile = InstanceProfile::find(input.name(), account, iam)?;
        let answer = ProfileShape::of(profile, account, iam, view)?.with_all_tags(profile);
        Ok(Answer(ProfileAnswer { instance_profile: answer }))
    }
}
