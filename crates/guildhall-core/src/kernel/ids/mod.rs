//! Every identifier, as a type that can only be built valid (accounts.md 2.1). Alphabetical; those that IAM gives are in
//! `unique.rs`, and `new.rs` makes new ones.
//!
//! Ids are small and `Copy`: no allocation, compared byte by byte.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

mod new;
mod unique;

pub use self::new::Ids;
pub use self::unique::{
    AccessKeyId, GroupId, InstanceProfileId, ManagedPolicyId, RoleId, SessionKeyId, UserId, account_of,
};

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
    /// A root id: `r-` and 4 to 32 lower-case letters or digits; ours have 4.
    RootId, 34, "root id", |s| after(s, "r-", 4, 32).is_some_and(lower_alnum)
}

text_id! {
    /// Another name of an account: 3 to 63 lower-case letters, digits and hyphens, none of them first or last or beside
    /// another one; not twelve digits, which are an account id.
    AccountAlias, 63, "account alias", |s| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let id = s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit());
        let dashes = s.starts_with('-') || s.ends_with('-') || s.contains("--");
        (3..=63).contains(&s.len()) && s.bytes().all(|b| plain(b) || b == b'-') && !dashes && !id
    }
}

text_id! {
    /// The last part of the id of a task that deletes a service-linked role: a UUID in lower case.
    DeletionTaskId, 36, "deletion task id", |s| {
        let dash = |n| matches!(n, 8 | 13 | 18 | 23);
        s.len() == 36
            && s.bytes().enumerate().all(|(n, b)| match b {
                b'-' => dash(n),
                b => !dash(n) && matches!(b, b'0'..=b'9' | b'a'..=b'f'),
            })
    }
}

text_id! {
    /// The id of a device that proves a second factor: `mfa-` and 32 hex digits, later ones behind earlier ones. Clients
    /// never see it, they know a device by its ARN.
    MfaDeviceId, 36, "MFA device id", |s| after(s, "mfa-", 32, 32).is_some_and(lower_alnum)
}

impl MfaDeviceId {
    /// What sorts before every id, and is none.
    pub(crate) fn least() -> Self {
        Self(ArrayString::new())
    }
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
}
