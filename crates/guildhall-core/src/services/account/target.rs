//! Whom a call is about: the caller itself, or a member of its organization (accounts.md 4.9, observed.md 22).

use super::errors::{AccountError, DeniedBecause};
use super::input;
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::principal::principal;
use crate::state::account::{AccountRecord, Partition};
use crate::state::item::Item;
use crate::state::org::{Member, Org, OrgRecord};
use crate::state::view::View;

/// The service principal of Account Management.
const PRINCIPAL: &str = "account.amazonaws.com";

/// What a caller is to its organization, as far as this API asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// The management account, or a delegated administrator.
    Administrator,
    /// A member like others, or in no organization at all.
    Nobody,
}

/// What the named account is to the caller's organization.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Management,
    Member,
    Stranger,
}

/// How an operation answers the management account's own id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    /// Leave it out, then it is about the caller.
    StandaloneContext,
    /// Nothing: the operation is for members alone.
    Denied,
}

/// The account that `AccountId` names; the caller itself without it ("standalone context").
pub(super) fn find<'a>(
    operation: &'static str,
    account_id: Option<&String>,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<&'a AccountRecord, Stop> {
    match input::optional_account(account_id)? {
        Some(id) => named(operation, id, Own::StandaloneContext, cx, view),
        None => access::caller(cx, view),
    }
}

/// The member that `AccountId` names, for operations that are about members alone.
pub(super) fn find_member<'a>(
    operation: &'static str,
    id: AccountId,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<&'a AccountRecord, Stop> {
    let member = named(operation, id, Own::Denied, cx, view)?;
    // GovCloud has no such operations: there the address is that of the account it was created with.
    if member.partition == Partition::GovCloud {
        return Err(denied(operation, DeniedBecause::Target, cx, view)?.into());
    }
    Ok(member)
}

/// The same, to change its address: an account that is being closed keeps the one it has, for good (accounts.md 4.1,
/// 4.6).
pub(super) fn find_open_member<'a>(
    operation: &'static str,
    id: AccountId,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<&'a AccountRecord, Stop> {
    let member = find_member(operation, id, cx, view)?;
    if member.standing.closure.is_some() {
        return Err(denied(operation, DeniedBecause::Target, cx, view)?.into());
    }
    Ok(member)
}

/// A denial of the caller.
pub(super) fn denied(
    operation: &'static str,
    because: DeniedBecause,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<AccountError, Stop> {
    Ok(AccountError::AccessDenied { caller: principal(cx, view)?.arn(), operation, because })
}

fn named<'a>(
    operation: &'static str,
    id: AccountId,
    own: Own,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<&'a AccountRecord, Stop> {
    let refusal = match access::caller(cx, view)?.org {
        Some(org) => {
            let (org, record) = view.org(org)?.ok_or(Refusal::Internal)?;
            let relation = relation(org, record, cx.caller.account);
            refusal(relation, org.trusts(PRINCIPAL), kind(org, record, id), own)
        }
        None => Some(DeniedBecause::Unsaid),
    };
    match refusal {
        Some(because) => Err(denied(operation, because, cx, view)?.into()),
        None => view.account(id)?.ok_or_else(|| Refusal::Internal.into()),
    }
}

fn relation(org: &Org, record: &OrgRecord, caller: AccountId) -> Relation {
    if record.management == caller || org.is_delegate(caller, PRINCIPAL) {
        Relation::Administrator
    } else {
        Relation::Nobody
    }
}

fn kind(org: &Org, record: &OrgRecord, id: AccountId) -> Named {
    match org.member(id) {
        _ if record.management == id => Named::Management,
        Some(_) => Named::Member,
        None => Named::Stranger,
    }
}

/// Why a caller of an organization may not name an account.
fn refusal(relation: Relation, trusted: bool, named: Named, own: Own) -> Option<DeniedBecause> {
    match (relation, named) {
        (Relation::Nobody, _) => Some(DeniedBecause::Unsaid),
        (Relation::Administrator, _) if !trusted => Some(DeniedBecause::NoTrustedAccess),
        (Relation::Administrator, Named::Member) => None,
        (Relation::Administrator, Named::Management) if own == Own::StandaloneContext => {
            Some(DeniedBecause::ManagementAccount)
        }
        (Relation::Administrator, Named::Management | Named::Stranger) => Some(DeniedBecause::Target),
    }
}

/// Writes an account, and its name and address into the member that mirrors it.
pub(super) fn put(view: &mut View<'_>, account: AccountRecord) -> Result<(), Stop> {
    if let Some(id) = account.org {
        let (org, _) = view.org(id)?.ok_or(Refusal::Internal)?;
        let member = org.member(account.id).ok_or(Refusal::Internal)?;
        let (email, name) = (account.email.clone(), account.name.as_str().into());
        view.put(Owner::Org(id), Item::Member(Member { email, name, ..member.clone() }));
    }
    view.put(Owner::Account(account.id), Item::Account(account));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_name_whom() {
        use DeniedBecause as No;
        use Relation::{Administrator, Nobody};
        let rows = [
            // (who, trusted access, whom, the answer, and what it is where only members are meant)
            (Administrator, true, Named::Member, None, None),
            (Administrator, true, Named::Management, Some(No::ManagementAccount), Some(No::Target)),
            (Administrator, true, Named::Stranger, Some(No::Target), Some(No::Target)),
            (Administrator, false, Named::Member, Some(No::NoTrustedAccess), Some(No::NoTrustedAccess)),
            (Administrator, false, Named::Management, Some(No::NoTrustedAccess), Some(No::NoTrustedAccess)),
            (Administrator, false, Named::Stranger, Some(No::NoTrustedAccess), Some(No::NoTrustedAccess)),
            (Nobody, true, Named::Member, Some(No::Unsaid), Some(No::Unsaid)),
            (Nobody, false, Named::Member, Some(No::Unsaid), Some(No::Unsaid)),
            (Nobody, true, Named::Management, Some(No::Unsaid), Some(No::Unsaid)),
            (Nobody, true, Named::Stranger, Some(No::Unsaid), Some(No::Unsaid)),
        ];
        for (n, (who, trusted, whom, standalone, members)) in rows.into_iter().enumerate() {
            assert_eq!(refusal(who, trusted, whom, Own::StandaloneContext), standalone, "row {n}");
            assert_eq!(refusal(who, trusted, whom, Own::Denied), members, "row {n}");
        }
    }
}
