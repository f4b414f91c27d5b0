//! One policy's document, read and admitted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check::{self, Tree};
use super::kind::PolicyKind;
use super::operators::{CONTROL, Operators};
use super::refusal::{Refusal, RefusalKind};
use super::schema::{ANY_TEXT, ANYTHING, Rule, Section, Setting, Shape};
use super::tables;
use crate::json::{self, JsonKind, Member, Position};

/// A management policy's document that AWS would take. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ManagementDocument {
    kind: PolicyKind,
    root: Arc<Part>,
    bytes: usize,
}

/// What one document says about one place.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) assign: Option<Value>,
    pub(super) append: Option<Vec<Arc<str>>>,
    pub(super) remove: Vec<Arc<str>>,
    /// What lower nodes may use.
    pub(super) control: Option<Operators>,
    /// The places below, with names as effective documents show them.
    pub(super) parts: BTreeMap<Arc<str>, Part>,
}

/// What is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    One(Arc<str>),
    List(Vec<Arc<str>>),
}

impl ManagementDocument {
    /// Reads a document of this type. The text's length is [`check_length`]'s affair.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] at the first place that AWS would not take.
    pub fn parse(kind: PolicyKind, text: &str) -> Result<ManagementDocument, Refusal> {
        let value = json::parse(text)?;
        let mut reader = Reader { path: Vec::new() };
        let root = reader.section(&tables::row(kind).root, &value)?;
        if root.parts.is_empty() {
            let found = format!("no `{}`", kind.root());
            return Err(reader.refuse(RefusalKind::Missing, value.at, found, "it has to be there"));
        }
        Ok(ManagementDocument { kind, root: Arc::new(root), bytes: text.len() })
    }

    /// The type.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    pub(super) fn root(&self) -> &Part {
        &self.root
    }

    /// How long its text was.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Whether a document of this many characters is too long for a limit ([`PolicyKind::limits`] has AWS's).
///
/// # Errors
///
/// A [`Refusal`] that the API answers with `POLICY_CONTENT_LIMIT_EXCEEDED`.
pub fn check_length(text: &str, characters: u32) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length <= characters as usize {
        return Ok(());
    }
    Err(Refusal {
        kind: RefusalKind::TooLong,
        at: Position::START,
        path: String::new(),
        found: format!("{length} characters"),
        wanted: format!("at most {characters} are allowed").into(),
    })
}

struct Reader {
    path: Vec<String>,
}

impl Reader {
    fn refuse(
        &self,
        kind: RefusalKind,
        at: Position,
        found: impl Into<String>,
        wanted: impl Into<Cow<'static, str>>,
    ) -> Refusal {
        Refusal { kind, at, path: self.path.join("/"), found: found.into(), wanted: wanted.into() }
    }

    /// The name of the section that is read.
    fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    fn members<'v>(&self, value: &'v json::Value, wanted: &'static str) -> Result<&'v [Member], Refusal> {
        value.as_object().ok_or_else(|| self.refuse(RefusalKind::NotAnObject, value.at, value.what(), wanted))
    }

    fn section(&mut self, section: &Section, value: &json::Value) -> Result<Part, Refusal> {
        let mut part = Part::default();
        for member in self.members(value, "an object is wanted here")? {
            if member.key.eq_ignore_ascii_case(CONTROL) {
                self.control(member, &mut part)?;
            } else if member.key.starts_with("@@") {
                self.stray(member)?;
            } else {
                let (name, shape) = self.place(section, member)?;
                if part.parts.contains_key(name.as_str()) {
                    let found = format!("a second {}", shown(&member.key));
                    let wanted = "names that differ in case only are one, and may stand once";
                    return Err(self.refuse(RefusalKind::DuplicateName, member.at, found, wanted));
                }
                self.path.push(name.clone());
                let below = match shape {
                    Shape::Section(section) => self.section(section, &member.value)?,
                    Shape::Setting(setting) => self.setting(&setting, &member.value)?,
                    Shape::Anything => self.anything(&member.value)?,
                };
                self.path.pop();
                part.parts.insert(name.into(), below);
            }
        }
        self.whole(section, &part, value.at)?;
        Ok(part)
    }

    /// The name as effective documents show it, and what stands there.
    fn place(&self, section: &Section, member: &Member) -> Result<(String, Shape), Refusal> {
        if let Some((name, shape)) = section.member(&member.key) {
            return Ok((name.to_owned(), shape));
        }
        let found = shown(&member.key);
        let Some(others) = section.others else {
            let names: Vec<&str> = section.members.iter().map(|(name, _)| *name).collect();
            let wanted = match names.as_slice() {
                [only] => format!("only `{only}` may stand here"),
                _ => format!("one of {} is wanted here", names.join(", ")),
            };
            return Err(self.refuse(RefusalKind::UnknownName, member.at, found, wanted));
        };
        if !others.name.holds(&member.key, "") {
            let wanted = others.name.wants(&member.key, "");
            return Err(self.refuse(RefusalKind::BadName, member.at, found, wanted));
        }
        let name = if others.fold { member.key.to_lowercase() } else { member.key.clone() };
        Ok((name, others.shape))
    }

    /// An operator where no setting is. Beside the root key AWS ignores it, but for its form (observed.md 24).
    fn stray(&self, member: &Member) -> Result<(), Refusal> {
        if Operators::named(&member.key).is_none() {
            return Err(self.unknown_operator(member));
        }
        if !self.path.is_empty() {
            let wanted = "operators stand in settings; a section has names only";
            return Err(self.refuse(RefusalKind::OperatorNotAllowed, member.at, shown(&member.key), wanted));
        }
        let nested = |v: &json::Value| matches!(v.kind, JsonKind::Object(_) | JsonKind::Array(_));
        let bad = match &member.value.kind {
            JsonKind::Object(_) => true,
            JsonKind::Array(items) => items.iter().any(nested),
            _ => false,
        };
        if bad {
            let wanted = "a value, or a list of values, is wanted here";
            let found = member.value.what();
            return Err(self.refuse(RefusalKind::BadValue, member.value.at, found, wanted));
        }
        Ok(())
    }

    fn unknown_operator(&self, member: &Member) -> Refusal {
        let wanted = if member.key.starts_with("@@") {
            "the operators are @@assign, @@append, @@remove and @@operators_allowed_for_child_policies"
        } else {
            "only operators stand in a setting: @@assign, @@append, @@remove, @@operators_allowed_for_child_policies"
        };
        self.refuse(RefusalKind::UnknownOperator, member.at, shown(&member.key), wanted)
    }

    fn setting(&mut self, setting: &Setting, value: &json::Value) -> Result<Part, Refusal> {
        let mut part = Part::default();
        let mut seen = Operators::NONE;
        for member in self.members(value, "an object with operators such as @@assign is wanted here")? {
            if member.key.eq_ignore_ascii_case(CONTROL) {
                self.control(member, &mut part)?;
                continue;
            }
            let Some(operator) = Operators::named(&member.key) else {
                return Err(self.unknown_operator(member));
            };
            if seen.has(operator) {
                let found = format!("a second {}", shown(&member.key));
                let wanted = "an operator may stand once, whatever its case";
                return Err(self.refuse(RefusalKind::DuplicateName, member.at, found, wanted));
            }
            seen = seen.or(operator);
            if setting.many {
                let values = self.values(setting, operator, &member.value)?;
                match operator {
                    Operators::ASSIGN => part.assign = Some(Value::List(values)),
                    Operators::APPEND => part.append = Some(values),
                    _ => part.remove = values,
                }
            } else if operator == Operators::ASSIGN {
                part.assign = Some(Value::One(self.value(&setting.rule, &member.value, false)?));
            } else {
                let wanted = "the setting has one value, so that it can only be assigned";
                return Err(self.refuse(
                    RefusalKind::OperatorNotAllowed,
                    member.at,
                    shown(&member.key),
                    wanted,
                ));
            }
        }
        Ok(part)
    }

    /// A section if nothing but names stand there, else a setting, with a list if one operator has one.
    fn anything(&mut self, value: &json::Value) -> Result<Part, Refusal> {
        let members = self.members(value, "an object is wanted here")?;
        let mut said = members.iter().filter(|m| Operators::named(&m.key).is_some()).peekable();
        if said.peek().is_none() {
            return self.section(&ANYTHING, value);
        }
        let many = said.any(|m| m.value.as_array().is_some());
        self.setting(&Setting { many, empty: Operators::ALL, ..Setting::filled(ANY_TEXT) }, value)
    }

    fn values(
        &self,
        setting: &Setting,
        operator: Operators,
        value: &json::Value,
    ) -> Result<Vec<Arc<str>>, Refusal> {
        let Some(items) = value.as_array() else {
            return Err(self.refuse(RefusalKind::BadValue, value.at, value.what(), "a list is wanted here"));
        };
        if items.is_empty() && !setting.empty.has(operator) {
            let wanted = "the list needs a value";
            return Err(self.refuse(RefusalKind::BadValue, value.at, value.what(), wanted));
        }
        items.iter().map(|item| self.value(&setting.rule, item, true)).collect()
    }

    /// A value as text: numbers as they were written, and the words of JSON.
    fn value(&self, rule: &Rule, value: &json::Value, in_list: bool) -> Result<Arc<str>, Refusal> {
        let text = match &value.kind {
            JsonKind::String(text) => text.as_str(),
            JsonKind::Number(_) | JsonKind::Bool(_) if matches!(rule, Rule::SectionName) => "",
            JsonKind::Number(text) => text.as_str(),
            JsonKind::Bool(true) => "true",
            JsonKind::Bool(false) => "false",
            JsonKind::Null if in_list => "null",
            JsonKind::Null | JsonKind::Array(_) | JsonKind::Object(_) => {
                let wanted = rule.wants("", self.section_name());
                return Err(self.refuse(RefusalKind::BadValue, value.at, value.what(), wanted));
            }
        };
        if rule.holds(text, self.section_name()) {
            return Ok(text.into());
        }
        let found = match &value.kind {
            JsonKind::String(text) => shown(text),
            JsonKind::Number(text) => format!("the number {}", shown(text)),
            _ => value.what().to_owned(),
        };
        Err(self.refuse(RefusalKind::BadValue, value.at, found, rule.wants(text, self.section_name())))
    }

    /// The name of the section that holds the setting that is read.
    fn section_name(&self) -> &str {
        self.path.iter().rev().nth(1).map_or("", String::as_str)
    }

    /// A list of what lower nodes may use (policies.md 4.2, observed.md 25 to 27 and 60). Twice the same is refused,
    /// where case counts; `@@none` stands alone.
    fn control(&self, member: &Member, part: &mut Part) -> Result<(), Refusal> {
        let refuse = |at, found: String| {
            let wanted =
                "a list is wanted here: @@none alone, or any of @@all, @@assign, @@append and @@remove, once";
            self.refuse(RefusalKind::BadControl, at, found, wanted)
        };
        let Some(items) = member.value.as_array().filter(|items| !items.is_empty()) else {
            return Err(refuse(member.value.at, member.value.what().to_owned()));
        };
        if part.control.is_some() {
            let wanted = "an operator may stand once, whatever its case";
            let found = format!("a second {}", shown(&member.key));
            return Err(self.refuse(RefusalKind::DuplicateName, member.at, found, wanted));
        }
        let mut allowed = Operators::NONE;
        let mut seen = BTreeSet::new();
        for item in items {
            let word = item.as_str().ok_or_else(|| refuse(item.at, item.what().to_owned()))?;
            let named = match word.to_ascii_lowercase().as_str() {
                "@@all" => Some(Operators::ALL),
                "@@none" if items.len() == 1 => Some(Operators::NONE),
                _ => Operators::named(word),
            };
            let found = match named {
                None if word.eq_ignore_ascii_case("@@none") => format!("{} beside others", shown(word)),
                None => shown(word),
                Some(named) if seen.insert(word) => {
                    allowed = allowed.or(named);
                    continue;
                }
                Some(_) => format!("a second {}", shown(word)),
            };
            return Err(refuse(item.at, found));
        }
        part.control = Some(allowed);
        Ok(())
    }

    /// The rules over the members of a section.
    fn whole(&self, section: &Section, part: &Part, at: Position) -> Result<(), Refusal> {
        if let Some(name) = section.required.iter().find(|name| part.child(name).is_none()) {
            let found = format!("no `{name}`");
            return Err(self.refuse(RefusalKind::Missing, at, found, "it has to be there"));
        }
        let missing =
            !section.one_of.is_empty() && !section.one_of.iter().any(|name| part.child(name).is_some());
        if missing {
            let wanted = format!("one of {} has to be there", section.one_of.join(", "));
            return Err(self.refuse(RefusalKind::Missing, at, format!("none in `{}`", self.name()), wanted));
        }
        match check::document(section, part) {
            Some((kind, found, wanted)) => Err(self.refuse(kind, at, found, wanted)),
            None => Ok(()),
        }
    }
}

impl Tree for Part {
    fn child(&self, name: &str) -> Option<&Part> {
        self.parts.get(name)
    }

    fn children(&self) -> impl Iterator<Item = (&Arc<str>, &Part)> {
        self.parts.iter()
    }

    fn one(&self) -> Option<&str> {
        match &self.assign {
            Some(Value::One(text)) => Some(text),
            _ => None,
        }
    }

    fn values(&self) -> Vec<&str> {
        let assigned = match &self.assign {
            Some(Value::List(values)) => values.as_slice(),
            _ => &[],
        };
        assigned.iter().chain(self.append.iter().flatten()).map(|value| &**value).collect()
    }
}

/// Foreign text for messages: at most 64 characters of it, in backticks.
fn shown(text: &str) -> String {
    let clipped: String = text.chars().take(64).collect();
    let dots = if clipped.len() < text.len() { "…" } else { "" };
    format!("`{}{dots}`", clipped.escape_debug())
}
