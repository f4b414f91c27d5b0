//! What stands behind an arrow, and whether it is so.

use serde_json::Value;

use super::player::{Came, Player};
use super::policies::document;

/// States of handshakes, transfers, and requests to create accounts.
const STATES: [&str; 10] = [
    "OPEN",
    "REQUESTED",
    "CANCELED",
    "ACCEPTED",
    "DECLINED",
    "EXPIRED",
    "WITHDRAWN",
    "IN_PROGRESS",
    "SUCCEEDED",
    "FAILED",
];
/// The members that hold the entries of an answer that is a list.
pub(super) const LISTS: [&str; 15] = [
    "Accounts",
    "Children",
    "CreateAccountStatuses",
    "DelegatedAdministrators",
    "DelegatedServices",
    "EnabledServicePrincipals",
    "Handshakes",
    "OrganizationalUnits",
    "Parents",
    "ResponsibilityTransfers",
    "Roots",
    "Tags",
    "Policies",
    "Targets",
    "EffectivePolicyValidationErrors",
];
/// Those among them that are in the order of their ids or keys.
const ORDERED: usize = 12;

/// What has to come of a line.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// The code and the reason of a refusal; success otherwise.
    refusal: Option<(String, Option<String>)>,
    /// State, and names for what is in it.
    state: Option<(String, Vec<String>)>,
    list: Option<Vec<String>>,
    /// How many entries the list has.
    entries: Option<usize>,
    in_order: bool,
    more: bool,
    /// Names for members of the answer.
    bindings: Vec<(String, String)>,
    /// A document: the same text, or of the same meaning.
    stored: Option<String>,
    content: Option<Value>,
    members: Vec<(String, String)>,
    /// `party`, `resource` or `no resource`; type; value.
    parts: Vec<(&'static str, String, Option<String>)>,
    mails: Vec<(String, String)>,
    any_mail: bool,
}

/// Splits at commas and words at blanks, neither of which counts between double quotes or braces.
fn split(text: &str, by: impl Fn(char) -> bool) -> Vec<String> {
    let mut quoted = false;
    let mut parts = vec![String::new()];
    for c in text.chars() {
        quoted ^= matches!(c, '"' | '{' | '}');
        if by(c) && !quoted {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    parts.iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

fn unquoted(text: &str) -> String {
    text.replace('"', "")
}

/// `AccessDenied`, and not `ACCEPTED`, `A` or `h1`.
fn is_code(word: &str) -> bool {
    let word = word.split('/').next().unwrap_or_default();
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphabetic())
        && word.chars().any(|c| c.is_ascii_lowercase())
}

impl Expected {
    /// Nothing but success.
    pub(super) fn success() -> Self {
        Self { any_mail: true, ..Self::default() }
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut expected = Self::default();
        let mut text = text;
        if let Some((rest, document)) = text.split_once("stored ") {
            (text, expected.stored) = (rest, Some(document.trim().to_owned()));
        } else if let Some((rest, document)) = text.split_once("content ") {
            text = rest;
            expected.content = Some(serde_json::from_str(document).map_err(|e| e.to_string())?);
        }
        for part in split(text, |c| c == ',') {
            let words = split(&part, char::is_whitespace);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["ok"] => {}
                ["more"] => expected.more = true,
                ["nothing"] => expected.list = Some(Vec::new()),
                ["binds", name, "to", path] => {
                    expected.bindings.push(((*name).to_owned(), (*path).to_owned()));
                }
                ["in", "order", entries @ ..] => {
                    expected.in_order = true;
                    expected.list = Some(entries.iter().map(|e| unquoted(e)).collect());
                }
                ["any", "mail"] => expected.any_mail = true,
                ["mail", kind, "to", to] => expected.mails.push(((*kind).to_owned(), (*to).to_owned())),
                ["party", r#type, id] => {
                    expected.parts.push(("party", (*r#type).to_owned(), Some(unquoted(id))))
                }
                ["resource", r#type, value] => {
                    expected.parts.push(("resource", (*r#type).to_owned(), Some(unquoted(value))));
                }
                ["no", "resource", r#type] => {
                    expected.parts.push(("no resource", (*r#type).to_owned(), None))
                }
                [member] if member.starts_with('.') => {
                    let (path, value) =
                        member.split_once('=').ok_or_else(|| format!("what about {member}?"))?;
                    expected.members.push((path.to_owned(), unquoted(value)));
                }
                [state, names @ ..] if STATES.contains(state) => {
                    let names = names.iter().map(|name| (*name).to_owned()).collect();
                    expected.state = Some(((*state).to_owned(), names));
                }
                [n, "entries"] => expected.entries = Some(n.parse().map_err(|_| "how many entries?")?),
                [code] if is_code(code) => {
                    let (code, reason) =
                        code.split_once('/').map_or((*code, None), |(c, r)| (c, Some(r.to_owned())));
                    expected.refusal = Some((code.to_owned(), reason));
                }
                entries => expected.list = Some(entries.iter().map(|e| unquoted(e)).collect()),
            }
        }
        Ok(expected)
    }

    pub(super) fn compare(&self, player: &mut Player, came: &Came) -> Result<(), String> {
        match (&came.result, &self.refusal) {
            (Ok(answer), None) => self.compare_answer(player, answer)?,
            (Err((code, reason)), Some((want, why))) => {
                if code != want || (why.is_some() && reason != why) {
                    return Err(format!(
                        "expected {want}{}",
                        why.iter().map(|w| format!("/{w}")).collect::<String>()
                    ));
                }
            }
            (Ok(_), Some((want, _))) => return Err(format!("expected {want}")),
            (Err(_), None) => return Err("expected success".to_owned()),
        }
        if self.any_mail {
            return Ok(());
        }
        let mut unexpected: Vec<(String, String)> =
            came.mails.iter().map(|m| (m.kind.wire().to_owned(), m.to.to_string())).collect();
        for (kind, to) in &self.mails {
            let to = player.address(to);
            let there = unexpected.iter().position(|(k, t)| k == kind && *t == to);
            unexpected.remove(there.ok_or_else(|| format!("no mail {kind} to {to}"))?);
        }
        match unexpected.first() {
            Some((kind, to)) => Err(format!("unexpected mail {kind} to {to}")),
            None => Ok(()),
        }
    }

    fn compare_answer(&self, player: &mut Player, answer: &Value) -> Result<(), String> {
        if let Some((state, names)) = &self.state {
            compare_state(player, answer, state, names)?;
        }
        let place = LISTS.iter().position(|name| answer.get(name).is_some());
        let list = place.and_then(|n| answer[LISTS[n]].as_array());
        if let Some(list) = list.filter(|_| place < Some(ORDERED)) {
            in_order(list)?;
        }
        for (name, path) in &self.bindings {
            let there = member(answer, path).ok_or_else(|| format!("there is no {path}"))?;
            player.bind(name, &there)?;
        }
        if let Some(stored) = &self.stored
            && document(answer) != Some(stored)
        {
            return Err("expected another text".to_owned());
        }
        if let Some(content) = &self.content {
            let there = document(answer).and_then(|text| serde_json::from_str(text).ok());
            if there.as_ref() != Some(content) {
                return Err("expected another document".to_owned());
            }
        }
        if let Some(entries) = &self.list {
            let list = list.ok_or("there is no list")?;
            compare_list(player, entries, list)?;
            let resolved = entries.iter().map(|e| player.resolve(e)).collect::<Result<Vec<_>, _>>();
            if self.in_order && !resolved?.iter().eq(list.iter().map(key)) {
                return Err("expected another order".to_owned());
            }
        }
        if let Some(n) = self.entries
            && list.is_none_or(|list| list.len() != n)
        {
            return Err(format!("expected {n} entries"));
        }
        if (self.list.is_some() || self.entries.is_some()) && self.more != answer.get("NextToken").is_some() {
            return Err(if self.more { "expected more" } else { "expected no more" }.to_owned());
        }
        for (path, want) in &self.members {
            compare_member(player, answer, path, want)?;
        }
        for (what, r#type, value) in &self.parts {
            let value = value.as_ref().map(|v| player.fill(v)).transpose()?;
            let there = match *what {
                "party" => parties(answer, r#type, value.as_deref().unwrap_or_default()),
                "resource" => resources(&answer["Handshake"]["Resources"], r#type, value.as_deref()),
                _ => !resources(&answer["Handshake"]["Resources"], r#type, None),
            };
            if !there {
                return Err(format!("expected {what} {} {}", r#type, value.unwrap_or_default()));
            }
        }
        Ok(())
    }
}

/// The state of what is answered, and its ids in the order in which a line names them: the reason stands where a
/// failed request has no account.
fn compare_state(player: &mut Player, answer: &Value, state: &str, names: &[String]) -> Result<(), String> {
    let (there, ids) = if let Some(h) = answer.get("Handshake") {
        let resources = h["Resources"].as_array().into_iter().flatten();
        let transfer =
            resources.filter(|r| r["Type"] == "RESPONSIBILITY_TRANSFER").map(|r| &r["Value"]).next();
        (&h["State"], vec![&h["Id"], transfer.unwrap_or(&Value::Null)])
    } else if let Some(c) = answer.get("CreateAccountStatus") {
        let outcome = c.get("FailureReason").unwrap_or(&c["AccountId"]);
        (&c["State"], vec![&c["Id"], outcome, &c["GovCloudAccountId"]])
    } else {
        let t = &answer["ResponsibilityTransfer"];
        (&t["Status"], vec![&t["Id"]])
    };
    if there != state {
        return Err(format!("expected state {state}"));
    }
    for (name, id) in names.iter().zip(ids) {
        let id = id.as_str().ok_or_else(|| format!("there is nothing to call {name}"))?;
        if name.starts_with(|c: char| c.is_ascii_uppercase()) && name.len() > 1 {
            if name != id {
                return Err(format!("expected {name}"));
            }
        } else {
            player.bind(name, id)?;
        }
    }
    Ok(())
}

fn key(entry: &Value) -> &str {
    let names = ["Id", "Key", "ServicePrincipal", "TargetId", "ErrorCode"];
    names.iter().find_map(|k| entry[*k].as_str()).unwrap_or_default()
}

/// Every list is in the order of its ids or keys, and names nothing twice.
fn in_order(list: &[Value]) -> Result<(), String> {
    let sorted = list.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]));
    if sorted { Ok(()) } else { Err("the list is out of order".to_owned()) }
}

fn compare_list(player: &Player, entries: &[String], list: &[Value]) -> Result<(), String> {
    let mut rest: Vec<&Value> = list.iter().collect();
    for entry in entries {
        let there = match entry.split_once('=') {
            Some((k, v)) => rest.iter().position(|e| e["Key"] == k && e["Value"] == v),
            None => {
                let mut parts = entry.split(':');
                let id = player.resolve(parts.next().unwrap_or_default())?;
                let facets: Vec<&str> = parts.collect();
                let has = |e: &Value, facet: &str| {
                    e.as_object().is_some_and(|members| members.values().any(|value| *value == facet))
                };
                rest.iter().position(|e| key(e) == id && facets.iter().all(|f| has(e, f)))
            }
        };
        rest.remove(there.ok_or_else(|| format!("{entry} is not in the list"))?);
    }
    match rest.first() {
        Some(entry) => Err(format!("{} is in the list", key(entry))),
        None => Ok(()),
    }
}

/// `.Handshake.Parties[0].Id`
fn member(answer: &Value, path: &str) -> Option<String> {
    let pointer = path.replace(['.', '['], "/").replace(']', "");
    answer.pointer(&pointer).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
}

/// `.Handshake.Parties[0].Id=…`
fn compare_member(player: &Player, answer: &Value, path: &str, want: &str) -> Result<(), String> {
    let there = member(answer, path);
    let want = if want.is_empty() { None } else { Some(player.fill(want)?) };
    if there == want {
        Ok(())
    } else {
        let (want, there) = (want.unwrap_or("absent".into()), there.unwrap_or("absent".into()));
        Err(format!("expected {path} to be {want}, it is {there}"))
    }
}

/// An organization's id stands there without `o-`.
fn parties(answer: &Value, r#type: &str, id: &str) -> bool {
    let id = id.strip_prefix("o-").unwrap_or(id);
    let parties = answer["Handshake"]["Parties"].as_array();
    parties.is_some_and(|p| p.iter().any(|party| party["Type"] == r#type && party["Id"] == id))
}

fn resources(resources: &Value, r#type: &str, value: Option<&str>) -> bool {
    resources.as_array().is_some_and(|list| {
        list.iter().any(|r| {
            let this = r["Type"] == r#type && value.is_none_or(|v| r["Value"] == v);
            this || self::resources(&r["Resources"], r#type, value)
        })
    })
}
