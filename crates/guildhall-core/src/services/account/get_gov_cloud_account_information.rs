//! GetGovCloudAccountInformation: the pair in GovCloud of the caller, or of a member, for the management account and
//! delegated administrators (accounts.md 4.4, 4.9).
//! Refuses: AccessDenied, ResourceNotFound (it has none), Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::target;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::account::AccountState;
use crate::state::view::View;

pub struct GetGovCloudAccountInformation;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    standard_account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    gov_cloud_account_id: AccountId,
    account_state: AccountState,
}

impl Operation for GetGovCloudAccountInformation {
    const NAME: &'static str = "GetGovCloudAccountInformation";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.standard_account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = target::find(Self::NAME, input.standard_account_id.as_ref(), cx, view)?;
        let pair = account.govcloud.ok_or(AccountError::NoGovCloudAccount)?;
        let pair = view.account(pair)?.ok_or(Refusal::Internal)?;
        reply(&Output { gov_cloud_account_id: pair.id, account_state: pair.standing.state(cx.now) })
    }
}
