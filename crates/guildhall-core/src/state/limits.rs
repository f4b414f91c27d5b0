//! Limits, as data in one place (accounts.md 7.1). A server has one set; an organization may override parts.

use serde::{Deserialize, Serialize};

use crate::kernel::time::{DAY, HOUR};
use crate::state::org::OrgRecord;
use crate::state::policy::PolicyType;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident $wire:literal $toml:literal: $type:ty = $aws:expr, $lab:expr;)+) => {
        /// Limits of an organization.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        pub struct Limits { $($(#[$doc])* #[serde(rename = $wire)] pub $name: $type),+ }

        impl Limits {
            /// AWS's documented defaults.
            pub fn aws() -> Self {
                Self { $($name: $aws),+ }
            }

            /// For tests and plans: much room, and little to wait for.
            pub fn lab() -> Self {
                Self { $($name: $lab),+ }
            }

            /// These limits with others laid over them.
            #[must_use]
            pub fn with(&self, own: &LimitOverrides) -> Self {
                Self { $($name: own.$name.unwrap_or(self.$name)),+ }
            }
        }

        /// What differs from other limits; absent members follow them.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct LimitOverrides {
            $($(#[$doc])*
            #[serde(rename = $wire, alias = $toml, skip_serializing_if = "Option::is_none")]
            pub $name: Option<$type>),+
        }

        impl LimitOverrides {
            /// These overrides with `more` laid over them.
            #[must_use]
            pub fn with(self, more: &Self) -> Self {
                Self { $($name: more.$name.or(self.$name)),+ }
            }
        }
    };
}

limits! {
    /// Accounts and open invitations together.
    accounts "Accounts" "accounts": u32 = 10, 5_000;
    /// Invitations within 24 hours that were not accepted; 0: 20, or `accounts` if that is more.
    invitations_per_day "InvitationsPerDay" "invitations_per_day": u32 = 0, 0;
    /// For how many days an invitation is open.
    invitation_days "InvitationDays" "invitation_days": u32 = 15, 15;
    /// For how many days a request to enable all features is open.
    all_features_days "AllFeaturesDays" "all_features_days": u32 = 90, 90;
    /// The most accounts with which all features can be enabled.
    all_features_accounts "AllFeaturesAccounts" "all_features_accounts": u32 = 5_000, 5_000;
    /// Whether the first hour after creation refuses invitations and new accounts.
    first_hour "FirstHour" "first_hour": bool = true, false;
    /// Whether the first seven days refuse accounts that come from another organization (accounts.md 5.7).
    first_week "FirstWeek" "first_week": bool = true, false;
    /// Requests to create accounts that run at the same time.
    creations_at_once "CreationsAtOnce" "creations_at_once": u32 = 5, 5;
    /// How long creating an account takes, in milliseconds; 0: it is done when it is first asked for.
    creation_millis "CreationMillis" "creation_millis": u32 = 3_000, 0;
    /// For how many days a created account may not leave.
    created_account_days "CreatedAccountDays" "created_account_days": u32 = 4, 4;
    /// Accounts that are being closed at the same time.
    closures_at_once "ClosuresAtOnce" "closures_at_once": u32 = 3, 3;
    /// Accounts closed within 30 days; 0: 250, or a fifth of the members if that is more, but never above 1,000.
    closures_per_30_days "ClosuresPer30Days" "closures_per_30_days": u32 = 0, 0;
    /// How long closing an account takes, in milliseconds; 0: it is done when it is first asked for.
    closure_millis "ClosureMillis" "closure_millis": u32 = 60_000, 0;
    /// For how many days a closed account stays in the organization.
    post_closure_days "PostClosureDays" "post_closure_days": u32 = 90, 90;
    /// Regions that one account enables or disables at the same time.
    regions_at_once "RegionsAtOnce" "regions_at_once": u32 = 6, 6;
    /// Regions that the accounts of one organization enable or disable at the same time.
    organization_regions_at_once "OrganizationRegionsAtOnce" "organization_regions_at_once": u32 = 50, 50;
    /// How long enabling or disabling a region takes, in milliseconds; 0: it is done when it is first asked for.
    region_millis "RegionMillis" "region_millis": u32 = 120_000, 0;
    /// Roles of one account, those that services are linked to included.
    roles "Roles" "roles": u32 = 1_000, 1_000;
    /// Users of one account.
    users "Users" "users": u32 = 5_000, 5_000;
    /// Groups of users of one account.
    groups "Groups" "groups": u32 = 300, 300;
    /// Groups that one user is in.
    groups_per_user "GroupsPerUser" "groups_per_user": u32 = 10, 10;
    /// Access keys of one user.
    access_keys_per_user "AccessKeysPerUser" "access_keys_per_user": u32 = 2, 2;
    /// Devices that prove a second factor of one user.
    mfa_devices_per_user "MfaDevicesPerUser" "mfa_devices_per_user": u32 = 8, 8;
    /// Instance profiles of one account.
    instance_profiles "InstanceProfiles" "instance_profiles": u32 = 1_000, 1_000;
    /// Customer managed policies of one account.
    customer_managed_policies "CustomerManagedPolicies" "customer_managed_policies": u32 = 1_500, 1_500;
    /// Versions of one customer managed policy.
    policy_versions "PolicyVersions" "policy_versions": u32 = 5, 5;
    /// Characters of a version of a customer managed policy, white space not counted.
    managed_policy_characters "ManagedPolicyCharacters" "managed_policy_characters": u32 = 6_144, 6_144;
    /// Characters of all inline policies of one user, white space not counted.
    user_policy_characters "UserPolicyCharacters" "user_policy_characters": u32 = 2_048, 2_048;
    /// Characters of all inline policies of one group, white space not counted.
    group_policy_characters "GroupPolicyCharacters" "group_policy_characters": u32 = 5_120, 5_120;
    /// Characters of all inline policies of one role, white space not counted.
    role_policy_characters "RolePolicyCharacters" "role_policy_characters": u32 = 10_240, 10_240;
    /// Managed policies that are attached to one user.
    policies_per_user "PoliciesPerUser" "policies_per_user": u32 = 10, 10;
    /// Managed policies that are attached to one group.
    policies_per_group "PoliciesPerGroup" "policies_per_group": u32 = 10, 10;
    /// Managed policies that are attached to one role.
    policies_per_role "PoliciesPerRole" "policies_per_role": u32 = 20, 20;
    /// Characters of a role's trust policy, white space not counted.
    trust_policy_characters "TrustPolicyCharacters" "trust_policy_characters": u32 = 2_048, 2_048;
    /// Organizational units.
    units "OrganizationalUnits" "organizational_units": u32 = 2_000, 2_000;
    /// Levels of units below the root.
    unit_depth "OrganizationalUnitDepth" "organizational_unit_depth": u32 = 5, 5;
    /// Tags on one resource.
    tags "Tags" "tags": u32 = 50, 50;
    /// Service control policies, FullAWSAccess not counted.
    service_control_policies "ServiceControlPolicies" "service_control_policies": u32 = 10_000, 10_000;
    /// Characters of a service control policy.
    service_control_policy_characters "ServiceControlPolicyCharacters" "service_control_policy_characters": u32 = 10_240, 10_240;
    /// Service control policies on one root, unit or account, FullAWSAccess counted.
    service_control_policies_per_target "ServiceControlPoliciesPerTarget" "service_control_policies_per_target": u32 = 10, 10;
    /// Resource control policies, RCPFullAWSAccess not counted.
    resource_control_policies "ResourceControlPolicies" "resource_control_policies": u32 = 2_000, 2_000;
    /// Characters of a resource control policy.
    resource_control_policy_characters "ResourceControlPolicyCharacters" "resource_control_policy_characters": u32 = 5_120, 5_120;
    /// Resource control policies on one root, unit or account, RCPFullAWSAccess counted.
    resource_control_policies_per_target "ResourceControlPoliciesPerTarget" "resource_control_policies_per_target": u32 = 5, 5;
    /// Management policies of each type.
    management_policies "ManagementPolicies" "management_policies": u32 = 1_000, 1_000;
    /// Characters of a management policy; 0: AWS's number for its type.
    management_policy_characters "ManagementPolicyCharacters" "management_policy_characters": u32 = 0, 0;
    /// Management policies of one type on one root, unit or account; 0: AWS's number for the type.
    management_policies_per_target "ManagementPoliciesPerTarget" "management_policies_per_target": u32 = 0, 0;
    /// Characters of the organization's resource policy.
    resource_policy_characters "ResourcePolicyCharacters" "resource_policy_characters": u32 = 40_000, 40_000;
    /// Bills of other organizations that this one pays, invitations included.
    inbound_transfers "InboundTransfers" "inbound_transfers": u32 = 0, 1_000;
    /// Organizations that pay the bill of this one.
    outbound_transfers "OutboundTransfers" "outbound_transfers": u32 = 1, 1;
    /// How many transfers may follow upon each other.
    transfer_levels "TransferLevels" "transfer_levels": u32 = 1, 1;
}

/// How long the first hour is, in milliseconds.
pub const FIRST_HOUR: i64 = HOUR;
/// How long the first week is, in milliseconds.
pub const FIRST_WEEK: i64 = 7 * DAY;

impl Limits {
    /// The limits of an organization.
    #[must_use]
    pub fn of(&self, org: &OrgRecord) -> Self {
        self.with(&org.limits)
    }

    /// Invitations within 24 hours that were not accepted.
    pub fn attempts(&self) -> u32 {
        if self.invitations_per_day > 0 { self.invitations_per_day } else { self.accounts.max(20) }
    }

    /// How many policies of a type there may be.
    pub fn policies(&self, r#type: PolicyType) -> u32 {
        match r#type {
            PolicyType::ServiceControl => self.service_control_policies,
            PolicyType::ResourceControl => self.resource_control_policies,
            _ => self.management_policies,
        }
    }

    /// How many characters a policy of a type may have.
    pub fn policy_characters(&self, r#type: PolicyType) -> u32 {
        let own = match r#type {
            PolicyType::ServiceControl => self.service_control_policy_characters,
            PolicyType::ResourceControl => self.resource_control_policy_characters,
            _ => self.management_policy_characters,
        };
        match r#type.effective() {
            Some(kind) if own == 0 => kind.limits().characters,
            _ => own,
        }
    }

    /// How many policies of a type one root, unit or account may have.
    pub fn policies_per_target(&self, r#type: PolicyType) -> u32 {
        let own = match r#type {
            PolicyType::ServiceControl => self.service_control_policies_per_target,
            PolicyType::ResourceControl => self.resource_control_policies_per_target,
            _ => self.management_policies_per_target,
        };
        match r#type.effective() {
            Some(kind) if own == 0 => kind.limits().per_target,
            _ => own,
        }
    }

    /// Accounts closed within 30 days, in an organization with this many members.
    pub fn closures(&self, members: usize) -> u32 {
        if self.closures_per_30_days > 0 {
            return self.closures_per_30_days;
        }
        u32::try_from(members / 5).unwrap_or(u32::MAX).clamp(250, 1_000)
    }
}

/// So many days, in milliseconds; a hundred years at most, so that clients can read the instants that follow.
pub fn days(days: u32) -> i64 {
    i64::from(days.min(36_500)) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closures_follow_the_members_within_bounds() {
        let aws = Limits::aws();
        for (members, closures) in
            [(0, 250), (1_249, 250), (1_250, 250), (1_255, 251), (5_000, 1_000), (50_000, 1_000)]
        {
            assert_eq!(aws.closures(members), closures, "{members} members");
        }
        assert_eq!(Limits { closures_per_30_days: 7, ..aws }.closures(50_000), 7);
    }

    #[test]
    fn attempts_follow_the_accounts_unless_they_are_few() {
        let with = |accounts, invitations_per_day| Limits { accounts, invitations_per_day, ..Limits::aws() };
        assert_eq!(
            [with(10, 0), with(20, 0), with(21, 0), with(500, 3)].map(|l| l.attempts()),
            [20, 20, 21, 3]
        );
    }
}
