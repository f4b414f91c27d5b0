//! Secrets and the signing keys derived from them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// How many scopes (day, region, service) of one secret keep their derived key.
const SCOPES: usize = 4;

/// A secret access key, held as the HMAC state that key derivation starts from, with the signing keys of the
/// scopes used last. Wiped on drop; neither shown nor cloned: share it as `Arc<Secret>`.
///
/// A key is derived once per scope (that is, once a day for most clients) and then read without a lock.
pub struct Secret {
    root: Hmac<Sha256>,
    derived: ArcSwap<Vec<Arc<Derived>>>,
}

struct Derived {
    scope: Box<str>,
    key: SigningKey,
}

/// The key of one scope, as a ready HMAC state.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl Secret {
    /// Takes a secret access key; the string's memory is wiped.
    pub fn new(mut secret: String) -> Self {
        let mut key = Zeroizing::new(Vec::with_capacity(secret.len().saturating_add(4)));
        key.extend_from_slice(b"AWS4");
        key.extend_from_slice(secret.as_bytes());
        secret.zeroize();
        Self { root: keyed(&key), derived: ArcSwap::from_pointee(Vec::new()) }
    }

    /// The secret that unknown access keys are verified against, so that they cost what known ones cost.
    /// Keep one per server and hand it to [`Signed::refuse`](super::Signed::refuse).
    pub fn decoy() -> Self {
        Self::new("nobody holds this key and it opens nothing".to_owned())
    }

    /// The signing key for `scope` (`YYYYMMDD/region/service/aws4_request`). Right or wrong requests fill the
    /// cache alike, so that its state tells nothing about whether a key exists.
    pub(super) fn signing_key(&self, scope: &str) -> SigningKey {
        let derived = self.derived.load();
        if let Some(found) = derived.iter().find(|derived| *derived.scope == *scope) {
            return found.key.clone();
        }
        let key = self.derive(scope);
        let mut kept = Vec::with_capacity(SCOPES);
        kept.push(Arc::new(Derived { scope: scope.into(), key: key.clone() }));
        kept.extend(derived.iter().take(SCOPES - 1).cloned());
        // Of two racing derivations one may be lost; it is derived again.
        self.derived.store(Arc::new(kept));
        key
    }

    fn derive(&self, scope: &str) -> SigningKey {
        SigningKey(scope.split('/').fold(self.root.clone(), |mac, part| {
            let key = Zeroizing::new(<[u8; 32]>::from(mac.chain_update(part).finalize().into_bytes()));
            keyed(&*key)
        }))
    }
}

impl SigningKey {
    pub(super) fn sign(self, text: &[u8]) -> [u8; 32] {
        self.0.chain_update(text).finalize().into_bytes().into()
    }
}

/// HMAC under a key of any length (RFC 2104: longer than a block is hashed, shorter is padded).
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    let hashed;
    let key = if key.len() > block.len() {
        hashed = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key)));
        hashed.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new((&*block).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: [u8; 32]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 4231, cases 2 and 6.
    #[test]
    fn hmac_of_short_and_long_keys() {
        let mac = |key: &[u8], text: &[u8]| hex(SigningKey(keyed(key)).sign(text));
        assert_eq!(
            mac(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            mac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn keeps_the_keys_of_the_last_scopes_only() {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let first = hex(secret.signing_key("20150830/us-east-1/iam/aws4_request").sign(b"x"));
        for day in 0..20 {
            secret.signing_key(&format!("201509{day:02}/us-east-1/iam/aws4_request"));
        }
        assert_eq!(secret.derived.load().len(), SCOPES);
        assert_eq!(hex(secret.signing_key("20150830/us-east-1/iam/aws4_request").sign(b"x")), first);
        let kept = secret.derived.load_full();
        secret.signing_key("20150830/us-east-1/iam/aws4_request");
        assert!(Arc::ptr_eq(&kept, &secret.derived.load_full()), "a kept key is not derived again");
    }

    #[test]
    fn many_threads_agree() {
        let secret = Secret::new("test".to_owned());
        let expected = hex(secret.signing_key("20150830/r0/iam/aws4_request").sign(b"x"));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for turn in 0..500 {
                        secret.signing_key(&format!("20150830/r{}/iam/aws4_request", turn % 7));
                        let key = secret.signing_key("20150830/r0/iam/aws4_request");
                        assert_eq!(hex(key.sign(b"x")), expected);
                    }
                });
            }
        });
    }
}
