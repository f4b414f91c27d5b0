//! The keys of a server: what secrets are sealed with at rest, and session tokens on their way.
//!
//! A sealed box is `version (1 byte), id of its key (4), nonce (24), ciphertext, tag (16)`, by XChaCha20-Poly1305. Each
//! purpose has a subkey of its own, HMAC-SHA256(key, label), so that a box for one purpose never opens for another.
//! What stands before the nonce is authenticated, with what the box is about.

use std::fmt::{self, Write};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hmac::{Hmac, Mac};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::kernel::ids::BadId;

/// The most keys of a server: a newer one seals, the others open what they once sealed.
pub const KEYS_MAX: usize = 8;
/// The longest text of a keyring that is read, in bytes: the keys with comments.
pub const TEXT_MAX: usize = 16 * 1024;

/// The first byte of a box.
const VERSION: u8 = 1;
const ID: usize = 4;
/// Bytes of a nonce.
pub const NONCE: usize = 24;
const TAG: usize = 16;
/// What a box has besides what is sealed in it, in bytes.
pub const OVERHEAD: usize = 1 + ID + NONCE + TAG;

/// What something is sealed or derived for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Secrets of access keys, as they are stored.
    AccessKeySecret,
    /// Seeds of devices that prove a second factor, as they are stored.
    MfaSeed,
    /// Session tokens.
    SessionToken,
    /// Secrets of sessions, which are derived from their tokens.
    SessionSecret,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::AccessKeySecret, Self::MfaSeed, Self::SessionToken, Self::SessionSecret];

    fn label(self) -> &'static str {
        match self {
            Self::AccessKeySecret => "guildhall access key secret",
            Self::MfaSeed => "guildhall mfa seed",
            Self::SessionToken => "guildhall session token",
            Self::SessionSecret => "guildhall session secret",
        }
    }
}

/// The id of a key, eight hex digits. It is derived from the key, so that no other key can have it by mistake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; ID]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for KeyId {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        let hex = s.len() == 2 * ID && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match u32::from_str_radix(s, 16) {
            Ok(number) if hex => Ok(Self(number.to_be_bytes())),
            _ => Err(BadId("id of a key: it has eight hex digits, such as 1a2b3c4d")),
        }
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// Why keys are no keyring.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyring {
    /// There is no key.
    #[error("it has no key")]
    Empty,
    /// There are too many.
    #[error("it has more than {KEYS_MAX} keys")]
    TooMany,
    /// One stands there twice.
    #[error("it has the key {0} twice")]
    Twice(KeyId),
    /// A line cannot be read; it is not quoted, because it may be a key.
    #[error("line {0} is no key: a line has an id of eight hex digits, and 32 bytes in base64")]
    Line(usize),
    /// A line's key is another one than its id says.
    #[error("line {0}: the key is not the one whose id stands before it")]
    Other(usize),
    /// The text is longer than any keyring.
    #[error("it is longer than {TEXT_MAX} bytes")]
    TooLong,
}

/// A key with what is derived from it. All of it is wiped when it is dropped.
struct ServerKey {
    id: KeyId,
    key: Zeroizing<[u8; 32]>,
    subkeys: [Zeroizing<[u8; 32]>; Purpose::ALL.len()],
}

/// HMAC-SHA256 with a key of 32 bytes.
fn hmac(key: &[u8; 32], text: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    Zeroizing::new(mac.chain_update(text).finalize().into_bytes().into())
}

impl ServerKey {
    fn new(key: Zeroizing<[u8; 32]>) -> Self {
        let [a, b, c, d, ..] = *hmac(&key, b"guildhall key id");
        let subkeys = Purpose::ALL.map(|purpose| hmac(&key, purpose.label().as_bytes()));
        Self { id: KeyId([a, b, c, d]), key, subkeys }
    }

    fn subkey(&self, purpose: Purpose) -> &[u8; 32] {
        let [secrets, seeds, tokens, derived] = &self.subkeys;
        match purpose {
            Purpose::AccessKeySecret => secrets,
            Purpose::MfaSeed => seeds,
            Purpose::SessionToken => tokens,
            Purpose::SessionSecret => derived,
        }
    }

    fn header(&self) -> [u8; 1 + ID] {
        let [a, b, c, d] = self.id.0;
        [VERSION, a, b, c, d]
    }
}

/// The keys of a server, 1 to [`KEYS_MAX`]: the newest one seals, each opens what it sealed. Neither shown nor cloned.
pub struct Keyring {
    older: Vec<ServerKey>,
    newest: ServerKey,
}

impl Keyring {
    /// A ring of one key, of 32 random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self { older: Vec::new(), newest: ServerKey::new(Zeroizing::new(key)) }
    }

    /// A ring of keys, the newest one last.
    fn of(mut keys: Vec<ServerKey>) -> Result<Self, BadKeyring> {
        let newest = keys.pop().ok_or(BadKeyring::Empty)?;
        if keys.len() >= KEYS_MAX {
            return Err(BadKeyring::TooMany);
        }
        let mut seen = vec![newest.id];
        for key in &keys {
            if seen.contains(&key.id) {
                return Err(BadKeyring::Twice(key.id));
            }
            seen.push(key.id);
        }
        Ok(Self { older: keys, newest })
    }

    /// Reads the text of a ring: a line for each key, its id and the key, the newest one last. Empty lines, and those
    /// that begin with `#`, are nothing.
    pub fn read(text: &str) -> Result<Self, BadKeyring> {
        if text.len() > TEXT_MAX {
            return Err(BadKeyring::TooLong);
        }
        let mut keys = Vec::new();
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = read_line(line).ok_or(BadKeyring::Line(number))?;
            let key = ServerKey::new(key);
            if key.id != id {
                return Err(BadKeyring::Other(number));
            }
            keys.push(key);
        }
        Self::of(keys)
    }

    /// The text that [`Keyring::read`] reads. Whoever has it opens everything.
    pub fn text(&self) -> Zeroizing<String> {
        // A line has 54 bytes; one that grows would leave a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(64 * KEYS_MAX));
        for key in self.keys() {
            let encoded = Zeroizing::new(STANDARD.encode(*key.key));
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{} {}", key.id, *encoded);
        }
        text
    }

    /// This ring with a new key, of 32 random bytes, which seals from then on.
    pub fn with(self, key: [u8; 32]) -> Result<Self, BadKeyring> {
        let newest = ServerKey::new(Zeroizing::new(key));
        Self::of(self.older.into_iter().chain([self.newest, newest]).collect())
    }

    /// This ring without a key.
    pub fn without(self, id: KeyId) -> Result<Self, BadKeyring> {
        Self::of(self.older.into_iter().chain([self.newest]).filter(|key| key.id != id).collect())
    }

    fn keys(&self) -> impl Iterator<Item = &ServerKey> {
        self.older.iter().chain([&self.newest])
    }

    fn key(&self, id: KeyId) -> Option<&ServerKey> {
        self.keys().find(|key| key.id == id)
    }

    /// The ids of all keys, the newest one last.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(|key| key.id)
    }

    /// Whether it has this key.
    pub fn has(&self, id: KeyId) -> bool {
        self.key(id).is_some()
    }

    /// The id of the key that seals.
    pub fn newest(&self) -> KeyId {
        self.newest.id
    }

    /// Seals `plain` with the newest key. It opens for the same purpose and the same `about` only. No two things may
    /// be sealed with the same nonce: it comes from `Ids`, in a command that writes.
    pub fn seal(&self, purpose: Purpose, nonce: [u8; NONCE], about: &[u8], plain: &[u8]) -> Vec<u8> {
        let header = self.newest.header();
        let aad = [&header, about].concat();
        let cipher = XChaCha20Poly1305::new(self.newest.subkey(purpose).into());
        // Only fails for more than 256 GiB.
        let ciphertext = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad: &aad }).unwrap_or_default();
        [&header[..], &nonce[..], &ciphertext].concat()
    }

    /// Opens a box that was sealed for this purpose and this `about`.
    pub fn open(&self, purpose: Purpose, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (header, rest) = sealed.split_at_checked(1 + ID)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        // A key that is not there costs what one costs that is: the newest one refuses what it did not seal.
        let key = key_of(sealed).and_then(|id| self.key(id)).unwrap_or(&self.newest);
        let aad = [header, about].concat();
        let cipher = XChaCha20Poly1305::new(key.subkey(purpose).into());
        cipher.decrypt(nonce.into(), Payload { msg: ciphertext, aad: &aad }).ok().map(Zeroizing::new)
    }

    /// 32 bytes that only this ring's owner can derive from `text`, by the key that a box names; by the newest one, if
    /// there is no such key.
    pub(crate) fn derive(&self, purpose: Purpose, id: Option<KeyId>, text: &[u8]) -> Zeroizing<[u8; 32]> {
        let key = id.and_then(|id| self.key(id)).unwrap_or(&self.newest);
        hmac(key.subkey(purpose), text)
    }
}

/// The id of the key that a box says it is sealed with.
pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
    match sealed {
        [VERSION, a, b, c, d, rest @ ..] if rest.len() >= NONCE + TAG => Some(KeyId([*a, *b, *c, *d])),
        _ => None,
    }
}

fn read_line(line: &str) -> Option<(KeyId, Zeroizing<[u8; 32]>)> {
    let (id, encoded) = line.split_once(' ')?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded.trim_start()).ok()?);
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some((id.parse().ok()?, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: Purpose = Purpose::AccessKeySecret;

    fn ring(keys: &[u8]) -> Keyring {
        let (first, more) = keys.split_first().unwrap();
        more.iter().fold(Keyring::new([*first; 32]), |ring, key| ring.with([*key; 32]).unwrap())
    }

    #[test]
    fn a_box_opens_for_what_it_was_sealed_for_and_nothing_else() {
        let ring = ring(&[1, 2]);
        let sealed = ring.seal(SECRETS, [7; NONCE], b"AKIA", b"plain");
        assert_eq!(sealed.len(), OVERHEAD + 5);
        assert_eq!(ring.open(SECRETS, b"AKIA", &sealed).unwrap().as_slice(), b"plain");
        assert!(ring.open(SECRETS, b"AKIB", &sealed).is_none());
        assert!(ring.open(SECRETS, b"", &sealed).is_none());
        for other in [Purpose::MfaSeed, Purpose::SessionToken, Purpose::SessionSecret] {
            assert!(ring.open(other, b"AKIA", &sealed).is_none(), "{other:?}");
        }
        for cut in 0..sealed.len() {
            assert!(ring.open(SECRETS, b"AKIA", &sealed[..cut]).is_none(), "{cut}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut other = sealed.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open(SECRETS, b"AKIA", &other).is_none(), "{bit}");
        }
        // What is authenticated cannot be moved between what stands in the box and what it is about.
        let about = [&sealed[4..5], b"AKIA"].concat();
        assert!(ring.open(SECRETS, &about, &sealed).is_none());
    }

    /// The test vector of XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, A.3.1) through the same calls, and boxes that
    /// must open for ever, computed by another program: who changes a label or the form loses every secret that is stored.
    #[test]
    fn the_form_of_boxes_stays() {
        let unhex = |text: &str| -> Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|n| u8::from_str_radix(text.get(n..n + 2).unwrap(), 16).unwrap())
                .collect()
        };
        let key: [u8; 32] = std::array::from_fn(|n| 0x80 + u8::try_from(n).unwrap());
        let nonce: [u8; NONCE] = std::array::from_fn(|n| 0x40 + u8::try_from(n).unwrap());
        let plain =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                      sunscreen would be it.";
        let aad = unhex("50515253c0c1c2c3c4c5c6c7");
        let cipher = XChaCha20Poly1305::new((&key).into());
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad: &aad }).unwrap();
        assert!(sealed.starts_with(&unhex("bd6d179d3e83d43b9576579493c0e939")));
        assert!(sealed.ends_with(&unhex("c0875924c1c7987947deafd8780acf49")));

        let ring = ring(&[1]);
        assert_eq!(ring.newest().to_string(), "8c9ae6ed");
        let text = STANDARD.encode(ring.seal(SECRETS, [7; NONCE], b"AKIAIOSFODNN7EXAMPLE", b"secret"));
        assert_eq!(text, "AYya5u0HBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwezQTX2lNZF4zYswyFoC7t0M9MHlGOL");
        let text = STANDARD.encode(ring.seal(Purpose::MfaSeed, [7; NONCE], b"mfa-", b"seed"));
        assert_eq!(text, "AYya5u0HBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcjhS16cHh5L2G241uKAn3tqeyWvg==");
        let derived = ring.derive(Purpose::SessionSecret, None, b"token");
        assert_eq!(STANDARD.encode(*derived), "7u3i6ik2deaCsOsCu/Yuz2ksv88g6STq1YwzHwCAghI=");
    }

    #[test]
    fn the_newest_key_seals_and_all_open() {
        let before = ring(&[1]);
        let sealed = before.seal(SECRETS, [7; NONCE], b"", b"old");
        let after = ring(&[1]).with([2; 32]).unwrap();
        assert_eq!(key_of(&sealed), Some(before.newest()));
        assert_eq!(after.open(SECRETS, b"", &sealed).unwrap().as_slice(), b"old");
        let newer = after.seal(SECRETS, [8; NONCE], b"", b"new");
        assert_eq!(key_of(&newer), Some(after.newest()));
        assert_ne!(after.newest(), before.newest());
        assert!(before.open(SECRETS, b"", &newer).is_none());
        let without = after.without(before.newest()).unwrap();
        assert!(without.open(SECRETS, b"", &sealed).is_none());
        assert_eq!(without.open(SECRETS, b"", &newer).unwrap().as_slice(), b"new");
        // Another ring's box does not open by this one's id.
        let mut swapped = sealed;
        swapped[1..5].copy_from_slice(&without.newest().0);
        assert!(without.open(SECRETS, b"", &swapped).is_none());
    }

    #[test]
    fn a_ring_is_written_and_read() {
        let three = ring(&[1, 2, 3]);
        let text = three.text();
        let back = Keyring::read(&format!("# comment\n\n  {}\r\n", text.trim())).unwrap();
        assert_eq!(back.ids().collect::<Vec<_>>(), three.ids().collect::<Vec<_>>());
        assert_eq!(*back.text(), *text);
        assert_eq!(text.lines().count(), 3);
        let lines: Vec<&str> = text.lines().collect();
        let (id, key) = lines[0].split_once(' ').unwrap();
        let (other, _) = lines[1].split_once(' ').unwrap();
        for (wrong, why) in [
            (String::new(), BadKeyring::Empty),
            ("# nothing\n".to_owned(), BadKeyring::Empty),
            (format!("\n{key}"), BadKeyring::Line(2)),
            (format!("{id}\n{key}"), BadKeyring::Line(1)),
            (format!("{id} {}", key.get(..40).unwrap()), BadKeyring::Line(1)),
            (format!("{id} {key}{key}"), BadKeyring::Line(1)),
            (format!("{} {key}", id.to_uppercase() + "0"), BadKeyring::Line(1)),
            (format!("{other} {key}"), BadKeyring::Other(1)),
            (format!("{id} {key}\n{id} {key}\n"), BadKeyring::Twice(three.ids().next().unwrap())),
            ("#".repeat(TEXT_MAX + 1), BadKeyring::TooLong),
        ] {
            assert_eq!(Keyring::read(&wrong).err(), Some(why.clone()), "{wrong}");
            assert!(!why.to_string().contains(key));
        }
    }

    #[test]
    fn a_ring_has_eight_keys_at_most() {
        let eight = ring(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let text = eight.text();
        assert_eq!(Keyring::read(&text).unwrap().ids().count(), KEYS_MAX);
        assert_eq!(eight.with([9; 32]).err(), Some(BadKeyring::TooMany));
        assert_eq!(ring(&[1]).with([1; 32]).err(), Some(BadKeyring::Twice(ring(&[1]).newest())));
        assert_eq!(ring(&[1]).without(ring(&[1]).newest()).err(), Some(BadKeyring::Empty));
    }

    #[test]
    fn ids_of_keys_are_eight_hex_digits() {
        let id = ring(&[1]).newest();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::from_str::<KeyId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        for bad in ["", "1a2b3c4", "1a2b3c4d5", "1A2B3C4D", "+1a2b3c4", "xxxxxxxx"] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}
