//! ChangePassword: a user's own new password, by the old one (identity.md 3.15). Any account; users only.
//! Refuses: ValidationError, InvalidUserType, NoSuchEntity, AccessDenied (the old password is another one, or the new
//! one's equal), PasswordPolicyViolation.

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
use crate::rules::principal::{Who, principal};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::login::LoginProfile;
use crate::state::item::Item;
use crate::state::view::View;

pub struct ChangePassword;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    old_password: Option<Password>,
    new_password: Option<Password>,
}

impl Operation for ChangePassword {
    const NAME: &'static str = "ChangePassword";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on_own("user", |_, cx, view| authority::user(None, cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("oldPassword", i.old_password.as_ref().map(Password::text), &constraints::PASSWORD);
        checks.required("newPassword", i.new_password.as_ref().map(Password::text), &constraints::PASSWORD);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        if !matches!(principal(cx, view)?.who, Who::User(_)) {
            let what = "Only IAM Users can change their own password";
            return Err(IamError::InvalidUserType(what.into()).into());
        }
        let (_, login) = super::find(None, cx, view)?;
        // That both are there was checked.
        let (Some(old), Some(new)) = (&input.old_password, &input.new_password) else {
            return Err(Refusal::Internal.into());
        };
        if !old.is(&login.password)? {
            return Err(IamError::AccessDenied("The old password was incorrect.".into()).into());
        }
        if old.text() == new.text() {
            let what = "The new password must be another one than the old password.";
            return Err(IamError::AccessDenied(what.into()).into());
        }
        let iam = view.get::<Iam>(account.id)?;
        rules::check(new.text(), iam, account)?;
        rules::check_reuse(new, login, iam)?;
        let changed = login.with(new.hash(cx.ids.salt())?, cx.now, rules::forbidden(iam));
        let changed = LoginProfile { reset_required: false, ..changed };
        view.put(Owner::Iam(account.id), Item::LoginProfile(changed));
        Ok(Answer(()))
    }
}
