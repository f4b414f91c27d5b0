//! Passwords: as they are sent, and as they are kept, hashed with Argon2id (RFC 9106).

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;

use crate::kernel::refusal::{Refusal, Stop, Work};
use crate::kernel::sensitive::Secret;

/// Memory in KiB and rounds of new hashes: the least that OWASP's Password Storage Cheat Sheet recommends.
const NEW: Costs = Costs { memory: 19_456, rounds: 2 };
/// The most that a stored hash may ask for, so that none from a foreign store stops the program.
const MOST: Costs = Costs { memory: 1_048_576, rounds: 64 };

const SALT: usize = 16;
const DIGEST: usize = 32;

/// Random bytes that make equal passwords differ.
pub type Salt = [u8; SALT];

/// What a hash costs whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Costs {
    memory: u32,
    rounds: u32,
}

/// What a password is hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Recipe {
    costs: Costs,
    salt: Salt,
}

/// The hash of a password, as text in the form of PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    recipe: Recipe,
    digest: [u8; DIGEST],
}

/// A text that is no hash of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no hash of a password by Argon2id")]
pub struct BadHash;

/// A password as a client sends it, written as a mask wherever it is written. It keeps the hashes that were made of it:
/// a command that needs one stops for as long as that takes, and runs again.
#[derive(Clone, Default)]
pub struct Password {
    text: Secret<String>,
    made: Arc<Mutex<Vec<Option<PasswordHash>>>>,
}

impl Recipe {
    /// None where memory is short.
    fn hash(self, text: &str) -> Option<PasswordHash> {
        let params = Params::new(self.costs.memory, self.costs.rounds, 1, Some(DIGEST)).ok()?;
        let mut digest = [0; DIGEST];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(text.as_bytes(), &self.salt, &mut digest).ok()?;
        Some(PasswordHash { recipe: self, digest })
    }
}

impl Password {
    /// What was sent.
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// Its hash with this salt.
    pub fn hash(&self, salt: Salt) -> Result<PasswordHash, Stop> {
        self.with(Recipe { costs: NEW, salt })
    }

    /// Whether it is the one of which a hash is kept.
    pub fn is(&self, kept: &PasswordHash) -> Result<bool, Stop> {
        Ok(self.with(kept.recipe)?.digest.ct_eq(&kept.digest).into())
    }

    fn with(&self, recipe: Recipe) -> Result<PasswordHash, Stop> {
        let made = lock(&self.made);
        if made.iter().any(Option::is_none) {
            return Err(Refusal::Internal.into());
        }
        if let Some(hash) = made.iter().flatten().find(|hash| hash.recipe == recipe) {
            return Ok(hash.clone());
        }
        let (text, made) = (self.text.clone(), Arc::clone(&self.made));
        Err(Stop::Slow(Work::new(move || {
            let hash = recipe.hash(text.expose());
            lock(&made).push(hash);
        })))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked with it left a list of hashes that are right.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned().into(), made: Arc::default() }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Serialize for Password {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self { text: Secret::deserialize(d)?, made: Arc::default() })
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe { costs: Costs { memory, rounds }, salt } = self.recipe;
        let [salt, digest] = [&salt[..], &self.digest[..]].map(|bytes| STANDARD_NO_PAD.encode(bytes));
        write!(f, "$argon2id$v=19$m={memory},t={rounds},p=1${salt}${digest}")
    }
}

/// Without the hash: it can be guessed at.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl FromStr for PasswordHash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let read = || {
            let (costs, rest) = text.strip_prefix("$argon2id$v=19$m=")?.split_once(",p=1$")?;
            let (memory, rounds) = costs.split_once(",t=")?;
            let (salt, digest) = rest.split_once('$')?;
            let costs = Costs { memory: memory.parse().ok()?, rounds: rounds.parse().ok()? };
            if !(8..=MOST.memory).contains(&costs.memory) || !(1..=MOST.rounds).contains(&costs.rounds) {
                return None;
            }
            let salt = STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?;
            let digest = STANDARD_NO_PAD.decode(digest).ok()?.try_into().ok()?;
            Some(Self { recipe: Recipe { costs, salt }, digest })
        };
        read().ok_or(BadHash)
    }
}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(password: &Password, salt: Salt) -> PasswordHash {
        match password.hash(salt) {
            Err(Stop::Slow(work)) => work.run(),
            other => panic!("{other:?}"),
        }
        password.hash(salt).unwrap()
    }

    #[test]
    fn a_hash_is_argon2s_and_reads_back() {
        // By the reference implementation: echo -n password | argon2 somesaltsomesalt -id -t 2 -k 64 -p 1
        let costs = Costs { memory: 64, rounds: 2 };
        let hash = Recipe { costs, salt: *b"somesaltsomesalt" }.hash("password").unwrap();
        assert_eq!(hash.to_string(), KNOWN);
        assert_eq!(KNOWN.parse(), Ok(hash));
        for bad in [
            "",
            "password",
            &KNOWN.replace("argon2id", "argon2i"),
            &KNOWN.replace("m=64", "m=2000000"),
            &KNOWN.replace("t=2", "t=65"),
            &KNOWN.replace("t=2", "t=0"),
            &KNOWN.replace("p=1", "p=2"),
            &KNOWN.replace("c29tZXNhbHRzb21lc2FsdA", "c29tZXNhbHQ"),
            KNOWN.trim_end_matches("6E"),
        ] {
            assert_eq!(bad.parse::<PasswordHash>(), Err(BadHash), "{bad}");
        }
    }

    const KNOWN: &str =
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";

    #[test]
    fn a_password_is_known_by_its_hash_after_the_work_is_done() {
        let (password, other) = (Password::from("correct horse"), Password::from("correct horsf"));
        let kept = hashed(&password, [7; SALT]);
        assert_ne!(kept, hashed(&password, [8; SALT]));
        assert!(kept.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        // Both the hash and the answer are there from now on, without more work.
        assert!(password.is(&kept).unwrap());
        hashed(&other, [7; SALT]);
        assert!(!other.is(&kept).unwrap());
    }

    #[test]
    fn neither_a_password_nor_its_hash_is_shown() {
        let password: Password = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(password.text(), "hunter2");
        assert_eq!(serde_json::to_string(&password).unwrap(), "\"****\"");
        let hash = Recipe { costs: Costs { memory: 8, rounds: 1 }, salt: [0; SALT] }.hash("x").unwrap();
        assert_eq!(format!("{password:?} {hash:?}"), "**** ****");
    }
}
