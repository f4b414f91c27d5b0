//! What of an organization can be tagged.

use crate::kernel::ids::TaggableId;
use crate::kernel::time::Timestamp;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input;
use crate::state::org::{Org, OrgRecord};
use crate::state::tag::Tags;
use crate::state::transfer::TransferStatus;

/// The member `ResourceId`. Policies that AWS manages cannot be tagged: their ids do not match the pattern
/// (accounts.md 4.10).
pub fn id(text: Option<&String>) -> Result<TaggableId, OrganizationsError> {
    match input::id("RESOURCE_ID", text)? {
        TaggableId::Policy(p) if matches!(p.as_str(), "p-FullAWSAccess" | "p-RCPFullAWSAccess") => {
            Err(InvalidInput::at(InputReason::InvalidPattern, "RESOURCE_ID"))
        }
        id => Ok(id),
    }
}

/// What a resource is called in tag policies. Transfers are not in AWS's table (policies.md 6).
pub fn tag_policy_type(id: &TaggableId) -> &'static str {
    match id {
        TaggableId::Account(_) => "organizations:account",
        TaggableId::Root(_) => "organizations:root",
        TaggableId::Unit(_) => "organizations:ou",
        TaggableId::Policy(_) => "organizations:policy",
        TaggableId::ResourcePolicy(_) => "organizations:resourcepolicy",
        TaggableId::Transfer(_) | TaggableId::NoTransfer(_) => "organizations:responsibilitytransfer",
    }
}

/// The tags that a transfer gets when its invitation is accepted.
pub fn promised<'a>(id: &TaggableId, org: &'a Org, now: Timestamp) -> Option<&'a Tags> {
    let TaggableId::Transfer(id) = id else { return None };
    let transfer = org.transfer(id).filter(|t| t.status(now) == TransferStatus::Requested)?;
    org.handshake(&transfer.handshake).map(|h| &h.tags)
}

/// Refuses a resource that this organization does not have.
pub fn check(id: &TaggableId, org: &Org, record: &OrgRecord) -> Result<(), OrganizationsError> {
    let there = match id {
        TaggableId::Root(root) => record.root == *root,
        TaggableId::Account(account) => org.member(*account).is_some(),
        TaggableId::Unit(unit) => org.unit(unit).is_some(),
        TaggableId::Transfer(transfer) => org.transfer(transfer).is_some(),
        TaggableId::NoTransfer(_) => false,
        TaggableId::Policy(policy) => org.policies().get(policy).is_some(),
        TaggableId::ResourcePolicy(id) => org.resource_policy().is_some_and(|p| p.id == *id),
    };
    if there { Ok(()) } else { Err(OrganizationsError::TargetNotFound) }
}
