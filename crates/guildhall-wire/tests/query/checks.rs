//! An input of every kind of member, a writer of forms, and what has to hold for every form. The fuzzer uses this file,
//! too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guildhall_wire::query::{MAX_PARAMETERS, QueryCall, QueryFault, read};
use http::Method;
use serde::Deserialize;

/// An input.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    pub(crate) name: Option<String>,
    pub(crate) flag: Option<bool>,
    pub(crate) count: Option<i64>,
    pub(crate) list: Option<Vec<String>>,
    pub(crate) gaps: Option<Vec<Option<String>>>,
    pub(crate) things: Option<Vec<Thing>>,
    pub(crate) map: Option<BTreeMap<String, String>>,
    pub(crate) deep: Option<Box<Thing>>,
}

/// A structure with more inside.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Thing {
    pub(crate) name: Option<String>,
    pub(crate) count: Option<u8>,
    pub(crate) list: Option<Vec<String>>,
    pub(crate) deep: Option<Box<Thing>>,
    pub(crate) map: Option<BTreeMap<String, Vec<String>>>,
}

/// The parameters of a form: what an input is, by paths.
#[derive(Default)]
struct Form(Vec<(String, String)>);

impl Form {
    fn put(&mut self, path: &str, value: impl ToString) {
        self.0.push((path.to_owned(), value.to_string()));
    }

    fn list<T>(&mut self, path: &str, list: &[T], mut element: impl FnMut(&mut Self, &str, &T)) {
        if list.is_empty() {
            self.put(path, "");
        }
        for (n, value) in (1..).zip(list) {
            element(self, &format!("{path}.member.{n}"), value);
        }
    }

    fn strings(&mut self, path: &str, list: &[String]) {
        self.list(path, list, |form, path, value| form.put(path, value));
    }

    fn map<T>(&mut self, path: &str, map: &BTreeMap<String, T>, mut value: impl FnMut(&mut Self, &str, &T)) {
        if map.is_empty() {
            self.put(path, "");
        }
        for (n, (key, of)) in (1..).zip(map) {
            self.put(&format!("{path}.entry.{n}.key"), key);
            value(self, &format!("{path}.entry.{n}.value"), of);
        }
    }

    fn thing(&mut self, path: &str, thing: &Thing) {
        let before = self.0.len();
        let Thing { name, count, list, deep, map } = thing;
        name.iter().for_each(|value| self.put(&format!("{path}.Name"), value));
        count.iter().for_each(|value| self.put(&format!("{path}.Count"), value));
        list.iter().for_each(|value| self.strings(&format!("{path}.List"), value));
        deep.iter().for_each(|value| self.thing(&format!("{path}.Deep"), value));
        if let Some(value) = map {
            self.map(&format!("{path}.Map"), value, |form, path, value| form.strings(path, value));
        }
        if self.0.len() == before {
            self.put(path, "");
        }
    }
}

/// An input as a form. The seed shuffles the parameters and says which characters are escaped.
pub(crate) fn form(input: &Input, mut seed: u64) -> String {
    let mut form = Form::default();
    let Input { name, flag, count, list, gaps, things, map, deep } = input;
    name.iter().for_each(|value| form.put("Name", value));
    flag.iter().for_each(|value| form.put("Flag", value));
    count.iter().for_each(|value| form.put("Count", value));
    list.iter().for_each(|value| form.strings("List", value));
    if let Some(value) = gaps {
        form.list("Gaps", value, |form, path, value| value.iter().for_each(|value| form.put(path, value)));
    }
    things.iter().for_each(|value| form.list("Things", value, Form::thing));
    map.iter().for_each(|value| form.map("Map", value, |form, path, value| form.put(path, value)));
    deep.iter().for_each(|value| form.thing("Deep", value));
    let mut next = || {
        // Knuth's, and its upper half.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 32
    };
    let mut parameters = form.0;
    parameters.sort_by_cached_key(|_| next());
    let mut text = String::new();
    for (name, value) in &parameters {
        escape(&mut text, name, &mut next);
        text.push('=');
        escape(&mut text, value, &mut next);
        text.push('&');
    }
    text
}

fn escape(text: &mut String, raw: &str, next: &mut impl FnMut() -> u64) {
    for character in raw.chars() {
        let plain = !matches!(character, '&' | '=' | '+' | '%') && !next().is_multiple_of(4);
        if character == ' ' && plain {
            text.push('+');
        } else if plain {
            text.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                if next().is_multiple_of(2) {
                    write!(text, "%{byte:02X}")
                } else {
                    write!(text, "%{byte:02x}")
                }
                .unwrap();
            }
        }
    }
}

/// What has to hold for every form: it is read or refused, the same each time and wherever it stands; what is read is
/// not much more than what was sent; and what is read can be sent and read again.
pub(crate) fn query_form(form: &[u8]) {
    let outcome = read::<Input>(form);
    assert_eq!(outcome, read::<Input>(form));
    if let Ok(call) = QueryCall::parse(&Method::POST, None, form) {
        assert_eq!(outcome, call.input());
    }
    if let Ok(free) = read::<serde_json::Value>(form) {
        assert!(!free.is_string(), "all of a form is no text");
    }
    match outcome {
        Ok(input) => {
            let list = input.gaps.as_ref().map_or(0, Vec::len).max(input.things.as_ref().map_or(0, Vec::len));
            assert!(list <= 11 * form.len().min(MAX_PARAMETERS));
            let again = self::form(&input, 1);
            // What was left out of a list of structures is written, and can be too much.
            if again.matches('&').count() <= MAX_PARAMETERS {
                assert_eq!(read(again.as_bytes()), Ok(input));
            }
        }
        Err(error) => {
            let fault = QueryFault::from(error);
            assert!(["MalformedInput", "ValidationError"].contains(&&*fault.code));
            assert!(fault.message.chars().count() < 2_000);
            assert!(fault.body("urn:x", "r").ends_with("</ErrorResponse>\n"));
        }
    }
}
