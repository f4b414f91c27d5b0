//! Instance profiles as clients get them. Which members they have depends on the operation (identity.md 3.9).

use serde::Serialize;

use crate::kernel::refusal::Stop;
use crate::services::iam::roles::shape::RoleShape;
use crate::services::iam::shape::{self, TagShape};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::role::InstanceProfile;
use crate::state::view::View;

/// An instance profile.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileShape {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: String,
    roles: Vec<RoleShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagShape>>,
}

/// An answer that is an instance profile.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileAnswer {
    pub(super) instance_profile: ProfileShape,
}

/// An answer that is a page of instance profiles.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfilesAnswer {
    pub(super) instance_profiles: Vec<ProfileShape>,
    pub(super) is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
}

impl ProfileShape {
    /// The members that every answer has.
    pub(super) fn of(
        profile: &InstanceProfile,
        account: &AccountRecord,
        iam: &Iam,
        view: &mut View<'_>,
    ) -> Result<Self, Stop> {
        let role = profile.role.and_then(|role| iam.roles.by_id(role));
        let role = role.map(|role| RoleShape::shown(role, account, view)).transpose()?;
        Ok(Self {
            path: profile.path.to_string(),
            instance_profile_name: profile.name.to_string(),
            instance_profile_id: profile.id.to_string(),
            arn: profile.arn(account),
            create_date: profile.created.iso8601(),
            roles: role.into_iter().collect(),
            tags: None,
        })
    }

    /// With its tags, none too.
    pub(super) fn with_all_tags(mut self, profile: &InstanceProfile) -> Self {
        self.tags = Some(shape::tags(&profile.tags));
        self
    }

    /// With its tags if it has any.
    pub(super) fn with_tags(mut self, profile: &InstanceProfile) -> Self {
        self.tags = Some(shape::tags(&profile.tags)).filter(|tags| !tags.is_empty());
        self
    }
}
