//! ListParents: the one parent of an account or unit (accounts.md 6). Management account and delegated
//! administrators.
//! Refuses: ChildNotFound, InvalidInput (roots have no parent, and their ids do not match).

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::{ChildId, ParentId};
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::tree;
use crate::state::view::View;

pub struct ListParents;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    child_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parent {
    id: ParentId,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    parents: [Parent; 1],
}

impl Operation for ListParents {
    const NAME: &'static str = "ListParents";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Delegate).grantable().on(&authority::CHILD, |i| i.child_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let child = input::id("CHILD_ID", input.child_id.as_ref())?;
        let listing = Listing { operation: Self::NAME, filter: "" };
        // One parent is one page: no token is valid, but the bounds hold.
        listing.open::<ParentId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, _) = access::organization(cx, view)?;
        let id = match child {
            ChildId::Account(account) => org.member(account).ok_or(OrganizationsError::ChildNotFound)?.parent,
            ChildId::Unit(unit) => org.unit(&unit).ok_or(OrganizationsError::ChildNotFound)?.parent,
        };
        reply(&Output { parents: [Parent { id, r#type: tree::parent_type(&id) }] })
    }
}
