//! Every identifier, as a type that can only be built valid (accounts.md 2.1). Alphabetical.
//!
//! Ids are small and `Copy`: no allocation, compared byte by byte.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kernel::keyring::NONCE;

/// The text is no id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadId(pub &'static str);

/// An id that clients send: the bounds that the service model gives it.
pub trait WireId: FromStr<Err = BadId> {
    /// The longest text the model allows, in characters.
    const MAX: usize;
}

fn lower_alnum(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn after<'a>(s: &'a str, prefix: &str, min: usize, max: usize) -> Option<&'a str> {
    let rest = s.strip_prefix(prefix)?;
    (min..=max).contains(&rest.len()).then_some(rest)
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ArrayString<$max>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                let valid: fn(&str) -> bool = $valid;
                match ArrayString::from(s) {
                    Ok(text) if valid(s) => Ok(Self(text)),
                    _ => Err(BadId($what)),
                }
            }
        }

        impl WireId for $name {
            const MAX: usize = $max;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'_, str>::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

text_id! {
    /// An access key id: `AKIA` and 16 of `A-Z2-7` as AWS issues them; 16 to 32 word characters are accepted.
    AccessKeyId, 32, "access key id",
    |s| (16..=32).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// An account id: twelve digits, leading zeros kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// The account with this number, if it has at most twelve digits.
    pub fn from_number(number: u64) -> Option<Self> {
        (number <= 999_999_999_999).then_some(Self(number))
    }

    /// Stands for the caller where none is an account: an operator, a timer.
    pub const NOBODY: Self = Self(0);

    /// The first one there can be.
    pub(crate) const FIRST: Self = Self(0);

    /// The last one there can be.
    pub(crate) const LAST: Self = Self(999_999_999_999);

    /// The twelve digits.
    pub fn text(self) -> ArrayString<12> {
        let mut digits = [b'0'; 12];
        let mut rest = self.0;
        for d in digits.iter_mut().rev() {
            // A digit: below ten.
            *d = b'0'.wrapping_add(u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
        }
        ArrayString::from_byte_string(&digits).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        if s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()) {
            s.parse().map(Self).map_err(|_| BadId("account id"))
        } else {
            Err(BadId("account id"))
        }
    }
}

impl WireId for AccountId {
    const MAX: usize = 12;
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'_, str>::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

macro_rules! one_of {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal, { $($(#[$vdoc:meta])* $variant:ident($id:ty)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant($id)),+ }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                $(if let Ok(id) = s.parse() { return Ok(Self::$variant(id)); })+
                Err(BadId($what))
            }
        }

        impl WireId for $name {
            const MAX: usize = $max;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$variant(id) => id.fmt(f)),+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(id) => id.serialize(s)),+ }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'_, str>::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

one_of! {
    /// What stands in a tree below a root or an organizational unit.
    ChildId, 100, "child id", {
        /// An account.
        Account(AccountId),
        /// An organizational unit.
        Unit(UnitId),
    }
}

text_id! {
    /// The id of a request to create an account: `car-` and 8 to 32 lower-case letters or digits; ours have 32 hex
    /// digits.
    CreationId, 36, "create account request id", |s| after(s, "car-", 8, 32).is_some_and(lower_alnum)
}

text_id! {
    /// A handshake id: `h-` and 8 to 32 lower-case letters or digits; ours have 32 hex digits.
    HandshakeId, 34, "handshake id", |s| after(s, "h-", 8, 32).is_some_and(lower_alnum)
}

impl HandshakeId {
    /// What sorts before every id, and is none.
    pub(crate) fn least() -> Self {
        Self(ArrayString::new())
    }
}

impl TransferId {
    /// What sorts before every id, and is none.
    pub(crate) fn least() -> Self {
        Self(ArrayString::new())
    }
}

text_id! {
    /// An organization id: `o-` and 10 to 32 lower-case letters or digits; ours have 10.
    OrgId, 34, "organization id", |s| after(s, "o-", 10, 32).is_some_and(lower_alnum)
}

impl OrgId {
    /// The id without `o-`, as it stands in the parties of a handshake (accounts.md 5.3).
    pub fn bare(&self) -> &str {
        self.as_str().strip_prefix("o-").unwrap_or_default()
    }
}

one_of! {
    /// What can have children: the root or an organizational unit.
    ParentId, 100, "parent id", {
        /// The root.
        Root(RootId),
        /// An organizational unit.
        Unit(UnitId),
    }
}

text_id! {
    /// A policy id: `p-` and 8 to 128 word characters.
    PolicyId, 130, "policy id",
    |s| after(s, "p-", 8, 128).is_some_and(|r| r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

text_id! {
    /// The id of an organization's resource policy: `rp-` and 4 to 128 word characters.
    ResourcePolicyId, 131, "resource policy id",
    |s| after(s, "rp-", 4, 128).is_some_and(|r| r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

text_id! {
    /// A role's id: `AROA` and 17 characters of base32, which begin with the account (identity.md 2.1).
    RoleId, 21, "role id", |s| after(s, "AROA", 17, 17).is_some_and(|r| r.bytes().all(|b| UPPER.contains(&b)))
}

text_id! {
    /// A root id: `r-` and 4 to 32 lower-case letters or digits; ours have 4.
    RootId, 34, "root id", |s| after(s, "r-", 4, 32).is_some_and(lower_alnum)
}

text_id! {
    /// The name under which an AWS service acts, such as `config.amazonaws.com`: 1 to 128 characters.
    ServicePrincipal, 128, "service principal",
    |s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

one_of! {
    /// What can be tagged.
    TaggableId, 130, "taggable resource id", {
        /// An account.
        Account(AccountId),
        /// The root.
        Root(RootId),
        /// An organizational unit.
        Unit(UnitId),
        /// A policy.
        Policy(PolicyId),
        /// The organization's resource policy.
        ResourcePolicy(ResourcePolicyId),
        /// A responsibility transfer.
        Transfer(TransferId),
        /// What the service model's pattern of taggable ids takes for one, and none is.
        NoTransfer(WideTransferId),
    }
}

text_id! {
    /// `rt-` and 8 to 32 word characters.
    WideTransferId, 35, "responsibility transfer id",
    |s| after(s, "rt-", 8, 32).is_some_and(|r| r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

one_of! {
    /// What a policy can be attached to.
    TargetId, 100, "policy target id", {
        /// An account.
        Account(AccountId),
        /// The root.
        Root(RootId),
        /// An organizational unit.
        Unit(UnitId),
    }
}

impl From<ParentId> for TargetId {
    fn from(parent: ParentId) -> Self {
        match parent {
            ParentId::Root(root) => Self::Root(root),
            ParentId::Unit(unit) => Self::Unit(unit),
        }
    }
}

text_id! {
    /// A responsibility transfer id: `rt-` and 8 to 32 lower-case letters or digits; ours have 8.
    TransferId, 35, "responsibility transfer id", |s| after(s, "rt-", 8, 32).is_some_and(lower_alnum)
}

text_id! {
    /// An organizational unit id: `ou-`, the suffix of the root id, `-`, and 8 to 32 characters; ours have 8.
    UnitId, 68, "organizational unit id",
    |s| s.strip_prefix("ou-").and_then(|r| r.split_once('-')).is_some_and(|(root, unit)| {
        (4..=32).contains(&root.len()) && lower_alnum(root) && (8..=32).contains(&unit.len()) && lower_alnum(unit)
    })
}

/// Makes new ids from a seed that is drawn once per command, so that a command run again makes the same ones.
#[derive(Clone)]
pub struct Ids {
    seed: [u8; 32],
    used: std::cell::Cell<u64>,
}

impl Ids {
    /// Ids from a seed of 32 random bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, used: std::cell::Cell::new(0) }
    }

    fn next(&self) -> [u8; 32] {
        use sha2::Digest;
        let n = self.used.get();
        self.used.set(n.wrapping_add(1));
        sha2::Sha256::new().chain_update(self.seed).chain_update(n.to_be_bytes()).finalize().into()
    }

    fn text(&self, prefix: &str, letters: &[u8; 32], len: usize) -> String {
        // 32 letters, so that five bits of a random byte choose one without bias.
        let pick = |b: &u8| letters.get(usize::from(b & 31)).map_or('a', |l| char::from(*l));
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
        self.text("o-", LOWER, 10).parse()
    }

    /// A new root id, `r-` and four characters.
    pub fn root(&self) -> Result<RootId, BadId> {
        self.text("r-", LOWER, 4).parse()
    }

    /// A new organizational unit id below this root: its suffix and eight characters.
    pub fn unit(&self, root: &RootId) -> Result<UnitId, BadId> {
        let suffix = root.as_str().strip_prefix("r-").unwrap_or_default();
        self.text(&format!("ou-{suffix}-"), LOWER, 8).parse()
    }

    /// A new responsibility transfer id, `rt-` and eight characters.
    pub fn transfer(&self) -> Result<TransferId, BadId> {
        self.text("rt-", LOWER, 8).parse()
    }

    /// A new policy id, `p-` and eight characters.
    pub fn policy(&self) -> Result<PolicyId, BadId> {
        self.text("p-", LOWER, 8).parse()
    }

    /// A new id of a resource policy, `rp-` and eight characters.
    pub fn resource_policy(&self) -> Result<ResourcePolicyId, BadId> {
        self.text("rp-", LOWER, 8).parse()
    }

    /// A new id of a request to create an account. They sort by time, as handshake ids do.
    pub fn creation(&self, now: crate::kernel::time::Timestamp) -> Result<CreationId, BadId> {
        self.timed("car-", now).parse()
    }

    /// A new code that only who reads a mail can know: 32 letters and digits (160 bits).
    pub fn link_code(&self) -> String {
        self.text("", LOWER, 32)
    }

    /// A new handshake id, `h-` and 32 hex digits: twelve of the time in milliseconds, so that ids sort by it and
    /// new ones are stored beside each other, and twenty that are random.
    pub fn handshake(&self, now: crate::kernel::time::Timestamp) -> Result<HandshakeId, BadId> {
        self.timed("h-", now).parse()
    }

    fn timed(&self, prefix: &str, now: crate::kernel::time::Timestamp) -> String {
        use fmt::Write;
        let mut text = format!("{prefix}{:012x}", now.0.max(0) & 0xffff_ffff_ffff);
        for b in self.next().iter().take(10) {
            let _ = write!(text, "{b:02x}");
        }
        text
    }

    /// A new access key id, `AKIA` and 16 characters.
    pub fn access_key(&self) -> Result<AccessKeyId, BadId> {
        self.text("AKIA", UPPER, 16).parse()
    }

    /// A new id of a role in this account, `AROA` and 17 characters: eight that say half the account's number, one whose
    /// half of the alphabet says whether it is odd, and eight that are random (identity.md 2.1).
    pub fn role(&self, account: AccountId) -> Result<RoleId, BadId> {
        const OFFSET: u64 = 1 << 39;
        let (number, letter) = (account.0 / 2 + OFFSET, |n: u64| {
            let letter = usize::try_from(n % 32).ok().and_then(|n| UPPER.get(n));
            letter.map_or('A', |letter| char::from(*letter))
        });
        let own = (0..8).rev().map(|n| letter(number >> (5 * n)));
        let random = self.next();
        let [first, ..] = random;
        let parity = letter(u64::from(first % 16) + 16 * (account.0 % 2));
        let rest = random.iter().skip(1).take(8).map(|b| letter(u64::from(*b)));
        "AROA".chars().chain(own).chain([parity]).chain(rest).collect::<String>().parse()
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

    /// A new secret access key of 40 characters (240 bits).
    pub fn secret(&self) -> String {
        use base64::Engine;
        let bytes: Vec<u8> = self.next().into_iter().take(30).collect();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }
}

const LOWER: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const UPPER: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_model() {
        let ok = |t: &str| t.parse::<TaggableId>().is_ok();
        for good in
            ["123456789012", "r-ab12", "ou-ab12-abcdefgh", "p-FullAWSAccess", "rp-ab12", "rt-abcdefgh"]
        {
            assert!(ok(good), "{good}");
        }
        for bad in
            ["", "12345678901", "1234567890123", "r-AB12", "r-abc", "ou-ab12", "p-short", "12345678901a"]
        {
            assert!(!ok(bad), "{bad}");
        }
        assert!("h-0123456789abcdef0123456789abcdef".parse::<HandshakeId>().is_ok());
        assert!("h-1234567".parse::<HandshakeId>().is_err());
    }

    #[test]
    fn account_ids_keep_leading_zeros() {
        let id: AccountId = "000000000042".parse().unwrap();
        assert_eq!(id.to_string(), "000000000042");
        assert_eq!(AccountId::from_number(1_000_000_000_000), None);
    }

    #[test]
    fn role_ids_say_whose_they_are() {
        // 111111111111 / 2 + 2^39 is 0x8C_EF5E_80E3, in base32 RTXV5AHD; 0 is QAAAAAAA.
        for (account, own, odd) in [("111111111111", "RTXV5AHD", true), ("000000000000", "QAAAAAAA", false)] {
            let id = Ids::new([7; 32]).role(account.parse().unwrap()).unwrap();
            let text = id.as_str().as_bytes();
            assert_eq!((&text[4..12], UPPER[16..].contains(&text[12])), (own.as_bytes(), odd), "{id}");
        }
        for bad in [
            "AROA",
            "AROAQAAAAAAAAEXAMPLE",
            "AROAQAAAAAAAAEXAMPLE71",
            "AIDAQAAAAAAAAEXAMPLE7",
            "AROAQAAAAAAAAexample7",
        ] {
            assert!(bad.parse::<RoleId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let (a, b) = (Ids::new([7; 32]), Ids::new([7; 32]));
        assert_eq!(a.org(), b.org());
        let at = |ms| crate::kernel::time::Timestamp(ms);
        assert_eq!(a.handshake(at(7)), b.handshake(at(7)));
        assert_ne!(a.handshake(at(7)), a.handshake(at(7)));
        assert!(a.handshake(at(7)).unwrap() < a.handshake(at(8)).unwrap());
        assert_eq!(a.secret().len(), 40);
        assert!(a.access_key().is_ok() && a.root().is_ok());
    }
}
