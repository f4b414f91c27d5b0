//! Users as clients get them. Lists have neither tags nor boundaries (identity.md 3.2).

use serde::Serialize;

use crate::rules::arns::arn;
use crate::services::iam::shape::{self, BoundaryShape, TagShape};
use crate::state::account::AccountRecord;
use crate::state::iam::user::User;

/// A user, or the root user, which has neither name nor path.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    user_id: String,
    arn: String,
    create_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_last_used: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<BoundaryShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagShape>,
}

/// An answer that is a user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserAnswer {
    pub(super) user: UserShape,
}

impl UserShape {
    /// The members that lists have, too.
    pub(in crate::services::iam) fn of(user: &User, account: &AccountRecord) -> Self {
        Self {
            path: Some(user.path.to_string()),
            user_name: Some(user.name.to_string()),
            user_id: user.id.to_string(),
            arn: user.arn(account),
            create_date: user.created.iso8601(),
            password_last_used: user.password_used.map(|at| at.iso8601()),
            permissions_boundary: None,
            tags: Vec::new(),
        }
    }

    /// All members.
    pub(super) fn whole(user: &User, account: &AccountRecord) -> Self {
        Self {
            permissions_boundary: shape::boundary(user.boundary.as_deref()),
            tags: shape::tags(&user.tags),
            ..Self::of(user, account)
        }
    }

    /// The root user.
    pub(in crate::services::iam) fn root(account: &AccountRecord) -> Self {
        Self {
            path: None,
            user_name: None,
            user_id: account.id.to_string(),
            arn: arn(account, "root", "", ""),
            create_date: account.created.iso8601(),
            password_last_used: None,
            permissions_boundary: None,
            tags: Vec::new(),
        }
    }
}
