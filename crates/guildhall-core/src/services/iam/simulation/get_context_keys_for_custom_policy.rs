//! GetContextKeysForCustomPolicy: the condition keys that policies ask for (identity.md 3.12). Any account.
//! Refuses: ValidationError, InvalidInput.

use serde::{Deserialize, Serialize};

use super::{Keys, keys};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetContextKeysForCustomPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_input_list: Option<Vec<Option<String>>>,
}

impl Operation for GetContextKeysForCustomPolicy {
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Keys>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.list("policyInputList", i.policy_input_list.as_deref(), true, &constraints::DOCUMENT);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, _: &Cx<'_>, _: &mut View<'_>) -> Result<Self::Output, Stop> {
        Ok(Answer(keys(input.policy_input_list.iter().flatten().flatten().map(String::as_str))?))
    }
}
