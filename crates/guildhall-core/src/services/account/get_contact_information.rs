//! GetContactInformation: the primary contact of the caller, or of a member by the management account and delegated
//! administrators (accounts.md 4.9).
//! Refuses: AccessDenied, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::target;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::profile::Contact;
use crate::state::view::View;

pub struct GetContactInformation;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    contact_information: Contact,
    verification_status: &'static str,
}

impl Operation for GetContactInformation {
    const NAME: &'static str = "GetContactInformation";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let contact = view.profile(account.id)?.and_then(|p| p.contact.clone());
        let contact_information = contact.unwrap_or_else(|| Contact::first(account));
        let verification_status = if account.facts.phone_verified { "VERIFIED" } else { "UNVERIFIED" };
        reply(&Output { contact_information, verification_status })
    }
}
