//! The principals that documents name: whether they are there, and how they are kept and shown (identity.md 4.3).

use std::collections::HashMap;

use guildhall_policy::iam::{Who, trust};

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, account_of};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::state::account::Partition;
use crate::state::iam::Iam;
use crate::state::view::View;

/// The ARNs by which those of these principals are shown that are kept in another form.
pub fn arns(
    principals: &[String],
    partition: Partition,
    view: &mut View<'_>,
) -> Result<HashMap<String, String>, Stop> {
    let accounts = principals.iter().filter_map(|principal| account_of(principal));
    view.want(accounts.flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    let mut arns = HashMap::new();
    for principal in principals {
        if let Some(arn) = arn_of(principal, partition, view)? {
            arns.insert(principal.clone(), arn);
        }
    }
    Ok(arns)
}

fn arn_of(principal: &str, partition: Partition, view: &mut View<'_>) -> Result<Option<String>, Stop> {
    if let Some(root) = trust::root_of(partition.wire(), principal) {
        return Ok(Some(root));
    }
    let Some(account) = account_of(principal).filter(|_| principal.len() == 21) else { return Ok(None) };
    let Some(record) = view.account(account)? else { return Ok(None) };
    let iam = view.get::<Iam>(account)?;
    let user = principal.parse().ok().and_then(|id| iam.users.by_id(id)).map(|user| user.arn(record));
    let role = || principal.parse().ok().and_then(|id| iam.roles.by_id(id)).map(|role| role.arn(record));
    Ok(user.or_else(role))
}

/// A principal that a document names.
pub enum Found {
    /// There is none.
    Nobody,
    /// It is kept as it is written.
    AsItIs,
    /// It is kept by its id.
    Id(String),
}

/// The account that a principal is of.
pub fn account(who: &Who) -> Option<AccountId> {
    match who {
        Who::Account(id) => id.parse().ok(),
        Who::Arn(arn) => arn.split(':').nth(4)?.parse().ok(),
        Who::UniqueId(id) => account_of(id),
        _ => None,
    }
}

/// Looks a principal up. Services and providers are not looked up, and of sessions nobody but their account.
pub fn find(who: &Who, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Found, Stop> {
    let (Who::Account(_) | Who::Arn(_) | Who::UniqueId(_)) = who else {
        return Ok(if matches!(who, Who::CanonicalUser(_)) { Found::Nobody } else { Found::AsItIs });
    };
    // Of a session not even its account is looked at.
    if matches!(who, Who::Arn(arn) if arn.contains(":sts:")) {
        return Ok(Found::AsItIs);
    }
    let Some(account) = account(who) else { return Ok(Found::Nobody) };
    let record = view.account(account)?;
    if record.is_none() && cx.settings.lab_address(account).is_none() {
        return Ok(Found::Nobody);
    }
    let known = |known: bool| if known { Found::AsItIs } else { Found::Nobody };
    let iam = view.get::<Iam>(account)?;
    match who {
        Who::UniqueId(id) => {
            let user = id.parse().is_ok_and(|id| iam.users.by_id(id).is_some());
            Ok(known(user || id.parse().is_ok_and(|id| iam.roles.by_id(id).is_some())))
        }
        Who::Arn(arn) => {
            let Some(record) = record else { return Ok(Found::Nobody) };
            let name = arn.rsplit('/').next().unwrap_or_default();
            let user = iam.users.by_name(name).filter(|user| user.arn(record) == **arn);
            let role = iam.roles.by_name(name).filter(|role| role.arn(record) == **arn);
            Ok(match (user, role) {
                (Some(user), _) => Found::Id(user.id.to_string()),
                (None, Some(role)) => Found::Id(role.id.to_string()),
                (None, None) => Found::Nobody,
            })
        }
        _ => Ok(Found::AsItIs),
    }
}
