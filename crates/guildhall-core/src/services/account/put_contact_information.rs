//! PutContactInformation: replaces the primary contact of the caller, or of a member by the management account and
//! delegated administrators. Blanks at both ends go, the country is put in upper case, members that are left out go.
//! Refuses: AccessDenied, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
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
use crate::state::profile::{Contact, Profile};
use crate::state::view::View;

pub struct PutContactInformation;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    contact_information: Option<Personal<ContactInput>>,
    account_id: Option<String>,
}

/// The contact as it is sent, here and through the control API. Without `Serialize` and `Debug`, so that an input can
/// only have it as [`Personal`].
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactInput {
    full_name: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    address_line3: Option<String>,
    city: Option<String>,
    state_or_region: Option<String>,
    district_or_county: Option<String>,
    postal_code: Option<String>,
    country_code: Option<String>,
    phone_number: Option<String>,
    company_name: Option<String>,
    website_url: Option<String>,
}

impl Operation for PutContactInformation {
    const NAME: &'static str = "PutContactInformation";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let contact = read(input::required("ContactInformation", input.contact_information.as_ref())?)?;
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let profile = view.profile(account.id)?.cloned().unwrap_or_default();
        let profile = Profile { contact: Some(contact), ..profile };
        view.put(Owner::Account(account.id), Item::Profile(profile.into()));
        Ok(EMPTY)
    }
}

/// Checks a contact and puts it in the form in which it is kept.
pub(crate) fn read(input: &Personal<ContactInput>) -> Result<Contact, AccountError> {
    let input = input.expose();
    let country = required("CountryCode", &Rule::of(2, 2), input.country_code.as_ref())?;
    if !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        let rule = "The value is not a two-letter country code of ISO 3166.";
        return Err(AccountError::InvalidField { name: "CountryCode", rule });
    }
    Ok(Contact {
        full_name: required("FullName", &Rule::of(1, 50), input.full_name.as_ref())?,
        address_line1: required("AddressLine1", &Rule::of(1, 60), input.address_line1.as_ref())?,
        address_line2: optional("AddressLine2", &Rule::of(1, 60), input.address_line2.as_ref())?,
        address_line3: optional("AddressLine3", &Rule::of(1, 60), input.address_line3.as_ref())?,
        city: required("City", &Rule::of(1, 50), input.city.as_ref())?,
        state_or_region: optional("StateOrRegion", &Rule::of(1, 50), input.state_or_region.as_ref())?,
        district_or_county: optional(
            "DistrictOrCounty",
            &Rule::of(1, 50),
            input.district_or_county.as_ref(),
        )?,
        postal_code: required("PostalCode", &Rule::of(1, 20), input.postal_code.as_ref())?,
        country_code: country.to_ascii_uppercase(),
        phone_number: required("PhoneNumber", &input::CONTACT_PHONE, input.phone_number.as_ref())?,
        company_name: optional("CompanyName", &Rule::of(1, 50), input.company_name.as_ref())?,
        website_url: optional("WebsiteUrl", &Rule::of(1, 256), input.website_url.as_ref())?,
    })
}

fn required(name: &'static str, rule: &Rule, value: Option<&String>) -> Result<String, AccountError> {
    let text = rule.check(input::required(name, value)?)?.trim();
    if text.is_empty() { Err(AccountError::BlankArgument(name)) } else { Ok(text.to_owned()) }
}

fn optional(name: &'static str, rule: &Rule, value: Option<&String>) -> Result<Option<String>, AccountError> {
    value.map(|_| required(name, rule, value)).transpose()
}
