//! CreateLoginProfile: gives a user, or the caller, a password (identity.md 3.15). Any account.
//! Refuses: ValidationError, NoSuchEntity, EntityAlreadyExists, PasswordPolicyViolation.

use serde::{Deserialize, Serialize};

use super::{LoginAnswer, rules};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::password::Password;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::{authority, users};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::login::LoginProfile;
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateLoginProfile;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    password: Option<Password>,
    password_reset_required: Option<bool>,
}

impl Operation for CreateLoginProfile {
    const NAME: &'static str = "CreateLoginProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<LoginAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", i.user_name.as_deref(), &constraints::SHORT_USER_NAME);
        checks.optional("password", i.password.as_ref().map(Password::text), &constraints::PASSWORD);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let user = users::find_or_caller(input.user_name.as_deref(), cx, view)?;
        // A root user's password is not IAM's to make.
        let user = user.ok_or_else(users::must_specify_user)?;
        let iam = view.get::<Iam>(account.id)?;
        if iam.login(user.id).is_some() {
            let name = input.user_name.as_deref().unwrap_or(&user.name);
            let what = format!("Login Profile for user {name} already exists.");
            return Err(IamError::EntityAlreadyExists(what.into()).into());
        }
        // Only a root user who recovers a password needs none (identity.md 3.15).
        let password = input.password.as_ref().ok_or_else(|| {
            IamError::ValidationError("Must specify password for a login profile of an IAM user".into())
        })?;
        rules::check(password.text(), iam, account)?;
        let login = LoginProfile {
            user: user.id,
            created: cx.now,
            changed: cx.now,
            reset_required: input.password_reset_required.unwrap_or_default(),
            password: password.hash(cx.ids.salt())?,
            former: Vec::new(),
        };
        let answer = LoginAnswer::of(user, &login);
        view.put(Owner::Iam(account.id), Item::LoginProfile(login));
        Ok(Answer(answer))
    }
}
