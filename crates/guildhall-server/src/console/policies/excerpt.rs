//! The line of a document where something is wrong, with a mark.

use guildhall_policy::json::Position;

/// A line of a document with one character marked; a long line is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line before, if there is one.
    pub(crate) above: Option<String>,
    /// What stands before the character.
    pub(crate) before: String,
    /// The character, or a blank behind the end of the line.
    pub(crate) marked: String,
    /// What stands behind it.
    pub(crate) after: String,
    /// As many blanks as characters stand before the mark.
    pub(crate) indent: String,
}

/// How many characters of a line are shown on either side of the mark.
const SIDE: usize = 60;

impl Excerpt {
    /// The line at a position of a text, with its number and with the line above.
    pub(crate) fn of(text: &str, at: Position) -> Self {
        let (number, above) = (at.line as usize, (at.line as usize).saturating_sub(1));
        let width = number.to_string().len();
        let mut lines = text.split('\n').skip(above.saturating_sub(1));
        let column = (at.column as usize).saturating_sub(1);
        let start = column.saturating_sub(SIDE);
        let shown = |line: &str| -> String {
            let cut = if start > 0 { "…" } else { "" };
            let part = line.chars().skip(start).take(SIDE.saturating_mul(2)).map(visible);
            cut.chars().chain(part).collect()
        };
        let above = (above > 0).then(|| lines.next().unwrap_or_default());
        let line = lines.next().unwrap_or_default();
        let gutter = format!("{number} | ");
        let before: String =
            line.chars().skip(start).take(column.saturating_sub(start)).map(visible).collect();
        let cut = if start > 0 { "…" } else { "" };
        let indent = gutter.chars().chain(cut.chars()).chain(before.chars()).map(|_| ' ').collect();
        let rest = line.chars().skip(column.saturating_add(1));
        let after = rest.clone().take(SIDE).map(visible);
        let after = after.chain(rest.skip(SIDE).take(1).map(|_| '…')).collect();
        Self {
            above: above.map(|line| format!("{:>width$} | {}", number.saturating_sub(1), shown(line))),
            before: format!("{gutter}{cut}{before}"),
            marked: line.chars().nth(column).map_or(' ', visible).to_string(),
            after,
            indent,
        }
    }
}

/// A character that takes a place of its own: others would move the mark, or turn the line around.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line: u32, column: u32) -> Vec<String> {
        let e = Excerpt::of(text, Position { line, column });
        assert_eq!(e.marked.chars().count(), 1);
        assert_eq!(e.indent.chars().count(), e.before.chars().count());
        assert!(e.indent.chars().all(|c| c == ' '));
        let marked = format!("{}[{}]{}", e.before, e.marked, e.after);
        e.above.into_iter().chain([marked]).collect()
    }

    #[test]
    fn the_mark_is_where_the_mistake_is() {
        assert_eq!(of("{\"a\": x}", 1, 7), ["1 | {\"a\": [x]}"]);
        assert_eq!(of("{\n  \"a\" 1\n}", 2, 7), ["1 | {", "2 |   \"a\" [1]"]);
        let text = format!("{}last", "x\n".repeat(9));
        assert_eq!(of(&text, 10, 1), [" 9 | x", "10 | [l]ast"]);
        // Behind the end: of the line, and of the text.
        assert_eq!(of("{\n}", 1, 2), ["1 | {[ ]"]);
        assert_eq!(of("", 1, 1), ["1 | [ ]"]);
        assert_eq!(of("a", 7, 9), ["6 | ", "7 | [ ]"]);
        assert_eq!(of("\täö\u{202e}\u{0}z", 1, 3), ["1 |  ä[ö]\u{fffd}\u{fffd}z"]);
    }

    #[test]
    fn long_lines_are_cut() {
        let text = format!("{}X{}", "a".repeat(100), "b".repeat(100));
        let [line] = of(&text, 1, 101).try_into().unwrap();
        assert_eq!(line, format!("1 | …{}[X]{}…", "a".repeat(60), "b".repeat(60)));
        let two = format!("{text}\n{text}");
        let lines = of(&two, 2, 101);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|l| l.chars().count() < 140), "{lines:?}");
        assert!(lines[0].starts_with("1 | …aaa") && lines[0].contains('X'), "{lines:?}");
    }
}
