//! MoveAccount: moves an account from one parent to another (accounts.md 6). Management account only; it may be moved
//! itself, and so may closed accounts.
//! Refuses: AccountNotFound (also if it is not where it is said to be), SourceParentNotFound,
//! DestinationParentNotFound, DuplicateAccount (it is there already), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, ParentId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::policy;
use crate::services::{EMPTY, Operation};
use crate::state::item::Item;
use crate::state::org::Member;
use crate::state::view::View;

pub struct MoveAccount;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    source_parent_id: Option<String>,
    destination_parent_id: Option<String>,
}

impl Operation for MoveAccount {
    const NAME: &'static str = "MoveAccount";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref())
        .on(&authority::PARENT, |i| i.source_parent_id.as_deref())
        .on(&authority::PARENT, |i| i.destination_parent_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let source: ParentId = input::id("SOURCE_PARENT_ID", input.source_parent_id.as_ref())?;
        let destination: ParentId = input::id("DESTINATION_PARENT_ID", input.destination_parent_id.as_ref())?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let member = org.member(id).ok_or(OrganizationsError::AccountNotFound)?;
        if !org.has_parent(&source) {
            return Err(OrganizationsError::SourceParentNotFound.into());
        }
        if !org.has_parent(&destination) {
            return Err(OrganizationsError::DestinationParentNotFound.into());
        }
        if member.parent == destination {
            return Err(OrganizationsError::DuplicateAccount.into());
        }
        if member.parent != source {
            return Err(OrganizationsError::AccountNotFound.into());
        }
        policy::keep_valid_on_move(view, own, id, destination);
        view.put(
            Owner::Org(record.id),
            Item::Member(Member { parent: destination, placed: cx.now, ..member.clone() }),
        );
        Ok(EMPTY)
    }
}
