//! ListRoots: the one root of the organization (accounts.md 6). Management account and delegated administrators.
//! Refuses: InvalidInput.

use serde::{Deserialize, Serialize};

use super::Root;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::RootId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::state::view::View;

pub struct ListRoots;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    roots: [Root; 1],
}

impl Operation for ListRoots {
    const NAME: &'static str = "ListRoots";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let listing = Listing { operation: Self::NAME, filter: "" };
        // One root is one page: there is no token to give out, so none is valid, but the bounds hold.
        listing.open::<RootId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (_, record) = access::organization(cx, view)?;
        reply(&Output { roots: [Root::of(record, None)] })
    }
}
