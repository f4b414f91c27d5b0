//! Request ids: UUIDs, each used once.

use std::sync::atomic::{AtomicU64, Ordering};

use guildhall_engine::random;

/// Makes request ids: half of each is drawn at the start, the other half is a number that counts up, stirred.
pub(crate) struct RequestIds {
    prefix: u64,
    next: AtomicU64,
}

/// A request id as text.
pub(crate) type RequestId = String;

impl RequestIds {
    pub(crate) fn new() -> Result<Self, random::NoRandom> {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = random::seed()?;
        Ok(Self {
            prefix: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            next: AtomicU64::new(u64::from_be_bytes([i, j, k, l, m, n, o, p])),
        })
    }

    pub(crate) fn next(&self) -> RequestId {
        // An odd multiplier: a bijection, so that no two numbers become one.
        let n = self.next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bytes = (u128::from(self.prefix) << 64 | u128::from(n)).to_be_bytes();
        uuid(bytes)
    }
}

/// 16 bytes as a UUID of version 4.
fn uuid(bytes: [u8; 16]) -> RequestId {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    let digit = |nibble: u8| HEX.get(usize::from(nibble & 15)).map_or('0', |d| char::from(*d));
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // The version and the variant stand in the upper bits of bytes 6 and 8.
        let byte = match at {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        text.push(digit(byte >> 4));
        text.push(digit(byte));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_differ() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let ids = RequestIds::new().unwrap();
        let all: std::collections::HashSet<_> = (0..1_000).map(|_| ids.next()).collect();
        assert_eq!(all.len(), 1_000);
    }
}
