//! A second merger, written from policies.md 4.2 and 4.3 alone and as plainly as can be: flat lists of paths, no
//! sharing, no tables. It has to agree with the real one on random hierarchies.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_policy::management::{
    Inherited, Leaf, LeafValue, ManagementDocument, Node, PolicyKind, Source, always_valid,
};
use serde_json::{Map, Value, json};

type Path = Vec<String>;
/// The operators at a path of one policy.
type Said = Map<String, Value>;
/// A node and a policy.
type Who = (usize, usize);

/// What is known of one path so far.
#[derive(Clone, Default)]
struct Known {
    value: Option<Value>,
    /// Who made the value what it is.
    by: Vec<Who>,
    /// Who brought each value, if it is a list.
    from: Vec<Who>,
    /// Operators that lower nodes may use; all, if no control was met.
    allowed: Option<BTreeSet<String>>,
}

impl Known {
    fn may(&self, operator: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(operator))
    }
}

/// Every place of a document: its path, and what stands at it.
fn places(kind: PolicyKind, value: &Value, path: &Path, to: &mut Vec<(Path, Said)>) {
    let object = value.as_object().unwrap();
    let operators = object.iter().filter(|(key, _)| key.starts_with("@@"));
    to.push((path.clone(), operators.map(|(k, v)| (k.to_lowercase(), v.clone())).collect()));
    for (key, below) in object.iter().filter(|(key, _)| !key.starts_with("@@")) {
        let folds = matches!(kind, PolicyKind::Tag | PolicyKind::Chatbot);
        let mut path = path.clone();
        path.push(if folds { key.to_lowercase() } else { key.clone() });
        places(kind, below, &path, to);
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut once: Vec<Value> = Vec::new();
            for item in items.iter().map(text) {
                if !once.contains(&item) {
                    once.push(item);
                }
            }
            Value::Array(once)
        }
        Value::String(text) => Value::String(text.clone()),
        other => Value::String(other.to_string()),
    }
}

fn naive(kind: PolicyKind, levels: &[Vec<(usize, &Value)>]) -> (Value, BTreeMap<Path, Known>) {
    let mut known: BTreeMap<Path, Known> = BTreeMap::new();
    known.insert(Vec::new(), Known::default());
    for (node, policies) in levels.iter().enumerate() {
        let before = known.clone();
        let mut peers = Vec::new();
        for (policy, value) in policies {
            let mut said = Vec::new();
            places(kind, value, &Vec::new(), &mut said);
            peers.extend(said.into_iter().map(|(path, said)| (path, (node, *policy), said)));
        }
        let paths: BTreeSet<&Path> = peers.iter().map(|(path, ..)| path).collect();
        for path in paths {
            // A name that is new may be kept out by a control of the section that it would be in.
            let kept_out = (1..=path.len()).any(|n| {
                let (name, section) = (path[..n].to_vec(), path[..n - 1].to_vec());
                let shut = |section: &Known| !section.may("@@assign") && !section.may("@@append");
                !before.contains_key(&name) && before.get(&section).is_some_and(shut)
            });
            if !kept_out {
                let said: Vec<(Who, &Said)> =
                    peers.iter().filter(|(p, ..)| p == path).map(|(_, who, said)| (*who, said)).collect();
                known.insert(path.clone(), step(before.get(path).cloned().unwrap_or_default(), &said));
            }
        }
    }
    (shown(kind, &known), known)
}

/// One path at one node: all assign, then all append, then all remove, and the controls bind what is below.
fn step(mut here: Known, said: &[(Who, &Said)]) -> Known {
    let (may_append, may_remove) = (here.may("@@append"), here.may("@@remove"));
    let lists =
        |operator: &'static str| said.iter().filter_map(move |(who, said)| Some((*who, said.get(operator)?)));
    if here.may("@@assign")
        && let Some((who, value)) = lists("@@assign").next()
    {
        let value = text(value);
        here.from = value.as_array().map(|list| vec![who; list.len()]).unwrap_or_default();
        (here.value, here.by) = (Some(value), vec![who]);
    }
    for (who, values) in lists("@@append").filter(|_| may_append) {
        let (before, made) = (here.from.len(), here.value.is_none());
        let mut list = here.value.take().unwrap_or(json!([])).as_array().unwrap().clone();
        list.extend(values.as_array().unwrap().clone());
        let list = text(&Value::Array(list));
        here.from.resize(list.as_array().unwrap().len(), who);
        if made || here.from.len() > before {
            here.by.push(who);
        }
        here.value = Some(list);
    }
    for (who, values) in lists("@@remove").filter(|_| may_remove) {
        let gone = text(values);
        if let Some(Value::Array(list)) = &mut here.value {
            let stays: Vec<bool> = list.iter().map(|v| !gone.as_array().unwrap().contains(v)).collect();
            let mut each = stays.iter();
            list.retain(|_| *each.next().unwrap());
            let mut each = stays.iter();
            here.from.retain(|_| *each.next().unwrap());
            if stays.contains(&false) {
                here.by.push(who);
            }
        }
    }
    for (_, control) in lists("@@operators_allowed_for_child_policies") {
        let words: Vec<String> =
            control.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_lowercase()).collect();
        let now = ["@@assign", "@@append", "@@remove"].into_iter();
        let now = now.filter(|op| words.iter().any(|w| w == *op || w == "@@all"));
        let now: BTreeSet<String> = now.map(ToString::to_string).collect();
        here.allowed = Some(match here.allowed.take() {
            Some(so_far) => so_far.intersection(&now).cloned().collect(),
            None => now,
        });
    }
    here
}

/// The document: what has a value, and what every tag has.
fn shown(kind: PolicyKind, known: &BTreeMap<Path, Known>) -> Value {
    let mut document = json!({});
    for (path, here) in known {
        if let Some(value) = &here.value {
            put(&mut document, path, value.clone());
        }
        if kind == PolicyKind::Tag && path.len() == 2 {
            for (name, value) in [("tag_key", json!(path[1])), ("tag_value", json!(["*"]))] {
                let at = [path.as_slice(), &[name.to_owned()]].concat();
                if known.get(&at).is_none_or(|known| known.value.is_none()) {
                    put(&mut document, &at, value);
                }
            }
        }
    }
    document
}

fn put(document: &mut Value, path: &[String], value: Value) {
    match path {
        [] => *document = value,
        [name, rest @ ..] => {
            let below = document.as_object_mut().unwrap().entry(name.clone()).or_insert_with(|| json!({}));
            put(below, rest, value);
        }
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Some of these values, now and then one of them twice.
    fn list(&mut self, from: &[&str]) -> Value {
        let n = 1 + self.below(3);
        Value::Array((0..n).map(|_| json!(self.pick(from))).collect())
    }

    fn controlled(&mut self, mut place: Value) -> Value {
        if self.one_in(3) {
            let controls = [
                json!(["@@none"]),
                json!(["@@all"]),
                json!(["@@assign"]),
                json!(["@@append"]),
                json!(["@@remove"]),
                json!(["@@Append", "@@remove"]),
                json!(["@@all", "@@assign"]),
            ];
            let control = controls[self.below(controls.len())].clone();
            place["@@operators_allowed_for_child_policies"] = control;
        }
        place
    }

    fn many(&mut self, from: &[&str]) -> Value {
        let mut place = json!({});
        if self.one_in(2) {
            place["@@assign"] = if self.one_in(8) { json!([]) } else { self.list(from) };
        }
        if self.one_in(2) {
            place["@@append"] = self.list(from);
        }
        if self.one_in(3) {
            place["@@remove"] = self.list(from);
        }
        self.controlled(place)
    }

    fn one(&mut self, from: &[&str]) -> Value {
        let place = if self.one_in(6) { json!({}) } else { json!({ "@@assign": self.pick(from) }) };
        self.controlled(place)
    }

    /// Some of these names, each with what comes out of the function.
    fn section(&mut self, names: &[&str], mut make: impl FnMut(&mut Dice, &str) -> Value) -> Value {
        let mut place = json!({});
        for name in names {
            if self.one_in(2) {
                place[*name] = make(self, name);
            }
        }
        self.controlled(place)
    }

    fn document(&mut self, kind: PolicyKind) -> Value {
        let below = match kind {
            PolicyKind::Tag => {
                let spelled = [["k", "K"], ["cost", "Cost"], ["x y", "X Y"]].map(|both| both[self.below(2)]);
                self.section(&spelled, |dice, key| {
                    let (upper, lower) = (key.to_uppercase(), key.to_lowercase());
                    dice.section(&["tag_key", "tag_value", "enforced_for"], |dice, field| match field {
                        "tag_key" => dice.one(&[&upper, &lower]),
                        "tag_value" => dice.many(&["a", "b", "c", "true", "1"]),
                        _ => dice.many(&["ec2:instance", "sqs:queue"]),
                    })
                })
            }
            PolicyKind::Backup => self.section(&["p", "P"], |dice, _| {
                dice.section(&["regions", "rules"], |dice, field| match field {
                    "regions" => dice.many(&["us-east-1", "us-west-2", "eu-west-1"]),
                    _ => dice.section(&["r", "s"], |dice, _| {
                        dice.section(&["target_backup_vault_name", "lifecycle"], |dice, field| match field {
                            "lifecycle" => {
                                dice.section(&["delete_after_days"], |dice, _| dice.one(&["1", "2"]))
                            }
                            _ => dice.one(&["v", "w"]),
                        })
                    }),
                })
            }),
            PolicyKind::Chatbot => self.section(&["platforms", "default"], |dice, field| match field {
                "default" => dice.section(&["client"], |dice, _| dice.one(&["enabled", "disabled"])),
                _ => dice.section(&["slack", "chime"], |dice, field| match field {
                    "chime" => dice.section(&["client"], |dice, _| dice.one(&["enabled", "disabled"])),
                    _ => dice.section(&["workspaces", "overrides"], |dice, field| match field {
                        "workspaces" => dice.many(&["T1", "T2", "*"]),
                        _ => dice.section(&["T1", "T2"], |dice, _| {
                            dice.section(&["supported_channel_types"], |dice, _| {
                                dice.many(&["public", "private"])
                            })
                        }),
                    }),
                }),
            }),
            _ => self.section(&["default", "lex", "q"], |dice, _| {
                dice.section(&["opt_out_policy"], |dice, _| dice.one(&["optIn", "optOut"]))
            }),
        };
        json!({ kind.root(): below })
    }
}

const KINDS: [PolicyKind; 4] =
    [PolicyKind::Tag, PolicyKind::Backup, PolicyKind::Chatbot, PolicyKind::AiServicesOptOut];

/// Hierarchies of each type; four types make more than 100,000.
const CASES: usize = 26_000;

#[test]
fn both_mergers_agree() {
    for kind in KINDS {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let pool: Vec<(Value, ManagementDocument)> = (0..600)
            .map(|_| {
                let value = dice.document(kind);
                let document = super::document(kind, &value.to_string());
                (value, document)
            })
            .collect();
        let ids: Vec<String> = (0..pool.len()).map(|n| format!("p-{n}")).collect();
        for case in 0..CASES {
            let depth = 1 + dice.below(4);
            let levels: Vec<Vec<usize>> =
                (0..depth).map(|_| (0..dice.below(3)).map(|_| dice.below(pool.len())).collect()).collect();
            let values: Vec<Vec<(usize, &Value)>> =
                levels.iter().map(|node| node.iter().map(|n| (*n, &pool[*n].0)).collect()).collect();
            let mut inherited = Inherited::root(kind);
            for (n, node) in levels.iter().enumerate() {
                let policies: Vec<(&str, &ManagementDocument)> =
                    node.iter().map(|n| (ids[*n].as_str(), &pool[*n].1)).collect();
                inherited = inherited.below(&Node { id: &n.to_string(), policies: &policies });
            }
            let got = inherited.effective();
            let document: Value = serde_json::from_str(&got.document).unwrap();
            let used: Vec<&ManagementDocument> = levels.iter().flatten().map(|n| &pool[*n].1).collect();
            if always_valid(kind, &used) {
                assert!(got.errors.is_empty(), "{kind}, case {case}: {values:?}");
            }
            let (want, known) = naive(kind, &values);
            assert_eq!(document, want, "{kind}, case {case}: {values:?}");
            if case % 10 == 0 {
                provenance(&got.leaves, &want, &known);
            }
        }
    }
}

/// Every leaf has its place in the document, and was set by those that the naive merger says; what nobody set is what
/// the type has without a policy.
fn provenance(leaves: &[Leaf], document: &Value, known: &BTreeMap<Path, Known>) {
    let who = |source: &Source| -> Who {
        (source.node.parse().unwrap(), source.policy.trim_start_matches("p-").parse().unwrap())
    };
    assert_eq!(leaves.len(), settings(document), "{document}");
    for leaf in leaves {
        let at = leaf.path.iter().fold(document, |value, name| &value[&**name]);
        let path: Path = leaf.path.iter().map(ToString::to_string).collect();
        let nobody = Known::default();
        let want = known.get(&path).filter(|known| known.value.is_some()).unwrap_or(&nobody);
        assert_eq!(leaf.set_by.iter().map(who).collect::<Vec<_>>(), want.by, "{leaf}");
        match &leaf.value {
            LeafValue::One(text) => assert_eq!(at, &json!(**text), "{leaf}"),
            LeafValue::List(values) => {
                let texts: Vec<&str> = values.iter().map(|(value, _)| &**value).collect();
                assert_eq!(at, &json!(texts), "{leaf}");
                let from: Vec<Who> =
                    values.iter().filter_map(|(_, source)| source.as_ref()).map(who).collect();
                assert_eq!(from, want.from, "{leaf}");
            }
        }
    }
}

fn settings(document: &Value) -> usize {
    document.as_object().map_or(1, |below| below.values().map(settings).sum())
}
