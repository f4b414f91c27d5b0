//! Rust source as the rules see it. Good enough for formatted code that compiles; no parser.

/// A file of Rust.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is, below the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its text with comments, the content of strings, and tests blanked, line by line the same.
    pub code: String,
}

impl Source {
    /// A file.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let code = without_tests(&without_words(&text));
        Self { path: path.into(), text, code }
    }

    /// The text without tests, line by line.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let code = without_words(&self.text);
        let tests: Vec<_> =
            tests(&code).into_iter().map(|(from, to)| (line_of(&code, from), line_of(&code, to))).collect();
        let outside = move |n: &usize| !tests.iter().any(|(from, to)| (from..=to).contains(&n));
        self.text.lines().enumerate().filter(move |(n, _)| outside(n)).map(|(_, line)| line)
    }

    /// Names that the code uses below `root`, as in `std::fs`, `use std::{fs, time::Duration}`: `fs`, `time`.
    pub fn below(&self, root: &str) -> Vec<String> {
        let mut found = Vec::new();
        let wanted = format!("{root}::");
        for (at, _) in self.code.match_indices(&wanted) {
            let (before, rest) =
                (self.code.get(..at).unwrap_or(""), self.code.get(at + wanted.len()..).unwrap_or(""));
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            if let Some(group) = rest.trim_start().strip_prefix('{') {
                found.extend(members(group));
            } else {
                found.extend(identifier(rest));
            }
        }
        found
    }

    /// Whether the code has this word.
    pub fn has_word(&self, word: &str) -> bool {
        words(&self.code).any(|w| w == word)
    }
}

/// The words of a code.
pub fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty())
}

fn identifier(text: &str) -> Option<String> {
    words(text.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?)
        .next()
        .map(str::to_owned)
}

/// The first names in a use group, whose opening brace is gone.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0_usize, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && !c.is_whitespace() => {
                found.extend(group.get(at..).and_then(identifier));
                start = false;
            }
            _ => {}
        }
    }
    found
}

/// Blanks comments and what stands in strings and characters; line ends stay.
pub fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let get = |n: usize| chars.get(n).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut n = 0;
    while n < chars.len() {
        let c = get(n);
        let end = match c {
            '/' if get(n + 1) == '/' => until(&chars, n, |m| get(m) == '\n'),
            '/' if get(n + 1) == '*' => block_comment(&chars, n),
            'r' | 'b' | 'c' if !word_before(&chars, n) => raw_or_byte_string(&chars, n),
            '"' => string(&chars, n),
            '\'' => character(&chars, n),
            _ => n,
        };
        if end == n {
            out.push(c);
            n += 1;
        } else {
            let blanked = chars.get(n..end).unwrap_or_default();
            out.extend(blanked.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            n = end;
        }
    }
    out
}

fn until(chars: &[char], from: usize, done: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|m| done(*m)).unwrap_or(chars.len())
}

fn word_before(chars: &[char], n: usize) -> bool {
    n.checked_sub(1).and_then(|p| chars.get(p)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

fn block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut n) = (0_usize, from);
    while n < chars.len() {
        match (chars.get(n), chars.get(n + 1)) {
            (Some('/'), Some('*')) => (depth, n) = (depth + 1, n + 2),
            (Some('*'), Some('/')) => {
                (depth, n) = (depth - 1, n + 2);
                if depth == 0 {
                    return n;
                }
            }
            _ => n += 1,
        }
    }
    n
}

/// The end of a string that starts at a prefix letter, or where it started if there is none.
fn raw_or_byte_string(chars: &[char], from: usize) -> usize {
    let mut n = from;
    while matches!(chars.get(n), Some('r' | 'b' | 'c')) && n < from + 2 {
        n += 1;
    }
    let hashes = chars.iter().skip(n).take_while(|c| **c == '#').count();
    let quote = n + hashes;
    let raw = chars.get(from..n).unwrap_or_default().contains(&'r');
    match chars.get(quote) {
        Some('"') if raw => {
            let closes = |m: usize| {
                chars.get(m) == Some(&'"')
                    && chars.iter().skip(m + 1).take(hashes).filter(|c| **c == '#').count() == hashes
            };
            (until(chars, quote + 1, closes) + 1 + hashes).min(chars.len())
        }
        Some('"') if hashes == 0 => string(chars, quote),
        Some('\'') if hashes == 0 && n == from + 1 => character(chars, quote),
        _ => from,
    }
}

fn string(chars: &[char], from: usize) -> usize {
    let mut n = from + 1;
    while n < chars.len() {
        match chars.get(n) {
            Some('\\') => n += 2,
            Some('"') => return n + 1,
            _ => n += 1,
        }
    }
    chars.len()
}

/// The end of a character literal; a lifetime is none.
fn character(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => (until(chars, from + 3, |m| chars.get(m) == Some(&'\'')) + 1).min(chars.len()),
        (Some(_), Some('\'')) => from + 3,
        _ => from,
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count()
}

/// Where items behind `#[cfg(test)]` begin and end. Takes code without comments and strings.
fn tests(code: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in code.match_indices("#[cfg(test)]") {
        if found.last().is_none_or(|(_, end)| at >= *end) {
            found.push((at, at + item_end(code.get(at..).unwrap_or(""))));
        }
    }
    found
}

/// Blanks every item behind `#[cfg(test)]`. Takes code without comments and strings.
pub fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut done = 0;
    for (from, to) in tests(code) {
        out.push_str(code.get(done..from).unwrap_or(""));
        let test = code.get(from..to).unwrap_or("");
        out.extend(test.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        done = to;
    }
    out + code.get(done..).unwrap_or("")
}

/// Where an item ends: at its closing brace, or at a semicolon before any brace.
fn item_end(from: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in from.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    from.len()
}

/// Files that a source declares as `#[cfg(test)] mod name;`, by name.
pub fn test_modules(text: &str) -> Vec<String> {
    let code = without_words(text);
    let mut found = Vec::new();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = code.get(at + mark.len()..).unwrap_or("").trim_start();
        let rest = rest.strip_prefix("pub(crate) ").unwrap_or(rest);
        let name = rest.strip_prefix("mod ").and_then(|r| r.split_once(';')).map(|(name, _)| name.trim());
        found.extend(name.filter(|n| words(n).eq([*n])).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_blanked() {
        let text = "let a = \"std::fs // no\"; // std::net\n/* std::env /* nested */ */ let c = '\"'; let l: &'static str = r#\"std::\"time\"#; let b = b'x';";
        let code = without_words(text);
        assert!(!code.contains("std::"), "{code}");
        assert!(code.contains("let l: &'static str ="), "{code}");
        assert_eq!(code.lines().count(), text.lines().count());
        assert!(without_words("let r = 1; for x in y {}").contains("for x in y {}"));
    }

    #[test]
    fn tests_are_blanked_and_other_code_stays() {
        let source = Source::new(
            "a.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn t() { {} }\n}\nfn b() {}\n",
        );
        assert!(source.below("std").is_empty());
        assert!(source.code.contains("fn b()"));
        assert_eq!(source.lines().collect::<Vec<_>>(), ["fn a() {}", "fn b() {}"]);
        let source = Source::new("a.rs", "#[cfg(test)]\nmod tests;\nuse std::fs;\n");
        assert_eq!(source.below("std"), ["fs"]);
        assert_eq!(test_modules("#[cfg(test)]\nmod random;\n#[cfg(test)]\nmod inline { }"), ["random"]);
    }

    #[test]
    fn groups_are_taken_apart() {
        let source = Source::new(
            "a.rs",
            "use std::{fmt, time::{Duration, Instant}, sync::Arc};\nstd::env::var(x); my_std::fs;",
        );
        assert_eq!(source.below("std"), ["fmt", "time", "sync", "env"]);
    }

    #[test]
    fn words_are_whole() {
        let source = Source::new("a.rs", "fn asynchronous() { x.awaits }");
        assert!(!source.has_word("async") && !source.has_word("await"));
        assert!(Source::new("a.rs", "async fn a() {}").has_word("async"));
    }
}
