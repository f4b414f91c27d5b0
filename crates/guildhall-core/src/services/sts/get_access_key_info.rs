//! GetAccessKeyInfo: the account of an access key, or of temporary credentials, by their id, whether or not they are
//! good. Keys of the older form, which do not say whose they are, are looked up (identity.md 4.1). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use super::errors::StsError;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::ids::{AccessKeyId, AccountId, account_of};
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetAccessKeyInfo;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    access_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    account: String,
}

impl Operation for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("accessKeyId", i.access_key_id.as_deref(), &constraints::ACCESS_KEY_ID);
        Ok(checks.finish().map_err(StsError::from)?)
    }

    fn run(input: &Input, _: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let id = input.access_key_id.as_deref().unwrap_or_default();
        let account = match account_of(id).filter(|_| id.starts_with("AKIA") || id.starts_with("ASIA")) {
            Some(account) => Some(account),
            None => known(id, view)?,
        };
        let unknown = || StsError::ValidationError(format!("{id} is no access key of an account").into());
        Ok(Answer(Output { account: account.ok_or_else(unknown)?.to_string() }))
    }
}

/// The account of a key that was issued, or that a lab's account is.
fn known(id: &str, view: &mut View<'_>) -> Result<Option<AccountId>, Stop> {
    let Ok(key) = id.parse::<AccessKeyId>() else { return Ok(None) };
    Ok(view.key(key)?.map(|record| record.account))
}
