//! Users, groups and access keys (identity.md 3.2, 3.4).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AccessKeyId, GroupId, UserId};
use crate::kernel::time::Timestamp;
use crate::state::iam::entity::{Policies, PolicyArn};
use crate::state::iam::table::Named;
use crate::state::tag::Tags;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: Box<str>,
    /// Its path, from `/` to `/`.
    pub path: Box<str>,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// Its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// Its policies, without those of its groups.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub policies: Policies,
    /// The groups that it is in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// When its password was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_used: Option<Timestamp>,
}

/// A group of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Box<str>,
    /// Its path, from `/` to `/`.
    pub path: Box<str>,
    /// When it was created.
    pub created: Timestamp,
    /// Its policies.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub policies: Policies,
}

/// An access key, as its account lists it. Its secret is kept elsewhere, under its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The user; none: the account's root user.
    pub user: Option<UserId>,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
}

impl Named for User {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Group {
    type Id = GroupId;

    fn id(&self) -> GroupId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}
