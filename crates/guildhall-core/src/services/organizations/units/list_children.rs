//! ListChildren: ids of what stands directly below a root or unit, of one kind (accounts.md 6). Management
//! account and delegated administrators. Ordered by id.
//! Refuses: ParentNotFound, InvalidInput.

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
use crate::services::organizations::input;
use crate::services::organizations::rules::tree;
use crate::state::view::View;
use crate::wire_enum;

wire_enum! {
    /// What kind of children.
    ChildType {
        /// Accounts.
        Account = "ACCOUNT",
        /// Organizational units.
        OrganizationalUnit = "ORGANIZATIONAL_UNIT",
    }
}

pub struct ListChildren;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    parent_id: Option<String>,
    child_type: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Child {
    id: ChildId,
    r#type: ChildType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    children: Vec<Child>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListChildren {
    const NAME: &'static str = "ListChildren";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Delegate).grantable().on(&authority::PARENT, |i| i.parent_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let parent: ParentId = input::id("PARENT_ID", input.parent_id.as_ref())?;
        let r#type: ChildType = input::one_of("CHILD_TYPE", input.child_type.as_ref())?;
        let filter = format!("{parent} {}", r#type.wire());
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open(cx, input.next_token.as_ref(), input.max_results)?;
        let (after_account, after_unit) = match request.after {
            None => (None, None),
            Some(ChildId::Account(id)) => (Some(id), None),
            Some(ChildId::Unit(id)) => (None, Some(id)),
        };
        let (org, _) = access::organization(cx, view)?;
        tree::check_parent(org, &parent)?;
        let page = match r#type {
            ChildType::Account => {
                let children = org
                    .accounts_below(&parent, after_account)
                    .map(|id| Child { id: ChildId::Account(id), r#type });
                listing.page(cx, request.limit, children, |c| c.id)
            }
            ChildType::OrganizationalUnit => {
                let children =
                    org.units_below(&parent, after_unit).map(|u| Child { id: ChildId::Unit(u.id), r#type });
                listing.page(cx, request.limit, children, |c| c.id)
            }
        };
        reply(&Output { children: page.entries, next_token: page.next_token })
    }
}
