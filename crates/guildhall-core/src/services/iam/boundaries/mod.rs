//! Permissions boundaries of users and roles (identity.md 3.10).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;

operations! {
    query:
    delete_permissions_boundary::{DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary},
    put_permissions_boundary::{PutRolePermissionsBoundary, PutUserPermissionsBoundary},
}
