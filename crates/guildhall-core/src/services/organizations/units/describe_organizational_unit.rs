//! DescribeOrganizationalUnit: one unit (accounts.md 6). Management account and delegated administrators.
//! Refuses: OrganizationalUnitNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::UnitOutput;
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::UnitId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::view::View;

pub struct DescribeOrganizationalUnit;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    organizational_unit_id: Option<String>,
}

impl Operation for DescribeOrganizationalUnit {
    const NAME: &'static str = "DescribeOrganizationalUnit";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::UNIT, |i| i.organizational_unit_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: UnitId = input::id("ORGANIZATIONAL_UNIT_ID", input.organizational_unit_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        let unit = org.unit(&id).ok_or(OrganizationsError::OrganizationalUnitNotFound)?;
        Ok(reply_with("OrganizationalUnit", &UnitOutput { org, record, unit }))
    }
}
