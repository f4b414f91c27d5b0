//! Values as text again.

use std::fmt::{self, Write as _};

use super::value::{JsonKind, Value};

/// Compact JSON: no blanks, members in order, numbers as they were written.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            JsonKind::Null => f.write_str("null"),
            JsonKind::Bool(b) => write!(f, "{b}"),
            JsonKind::Number(text) => f.write_str(text),
            JsonKind::String(text) => quoted(f, text),
            JsonKind::Array(items) => {
                f.write_char('[')?;
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        f.write_char(',')?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_char(']')
            }
            JsonKind::Object(members) => {
                f.write_char('{')?;
                for (n, member) in members.iter().enumerate() {
                    if n > 0 {
                        f.write_char(',')?;
                    }
                    quoted(f, &member.key)?;
                    write!(f, ":{}", member.value)?;
                }
                f.write_char('}')
            }
        }
    }
}

/// The value as compact JSON.
pub fn compact(value: &Value) -> String {
    value.to_string()
}

/// The value as JSON for people: a member or element to a line, two blanks for each level.
pub fn indented(value: &Value) -> String {
    let mut text = String::new();
    indent(value, 1, &mut text);
    text
}

fn indent(value: &Value, depth: usize, to: &mut String) {
    let line = |to: &mut String, n: usize, depth: usize| {
        if n > 0 {
            to.push(',');
        }
        to.push('\n');
        to.push_str(&"  ".repeat(depth));
    };
    match &value.kind {
        JsonKind::Array(items) if !items.is_empty() => {
            to.push('[');
            for (n, item) in items.iter().enumerate() {
                line(to, n, depth);
                indent(item, depth.saturating_add(1), to);
            }
            line(to, 0, depth.saturating_sub(1));
            to.push(']');
        }
        JsonKind::Object(members) if !members.is_empty() => {
            to.push('{');
            for (n, member) in members.iter().enumerate() {
                line(to, n, depth);
                to.push_str(&escape(&member.key));
                to.push_str(": ");
                indent(&member.value, depth.saturating_add(1), to);
            }
            line(to, 0, depth.saturating_sub(1));
            to.push('}');
        }
        _ => to.push_str(&value.to_string()),
    }
}

/// The text as a JSON string, quotes included.
pub fn escape(text: &str) -> String {
    struct Quoted<'a>(&'a str);
    impl fmt::Display for Quoted<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            quoted(f, self.0)
        }
    }
    Quoted(text).to_string()
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
