//! Account Management (`account`, REST JSON): one file for each operation. Names and
//! addresses of accounts change here, beside Organizations (accounts.md 4.9).
//!
//! Each is about the caller, or, by the management account or a delegated administrator, about a member:
//! see `target`. Phone verification is left out.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;
use crate::services::{Protocol, Service, Wire};

pub mod authority;
pub mod errors;
mod input;
mod region;
mod target;

operations! {
    json:
    accept_primary_email_update::AcceptPrimaryEmailUpdate,
    delete_alternate_contact::DeleteAlternateContact,
    disable_region::DisableRegion,
    enable_region::EnableRegion,
    get_account_information::GetAccountInformation,
    get_alternate_contact::GetAlternateContact,
    get_contact_information::GetContactInformation,
    get_gov_cloud_account_information::GetGovCloudAccountInformation,
    get_primary_email::GetPrimaryEmail,
    get_primary_email_update_status::GetPrimaryEmailUpdateStatus,
    get_region_opt_status::GetRegionOptStatus,
    list_regions::ListRegions,
    put_account_name::PutAccountName,
    put_alternate_contact::PutAlternateContact,
    put_contact_information::PutContactInformation,
    start_primary_email_update::StartPrimaryEmailUpdate,
}

/// The service's name.
pub const NAME: &str = "account";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        title: "AWS Account Management",
        protocol: Protocol::RestJson,
        operations: Self::OPERATIONS,
        takes: |_| true,
        explains: false,
        error_answer: errors::error_answer,
        throttles: &[],
    };
}
