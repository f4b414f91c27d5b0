//! What is said of inputs beyond the model's constraints, which [`constraints`](crate::rules::constraints) has.

use super::errors::IamError;
use crate::rules::tags::{TagInput, pairs};
use crate::state::tag::Tags;

/// The tags of a new user or role: no reserved keys, and none twice in whatever case (identity.md 3.11).
pub(super) fn tags(list: Option<&[Option<TagInput>]>) -> Result<Tags, IamError> {
    let pairs = pairs(list);
    let reserved = |key: &str| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    if pairs.iter().any(|(key, _)| reserved(key)) {
        return Err(IamError::InvalidInput(
            "Tag keys beginning with aws: are reserved for system use.".into(),
        ));
    }
    let mut keys: Vec<String> = pairs.iter().map(|(key, _)| key.to_lowercase()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < pairs.len() {
        let what = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(IamError::InvalidInput(what.into()));
    }
    Ok(Tags(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
}
