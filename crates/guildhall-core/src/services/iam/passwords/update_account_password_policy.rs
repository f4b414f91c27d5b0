//! UpdateAccountPasswordPolicy: what the caller's account wants of passwords from now on; what is left out is as in an
//! empty policy, not as it was (identity.md 3.15). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::login::{PasswordPolicy, REUSE_MAX};
use crate::state::item::Item;
use crate::state::view::View;

/// The least characters that a policy asks for, which is what it asks for if it does not say.
const LENGTH: (u32, u32) = (6, 128);
/// After how many days passwords may expire.
const AGE: (u32, u32) = (1, 1_095);

pub struct UpdateAccountPasswordPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    minimum_password_length: Option<i64>,
    require_symbols: Option<bool>,
    require_numbers: Option<bool>,
    require_uppercase_characters: Option<bool>,
    require_lowercase_characters: Option<bool>,
    allow_users_to_change_password: Option<bool>,
    max_password_age: Option<i64>,
    password_reuse_prevention: Option<i64>,
    hard_expiry: Option<bool>,
}

impl Operation for UpdateAccountPasswordPolicy {
    const NAME: &'static str = "UpdateAccountPasswordPolicy";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.range("minimumPasswordLength", i.minimum_password_length, LENGTH);
        checks.range("maxPasswordAge", i.max_password_age, AGE);
        checks.range("passwordReusePrevention", i.password_reuse_prevention, (1, REUSE_MAX));
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let policy = PasswordPolicy {
            minimum_length: number(input.minimum_password_length).unwrap_or(LENGTH.0),
            symbols: input.require_symbols.unwrap_or_default(),
            numbers: input.require_numbers.unwrap_or_default(),
            uppercase: input.require_uppercase_characters.unwrap_or_default(),
            lowercase: input.require_lowercase_characters.unwrap_or_default(),
            users_may_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age: number(input.max_password_age),
            reuse_prevention: number(input.password_reuse_prevention),
            hard_expiry: input.hard_expiry,
        };
        let mut settings = view.get::<Iam>(cx.caller.account)?.settings().clone();
        settings.password_policy = Some(policy);
        view.put(Owner::Iam(cx.caller.account), Item::AccountSettings(settings));
        Ok(Answer(()))
    }
}
