//! UpdateOrganizationalUnit: renames a unit (accounts.md 6). Management account only. Without a name, or with a blank
//! one, nothing changes (observed.md 8).
//! Refuses: OrganizationalUnitNotFound, DuplicateOrganizationalUnit, InvalidInput.

use serde::{Deserialize, Serialize};

use super::{UnitOutput, check_name};
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::UnitId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::item::Item;
use crate::state::org::Unit;
use crate::state::view::View;

pub struct UpdateOrganizationalUnit;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    organizational_unit_id: Option<String>,
    name: Option<String>,
}

impl Operation for UpdateOrganizationalUnit {
    const NAME: &'static str = "UpdateOrganizationalUnit";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::UNIT, |i| i.organizational_unit_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: UnitId = input::id("ORGANIZATIONAL_UNIT_ID", input.organizational_unit_id.as_ref())?;
        if let Some(name) = &input.name {
            check_name(name)?;
        }
        let (org, record) = access::organization(cx, view)?;
        let old = org.unit(&id).ok_or(OrganizationsError::OrganizationalUnitNotFound)?;
        let wanted = input.name.as_deref().filter(|name| !name.trim().is_empty());
        let Some(name) = wanted.filter(|name| *old.name != **name) else {
            return Ok(reply_with("OrganizationalUnit", &UnitOutput { org, record, unit: old }));
        };
        if org.unit_named(old.parent, name).is_some() {
            return Err(OrganizationsError::DuplicateOrganizationalUnit.into());
        }
        let unit = Unit { name: name.into(), ..old.clone() };
        let answer = reply_with("OrganizationalUnit", &UnitOutput { org, record, unit: &unit });
        view.put(Owner::Org(record.id), Item::Unit(unit));
        Ok(answer)
    }
}
