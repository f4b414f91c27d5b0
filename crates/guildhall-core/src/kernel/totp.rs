//! One-time passwords that follow from the time (RFC 6238): HMAC-SHA-1, steps of 30 seconds, six digits, as the
//! applications on people's phones compute them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::kernel::time::Timestamp;

/// How long a code is good, in seconds.
const STEP: i64 = 30;
/// Bytes of a seed: 64 characters of base32, as AWS gives out.
pub const SEED: usize = 40;
/// Characters of base32 that they are.
const TEXT: usize = SEED / 5 * 8;
/// The letters of base32 (RFC 4648), in the order of what they stand for.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What codes are computed from. Whoever has it is taken for its owner. Wiped when it is dropped, and not shown.
pub struct Seed(Zeroizing<[u8; SEED]>);

impl Seed {
    /// A seed of random bytes.
    pub fn new(bytes: [u8; SEED]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A seed from its 64 characters of base32.
    pub fn read(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; SEED]);
        let (mut room, mut rest) = (bytes.iter_mut(), (0_u16, 0_u32));
        for letter in text.bytes() {
            let value = LETTERS.iter().zip(0_u16..).find(|(own, _)| **own == letter)?.1;
            rest = ((rest.0 << 5 | value) & 0x1fff, rest.1 + 5);
            if rest.1 >= 8 {
                rest.1 -= 8;
                *room.next()? = u8::try_from(rest.0 >> rest.1 & 0xff).ok()?;
            }
        }
        (text.len() == TEXT).then_some(Self(bytes))
    }

    /// Its 64 characters of base32, as people type it in.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(TEXT));
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for letter in (0..8).rev() {
                let value = usize::try_from(bits >> (5 * letter) & 31).unwrap_or_default();
                text.push(LETTERS.get(value).map_or('A', |letter| char::from(*letter)));
            }
        }
        text
    }

    /// Its codes.
    pub fn codes(&self) -> Codes {
        Codes::new(&*self.0)
    }
}

/// The step that an instant is in.
pub fn step(now: Timestamp) -> i64 {
    now.seconds().div_euclid(STEP)
}

/// The codes of one seed.
pub struct Codes(Option<Hmac<Sha1>>);

impl Codes {
    fn new(seed: &[u8]) -> Self {
        // HMAC takes keys of every length.
        Self(Hmac::<Sha1>::new_from_slice(seed).ok())
    }

    /// The code of a step, six digits (RFC 4226, 5.3). None before 1970.
    pub fn at(&self, step: i64) -> Option<String> {
        let counter = u64::try_from(step).ok()?;
        let digest = self.0.clone()?.chain_update(counter.to_be_bytes()).finalize().into_bytes();
        let offset = usize::from(digest.last()? & 15);
        let four = digest.get(offset..)?.first_chunk()?;
        Some(format!("{:06}", (u32::from_be_bytes(*four) & 0x7fff_ffff) % 1_000_000))
    }

    /// Whether this is the code of a step: six digits. Takes the same time for every code.
    pub fn is(&self, code: &str, step: i64) -> bool {
        self.at(step).is_some_and(|own| own.as_bytes().ct_eq(code.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 6238, Appendix B, for SHA-1: their last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let codes = Codes::new(b"12345678901234567890");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step(Timestamp(seconds * 1_000 + 999));
            assert!(codes.is(code, step), "{seconds}");
            assert!(!codes.is(code, step + 1) && !codes.is(code, step - 1), "{seconds}");
        }
        for other in ["", "28708", "2870820", " 287082", "287083", "١٢٣٤٥٦"] {
            assert!(!codes.is(other, 1), "{other}");
        }
        assert!(codes.at(-1).is_none() && codes.at(0).unwrap() == "755224");
    }

    #[test]
    fn a_step_has_thirty_seconds() {
        assert_eq!([0, 29_999, 30_000, -1].map(|at| step(Timestamp(at))), [0, 0, 1, -1]);
    }

    #[test]
    fn a_seed_is_written_and_read() {
        let seed = Seed::new(std::array::from_fn(|n| u8::try_from(n * 7 % 256).unwrap()));
        let text = seed.text();
        assert_eq!(text.len(), 64);
        assert_eq!(*text, "AADQ4FI4EMVDCOB7IZGVIW3CNFYHO7UFRSJZVINIV63L3RGL2LM6BZ7O6X6AGCQR");
        let back = Seed::read(&text).unwrap();
        assert_eq!(*back.0, *seed.0);
        let short = text.get(..63).unwrap();
        for bad in ["", short, &format!("{}A", *text), &format!("{short}1"), &format!("{short}a")] {
            assert!(Seed::read(bad).is_none(), "{bad}");
        }
    }
}
