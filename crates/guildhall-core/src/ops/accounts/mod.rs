//! Operations that show accounts and where they stand in the tree.

use std::borrow::Cow;
use std::fmt::Write;

use serde::{Serialize, Serializer};

use crate::error::ApiError;
use crate::ids::{AccountId, ParentId};
use crate::org::{JoinedMethod, Member, Org, OrgRecord};
use crate::time::{self, Timestamp};

pub mod describe_account;
pub mod list_accounts;
pub mod list_accounts_for_parent;
pub mod list_children;
pub mod list_parents;

/// The ARN of an account, under its organization's management account (accounts.md 2.2).
pub(crate) fn arn(record: &OrgRecord, account: AccountId) -> String {
    let mut arn = String::with_capacity(80);
    for part in [
        "arn:",
        record.partition.wire(),
        ":organizations::",
        &record.management.text(),
        ":account/",
        record.id.as_str(),
        "/",
        &account.text(),
    ] {
        arn.push_str(part);
    }
    arn
}

/// An account on the wire (accounts.md 2.6). `Status` goes on beside `State` for old clients (observed.md 21).
pub(crate) struct AccountOutput<'a> {
    pub(crate) record: &'a OrgRecord,
    pub(crate) member: &'a Member,
}

impl Serialize for AccountOutput<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Wire<'a> {
            id: AccountId,
            arn: &'a str,
            email: &'a str,
            name: &'a str,
            status: &'static str,
            state: &'static str,
            paths: [Cow<'a, str>; 1],
            joined_method: JoinedMethod,
            #[serde(serialize_with = "time::wire")]
            joined_timestamp: Timestamp,
        }
        let (record, m) = (self.record, self.member);
        let state = if m.suspended { "SUSPENDED" } else { "ACTIVE" };
        Wire {
            id: m.id,
            arn: &arn(record, m.id),
            email: m.email.as_str(),
            name: &m.name,
            status: state,
            state,
            paths: [path(record, m).into()],
            joined_method: m.method,
            joined_timestamp: m.joined,
        }
        .serialize(s)
    }
}

/// The path of an account from its organization down, with a slash at its end (accounts.md 2.3).
fn path(record: &OrgRecord, member: &Member) -> String {
    let mut path = String::with_capacity(64);
    path.push_str(record.id.as_str());
    path.push('/');
    path.push_str(record.root.as_str());
    if let ParentId::Unit(unit) = member.parent {
        let _ = write!(path, "/{unit}");
    }
    path.push('/');
    path.push_str(&member.id.text());
    path.push('/');
    path
}

/// Refuses a parent that is not in the organization's tree.
fn check_parent(org: &Org, parent: &ParentId) -> Result<(), ApiError> {
    if org.has_parent(parent) { Ok(()) } else { Err(ApiError::ParentNotFound) }
}
