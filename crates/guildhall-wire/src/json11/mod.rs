//! The AWS JSON 1.1 envelope (accounts.md sections 1.2 to 1.4): which operation, the input's body, the fault's body.

mod fault;
mod strict;

use crate::names;
use http::HeaderMap;
use serde::de::DeserializeOwned;

pub use self::fault::{Json11Fault, MessageKey};

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Whether a request names an operation of this protocol, known or not.
pub fn is_named(headers: &HeaderMap) -> bool {
    headers.contains_key(&names::TARGET)
}

/// The longest text of a `SerializationException`.
const MAX_TEXT: usize = 100;

/// What `X-Amz-Target` says. Nothing if the header is absent, repeated or not ASCII.
pub fn target(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(&names::TARGET).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

/// Reads an input. A zero-byte body is `{}`.
///
/// Refuses with `SerializationException` (section 1.4): invalid UTF-8, anything but one JSON object, text after it,
/// a wrong type, an array where an object belongs, nesting deeper than 128, and a member named twice in one object,
/// be it known or unknown, at any depth. The text names the member and what was expected; it repeats no value.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Json11Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    let text =
        std::str::from_utf8(body).map_err(|_| Json11Fault::serialization("The body is not valid UTF-8."))?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Json11Fault::serialization("The body is not a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    T::deserialize(strict::Strict(&mut reader))
        .and_then(|input| reader.end().map(|()| input))
        .map_err(|error| Json11Fault::serialization(explain::<T>(text, &error)))
}

/// Says what is wrong and where. Reads the body again for the path, which costs nothing while all is well.
fn explain<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!("The body is not valid JSON: line {}, column {}.", error.line(), error.column());
    }
    let path = serde_path_to_error::deserialize::<_, T>(strict::Strict(
        &mut serde_json::Deserializer::from_str(text),
    ))
    .err()
    .map(|error| error.path().to_string())
    .filter(|path| path != ".");
    let member = path.map(|path| format!(" at {path}")).unwrap_or_default();
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(&*what, |(what, _)| what);
    let mut said = if what == strict::REPEATED || what.starts_with("duplicate field ") {
        format!("A member is given twice{member}.")
    } else if let Some(name) = what.strip_prefix("missing field ") {
        format!("The member {name} is missing{member}.")
    } else if let Some((_, wanted)) = what.rsplit_once(", expected ").filter(|_| what.starts_with("invalid "))
    {
        // "invalid type: <what was found>, expected <what was wanted>". What was found may be a secret.
        format!("Wrong type{member}: expected {wanted}.")
    } else {
        format!("Wrong value{member}.")
    };
    if let Some((end, _)) = said.char_indices().nth(MAX_TEXT) {
        said.truncate(end);
    }
    said
}

#[cfg(test)]
mod tests;
