//! ListAccounts: every account of the organization, the management account included (accounts.md 4.8).
//! Management account and delegated administrators. Ordered by id.
//! Refuses: InvalidInput.

use serde::{Deserialize, Serialize};

use super::AccountOutput;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::state::view::View;

pub struct ListAccounts;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListAccounts {
    const NAME: &'static str = "ListAccounts";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let listing = Listing { operation: Self::NAME, filter: "" };
        let request = listing.open(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        let members =
            org.members_after(request.after).map(|member| AccountOutput { org, record, member, now: cx.now });
        Ok(listing.page(cx, request.limit, members, |a| a.member.id).reply("Accounts"))
    }
}
