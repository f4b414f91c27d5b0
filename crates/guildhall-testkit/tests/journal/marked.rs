//! An input in which every member is given: serde asks for its members, and each text that it gets is a mark, which
//! names the member. So no list has to follow the inputs.

use std::cell::RefCell;

use guildhall_core::Reply;
use guildhall_core::services::Wire;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};

/// Members that hold no text of one's own, but an id.
const IDS: [(&str, &str); 1] = [("GovCloudAccountId", "222222222222")];

thread_local! {
    static GIVEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The text of a member. An address, so that members of that type can be read from it.
pub(crate) fn mark(member: &str) -> String {
    let id = IDS.iter().find(|(name, _)| *name == member);
    id.map_or_else(|| format!("{member}@marked.example"), |(_, id)| (*id).to_owned())
}

/// An input, and the paths of its members: `Tags[].Key`.
pub(crate) fn read<T: DeserializeOwned>() -> (T, Vec<String>) {
    GIVEN.take();
    let input = T::deserialize(Member(String::new())).unwrap();
    (input, GIVEN.take())
}

/// The members of the input that was last read through [`Marked`].
pub(crate) fn given() -> Vec<String> {
    GIVEN.take()
}

/// The services' tables, with requests of marks whatever the body is.
pub(crate) struct Marked;

impl Wire for Marked {
    type Error = Error;
    type Envelope = ();

    fn json<T: DeserializeOwned>(_: &[u8]) -> Result<T, Error> {
        let (input, members) = read();
        GIVEN.set(members);
        Ok(input)
    }

    fn query<T: DeserializeOwned>(form: &[u8]) -> Result<T, Error> {
        Self::json(form)
    }

    fn write<T: Serialize>((): &(), _: &T) -> Option<Reply> {
        None
    }
}

/// A member, by its path; the empty one is the input itself.
struct Member(String);

impl Member {
    fn below(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// Notes that the member is given.
    fn give(&self) {
        GIVEN.with_borrow_mut(|given| given.push(self.0.clone()));
    }
}

macro_rules! scalars {
    ($($method:ident $visit:ident $value:expr),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.give();
            visitor.$visit($value)
        })+
    };
}

impl<'de> Deserializer<'de> for Member {
    type Error = Error;

    scalars! {
        deserialize_bool visit_bool true,
        deserialize_i64 visit_i64 7,
        deserialize_u32 visit_u32 7,
        deserialize_f64 visit_f64 7.0,
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.give();
        visitor.visit_string(mark(&self.0))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.give();
        visitor.visit_enum(StrDeserializer::new(variants[0]))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(List(Some(Self(format!("{}[]", self.0)))))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // Aliases are among the fields. They are written small, as in configurations.
        let named = |name: &&str| name.starts_with(char::is_uppercase);
        let fields: Vec<_> = fields.iter().copied().filter(named).collect();
        visitor.visit_map(Members { of: self, fields: fields.into_iter(), next: None })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom(format!("{}: marks know no members of this kind yet", self.0)))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u64 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

/// A list with one element.
struct List(Option<Member>);

impl<'de> SeqAccess<'de> for List {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|element| seed.deserialize(element)).transpose()
    }
}

/// The members of a structure.
struct Members {
    of: Member,
    fields: std::vec::IntoIter<&'static str>,
    next: Option<&'static str>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next = self.fields.next();
        self.next.map(|name| seed.deserialize(name.into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.of.below(self.next.unwrap()))
    }
}
