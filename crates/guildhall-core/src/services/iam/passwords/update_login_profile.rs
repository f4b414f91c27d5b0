//! UpdateLoginProfile: another password for a user, or whether it has to be changed; what is left out stays as it is
//! (identity.md 3.15). Any account.
//! Refuses: ValidationError, NoSuchEntity, PasswordPolicyViolation.

use serde::{Deserialize, Serialize};

use super::rules;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::password::Password;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateLoginProfile;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    password: Option<Password>,
    password_reset_required: Option<bool>,
}

impl Operation for UpdateLoginProfile {
    const NAME: &'static str = "UpdateLoginProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("userName", i.user_name.as_deref(), &constraints::SHORT_USER_NAME);
        checks.optional("password", i.password.as_ref().map(Password::text), &constraints::PASSWORD);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let (_, login) = super::find(input.user_name.as_deref(), cx, view)?;
        let mut new = login.clone();
        if let Some(password) = &input.password {
            let iam = view.get::<Iam>(account.id)?;
            rules::check(password.text(), iam, account)?;
            rules::check_reuse(password, login, iam)?;
            new = login.with(password.hash(cx.ids.salt())?, cx.now, rules::forbidden(iam));
        }
        new.reset_required = input.password_reset_required.unwrap_or(new.reset_required);
        view.put(Owner::Iam(account.id), Item::LoginProfile(new));
        Ok(Answer(()))
    }
}
