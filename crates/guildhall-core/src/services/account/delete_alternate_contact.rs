//! DeleteAlternateContact: the contact for one purpose of the caller, or of a member by the management account and
//! delegated administrators, is gone.
//! Refuses: AccessDenied (also for a type that does not exist), ResourceNotFound, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::get_alternate_contact::contact_type;
use super::target;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::{EMPTY, Operation};
use crate::state::item::Item;
use crate::state::view::View;

pub struct DeleteAlternateContact;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    alternate_contact_type: Option<String>,
    account_id: Option<String>,
}

impl Operation for DeleteAlternateContact {
    const NAME: &'static str = "DeleteAlternateContact";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref())
        .key(&authority::CONTACT, |i| i.alternate_contact_type.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let kind = contact_type(Self::NAME, input.alternate_contact_type.as_ref(), cx, view)?;
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let mut profile = view.profile(account.id)?.cloned().unwrap_or_default();
        if profile.alternates.remove(&kind).is_none() {
            return Err(AccountError::NoAlternateContact.into());
        }
        view.put(Owner::Account(account.id), Item::Profile(profile.into()));
        Ok(EMPTY)
    }
}
