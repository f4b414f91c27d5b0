//! Where things stand in the tree (accounts.md 2.3, 6).

use crate::kernel::ids::ParentId;
use crate::kernel::json::Json;
use crate::services::organizations::errors::OrganizationsError;
use crate::state::org::{Org, OrgRecord};

/// Refuses a parent that is not in the organization's tree.
pub fn check_parent(org: &Org, parent: &ParentId) -> Result<(), OrganizationsError> {
    if org.has_parent(parent) { Ok(()) } else { Err(OrganizationsError::ParentNotFound) }
}

/// Appends the path of `parent`: the organization, the root, the units from top to bottom, a slash behind each.
pub fn write_path(json: &mut Json, org: &Org, record: &OrgRecord, parent: &ParentId) {
    json.raw(record.id.as_str()).raw("/").raw(record.root.as_str()).raw("/");
    write_units(json, &mut org.upwards(parent));
}

fn write_units(json: &mut Json, upwards: &mut dyn Iterator<Item = &crate::state::org::Unit>) {
    // As deep as the tree: a handful.
    if let Some(unit) = upwards.next() {
        write_units(json, upwards);
        json.raw(unit.id.as_str()).raw("/");
    }
}

/// What a parent or child is, as `Type` has it.
pub fn parent_type(parent: &ParentId) -> &'static str {
    match parent {
        ParentId::Root(_) => "ROOT",
        ParentId::Unit(_) => "ORGANIZATIONAL_UNIT",
    }
}
