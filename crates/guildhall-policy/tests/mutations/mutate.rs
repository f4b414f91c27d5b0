//! Inputs made of seeds: their trees are changed with pieces of each other, and some of the texts are damaged too.

use serde_json::{Map, Value, json};

/// A seed: the name of its language, and the policies of each node of a path.
pub(super) struct Seed {
    language: String,
    nodes: Vec<Vec<Value>>,
}

impl Seed {
    pub(super) fn new(text: &str) -> Seed {
        let (language, rest) = text.split_once('\n').unwrap();
        let policies = |node: &str| node.split("\n---\n").map(|p| serde_json::from_str(p).unwrap()).collect();
        Seed { language: language.to_owned(), nodes: rest.split("\n===\n").map(policies).collect() }
    }

    pub(super) fn text(&self) -> String {
        write(&self.language, &self.nodes, ToString::to_string)
    }
}

fn write(language: &str, nodes: &[Vec<Value>], mut document: impl FnMut(&Value) -> String) -> String {
    let nodes: Vec<String> =
        nodes.iter().map(|node| node.iter().map(&mut document).collect::<Vec<_>>().join("\n---\n")).collect();
    format!("{language}\n{}", nodes.join("\n===\n"))
}

pub(super) struct Mutator<'s> {
    seeds: &'s [Seed],
    /// Every value and every key of the seeds.
    values: Vec<Value>,
    keys: Vec<String>,
    state: u64,
}

impl<'s> Mutator<'s> {
    pub(super) fn new(seeds: &'s [Seed]) -> Mutator<'s> {
        let mut mutator =
            Mutator { seeds, values: Vec::new(), keys: Vec::new(), state: 0x9e37_79b9_7f4a_7c15 };
        for policy in seeds.iter().flat_map(|seed| seed.nodes.iter().flatten()) {
            mutator.learn(policy);
        }
        let odd =
            [json!(null), json!(true), json!(-1), json!(1e30), json!(""), json!([]), json!({}), json!("*")];
        mutator.values.extend(odd);
        mutator
    }

    fn learn(&mut self, value: &Value) {
        self.values.push(value.clone());
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Object(members) => members.iter().for_each(|(key, value)| {
                self.keys.push(key.clone());
                self.learn(value);
            }),
            _ => {}
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % n.max(1) as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn value(&mut self) -> Value {
        let n = self.below(self.values.len());
        self.values[n].clone()
    }

    fn key(&mut self) -> String {
        let n = self.below(self.keys.len());
        self.keys[n].clone()
    }

    pub(super) fn input(&mut self) -> String {
        let seed = &self.seeds[self.below(self.seeds.len())];
        let mut nodes = seed.nodes.clone();
        for _ in 0..self.below(3) {
            let node = self.below(nodes.len());
            let policy = self.below(nodes[node].len());
            self.change(&mut nodes[node][policy]);
        }
        if nodes.len() > 1 && self.one_in(4) {
            // The same policies elsewhere on the path.
            let (from, to) = (self.below(nodes.len()), self.below(nodes.len()));
            let moved = nodes[from].clone();
            nodes[to].extend(moved);
        }
        let language =
            if self.one_in(20) { &self.seeds[self.below(self.seeds.len())].language } else { &seed.language };
        let pretty = self.one_in(4);
        let text = write(language, &nodes, |document| {
            if pretty { serde_json::to_string_pretty(document).unwrap() } else { document.to_string() }
        });
        if self.one_in(3) { self.damaged(&text) } else { text }
    }

    /// Changes one place of the tree.
    fn change(&mut self, root: &mut Value) {
        let place = self.below(size(root));
        let Some(place) = nth(root, &mut { place }) else { return };
        match (self.below(6), place) {
            (0, Value::Object(members)) => {
                members.insert(self.key(), self.value());
            }
            (1, Value::Object(members)) => {
                let key = members.keys().nth(self.below(members.len())).cloned();
                key.and_then(|key| members.remove(&key));
            }
            (2, Value::Object(members)) => self.rename(members),
            (0 | 1, Value::Array(items)) => items.push(self.value()),
            (2 | 3, Value::Array(items)) if !items.is_empty() => {
                items.remove(self.below(items.len()));
            }
            (0..=3, Value::String(text)) => *text = self.text(text),
            (4, place) => *place = json!([place.take()]),
            (_, place) => *place = self.value(),
        }
    }

    fn rename(&mut self, members: &mut Map<String, Value>) {
        let Some(key) = members.keys().nth(self.below(members.len())).cloned() else { return };
        let value = members.remove(&key).unwrap_or_default();
        let name = match self.below(3) {
            0 => self.key(),
            1 => key.to_uppercase(),
            _ => self.text(&key),
        };
        members.insert(name, value);
    }

    fn text(&mut self, text: &str) -> String {
        match self.below(6) {
            0 => text.to_uppercase(),
            1 => text.chars().rev().collect(),
            2 => text.repeat(1 + self.below(40)),
            3 => format!("{text}{}", self.spare()),
            4 => text.chars().take(self.below(text.len())).collect(),
            _ => self.value().as_str().unwrap_or_default().to_owned(),
        }
    }

    fn spare(&mut self) -> char {
        let spare: Vec<char> = "\"{}[]:,*?@$/\\'0e-. \n\u{0}\u{feff}é😀".chars().collect();
        spare[self.below(spare.len())]
    }

    /// Changes characters, drops and doubles pieces.
    fn damaged(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(chars.len());
            let end = chars.len().min(at + 1 + self.below(40));
            match self.below(5) {
                0 => drop(chars.drain(at..end)),
                1 => {
                    let piece: Vec<char> = chars[at..end].to_vec();
                    chars.splice(at..at, piece);
                }
                2 => chars.truncate(at.max(1)),
                3 => chars.insert(at, self.spare()),
                _ => chars[at] = self.spare(),
            }
            if chars.is_empty() {
                chars.push(self.spare());
            }
        }
        chars.into_iter().collect()
    }
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// The place with this number, counted from the root down.
fn nth<'v>(value: &'v mut Value, n: &mut usize) -> Option<&'v mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        Value::Object(members) => members.values_mut().find_map(|item| nth(item, n)),
        _ => None,
    }
}
