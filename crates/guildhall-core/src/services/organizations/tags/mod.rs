//! Operations on tags.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::rules::tags::matches_pattern;
pub use crate::rules::tags::{TagInput, pairs};
use crate::services::operation::operations;
use crate::services::organizations::errors::{
    ConstraintReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::input::{at_most, required};
use crate::state::tag::Tags;

operations! {
    json:
    list_tags_for_resource::ListTagsForResource,
    tag_resource::TagResource,
    untag_resource::UntagResource,
}

/// One tag as clients get it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagOutput<'a> {
    /// The key.
    pub key: &'a str,
    /// The value, which may be empty.
    pub value: &'a str,
}

fn key(path: String, text: &str) -> Result<(), OrganizationsError> {
    at_most(path.clone(), text, 128)?;
    if !matches_pattern(text) {
        return Err(InvalidInput::at(InputReason::InvalidPattern, path));
    }
    if text.is_empty() {
        return Err(InvalidInput::at(InputReason::MinLengthExceeded, path));
    }
    Ok(())
}

fn not_reserved(key: &str) -> Result<(), OrganizationsError> {
    if key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:")) {
        return Err(InvalidInput::bare(InputReason::InvalidSystemTagsParameter));
    }
    Ok(())
}

/// The keys of tags that a client sends, for condition keys.
pub fn keys(list: Option<&[Option<String>]>) -> Vec<&str> {
    list.unwrap_or_default().iter().flatten().map(String::as_str).collect()
}

/// Checks a list of tags: every member, duplicate keys, the reserved prefix `aws:`.
pub fn tags(list: &[Option<TagInput>]) -> Result<Tags, OrganizationsError> {
    let mut tags = BTreeMap::new();
    let mut duplicate = false;
    for (n, tag) in (1..).zip(list) {
        let tag = required(format!("TAGS_{n}_MEMBER"), tag.as_ref())?;
        let k = required(format!("TAGS_{n}_MEMBER_KEY"), tag.key.as_ref())?;
        key(format!("TAGS_{n}_MEMBER_KEY"), k)?;
        let v = required(format!("TAGS_{n}_MEMBER_VALUE"), tag.value.as_ref())?;
        at_most(format!("TAGS_{n}_MEMBER_VALUE"), v, 256)?;
        if !matches_pattern(v) {
            return Err(InvalidInput::at(InputReason::InvalidPattern, format!("TAGS_{n}_MEMBER_VALUE")));
        }
        duplicate |= tags.insert(k.clone(), v.clone()).is_some();
    }
    if duplicate {
        return Err(InvalidInput::bare(InputReason::DuplicateTagKey));
    }
    tags.keys().try_for_each(|k| not_reserved(k))?;
    Ok(Tags(tags))
}

/// Checks a list of tag keys.
pub fn tag_keys(list: &[Option<String>]) -> Result<BTreeSet<&str>, OrganizationsError> {
    let mut keys = BTreeSet::new();
    for (n, k) in (1..).zip(list) {
        let k = required(format!("TAG_KEYS_{n}_MEMBER"), k.as_ref())?;
        key(format!("TAG_KEYS_{n}_MEMBER"), k)?;
        not_reserved(k)?;
        keys.insert(k.as_str());
    }
    Ok(keys)
}

/// Tags with more laid over them. Refuses to hold more than `limit`.
pub fn with(tags: &Tags, more: &Tags, limit: u32) -> Result<Tags, OrganizationsError> {
    let too_many = || OrganizationsError::ConstraintViolation(ConstraintReason::MaxTagLimitExceeded);
    tags.with(more, limit).ok_or_else(too_many)
}
