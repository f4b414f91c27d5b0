//! The naive evaluator: policies.md 3 and observed.md 45 to 55, sentence by sentence, on plain JSON. Slow and simple.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// root, user, role, federated, service, provided, anonymous
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) role: String,
    pub(crate) service_linked: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Key {
    Single(String),
    Multi(Vec<String>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) caller: Caller,
    pub(crate) caller_management: bool,
    pub(crate) action: String,
    /// `*` for none.
    pub(crate) resource: String,
    pub(crate) owner: String,
    pub(crate) owner_management: bool,
    pub(crate) aws_managed: bool,
    pub(crate) decides: bool,
    pub(crate) owner_allows: bool,
    /// What the resource's policy is: resource, trust, organization.
    pub(crate) language: &'static str,
    /// Keys in lower case.
    pub(crate) context: BTreeMap<String, Key>,
    pub(crate) scps: Option<Vec<Vec<Value>>>,
    pub(crate) rcps: Option<Vec<Vec<Value>>>,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) session: Option<Vec<Value>>,
    pub(crate) policy: Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Held {
    Yes,
    No,
    /// "an evaluation error that fails closed both ways"
    Failed,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Glyph {
    Char(char),
    Star,
    Question,
}

const RCP: [&str; 5] = ["s3", "sqs", "kms", "sts", "secretsmanager"];
const MULTI: [&str; 2] = ["aws:tagkeys", "aws:principalorgpaths"];

pub(crate) fn decide(w: &World) -> &'static str {
    let scp_applies = ["root", "user", "role", "federated"].contains(&w.caller.kind.as_str())
        && !w.caller_management
        && !w.caller.service_linked
        && w.scps.is_some();
    let service = w.action.split(':').next().unwrap().to_lowercase();
    let rcp_applies = !w.owner_management
        && !w.caller.service_linked
        && w.action.to_lowercase() != "kms:retiregrant"
        && !(service == "kms" && w.aws_managed)
        && RCP.contains(&service.as_str())
        && w.rcps.is_some();
    let same = !w.caller.account.is_empty() && w.caller.account == w.owner;
    let own = w.language == "organization" && same;
    let policy = w.policy.clone().filter(|_| !own);

    // 1. explicit deny anywhere wins
    let mut all: Vec<Value> = w.identity.clone();
    all.extend(w.boundary.clone());
    all.extend(w.session.clone().unwrap_or_default());
    all.extend(policy.clone());
    if scp_applies {
        all.extend(w.scps.clone().unwrap().into_iter().flatten());
    }
    if rcp_applies {
        all.extend(w.rcps.clone().unwrap().into_iter().flatten());
    }
    if all.iter().any(|d| any_statement(w, d, "Deny", &["any"])) {
        return "explicit";
    }
    // 2. and 3. every level must allow
    for (applies, levels) in [(scp_applies, &w.scps), (rcp_applies, &w.rcps)] {
        if applies {
            let levels = levels.as_ref().unwrap();
            if levels.is_empty() {
                return "implicit";
            }
            for node in levels {
                if !node.iter().any(|d| any_statement(w, d, "Allow", &["any"])) {
                    return "implicit";
                }
            }
        }
    }
    // 4. core grant
    let root = w.caller.kind == "root";
    let identity = root || w.identity.iter().any(|d| any_statement(w, d, "Allow", &["any"]));
    let boundary = w.boundary.as_ref().is_none_or(|d| any_statement(w, d, "Allow", &["any"]));
    let session = w.session.as_ref().is_none_or(|s| s.iter().any(|d| any_statement(w, d, "Allow", &["any"])));
    let by = |ways: &[&str]| policy.as_ref().is_some_and(|d| any_statement(w, d, "Allow", ways));
    let granted = if w.caller.account.is_empty() {
        by(&["any"]) || w.owner_allows
    } else if !same {
        identity && boundary && session && (by(&["any"]) || w.owner_allows)
    } else {
        let whole = by(&["session"]) || (by(&["itself"]) && session);
        let cut = if w.decides {
            by(&["role"]) || (by(&["account"]) && identity)
        } else {
            identity || by(&["role"])
        };
        whole || (cut && boundary && session)
    };
    if granted { "allow" } else { "implicit" }
}

fn list(v: &Value) -> Vec<Value> {
    match v {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn text(v: &Value) -> String {
    match v {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

fn any_statement(w: &World, document: &Value, effect: &str, ways: &[&str]) -> bool {
    let variables = document["Version"] == "2012-10-17";
    list(&document["Statement"]).iter().any(|s| s["Effect"] == effect && statement(w, s, variables, ways))
}

fn statement(w: &World, s: &Value, variables: bool, ways: &[&str]) -> bool {
    // Principal
    let way = if let Some(p) = s.get("Principal") {
        strongest(w, p)
    } else if let Some(p) = s.get("NotPrincipal") {
        if strongest(w, p).is_some() { None } else { Some("role") }
    } else {
        Some("role")
    };
    let Some(way) = way else { return false };
    if ways != ["any"] && !ways.contains(&way) {
        return false;
    }
    // Action
    let fits = |v: &Value| {
        let pattern = expand(&text(v).to_lowercase(), w, true, false).unwrap();
        glob(&pattern, &w.action.to_lowercase())
    };
    let action = match s.get("Action") {
        Some(a) => list(a).iter().any(fits),
        None => !list(&s["NotAction"]).iter().any(fits),
    };
    // Resource
    let fits = |v: &Value| resource_fits(w, &text(v), variables);
    let resource = match (s.get("Resource"), s.get("NotResource")) {
        (Some(r), _) => list(r).iter().any(fits),
        (_, Some(r)) => !list(r).iter().any(fits),
        _ => true,
    };
    if !action || !resource {
        return false;
    }
    // Condition
    let mut held = Vec::new();
    if let Some(Value::Object(blocks)) = s.get("Condition") {
        for (operator, keys) in blocks {
            for (key, wanted) in keys.as_object().unwrap() {
                held.push(condition(w, operator, &key.to_lowercase(), &list(wanted), variables));
            }
        }
    }
    if held.contains(&Held::No) {
        false
    } else if held.contains(&Held::Failed) {
        s["Effect"] == "Deny"
    } else {
        true
    }
}

fn strongest(w: &World, p: &Value) -> Option<&'static str> {
    let mut found = Vec::new();
    if p == "*" {
        found.push("role");
    }
    for kind in ["AWS", "Service", "Federated"] {
        for entry in p.get(kind).map(list).unwrap_or_default() {
            let entry = text(&entry);
            let c = &w.caller;
            if kind != "AWS" {
                let such = if kind == "Service" { "service" } else { "provided" };
                if c.kind == such && c.arn == entry {
                    found.push("itself");
                }
                continue;
            }
            let is_account = !c.account.is_empty()
                && (entry == c.account || entry == format!("arn:aws:iam::{}:root", c.account));
            if entry == "*" {
                found.push("role");
            } else if is_account {
                found.push(if c.kind == "root" { "itself" } else { "account" });
            } else if c.kind == "role" && entry == c.arn {
                found.push("session");
            } else if c.kind == "role" && entry == c.role {
                found.push("role");
            } else if c.kind == "user" && entry == c.arn {
                found.push("itself");
            } else if c.kind == "federated" && entry == c.arn {
                // The ARN of a session, too.
                found.push("session");
            }
        }
    }
    ["session", "itself", "role", "account"].into_iter().find(|way| found.contains(way))
}

fn resource_fits(w: &World, pattern: &str, variables: bool) -> bool {
    if w.resource == "*" {
        return pattern == "*";
    }
    if pattern == "*" {
        return true;
    }
    // "an ARN with fewer than six parts is not completed and matches nothing"; a variable "is replaced in every part"
    let Some(pattern) = expand(pattern, w, true, variables) else { return false };
    let pattern: Vec<&[Glyph]> = pattern.splitn(6, |glyph| matches!(glyph, Glyph::Char(':'))).collect();
    if pattern.len() < 6 {
        return false;
    }
    let arn: Vec<&str> = w.resource.splitn(6, ':').collect();
    (0..6).all(|n| glob(pattern[n], arn[n]))
}

/// The text with its variables replaced; none if one has no value.
fn expand(text: &str, w: &World, wildcards: bool, variables: bool) -> Option<Vec<Glyph>> {
    let mut out = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut n = 0;
    while n < chars.len() {
        if variables && chars[n] == '$' && chars.get(n + 1) == Some(&'{') {
            let end = n + chars[n..].iter().position(|c| *c == '}').unwrap();
            let inner: String = chars[n + 2..end].iter().collect();
            n = end + 1;
            if ["*", "?", "$"].contains(&inner.as_str()) {
                out.extend(inner.chars().map(Glyph::Char));
                continue;
            }
            let (key, default) = match inner.split_once(',') {
                Some((key, default)) => (key.to_owned(), Some(default.trim().trim_matches('\'').to_owned())),
                None => (inner, None),
            };
            let key = key.to_lowercase();
            let value = match w.context.get(&key) {
                _ if MULTI.contains(&key.as_str()) => None,
                Some(Key::Multi(_)) => None,
                Some(Key::Single(value)) => Some(value.clone()),
                None => default,
            };
            out.extend(value?.chars().map(Glyph::Char));
            continue;
        }
        out.push(match chars[n] {
            '*' if wildcards => Glyph::Star,
            '?' if wildcards => Glyph::Question,
            c => Glyph::Char(c),
        });
        n += 1;
    }
    Some(out)
}

fn glob(pattern: &[Glyph], subject: &str) -> bool {
    // `?` is one unit of UTF-16 (recorded, condition_strings).
    let subject: Vec<u16> = subject.encode_utf16().collect();
    // fits[j]: the pattern so far fits the first j units.
    let mut fits = vec![false; subject.len() + 1];
    fits[0] = true;
    for glyph in pattern {
        if let Glyph::Char(c) = glyph {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let next = (0..=subject.len()).map(|j| j > 0 && fits[j - 1] && subject[j - 1] == *unit);
                fits = next.collect();
            }
            continue;
        }
        let mut next = vec![false; subject.len() + 1];
        for j in 0..=subject.len() {
            next[j] = match glyph {
                Glyph::Star => fits[j] || (j > 0 && next[j - 1]),
                _ => j > 0 && fits[j - 1],
            };
        }
        fits = next;
    }
    fits[subject.len()]
}

fn condition(w: &World, operator: &str, key: &str, wanted: &[Value], variables: bool) -> Held {
    let lower = operator.to_lowercase();
    let (set, lower) = match lower.split_once(':') {
        Some((set, rest)) => (set.to_owned(), rest.to_owned()),
        None => (String::new(), lower),
    };
    let exists = lower.strip_suffix("ifexists");
    let (base, if_exists) = (exists.unwrap_or(&lower), exists.is_some());
    let negated = base.contains("not");
    let yes = |b: bool| if b { Held::Yes } else { Held::No };
    let given: Option<(Vec<String>, bool)> = match w.context.get(key) {
        None => None,
        Some(Key::Single(v)) => Some((vec![v.clone()], MULTI.contains(&key))),
        Some(Key::Multi(v)) if v.is_empty() => None,
        Some(Key::Multi(v)) => Some((v.clone(), true)),
    };
    if base == "null" {
        return yes(wanted.iter().any(|v| text(v).eq_ignore_ascii_case("true") == given.is_none()));
    }
    let Some((values, multi)) = given else {
        return yes(if_exists || set == "forallvalues" || (set.is_empty() && negated));
    };
    let each: Vec<Held> =
        values.iter().map(|v| value_holds(w, base, negated, v, wanted, variables)).collect();
    match set.as_str() {
        "" if multi => Held::No,
        "" => each[0],
        "forallvalues" => {
            if each.contains(&Held::No) {
                Held::No
            } else if each.contains(&Held::Failed) {
                Held::Failed
            } else {
                Held::Yes
            }
        }
        _ => {
            if each.contains(&Held::Yes) {
                Held::Yes
            } else if each.contains(&Held::Failed) {
                Held::Failed
            } else {
                Held::No
            }
        }
    }
}

fn value_holds(w: &World, base: &str, negated: bool, given: &str, wanted: &[Value], variables: bool) -> Held {
    let is_arn = |s: &str| s.starts_with("arn:") && s.splitn(6, ':').count() == 6;
    if base.starts_with("arn") && !is_arn(given) {
        return Held::No;
    }
    if base.ends_with("ipaddress") && bits(given).is_none() {
        return Held::No;
    }
    for v in wanted {
        let v = text(v);
        let fits = if base.starts_with("string") {
            match expand(&v, w, base.ends_with("like"), variables) {
                None => false,
                Some(pattern) if base.ends_with("ignorecase") => {
                    let plain: String =
                        pattern.iter().map(|g| if let Glyph::Char(c) = g { *c } else { '?' }).collect();
                    let beyond = |s: &str| s.chars().filter(|c| *c > '\u{ffff}').collect::<String>();
                    plain.to_lowercase() == given.to_lowercase() && beyond(&plain) == beyond(given)
                }
                Some(pattern) => glob(&pattern, given),
            }
        } else if base.starts_with("arn") {
            match expand(&v, w, true, variables) {
                None => false,
                Some(pattern) => match arn_fits(&pattern, given) {
                    None => return Held::Failed,
                    Some(fits) => fits,
                },
            }
        } else if base == "bool" {
            let is_true = |s: &str| s.to_lowercase() == "true";
            match expand(&v, w, false, variables) {
                None => false,
                Some(p) => {
                    let plain: String =
                        p.iter().map(|g| if let Glyph::Char(c) = g { *c } else { '?' }).collect();
                    is_true(&plain) == is_true(given)
                }
            }
        } else if base == "binaryequals" {
            v == given
        } else if base.ends_with("ipaddress") {
            in_range(&v, given)
        } else if let Some(order) = base.strip_prefix("numeric") {
            compare(order, number(given).zip(number(&v)))
        } else if let Some(order) = base.strip_prefix("date") {
            compare(order, date(given).zip(date(&v)))
        } else {
            panic!("{base}")
        };
        if fits {
            return if negated { Held::No } else { Held::Yes };
        }
    }
    if negated { Held::Yes } else { Held::No }
}

/// None for a pattern that is no ARN.
fn arn_fits(pattern: &[Glyph], given: &str) -> Option<bool> {
    let fields: Vec<&[Glyph]> = pattern.splitn(6, |g| *g == Glyph::Char(':')).collect();
    if fields.len() < 6 {
        return None;
    }
    Some(fields.iter().zip(given.splitn(6, ':')).all(|(field, text)| glob(field, text)))
}

fn compare(order: &str, pair: Option<(i128, i128)>) -> bool {
    let Some((a, b)) = pair else { return false };
    match order {
        "equals" | "notequals" => a == b,
        "lessthan" => a < b,
        "lessthanequals" => a <= b,
        "greaterthan" => a > b,
        "greaterthanequals" => a >= b,
        other => panic!("{other}"),
    }
}

/// In units of 10^-12; the generator makes no finer or very large numbers.
pub(crate) fn number(text: &str) -> Option<i128> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let scale = 12 + exponent - fraction.len() as i32;
    let value: i128 = digits.parse().ok()?;
    if scale >= 0 {
        Some(sign * value * 10i128.pow(scale as u32))
    } else {
        Some(sign * value / 10i128.pow(-scale as u32))
    }
}

/// Milliseconds, looked up: the generator's dates with the instants that they are.
pub(crate) const DATES: [(&str, i128); 7] = [
    ("2026-01-01", 1_767_225_600_000),
    ("2026-01-01T00:00:00Z", 1_767_225_600_000),
    ("2026-01-01T00:00:00.0009Z", 1_767_225_600_000),
    ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
    ("2026-01-01T12:34:56.789", 1_767_270_896_789),
    ("2025-12-31T23:59Z", 1_767_225_540_000),
    ("1969-12-31T23:59:59Z", -1_000),
];

fn date(text: &str) -> Option<i128> {
    if let Some((_, ms)) = DATES.iter().find(|(t, _)| *t == text) {
        return Some(*ms);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if plain { text.parse::<i128>().ok().map(|s| s * 1000) } else { None }
}

/// An address as a text of zeros and ones. What is given as an IPv4 address in IPv6 is the IPv4 address; no other
/// IPv6 address has octets (recorded, condition_ip).
fn bits(text: &str) -> Option<String> {
    if text.contains(':') {
        let v6: std::net::Ipv6Addr = text.parse().ok()?;
        if v6.octets().starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) {
            return Some(v6.octets()[12..].iter().map(|o| format!("{o:08b}")).collect());
        }
        if text.contains('.') {
            return None;
        }
        return Some(v6.octets().iter().map(|o| format!("{o:08b}")).collect());
    }
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4
        || parts.iter().any(|p| p.is_empty() || p.len() > 3 || !p.chars().all(|c| c.is_ascii_digit()))
    {
        return None;
    }
    let octets: Option<Vec<u8>> = parts.iter().map(|p| p.parse::<u8>().ok()).collect();
    Some(octets?.iter().map(|o| format!("{o:08b}")).collect())
}

fn in_range(range: &str, given: &str) -> bool {
    let Some(given) = bits(given) else { return false };
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, length.parse::<usize>().ok()),
        None => (range, Some(if range.contains(':') { 128 } else { 32 })),
    };
    let (Some(base), Some(length)) = (bits(base), length) else { return false };
    // In IPv6 a range with bits after its prefix is none, nor is one of IPv4 addresses (recorded, condition_ip).
    if range.contains(':') && (base.len() == 32 || base.chars().skip(length).any(|b| b == '1')) {
        return false;
    }
    length <= base.len() && base.len() == given.len() && base[..length] == given[..length]
}
