//! GetAccountInformation: name, creation and state of the caller, or of a member by the management account and
//! delegated administrators (accounts.md 4.9).
//! Refuses: AccessDenied, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::target;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::account::AccountState;
use crate::state::view::View;

pub struct GetAccountInformation;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    account_id: AccountId,
    account_name: &'a str,
    account_created_date: String,
    account_state: AccountState,
}

impl Operation for GetAccountInformation {
    const NAME: &'static str = "GetAccountInformation";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        reply(&Output {
            account_id: account.id,
            account_name: &account.name,
            account_created_date: account.created.iso8601(),
            account_state: account.standing.state(cx.now),
        })
    }
}
