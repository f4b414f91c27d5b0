//! The reader: one pass, recursive, bounded in depth.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::value::{JsonKind, Member, Position, Span, Value};

/// How deep lists and objects may stand in each other. No policy language needs a quarter of it.
pub const MAX_DEPTH: usize = 64;

/// The longest text that is read, in bytes; far more than any policy may have.
pub const MAX_TEXT: usize = 1 << 20;

/// Why a text is no JSON that a policy may be written in, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: found {found}; {wanted}")]
pub struct ParseError {
    /// The rule that is broken.
    pub kind: ParseErrorKind,
    /// Where.
    pub at: Position,
    /// The byte where.
    pub offset: usize,
    /// What stands there, for people.
    pub found: String,
    /// What would be right, for people.
    pub wanted: Cow<'static, str>,
}

/// The rules of the text's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseErrorKind {
    /// Something else than JSON's grammar allows there.
    Syntax,
    /// A string with a bad escape, a control character or half a surrogate pair.
    BadString,
    /// A number that JSON does not allow.
    BadNumber,
    /// A key that the object has already.
    DuplicateKey,
    /// More text after the document.
    TrailingText,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Longer than [`MAX_TEXT`].
    TooLong,
}

/// Reads one document.
///
/// # Errors
///
/// A [`ParseError`] at the first place that is not right.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), offset: 0, mark: 0, at: Position::START };
    if text.len() > MAX_TEXT {
        let wanted = format!("at most {MAX_TEXT} bytes are read");
        return Err(reader.error(ParseErrorKind::TooLong, 0, format!("{} bytes", text.len()), wanted));
    }
    if text.starts_with('\u{feff}') {
        let found = "a byte order mark".to_owned();
        return Err(reader.error(
            ParseErrorKind::Syntax,
            0,
            found,
            "the document starts with its first brace",
        ));
    }
    reader.blanks();
    let value = reader.value(0)?;
    reader.blanks();
    if reader.peek().is_some() {
        return Err(reader.unexpected(ParseErrorKind::TrailingText, "nothing may follow the document"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
    /// The byte that `at` is the position of. It only moves forward, so that all positions together cost one pass.
    mark: usize,
    at: Position,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn bump(&mut self) {
        self.offset = self.offset.saturating_add(1);
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.bump();
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn position(&mut self, offset: usize) -> Position {
        for c in self.slice(self.mark, offset).chars() {
            if c == '\n' {
                self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
            } else {
                self.at.column = self.at.column.saturating_add(1);
            }
        }
        self.mark = self.mark.max(offset);
        self.at
    }

    fn error(
        &mut self,
        kind: ParseErrorKind,
        offset: usize,
        found: String,
        wanted: impl Into<Cow<'static, str>>,
    ) -> ParseError {
        ParseError { kind, at: self.position(offset), offset, found, wanted: wanted.into() }
    }

    fn unexpected(&mut self, kind: ParseErrorKind, wanted: impl Into<Cow<'static, str>>) -> ParseError {
        let offset = self.offset;
        let c = self.text.get(offset..).and_then(|rest| rest.chars().next());
        let found = match c {
            None => "the end of the text".to_owned(),
            Some(c) if c.is_control() || c.is_whitespace() || c.escape_debug().nth(1) == Some('u') => {
                format!("the character U+{:04X}", u32::from(c))
            }
            Some(c) => format!("`{c}`"),
        };
        let wanted = wanted.into();
        let wanted = match c {
            Some('\'' | '`' | '‘' | '’' | '“' | '”' | '„' | '«' | '»') => {
                format!("{wanted}; quotes are double and straight").into()
            }
            Some('/' | '#') if !wanted.contains("comments") => {
                format!("{wanted}; JSON has no comments").into()
            }
            _ => wanted,
        };
        self.error(kind, offset, found, wanted)
    }

    /// What is wanted instead of the next element or the end of what opened at `start`.
    fn unclosed(&mut self, brackets: [char; 2], start: Position) -> ParseError {
        let [open, close] = brackets;
        let wanted = match self.peek() {
            Some(b'}' | b']') | None => {
                format!("`,` or `{close}` is wanted here, for the `{open}` of {start}")
            }
            Some(_) => format!("`,` or `{close}` is wanted here"),
        };
        self.unexpected(ParseErrorKind::Syntax, wanted)
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        let start = self.offset;
        let at = self.position(start);
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let wanted = format!("lists and objects may stand in each other {MAX_DEPTH} deep");
                return Err(self.unexpected(ParseErrorKind::TooDeep, wanted));
            }
            Some(b'{') => self.object(depth, at)?,
            Some(b'[') => self.array(depth, at)?,
            Some(b'"') => JsonKind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => JsonKind::Number(self.number()?),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word(depth)?,
            Some(b'/') => return Err(self.unexpected(ParseErrorKind::Syntax, "JSON has no comments")),
            _ => return Err(self.unexpected(ParseErrorKind::Syntax, "a value is wanted here")),
        };
        Ok(Value { kind, at, span: Span { start, end: self.offset } })
    }

    fn object(&mut self, depth: usize, start: Position) -> Result<JsonKind, ParseError> {
        self.bump();
        let mut members: Vec<Member> = Vec::new();
        let mut keys: BTreeSet<String> = BTreeSet::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.bump();
            return Ok(JsonKind::Object(members));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                let wanted = if members.is_empty() {
                    "a key in double quotes, or `}`, is wanted here"
                } else {
                    "a key in double quotes is wanted here; no comma may stand before `}`"
                };
                return Err(self.unexpected(ParseErrorKind::Syntax, wanted));
            }
            let offset = self.offset;
            let at = self.position(offset);
            let key = self.string()?;
            let span = Span { start: offset, end: self.offset };
            if !keys.insert(key.clone()) {
                let found = format!("a second `{}` in one object", clip(&key));
                let wanted = "each key may stand once".into();
                return Err(ParseError { kind: ParseErrorKind::DuplicateKey, at, offset, found, wanted });
            }
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected(ParseErrorKind::Syntax, "`:` is wanted after a key"));
            }
            self.bump();
            self.blanks();
            let value = self.value(depth.saturating_add(1))?;
            members.push(Member { key, at, span, value });
            self.blanks();
            match self.peek() {
                Some(b',') => self.bump(),
                Some(b'}') => {
                    self.bump();
                    return Ok(JsonKind::Object(members));
                }
                _ => return Err(self.unclosed(['{', '}'], start)),
            }
        }
    }

    fn array(&mut self, depth: usize, start: Position) -> Result<JsonKind, ParseError> {
        self.bump();
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.bump();
            return Ok(JsonKind::Array(items));
        }
        loop {
            self.blanks();
            if self.peek() == Some(b']') {
                let wanted = "a value is wanted here; no comma may stand before `]`";
                return Err(self.unexpected(ParseErrorKind::Syntax, wanted));
            }
            items.push(self.value(depth.saturating_add(1))?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.bump(),
                Some(b']') => {
                    self.bump();
                    return Ok(JsonKind::Array(items));
                }
                _ => return Err(self.unclosed(['[', ']'], start)),
            }
        }
    }

    fn word(&mut self, depth: usize) -> Result<JsonKind, ParseError> {
        let start = self.offset;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric()) {
            self.bump();
        }
        match self.slice(start, self.offset) {
            "null" => Ok(JsonKind::Null),
            "true" => Ok(JsonKind::Bool(true)),
            "false" => Ok(JsonKind::Bool(false)),
            other => {
                let found = format!("`{}`", clip(other));
                let wanted = match depth {
                    0 => "the document is JSON, which starts with a brace",
                    _ => "strings stand in double quotes; the only words are true, false and null",
                };
                Err(self.error(ParseErrorKind::Syntax, start, found, wanted))
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.offset;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.bump();
        }
        self.offset.saturating_sub(start)
    }

    fn number(&mut self) -> Result<String, ParseError> {
        let start = self.offset;
        if self.peek() == Some(b'-') {
            self.bump();
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut valid = whole > 0 && !(zero && whole > 1);
        if self.peek() == Some(b'.') {
            self.bump();
            valid &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.bump();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.bump();
            }
            valid &= self.digits() > 0;
        }
        let end = self.offset;
        let more = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':');
        while self.peek().is_some_and(more) {
            self.bump();
        }
        let text = self.slice(start, self.offset);
        if valid && end == self.offset {
            return Ok(text.to_owned());
        }
        if valid {
            let found = format!("`{}`", clip(text));
            return Err(self.error(ParseErrorKind::Syntax, start, found, "strings stand in double quotes"));
        }
        let found = format!("`{}`", clip(text));
        let wanted = "a number has digits, none of them a leading zero, on both sides of its point";
        Err(self.error(ParseErrorKind::BadNumber, start, found, wanted))
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.bump();
        let mut text = String::new();
        loop {
            let start = self.offset;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.bump();
            }
            text.push_str(self.slice(start, self.offset));
            match self.peek() {
                Some(b'"') => {
                    self.bump();
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                None => {
                    return Err(self.unexpected(ParseErrorKind::Syntax, "the string has no closing quote"));
                }
                Some(b) => {
                    let wanted = match b {
                        b'\n' | b'\r' => {
                            "control characters in strings are written as \\n, \\t, \\u0000; is a closing quote missing?"
                        }
                        _ => "control characters in strings are written as \\n, \\t, \\u0000",
                    };
                    return Err(self.unexpected(ParseErrorKind::BadString, wanted));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let start = self.offset;
        self.bump();
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return Err(self.bad_escape(start)),
        };
        self.bump();
        Ok(plain)
    }

    /// `\uXXXX`, or two of them that make a pair; the reader stands on the `u`.
    fn unicode(&mut self, start: usize) -> Result<char, ParseError> {
        let unit = |reader: &mut Self| {
            let from = reader.offset.saturating_add(1);
            let hex = reader.slice(from, from.saturating_add(4));
            let valid = hex.len() == 4 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            reader.offset = from.saturating_add(if valid { 4 } else { 0 });
            if valid { u16::from_str_radix(hex, 16).ok() } else { None }
        };
        let first = unit(self);
        let second = match first {
            Some(0xd800..=0xdbff) if self.slice(self.offset, self.offset.saturating_add(2)) == "\\u" => {
                self.bump();
                unit(self)
            }
            _ => None,
        };
        let units = first.into_iter().chain(second);
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(self.bad_escape(start)),
        }
    }

    fn bad_escape(&mut self, start: usize) -> ParseError {
        let end = self.text.len().min(start.saturating_add(6));
        let found = self.slice(start, end);
        let found = format!("`{}`", found.split('"').next().unwrap_or(found));
        let wanted = "an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits (two of them for a surrogate pair)";
        self.error(ParseErrorKind::BadString, start, found, wanted)
    }
}

/// At most 64 characters of foreign text, for messages.
fn clip(text: &str) -> &str {
    text.char_indices().nth(64).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
