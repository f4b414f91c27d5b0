//! Tags of users, roles, managed policies, instance profiles and devices (identity.md 3.11).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;

operations! {
    query:
    list_tags::{ListInstanceProfileTags, ListMFADeviceTags, ListPolicyTags, ListRoleTags, ListUserTags},
    tag::{TagInstanceProfile, TagMFADevice, TagPolicy, TagRole, TagUser},
    untag::{UntagInstanceProfile, UntagMFADevice, UntagPolicy, UntagRole, UntagUser},
}

/// Whether two keys of tags are the same: those of users and roles are in whatever case.
fn is_same(any_case: bool, a: &str, b: &str) -> bool {
    a == b || any_case && a.to_lowercase() == b.to_lowercase()
}
