//! The request's condition keys.

use std::cmp::Ordering;

/// What is known of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The request does not carry the key.
    Absent,
    /// Nobody said whether the request carries it, or with what value. What rests on it is undecided.
    Unknown,
    /// One value; the empty text is one (observed.md 53).
    One(String),
    /// The values of a multivalued key, be it one. None at all is for conditions as if it were absent
    /// (policies.md 3.4).
    Many(Vec<String>),
}

impl Given {
    /// Whether conditions take the key as absent.
    #[must_use]
    pub fn without_value(&self) -> bool {
        matches!(self, Self::Absent) || matches!(self, Self::Many(values) if values.is_empty())
    }
}

/// Condition keys and their values. Keys are compared without case, tag keys in them too (policies.md 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Sorted by the key, without case. Keys are spelled as they were first said.
    keys: Vec<(Box<str>, Given)>,
    partial: bool,
}

/// Keys that are multivalued whatever the caller says (policies.md 3.4).
const MULTIVALUED: [&str; 7] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
];

pub(crate) fn multivalued(key: &str) -> bool {
    MULTIVALUED.iter().any(|own| own.eq_ignore_ascii_case(key))
}

/// Keys in their order, without case.
fn order(one: &str, other: &str) -> Ordering {
    let other = other.bytes().map(|b| b.to_ascii_lowercase());
    one.bytes().map(|b| b.to_ascii_lowercase()).cmp(other)
}

impl Context {
    /// A whole context: a key that is not mentioned is absent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A part of a context: a key that is not mentioned is unknown.
    #[must_use]
    pub fn partial() -> Self {
        Self { keys: Vec::new(), partial: true }
    }

    /// Says what is known of a key, instead of what was said before.
    pub fn set(&mut self, key: &str, given: Given) {
        let given = match given {
            Given::One(value) if multivalued(key) => Given::Many(vec![value]),
            other => other,
        };
        match self.keys.binary_search_by(|(k, _)| order(k, key)) {
            Ok(n) => {
                if let Some(entry) = self.keys.get_mut(n) {
                    entry.1 = given;
                }
            }
            Err(n) => self.keys.insert(n, (key.into(), given)),
        }
    }

    /// With a key of one value. The keys that are multivalued by nature, such as aws:TagKeys, stay so.
    #[must_use]
    pub fn one(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, Given::One(value.into()));
        self
    }

    /// With a multivalued key. Only the caller knows it of services' own keys, such as
    /// kms:ResourceAliases.
    #[must_use]
    pub fn many<V: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.set(key, Given::Many(values.into_iter().map(Into::into).collect()));
        self
    }

    /// With a key that the request does not carry.
    #[must_use]
    pub fn absent(mut self, key: &str) -> Self {
        self.set(key, Given::Absent);
        self
    }

    /// With a key of which nothing is known.
    #[must_use]
    pub fn unknown(mut self, key: &str) -> Self {
        self.set(key, Given::Unknown);
        self
    }

    /// The keys of which something is known, as they were first said, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.keys.iter().map(|(key, given)| (&**key, given))
    }

    /// What is known of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> &Given {
        match self.keys.binary_search_by(|(k, _)| order(k, key)) {
            Ok(n) => self.keys.get(n).map_or(&Given::Absent, |(_, given)| given),
            Err(_) if self.partial => &Given::Unknown,
            Err(_) => &Given::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_whatever_case_and_told_as_they_were_said() {
        let context = Context::new()
            .one("aws:PrincipalTag/Team", "a")
            .one("aws:PrincipalArn", "arn")
            .one("AWS:tagkeys", "k")
            .one("aws:principaltag/TEAM", "b");
        assert_eq!(*context.get("aws:principalTag/team"), Given::One("b".into()));
        assert_eq!(*context.get("aws:TagKeys"), Given::Many(vec!["k".into()]));
        assert_eq!(*context.get("aws:PrincipalAr"), Given::Absent);
        let told: Vec<&str> = context.iter().map(|(key, _)| key).collect();
        assert_eq!(told, ["aws:PrincipalArn", "aws:PrincipalTag/Team", "AWS:tagkeys"]);
    }
}
