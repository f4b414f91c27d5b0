//! Effective documents: what an account gets, who set it, and whether it may take effect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::check::{self, Tree};
use super::kind::PolicyKind;
use super::merge::{MergedValue, Place, Source};
use super::schema::{ANYTHING, Check, Preset, Section, Setting, Shape};
use super::tables;
use crate::json::escape;

/// The effective document of one account, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The type.
    pub kind: PolicyKind,
    /// The document as AWS shows it: compact JSON, names in order. `{}` if no policy says anything.
    pub document: Arc<str>,
    /// Every setting of the document with who set it, in the order of the document.
    pub leaves: Vec<Leaf>,
    /// What keeps it from taking effect (policies.md 5.2), in the order of paths and messages.
    pub errors: Vec<ValidationError>,
}

/// A setting of an effective document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The names that lead to it.
    pub path: Vec<Arc<str>>,
    /// What it is.
    pub value: LeafValue,
    /// The policies that made it what it is, in the order in which they did: who assigned it, and for lists who added
    /// to it and who took out of it since. Nobody, if it is what the type has without a policy.
    pub set_by: Vec<Source>,
}

/// A value of an effective document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafValue {
    /// One value.
    One(Arc<str>),
    /// A list; each value with who brought it.
    List(Vec<(Arc<str>, Option<Source>)>),
}

/// A rule of the type that a merged document breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidationError {
    /// `PathToError`.
    pub path: String,
    /// `ErrorMessage`.
    pub message: String,
    /// `ErrorCode`.
    pub code: ErrorCode,
    /// `ContributingPolicies`: ids of the policies that set what is wrong, in order.
    pub policies: BTreeSet<Arc<str>>,
}

/// AWS's codes of what is wrong with a merged document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// Settings do not fit each other.
    CrossAttributeValidation,
    /// Too few of something.
    ElementsTooFew,
    /// Too many of something.
    ElementsTooMany,
    /// Something that has to be there is not.
    KeyRequired,
}

impl ErrorCode {
    /// AWS's name.
    pub fn name(self) -> &'static str {
        match self {
            ErrorCode::CrossAttributeValidation => "CROSS_ATTRIBUTE_VALIDATION",
            ErrorCode::ElementsTooFew => "ELEMENTS_TOO_FEW",
            ErrorCode::ElementsTooMany => "ELEMENTS_TOO_MANY",
            ErrorCode::KeyRequired => "KEY_REQUIRED",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Leaf {
    /// The path, with `/` between the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join("/"))
    }
}

impl Effective {
    /// What the account gets now, if it got `last` before: this document, or the last one while this one has errors
    /// (policies.md 5.2, observed.md 36). An account that never got one has `{}`.
    pub fn published(&self, last: &Arc<str>) -> Arc<str> {
        if self.errors.is_empty() { Arc::clone(&self.document) } else { Arc::clone(last) }
    }

    pub(super) fn of(kind: PolicyKind, root: &Place) -> Effective {
        let section = &tables::row(kind).root;
        let shown = shown(section, &"".into(), root).unwrap_or_else(|| Shown::Section(BTreeMap::new()));
        let mut document = String::new();
        write(&shown, &mut document);
        let mut leaves = Vec::new();
        collect(&shown, &mut Vec::new(), &mut leaves);
        let mut judge = Judge { bytes: document.len(), path: Vec::new(), errors: BTreeMap::new() };
        judge.section(section, &shown);
        let errors = judge.errors.into_iter().map(|((path, message, code), policies)| ValidationError {
            path,
            message,
            code,
            policies,
        });
        Effective { kind, document: document.into(), leaves, errors: errors.collect() }
    }
}

/// The tree that is shown: complete, and without empty sections.
enum Shown {
    Section(BTreeMap<Arc<str>, Shown>),
    One(Arc<str>, Vec<Source>),
    List(Vec<(Arc<str>, Option<Source>)>, Vec<Source>),
}

impl Tree for Shown {
    fn child(&self, name: &str) -> Option<&Shown> {
        match self {
            Shown::Section(places) => places.get(name),
            _ => None,
        }
    }

    fn children(&self) -> impl Iterator<Item = (&Arc<str>, &Shown)> {
        let places = match self {
            Shown::Section(places) => Some(places.iter()),
            _ => None,
        };
        places.into_iter().flatten()
    }

    fn one(&self) -> Option<&str> {
        match self {
            Shown::One(text, _) => Some(text),
            _ => None,
        }
    }

    fn values(&self) -> Vec<&str> {
        match self {
            Shown::List(values, _) => values.iter().map(|(value, _)| &**value).collect(),
            _ => Vec::new(),
        }
    }
}

/// A section as it is shown: with what it has without a policy, and nothing if it is empty.
fn shown(section: &Section, name: &Arc<str>, place: &Place) -> Option<Shown> {
    let below = |(name, child): (&Arc<str>, &Arc<Place>)| {
        let below = match section.shape(name)? {
            Shape::Section(section) => shown(section, name, child)?,
            Shape::Setting(_) => held(child.held.as_ref()?),
            Shape::Anything => match &child.held {
                Some(value) => held(value),
                None => shown(&ANYTHING, name, child)?,
            },
        };
        Some((Arc::clone(name), below))
    };
    let mut places: BTreeMap<Arc<str>, Shown> = place.places.iter().filter_map(below).collect();
    for (setting, default) in section.presets {
        places.entry((*setting).into()).or_insert_with(|| match default {
            Preset::Name => Shown::One(Arc::clone(name), Vec::new()),
            Preset::List(values) => {
                Shown::List(values.iter().map(|value| ((*value).into(), None)).collect(), Vec::new())
            }
        });
    }
    if places.is_empty() { None } else { Some(Shown::Section(places)) }
}

fn held(held: &MergedValue) -> Shown {
    match held {
        MergedValue::One(text, source) => Shown::One(Arc::clone(text), vec![source.clone()]),
        MergedValue::List(values, by) => {
            let values = values.iter().map(|(value, source)| (Arc::clone(value), Some(source.clone())));
            Shown::List(values.collect(), by.clone())
        }
    }
}

fn write(shown: &Shown, to: &mut String) {
    match shown {
        Shown::Section(places) => {
            to.push('{');
            for (n, (name, child)) in places.iter().enumerate() {
                if n > 0 {
                    to.push(',');
                }
                to.push_str(&escape(name));
                to.push(':');
                write(child, to);
            }
            to.push('}');
        }
        Shown::One(text, _) => to.push_str(&escape(text)),
        Shown::List(values, _) => {
            to.push('[');
            for (n, (value, _)) in values.iter().enumerate() {
                if n > 0 {
                    to.push(',');
                }
                to.push_str(&escape(value));
            }
            to.push(']');
        }
    }
}

fn collect(shown: &Shown, path: &mut Vec<Arc<str>>, leaves: &mut Vec<Leaf>) {
    let (value, set_by) = match shown {
        Shown::Section(places) => {
            for (name, child) in places {
                path.push(Arc::clone(name));
                collect(child, path, leaves);
                path.pop();
            }
            return;
        }
        Shown::One(text, by) => (LeafValue::One(Arc::clone(text)), by.clone()),
        Shown::List(values, by) => (LeafValue::List(values.clone()), by.clone()),
    };
    leaves.push(Leaf { path: path.clone(), value, set_by });
}

/// The policies that set something at or below a place.
fn policies<'s>(places: impl IntoIterator<Item = &'s Shown>) -> BTreeSet<Arc<str>> {
    fn add(shown: &Shown, to: &mut BTreeSet<Arc<str>>) {
        match shown {
            Shown::Section(places) => places.values().for_each(|child| add(child, to)),
            Shown::One(_, by) | Shown::List(_, by) => to.extend(by.iter().map(|by| Arc::clone(&by.policy))),
        }
    }
    let mut all = BTreeSet::new();
    places.into_iter().for_each(|place| add(place, &mut all));
    all
}

struct Judge {
    bytes: usize,
    path: Vec<Arc<str>>,
    errors: BTreeMap<(String, String, ErrorCode), BTreeSet<Arc<str>>>,
}

impl Judge {
    fn error(&mut self, code: ErrorCode, message: String, policies: BTreeSet<Arc<str>>) {
        self.errors.entry((self.path.join("/"), message, code)).or_default().extend(policies);
    }

    fn section(&mut self, section: &Section, shown: &Shown) {
        for (name, child) in shown.children() {
            self.path.push(Arc::clone(name));
            match section.shape(name) {
                Some(Shape::Section(section)) => self.section(section, child),
                Some(Shape::Setting(setting)) if setting.many => self.list(&setting, name, child),
                _ => {}
            }
            self.path.pop();
        }
        for check in section.checks {
            self.check(check, shown);
        }
    }

    fn list(&mut self, setting: &Setting, name: &str, shown: &Shown) {
        let length = shown.values().len();
        if length < setting.least {
            let message = format!("'{name}' is less than the allowed minimum limit {}", setting.least);
            self.error(ErrorCode::ElementsTooFew, message, policies([shown]));
        } else if length > setting.most {
            self.error(ErrorCode::ElementsTooMany, too_many(name, setting.most), policies([shown]));
        }
    }

    fn check(&mut self, check: &Check, shown: &Shown) {
        let name = self.path.last().map(ToString::to_string).unwrap_or_default();
        match check {
            Check::Complete(names) => {
                for missing in names.iter().filter(|name| shown.child(name).is_none()) {
                    let message = format!("'{missing}' is missing");
                    self.error(ErrorCode::KeyRequired, message, policies([shown]));
                }
            }
            Check::AtMost(most) if shown.children().count() > *most => {
                self.error(ErrorCode::ElementsTooMany, too_many(&name, *most), policies([shown]));
            }
            // Recorded so, without policies.
            Check::Longest(most) if self.bytes > *most => {
                let bytes = self.bytes;
                let message = format!(
                    "Effective policy size is {bytes} bytes, which exceeds the maximum limit of {most} bytes"
                );
                self.error(ErrorCode::ElementsTooMany, message, BTreeSet::new());
            }
            Check::AtMostBelow(most)
                if shown.children().map(|(_, child)| child.children().count()).sum::<usize>() > *most =>
            {
                self.error(ErrorCode::ElementsTooMany, too_many(&name, *most), policies([shown]));
            }
            Check::AtMost(_)
            | Check::AtMostBelow(_)
            | Check::Longest(_)
            | Check::Filled(_)
            | Check::DependentInDocument(_) => {}
            Check::Sharing { setting, most } => {
                for (value, names) in check::sharing(setting, *most, shown) {
                    let message = too_many_share(value, setting, &names, *most);
                    let lists = names.iter().filter_map(|name| shown.child(name)?.child(setting));
                    self.error(ErrorCode::ElementsTooMany, message, policies(lists));
                }
            }
            Check::Dependent(rule) => {
                for (fields, places) in check::dependent(rule, shown) {
                    self.error(ErrorCode::CrossAttributeValidation, unfit(&fields, &name), policies(places));
                }
            }
            Check::Needs { each, has, needs } => {
                let Some(members) = shown.child(each).filter(|_| shown.child(needs).is_none()) else {
                    return;
                };
                self.path.push((*each).into());
                for (name, place) in members.children().filter_map(|(n, m)| Some((n, m.child(has)?))) {
                    self.path.push(Arc::clone(name));
                    let fields = format!("{has}(undefined),{needs}(undefined)");
                    self.error(ErrorCode::CrossAttributeValidation, unfit(&fields, name), policies([place]));
                    self.path.pop();
                }
                self.path.pop();
            }
            Check::Leads { leader, setting, value } => {
                for (fields, places) in check::led(leader, setting, value, shown) {
                    self.error(ErrorCode::CrossAttributeValidation, unfit(&fields, &name), policies(places));
                }
            }
        }
    }
}

fn unfit(fields: &str, block: &str) -> String {
    format!("Dependent fields {fields} in policy block {block} are invalid when used together")
}

fn too_many(name: &str, most: usize) -> String {
    format!("'{name}' exceeds the allowed maximum limit {most}")
}

fn too_many_share(value: &str, setting: &str, names: &[&Arc<str>], most: usize) -> String {
    let first: Vec<&str> = names.iter().take(5).map(|name| &***name).collect();
    let more = names.len().saturating_sub(first.len());
    format!(
        "Resource type '{value}' has {} tags for '{setting}', which exceeds the maximum limit of {most}. \
         Contributing tag keys include: {} and {more} more",
        names.len(),
        first.join(", ")
    )
}
