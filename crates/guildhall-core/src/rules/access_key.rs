//! Access keys: their secrets under their ids, and their lists in their accounts.

use crate::call::cx::Cx;
use crate::kernel::ids::{AccessKeyId, AccountId, UserId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::state::account::KeyRecord;
use crate::state::iam::Iam;
use crate::state::iam::user::UserKey;
use crate::state::item::Item;
use crate::state::sealed::SealedSecret;
use crate::state::view::View;

/// Puts a new key of a user, or of the root user. Answers its id and its secret, which is in this answer and, sealed, in
/// the store.
pub fn create(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    account: AccountId,
    user: Option<UserId>,
) -> Result<(AccessKeyId, String), Stop> {
    let (id, secret) = (cx.ids.access_key(account)?, cx.ids.secret());
    view.want([Owner::Key(id), Owner::Iam(account)])?;
    view.get::<Iam>(account)?;
    if view.key(id)?.is_some() {
        return Err(Refusal::ConcurrentModification.into());
    }
    let sealed = SealedSecret::seal(&cx.settings.keyring, cx.ids.nonce(), id, &secret);
    let record =
        KeyRecord { account, user, secret: sealed, inactive: false, created: cx.now, last_used: None };
    view.put(Owner::Key(id), Item::Key(record));
    let listed = UserKey { id, user, active: true, created: cx.now };
    view.put(Owner::Iam(account), Item::UserKey(listed));
    Ok((id, secret))
}
