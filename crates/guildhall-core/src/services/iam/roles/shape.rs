//! Roles as clients get them. Which members they have depends on the operation (identity.md 3.5).

use serde::Serialize;

use crate::kernel::refusal::Stop;
use crate::services::Empty;
use crate::services::iam::roles::trust;
use crate::services::iam::shape::{self, BoundaryShape, TagShape, encoded};
use crate::state::account::AccountRecord;
use crate::state::iam::role::{LastUsed, Role};
use crate::state::view::View;

/// A role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleShape {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_session_duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary: Option<BoundaryShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<TagShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_last_used: Option<RoleLastUsed>,
}

/// When and where a role was last used; nothing, if it never was.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum RoleLastUsed {
    Used(Used),
    Never(Empty),
}

/// When and where.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Used {
    last_used_date: String,
    region: String,
}

/// An answer that is a role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleAnswer {
    /// The role.
    pub role: RoleShape,
}

impl RoleShape {
    /// The members that every answer has, with this document.
    pub fn of(role: &Role, account: &AccountRecord, document: &str) -> Self {
        Self {
            path: role.path.to_string(),
            role_name: role.name.to_string(),
            role_id: role.id.to_string(),
            arn: role.arn(account),
            create_date: role.created.iso8601(),
            assume_role_policy_document: encoded(document),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Vec::new(),
            role_last_used: None,
        }
    }

    /// The same with the document as it is shown of a role that is there.
    pub fn shown(role: &Role, account: &AccountRecord, view: &mut View<'_>) -> Result<Self, Stop> {
        Ok(Self::of(role, account, &trust::shown(role, account, view)?))
    }

    pub(super) fn with_tags(mut self, role: &Role) -> Self {
        self.tags = shape::tags(&role.tags);
        self.permissions_boundary = shape::boundary(role.boundary.as_deref());
        self
    }

    pub(super) fn with_description(mut self, role: &Role) -> Self {
        self.description = Some(role.description.to_string()).filter(|text| !text.is_empty());
        self
    }
}

impl RoleLastUsed {
    pub(super) fn of(used: Option<&LastUsed>) -> Self {
        match used {
            Some(used) => {
                Self::Used(Used { last_used_date: used.at.iso8601(), region: used.region.to_string() })
            }
            None => Self::Never(Empty {}),
        }
    }
}
