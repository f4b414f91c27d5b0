//! New ids.

use std::cell::Cell;
use std::fmt::Write;

use base64::Engine;
use sha2::{Digest, Sha256};

use super::{
    AccountId, BadId, CreationId, DeletionTaskId, HandshakeId, MfaDeviceId, OrgId, PolicyId,
    ResourcePolicyId, RootId, TransferId, UnitId,
};
use crate::kernel::keyring::NONCE;
use crate::kernel::password::Salt;
use crate::kernel::time::Timestamp;
use crate::kernel::totp::{SEED, Seed};

const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Makes new ids from a seed that is drawn once per command, so that a command run again makes the same ones.
#[derive(Clone)]
pub struct Ids {
    seed: [u8; 32],
    used: Cell<u64>,
}

impl Ids {
    /// Ids from a seed of 32 random bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, used: Cell::new(0) }
    }

    /// How many ids were made. A command that only reads makes none: its seed is not random.
    pub fn made(&self) -> u64 {
        self.used.get()
    }

    /// What the next id is made of.
    pub(super) fn next(&self) -> [u8; 32] {
        let n = self.used.get();
        self.used.set(n.wrapping_add(1));
        Sha256::new().chain_update(self.seed).chain_update(n.to_be_bytes()).finalize().into()
    }

    fn text(&self, prefix: &str, len: usize) -> String {
        // 32 letters, so that five bits of a random byte choose one without bias.
        let pick = |b: &u8| LETTERS.get(usize::from(b & 31)).map_or('a', |l| char::from(*l));
        prefix.chars().chain(self.next().iter().take(len).map(pick)).collect()
    }

    /// The seed of what follows from a command in the same commit: its ids are others than the command's own.
    pub fn seed(&self) -> [u8; 32] {
        self.next()
    }

    /// A new account id. Whether it is free is for the caller to look up.
    pub fn account(&self) -> AccountId {
        let [a, b, c, d, e, f, g, h, ..] = self.next();
        // Never below 10^11: no leading zero, as AWS's own mostly have none.
        AccountId(100_000_000_000 + u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 900_000_000_000)
    }

    /// A new organization id, `o-` and ten characters.
    pub fn org(&self) -> Result<OrgId, BadId> {
        self.text("o-", 10).parse()
    }

    /// A new root id, `r-` and four characters.
    pub fn root(&self) -> Result<RootId, BadId> {
        self.text("r-", 4).parse()
    }

    /// A new organizational unit id below this root: its suffix and eight characters.
    pub fn unit(&self, root: &RootId) -> Result<UnitId, BadId> {
        let suffix = root.as_str().strip_prefix("r-").unwrap_or_default();
        self.text(&format!("ou-{suffix}-"), 8).parse()
    }

    /// A new responsibility transfer id, `rt-` and eight characters.
    pub fn transfer(&self) -> Result<TransferId, BadId> {
        self.text("rt-", 8).parse()
    }

    /// A new policy id, `p-` and eight characters.
    pub fn policy(&self) -> Result<PolicyId, BadId> {
        self.text("p-", 8).parse()
    }

    /// A new id of a resource policy, `rp-` and eight characters.
    pub fn resource_policy(&self) -> Result<ResourcePolicyId, BadId> {
        self.text("rp-", 8).parse()
    }

    /// A new id of a request to create an account. They sort by time, as handshake ids do.
    pub fn creation(&self, now: Timestamp) -> Result<CreationId, BadId> {
        self.timed("car-", now).parse()
    }

    /// A new code that only who reads a mail can know: 32 letters and digits (160 bits).
    pub fn link_code(&self) -> String {
        self.text("", 32)
    }

    /// A new handshake id, `h-` and 32 hex digits: twelve of the time in milliseconds, so that ids sort by it and
    /// new ones are stored beside each other, and twenty that are random.
    pub fn handshake(&self, now: Timestamp) -> Result<HandshakeId, BadId> {
        self.timed("h-", now).parse()
    }

    /// A new id of a device that proves a second factor. They sort by time, as handshake ids do.
    pub fn mfa_device(&self, now: Timestamp) -> Result<MfaDeviceId, BadId> {
        self.timed("mfa-", now).parse()
    }

    /// A new seed of such a device (320 bits).
    pub fn mfa_seed(&self) -> Seed {
        let mut seed = [0; SEED];
        seed.iter_mut().zip(self.next().into_iter().chain(self.next())).for_each(|(to, from)| *to = from);
        Seed::new(seed)
    }

    fn timed(&self, prefix: &str, now: Timestamp) -> String {
        let mut text = format!("{prefix}{:012x}", now.0.max(0) & 0xffff_ffff_ffff);
        for b in self.next().iter().take(10) {
            let _ = write!(text, "{b:02x}");
        }
        text
    }

    /// A new id of a task that deletes a service-linked role: a random UUID.
    pub fn deletion_task(&self) -> Result<DeletionTaskId, BadId> {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = self.next();
        let version = u16::from_be_bytes([g, h]) & 0x0fff | 0x4000;
        let variant = u16::from_be_bytes([i, j]) & 0x3fff | 0x8000;
        let (first, second) = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]));
        let last = u64::from_be_bytes([0, 0, k, l, m, n, o, p]);
        format!("{first:08x}-{second:04x}-{version:04x}-{variant:04x}-{last:012x}").parse()
    }

    /// A new one-time code of six digits.
    pub fn digits(&self) -> String {
        let [a, b, c, d, e, f, g, h, ..] = self.next();
        format!("{:06}", u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 1_000_000)
    }

    /// A new nonce to seal something with.
    pub fn nonce(&self) -> [u8; NONCE] {
        let mut nonce = [0; NONCE];
        nonce.iter_mut().zip(self.next()).for_each(|(to, from)| *to = from);
        nonce
    }

    /// A new salt for a password.
    pub fn salt(&self) -> Salt {
        let mut salt = Salt::default();
        salt.iter_mut().zip(self.next()).for_each(|(to, from)| *to = from);
        salt
    }

    /// A new secret access key of 40 characters (240 bits).
    pub fn secret(&self) -> String {
        let bytes: Vec<u8> = self.next().into_iter().take(30).collect();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let (a, b) = (Ids::new([7; 32]), Ids::new([7; 32]));
        assert_eq!(a.org(), b.org());
        assert_eq!(a.handshake(Timestamp(7)), b.handshake(Timestamp(7)));
        assert_ne!(a.handshake(Timestamp(7)), a.handshake(Timestamp(7)));
        assert!(a.handshake(Timestamp(7)).unwrap() < a.handshake(Timestamp(8)).unwrap());
        assert_eq!(a.secret().len(), 40);
        assert!(a.root().is_ok());
    }
}
