//! GetPrimaryEmail: the address of a member's root user. Management account and delegated administrators; the
//! management account's own is not for this API (accounts.md 4.9, observed.md 22).
//! Refuses: AccessDenied, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::{input, target};
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::address::EmailAddress;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::view::View;

pub struct GetPrimaryEmail;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    primary_email: &'a EmailAddress,
}

impl Operation for GetPrimaryEmail {
    const NAME: &'static str = "GetPrimaryEmail";
    const AUTHORITY: Authority<Input> = authority::on_member::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::account(input.account_id.as_ref())?;
        let account = target::find_member(Self::NAME, id, cx, view)?;
        reply(&Output { primary_email: &account.email })
    }
}
