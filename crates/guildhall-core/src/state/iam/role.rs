//! Roles and instance profiles (identity.md 3.5, 3.9, 3.13).

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{DeletionTaskId, InstanceProfileId, RoleId};
use crate::kernel::time::{DAY, Timestamp};
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::{Policies, PolicyArn};
use crate::state::iam::shared;
use crate::state::iam::table::Named;
use crate::state::tag::Tags;

/// How long sessions of a role may be, in seconds (identity.md 2.3).
pub const SESSION_SECONDS: RangeInclusive<u32> = 3_600..=43_200;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    #[serde(deserialize_with = "shared::text")]
    pub name: Arc<str>,
    /// Its path, from `/` to `/`.
    #[serde(deserialize_with = "shared::text")]
    pub path: Arc<str>,
    /// Its trust policy. Users and roles stand in it by their ids, because that is whom it means (identity.md 4.3).
    pub trust: PolicyText,
    /// Its description; empty: it has none.
    #[serde(deserialize_with = "shared::text")]
    pub description: Arc<str>,
    /// The longest session, in seconds.
    pub max_session: u32,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// When it was created.
    pub created: Timestamp,
    /// Its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// Its policies.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub policies: Policies,
    /// The service that it is linked to: nobody else changes it.
    #[serde(default, deserialize_with = "shared::option", skip_serializing_if = "Option::is_none")]
    pub service: Option<Arc<str>>,
    /// When it was last used, and in which region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Box<LastUsed>>,
}

/// When a role was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUsed {
    /// When.
    pub at: Timestamp,
    /// The region that the request was signed for.
    pub region: Box<str>,
}

/// How long it can be asked what became of a [`RoleDeletion`], in milliseconds.
pub const DELETION_KEPT: i64 = DAY;

/// The deletion of a role that a service is linked to: a task of its own (identity.md 3.13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleDeletion {
    /// Its id.
    pub id: DeletionTaskId,
    /// The name of the role.
    pub role: Box<str>,
    /// The service.
    pub service: Box<str>,
    /// When it was asked for.
    pub asked: Timestamp,
    /// The service needs the role, which is still there.
    pub failed: bool,
}

/// An instance profile: what EC2 gives a machine a role by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Its id.
    pub id: InstanceProfileId,
    /// Its name.
    pub name: Box<str>,
    /// Its path, from `/` to `/`.
    pub path: Box<str>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// When it was created.
    pub created: Timestamp,
    /// The role in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleId>,
}

impl Named for Role {
    type Id = RoleId;

    fn id(&self) -> RoleId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for InstanceProfile {
    type Id = InstanceProfileId;

    fn id(&self) -> InstanceProfileId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}
