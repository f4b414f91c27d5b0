//! PutAlternateContact: sets the contact for one purpose of the caller, or of a member by the management account and
//! delegated administrators. Kept as it was sent, but for blanks around the address.
//! Refuses: AccessDenied (also for a type that does not exist), Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::get_alternate_contact::contact_type;
use super::input::{self, Rule};
use super::target;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Personal;
use crate::rules::authority::Authority;
use crate::services::{EMPTY, Operation};
use crate::state::item::Item;
use crate::state::profile::AlternateContact;
use crate::state::view::View;

pub struct PutAlternateContact;

/// Its input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    name: Option<Personal<String>>,
    title: Option<Personal<String>>,
    email_address: Option<Personal<String>>,
    phone_number: Option<Personal<String>>,
    alternate_contact_type: Option<String>,
    account_id: Option<String>,
}

impl Operation for PutAlternateContact {
    const NAME: &'static str = "PutAlternateContact";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref())
        .key(&authority::CONTACT, |i| i.alternate_contact_type.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let text = |name, rule: &Rule, value: Option<&Personal<String>>| {
            rule.check(input::required(name, value)?.expose()).map(str::to_owned)
        };
        let contact = AlternateContact {
            name: text("Name", &Rule::of(1, 64), input.name.as_ref())?,
            title: text("Title", &Rule::of(1, 50), input.title.as_ref())?,
            email_address: text("EmailAddress", &input::CONTACT_EMAIL, input.email_address.as_ref())?
                .trim()
                .to_owned(),
            phone_number: text("PhoneNumber", &input::PHONE, input.phone_number.as_ref())?,
        };
        let kind = contact_type(Self::NAME, input.alternate_contact_type.as_ref(), cx, view)?;
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let mut profile = view.profile(account.id)?.cloned().unwrap_or_default();
        profile.alternates.insert(kind, contact);
        view.put(Owner::Account(account.id), Item::Profile(profile.into()));
        Ok(EMPTY)
    }
}
