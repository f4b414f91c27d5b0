//! Who calls, and from which organization (accounts.md 9.1).

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::state::account::{AccountRecord, Partition};
use crate::state::org::{Org, OrgRecord};
use crate::state::view::View;

/// The calling account. A suspended or closed one gets no further; one that does not exist is not AWS's to name, and the
/// server may bring it into being.
pub fn caller<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a AccountRecord, Stop> {
    match view.account(cx.caller.account)? {
        Some(account) if !account.standing.may_call(cx.now) => Err(Refusal::AccessDenied.into()),
        Some(account) => Ok(account),
        None => Err(Refusal::UnknownCaller(cx.caller.account).into()),
    }
}

/// The caller's organization.
pub fn organization<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<(&'a Org, &'a OrgRecord), Stop> {
    let id = caller(cx, view)?.org.ok_or(Refusal::NotInOrganization)?;
    view.org(id)?.ok_or_else(|| Refusal::Internal.into())
}

/// Whether an account manages an organization, which it has to delete before it can be closed.
pub fn manages(view: &mut View<'_>, account: &AccountRecord) -> Result<bool, Stop> {
    let Some(org) = account.org else { return Ok(false) };
    Ok(view.org(org)?.is_some_and(|(_, record)| record.management == account.id))
}

/// Refuses a caller whose partition does not have an operation.
pub fn check_partition(offered: &[Partition], cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    // Almost every operation is offered everywhere.
    if offered.len() == Partition::ALL.len() || offered.contains(&caller(cx, view)?.partition) {
        Ok(())
    } else {
        Err(Refusal::NotOffered.into())
    }
}
