//! JSON text written piece by piece, for the two objects that fill pages: accounts and handshakes. Through serde a
//! page of twenty costs as much again as everything else about its request; pieces are copied.

use crate::kernel::time::Timestamp;

/// JSON text in the making.
#[derive(Default)]
pub struct Json(Vec<u8>);

/// Something that is written as JSON text.
pub trait WriteJson {
    /// Appends it.
    fn write(&self, json: &mut Json);
}

impl<T: WriteJson + ?Sized> WriteJson for &T {
    fn write(&self, json: &mut Json) {
        (**self).write(json);
    }
}

impl Json {
    /// Text with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Appends JSON text as it is.
    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Appends a string, quoted and escaped.
    pub fn string(&mut self, value: &str) -> &mut Self {
        let plain = value.bytes().fold(true, |plain, b| plain & (b >= 0x20) & (b != b'"') & (b != b'\\'));
        if plain {
            self.0.push(b'"');
            self.0.extend_from_slice(value.as_bytes());
            self.0.push(b'"');
        } else {
            // Strings can always be written, and so can memory.
            let _ = serde_json::to_writer(&mut self.0, value);
        }
        self
    }

    /// Appends an instant as AWS JSON 1.1 has it: seconds with a millisecond fraction (accounts.md 1.3).
    pub fn time(&mut self, at: Timestamp) -> &mut Self {
        let millis = at.0.rem_euclid(1_000);
        let _ = serde_json::to_writer(&mut self.0, &at.seconds());
        let digit = |n: i64| b'0'.wrapping_add(u8::try_from(n % 10).unwrap_or(0));
        self.0.extend_from_slice(&[b'.', digit(millis / 100), digit(millis / 10), digit(millis)]);
        self
    }

    /// Appends a list.
    pub fn list<T: WriteJson>(&mut self, entries: &[T]) -> &mut Self {
        self.raw("[");
        for (n, entry) in entries.iter().enumerate() {
            if n > 0 {
                self.raw(",");
            }
            entry.write(self);
        }
        self.raw("]")
    }

    /// The text.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_instants_read_back() {
        for text in
            ["", "plain", "quo\"te", "back\\slash", "new\nline", "nul\0", "größe 😀", "\u{2028}</script>"]
        {
            let mut json = Json::default();
            json.string(text);
            assert_eq!(serde_json::from_slice::<String>(&json.into_bytes()).unwrap(), text);
        }
        for (ms, seconds) in [(1_631_121_728_678, 1_631_121_728.678), (5, 0.005), (60_000, 60.0)] {
            let mut json = Json::default();
            json.time(Timestamp(ms));
            let read: f64 = serde_json::from_slice(&json.into_bytes()).unwrap();
            assert!((read - seconds).abs() < 1e-6);
        }
    }
}
