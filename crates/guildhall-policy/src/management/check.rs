//! Rules over more than one place, for documents and for effective documents alike (policies.md 5.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::Part;
use super::refusal::RefusalKind;
use super::schema::{Check, Dependent, Field, Section};

/// A tree of settings, as a document says it or as it took effect.
pub(super) trait Tree: Sized {
    /// The place with this name.
    fn child(&self, name: &str) -> Option<&Self>;
    /// All places.
    fn children(&self) -> impl Iterator<Item = (&Arc<str>, &Self)>;
    /// The value of a setting with one.
    fn one(&self) -> Option<&str>;
    /// The values of a list.
    fn values(&self) -> Vec<&str>;
}

/// What of the rules is broken by one document alone: what stands there, and what would be right.
pub(super) fn document(section: &Section, part: &Part) -> Option<(RefusalKind, String, String)> {
    section.checks.iter().find_map(|check| match check {
        Check::Dependent(rule) | Check::DependentInDocument(rule) => {
            let (fields, _) = dependent(rule, part).into_iter().next()?;
            Some((RefusalKind::Dependent, fields, rule.wanted.to_owned()))
        }
        Check::Sharing { setting, most } => {
            let (value, keys) = sharing(setting, *most, part).into_iter().next()?;
            let value: String = value.chars().take(64).collect();
            let found = format!("`{value}` in {} lists {setting}", keys.len());
            Some((RefusalKind::TooMany, found, format!("at most {most} may name it")))
        }
        Check::Filled(wanted) => {
            let empty = part.children().next().is_none();
            empty.then(|| (RefusalKind::Missing, "nothing".to_owned(), (*wanted).to_owned()))
        }
        Check::Leads { leader, setting, value } => {
            let (fields, _) = led(leader, setting, value, part).into_iter().next()?;
            Some((RefusalKind::Dependent, fields, format!("`{leader}` has to be {value}, too")))
        }
        Check::Complete(_)
        | Check::AtMost(_)
        | Check::AtMostBelow(_)
        | Check::Longest(_)
        | Check::Needs { .. } => None,
    })
}

/// Where settings do not fit each other: the fields as AWS prints them, and the places they stand at.
pub(super) fn dependent<'t, T: Tree>(rule: &Dependent, here: &'t T) -> Vec<(String, Vec<&'t T>)> {
    let mut broken = Vec::new();
    for base in rule.bases.iter().flat_map(|path| reach(here, path)) {
        let place = |field: &Field| match field {
            Field::Here(name) => here.child(name),
            Field::Base(name) => base.and_then(|base| base.child(name)),
        };
        let places: Vec<Option<&T>> = rule.fields.iter().map(place).collect();
        let values: Vec<Option<&str>> =
            places.iter().map(|place| place.and_then(|place| place.one())).collect();
        if (rule.fits)(&values) {
            continue;
        }
        let printed: Vec<String> = rule
            .fields
            .iter()
            .zip(&values)
            .map(|(Field::Here(name) | Field::Base(name), value)| match value {
                Some(value) => format!("{name}={value}"),
                None => format!("{name}(undefined)"),
            })
            .collect();
        broken.push((printed.join(","), places.into_iter().flatten().collect()));
    }
    broken
}

/// The places that a path with `*` leads to; nothing stands for one that is not there.
fn reach<'t, T: Tree>(here: &'t T, path: &[&str]) -> Vec<Option<&'t T>> {
    let mut places = vec![Some(here)];
    for step in path {
        places = places
            .into_iter()
            .flat_map(|place| match (place, *step) {
                (Some(place), "*") => place.children().map(|(_, child)| Some(child)).collect(),
                (place, step) => vec![place.and_then(|place| place.child(step))],
            })
            .collect();
    }
    places
}

/// Members that have a value which their leader has not: the fields as AWS prints them, and the places they stand at.
pub(super) fn led<'t, T: Tree>(
    leader: &str,
    setting: &str,
    value: &str,
    here: &'t T,
) -> Vec<(String, Vec<&'t T>)> {
    let set = |member: &'t T| member.child(setting).and_then(Tree::one);
    let leading = here.child(leader);
    let lead = leading.and_then(set);
    if lead == Some(value) {
        return Vec::new();
    }
    let lead = lead.map_or_else(|| "(undefined)".to_owned(), |lead| format!("={lead}"));
    let members = here.children().filter(|(_, member)| set(member) == Some(value));
    members
        .map(|(name, member)| {
            (format!("{name}={value},{leader}{lead}"), [member].into_iter().chain(leading).collect())
        })
        .collect()
}

/// Values that more than so many members name in a list, with those members in the order of their names.
pub(super) fn sharing<'t, T: Tree>(
    setting: &str,
    most: usize,
    here: &'t T,
) -> Vec<(&'t str, Vec<&'t Arc<str>>)> {
    let mut named: BTreeMap<&str, Vec<&Arc<str>>> = BTreeMap::new();
    for (name, child) in here.children() {
        for value in child.child(setting).map(Tree::values).unwrap_or_default() {
            let names = named.entry(value).or_default();
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
    }
    named.into_iter().filter(|(_, names)| names.len() > most).collect()
}
