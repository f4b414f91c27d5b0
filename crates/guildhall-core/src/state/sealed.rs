//! Secrets as they are stored: sealed with the server's keys.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::kernel::ids::{AccessKeyId, MfaDeviceId};
use crate::kernel::keyring::{KeyId, Keyring, NONCE, Purpose, key_of};
use crate::kernel::sensitive::MASK;

/// The secret of an access key or the seed of a device, sealed for its id: put into another record, it does not open. Any
/// text is read as one, so that a state can be looked at without its keys; whether it is one shows when it is opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedSecret(String);

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// What has a secret.
pub trait Sealed: Copy {
    /// What its secret is sealed for.
    const PURPOSE: Purpose;

    /// Its id.
    fn id(&self) -> &str;
}

impl Sealed for AccessKeyId {
    const PURPOSE: Purpose = Purpose::AccessKeySecret;

    fn id(&self) -> &str {
        self.as_str()
    }
}

impl Sealed for MfaDeviceId {
    const PURPOSE: Purpose = Purpose::MfaSeed;

    fn id(&self) -> &str {
        self.as_str()
    }
}

/// Why a secret does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is no box.
    #[error("its secret is not sealed")]
    NotSealed,
    /// Its key is not in the ring.
    #[error("its secret is sealed with the key {0}, which is missing")]
    Missing(KeyId),
    /// It is not what was sealed, or was sealed for something else.
    #[error("its secret does not open with the key {0}, which it names")]
    Broken(KeyId),
}

impl SealedSecret {
    /// Seals a secret.
    pub fn seal<S: Sealed>(keyring: &Keyring, nonce: [u8; NONCE], of: S, secret: &str) -> Self {
        Self(STANDARD.encode(keyring.seal(S::PURPOSE, nonce, of.id().as_bytes(), secret.as_bytes())))
    }

    /// Opens it.
    pub fn open<S: Sealed>(&self, keyring: &Keyring, of: S) -> Result<Zeroizing<String>, NotOpened> {
        let sealed = STANDARD.decode(&self.0).map_err(|_| NotOpened::NotSealed)?;
        let key = key_of(&sealed).ok_or(NotOpened::NotSealed)?;
        if !keyring.has(key) {
            return Err(NotOpened::Missing(key));
        }
        let plain = keyring.open(S::PURPOSE, of.id().as_bytes(), &sealed);
        let text = plain.as_ref().and_then(|plain| std::str::from_utf8(plain).ok());
        text.map(|text| Zeroizing::new(text.to_owned())).ok_or(NotOpened::Broken(key))
    }

    /// The key that it says it is sealed with, if it is sealed.
    pub fn key(&self) -> Option<KeyId> {
        key_of(&STANDARD.decode(&self.0).ok()?)
    }

    /// What was stored before secrets were sealed.
    pub fn into_plain(self) -> Zeroizing<String> {
        Zeroizing::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_access_key_only() {
        let (ring, other) = (Keyring::new([1; 32]), Keyring::new([2; 32]));
        let [a, b]: [AccessKeyId; 2] =
            ["AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF"].map(|id| id.parse().unwrap());
        let sealed = SealedSecret::seal(&ring, [7; NONCE], a, "secret");
        let (key, stored) = (ring.newest(), serde_json::to_string(&sealed).unwrap());
        assert!(!stored.contains("secret"));
        let back: SealedSecret = serde_json::from_str(&stored).unwrap();
        assert_eq!((back.key(), back.open(&ring, a).unwrap().as_str()), (Some(key), "secret"));
        assert_eq!(back.open(&ring, b), Err(NotOpened::Broken(key)));
        assert_eq!(back.open(&other, a), Err(NotOpened::Missing(key)));
        let device: MfaDeviceId = format!("mfa-{}", "0".repeat(32)).parse().unwrap();
        assert_eq!(back.open(&ring, device), Err(NotOpened::Broken(key)));
        // A plain one of an earlier form is never taken for a sealed one, and no sealed one for it.
        let plain = SealedSecret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        assert_eq!((plain.key(), plain.open(&ring, a)), (None, Err(NotOpened::NotSealed)));
        assert_eq!(*plain.into_plain(), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    }
}
