//! GetAccountSummary: how many of everything the caller's account has, and may have (identity.md 3.3). Any account.
//! Refuses: nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::rules::managed::is_of_aws;
use crate::rules::{access, limits};
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct GetAccountSummary;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    summary_map: BTreeMap<&'static str, usize>,
}

/// Quotas of what there is not here, or that nothing here changes.
const FIXED: [(&str, usize); 9] = [
    ("ServerCertificatesQuota", 20),
    ("PolicyVersionsInUseQuota", 10_000),
    ("VersionsPerPolicyQuota", 5),
    ("PolicySizeQuota", 6_144),
    ("UserPolicySizeQuota", 2_048),
    ("GroupPolicySizeQuota", 5_120),
    ("RolePolicySizeQuota", 10_240),
    ("SigningCertificatesPerUserQuota", 2),
    // There are no certificates and providers.
    ("AccountSigningCertificatesPresent", 0),
];

/// What no account has here.
const NONE: [&str; 3] = ["Providers", "ServerCertificates", "AccountPasswordPresent"];

/// How many versions of policies count: all of the account's own, and one of each of AWS's that is attached.
fn versions(iam: &Iam) -> usize {
    let own: usize = iam.policies.iter().map(|policy| policy.versions.len()).sum();
    let of_users = iam.users.iter().flat_map(|user| user.policies.managed.iter().chain(&user.boundary));
    let of_roles = iam.roles.iter().flat_map(|role| role.policies.managed.iter().chain(&role.boundary));
    let of_groups = iam.groups.iter().flat_map(|group| &group.policies.managed);
    let used: BTreeSet<_> = of_users.chain(of_roles).chain(of_groups).filter(|arn| is_of_aws(arn)).collect();
    own.saturating_add(used.len())
}

impl Operation for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Answer<Output>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        let most = limits::of_caller(cx, view)?;
        let iam = view.get::<Iam>(account)?;
        let counts = [
            ("Users", iam.users.len()),
            ("Groups", iam.groups.len()),
            ("Roles", iam.roles.len()),
            ("Policies", iam.policies.len()),
            ("InstanceProfiles", iam.profiles.len()),
            ("PolicyVersionsInUse", versions(iam)),
            ("MFADevices", iam.devices().len()),
            ("MFADevicesInUse", iam.devices().in_use()),
            ("AccountMFAEnabled", usize::from(iam.devices().of(None).next().is_some())),
            ("AccountAccessKeysPresent", usize::from(iam.keys(None).next().is_some())),
            ("GlobalEndpointTokenVersion", usize::from(iam.settings().token_version)),
        ];
        let quotas = [
            ("UsersQuota", most.users),
            ("GroupsQuota", most.groups),
            ("RolesQuota", most.roles),
            ("PoliciesQuota", most.customer_managed_policies),
            ("InstanceProfilesQuota", most.instance_profiles),
            ("AssumeRolePolicySizeQuota", most.trust_policy_characters),
            ("AttachedPoliciesPerUserQuota", most.policies_per_user),
            ("AttachedPoliciesPerGroupQuota", most.policies_per_group),
            ("AttachedPoliciesPerRoleQuota", most.policies_per_role),
            ("GroupsPerUserQuota", most.groups_per_user),
            ("AccessKeysPerUserQuota", most.access_keys_per_user),
        ];
        let quotas = quotas.map(|(key, most)| (key, most as usize));
        let summary_map = counts.into_iter().chain(quotas).chain(FIXED).chain(NONE.map(|key| (key, 0)));
        Ok(Answer(Output { summary_map: summary_map.collect() }))
    }
}
