//! Operations that show accounts and where they stand in the tree.

use crate::error::ApiError;
use crate::ids::{AccountId, ParentId};
use crate::json::{Json, WriteJson};
use crate::org::{Member, Org, OrgRecord};

pub mod describe_account;
pub mod list_accounts;
pub mod list_accounts_for_parent;
pub mod list_children;
pub mod list_parents;

/// The ARN of an account, under its organization's management account (accounts.md 2.2).
pub(crate) fn arn(record: &OrgRecord, account: AccountId) -> String {
    [
        "arn:",
        record.partition.wire(),
        ":organizations::",
        &record.management.text(),
        ":account/",
        record.id.as_str(),
        "/",
        &account.text(),
    ]
    .concat()
}

/// An account on the wire (accounts.md 2.6). `Status` goes on beside `State` for old clients (observed.md 21).
pub(crate) struct AccountOutput<'a> {
    pub(crate) record: &'a OrgRecord,
    pub(crate) member: &'a Member,
}

impl WriteJson for AccountOutput<'_> {
    fn write(&self, json: &mut Json) {
        let (record, m) = (self.record, self.member);
        let (id, management, org) = (m.id.text(), record.management.text(), record.id.as_str());
        json.raw(r#"{"Id":""#).raw(&id).raw(r#"","Arn":"arn:"#).raw(record.partition.wire());
        json.raw(":organizations::").raw(&management).raw(":account/").raw(org).raw("/").raw(&id);
        json.raw(r#"","Email":"#).string(m.email.as_str()).raw(r#","Name":"#).string(&m.name);
        json.raw(if m.suspended {
            r#","Status":"SUSPENDED","State":"SUSPENDED","#
        } else {
            r#","Status":"ACTIVE","State":"ACTIVE","#
        });
        // The path from the organization down, with a slash at its end (accounts.md 2.3).
        json.raw(r#""Paths":[""#).raw(org).raw("/").raw(record.root.as_str());
        if let ParentId::Unit(unit) = &m.parent {
            json.raw("/").raw(unit.as_str());
        }
        json.raw("/").raw(&id).raw(r#"/"],"JoinedMethod":""#).raw(m.method.wire());
        json.raw(r#"","JoinedTimestamp":"#).time(m.joined).raw("}");
    }
}

/// Refuses a parent that is not in the organization's tree.
fn check_parent(org: &Org, parent: &ParentId) -> Result<(), ApiError> {
    if org.has_parent(parent) { Ok(()) } else { Err(ApiError::ParentNotFound) }
}
