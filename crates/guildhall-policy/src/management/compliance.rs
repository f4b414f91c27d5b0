//! Whether tags comply with an effective tag policy (policies.md 6).

use std::collections::BTreeMap;

use super::tables;
use crate::json::{self, ParseError, Value};

/// An effective tag policy, to hold tags against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagPolicy {
    /// By the key in lower case.
    rules: BTreeMap<String, TagRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TagRule {
    key: String,
    values: Vec<String>,
    enforced_for: Vec<String>,
    required_for: Vec<String>,
}

/// A tag that does not comply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The tag's key, as it was given.
    pub key: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// Whether the call is to be refused for it: the resource type is one that the policy enforces. If not, it is only
    /// reported.
    pub enforced: bool,
}

/// What is wrong with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The key's case: the policy wants this.
    Key {
        /// The key as the policy spells it.
        wanted: String,
    },
    /// The value: the policy allows these, each with one wildcard at most. If there are none, nothing complies.
    Value {
        /// The values of the policy.
        allowed: Vec<String>,
    },
}

impl TagPolicy {
    /// Reads an effective document, as [`Effective`](super::Effective) writes it. Members it does not know are ignored.
    ///
    /// # Errors
    ///
    /// A [`ParseError`] if it is no JSON, or longer than [`json::MAX_TEXT`].
    pub fn parse(document: &str) -> Result<TagPolicy, ParseError> {
        let value = json::parse(document)?;
        let tags = value.get("tags").and_then(Value::as_object).unwrap_or_default();
        let rule = |name: &str, said: &Value| TagRule {
            key: said.get("tag_key").and_then(Value::as_str).unwrap_or(name).to_owned(),
            values: said.get("tag_value").map_or_else(|| vec!["*".to_owned()], texts),
            enforced_for: said.get("enforced_for").map(texts).unwrap_or_default(),
            required_for: said.get("report_required_tag_for").map(texts).unwrap_or_default(),
        };
        let rules = tags.iter().map(|m| (m.key.to_lowercase(), rule(&m.key, &m.value))).collect();
        Ok(TagPolicy { rules })
    }

    /// Which of the tags that a call gives to a resource do not comply. Tags that the policy does not name comply, and
    /// no tag ever has to be there. `resource_type` is a service and a type: `organizations:account`.
    pub fn check<'t>(
        &self,
        resource_type: &str,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Vec<Violation> {
        let violation = |(key, value): (&str, &str)| {
            let rule = self.rules.get(&key.to_lowercase())?;
            let wrong = if rule.key != key {
                Wrong::Key { wanted: rule.key.clone() }
            } else if rule.values.iter().any(|pattern| matches(pattern, value)) {
                return None;
            } else {
                Wrong::Value { allowed: rule.values.clone() }
            };
            let enforced = enforces(&rule.enforced_for, resource_type);
            Some(Violation { key: key.to_owned(), wrong, enforced })
        };
        tags.into_iter().filter_map(violation).collect()
    }

    /// The keys that the policy reports as missing from a resource of this type with these tags
    /// (`report_required_tag_for`). They are never a reason to refuse a call.
    pub fn missing<'p>(&'p self, resource_type: &str, keys: &[&str]) -> Vec<&'p str> {
        let missing = |rule: &&TagRule| {
            names(&rule.required_for, resource_type) && !keys.iter().any(|key| *key == rule.key)
        };
        self.rules.values().filter(missing).map(|rule| rule.key.as_str()).collect()
    }
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Case-sensitive; the pattern has one `*` at most.
fn matches(pattern: &str, value: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == value,
        Some((start, end)) => value.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
    }
}

/// Whether the list enforces tags for the type. `ALL_SUPPORTED` and `*` stand for the types that can be enforced.
fn enforces(list: &[String], resource_type: &str) -> bool {
    let can = resource_type.split_once(':').is_some_and(|(service, kind)| tables::enforceable(service, kind));
    can && names(list, resource_type)
}

fn names(list: &[String], resource_type: &str) -> bool {
    let service = resource_type.split_once(':').map_or(resource_type, |(service, _)| service);
    list.iter().any(|named| {
        // AWS has spelled some types with capitals and without.
        named.eq_ignore_ascii_case(resource_type)
            || named
                .strip_prefix(service)
                .and_then(|rest| rest.strip_prefix(':'))
                .is_some_and(|kind| matches!(kind, "*" | "ALL_SUPPORTED"))
    })
}
