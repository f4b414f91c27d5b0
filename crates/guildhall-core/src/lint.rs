//! What is wrong with a policy document, and where, as AWS does not say it.

use std::fmt;

use guildhall_policy::iam::{self, DocumentKind};
use guildhall_policy::json::{self, Position};
use guildhall_policy::management::{self, PolicyKind};

use crate::kernel::wire_enum::WireEnum;
use crate::services::organizations::GRANTABLE;
use crate::state::limits::Limits;
use crate::state::policy::{Language, PolicyType};

/// The name of the organization's resource policy among the types of documents.
pub const RESOURCE_POLICY: &str = "RESOURCE_POLICY";

/// What a document is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// Its language.
    pub language: Language,
    /// How many characters it may have.
    pub characters: u32,
}

impl Grammar {
    /// That of a policy type.
    pub fn of(r#type: PolicyType, limits: &Limits) -> Self {
        Self { language: r#type.language(), characters: limits.policy_characters(r#type) }
    }

    /// That of the policy type with this name, or of the organization's resource policy.
    pub fn from_name(name: &str, limits: &Limits) -> Option<Self> {
        if name == RESOURCE_POLICY {
            let language = Language::Iam(DocumentKind::Organization);
            return Some(Self { language, characters: limits.resource_policy_characters });
        }
        PolicyType::from_wire(name).map(|r#type| Self::of(r#type, limits))
    }
}

/// The first thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Position,
    /// The path of the place in a management policy, as in `tags/cost/tag_key`; empty for others, and for the document.
    pub path: String,
    /// What stands there, for people.
    pub found: String,
    /// What would be right, for people.
    pub wanted: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}; {}", self.found, self.wanted)
    }
}

impl From<iam::DocumentError> for Mistake {
    fn from(e: iam::DocumentError) -> Self {
        Self { at: e.at, path: String::new(), found: e.found, wanted: e.wanted.into() }
    }
}

impl From<management::Refusal> for Mistake {
    fn from(e: management::Refusal) -> Self {
        Self { at: e.at, path: e.path, found: e.found, wanted: e.wanted.into() }
    }
}

/// Says what is wrong with a document: where, what stands there, what would be right.
pub fn judge(text: &str, grammar: Grammar) -> Result<(), Mistake> {
    match grammar.language {
        Language::Iam(kind) => {
            iam::check_length(kind, text, grammar.characters as usize)?;
            match kind {
                DocumentKind::Organization => iam::Document::for_organization(text, &GRANTABLE)?,
                _ => iam::Document::parse(kind, text)?,
            };
        }
        Language::Management(kind) => {
            management::check_length(text, grammar.characters)?;
            management::ManagementDocument::parse(kind, text)?;
        }
    }
    Ok(())
}

/// The type whose documents start with the top-level key that stands there; service control policies otherwise.
pub fn guess(text: &str) -> PolicyType {
    let value = json::parse(text).ok();
    let mut keys = value.iter().filter_map(json::Value::as_object).flatten().map(|m| m.key.to_lowercase());
    let kind = keys.find_map(|key| PolicyKind::ALL.into_iter().find(|kind| kind.root() == key));
    kind.and_then(|kind| PolicyType::from_wire(kind.name())).unwrap_or(PolicyType::ServiceControl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Option<Grammar> {
        Grammar::from_name(name, &Limits::aws())
    }

    #[test]
    fn every_type_is_known_by_its_name_and_most_by_their_first_key() {
        for name in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "RESOURCE_POLICY"] {
            assert!(read(name).is_some(), "{name}");
        }
        for kind in PolicyKind::ALL {
            let grammar = read(kind.name()).unwrap();
            assert_eq!(grammar.language, Language::Management(kind));
            for document in [
                format!("{{\"{}\": 1}}", kind.root()),
                format!("{{\"x\": 1, \"{}\": 1}}", kind.root().to_uppercase()),
            ] {
                assert_eq!(Grammar::of(guess(&document), &Limits::aws()), grammar, "{document}");
            }
        }
        for iam in ["", "{", "[]", "{\"Statement\": []}", "{\"tagss\": {}}"] {
            assert_eq!(guess(iam), PolicyType::ServiceControl, "{iam}");
        }
        for none in ["", "tag_policy", "GUARDDUTY", "RESOURCE_POLICY "] {
            assert!(read(none).is_none(), "{none}");
        }
        for r#type in PolicyType::ALL {
            assert_eq!(read(r#type.wire()), Some(Grammar::of(r#type, &Limits::aws())));
        }
    }

    #[test]
    fn lengths_are_those_of_aws() {
        let long = |n: usize| format!("{{}}{}", " ".repeat(n - 2));
        for (name, most) in [
            ("SERVICE_CONTROL_POLICY", 10_240),
            ("RESOURCE_CONTROL_POLICY", 5_120),
            ("RESOURCE_POLICY", 40_000),
            ("TAG_POLICY", 10_000),
            ("AISERVICES_OPT_OUT_POLICY", 2_500),
        ] {
            let grammar = read(name).unwrap();
            let said = judge(&long(most + 1), grammar).unwrap_err().to_string();
            assert!(said.starts_with(&format!("found {} characters", most + 1)), "{name}: {said}");
            let said = judge(&long(most), grammar).map_err(|e| e.to_string()).err().unwrap_or_default();
            assert!(!said.contains("characters"), "{name}: {said}");
        }
    }

    #[test]
    fn a_mistake_says_where_and_what() {
        let tags = "{\"tags\": {\"cost\":\n  {\"tag_value\": {\"@@assign\": \"a\"}}}}";
        let mistake = judge(tags, read("TAG_POLICY").unwrap()).unwrap_err();
        assert_eq!(
            (mistake.at.line, mistake.at.column, mistake.path.as_str()),
            (2, 30, "tags/cost/tag_value")
        );
        assert_eq!(mistake.to_string(), "found a string; a list is wanted here");
        let all = r#"{"tags": {"cost": {"enforced_for": {"@@assign": ["ecs:*"]}}}}"#;
        let mistake = judge(all, read("TAG_POLICY").unwrap()).unwrap_err();
        assert_eq!(mistake.to_string(), "found `ecs:*`; it is written `ecs:ALL_SUPPORTED`");
        let all = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "organizations:*", "Resource": "*"}}"#;
        let mistake = judge(all, read("RESOURCE_POLICY").unwrap()).unwrap_err();
        assert!(
            mistake.to_string().starts_with("found `organizations:*`; a member can be granted"),
            "{mistake}"
        );
        let mistake = judge("{\"Statement\": [{]}", read("SERVICE_CONTROL_POLICY").unwrap()).unwrap_err();
        assert_eq!((mistake.at.line, mistake.at.column, mistake.path.as_str()), (1, 17, ""));
    }
}
