//! Everything that an account has, as GetAccountAuthorizationDetails shows it (identity.md 3.16).

use guildhall_policy::iam::aws::AwsPolicy;
use serde::Serialize;

use crate::kernel::refusal::Stop;
use crate::services::Empty;
use crate::services::iam::roles::shape::RoleShape;
use crate::services::iam::roles::trust;
use crate::services::iam::shape::{self, BoundaryShape, TagShape, encoded};
use crate::state::account::AccountRecord;
use crate::state::iam::entity::Policies;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::user::{Group, User};
use crate::state::iam::{Iam, Usage};
use crate::state::view::View;

/// A managed policy that is attached.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_name: String,
    policy_arn: String,
}

/// An inline policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Inline {
    policy_name: String,
    policy_document: String,
}

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserDetail {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    user_policy_list: Vec<Inline>,
    group_list: Vec<String>,
    attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<BoundaryShape>,
    tags: Vec<TagShape>,
}

/// A group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupDetail {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: String,
    group_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
}

/// A role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleDetail {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    instance_profile_list: Vec<ProfileDetail>,
    role_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<BoundaryShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagShape>,
    role_last_used: RoleLastUsed,
}

/// When and where a role was last used; nothing, if it never was.
#[derive(Serialize)]
#[serde(untagged)]
enum RoleLastUsed {
    Used(Used),
    Never(Empty),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Used {
    last_used_date: String,
    region: String,
}

/// An instance profile with the role in it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileDetail {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: String,
    roles: Vec<RoleShape>,
}

/// A managed policy with its versions.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyDetail {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    create_date: String,
    update_date: String,
    policy_version_list: Vec<VersionDetail>,
}

/// A version of a managed policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionDetail {
    document: String,
    version_id: String,
    is_default_version: bool,
    create_date: String,
}

fn attached(policies: &Policies) -> Vec<Attached> {
    let attached = policies.managed.iter().map(|arn| Attached {
        policy_name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
        policy_arn: arn.to_string(),
    });
    attached.collect()
}

fn inline(policies: &Policies) -> Vec<Inline> {
    let inline = policies.inline.values().map(|policy| Inline {
        policy_name: policy.name.to_string(),
        policy_document: encoded(policy.document.as_str()),
    });
    inline.collect()
}

pub(super) fn user(user: &User, iam: &Iam, account: &AccountRecord) -> UserDetail {
    let groups = user.groups.iter().filter_map(|group| iam.groups.by_id(*group));
    UserDetail {
        path: user.path.to_string(),
        user_name: user.name.to_string(),
        user_id: user.id.to_string(),
        arn: user.arn(account),
        create_date: user.created.iso8601(),
        user_policy_list: inline(&user.policies),
        group_list: groups.map(|group| group.name.to_string()).collect(),
        attached_managed_policies: attached(&user.policies),
        permissions_boundary: shape::boundary(user.boundary.as_deref()),
        tags: shape::tags(&user.tags),
    }
}

pub(super) fn group(group: &Group, account: &AccountRecord) -> GroupDetail {
    GroupDetail {
        path: group.path.to_string(),
        group_name: group.name.to_string(),
        group_id: group.id.to_string(),
        arn: group.arn(account),
        create_date: group.created.iso8601(),
        group_policy_list: inline(&group.policies),
        attached_managed_policies: attached(&group.policies),
    }
}

pub(super) fn role(
    role: &Role,
    iam: &Iam,
    account: &AccountRecord,
    view: &mut View<'_>,
) -> Result<RoleDetail, Stop> {
    let mut profiles = Vec::new();
    for profile in iam.profiles.iter().filter(|profile| profile.role == Some(role.id)) {
        profiles.push(self::profile(profile, RoleShape::shown(role, account, view)?, account));
    }
    Ok(RoleDetail {
        path: role.path.to_string(),
        role_name: role.name.to_string(),
        role_id: role.id.to_string(),
        arn: role.arn(account),
        create_date: role.created.iso8601(),
        assume_role_policy_document: encoded(&trust::shown(role, account, view)?),
        instance_profile_list: profiles,
        role_policy_list: inline(&role.policies),
        attached_managed_policies: attached(&role.policies),
        permissions_boundary: shape::boundary(role.boundary.as_deref()),
        tags: shape::tags(&role.tags),
        role_last_used: match &role.used {
            Some(used) => RoleLastUsed::Used(Used {
                last_used_date: used.at.iso8601(),
                region: used.region.to_string(),
            }),
            None => RoleLastUsed::Never(Empty {}),
        },
    })
}

fn profile(profile: &InstanceProfile, role: RoleShape, account: &AccountRecord) -> ProfileDetail {
    ProfileDetail {
        path: profile.path.to_string(),
        instance_profile_name: profile.name.to_string(),
        instance_profile_id: profile.id.to_string(),
        arn: profile.arn(account),
        create_date: profile.created.iso8601(),
        roles: vec![role],
    }
}

/// How often a policy is attached, and how often it is a boundary.
fn uses(iam: &Iam, arn: &str) -> (usize, usize) {
    let count = |wanted| iam.uses(arn).filter(|(how, ..)| *how == wanted).count();
    (count(Usage::Permissions), count(Usage::Boundary))
}

pub(super) fn policy(policy: &ManagedPolicy, iam: &Iam, account: &AccountRecord) -> PolicyDetail {
    let arn = policy.arn(account);
    let (attachment_count, permissions_boundary_usage_count) = uses(iam, &arn);
    let versions = policy.versions.iter().rev().map(|version| VersionDetail {
        document: encoded(version.document.as_str()),
        version_id: format!("v{}", version.number),
        is_default_version: version.number == policy.default,
        create_date: version.created.iso8601(),
    });
    PolicyDetail {
        policy_name: policy.name.to_string(),
        policy_id: policy.id.to_string(),
        arn,
        path: policy.path.to_string(),
        default_version_id: format!("v{}", policy.default),
        attachment_count,
        permissions_boundary_usage_count,
        is_attachable: true,
        description: Some(policy.description.to_string()).filter(|text| !text.is_empty()),
        create_date: policy.created.iso8601(),
        update_date: policy.updated.iso8601(),
        policy_version_list: versions.collect(),
    }
}

/// One of AWS's, of which only the version that counts is here.
pub(super) fn policy_of_aws(policy: &AwsPolicy, iam: &Iam, account: &AccountRecord) -> PolicyDetail {
    let arn = policy.arn(account.partition.wire());
    let (attachment_count, permissions_boundary_usage_count) = uses(iam, &arn);
    PolicyDetail {
        policy_name: policy.name.to_owned(),
        policy_id: policy.id.to_owned(),
        arn,
        path: policy.path.to_owned(),
        default_version_id: policy.version.to_owned(),
        attachment_count,
        permissions_boundary_usage_count,
        is_attachable: true,
        description: Some(policy.description.to_owned()).filter(|text| !text.is_empty()),
        create_date: policy.created.to_owned(),
        update_date: policy.updated.to_owned(),
        policy_version_list: vec![VersionDetail {
            document: encoded(policy.text),
            version_id: policy.version.to_owned(),
            is_default_version: true,
            create_date: policy.updated.to_owned(),
        }],
    }
}
