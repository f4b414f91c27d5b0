//! The merge: one algorithm for all types (policies.md 4.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::document::{ManagementDocument, Part, Value};
use super::effective::Effective;
use super::kind::PolicyKind;
use super::operators::Operators;

/// A node of the hierarchy with the policies attached to it, in the order in which they were attached.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// The root, organizational unit or account.
    pub id: &'a str,
    /// Ids of policies, and their documents. Documents of another type than the one that is merged do not count.
    pub policies: &'a [(&'a str, &'a ManagementDocument)],
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The node that the policy is attached to.
    pub node: Arc<str>,
    /// The policy.
    pub policy: Arc<str>,
}

/// What a node hands down: the merged settings so far, with what lower nodes may still do to them.
///
/// Keep one for each organizational unit; an account then costs what its own policies say. It is cheap to clone, and
/// a node without policies shares its parent's, effective document included.
#[derive(Debug, Clone)]
pub struct Inherited {
    kind: PolicyKind,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    root: Arc<Place>,
    effective: OnceLock<Arc<Effective>>,
}

/// A merged place. Places that a node does not touch are shared with its parent's.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) held: Option<MergedValue>,
    /// What lower nodes may use.
    allowed: Operators,
    pub(super) places: BTreeMap<Arc<str>, Arc<Place>>,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(super) enum MergedValue {
    One(Arc<str>, Source),
    /// The values with who brought each, and all who made the list what it is.
    List(Vec<(Arc<str>, Source)>, Vec<Source>),
}

impl Inherited {
    /// What the root of an organization inherits: nothing.
    pub fn root(kind: PolicyKind) -> Inherited {
        let root = Place { held: None, allowed: Operators::ALL, places: BTreeMap::new() };
        Inherited { kind, state: State::new(Arc::new(root)) }
    }

    /// What the node hands down, given what it inherits.
    #[must_use]
    pub fn below(&self, node: &Node<'_>) -> Inherited {
        let id: Arc<str> = node.id.into();
        let said: Vec<(Source, &Part)> = node
            .policies
            .iter()
            .filter(|(_, document)| document.kind() == self.kind)
            .map(|(policy, document)| {
                (Source { node: Arc::clone(&id), policy: (*policy).into() }, document.root())
            })
            .collect();
        if said.is_empty() {
            return self.clone();
        }
        let peers: Vec<(&Source, &Part)> = said.iter().map(|(source, part)| (source, *part)).collect();
        Inherited { kind: self.kind, state: State::new(merged(Some(&self.state.root), &peers)) }
    }

    /// The effective document at this node. It is made once, and shared.
    pub fn effective(&self) -> Arc<Effective> {
        let make = || Arc::new(Effective::of(self.kind, &self.state.root));
        Arc::clone(self.state.effective.get_or_init(make))
    }

    /// The type.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }
}

impl State {
    fn new(root: Arc<Place>) -> Arc<State> {
        Arc::new(State { root, effective: OnceLock::new() })
    }
}

/// The effective document of the last node of a path that starts at the root.
pub fn merge(kind: PolicyKind, path: &[Node<'_>]) -> Arc<Effective> {
    path.iter().fold(Inherited::root(kind), |inherited, node| inherited.below(node)).effective()
}

/// One place after a node: what came from above, and what the node's policies say about it, in attach order. The
/// depth is that of the type's table.
fn merged(above: Option<&Arc<Place>>, peers: &[(&Source, &Part)]) -> Arc<Place> {
    let mut place = match above {
        Some(above) => Place::clone(above),
        None => Place { held: None, allowed: Operators::ALL, places: BTreeMap::new() },
    };
    // All policies assign, then all append, then all remove.
    if place.allowed.has(Operators::ASSIGN) {
        let first = peers.iter().find_map(|(source, part)| part.assign.as_ref().map(|value| (source, value)));
        if let Some((source, value)) = first {
            place.held = Some(assigned(value, source));
        }
    }
    if place.allowed.has(Operators::APPEND) {
        append(&mut place.held, peers);
    }
    if place.allowed.has(Operators::REMOVE) {
        remove(&mut place.held, peers);
    }

    let mut below: BTreeMap<&Arc<str>, Vec<(&Source, &Part)>> = BTreeMap::new();
    for (source, part) in peers {
        for (name, child) in &part.parts {
            below.entry(name).or_default().push((source, child));
        }
    }
    for (name, peers) in below {
        let child = place.places.get(name);
        if child.is_none() && !place.allowed.lets_names_in() {
            continue;
        }
        let child = merged(child, &peers);
        place.places.insert(Arc::clone(name), child);
    }

    // Controls bind lower nodes only, so they come last.
    let controls = peers.iter().filter_map(|(_, part)| part.control);
    place.allowed = controls.fold(place.allowed, Operators::and);
    Arc::new(place)
}

fn assigned(value: &Value, source: &Source) -> MergedValue {
    match value {
        Value::One(text) => MergedValue::One(Arc::clone(text), source.clone()),
        Value::List(values) => {
            let mut seen = BTreeSet::new();
            let once = values.iter().filter(|value| seen.insert(*value));
            let values = once.map(|value| (Arc::clone(value), source.clone())).collect();
            MergedValue::List(values, vec![source.clone()])
        }
    }
}

fn append(held: &mut Option<MergedValue>, peers: &[(&Source, &Part)]) {
    let said = peers.iter().filter_map(|(source, part)| Some((*source, part.append.as_ref()?)));
    let mut said = said.peekable();
    if said.peek().is_none() {
        return;
    }
    let held = held.get_or_insert_with(|| MergedValue::List(Vec::new(), Vec::new()));
    let MergedValue::List(values, by) = held else { return };
    let mut seen: BTreeSet<Arc<str>> = values.iter().map(|(value, _)| Arc::clone(value)).collect();
    for (source, appended) in said {
        let before = values.len();
        for value in appended {
            if seen.insert(Arc::clone(value)) {
                values.push((Arc::clone(value), Source::clone(source)));
            }
        }
        // Whoever makes a list where there was none made it what it is, even if it is empty.
        if values.len() > before || by.is_empty() {
            by.push(Source::clone(source));
        }
    }
}

fn remove(held: &mut Option<MergedValue>, peers: &[(&Source, &Part)]) {
    let Some(MergedValue::List(values, by)) = held else { return };
    for (source, part) in peers.iter().filter(|(_, part)| !part.remove.is_empty()) {
        let gone: BTreeSet<&Arc<str>> = part.remove.iter().collect();
        let before = values.len();
        values.retain(|(value, _)| !gone.contains(value));
        if values.len() < before {
            by.push(Source::clone(source));
        }
    }
}
