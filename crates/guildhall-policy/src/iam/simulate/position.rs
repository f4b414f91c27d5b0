//! Where statements stand, as the simulator counts.

use crate::json::Value;

/// A place in a document: the line from 1, and the character in it from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Where each statement of a document starts and ends. A single one starts after its brace; one in a list where what
/// is before it ends, which is the bracket or the statement before; all end after their brace (identity.md 13, row 1).
pub(super) fn statements(text: &str, document: &Value) -> Vec<(Position, Position)> {
    let Some(statement) = document.get("Statement") else { return Vec::new() };
    let mut start = statement.span.start.saturating_add(1);
    let mut places = Vec::new();
    for one in statement.as_array().unwrap_or(std::slice::from_ref(statement)) {
        places.push((at(text, start), at(text, one.span.end)));
        start = one.span.end;
    }
    places
}

fn at(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or_default();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position { line: count(before.matches('\n').count()), column: count(line.chars().count()) }
}
