//! Who may call what (accounts.md 9.1), checked before an operation looks at its input.

use crate::account::{AccountRecord, Partition};
use crate::cx::Cx;
use crate::error::{ApiError, ControlError, Stop};
use crate::org::{Org, OrgRecord};
use crate::view::View;

/// Which account may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Any account, in an organization or not.
    AnyAccount,
    /// Any account of an organization.
    Member,
    /// The management account.
    Management,
    /// The management account, and delegated administrators of any service (policies.md 7.1).
    ManagementOrDelegate,
}

/// The calling account. A suspended or closed one gets no further; one that does not exist is not AWS's to name, and the
/// server may bring it into being.
pub fn caller<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a AccountRecord, Stop> {
    match view.account(cx.caller)? {
        Some(account) if !account.standing.may_call(cx.now) => Err(ApiError::AccessDenied.into()),
        Some(account) => Ok(account),
        None => Err(ControlError::AccountNotFound(cx.caller.to_string()).into()),
    }
}

/// The caller's organization.
pub fn organization<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<(&'a Org, &'a OrgRecord), Stop> {
    let id = caller(cx, view)?.org.ok_or(ApiError::NotInUse)?;
    view.org(id)?.ok_or_else(|| ApiError::Service.into())
}

/// Refuses a caller whose partition does not have an operation.
pub fn check_partition(offered: &[Partition], cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    // Almost every operation is offered everywhere.
    if offered.len() == Partition::ALL.len() || offered.contains(&caller(cx, view)?.partition) {
        Ok(())
    } else {
        Err(ApiError::UnsupportedApiEndpoint.into())
    }
}

/// Refuses a caller that `access` does not let in: a standalone account because it is not in an organization, a
/// member because it lacks permission.
pub fn check(access: Access, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    match access {
        Access::AnyAccount => caller(cx, view).map(|_| ()),
        Access::Member => organization(cx, view).map(|_| ()),
        Access::Management | Access::ManagementOrDelegate => {
            let (org, record) = organization(cx, view)?;
            let delegate =
                || access == Access::ManagementOrDelegate && org.delegation().of(cx.caller).is_some();
            if record.management == cx.caller || delegate() {
                Ok(())
            } else {
                Err(ApiError::AccessDenied.into())
            }
        }
    }
}
