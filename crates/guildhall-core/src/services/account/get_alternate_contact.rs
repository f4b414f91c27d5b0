//! GetAlternateContact: the contact for one purpose of the caller, or of a member by the management account and
//! delegated administrators (accounts.md 4.9).
//! Refuses: AccessDenied (also for a type that does not exist), ResourceNotFound, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::{AccountError, DeniedBecause};
use super::{input, target};
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::kernel::wire_enum::WireEnum;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::profile::{AlternateContact, AlternateContactType};
use crate::state::view::View;

pub struct GetAlternateContact;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    alternate_contact_type: Option<String>,
    account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    alternate_contact: Shown<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'a> {
    #[serde(flatten)]
    contact: &'a AlternateContact,
    alternate_contact_type: AlternateContactType,
}

impl Operation for GetAlternateContact {
    const NAME: &'static str = "GetAlternateContact";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref())
        .key(&authority::CONTACT, |i| i.alternate_contact_type.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let kind = contact_type(Self::NAME, input.alternate_contact_type.as_ref(), cx, view)?;
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let contact = view.profile(account.id)?.and_then(|p| p.alternates.get(&kind));
        let contact = contact.ok_or(AccountError::NoAlternateContact)?;
        reply(&Output { alternate_contact: Shown { contact, alternate_contact_type: kind } })
    }
}

/// `AlternateContactType`. One that does not exist is told as a denial, as it was recorded.
pub(super) fn contact_type(
    operation: &'static str,
    value: Option<&String>,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<AlternateContactType, Stop> {
    let text = input::required("AlternateContactType", value)?;
    match AlternateContactType::from_wire(text) {
        Some(kind) => Ok(kind),
        None => Err(target::denied(operation, DeniedBecause::ContactType, cx, view)?.into()),
    }
}
