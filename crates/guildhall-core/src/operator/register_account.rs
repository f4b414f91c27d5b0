//! Registers a standalone account (control-api.md, `POST /_guildhall/accounts`), with a fresh access key if one is
//! wanted. Invitations that wait for its id or its address are its own from then on.
//! Refuses: AccountExists, EmailTaken, BadRequest.

use serde::{Deserialize, Serialize};

use crate::call::command::{Command, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccessKeyId, AccountId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Personal;
use crate::operator::errors::ControlError;
use crate::rules::access_key;
use crate::services::account::put_contact_information::{self, ContactInput};
use crate::state::account::{AccountRecord, Facts, Partition, Standing};
use crate::state::address::AddressRecord;
use crate::state::item::Item;
use crate::state::profile::{Contact, Profile};
use crate::state::view::View;

/// The command's input, as the control API takes it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    email: Option<Personal<String>>,
    name: Option<Personal<String>>,
    id: Option<String>,
    payment_instrument: Option<bool>,
    email_verified: Option<bool>,
    partition: Option<Partition>,
    contact: Option<Personal<ContactInput>>,
}

/// The primary contact in a request of the control API.
pub(super) fn contact(input: &Personal<ContactInput>) -> Result<Contact, ControlError> {
    put_contact_information::read(input)
        .map_err(|e| ControlError::BadRequest { member: "Contact", rule: e.message() })
}

#[derive(Clone, Debug)]
pub struct RegisterAccount {
    /// The account.
    pub input: Input,
    /// Whether it gets an access key.
    pub key: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    id: AccountId,
    email: &'a EmailAddress,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<AccessKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_access_key: Option<&'a str>,
}

impl RegisterAccount {
    /// A lab account that came into being by signing a request (docs/control-api.md).
    pub fn lab(id: AccountId, email: &EmailAddress) -> Self {
        let input = Input {
            email: Some(email.to_string().into()),
            name: Some(format!("Account {id}").into()),
            id: Some(id.to_string()),
            ..Input::default()
        };
        Self { input, key: false }
    }
}

fn bad(member: &'static str, rule: &'static str) -> ControlError {
    ControlError::BadRequest { member, rule: rule.into() }
}

/// The e-mail address in a request of the control API.
fn email(text: Option<&Personal<String>>) -> Result<EmailAddress, ControlError> {
    text.and_then(|t| t.expose().parse().ok()).ok_or_else(|| {
        bad("Email", "is required: an address of 6 to 64 characters, such as owner@example.com")
    })
}

/// The account name in a request of the control API.
fn name(text: Option<&Personal<String>>) -> Result<String, ControlError> {
    text.map(Personal::expose)
        .filter(|t| (1..=50).contains(&t.chars().count()) && !t.chars().any(char::is_control))
        .cloned()
        .ok_or_else(|| bad("Name", "is required: 1 to 50 characters, none of them a control character"))
}

impl Command for RegisterAccount {
    fn name(&self) -> &'static str {
        "RegisterAccount"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let input = &self.input;
        let email = email(input.email.as_ref())?;
        let name = name(input.name.as_ref())?;
        let id = match &input.id {
            Some(text) => text.parse().map_err(|_| bad("Id", "has to be twelve digits"))?,
            None => cx.ids.account(),
        };
        if view.account(id)?.is_some() {
            return Err(ControlError::AccountExists(id.to_string()).into());
        }
        let address = Owner::Address(email.key());
        if let Some(record) = view.address(email.key())? {
            return Err(ControlError::EmailTaken(record.holder.to_string()).into());
        }
        let facts = Facts {
            payment_instrument: input.payment_instrument.unwrap_or(true),
            email_verified: input.email_verified.unwrap_or(true),
            ..Facts::default()
        };
        let record = AccountRecord {
            id,
            email: email.clone(),
            name: name.clone(),
            partition: input.partition.unwrap_or(Partition::Aws),
            created: cx.now,
            org: None,
            standing: Standing::default(),
            facts,
            govcloud: None,
            email_code: None,
        };
        view.put(Owner::Account(id), Item::Account(record));
        if let Some(input) = &input.contact {
            let profile = Profile { contact: Some(contact(input)?), ..Profile::default() };
            view.put(Owner::Account(id), Item::Profile(profile.into()));
        }
        view.put(address, Item::Address(AddressRecord::of(id)));
        let key = if self.key { Some(access_key::create(cx, view, id, None)?) } else { None };
        reply(&Output {
            id,
            email: &email,
            name: &name,
            access_key_id: key.as_ref().map(|k| k.0),
            secret_access_key: key.as_ref().map(|k| k.1.as_str()),
        })
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}
