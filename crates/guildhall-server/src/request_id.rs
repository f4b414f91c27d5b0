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
        let p = self.prefix;
        let (a, b, c) = (p >> 32, (p >> 16) & 0xffff, p & 0x0fff | 0x4000);
        let (d, e) = ((n >> 48) & 0x3fff | 0x8000, n & 0xffff_ffff_ffff);
        format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
    }
}
