//! A value of serde's as an element.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{self, Impossible, Serialize, Serializer};

use super::xml::Xml;

/// Why an output cannot be written. All of them are mistakes in the output's type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A variant with data.
    #[error("a variant with data has no form in AWS Query")]
    Variant,
    /// A number that is infinite or none.
    #[error("a number has to be finite")]
    Number,
    /// The type itself refuses.
    #[error("{0}")]
    Output(String),
    /// The writer of XML refuses.
    #[error("the answer is no XML")]
    Markup,
}

impl ser::Error for WriteError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Output(message.to_string())
    }
}

/// An element that a value fills.
pub(super) struct Element<'x, 'n> {
    pub(super) xml: &'x mut Xml<'n>,
    pub(super) name: &'n str,
}

impl<'x, 'n> Element<'x, 'n> {
    fn begun(self) -> Self {
        self.xml.start(self.name);
        self
    }

    fn leaf(self, text: &str) -> Result<(), WriteError> {
        self.xml.leaf(self.name, text);
        Ok(())
    }

    /// One element inside.
    fn put<T: Serialize + ?Sized>(&mut self, name: &'n str, value: &T) -> Result<(), WriteError> {
        value.serialize(Element { xml: self.xml, name })
    }

    fn ended(self) -> Result<(), WriteError> {
        self.xml.end(self.name);
        Ok(())
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<(), WriteError> {
            self.leaf(&value.to_string())
        }
    )*};
}

macro_rules! floats {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<(), WriteError> {
            if value.is_finite() { self.leaf(&value.to_string()) } else { Err(WriteError::Number) }
        }
    )*};
}

impl<'x, 'n> Serializer for Element<'x, 'n> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), WriteError>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), WriteError>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char,
    }

    floats! { serialize_f32: f32, serialize_f64: f64 }

    fn serialize_str(self, value: &str) -> Result<(), WriteError> {
        self.leaf(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), WriteError> {
        self.leaf(&STANDARD.encode(value))
    }

    fn serialize_none(self) -> Result<(), WriteError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), WriteError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), WriteError> {
        self.leaf("")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), WriteError> {
        self.leaf(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), WriteError> {
        Err(WriteError::Variant)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self, WriteError> {
        Ok(self.begun())
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self, WriteError> {
        Ok(self.begun())
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Self, WriteError> {
        Ok(self.begun())
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, WriteError> {
        Err(WriteError::Variant)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self, WriteError> {
        Ok(self.begun())
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, WriteError> {
        Ok(self.begun())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, WriteError> {
        Err(WriteError::Variant)
    }
}

impl ser::SerializeSeq for Element<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.put("member", value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.ended()
    }
}

impl ser::SerializeTuple for Element<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.put("member", value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.ended()
    }
}

impl ser::SerializeTupleStruct for Element<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.put("member", value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.ended()
    }
}

impl ser::SerializeMap for Element<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.xml.start("entry");
        self.put("key", key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.put("value", value)?;
        self.xml.end("entry");
        Ok(())
    }

    fn end(self) -> Result<(), WriteError> {
        self.ended()
    }
}

impl ser::SerializeStruct for Element<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.put(name, value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.ended()
    }
}
