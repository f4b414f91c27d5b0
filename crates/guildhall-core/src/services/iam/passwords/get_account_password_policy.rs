//! GetAccountPasswordPolicy: what the caller's account wants of passwords, if it said so (identity.md 3.15). Any account.
//! Refuses: NoSuchEntity.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::iam::login::PasswordPolicy;
use crate::state::view::View;

pub struct GetAccountPasswordPolicy;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    password_policy: PolicyShape,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as the model has it")]
struct PolicyShape {
    minimum_password_length: u32,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_password_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reuse_prevention: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expiry: Option<bool>,
}

impl From<&PasswordPolicy> for PolicyShape {
    fn from(policy: &PasswordPolicy) -> Self {
        Self {
            minimum_password_length: policy.minimum_length,
            require_symbols: policy.symbols,
            require_numbers: policy.numbers,
            require_uppercase_characters: policy.uppercase,
            require_lowercase_characters: policy.lowercase,
            allow_users_to_change_password: policy.users_may_change,
            expire_passwords: policy.max_age.is_some(),
            max_password_age: policy.max_age,
            password_reuse_prevention: policy.reuse_prevention,
            hard_expiry: policy.hard_expiry,
        }
    }
}

impl Operation for GetAccountPasswordPolicy {
    const NAME: &'static str = "GetAccountPasswordPolicy";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Answer<Output>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = cx.caller.account;
        let policy = view.get::<Iam>(account)?.settings().password_policy.as_ref();
        let policy = policy.ok_or_else(|| {
            let what = format!("The Password Policy with domain name {account} cannot be found.");
            IamError::NoSuchEntity(what.into())
        })?;
        Ok(Answer(Output { password_policy: policy.into() }))
    }
}
