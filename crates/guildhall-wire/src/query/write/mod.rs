//! Writes the output of an operation as the answer's XML (identity.md 1.3).

mod element;
mod xml;

use serde::Serialize;

pub use self::element::WriteError;
pub use self::xml::Escaped;
pub(super) use self::xml::Xml;

/// What an answer says besides its output.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The operation, for the names of the two outer elements.
    pub action: &'a str,
    /// The service's XML namespace.
    pub namespace: &'a str,
    /// The request's id, the same as in the header.
    pub request_id: &'a str,
}

impl Envelope<'_> {
    /// The body of an answer with this output.
    ///
    /// - A member is named as the type names it, and left out if it is `None`.
    /// - A list is its elements, each a `member`; a map is its entries, each an `entry` of `key` and `value`. Empty,
    ///   they are an empty element.
    /// - Bytes are base64. Times, and documents that AWS encodes, are text as the output has it.
    /// - `()` is no output: there is no result element. A structure without members has an empty one.
    ///
    /// Refuses what the wire cannot say: variants with data, numbers that are not finite.
    pub fn body<T: Serialize + ?Sized>(&self, output: &T) -> Result<String, WriteError> {
        let Self { action, namespace, request_id } = *self;
        let (response, result) = (format!("{action}Response"), format!("{action}Result"));
        let mut xml = Xml::new(&response, namespace);
        output.serialize(element::Element { xml: &mut xml, name: &result })?;
        xml.start("ResponseMetadata");
        xml.leaf("RequestId", request_id);
        xml.end("ResponseMetadata");
        xml.finish(&response).ok_or(WriteError::Markup)
    }
}

#[cfg(test)]
mod tests;
