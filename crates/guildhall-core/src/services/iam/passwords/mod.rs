//! Passwords: login profiles of users, and the account's password policy (identity.md 3.15).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::Serialize;

use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::services::iam::errors::IamError;
use crate::services::iam::users;
use crate::services::operation::operations;
use crate::state::iam::Iam;
use crate::state::iam::login::LoginProfile;
use crate::state::iam::user::User;
use crate::state::view::View;

mod rules;

operations! {
    query:
    change_password::ChangePassword,
    create_login_profile::CreateLoginProfile,
    delete_account_password_policy::DeleteAccountPasswordPolicy,
    delete_login_profile::DeleteLoginProfile,
    get_account_password_policy::GetAccountPasswordPolicy,
    get_login_profile::GetLoginProfile,
    update_account_password_policy::UpdateAccountPasswordPolicy,
    update_login_profile::UpdateLoginProfile,
}

/// A user, or the caller, with the password. Root users have none here.
fn find<'a>(
    name: Option<&str>,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<(&'a User, &'a LoginProfile), Stop> {
    let user = users::find_or_caller(name, cx, view)?;
    let missing =
        |name: &str| IamError::NoSuchEntity(format!("Login Profile for User {name} cannot be found.").into());
    let user = user.ok_or_else(|| missing("null"))?;
    let login = view.get::<Iam>(cx.caller.account)?.login(user.id);
    Ok((user, login.ok_or_else(|| missing(name.unwrap_or(&user.name)))?))
}

/// An answer that is a login profile.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoginAnswer {
    login_profile: LoginShape,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoginShape {
    user_name: String,
    create_date: String,
    password_reset_required: bool,
}

impl LoginAnswer {
    fn of(user: &User, login: &LoginProfile) -> Self {
        Self {
            login_profile: LoginShape {
                user_name: user.name.to_string(),
                create_date: login.created.iso8601(),
                password_reset_required: login.reset_required,
            },
        }
    }
}
