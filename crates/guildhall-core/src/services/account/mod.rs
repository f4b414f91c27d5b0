//! The operations of the Account Management API (`account`, REST JSON): one file each, and the table that lists
//! them with their paths. Names and addresses of accounts change here, beside Organizations (accounts.md 4.9).
//!
//! Each is about the caller, or, by the management account or a delegated administrator, about a member:
//! see `target`. Phone verification is left out.

use crate::services::{Decode, Entry, Operation};

pub mod accept_primary_email_update;
pub mod delete_alternate_contact;
pub mod disable_region;
pub mod enable_region;
pub mod errors;
pub mod get_account_information;
pub mod get_alternate_contact;
pub mod get_contact_information;
pub mod get_gov_cloud_account_information;
pub mod get_primary_email;
pub mod get_primary_email_update_status;
pub mod get_region_opt_status;
mod input;
pub mod list_regions;
pub mod put_account_name;
pub mod put_alternate_contact;
pub mod put_contact_information;
mod region;
pub mod start_primary_email_update;
mod target;

/// The service's name, as requests are signed for it.
pub const NAME: &str = "account";

/// One line of the table.
pub struct Route<D: Decode> {
    /// The path that the operation is posted to.
    pub path: &'static str,
    /// The operation.
    pub entry: Entry<D>,
}

impl<D: Decode> Route<D> {
    const fn of<O: Operation>(path: &'static str) -> Self {
        Self { path, entry: Entry::of::<O>() }
    }
}

/// How many operations there are.
pub const COUNT: usize = 16;

/// Every operation, in alphabetical order.
pub const fn table<D: Decode>() -> [Route<D>; COUNT] {
    [
        Route::of::<accept_primary_email_update::AcceptPrimaryEmailUpdate>("/acceptPrimaryEmailUpdate"),
        Route::of::<delete_alternate_contact::DeleteAlternateContact>("/deleteAlternateContact"),
        Route::of::<disable_region::DisableRegion>("/disableRegion"),
        Route::of::<enable_region::EnableRegion>("/enableRegion"),
        Route::of::<get_account_information::GetAccountInformation>("/getAccountInformation"),
        Route::of::<get_alternate_contact::GetAlternateContact>("/getAlternateContact"),
        Route::of::<get_contact_information::GetContactInformation>("/getContactInformation"),
        Route::of::<get_gov_cloud_account_information::GetGovCloudAccountInformation>(
            "/getGovCloudAccountInformation",
        ),
        Route::of::<get_primary_email::GetPrimaryEmail>("/getPrimaryEmail"),
        Route::of::<get_primary_email_update_status::GetPrimaryEmailUpdateStatus>(
            "/getPrimaryEmailUpdateStatus",
        ),
        Route::of::<get_region_opt_status::GetRegionOptStatus>("/getRegionOptStatus"),
        Route::of::<list_regions::ListRegions>("/listRegions"),
        Route::of::<put_account_name::PutAccountName>("/putAccountName"),
        Route::of::<put_alternate_contact::PutAlternateContact>("/putAlternateContact"),
        Route::of::<put_contact_information::PutContactInformation>("/putContactInformation"),
        Route::of::<start_primary_email_update::StartPrimaryEmailUpdate>("/startPrimaryEmailUpdate"),
    ]
}

/// The place of a path in a table. Paths are matched with their case.
pub fn find<D: Decode>(table: &[Route<D>], path: &str) -> Option<usize> {
    table.binary_search_by(|route| route.path.cmp(path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;

    impl Decode for Plain {
        type Error = serde_json::Error;

        fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
            serde_json::from_slice(body)
        }
    }

    #[test]
    fn the_table_is_sorted_and_paths_are_the_names() {
        let table = table::<Plain>();
        for (n, route) in table.iter().enumerate() {
            assert_eq!(find(&table, route.path), Some(n));
            let (first, rest) = route.entry.name.split_at(1);
            assert_eq!(route.path, format!("/{}{rest}", first.to_lowercase()));
        }
        for other in ["", "/", "/GetPrimaryEmail", "getPrimaryEmail", "/getPrimaryEmail/"] {
            assert_eq!(find(&table, other), None, "{other}");
        }
    }
}
