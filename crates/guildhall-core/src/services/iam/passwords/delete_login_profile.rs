//! DeleteLoginProfile: takes the password of a user, or of the caller, away; keys go on (identity.md 3.15). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::iam::users::UserInput as Input;
use crate::services::{Answer, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteLoginProfile;

impl Operation for DeleteLoginProfile {
    const NAME: &'static str = "DeleteLoginProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::SHORT_USER_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (_, login) = super::find(input.name(), cx, view)?;
        view.changes.remove(Owner::Iam(cx.caller.account), ItemKey::LoginProfile(login.user));
        Ok(Answer(()))
    }
}
