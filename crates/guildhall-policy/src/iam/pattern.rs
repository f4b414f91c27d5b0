//! Texts with wildcards and policy variables (policies.md 3.3).
//!
//! A pattern is cut at its stars into segments that have a fixed text but for `?`. The first has to stand at the start
//! of the subject, the last at its end, each other one is taken where it occurs first: no choice is ever undone, so
//! the time is bounded by the product of both lengths, and by their sum where there is no `?`.
//!
//! `?` is one unit of UTF-16, so a character beyond the basic plane takes two (recorded, condition_strings): the few
//! subjects with such characters are compared unit by unit.

use std::borrow::Cow;

use super::context::{Context, Given, multivalued};
use super::truth::Truth;

/// What has a meaning in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    /// `*` and `?`.
    pub(crate) wildcards: bool,
    /// `${key}`, `${key, 'default'}`, `${*}`, `${?}`, `${$}`: only from Version 2012-10-17.
    pub(crate) variables: bool,
}

/// `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// In lower case.
    pub(super) key: Box<str>,
    default: Option<Box<str>>,
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Text(String),
    Any,
    One,
    Variable(Variable),
}

/// A compiled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Between the stars; never empty.
    segments: Box<[Box<[Token]>]>,
    /// The byte that every subject starts with, if it starts with fixed text: most actions differ there already.
    head: Option<u8>,
    /// Whether it has a `?`.
    ones: bool,
    /// The same with a star for each variable, if it has variables: what is left when a value is unknown.
    relaxed: Option<Box<Pattern>>,
}

impl Variable {
    /// The text after `${`; the rest after `}`. Nothing if it is no variable, and the text is taken as it stands.
    fn read(text: &str) -> Option<(Token, &str)> {
        for literal in ["*", "?", "$"] {
            if let Some(rest) = text.strip_prefix(literal).and_then(|rest| rest.strip_prefix('}')) {
                return Some((Token::Text(literal.to_owned()), rest));
            }
        }
        let end = text.find(['}', ','])?;
        let key = text.get(..end)?.trim();
        if key.is_empty() {
            return None;
        }
        let rest = text.get(end..)?;
        let (default, rest) = match rest.strip_prefix(',') {
            None => (None, rest),
            Some(rest) => {
                let (default, rest) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
                (Some(default.into()), rest.trim_start())
            }
        };
        let rest = rest.strip_prefix('}')?;
        Some((Token::Variable(Self { key: key.to_ascii_lowercase().into(), default }), rest))
    }

    /// Its value. Unknown is `Err(true)`, not to be resolved `Err(false)`: absent without a default, or multivalued
    /// (observed.md 54).
    pub(super) fn value<'a>(&'a self, context: &'a Context) -> Result<&'a str, bool> {
        if multivalued(&self.key) {
            return Err(false);
        }
        match context.get(&self.key) {
            Given::One(value) => Ok(value),
            Given::Many(_) => Err(false),
            Given::Unknown => Err(true),
            Given::Absent => self.default.as_deref().ok_or(false),
        }
    }
}

/// Reads a text into its pieces.
pub(crate) fn tokens(text: &str, syntax: Syntax) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let token = match c {
            '*' if syntax.wildcards => Some((Token::Any, after)),
            '?' if syntax.wildcards => Some((Token::One, after)),
            '$' if syntax.variables => after.strip_prefix('{').and_then(Variable::read),
            _ => None,
        };
        match token {
            Some((Token::Text(literal), after)) => {
                plain.push_str(&literal);
                rest = after;
            }
            Some((token, after)) => {
                if !plain.is_empty() {
                    tokens.push(Token::Text(std::mem::take(&mut plain)));
                }
                tokens.push(token);
                rest = after;
            }
            None => {
                plain.push(c);
                rest = after;
            }
        }
    }
    if !plain.is_empty() {
        tokens.push(Token::Text(plain));
    }
    tokens
}

impl Pattern {
    /// Whether it has variables.
    pub(crate) fn has_variables(&self) -> bool {
        self.relaxed.is_some()
    }

    pub(crate) fn new(text: &str, syntax: Syntax) -> Self {
        Self::from_tokens(tokens(text, syntax))
    }

    pub(super) fn from_tokens(tokens: Vec<Token>) -> Self {
        let relaxed = tokens.iter().any(|t| matches!(t, Token::Variable(_))).then(|| {
            let star = |t: &Token| if matches!(t, Token::Variable(_)) { Token::Any } else { t.clone() };
            Box::new(Self::from_tokens(tokens.iter().map(star).collect()))
        });
        let ones = tokens.contains(&Token::One);
        let mut segments: Vec<Vec<Token>> = vec![Vec::new()];
        for token in tokens {
            match token {
                Token::Text(text) if text.is_empty() => {}
                // Stars in a row are one star.
                Token::Any if segments.len() > 1 && segments.last().is_some_and(Vec::is_empty) => {}
                Token::Any => segments.push(Vec::new()),
                token => {
                    if let Some(last) = segments.last_mut() {
                        last.push(token);
                    }
                }
            }
        }
        let head = match segments.first().and_then(|first| first.first()) {
            Some(Token::Text(text)) => text.bytes().next(),
            _ => None,
        };
        Self { segments: segments.into_iter().map(Vec::into_boxed_slice).collect(), head, ones, relaxed }
    }

    /// Whether the subject fits. A variable that has no value fits nothing; one whose value is unknown leaves it open,
    /// unless the text around it does not fit anyway.
    #[inline]
    pub(crate) fn matches(&self, subject: &str, context: &Context) -> Truth {
        if self.head.is_some_and(|head| subject.bytes().next() != Some(head)) {
            return Truth::False;
        }
        self.match_all(subject, context)
    }

    fn match_all(&self, subject: &str, context: &Context) -> Truth {
        if let Some(relaxed) = &self.relaxed {
            match self.variables().map(|v| v.value(context)).filter_map(Result::err).min() {
                Some(false) => return Truth::False,
                Some(true) if relaxed.fits(subject, context) => return Truth::Unknown,
                Some(true) => return Truth::False,
                None => {}
            }
        }
        self.fits(subject, context).into()
    }

    /// Its text with all variables replaced. `Err` as in [`Variable::value`]. Wildcards are not for such texts.
    pub(crate) fn text<'a>(&'a self, context: &'a Context) -> Result<Cow<'a, str>, bool> {
        if let [segment] = &*self.segments
            && let [Token::Variable(v)] = &**segment
        {
            return v.value(context).map(Cow::Borrowed);
        }
        let mut text = String::new();
        let mut error = None;
        for token in self.segments.iter().flatten() {
            match token {
                Token::Text(t) => text.push_str(t),
                Token::Variable(v) => match v.value(context) {
                    Ok(value) => text.push_str(value),
                    Err(unknown) => error = Some(error.unwrap_or(true) && unknown),
                },
                Token::Any | Token::One => {}
            }
        }
        error.map_or(Ok(Cow::Owned(text)), Err)
    }

    /// Its text, if it is one fixed text.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &*self.segments {
            [segment] => match &**segment {
                [] => Some(""),
                [Token::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        variables(self.segments.iter().flatten())
    }

    /// The keys of its variables whose value is unknown.
    pub(crate) fn unknown<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a str> {
        self.variables().filter(|v| v.value(context) == Err(true)).map(|v| &*v.key)
    }

    fn fits(&self, subject: &str, context: &Context) -> bool {
        if self.ones && subject.chars().any(|c| c.len_utf16() > 1) {
            return self.fits_units(subject, context);
        }
        let Some((first, others)) = self.segments.split_first() else { return false };
        let Some(rest) = strip_start(first, subject, context) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        let Some(mut rest) = strip_end(last, rest, context) else { return false };
        for segment in middle {
            match after_first(segment, rest, context) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl Pattern {
    /// As [`Pattern::fits`], by units of UTF-16. Only the last star ever takes more, so the time is bounded by the
    /// product of both lengths.
    fn fits_units(&self, subject: &str, context: &Context) -> bool {
        let mut pattern = Vec::new();
        for (n, segment) in self.segments.iter().enumerate() {
            if n > 0 {
                pattern.push(Unit::Any);
            }
            for token in segment {
                match token {
                    Token::Text(text) => pattern.extend(text.encode_utf16().map(Unit::Is)),
                    Token::Variable(v) => match v.value(context) {
                        Ok(value) => pattern.extend(value.encode_utf16().map(Unit::Is)),
                        Err(_) => return false,
                    },
                    Token::One | Token::Any => pattern.push(Unit::One),
                }
            }
        }
        let subject: Vec<u16> = subject.encode_utf16().collect();
        let (mut at, mut from) = (0usize, 0usize);
        let mut star: Option<(usize, usize)> = None;
        while let Some(unit) = subject.get(from) {
            match pattern.get(at) {
                Some(Unit::Any) => {
                    at = at.saturating_add(1);
                    star = Some((at, from));
                }
                Some(wanted) if *wanted == Unit::One || *wanted == Unit::Is(*unit) => {
                    at = at.saturating_add(1);
                    from = from.saturating_add(1);
                }
                _ => {
                    let Some((after, taken)) = star else { return false };
                    at = after;
                    from = taken.saturating_add(1);
                    star = Some((after, from));
                }
            }
        }
        pattern.iter().skip(at).all(|unit| *unit == Unit::Any)
    }
}

/// A piece of a pattern for one unit of UTF-16, or any number of them.
#[derive(PartialEq, Eq)]
enum Unit {
    Any,
    One,
    Is(u16),
}

pub(super) fn variables<'a>(tokens: impl Iterator<Item = &'a Token>) -> impl Iterator<Item = &'a Variable> {
    tokens.filter_map(|t| if let Token::Variable(v) = t { Some(v) } else { None })
}

/// What follows the segment at the start of the subject.
fn strip_start<'a>(segment: &[Token], subject: &'a str, context: &Context) -> Option<&'a str> {
    let mut rest = subject;
    for token in segment {
        rest = match token {
            Token::Text(text) => rest.strip_prefix(text.as_str())?,
            Token::Variable(v) => rest.strip_prefix(v.value(context).ok()?)?,
            Token::One | Token::Any => {
                let mut chars = rest.chars();
                chars.next()?;
                chars.as_str()
            }
        };
    }
    Some(rest)
}

/// What precedes the segment at the end of the subject.
fn strip_end<'a>(segment: &[Token], subject: &'a str, context: &Context) -> Option<&'a str> {
    let mut rest = subject;
    for token in segment.iter().rev() {
        rest = match token {
            Token::Text(text) => rest.strip_suffix(text.as_str())?,
            Token::Variable(v) => rest.strip_suffix(v.value(context).ok()?)?,
            Token::One | Token::Any => {
                let mut chars = rest.chars();
                chars.next_back()?;
                chars.as_str()
            }
        };
    }
    Some(rest)
}

/// What follows the first occurrence of the segment.
fn after_first<'a>(segment: &[Token], subject: &'a str, context: &Context) -> Option<&'a str> {
    if let [Token::Text(text)] = segment {
        return subject.split_once(text.as_str()).map(|(_, rest)| rest);
    }
    let mut rest = subject;
    loop {
        if let Some(after) = strip_start(segment, rest, context) {
            return Some(after);
        }
        let mut chars = rest.chars();
        chars.next()?;
        rest = chars.as_str();
    }
}
