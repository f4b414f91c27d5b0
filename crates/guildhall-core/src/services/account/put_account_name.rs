//! PutAccountName: a new name for the caller, or for a member by the management account and delegated
//! administrators. Blanks at both ends go, and Organizations shows the name at once (observed.md 23).
//! Refuses: AccessDenied, Validation, and a blank name with an error that has no type.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::{input, target};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Personal;
use crate::rules::authority::Authority;
use crate::services::{EMPTY, Operation};
use crate::state::account::AccountRecord;
use crate::state::view::View;

pub struct PutAccountName;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_name: Option<Personal<String>>,
    account_id: Option<String>,
}

impl Operation for PutAccountName {
    const NAME: &'static str = "PutAccountName";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let name = input::required("AccountName", input.account_name.as_ref())?;
        let name = input::ACCOUNT_NAME.check(name.expose())?.trim();
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        if name.is_empty() {
            return Err(AccountError::BlankName.into());
        }
        target::put(view, AccountRecord { name: name.to_owned(), ..account.clone() })?;
        Ok(EMPTY)
    }
}
