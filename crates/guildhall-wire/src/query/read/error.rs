//! What can be wrong with a form, and the texts that AWS has for it.

use std::fmt;

use serde::de;

use crate::query::QueryFault;

/// The longest piece of a request that a text repeats, in characters.
const MAX_REPEATED: usize = 100;

/// Why a form does not read as an input. Its text is the wire's, recorded from IAM where identity.md 1.2 has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// More than [`MAX_PARAMETERS`](super::MAX_PARAMETERS). The text is ours.
    #[error("The request has more than {} parameters", super::MAX_PARAMETERS)]
    TooMany,
    /// A name of more than [`MAX_DEPTH`](super::MAX_DEPTH) parts. The text is ours.
    #[error("The name of a parameter has more than {} parts", super::MAX_DEPTH)]
    TooDeep,
    /// Bytes that are no UTF-8. The text is ours.
    #[error("The request is not valid UTF-8")]
    Encoding,
    /// The index 0.
    #[error("0 is not a valid index")]
    Zero,
    /// An index below 0.
    #[error("Key {0} may not have a leading '-'")]
    Negative(String),
    /// An index beyond what AWS's reader counts to, as SES answers it.
    #[error("Index {0} is illegal")]
    Huge(String),
    /// Indices with too large a gap between them.
    #[error("Excessively sparse input would skip {} list elements", Grouped(*.0))]
    Sparse(u32),
    /// An index right below an index.
    #[error("Two index elements may not occur back to back")]
    BackToBack,
    /// Members of what is a plain value.
    #[error("Start of list found where not expected")]
    NotAValue,
    /// A plain value in the place of a list, as other services of AWS answer it.
    #[error("Unexpected list element termination")]
    NotAList,
    /// A plain value in the place of a structure or a map, as other services of AWS answer it.
    #[error("Unexpected complex element termination")]
    NotAStructure,
    /// A boolean that is none, as SES and EMR answer it.
    #[error("boolean must follow xsd1.1 definition")]
    Boolean,
    /// An empty boolean, as SES answers it.
    #[error("missing value for boolean type")]
    NoBoolean,
    /// An empty number, as SES answers it.
    #[error("missing value for decimal type")]
    NoNumber,
    /// A number that is none, or another value that its type does not take. On the wire it has no text, as SES and
    /// CloudFormation answer it.
    #[error("a value is not of its type")]
    Value,
    /// A member that is read and breaks a rule that its type knows. `path` is as `ValidationError` spells it.
    #[error("1 validation error detected: Value at '{path}' failed to satisfy constraint: {rule}")]
    Invalid {
        /// `tags.1.member.key`.
        path: String,
        /// What it breaks.
        rule: Rule,
    },
}

/// A rule that a type knows. The others are the operation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It has to be there.
    NotNull,
    /// It has to be one of these.
    OneOf(&'static [&'static str]),
    /// Each element of a list has to be one of these.
    EachOneOf(&'static [&'static str]),
    /// The least that it can be.
    AtLeast(i64),
    /// The most that it can be.
    AtMost(i64),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => f.write_str("Member must not be null"),
            Self::OneOf(values) => write!(f, "Member must satisfy enum value set: [{}]", values.join(", ")),
            Self::EachOneOf(values) => {
                write!(f, "Member must satisfy constraint: [{}]", Self::OneOf(values))
            }
            Self::AtLeast(least) => write!(f, "Member must have value greater than or equal to {least}"),
            Self::AtMost(most) => write!(f, "Member must have value less than or equal to {most}"),
        }
    }
}

impl ReadError {
    pub(super) fn null() -> Self {
        Self::breaks(Rule::NotNull)
    }

    pub(super) fn breaks(rule: Rule) -> Self {
        Self::Invalid { path: String::new(), rule }
    }

    /// The same, seen from the structure that has the member.
    pub(super) fn in_member(self, name: &str) -> Self {
        let Self::Invalid { path, rule } = self else { return self };
        let dot = if path.is_empty() { "" } else { "." };
        Self::Invalid { path: format!("{}{dot}{path}", lower(name)), rule }
    }

    /// The same, seen from the list that has the element. What is wrong with an element itself is said of the list.
    pub(super) fn in_element(self, index: u32) -> Self {
        match self {
            Self::Invalid { path, rule: Rule::OneOf(values) } if path.is_empty() => {
                Self::Invalid { path, rule: Rule::EachOneOf(values) }
            }
            Self::Invalid { path, rule } if !path.is_empty() => {
                Self::Invalid { path: format!("{index}.member.{path}"), rule }
            }
            other => other,
        }
    }
}

/// Names begin with a small letter in the texts of `ValidationError`.
fn lower(name: &str) -> String {
    let mut characters = name.chars().take(MAX_REPEATED);
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// A piece of a request, as far as a text repeats it.
pub(super) fn repeated(text: &str) -> String {
    text.chars().take(MAX_REPEATED).collect()
}

/// A number with commas, as Java formats it for the text.
struct Grouped(u32);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            small @ 0..1000 => write!(f, "{small}"),
            large => write!(f, "{},{:03}", Grouped(large / 1000), large % 1000),
        }
    }
}

/// What serde finds wrong. No text of a type's own goes to the wire: it could repeat a secret.
impl de::Error for ReadError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Value
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::breaks(Rule::OneOf(expected))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::null().in_member(name)
    }
}

impl From<ReadError> for QueryFault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Value => Self::sender("MalformedInput", ""),
            ReadError::Invalid { .. } => Self::sender("ValidationError", error.to_string()),
            other => Self::sender("MalformedInput", other.to_string()),
        }
    }
}
