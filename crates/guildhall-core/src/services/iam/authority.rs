//! What operations of IAM are about, and its condition keys (identity.md 5.4, 5.5).

use crate::rules::authority::KeyKind;

/// The boundary that a new role is to have.
pub(super) static BOUNDARY: KeyKind = KeyKind {
    names: &["iam:PermissionsBoundary"],
    put: |_, policy, context| match policy {
        Some(policy) => context.one("iam:PermissionsBoundary", policy),
        None => context,
    },
};
