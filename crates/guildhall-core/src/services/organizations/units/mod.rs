//! Operations on the tree: organizational units, and what stands where.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::json::{Json, WriteJson};
use crate::services::operation::operations;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input::free_text;
use crate::services::organizations::rules::tree;
use crate::state::org::{Org, OrgRecord, Unit};

operations! {
    json:
    create_organizational_unit::CreateOrganizationalUnit,
    delete_organizational_unit::DeleteOrganizationalUnit,
    describe_organizational_unit::DescribeOrganizationalUnit,
    list_children::ListChildren,
    list_organizational_units_for_parent::ListOrganizationalUnitsForParent,
    list_parents::ListParents,
    move_account::MoveAccount,
    update_organizational_unit::UpdateOrganizationalUnit,
}

/// A unit on the wire (accounts.md 2.6): without its parent.
pub(crate) struct UnitOutput<'a> {
    org: &'a Org,
    record: &'a OrgRecord,
    unit: &'a Unit,
}

impl WriteJson for UnitOutput<'_> {
    fn write(&self, json: &mut Json) {
        let (record, unit) = (self.record, self.unit);
        json.raw(r#"{"Id":""#).raw(unit.id.as_str()).raw(r#"","Arn":"arn:"#).raw(record.partition.wire());
        json.raw(":organizations::").raw(&record.management.text()).raw(":ou/").raw(record.id.as_str());
        json.raw("/").raw(unit.id.as_str()).raw(r#"","Name":"#).string(&unit.name).raw(r#","Path":""#);
        tree::write_path(json, self.org, record, &unit.parent);
        json.raw(unit.id.as_str()).raw(r#"/"}"#);
    }
}

/// Checks the name of a unit: 1 to 128 characters.
fn check_name(name: &str) -> Result<(), OrganizationsError> {
    free_text("NAME", name, 128)?;
    if name.is_empty() { Err(InvalidInput::at(InputReason::MinLengthExceeded, "NAME")) } else { Ok(()) }
}
