//! Trust policies: what is refused of them (identity.md 3.8, 4.3).

use guildhall_policy::iam::{Document, Malformed, Usage, Who, quota_length};

use super::errors::IamError;
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::state::iam::Iam;
use crate::state::view::View;

/// The longest trust policy, white space not counted (identity.md 3.3).
const MOST: u32 = 2_048;

/// Refuses what is no trust policy, is too long, or names who is not there. The length comes before the names, so that
/// no more accounts are loaded than a short document can name.
pub(super) fn check(text: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let document = Document::for_iam(Usage::Trust, text).map_err(|e| malformed(&e))?;
    if quota_length(text) > MOST as usize {
        return Err(IamError::Quota("ACLSizePerRole", MOST).into());
    }
    let accounts = document.principals().filter_map(|named| account_of(&named.who));
    view.want(accounts.flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    for named in document.principals() {
        if !exists(&named.who, cx, view)? {
            return Err(malformed(&Malformed::principal(named)).into());
        }
    }
    Ok(())
}

fn malformed(what: &Malformed) -> IamError {
    IamError::MalformedPolicyDocument(what.to_string())
}

fn account_of(who: &Who) -> Option<AccountId> {
    match who {
        Who::Account(id) => id.parse().ok(),
        Who::Arn(arn) => arn.split(':').nth(4)?.parse().ok(),
        _ => None,
    }
}

/// Whether somebody is there: accounts, and roles of IAM's or Organizations' making. There are no users yet. Sessions,
/// services and providers are not looked up, an id only in the caller's own account.
fn exists(who: &Who, cx: &Cx<'_>, view: &mut View<'_>) -> Result<bool, Stop> {
    let account = match (who, account_of(who)) {
        (Who::Everybody | Who::Service(_) | Who::Federated(_), _) => return Ok(true),
        (Who::UniqueId(id), _) => {
            return Ok(view.get::<Iam>(cx.caller)?.roles().any(|role| role.id.as_str() == &**id));
        }
        (Who::Account(_) | Who::Arn(_), Some(account)) => account,
        _ => return Ok(false),
    };
    let record = view.account(account)?;
    let lab = record.is_none() && cx.settings.lab_address(account).is_some();
    let Who::Arn(arn) = who else { return Ok(record.is_some() || lab) };
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (Some(record), Some(name)) = (record, resource.strip_prefix("role/")) else {
        // A session: of which role, AWS does not ask.
        return Ok(arn.contains(":sts:"));
    };
    if !arn.starts_with(&format!("arn:{}:", record.partition.wire())) {
        return Ok(false);
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let own = view.get::<Iam>(account)?.role(last);
    let made = record.roles.access.as_ref().is_some_and(|role| *role.name == *name);
    Ok(made || own.is_some_and(|role| format!("{}{}", role.path, role.name) == format!("/{name}")))
}
