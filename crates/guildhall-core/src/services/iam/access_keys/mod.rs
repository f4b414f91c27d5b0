//! Access keys of users and of the root user (identity.md 3.4).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::call::cx::Cx;
use crate::kernel::ids::UserId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::account::KeyRecord;
use crate::state::iam::Iam;
use crate::state::iam::user::UserKey;
use crate::state::view::View;

operations! {
    query:
    create_access_key::CreateAccessKey,
    delete_access_key::DeleteAccessKey,
    get_access_key_last_used::GetAccessKeyLastUsed,
    list_access_keys::ListAccessKeys,
    update_access_key::UpdateAccessKey,
}

/// What a key that signs is called, and one that does not.
const STATUS: [&str; 2] = ["Active", "Inactive"];

fn status(key: &UserKey) -> &'static str {
    let [active, inactive] = STATUS;
    if key.active { active } else { inactive }
}

/// A key of a user, or of the root user, with its record. Whatever else has this id is not found.
fn find<'a>(
    id: &str,
    user: Option<UserId>,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<(&'a UserKey, &'a KeyRecord), Stop> {
    let missing = || IamError::NoSuchEntity(format!("The Access Key with id {id} cannot be found.").into());
    let iam = view.get::<Iam>(cx.caller.account)?;
    let key = iam.keys(user).find(|key| key.id.as_str() == id).ok_or_else(missing)?;
    view.want([Owner::Key(key.id)])?;
    Ok((key, view.key(key.id)?.ok_or(Refusal::Internal)?))
}
