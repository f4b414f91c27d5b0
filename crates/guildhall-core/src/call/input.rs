//! Checks of what clients send, member by member (accounts.md 1.5, observed.md 1).
//!
//! A string is checked for its greatest length, then its pattern, then its least length: an empty id is
//! `INVALID_PATTERN`, an empty name `MIN_LENGTH_EXCEEDED`. Lengths are counted in characters.

use std::borrow::Cow;

use crate::error::{ApiError, InputReason, InvalidInput};
use crate::kernel::ids::WireId;

/// The path of a member in upper snake case, as `Reason` names it.
pub type Path = Cow<'static, str>;

/// The value of a required member.
pub fn required<T>(path: impl Into<Path>, value: Option<&T>) -> Result<&T, ApiError> {
    value.ok_or_else(|| InvalidInput::at(InputReason::InputRequired, path))
}

/// A required id.
pub fn id<T: WireId>(path: &'static str, value: Option<&String>) -> Result<T, ApiError> {
    parse(path, required(path, value)?)
}

/// An id that may be left out.
pub fn optional_id<T: WireId>(path: &'static str, value: Option<&String>) -> Result<Option<T>, ApiError> {
    value.map(|text| parse(path, text)).transpose()
}

fn parse<T: WireId>(path: &'static str, text: &str) -> Result<T, ApiError> {
    at_most(path, text, T::MAX)?;
    text.parse().map_err(|_| InvalidInput::at(InputReason::InvalidPattern, path))
}

/// Refuses text of more than `max` characters.
pub fn at_most(path: impl Into<Path>, text: &str, max: usize) -> Result<(), ApiError> {
    // No character is shorter than a byte: most texts need no counting.
    if text.len() > max && text.chars().count() > max {
        return Err(InvalidInput::at(InputReason::MaxLengthExceeded, path));
    }
    Ok(())
}

/// Free text: at most `max` characters, and nothing that looks like a script in a page. AWS refuses "common
/// cross-site scripting patterns" without naming them (accounts.md 1.5); these are ours.
pub fn free_text(path: &'static str, text: &str, max: usize) -> Result<(), ApiError> {
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

/// An enum of the service model.
pub trait WireEnum: Sized {
    /// The value with this name on the wire.
    fn from_wire(text: &str) -> Option<Self>;
}

/// An enum value that may be left out.
pub fn optional_enum<T: WireEnum>(path: &'static str, value: Option<&String>) -> Result<Option<T>, ApiError> {
    value
        .map(|text| T::from_wire(text).ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, path)))
        .transpose()
}

/// A required enum value.
pub fn one_of<T: WireEnum>(path: impl Into<Path>, value: Option<&String>) -> Result<T, ApiError> {
    let path = path.into();
    let text = required(path.clone(), value)?;
    T::from_wire(text).ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, path))
}

/// Defines an enum of the service model: its variants and their names on the wire and in the store.
#[macro_export]
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $wire)] $variant),+ }

        impl $name {
            /// The name on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }
        }

        impl $crate::call::input::WireEnum for $name {
            fn from_wire(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$variant),)+ _ => None }
            }
        }
    };
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
