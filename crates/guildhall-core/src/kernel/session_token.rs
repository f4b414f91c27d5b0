//! Tokens of sessions. A token is a sealed box, so that only a server that has its key can make one, every one that has
//! it can check it, and nothing has to be stored. The secret that goes with a token is derived from it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, Zeroizing};

use crate::kernel::keyring::{KeyId, Keyring, NONCE, Purpose, key_of};

/// The longest token that is looked at, in characters. AWS tells clients to expect 4,096 (identity.md 2.4).
pub const TOKEN_MAX: usize = 4_096;

/// Characters of base64 that say which key a token is sealed with: 45 bytes, the least that a box has.
const HEAD: usize = 60;

/// The token of a session. A payload of 500 bytes makes one of 728 characters.
#[derive(Clone, Copy, Debug)]
pub struct SessionToken;

impl SessionToken {
    /// A token with this payload, in base64. The nonce is as for [`Keyring::seal`].
    pub fn seal(keyring: &Keyring, nonce: [u8; NONCE], payload: &[u8]) -> String {
        STANDARD.encode(keyring.seal(Purpose::SessionToken, nonce, b"", payload))
    }

    /// The payload of a token that this ring has sealed. Whatever is wrong with one that has the form of a token, to
    /// find out takes the same work.
    pub fn open(keyring: &Keyring, token: &str) -> Option<Zeroizing<Vec<u8>>> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        // Each box has one text: this decoder wants the padding, and takes no bits that mean nothing.
        keyring.open(Purpose::SessionToken, b"", &STANDARD.decode(token).ok()?)
    }

    /// The secret access key that goes with a token: 40 characters, as those of access keys have (240 bits). It is
    /// derived from any text, by the key that the token names or else by the newest one. It says nothing about whether
    /// the token is good, which [`SessionToken::open`] does, and nobody else can derive it.
    pub fn secret_of(keyring: &Keyring, token: &str) -> String {
        let mut derived = keyring.derive(Purpose::SessionSecret, named(token), token.as_bytes());
        let secret = STANDARD.encode(derived.first_chunk::<30>().map_or(&[][..], |bytes| &bytes[..]));
        derived.zeroize();
        secret
    }
}

/// The id of the key that a token names.
fn named(token: &str) -> Option<KeyId> {
    key_of(&STANDARD.decode(token.get(..HEAD)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::keyring::OVERHEAD;

    fn ring() -> Keyring {
        Keyring::new([1; 32]).with([2; 32]).unwrap()
    }

    #[test]
    fn a_token_is_short_and_printable_and_opens() {
        let payload = [0xa5; 500];
        let token = SessionToken::seal(&ring(), [7; NONCE], &payload);
        assert_eq!(token.len(), 728);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
        assert_eq!(SessionToken::open(&ring(), &token).unwrap().as_slice(), payload);
        let empty = SessionToken::seal(&ring(), [7; NONCE], b"");
        assert_eq!(empty.len(), HEAD);
        assert_eq!(SessionToken::open(&ring(), &empty).unwrap().as_slice(), b"");
    }

    #[test]
    fn a_token_of_4096_characters_is_looked_at_and_no_longer_one() {
        let sealed = |length| SessionToken::seal(&ring(), [7; NONCE], &vec![1; length]);
        let most = TOKEN_MAX / 4 * 3 - OVERHEAD;
        assert_eq!(sealed(most).len(), TOKEN_MAX);
        assert!(SessionToken::open(&ring(), &sealed(most)).is_some());
        assert!(SessionToken::open(&ring(), &sealed(most + 1)).is_none());
    }

    #[test]
    fn what_is_no_token_of_this_ring_is_refused() {
        let token = SessionToken::seal(&ring(), [7; NONCE], b"payload");
        for cut in 0..token.len() {
            assert!(SessionToken::open(&ring(), token.get(..cut).unwrap()).is_none(), "{cut}");
            assert!(SessionToken::open(&ring(), token.get(cut + 1..).unwrap()).is_none(), "{cut}");
        }
        for more in ["A", "=", "==", "AAAA", " ", "\n", "é"] {
            assert!(SessionToken::open(&ring(), &format!("{token}{more}")).is_none(), "{more:?}");
            assert!(SessionToken::open(&ring(), &format!("{more}{token}")).is_none(), "{more:?}");
        }
        let bytes = STANDARD.decode(&token).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(SessionToken::open(&ring(), &STANDARD.encode(other)).is_none(), "{bit}");
        }
        let stranger = Keyring::new([3; 32]);
        assert!(SessionToken::open(&stranger, &token).is_none());
        // The same key, as a secret at rest.
        let secret = ring().seal(Purpose::AccessKeySecret, [7; NONCE], b"", b"payload");
        assert!(SessionToken::open(&ring(), &STANDARD.encode(secret)).is_none());
    }

    #[test]
    fn a_secret_goes_with_one_token_under_the_key_that_it_names() {
        let old = Keyring::new([1; 32]);
        let token = SessionToken::seal(&old, [7; NONCE], b"payload");
        let secret = SessionToken::secret_of(&old, &token);
        assert_eq!(secret.len(), 40);
        assert!(secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b)));
        // A newer key seals, and the token keeps its secret.
        assert_eq!(SessionToken::secret_of(&ring(), &token), secret);
        // Another token, another key.
        assert_ne!(SessionToken::secret_of(&old, &SessionToken::seal(&old, [8; NONCE], b"payload")), secret);
        assert_ne!(SessionToken::secret_of(&Keyring::new([2; 32]), &token), secret);
        // Any text has one, and it is not that of a token beside it.
        for other in ["", "x", token.get(1..).unwrap(), &format!("{token}A"), "é".repeat(30).as_str()] {
            let its = SessionToken::secret_of(&ring(), other);
            assert!(its.len() == 40 && its != secret, "{other}");
        }
    }
}
