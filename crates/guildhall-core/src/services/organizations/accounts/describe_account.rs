//! DescribeAccount: one account of the organization (accounts.md 4.8). Management account and delegated
//! administrators.
//! Refuses: AccountNotFound (also for accounts elsewhere), InvalidInput.

use serde::{Deserialize, Serialize};

use super::AccountOutput;
use crate::call::command::{Mode, Reply, reply_with};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::view::View;

pub struct DescribeAccount;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

impl Operation for DescribeAccount {
    const NAME: &'static str = "DescribeAccount";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        let member = org.member(id).ok_or(OrganizationsError::AccountNotFound)?;
        Ok(reply_with("Account", &AccountOutput { org, record, member, now: cx.now }))
    }
}
