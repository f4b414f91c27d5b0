//! GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, group or role ask for, and those
//! that the caller brings (identity.md 3.12). Any account.
//! Refuses: ValidationError, InvalidInput, NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::{Keys, entity, keys};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetContextKeysForPrincipalPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_source_arn: Option<String>,
    policy_input_list: Option<Vec<Option<String>>>,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| entity::resource(i.policy_source_arn.as_deref(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Keys>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policySourceArn", i.policy_source_arn.as_deref(), &constraints::ARN);
        checks.list("policyInputList", i.policy_input_list.as_deref(), false, &constraints::DOCUMENT);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let found = entity::find(input.policy_source_arn.as_deref(), cx, view)?;
        let own = found.policies.iter().map(|(_, named)| named.text);
        let given = input.policy_input_list.iter().flatten().flatten().map(String::as_str);
        Ok(Answer(keys(own.chain(found.boundary.iter().map(|named| named.text)).chain(given))?))
    }
}
