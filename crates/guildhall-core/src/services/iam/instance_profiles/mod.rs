//! Instance profiles (identity.md 3.9).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::kernel::refusal::Refusal;
use crate::rules::constraints::{Checks, ENTITY_NAME, ROLE_NAME};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;

pub mod shape;

operations! {
    query:
    add_role_to_instance_profile::AddRoleToInstanceProfile,
    create_instance_profile::CreateInstanceProfile,
    delete_instance_profile::DeleteInstanceProfile,
    get_instance_profile::GetInstanceProfile,
    list_instance_profiles::ListInstanceProfiles,
    list_instance_profiles_for_role::ListInstanceProfilesForRole,
    remove_role_from_instance_profile::RemoveRoleFromInstanceProfile,
}

/// The input of operations that name an instance profile and nothing else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileInput {
    instance_profile_name: Option<String>,
}

impl ProfileInput {
    fn name(&self) -> &str {
        self.instance_profile_name.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("instanceProfileName", self.instance_profile_name.as_deref(), &ENTITY_NAME);
        Ok(checks.finish().map_err(IamError::from)?)
    }
}

/// The input of operations that name an instance profile and a role.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileAndRole {
    instance_profile_name: Option<String>,
    role_name: Option<String>,
}

impl ProfileAndRole {
    fn name(&self) -> &str {
        self.instance_profile_name.as_deref().unwrap_or_default()
    }

    fn role(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("instanceProfileName", self.instance_profile_name.as_deref(), &ENTITY_NAME);
        checks.required("roleName", self.role_name.as_deref(), &ROLE_NAME);
        Ok(checks.finish().map_err(IamError::from)?)
    }
}
