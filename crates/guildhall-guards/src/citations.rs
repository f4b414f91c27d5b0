//! Citations of the reference, `accounts.md 5.3`: each names a section, or a row of a table, that is there.
//!
//! How one is written is in CONTRIBUTING.md, "The reference". What is read as one: a page's name, then numbers, joined by
//! commas, semicolons, `and`, `or`, `to` and dashes, and the words in `SECTION` and `ROW`. Whatever else follows ends it.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::TextFile;

/// Where the pages are.
pub const FOLDER: &str = "docs/reference/";
/// The page whose rows are numbered through and cited alone: a number is a row there, elsewhere a section.
const BY_ROW: &str = "observed.md";
/// Words after which numbers are sections.
const SECTION: [&str; 3] = ["section", "sections", "§"];
/// Words after which numbers are rows of a table or items of a list, in the section named before.
const ROW: [&str; 9] =
    ["row", "rows", "item", "items", "step", "steps", "question", "questions", "evaluation"];
/// What may stand between two numbers.
const JOINTS: [&str; 8] = [",", ";", "and", "or", "to", "–", "-", "&"];

/// What can be cited of a page.
#[derive(Debug, Default)]
pub struct Page {
    /// Rows and items of each section, by the section's number.
    sections: BTreeMap<String, BTreeSet<String>>,
}

impl Page {
    /// Reads headings that begin with a number, and below them rows and items that begin with a label.
    pub fn new(text: &str) -> Self {
        let mut page = Self::default();
        let (mut fenced, mut section) = (false, None);
        for line in text.lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if let Some(number) = heading(line).filter(|_| !fenced) {
                page.sections.entry(number.clone()).or_default();
                section = Some(number);
            } else if let Some(rows) = section.as_ref().and_then(|s| page.sections.get_mut(s)) {
                rows.extend(label(line));
            }
        }
        page
    }

    fn has(&self, part: &Part) -> bool {
        match part {
            Part::Section(number) => self.sections.contains_key(number),
            Part::Row(Some(section), row) => {
                self.sections.get(section).is_some_and(|rows| rows.contains(row))
            }
            Part::Row(None, row) => self.sections.values().any(|rows| rows.contains(row)),
        }
    }

    /// What there is instead of a part that is not.
    fn instead(&self, part: &Part) -> String {
        let (what, mut there) = match part {
            Part::Section(number) => {
                let chapter = number.split('.').next().unwrap_or(number);
                let below = |s: &&String| s.split('.').next() == Some(chapter);
                let near: Vec<&String> = self.sections.keys().filter(below).collect();
                ("sections", if near.is_empty() { self.sections.keys().collect() } else { near })
            }
            Part::Row(Some(section), _) => {
                ("rows", self.sections.get(section).into_iter().flatten().collect())
            }
            Part::Row(None, _) => ("rows", self.sections.values().flatten().collect()),
        };
        there.sort_by_key(|s| order(s));
        match (there.first(), there.last()) {
            (Some(first), Some(last)) if first != last => format!("there are {what} {first} to {last}"),
            (Some(only), _) => format!("there is {only} alone"),
            _ => format!("there are no {what}"),
        }
    }
}

/// The number that a heading begins with.
fn heading(line: &str) -> Option<String> {
    let words = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let number = words.split(' ').next()?.trim_end_matches('.');
    is_number(number).then(|| number.to_owned())
}

/// The label that a row (`| 7 | …`), or an item (`7. …`, in a code block also `# 7. …`), begins with.
fn label(line: &str) -> Option<String> {
    let label = match line.strip_prefix('|') {
        Some(row) => row.split('|').next()?.trim(),
        None => line.trim_start_matches([' ', '#']).split_once(". ")?.0,
    };
    (is_whole(label) || is_letter_and_number(label)).then(|| label.to_owned())
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `5` or `5.3`.
fn is_number(text: &str) -> bool {
    text.split('.').count() <= 2 && text.split('.').all(is_whole)
}

/// `S16`.
fn is_letter_and_number(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase()) && is_whole(chars.as_str())
}

/// Something by which `5.10` comes behind `5.9`, and `S10` behind `S9`.
fn order(text: &str) -> Vec<(usize, &str)> {
    text.split('.').map(|part| (part.len(), part)).collect()
}

/// One part of a page that is cited.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Section(String),
    /// A row or item, in a section or anywhere on the page.
    Row(Option<String>, String),
}

impl Part {
    fn number(&self) -> &str {
        match self {
            Self::Section(number) | Self::Row(_, number) => number,
        }
    }

    fn shown(&self, page: &str) -> String {
        match self {
            Self::Section(number) => format!("{page} {number}"),
            Self::Row(Some(section), row) => format!("{page} {section}, row {row}"),
            Self::Row(None, row) => format!("{page} row {row}"),
        }
    }
}

/// A word, a number or a mark, and where it stands.
#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
    /// Whether nothing stands between it and the one before.
    glued: bool,
}

/// A text as tokens, across lines, without the marks of comments.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (line, full) in (1..).zip(text.lines()) {
        let rest = full.trim_start().trim_start_matches(['/', '!', '#']);
        let (mut glued, mut joins) = (false, false);
        for c in rest.chars() {
            let word = c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
            match tokens.last_mut() {
                Some(last) if word && joins => last.text.push(c),
                _ if c.is_whitespace() => {}
                _ => tokens.push(Token { text: c.to_string(), line, glued }),
            }
            joins = word;
            glued = !c.is_whitespace();
        }
    }
    // A full stop at the end of a word is the sentence's.
    let end = |t: Token| {
        let bare = t.text.trim_end_matches(['.', '-', '/']);
        let (bare, stop) = (bare.to_owned(), bare.len() < t.text.len() && !bare.is_empty());
        let mark = stop.then(|| Token { text: ".".to_owned(), line: t.line, glued: true });
        std::iter::once(Token { text: if stop { bare } else { t.text }, ..t }).chain(mark)
    };
    tokens.into_iter().flat_map(end).collect()
}

/// A page's name in a token, with or without the way there: small letters and `.md`.
fn page_name(token: &str) -> Option<&str> {
    let name = token.rsplit('/').next()?;
    let stem = name.strip_suffix(".md")?;
    (!stem.is_empty() && stem.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_')))
        .then_some(name)
}

/// A citation that was read.
#[derive(Debug)]
struct Citation {
    line: usize,
    page: String,
    /// Each part, and whether it ends a range that the one before begins.
    parts: Vec<(Part, bool)>,
    /// A row of a page by rows that was given with a section.
    mixed: bool,
}

/// What stands behind a page's name.
fn parts(page: &str, tokens: &[Token]) -> (Vec<(Part, bool)>, bool) {
    let (mut rows, mut section) = (page == BY_ROW, None);
    let (mut found, mut mixed, mut range, mut announced) = (Vec::new(), false, false, true);
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let text = token.text.as_str();
        let next = rest.peek().copied();
        if SECTION.contains(&text) {
            (rows, announced) = (false, true);
            continue;
        }
        if ROW.contains(&text) {
            mixed |= page == BY_ROW && !found.is_empty();
            (rows, announced) = (true, true);
            continue;
        }
        if JOINTS.contains(&text) && !found.is_empty() {
            range = matches!(text, "to" | "–" | "-");
            continue;
        }
        let dotted = is_number(text) && text.contains('.');
        // A number in running text has a noun behind it, a cited one does not.
        let alone = next.is_none_or(|t| {
            let thousands = t.text == "," && t.glued && rest.clone().nth(1).is_some_and(|t| t.glued);
            let noun = t.text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '%');
            !thousands && (!noun || [&SECTION[..], &ROW, &JOINTS].concat().contains(&t.text.as_str()))
        });
        if !(dotted || announced || alone) || found.is_empty() && !announced {
            break;
        }
        let ends: Vec<&str> = match text.split_once('-') {
            Some((first, last)) if is_whole(first) && is_whole(last) => vec![first, last],
            _ if is_number(text) || is_letter_and_number(text) && !found.is_empty() => vec![text],
            _ => break,
        };
        rows &= !dotted;
        for (n, end) in ends.into_iter().enumerate() {
            let part = if rows || is_letter_and_number(end) {
                Part::Row(section.clone(), end.to_owned())
            } else {
                section = Some(end.to_owned());
                Part::Section(end.to_owned())
            };
            found.push((part, range || n > 0));
        }
        (range, announced) = (false, false);
    }
    (found, mixed)
}

/// All citations of a file. On a page of the reference, `§5.3` is one of its own sections.
fn citations(file: &TextFile) -> Vec<Citation> {
    let own = file.path.strip_prefix(FOLDER);
    let tokens = tokens(&file.text);
    let mut found = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let (page, from) = match page_name(&token.text) {
            Some(page) => (page, n + 1),
            None => match own.filter(|_| token.text == "§") {
                Some(own) => (own, n),
                None => continue,
            },
        };
        let mut behind = tokens.get(from..).unwrap_or_default();
        if let [tick, more @ ..] = behind
            && tick.text == "`"
        {
            behind = more;
        }
        let (parts, mixed) = parts(page, behind);
        if !parts.is_empty() {
            found.push(Citation { line: token.line, page: page.to_owned(), parts, mixed });
        }
    }
    found
}

/// The pages of the reference, by name.
pub fn pages(files: &[TextFile]) -> BTreeMap<String, Page> {
    let named =
        files.iter().filter_map(|f| Some((f.path.strip_prefix(FOLDER)?.to_owned(), Page::new(&f.text))));
    named.collect()
}

/// How many parts of pages are cited.
pub fn count(files: &[TextFile]) -> usize {
    files.iter().flat_map(citations).map(|c| c.parts.len()).sum()
}

/// Citations of what is not there, each with its place and what there is instead.
pub fn unresolved(pages: &BTreeMap<String, Page>, files: &[TextFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| f.text.contains(".md")) {
        for Citation { line, page: name, parts, mixed } in citations(file) {
            let mut tell = |what: String| wrong.push(format!("{}:{line}: {what}", file.path));
            let Some(page) = pages.get(&name) else {
                let names: Vec<&str> = pages.keys().map(String::as_str).collect();
                tell(format!("cites {name}, which is no page of {FOLDER}; there are {}", names.join(", ")));
                continue;
            };
            if mixed {
                tell(format!("{name} is cited by row alone: `{name} 13`, not with a section"));
            }
            for (n, (part, ends)) in parts.iter().enumerate() {
                if !page.has(part) {
                    tell(format!("cites {}, which is not there; {}", part.shown(&name), page.instead(part)));
                }
                let before = n.checked_sub(1).and_then(|n| parts.get(n)).filter(|_| *ends);
                if let Some((from, _)) = before
                    && order(from.number()) >= order(part.number())
                {
                    tell(format!(
                        "cites {name} from {} to {}, which is no range",
                        from.number(),
                        part.number()
                    ));
                }
            }
        }
    }
    wrong
}

/// Rows of a document's tables whose last cell has a section without its page: `(5.4)` instead of `(accounts.md 5.4)`.
pub fn pageless(document: &TextFile) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, text) in (1..).zip(document.text.lines()) {
        let Some(cell) =
            text.strip_prefix('|').and_then(|row| row.trim_end().strip_suffix('|')?.rsplit('|').next())
        else {
            continue;
        };
        for piece in cell.split('(') {
            let end = |c: char| !c.is_ascii_alphanumeric() && c != '.';
            let Some((bare, behind)) = piece.trim_start().split_once(end) else { continue };
            let cited =
                bare.contains('.') || behind.starts_with(" row ") || piece.starts_with(&format!("{bare})"));
            if is_number(bare) && cited {
                wrong.push(format!(
                    "{}:{line}: `{bare}` lacks its page: `accounts.md {bare}`, say",
                    document.path
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Notes\n## 1. One\n### 1.1 A\n| # | what |\n|---|---|\n| 1 | x |\n| 2 | y |\n### 1.2 B\n| S9 | x |\n\
                        | S10 | y |\n## 2. Two\n1. first\n2. second\n```\n# 3. third\n## 9. no heading\n```\n### 2.10 C\n";
    const ROWS: &str = "# Rows\n## 1. One\n| 11 | x |\n| 12 | y |\n## 2. Two\n| 13 | z |\n";

    fn file(path: &str, text: &str) -> TextFile {
        // So that this file cites nothing itself.
        TextFile { path: path.into(), text: text.replace('~', ".md") }
    }

    /// What is wrong with a file that has this text.
    fn wrong(text: &str) -> Vec<String> {
        let files = [
            file("docs/reference/notes.md", PAGE),
            file("docs/reference/observed.md", ROWS),
            file("src/a.rs", text),
        ];
        unresolved(&pages(&files), &files)
    }

    fn parts_of(text: &str) -> Vec<String> {
        let all = citations(&file("src/a.rs", text));
        all.iter().flat_map(|c| c.parts.iter().map(|(part, _)| part.shown(&c.page))).collect()
    }

    #[test]
    fn every_form_is_read() {
        for (text, parts) in [
            ("(notes~ 1.1).", vec!["notes~ 1.1"]),
            ("notes~ 2: forty", vec!["notes~ 2"]),
            ("notes~ 1.1's idea", vec!["notes~ 1.1"]),
            ("`notes~` 1.1, 1.2 and 2; 2.10", vec!["notes~ 1.1", "notes~ 1.2", "notes~ 2", "notes~ 2.10"]),
            ("notes~ 1.1 to 1.2", vec!["notes~ 1.1", "notes~ 1.2"]),
            (
                "notes~ sections 1.1 and 2, section 1 rows 1-2",
                vec!["notes~ 1.1", "notes~ 2", "notes~ 1", "notes~ 1, row 1", "notes~ 1, row 2"],
            ),
            ("notes~ 1.1, row 2)", vec!["notes~ 1.1", "notes~ 1.1, row 2"]),
            (
                "notes~ 1.2, S9 to S10, and 2",
                vec!["notes~ 1.2", "notes~ 1.2, row S9", "notes~ 1.2, row S10", "notes~ 2"],
            ),
            ("notes~ 2, step 3; notes~ 1", vec!["notes~ 2", "notes~ 2, row 3", "notes~ 1"]),
            ("notes~ 2, question 1 and 1.1", vec!["notes~ 2", "notes~ 2, row 1", "notes~ 1.1"]),
            ("observed~ 11, 12 to 13", vec!["observed~ row 11", "observed~ row 12", "observed~ row 13"]),
            (
                "observed~ rows 11 and 13, notes~ 1.1",
                vec!["observed~ row 11", "observed~ row 13", "notes~ 1.1"],
            ),
            ("observed~ section 2", vec!["observed~ 2"]),
            ("//! as it says (notes~\n    //! 1.1, 1.2)", vec!["notes~ 1.1", "notes~ 1.2"]),
            ("docs/reference/notes~ 1.1", vec!["notes~ 1.1"]),
        ] {
            let parts: Vec<String> = parts.iter().map(|p| p.replace('~', ".md")).collect();
            assert_eq!(parts_of(text), parts, "{text}");
        }
    }

    #[test]
    fn running_text_is_not_read() {
        for text in
            ["notes~", "see notes~. 5 is more", "notes~, 7", "NOTES~ 5", "notes~ is 5", "5 notes~ (5)"]
        {
            assert_eq!(parts_of(text), [""; 0], "{text}");
        }
        for text in
            ["notes~ 1.1, 40 of them", "notes~ 1.1, 10,240 letters", "notes~ 1.1 or 5%", "notes~ 1.1. 5 more"]
        {
            assert_eq!(parts_of(text), ["notes~ 1.1".replace('~', ".md")], "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_with_its_place_and_what_there_is() {
        for good in [
            "notes~ 1.1, row 1 and 2; notes~ 2, item 3",
            "notes~ 1.1 to 1.2",
            "notes~ 1.2, S9 to S10",
            "observed~ 11 to 13",
        ] {
            assert_eq!(wrong(good), [""; 0], "{good}");
        }
        for (bad, told) in [
            (
                "x\n// notes~ 1.3",
                "src/a.rs:2: cites notes~ 1.3, which is not there; there are sections 1 to 1.2",
            ),
            (
                "notes~ 1.1 and 7",
                "src/a.rs:1: cites notes~ 7, which is not there; there are sections 1 to 2.10",
            ),
            ("notes~ 9", "src/a.rs:1: cites notes~ 9, which is not there; there are sections 1 to 2.10"),
            (
                "notes~ 1.1, row 3",
                "src/a.rs:1: cites notes~ 1.1, row 3, which is not there; there are rows 1 to 2",
            ),
            (
                "notes~ 1.1, S9",
                "src/a.rs:1: cites notes~ 1.1, row S9, which is not there; there are rows 1 to 2",
            ),
            ("notes~ 1, row 1", "src/a.rs:1: cites notes~ 1, row 1, which is not there; there are no rows"),
            (
                "observed~ 11-14",
                "src/a.rs:1: cites observed~ row 14, which is not there; there are rows 11 to 13",
            ),
            ("notes~ 1.2 to 1.1", "src/a.rs:1: cites notes~ from 1.2 to 1.1, which is no range"),
            ("notes~ 1.1 to 1.1", "src/a.rs:1: cites notes~ from 1.1 to 1.1, which is no range"),
            ("notes~ 1.1, rows 2-1", "src/a.rs:1: cites notes~ from 2 to 1, which is no range"),
            (
                "observed~ 12, row 11",
                "src/a.rs:1: observed~ is cited by row alone: `observed~ 13`, not with a section",
            ),
            (
                "other~ 1.1",
                "src/a.rs:1: cites other~, which is no page of docs/reference/; there are notes~, observed~",
            ),
        ] {
            assert_eq!(wrong(bad), [told.replace('~', ".md")], "{bad}");
        }
    }

    #[test]
    fn a_page_may_name_its_own_sections() {
        let page =
            file("docs/reference/notes.md", &format!("{PAGE}As §1.1 says, §1.2 and §2 item 1, not §3.\n~"));
        let files = [page];
        let told =
            "docs/reference/notes~:19: cites notes~ 3, which is not there; there are sections 1 to 2.10";
        assert_eq!(unresolved(&pages(&files), &files), [told.replace('~', ".md")]);
    }

    #[test]
    fn a_section_without_its_page_is_found() {
        let good = "| a | b (5.4) | notes~ 5.4; (notes~ 5.4), 15 days, (5 times) |\n(5.4)\n";
        assert_eq!(pageless(&file("d.md", good)), [""; 0]);
        for bad in [
            "| a | 5.4 |",
            "| a | so (5.4) |",
            "| a | 5.4, 6 |",
            "| a | so (15, row 9) |",
            "| a | so (8) |",
            "| a | 5.4's |",
        ] {
            assert_eq!(pageless(&file("d.md", bad)).len(), 1, "{bad}");
        }
    }
}
