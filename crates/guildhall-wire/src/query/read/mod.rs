//! Reads the form of a request into the input of an operation (identity.md 1.2).
//!
//! The names of a form are paths: `Tags.member.1.Key`. Sorted by their parts they lie in the order of a tree, in which
//! a member of the input is a stretch of neighbours; so there is no tree to build, and what no type asks for costs
//! nothing but its sorting.

mod error;
mod node;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::de::DeserializeOwned;

pub use self::error::{ReadError, Rule};
use self::node::Node;

/// The most parameters of a request. The largest that AWS's clients send is a simulation of policies, with some
/// hundreds.
pub const MAX_PARAMETERS: usize = 10_000;
/// The most parts of a parameter's name. The longest name of IAM has six.
pub const MAX_DEPTH: usize = 16;

/// Reads an input from a form: the body of a POST, or a query string.
///
/// - A member is named as the type names it. Members that the type does not know are ignored.
/// - A list is `Name.member.N`, from 1, in any order; `01` is `1`. `Name=` is an empty list. An element that is left
///   out is null: `None` in a list of options, all members `None` in a list of structures.
/// - A map is `Name.entry.N.key` and `Name.entry.N.value`.
/// - A boolean is `true`, `false`, `1` or `0`; a number has 32 bits, whatever type reads it, as all numbers of IAM and
///   STS have. All else is text: strings, times, enumerations and blobs as they are sent.
/// - Of a parameter that is given twice the first counts. For IAM this is not known; SES does so.
pub fn read<T: DeserializeOwned>(form: &[u8]) -> Result<T, ReadError> {
    T::deserialize(Node::root(&parse(form)?))
}

/// One parameter, decoded.
struct Parameter<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

impl Parameter<'_> {
    fn part(&self, depth: usize) -> Option<Part<'_>> {
        self.name.split('.').nth(depth).map(Part::of)
    }

    /// Part for part, so that everything below a name stands together, and indices in the order of numbers.
    fn order(&self, other: &Self) -> Ordering {
        self.name.split('.').map(Part::of).cmp(other.name.split('.').map(Part::of))
    }
}

/// A part of a name. Indices come first, shorter ones before longer ones, which is the order of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// Digits without leading zeros; none for zero.
    Index {
        length: usize,
        digits: &'a str,
    },
    Name(&'a str),
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Self {
        if text.is_empty() || text.bytes().any(|b| !b.is_ascii_digit()) {
            return Self::Name(text);
        }
        let digits = text.trim_start_matches('0');
        Self::Index { length: digits.len(), digits }
    }

    fn is_index(self) -> bool {
        matches!(self, Self::Index { .. })
    }
}

/// The parameters of a form, sorted, each name once.
fn parse(form: &[u8]) -> Result<Vec<Parameter<'_>>, ReadError> {
    let mut parameters = Vec::new();
    for piece in form.split(|b| *b == b'&').filter(|piece| !piece.is_empty()) {
        if parameters.len() == MAX_PARAMETERS {
            return Err(ReadError::TooMany);
        }
        let mut halves = piece.splitn(2, |b| *b == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        if name.split('.').nth(MAX_DEPTH).is_some() {
            return Err(ReadError::TooDeep);
        }
        parameters.push(Parameter { name, value });
    }
    // Stable, so that of equal names the first remains.
    parameters.sort_by(Parameter::order);
    parameters.dedup_by(|later, first| later.order(first).is_eq());
    Ok(parameters)
}

/// Undoes the encoding of a form. A `%` without two digits after it stands for itself. Bytes that are no UTF-8 are
/// refused: replaced, they would be stored as something that nobody sent.
fn decode(raw: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    if !raw.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(raw).map(Cow::Borrowed).map_err(|_| ReadError::Encoding);
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let byte = match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (other, _) => other,
        };
        text.push(byte);
    }
    String::from_utf8(text).map(Cow::Owned).map_err(|_| ReadError::Encoding)
}

#[cfg(test)]
mod tests;
