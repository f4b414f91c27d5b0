//! From text to a document, by the grammars of policies.md 2 and 7.2.

mod action;
mod condition;
mod like;
mod principal;
mod resource;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::document::{Document, DocumentKind, Effect, Statement, Version};
use super::error::{DocumentError, DocumentErrorKind};
use super::services::Operations;
use crate::json::{self, Member, Position, Value};

const DOCUMENT_MEMBERS: [&str; 3] = ["Version", "Id", "Statement"];
/// The members of a statement, of all languages.
pub(super) const STATEMENT_MEMBERS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// What one language has, where the languages differ.
struct Grammar {
    kind: DocumentKind,
    /// The operations that an organization's resource policy is judged by, if it is.
    operations: Option<&'static Operations>,
    /// Whether the document has variables; known once its version was read.
    variables: bool,
}

/// Reads a document.
pub(super) fn document(
    kind: DocumentKind,
    operations: Option<&'static Operations>,
    text: &str,
) -> Result<Document, DocumentError> {
    let value = json::parse(text).map_err(|e| DocumentError::json(kind, e))?;
    let mut grammar = Grammar { kind, operations, variables: false };
    if value.as_str().is_some_and(|text| text.trim_start().starts_with('{')) {
        let wanted = "a policy is an object, not a string that holds one";
        return Err(grammar.error(DocumentErrorKind::WrongType, &value, wanted));
    }
    let members = grammar.object(&value, "a policy is an object with Version and Statement")?;
    for member in members {
        let key = member.key.as_str();
        if STATEMENT_MEMBERS.contains(&key) {
            let wanted = format!("{key} stands in a statement: {{\"Statement\": [{{\"{key}\": …}}]}}");
            return Err(grammar.at(DocumentErrorKind::UnknownMember, member.at, quoted(key), wanted));
        }
        if !DOCUMENT_MEMBERS.contains(&key) {
            return Err(grammar.unknown(member, &DOCUMENT_MEMBERS));
        }
    }
    let version = value.get("Version").map(|v| grammar.version(v)).transpose()?;
    grammar.variables = version == Some(Version::V2012);
    let id = value.get("Id").map(|v| grammar.string(v, "an Id is a string")).transpose()?;
    let Some(statement) = value.get("Statement") else {
        return Err(grammar.missing(&value, "a policy", "Statement"));
    };
    let statements = match statement.as_array() {
        Some(list) => list,
        None => std::slice::from_ref(statement),
    };
    if statements.is_empty() {
        return Err(grammar.error(
            DocumentErrorKind::EmptyList,
            statement,
            "a policy has at least one statement",
        ));
    }
    let mut sids = BTreeSet::new();
    let statements =
        statements.iter().map(|s| grammar.statement(s, &mut sids)).collect::<Result<Vec<_>, _>>()?;
    Ok(Document { kind, version, id: id.map(Into::into), statements: statements.into() })
}

impl Grammar {
    fn statement<'v>(
        &self,
        value: &'v Value,
        sids: &mut BTreeSet<&'v str>,
    ) -> Result<Statement, DocumentError> {
        let members = self.object(value, "a statement is an object with Effect, Action and Resource")?;
        for member in members {
            self.allowed(member)?;
        }
        let find = |key: &str| members.iter().find(|m| m.key == key);
        let sid = find("Sid").map(|m| self.sid(&m.value, sids)).transpose()?;
        let Some(effect) = find("Effect") else { return Err(self.missing(value, "a statement", "Effect")) };
        let effect = self.effect(&effect.value)?;
        let principals = match self.either(value, "Principal", "NotPrincipal")? {
            Some((member, negated)) => Some(self.principals(&member.value, negated)?),
            None if matches!(self.kind, DocumentKind::ServiceControl | DocumentKind::Identity) => None,
            None if self.kind == DocumentKind::ResourceControl => {
                let of = "a statement of a resource control policy";
                return Err(self.missing(value, of, "\"Principal\": \"*\""));
            }
            None => return Err(self.missing(value, "a statement of this kind of policy", "Principal")),
        };
        let Some((member, negated)) = self.either(value, "Action", "NotAction")? else {
            return Err(self.missing(value, "a statement", self.one_of("Action", "NotAction")));
        };
        let actions = self.actions(&member.value, negated)?;
        let resources = match self.either(value, "Resource", "NotResource")? {
            Some((member, negated)) => Some(self.resources(&member.value, negated)?),
            None if self.kind == DocumentKind::Trust => None,
            None => return Err(self.missing(value, "a statement", self.one_of("Resource", "NotResource"))),
        };
        let conditions =
            find("Condition").map(|m| self.conditions(&m.value)).transpose()?.unwrap_or_default();
        Ok(Statement { sid, effect, principals, conditions, at: value.at, actions, resources })
    }

    /// Whether IAM and STS are who reads it. They take conditions that ask for nothing, and any text as a key
    /// (identity.md 3.8).
    fn iam(&self) -> bool {
        matches!(self.kind, DocumentKind::Identity | DocumentKind::Trust)
    }

    /// Refuses members that no statement has, and those that a statement of this language does not have.
    fn allowed(&self, member: &Member) -> Result<(), DocumentError> {
        let key = member.key.as_str();
        if DOCUMENT_MEMBERS.contains(&key) {
            let wanted = format!("{key} stands beside Statement, once in a policy");
            return Err(self.at(DocumentErrorKind::UnknownMember, member.at, quoted(key), wanted));
        }
        if !STATEMENT_MEMBERS.contains(&key) {
            let known = STATEMENT_MEMBERS.into_iter().filter(|m| self.forbidden(m).is_none());
            return Err(self.unknown(member, &known.collect::<Vec<_>>()));
        }
        match self.forbidden(key) {
            Some(wanted) => Err(self.at(DocumentErrorKind::ForbiddenMember, member.at, quoted(key), wanted)),
            None => Ok(()),
        }
    }

    /// Why this language does not have a member of statements.
    fn forbidden(&self, key: &str) -> Option<&'static str> {
        use DocumentKind as K;
        Some(match (key, self.kind) {
            ("Principal" | "NotPrincipal", K::ServiceControl) => {
                "a service control policy is about all principals of the accounts below it and names none; use a Condition on aws:PrincipalArn"
            }
            ("Principal" | "NotPrincipal", K::Identity) => {
                "an identity policy is about whom it is attached to and names no principal"
            }
            ("NotPrincipal", K::ResourceControl) => {
                "a resource control policy has \"Principal\": \"*\"; exempt principals with a Condition on aws:PrincipalArn"
            }
            ("NotAction", K::ResourceControl) => {
                "a resource control policy has Action and names services in it"
            }
            ("NotAction" | "NotResource" | "NotPrincipal", K::Organization) => {
                "the organization's resource policy has Principal, Action and Resource only, not their negations"
            }
            ("Resource" | "NotResource", K::Trust) => {
                "a trust policy is about its own role and names no resource"
            }
            _ => return None,
        })
    }

    fn version(&self, value: &Value) -> Result<Version, DocumentError> {
        let wanted = "the versions are \"2012-10-17\" and \"2008-10-17\"";
        match self.string(value, wanted)? {
            "2012-10-17" => Ok(Version::V2012),
            "2008-10-17" => Ok(Version::V2008),
            _ => Err(self.error(DocumentErrorKind::BadVersion, value, wanted)),
        }
    }

    fn effect(&self, value: &Value) -> Result<Effect, DocumentError> {
        match self.string(value, "Effect is \"Allow\" or \"Deny\"")? {
            "Deny" => Ok(Effect::Deny),
            "Allow" if self.kind == DocumentKind::ResourceControl => {
                let wanted = "a resource control policy only denies: Effect is \"Deny\"";
                Err(self.error(DocumentErrorKind::BadEffect, value, wanted))
            }
            "Allow" => Ok(Effect::Allow),
            _ => Err(self.error(
                DocumentErrorKind::BadEffect,
                value,
                "Effect is \"Allow\" or \"Deny\", with a capital",
            )),
        }
    }

    /// A Sid: letters and digits, once in a policy, in identity policies; any text elsewhere.
    fn sid<'v>(&self, value: &'v Value, sids: &mut BTreeSet<&'v str>) -> Result<Box<str>, DocumentError> {
        let sid = self.string(value, "a Sid is a string")?;
        if self.kind == DocumentKind::Identity {
            if !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(self.error(
                    DocumentErrorKind::BadSid,
                    value,
                    "a Sid has letters and digits only",
                ));
            }
            if !sid.is_empty() && !sids.insert(sid) {
                let found = format!("a second statement with the Sid {}", quoted(sid));
                return Err(self.at(
                    DocumentErrorKind::DuplicateSid,
                    value.at,
                    found,
                    "a Sid stands once in a policy",
                ));
            }
        }
        Ok(sid.into())
    }

    /// The member or its negation, and whether it is the negation. Not both.
    fn either<'v>(
        &self,
        statement: &'v Value,
        plain: &str,
        negation: &str,
    ) -> Result<Option<(&'v Member, bool)>, DocumentError> {
        let members = statement.as_object().unwrap_or_default();
        let find = |key: &str| members.iter().find(|m| m.key == key);
        match (find(plain), find(negation)) {
            (Some(a), Some(b)) => {
                let found = format!("both {plain} and {negation}");
                let wanted = format!("a statement has {plain} or {negation}");
                Err(self.at(DocumentErrorKind::ConflictingMembers, a.at.max(b.at), found, wanted))
            }
            (Some(member), None) => Ok(Some((member, false))),
            (None, Some(member)) => Ok(Some((member, true))),
            (None, None) => Ok(None),
        }
    }

    fn one_of(&self, plain: &'static str, negation: &'static str) -> &'static str {
        match (self.kind, plain) {
            (DocumentKind::Organization, _) | (DocumentKind::ResourceControl, "Action") => plain,
            (_, "Action") => "Action or NotAction",
            _ if negation == "NotResource" => "Resource or NotResource",
            _ => plain,
        }
    }

    /// A string or a list of strings, at least one, as their values.
    fn strings<'v>(&self, value: &'v Value, wanted: &'static str) -> Result<&'v [Value], DocumentError> {
        let list = value.as_array().unwrap_or(std::slice::from_ref(value));
        if list.is_empty() {
            return Err(self.error(DocumentErrorKind::EmptyList, value, wanted));
        }
        for entry in list {
            self.string(entry, wanted)?;
        }
        Ok(list)
    }

    fn string<'v>(&self, value: &'v Value, wanted: &'static str) -> Result<&'v str, DocumentError> {
        value.as_str().ok_or_else(|| self.error(DocumentErrorKind::WrongType, value, wanted))
    }

    fn object<'v>(&self, value: &'v Value, wanted: &'static str) -> Result<&'v [Member], DocumentError> {
        value.as_object().ok_or_else(|| self.error(DocumentErrorKind::WrongType, value, wanted))
    }

    fn missing(&self, value: &Value, of: &str, what: &str) -> DocumentError {
        self.at(
            DocumentErrorKind::MissingMember,
            value.at,
            format!("{of} without {what}"),
            format!("{of} has {what}"),
        )
    }

    fn unknown(&self, member: &Member, known: &[&'static str]) -> DocumentError {
        let wanted = match like::closest(&member.key, known.iter().copied()) {
            Some(like) => format!("the member is written `{like}`"),
            None => format!("the members here are {}", known.join(", ")),
        };
        self.at(DocumentErrorKind::UnknownMember, member.at, quoted(&member.key), wanted)
    }

    /// A refusal of this value.
    fn error(
        &self,
        kind: DocumentErrorKind,
        value: &Value,
        wanted: impl Into<Cow<'static, str>>,
    ) -> DocumentError {
        let found = value.as_str().map_or_else(|| value.what().to_owned(), quoted);
        self.at(kind, value.at, found, wanted)
    }

    fn at(
        &self,
        kind: DocumentErrorKind,
        at: Position,
        found: String,
        wanted: impl Into<Cow<'static, str>>,
    ) -> DocumentError {
        DocumentError { kind, document: self.kind, at, found, wanted: wanted.into(), action: None }
    }
}

/// Foreign text for messages: at most 64 characters, those that nobody sees written out.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "an empty string".to_owned();
    }
    let shown = |c: char| {
        let unseen =
            c.is_control() || (c.is_whitespace() && c != ' ') || c.escape_debug().nth(1) == Some('u');
        if unseen { c.escape_unicode().to_string() } else { c.to_string() }
    };
    format!("`{}`", text.chars().take(64).map(shown).collect::<String>())
}
