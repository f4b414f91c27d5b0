//! Trust policies: what is refused of them, how they are kept, and how they are shown (identity.md 3.8, 4.3). Users and
//! roles are kept by their ids: one that comes back under its old name is another one, and is not meant.

use std::borrow::Cow;
use std::collections::HashMap;

use guildhall_policy::iam::{Document, Malformed, Usage, quota_length, trust};

use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::limits;
use crate::rules::named::{self, Found};
use crate::services::iam::errors::IamError;
use crate::state::account::AccountRecord;
use crate::state::iam::document::PolicyText;
use crate::state::iam::role::Role;
use crate::state::view::View;

/// What is kept of a trust policy that a client sent. Refuses what is none, is too long, or names who is not there. The
/// length comes before the names, so that no more accounts are loaded than a short document can name.
pub(super) fn keep(text: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<PolicyText, Stop> {
    let document = Document::for_iam(Usage::Trust, text).map_err(IamError::from)?;
    let most = limits::of_caller(cx, view)?.trust_policy_characters;
    if quota_length(text) > most as usize {
        return Err(IamError::quota("ACLSizePerRole", most).into());
    }
    let accounts = document.principals().filter_map(|named| named::account(&named.who));
    view.want(accounts.flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    let mut ids = HashMap::new();
    for named in document.principals() {
        match named::find(&named.who, cx, view)? {
            Found::Nobody => return Err(IamError::from(Malformed::principal(named)).into()),
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
    let mut principals: Vec<String> = Vec::new();
    trust::normalised(role.trust.as_str(), |_, principal| {
        principals.push(principal.to_owned());
        Cow::Borrowed(principal)
    });
    let arns = named::arns(&principals, of.partition, view)?;
    Ok(trust::normalised(role.trust.as_str(), |_, principal| match arns.get(principal) {
        Some(arn) => Cow::Owned(arn.clone()),
        None => Cow::Borrowed(principal),
    }))
}
