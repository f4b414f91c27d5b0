//! The operations of the Organizations API: one file each, and the table that lists them.
//!
//! Routing, access, validation errors, metrics, audit and the model walk follow from the table. To add one:
//! write its file, and add its line.

use crate::services::{Decode, Entry};

pub mod accounts;
pub mod delegation;
pub mod errors;
pub mod handshakes;
pub mod input;
pub mod organization;
pub mod policies;
mod reasons;
pub mod rules;
pub mod tags;
pub mod transfers;
pub mod units;

/// The service's name, as requests are signed for it.
pub const NAME: &str = "organizations";

/// How many operations there are.
pub const COUNT: usize = 63;

/// Every operation, in alphabetical order.
pub const fn table<D: Decode>() -> [Entry<D>; COUNT] {
    [
        Entry::of::<handshakes::accept_handshake::AcceptHandshake>(),
        Entry::of::<policies::attach_policy::AttachPolicy>(),
        Entry::of::<handshakes::cancel_handshake::CancelHandshake>(),
        Entry::of::<accounts::close_account::CloseAccount>(),
        Entry::of::<accounts::create_account::CreateAccount>(),
        Entry::of::<accounts::create_gov_cloud_account::CreateGovCloudAccount>(),
        Entry::of::<organization::create_organization::CreateOrganization>(),
        Entry::of::<units::create_organizational_unit::CreateOrganizationalUnit>(),
        Entry::of::<policies::create_policy::CreatePolicy>(),
        Entry::of::<handshakes::decline_handshake::DeclineHandshake>(),
        Entry::of::<organization::delete_organization::DeleteOrganization>(),
        Entry::of::<units::delete_organizational_unit::DeleteOrganizationalUnit>(),
        Entry::of::<policies::delete_policy::DeletePolicy>(),
        Entry::of::<policies::delete_resource_policy::DeleteResourcePolicy>(),
        Entry::of::<delegation::deregister_delegated_administrator::DeregisterDelegatedAdministrator>(),
        Entry::of::<accounts::describe_account::DescribeAccount>(),
        Entry::of::<accounts::describe_create_account_status::DescribeCreateAccountStatus>(),
        Entry::of::<policies::describe_effective_policy::DescribeEffectivePolicy>(),
        Entry::of::<handshakes::describe_handshake::DescribeHandshake>(),
        Entry::of::<organization::describe_organization::DescribeOrganization>(),
        Entry::of::<units::describe_organizational_unit::DescribeOrganizationalUnit>(),
        Entry::of::<policies::describe_policy::DescribePolicy>(),
        Entry::of::<policies::describe_resource_policy::DescribeResourcePolicy>(),
        Entry::of::<transfers::describe_responsibility_transfer::DescribeResponsibilityTransfer>(),
        Entry::of::<policies::detach_policy::DetachPolicy>(),
        Entry::of::<delegation::disable_aws_service_access::DisableAWSServiceAccess>(),
        Entry::of::<policies::disable_policy_type::DisablePolicyType>(),
        Entry::of::<delegation::enable_aws_service_access::EnableAWSServiceAccess>(),
        Entry::of::<organization::enable_all_features::EnableAllFeatures>(),
        Entry::of::<policies::enable_policy_type::EnablePolicyType>(),
        Entry::of::<handshakes::invite_account_to_organization::InviteAccountToOrganization>(),
        Entry::of::<transfers::invite_organization_to_transfer_responsibility::InviteOrganizationToTransferResponsibility>(),
        Entry::of::<organization::leave_organization::LeaveOrganization>(),
        Entry::of::<delegation::list_aws_service_access_for_organization::ListAWSServiceAccessForOrganization>(),
        Entry::of::<accounts::list_accounts::ListAccounts>(),
        Entry::of::<accounts::list_accounts_for_parent::ListAccountsForParent>(),
        Entry::of::<policies::list_accounts_with_invalid_effective_policy::ListAccountsWithInvalidEffectivePolicy>(),
        Entry::of::<units::list_children::ListChildren>(),
        Entry::of::<accounts::list_create_account_status::ListCreateAccountStatus>(),
        Entry::of::<delegation::list_delegated_administrators::ListDelegatedAdministrators>(),
        Entry::of::<delegation::list_delegated_services_for_account::ListDelegatedServicesForAccount>(),
        Entry::of::<policies::list_effective_policy_validation_errors::ListEffectivePolicyValidationErrors>(),
        Entry::of::<handshakes::list_handshakes_for_account::ListHandshakesForAccount>(),
        Entry::of::<handshakes::list_handshakes_for_organization::ListHandshakesForOrganization>(),
        Entry::of::<transfers::list_inbound_responsibility_transfers::ListInboundResponsibilityTransfers>(),
        Entry::of::<units::list_organizational_units_for_parent::ListOrganizationalUnitsForParent>(),
        Entry::of::<transfers::list_outbound_responsibility_transfers::ListOutboundResponsibilityTransfers>(),
        Entry::of::<units::list_parents::ListParents>(),
        Entry::of::<policies::list_policies::ListPolicies>(),
        Entry::of::<policies::list_policies_for_target::ListPoliciesForTarget>(),
        Entry::of::<organization::list_roots::ListRoots>(),
        Entry::of::<tags::list_tags_for_resource::ListTagsForResource>(),
        Entry::of::<policies::list_targets_for_policy::ListTargetsForPolicy>(),
        Entry::of::<units::move_account::MoveAccount>(),
        Entry::of::<policies::put_resource_policy::PutResourcePolicy>(),
        Entry::of::<delegation::register_delegated_administrator::RegisterDelegatedAdministrator>(),
        Entry::of::<organization::remove_account_from_organization::RemoveAccountFromOrganization>(),
        Entry::of::<tags::tag_resource::TagResource>(),
        Entry::of::<transfers::terminate_responsibility_transfer::TerminateResponsibilityTransfer>(),
        Entry::of::<tags::untag_resource::UntagResource>(),
        Entry::of::<units::update_organizational_unit::UpdateOrganizationalUnit>(),
        Entry::of::<policies::update_policy::UpdatePolicy>(),
        Entry::of::<transfers::update_responsibility_transfer::UpdateResponsibilityTransfer>(),
    ]
}

#[cfg(test)]
pub(crate) mod tests {
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::rules::access::Access;
    use crate::services::find;

    pub(crate) struct Plain;

    impl Decode for Plain {
        type Error = serde_json::Error;

        fn decode<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
            serde_json::from_slice(body)
        }
    }

    #[test]
    fn the_table_is_sorted_and_every_operation_is_found() {
        let table = table::<Plain>();
        for (n, e) in table.iter().enumerate() {
            assert_eq!(find(&table, e.name), Some(n));
        }
        assert_eq!(find(&table, "describeOrganization"), None);
    }

    #[test]
    fn what_a_resource_policy_may_grant_can_be_granted_and_nothing_else() {
        let table = table::<Plain>();
        for (name, delegable) in guildhall_policy::iam::ORGANIZATIONS_ACTIONS {
            let access = table[find(&table, name).unwrap()].access;
            match access {
                Access::AnyAccount | Access::Member => {}
                Access::Management => assert!(!delegable, "{name}"),
                Access::ManagementOrDelegate | Access::ManagementOrGranted => assert!(delegable, "{name}"),
            }
        }
    }
}
