//! DecodeAuthorizationMessage: what a service says in an encoded message why it refused. None of the services that are here
//! sends one, so that no text is one (identity.md 4.1); what they refuse, they say in words. Any account.
//! Refuses: ValidationError, InvalidAuthorizationMessageException.

use serde::{Deserialize, Serialize};

use super::errors::StsError;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct DecodeAuthorizationMessage;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    encoded_message: Option<String>,
}

impl Operation for DecodeAuthorizationMessage {
    const NAME: &'static str = "DecodeAuthorizationMessage";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("encodedMessage", i.encoded_message.as_deref(), &constraints::ENCODED_MESSAGE);
        Ok(checks.finish().map_err(StsError::from)?)
    }

    fn run(_: &Input, _: &Cx<'_>, _: &mut View<'_>) -> Result<Self::Output, Stop> {
        Err(StsError::InvalidAuthorizationMessage.into())
    }
}
