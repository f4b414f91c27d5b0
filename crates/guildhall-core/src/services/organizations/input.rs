//! Checks of what clients send, member by member (accounts.md 1.5, observed.md 1).
//!
//! A string is checked for its greatest length, then its pattern, then its least length: an empty id is
//! `INVALID_PATTERN`, an empty name `MIN_LENGTH_EXCEEDED`. Lengths are counted in characters.

use std::borrow::Cow;
use std::str::FromStr;

use crate::call::cx::Cx;
use crate::call::page::{Listing, PAGE_MAX, Request};
use crate::kernel::ids::WireId;
use crate::kernel::wire_enum::WireEnum;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};

/// The path of a member in upper snake case, as `Reason` names it.
pub type Path = Cow<'static, str>;

/// The value of a required member.
pub fn required<T>(path: impl Into<Path>, value: Option<&T>) -> Result<&T, OrganizationsError> {
    value.ok_or_else(|| InvalidInput::at(InputReason::InputRequired, path))
}

/// A required id.
pub fn id<T: WireId>(path: &'static str, value: Option<&String>) -> Result<T, OrganizationsError> {
    parse(path, required(path, value)?)
}

/// An id that may be left out.
pub fn optional_id<T: WireId>(
    path: &'static str,
    value: Option<&String>,
) -> Result<Option<T>, OrganizationsError> {
    value.map(|text| parse(path, text)).transpose()
}

fn parse<T: WireId>(path: &'static str, text: &str) -> Result<T, OrganizationsError> {
    at_most(path, text, T::MAX)?;
    text.parse().map_err(|_| InvalidInput::at(InputReason::InvalidPattern, path))
}

/// Refuses text of more than `max` characters.
pub fn at_most(path: impl Into<Path>, text: &str, max: usize) -> Result<(), OrganizationsError> {
    // No character is shorter than a byte: most texts need no counting.
    if text.len() > max && text.chars().count() > max {
        return Err(InvalidInput::at(InputReason::MaxLengthExceeded, path));
    }
    Ok(())
}

/// Free text: at most `max` characters, and nothing that looks like a script in a page. AWS refuses "common
/// cross-site scripting patterns" without naming them (accounts.md 1.5); these are ours.
pub fn free_text(path: &'static str, text: &str, max: usize) -> Result<(), OrganizationsError> {
    at_most(path, text, max)?;
    if looks_like_script(text) { Err(InvalidInput::at(InputReason::InvalidPattern, path)) } else { Ok(()) }
}

fn looks_like_script(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let tags = ["<script", "</script", "<iframe", "<object", "<embed", "javascript:", "vbscript:"];
    // A tag with an event handler: `<img src=x onerror=…`.
    let handler = |tag: &str| {
        tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'')).skip(1).any(|word| {
            word.strip_prefix("on")
                .and_then(|w| w.split_once('='))
                .is_some_and(|(event, _)| event.len() > 2 && event.bytes().all(|b| b.is_ascii_alphabetic()))
        })
    };
    tags.iter().any(|tag| text.contains(tag)) || text.split('<').skip(1).any(handler)
}

/// An enum value that may be left out.
pub fn optional_enum<T: WireEnum>(
    path: &'static str,
    value: Option<&String>,
) -> Result<Option<T>, OrganizationsError> {
    value
        .map(|text| T::from_wire(text).ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, path)))
        .transpose()
}

/// A required enum value.
pub fn one_of<T: WireEnum>(path: impl Into<Path>, value: Option<&String>) -> Result<T, OrganizationsError> {
    let path = path.into();
    let text = required(path.clone(), value)?;
    T::from_wire(text).ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, path))
}

impl Listing<'_> {
    /// Reads `NextToken` and `MaxResults`.
    pub fn open<K: FromStr>(
        &self,
        cx: &Cx<'_>,
        next_token: Option<&String>,
        max_results: Option<i64>,
    ) -> Result<Request<K>, OrganizationsError> {
        let limit = match max_results {
            None => PAGE_MAX,
            Some(n) if n < 1 => return Err(InvalidInput::at(InputReason::MinValueExceeded, "MAX_RESULTS")),
            Some(n) => usize::try_from(n)
                .ok()
                .filter(|n| *n <= PAGE_MAX)
                .ok_or_else(|| InvalidInput::at(InputReason::MaxValueExceeded, "MAX_RESULTS"))?,
        };
        let Some(token) = next_token else { return Ok(Request { limit, after: None }) };
        at_most("NEXT_TOKEN", token, 100_000)?;
        let after = self.place(cx, token).and_then(|place| place.parse().ok());
        match after {
            Some(after) => Ok(Request { limit, after: Some(after) }),
            None => Err(InvalidInput::bare(InputReason::InvalidNextToken)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_refused_and_prose_is_not() {
        for bad in [
            "<script>x</script>",
            "a <SCRIPT src=x>",
            "JavaScript:alert(1)",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=x>",
        ] {
            assert!(looks_like_script(bad), "{bad}");
        }
        for good in [
            "",
            "1 < 2 & 3 > 2",
            "<b>bold</b>",
            "once = twice < onto",
            "see the script on Monday",
            "on=off",
            "<3 on=3",
        ] {
            assert!(!looks_like_script(good), "{good}");
        }
    }
}
