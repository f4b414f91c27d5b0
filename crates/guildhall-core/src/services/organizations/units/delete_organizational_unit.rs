//! DeleteOrganizationalUnit: takes away a unit that has nothing below it; its tags go with it,
//! and its policies are detached (accounts.md 6).
//! Management account only. Closed accounts count until they are gone.
//! Refuses: OrganizationalUnitNotFound, OrganizationalUnitNotEmpty, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{ParentId, TaggableId, TargetId, UnitId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::policy;
use crate::services::{EMPTY, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteOrganizationalUnit;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    organizational_unit_id: Option<String>,
}

impl Operation for DeleteOrganizationalUnit {
    const NAME: &'static str = "DeleteOrganizationalUnit";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::UNIT, |i| i.organizational_unit_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: UnitId = input::id("ORGANIZATIONAL_UNIT_ID", input.organizational_unit_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        if org.unit(&id).is_none() {
            return Err(OrganizationsError::OrganizationalUnitNotFound.into());
        }
        if !org.is_empty_below(&ParentId::Unit(id)) {
            return Err(OrganizationsError::OrganizationalUnitNotEmpty.into());
        }
        let (owner, resource) = (Owner::Org(record.id), TaggableId::Unit(id));
        if org.tags(&resource).is_some() {
            view.changes.remove(owner.clone(), ItemKey::Tags(resource));
        }
        policy::forget_node(view, org, record, &TargetId::Unit(id));
        view.changes.remove(owner, ItemKey::Unit(id));
        Ok(EMPTY)
    }
}
