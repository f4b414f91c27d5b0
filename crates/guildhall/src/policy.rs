//! `guildhall policy lint`: what is wrong with a policy document, and where, as AWS does not say it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use guildhall_core::input::WireEnum;
use guildhall_core::policy::{self, PolicyType};
use guildhall_core::rules::limits::Limits;
use guildhall_policy::iam::{self, DocumentKind};
use guildhall_policy::json::{self, MAX_TEXT, Position};
use guildhall_policy::management::{self, Kind};

use crate::cli::PolicyCommand;
use crate::{Failed, print};

/// What a document is read as, and how many characters it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Language {
    language: policy::Language,
    characters: u32,
}

impl Language {
    fn of(r#type: PolicyType) -> Self {
        Self { language: r#type.language(), characters: Limits::aws().policy_characters(r#type) }
    }
}

/// Reads the flag `--type`.
pub(crate) fn read_type(text: &str) -> Result<Language, String> {
    if text == "RESOURCE_POLICY" {
        let language = policy::Language::Iam(DocumentKind::Organization);
        return Ok(Language { language, characters: Limits::aws().resource_policy_characters });
    }
    PolicyType::from_wire(text).map(Language::of).ok_or_else(|| {
        let merging = Kind::ALL.map(Kind::name).join(", ");
        format!("it is SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, RESOURCE_POLICY, {merging}")
    })
}

/// The type whose documents start with the top-level key that stands there; service control policies otherwise.
fn guess(text: &str) -> PolicyType {
    let value = json::parse(text).ok();
    let mut keys = value.iter().filter_map(json::Value::as_object).flatten().map(|m| m.key.to_lowercase());
    let kind = keys.find_map(|key| Kind::ALL.into_iter().find(|kind| kind.root() == key));
    kind.and_then(|kind| PolicyType::from_wire(kind.name())).unwrap_or(PolicyType::ServiceControl)
}

/// Says what is wrong with a document: where, what stands there, what would be right.
fn judge(text: &str, as_type: Language) -> Result<(), (Position, String)> {
    let said = |at, found: String, wanted: &str| (at, format!("found {found}; {wanted}"));
    match as_type.language {
        policy::Language::Iam(kind) => iam::check_length(kind, text, as_type.characters as usize)
            .and_then(|()| iam::Document::parse(kind, text).map(|_| ()))
            .map_err(|e| said(e.at, e.found, &e.wanted)),
        policy::Language::Management(kind) => management::check_length(text, as_type.characters)
            .and_then(|()| management::Document::parse(kind, text).map(|_| ()))
            .map_err(|e| said(e.at, e.found, &e.wanted)),
    }
}

/// The text of a file, which has at most as many bytes as are ever read as a document.
fn read(file: &Path) -> Result<String, Failed> {
    let failed = |what: String| Failed::Usage(format!("{}: {what}", file.display()));
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|e| failed(e.to_string()))?;
    opened.take(MAX_TEXT as u64 + 1).read_to_end(&mut bytes).map_err(|e| failed(e.to_string()))?;
    if bytes.len() > MAX_TEXT {
        return Err(failed(format!("a document has at most {MAX_TEXT} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| failed("a document is UTF-8".to_owned()))
}

pub(crate) fn run(command: &PolicyCommand) -> Result<(), Failed> {
    let PolicyCommand::Lint { file, r#type } = command;
    let text = read(file)?;
    let as_type = r#type.unwrap_or_else(|| Language::of(guess(&text)));
    let name = file.display();
    match judge(&text, as_type) {
        Ok(()) => print(&format!("{name}: fine")),
        Err((at, what)) => {
            print(&format!("{name}:{}:{}: {what}", at.line, at.column));
            return Err(Failed::Found);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_known_by_its_name_and_most_by_their_first_key() {
        for name in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "RESOURCE_POLICY"] {
            assert!(read_type(name).is_ok(), "{name}");
        }
        for kind in Kind::ALL {
            let language = read_type(kind.name()).unwrap();
            assert_eq!(language.language, policy::Language::Management(kind));
            for document in [
                format!("{{\"{}\": 1}}", kind.root()),
                format!("{{\"x\": 1, \"{}\": 1}}", kind.root().to_uppercase()),
            ] {
                assert_eq!(Language::of(guess(&document)), language, "{document}");
            }
        }
        for iam in ["", "{", "[]", "{\"Statement\": []}", "{\"tagss\": {}}"] {
            assert_eq!(guess(iam), PolicyType::ServiceControl, "{iam}");
        }
        for none in ["", "tag_policy", "GUARDDUTY", "RESOURCE_POLICY "] {
            assert!(read_type(none).is_err(), "{none}");
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
            let as_type = read_type(name).unwrap();
            let said = judge(&long(most + 1), as_type).unwrap_err().1;
            assert!(said.starts_with(&format!("found {} characters", most + 1)), "{name}: {said}");
            let said = judge(&long(most), as_type).map_err(|e| e.1).err().unwrap_or_default();
            assert!(!said.contains("characters"), "{name}: {said}");
        }
    }
}
