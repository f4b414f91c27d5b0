//! XML as AWS lays it out: two spaces a level, what has only text on one line, what is empty as one tag.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// A document as it grows. The first failure is kept until the end.
pub(in crate::query) struct Xml<'n> {
    writer: Writer<Vec<u8>>,
    /// The innermost element, as long as nothing is known of its content.
    open: Option<&'n str>,
    failed: bool,
}

impl<'n> Xml<'n> {
    /// A document with its outermost element begun.
    pub(in crate::query) fn new(name: &'n str, namespace: &str) -> Self {
        let writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        let mut xml = Self { writer, open: None, failed: false };
        xml.put(Event::Start(BytesStart::new(name).with_attributes([("xmlns", namespace)])));
        xml
    }

    fn put(&mut self, event: Event<'_>) {
        self.failed |= self.writer.write_event(event).is_err();
    }

    fn fill(&mut self) {
        if let Some(name) = self.open.take() {
            self.put(Event::Start(BytesStart::new(name)));
        }
    }

    pub(in crate::query) fn start(&mut self, name: &'n str) {
        self.fill();
        self.open = Some(name);
    }

    pub(in crate::query) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.fill();
            self.put(Event::Text(BytesText::from_escaped(escape(text))));
        }
    }

    pub(in crate::query) fn end(&mut self, name: &'n str) {
        let event = match self.open.take() {
            Some(name) => Event::Empty(BytesStart::new(name)),
            None => Event::End(BytesEnd::new(name)),
        };
        self.put(event);
    }

    /// An element with nothing but text.
    pub(in crate::query) fn leaf(&mut self, name: &'n str, text: &str) {
        self.start(name);
        self.text(text);
        self.end(name);
    }

    /// The document, with a line feed after its outermost element as AWS sends it.
    pub(in crate::query) fn finish(mut self, name: &'n str) -> Option<String> {
        self.end(name);
        let mut bytes = self.writer.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).ok().filter(|_| !self.failed)
    }
}

fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| Escape::of(character).is_none()) {
        return text.into();
    }
    Escaped(text).to_string().into()
}

/// Text as XML content. An apostrophe stays as it is, as in what STS answers. Characters that XML 1.0 cannot carry
/// become U+FFFD.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match Escape::of(character) {
            None => f.write_char(character),
            Some(Escape(text)) => f.write_str(text),
        })
    }
}

/// What stands for a character that cannot stand for itself.
struct Escape(&'static str);

impl Escape {
    fn of(character: char) -> Option<Self> {
        Some(Self(match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            // A parser would fold a bare carriage return into a line feed.
            '\r' => "&#13;",
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
            _ => return None,
        }))
    }
}
