//! A place in a form as serde reads it.

use serde::Deserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::error::{ReadError, Rule, repeated};
use super::{Parameter, Part};

/// The part of a name before the elements of a list.
const MEMBER: &str = "member";
/// The part of a name before the entries of a map.
const ENTRY: &str = "entry";
/// The most elements that may be left out between two: AWS's limit.
const MAX_GAP: u32 = 10;
/// The largest index that AWS's reader takes, found out on SES. The gap before it has to be small all the same.
const MAX_INDEX: u32 = 214_748_369;

/// A place in a form: the parameters whose names begin with the same `depth` parts. None if nothing is said of it.
#[derive(Clone, Copy)]
pub(super) struct Node<'f> {
    parameters: &'f [Parameter<'f>],
    depth: usize,
}

impl<'f> Node<'f> {
    /// All parameters of a form.
    pub(super) fn root(parameters: &'f [Parameter<'f>]) -> Self {
        Self { parameters, depth: 0 }
    }

    /// A place of which nothing is said.
    const NOTHING: Self = Self { parameters: &[], depth: 0 };

    fn is_absent(self) -> bool {
        self.parameters.is_empty()
    }

    /// The value of the place itself. Its name is the shortest, so it stands first.
    fn text(self) -> Option<&'f str> {
        let first = self.parameters.first()?;
        first.part(self.depth).is_none().then_some(&*first.value)
    }

    /// The places right below, by the next part of their names.
    fn below(self) -> impl Iterator<Item = (Part<'f>, Self)> {
        let Self { parameters, depth } = self;
        let stretches = parameters.chunk_by(move |one, next| one.part(depth) == next.part(depth));
        stretches.filter_map(move |parameters| {
            let part = parameters.first()?.part(depth)?;
            Some((part, Self { parameters, depth: depth.saturating_add(1) }))
        })
    }

    fn named(self, name: &str) -> Self {
        let found = self.below().find(|(part, _)| *part == Part::Name(name));
        found.map_or(Self::NOTHING, |(_, node)| node)
    }

    /// The value of a place that has to be plain.
    fn plain(self) -> Result<&'f str, ReadError> {
        if self.below().next().is_some() {
            return Err(ReadError::NotAValue);
        }
        self.text().ok_or_else(ReadError::null)
    }

    fn is_filled(self) -> bool {
        self.text().is_some_and(|text| !text.is_empty())
    }

    fn integer(self) -> Result<i32, ReadError> {
        match self.plain()? {
            "" => Err(ReadError::NoNumber),
            text => text.parse().map_err(|_| ReadError::Value),
        }
    }

    fn float(self) -> Result<f64, ReadError> {
        match self.plain()? {
            "" => Err(ReadError::NoNumber),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or(ReadError::Value),
        }
    }

    /// The elements below `marker`, which is [`MEMBER`] or [`ENTRY`].
    fn elements(self, marker: &str) -> Result<Elements<'f>, ReadError> {
        let marked = self.named(marker);
        let (mut given, mut last) = (Vec::new(), 0_u32);
        for (part, node) in marked.below() {
            let index = match part {
                Part::Index { digits, .. } => index(digits)?,
                Part::Name(name) if is_negative(name) => return Err(ReadError::Negative(repeated(name))),
                Part::Name(_) => continue,
            };
            let gap = index.saturating_sub(last.max(1));
            if gap > MAX_GAP {
                return Err(ReadError::Sparse(gap));
            }
            if node.below().any(|(part, _)| part.is_index()) {
                return Err(ReadError::BackToBack);
            }
            given.push((index, node));
            last = index;
        }
        if given.is_empty() && !marked.is_absent() {
            // `Tags.member.one.Key` is one element, with a member `one` that no type knows.
            given.push((1, marked));
        }
        Ok(Elements { given: given.into_iter(), next: None, at: 0 })
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.is_filled() {
            return Err(ReadError::NotAList);
        }
        visitor.visit_seq(self.elements(MEMBER)?)
    }

    fn structure<'de, V: Visitor<'de>>(
        self,
        wanted: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if self.is_filled() {
            return Err(ReadError::NotAStructure);
        }
        visitor.visit_map(Members { below: self.below(), wanted, next: None })
    }
}

fn index(digits: &str) -> Result<u32, ReadError> {
    match digits.parse() {
        _ if digits.is_empty() => Err(ReadError::Zero),
        Ok(index) if index <= MAX_INDEX => Ok(index),
        _ => Err(ReadError::Huge(repeated(digits))),
    }
}

fn is_negative(name: &str) -> bool {
    name.strip_prefix('-').is_some_and(|digits| Part::of(digits).is_index())
}

/// The elements of a list or the entries of a map, in the order of their indices. What is left out between them is
/// [`Node::NOTHING`]; there can be [`MAX_GAP`] such for each that is given.
struct Elements<'f> {
    given: std::vec::IntoIter<(u32, Node<'f>)>,
    /// The next that is given.
    next: Option<(u32, Node<'f>)>,
    /// The index of the element that was read last.
    at: u32,
}

impl<'f> Elements<'f> {
    fn advance(&mut self) -> Option<Node<'f>> {
        let (index, node) = self.next.take().or_else(|| self.given.next())?;
        self.at = self.at.saturating_add(1);
        if self.at < index {
            self.next = Some((index, node));
            return Some(Node::NOTHING);
        }
        Some(node)
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(node) = self.advance() else { return Ok(None) };
        seed.deserialize(node).map(Some).map_err(|error| error.in_element(self.at))
    }
}

/// A map by its entries.
struct Entries<'f> {
    entries: Elements<'f>,
    entry: Node<'f>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(entry) = self.entries.advance() else { return Ok(None) };
        self.entry = entry;
        seed.deserialize(entry.named("key")).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(self.entry.named("value"))
    }
}

/// The members of a structure.
struct Members<'f, I> {
    below: I,
    /// The names that the type knows; all, if it does not say.
    wanted: Option<&'static [&'static str]>,
    next: Option<(&'f str, Node<'f>)>,
}

impl<'de, 'f, I: Iterator<Item = (Part<'f>, Node<'f>)>> MapAccess<'de> for Members<'f, I> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let wanted = |name: &str| self.wanted.is_none_or(|wanted| wanted.contains(&name));
        let member = self.below.find_map(|(part, node)| match part {
            Part::Name(name) if wanted(name) => Some((name, node)),
            _ => None,
        });
        self.next = member;
        member.map(|(name, _)| seed.deserialize(name.into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let (name, node) = self.next.take().unwrap_or(("", Node::NOTHING));
        seed.deserialize(node).map_err(|error| error.in_member(name))
    }
}

macro_rules! integers {
    ($($method:ident, $visit:ident, $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            let number = self.integer()?;
            visitor.$visit(<$type>::try_from(number).map_err(|_| ReadError::breaks(if number < 0 {
                Rule::AtLeast(i64::try_from(<$type>::MIN).unwrap_or(i64::MIN))
            } else {
                Rule::AtMost(i64::try_from(<$type>::MAX).unwrap_or(i64::MAX))
            }))?)
        }
    )*};
}

macro_rules! texts {
    ($($method:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            visitor.visit_str(self.plain()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = ReadError;

    integers! {
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
    }

    texts! {
        deserialize_char, deserialize_str, deserialize_string, deserialize_bytes, deserialize_byte_buf,
        deserialize_identifier
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_i32(self.integer()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_i64(self.integer()?.into())
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.plain()? {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            "" => Err(ReadError::NoBoolean),
            _ => Err(ReadError::Boolean),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.is_absent() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// An operation without input reads nothing.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.list(visitor)
    }

    /// Without entries it is a structure: serde asks for a map where one structure is flattened into another.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.is_filled() || self.named(ENTRY).is_absent() {
            return self.structure(None, visitor);
        }
        visitor.visit_map(Entries { entries: self.elements(ENTRY)?, entry: Self::NOTHING })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.structure(Some(fields), visitor)
    }

    /// Only variants without data: the wire has no others.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(self.plain()?.into_deserializer())
    }

    /// As the form has it: text, a list, or a map.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.text() {
            _ if self.is_absent() => visitor.visit_unit(),
            Some(_) => visitor.visit_str(self.plain()?),
            None if self.named(MEMBER).is_absent() => self.deserialize_map(visitor),
            None => self.list(visitor),
        }
    }
}
