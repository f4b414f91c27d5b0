//! SetSecurityTokenServicePreferences: which tokens the global endpoint of STS gives out; it shows in GetAccountSummary
//! and changes nothing else (identity.md 3.15). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{Checks, Rule};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::account::AccountSettings;
use crate::state::item::Item;
use crate::state::view::View;

pub struct SetSecurityTokenServicePreferences;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    global_endpoint_token_version: Option<String>,
}

const VERSIONS: [&str; 2] = ["v1Token", "v2Token"];
/// Whatever is there, to be looked at as one of those.
const ANY: Rule = Rule::length(0, usize::MAX);

impl Operation for SetSecurityTokenServicePreferences {
    const NAME: &'static str = "SetSecurityTokenServicePreferences";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        let (member, version) = ("globalEndpointTokenVersion", i.global_endpoint_token_version.as_deref());
        checks.required(member, version, &ANY);
        checks.one_of(member, version, &VERSIONS);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        let [_, second] = VERSIONS;
        let token_version =
            if input.global_endpoint_token_version.as_deref() == Some(second) { 2 } else { 1 };
        let old = view.get::<Iam>(account)?.settings();
        if old.token_version != token_version {
            let new = AccountSettings { token_version, ..old.clone() };
            view.put(Owner::Iam(account), Item::AccountSettings(new));
        }
        Ok(Answer(()))
    }
}
