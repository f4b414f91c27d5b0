//! GetLoginProfile: whether a user, or the caller, has a password, and since when (identity.md 3.15). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::LoginAnswer;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::iam::users::UserInput as Input;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetLoginProfile;

impl Operation for GetLoginProfile {
    const NAME: &'static str = "GetLoginProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<LoginAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::SHORT_USER_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (user, login) = super::find(input.name(), cx, view)?;
        Ok(Answer(LoginAnswer::of(user, login)))
    }
}
