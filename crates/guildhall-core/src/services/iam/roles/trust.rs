//! Trust policies: what is refused of them, how they are kept, and how they are shown (identity.md 3.8, 4.3). Users and
//! roles are kept by their ids: one that comes back under its old name is another one, and is not meant.

use std::borrow::Cow;
use std::collections::HashMap;

use guildhall_policy::iam::{Document, Malformed, Usage, Who, quota_length, trust};

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, account_of};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::limits;
use crate::services::iam::errors::IamError;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::role::Role;
use crate::state::view::View;

/// What is kept of a trust policy that a client sent. Refuses what is none, is too long, or names who is not there. The
/// length comes before the names, so that no more accounts are loaded than a short document can name.
pub(super) fn keep(text: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<PolicyText, Stop> {
    let malformed = |what: &Malformed| IamError::MalformedPolicyDocument(what.to_string().into());
    let document = Document::for_iam(Usage::Trust, text).map_err(|what| malformed(&what))?;
    let most = limits::of_caller(cx, view)?.trust_policy_characters;
    if quota_length(text) > most as usize {
        return Err(IamError::quota("ACLSizePerRole", most).into());
    }
    let accounts = document.principals().filter_map(|named| account(&named.who));
    view.want(accounts.flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    let mut ids = HashMap::new();
    for named in document.principals() {
        match find(&named.who, cx, view)? {
            Found::Nobody => return Err(malformed(&Malformed::principal(named)).into()),
            Found::AsItIs => {}
            Found::Id(id) => _ = ids.insert(named.written.to_string(), id),
        }
    }
    if ids.is_empty() {
        return Ok(PolicyText::new(text));
    }
    let kept = trust::normalised(text, |_, principal| match ids.get(principal) {
        Some(id) => Cow::Owned(id.clone()),
        None => Cow::Borrowed(principal),
    });
    Ok(PolicyText::new(&kept))
}

/// The trust policy of a role as clients get it: normalised, with ARNs for the ids of those who are still there.
pub fn shown(role: &Role, of: &AccountRecord, view: &mut View<'_>) -> Result<String, Stop> {
    let mut named: Vec<String> = Vec::new();
    trust::normalised(role.trust.as_str(), |_, principal| {
        named.push(principal.to_owned());
        Cow::Borrowed(principal)
    });
    let mut arns = HashMap::new();
    for principal in named {
        if let Some(arn) = arn_of(&principal, of, view)? {
            arns.insert(principal, arn);
        }
    }
    Ok(trust::normalised(role.trust.as_str(), |_, principal| match arns.get(principal) {
        Some(arn) => Cow::Owned(arn.clone()),
        None => Cow::Borrowed(principal),
    }))
}

/// The ARN by which a principal is shown that is kept in another form.
fn arn_of(principal: &str, of: &AccountRecord, view: &mut View<'_>) -> Result<Option<String>, Stop> {
    if let Some(root) = trust::root_of(of.partition.wire(), principal) {
        return Ok(Some(root));
    }
    let Some(account) = account_of(principal).filter(|_| principal.len() == 21) else { return Ok(None) };
    let Some(record) = view.account(account)? else { return Ok(None) };
    let iam = view.get::<Iam>(account)?;
    let user = principal.parse().ok().and_then(|id| iam.users.by_id(id)).map(|user| user.arn(record));
    let role = || principal.parse().ok().and_then(|id| iam.roles.by_id(id)).map(|role| role.arn(record));
    Ok(user.or_else(role))
}

/// A principal that a trust policy names.
enum Found {
    /// There is none.
    Nobody,
    /// It is kept as it is written.
    AsItIs,
    /// It is kept by its id.
    Id(String),
}

fn account(who: &Who) -> Option<AccountId> {
    match who {
        Who::Account(id) => id.parse().ok(),
        Who::Arn(arn) => arn.split(':').nth(4)?.parse().ok(),
        Who::UniqueId(id) => account_of(id),
        _ => None,
    }
}

/// Looks a principal up. Services and providers are not looked up, and of sessions nobody but their account.
fn find(who: &Who, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Found, Stop> {
    let (Who::Account(_) | Who::Arn(_) | Who::UniqueId(_)) = who else {
        return Ok(if matches!(who, Who::CanonicalUser(_)) { Found::Nobody } else { Found::AsItIs });
    };
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
                (None, None) => known(arn.contains(":sts:")),
            })
        }
        _ => Ok(Found::AsItIs),
    }
}
