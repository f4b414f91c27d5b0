//! Who may call what (accounts.md 9.1), checked before an operation looks at its input.

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::grant;
use crate::state::account::{AccountRecord, Partition};
use crate::state::org::{Org, OrgRecord};
use crate::state::view::View;

/// Which account may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever signed, a suspended account too: no policy is asked.
    Everybody,
    /// Any account, in an organization or not.
    AnyAccount,
    /// Any account of an organization.
    Member,
    /// The management account.
    Management,
    /// The management account, delegated administrators of any service (policies.md 7.1), and members that the
    /// organization's resource policy lets: what only reads.
    ManagementOrDelegate,
    /// The management account, and members that the organization's resource policy lets (policies.md 7.2).
    ManagementOrGranted,
}

/// The calling account. A suspended or closed one gets no further; one that does not exist is not AWS's to name, and the
/// server may bring it into being.
pub fn caller<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a AccountRecord, Stop> {
    match view.account(cx.caller)? {
        Some(account) if !account.standing.may_call(cx.now) => Err(Refusal::AccessDenied.into()),
        Some(account) => Ok(account),
        None => Err(Refusal::UnknownCaller(cx.caller).into()),
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

/// Refuses a caller that `access` does not let in: a standalone account because it is not in an organization, a
/// member because it lacks permission.
pub fn check(access: Access, call: &Call<'_>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    if access == Access::Everybody {
        return Ok(());
    }
    if access == Access::AnyAccount {
        return caller(cx, view).map(|_| ());
    }
    let (org, record) = organization(cx, view)?;
    if record.management == cx.caller {
        return Ok(());
    }
    // What a member may do: its rank lets it in unless the resource policy denies it, or that lets it in.
    let ranks = match access {
        Access::Everybody | Access::AnyAccount | Access::Member => true,
        Access::Management => return Err(Refusal::AccessDenied.into()),
        Access::ManagementOrDelegate => org.delegation().of(cx.caller).is_some(),
        Access::ManagementOrGranted => false,
    };
    let allowed = match org.resource_policy() {
        None => ranks,
        Some(policy) => grant::decide(policy, call, ranks, (org, record), cx)?,
    };
    if allowed { Ok(()) } else { Err(Refusal::AccessDenied.into()) }
}

/// Refuses a member that may not read what is not its own.
pub fn check_reader(cx: &Cx<'_>, call: &Call<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    check(Access::ManagementOrDelegate, call, cx, view)
}

/// A call, as a resource policy sees it.
pub struct Call<'a> {
    /// The service, as actions begin with it.
    pub service: &'static str,
    /// The operation.
    pub name: &'static str,
    /// Its input, as JSON: asked for only where a policy has to be evaluated.
    pub input: &'a dyn Fn() -> serde_json::Value,
}
