//! Session tokens under whatever a client can send.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::kernel::keyring::{Keyring, NONCE};
use guildhall_core::kernel::session_token::{SessionToken, TOKEN_MAX};
use proptest::collection::vec;
use proptest::prelude::*;

fn ring(keys: &[u8]) -> Keyring {
    let more = |ring: Keyring, key: &u8| ring.with([*key; 32]).unwrap();
    keys[1..].iter().fold(Keyring::new([keys[0]; 32]), more)
}

/// What somebody without a key can make of a token.
#[derive(Clone, Debug)]
enum Attack {
    Cut(prop::sample::Index),
    Flip(prop::sample::Index),
    Append(Vec<u8>),
    Insert(prop::sample::Index, u8),
    /// The id of another key of the same ring.
    OtherKey,
    /// One character for another.
    Character(prop::sample::Index, char),
    /// The end of another token of the same ring.
    Splice(prop::sample::Index),
}

fn attack() -> impl Strategy<Value = Attack> {
    use prop::sample::Index;
    prop_oneof![
        any::<Index>().prop_map(Attack::Cut),
        any::<Index>().prop_map(Attack::Flip),
        vec(any::<u8>(), 1..40).prop_map(Attack::Append),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Attack::Insert(at, byte)),
        Just(Attack::OtherKey),
        (any::<Index>(), any::<char>()).prop_map(|(at, c)| Attack::Character(at, c)),
        any::<Index>().prop_map(Attack::Splice),
    ]
}

/// The token after an attack; it may be the same one.
fn attacked(token: &str, other: &str, attack: &Attack, swapped: [u8; 4]) -> String {
    let mut bytes = STANDARD.decode(token).unwrap();
    match attack {
        Attack::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Attack::Flip(bit) => {
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        Attack::Append(more) => bytes.extend(more),
        Attack::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), *byte),
        Attack::OtherKey => bytes[1..5].copy_from_slice(&swapped),
        Attack::Character(at, c) => {
            let mut characters: Vec<char> = token.chars().collect();
            let at = at.index(characters.len());
            characters[at] = *c;
            return characters.into_iter().collect();
        }
        Attack::Splice(at) => {
            let other = STANDARD.decode(other).unwrap();
            let at = at.index(bytes.len().min(other.len()));
            bytes.splice(at.., other[at..].iter().copied());
        }
    }
    STANDARD.encode(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_without_a_key_makes_a_token(
        payload in vec(any::<u8>(), 0..600),
        others in vec(any::<u8>(), 0..600),
        nonce in any::<[u8; NONCE]>(),
        second in any::<[u8; NONCE]>(),
        attack in attack(),
    ) {
        prop_assume!(nonce != second);
        let (old, both) = (ring(&[1]), ring(&[1, 2]));
        let token = SessionToken::seal(&old, nonce, &payload);
        prop_assert_eq!(SessionToken::open(&both, &token).unwrap().to_vec(), payload);
        prop_assert!(SessionToken::open(&ring(&[2, 3]), &token).is_none());
        let secret = SessionToken::secret_of(&both, &token);
        prop_assert_eq!(&secret, &SessionToken::secret_of(&old, &token));
        let other = SessionToken::seal(&old, second, &others);
        let swapped = u32::from_str_radix(&both.newest().to_string(), 16).unwrap().to_be_bytes();
        let forged = attacked(&token, &other, &attack, swapped);
        if forged != token && forged != other {
            prop_assert!(SessionToken::open(&both, &forged).is_none(), "{:?}", attack);
            prop_assert_ne!(SessionToken::secret_of(&both, &forged), secret);
        }
    }

    #[test]
    fn any_text_is_read_and_none_opens(text in ".{0,200}", bytes in vec(any::<u8>(), 0..600)) {
        let ring = ring(&[1, 2, 3]);
        for text in [text, STANDARD.encode(bytes)] {
            prop_assert!(SessionToken::open(&ring, &text).is_none());
            prop_assert_eq!(SessionToken::secret_of(&ring, &text).len(), 40);
        }
    }
}

/// Each of many tokens of one payload has a secret of its own.
#[test]
fn tokens_and_secrets_differ() {
    let ring = ring(&[1, 2]);
    let (mut tokens, mut secrets) = (HashSet::new(), HashSet::new());
    for n in 0..1_000_u16 {
        let mut nonce = [0; NONCE];
        nonce[..2].copy_from_slice(&n.to_be_bytes());
        let token = SessionToken::seal(&ring, nonce, &[0; 500]);
        assert!(token.len() < 1_024 && token.len() <= TOKEN_MAX);
        secrets.insert(SessionToken::secret_of(&ring, &token));
        tokens.insert(token);
    }
    assert_eq!((tokens.len(), secrets.len()), (1_000, 1_000));
}
