//! The ids that IAM gives: unique ids, and ids of access keys. They say whose they are (identity.md 2.1).

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{AccountId, BadId, Ids, WireId, after};

/// The letters of base32, in the order of what they stand for.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Ids that say whose they are say a number from here on; those of the older form, which do not, one below.
const OFFSET: u64 = 1 << 39;

text_id! {
    /// The id of a long-term access key: `AKIA` and 16 characters of base32 as AWS issues them. 16 to 32 letters and
    /// digits are accepted, but none that is a [`SessionKeyId`].
    AccessKeyId, 32, "access key id",
    |s| {
        let word = (16..=32).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric());
        word && s.parse::<SessionKeyId>().is_err()
    }
}

impl AccessKeyId {
    /// What sorts before every id, and is none.
    pub(crate) fn least() -> Self {
        Self(ArrayString::new())
    }

    /// The account that it is of, if it says so.
    pub fn account(&self) -> Option<AccountId> {
        account_of(self.as_str())
    }
}

impl Ids {
    /// A new id of a long-term access key of this account.
    pub fn access_key(&self, account: AccountId) -> Result<AccessKeyId, BadId> {
        new(self, "AKIA", 20, account).parse()
    }
}

macro_rules! unique_ids {
    ($($(#[$doc:meta])* $name:ident $method:ident $prefix:literal $length:literal $what:literal;)+) => {
        /// How each id begins, and its length.
        const FORMS: &[(&str, usize)] = &[("AKIA", 20), $(($prefix, $length)),+];

        $(
            text_id! {
                $(#[$doc])*
                $name, $length, $what, |s| {
                    let rest = $length - $prefix.len();
                    after(s, $prefix, rest, rest).is_some_and(|rest| rest.bytes().all(|b| value(b).is_some()))
                }
            }

            impl $name {
                /// The account that it is of, if it says so.
                pub fn account(&self) -> Option<AccountId> {
                    account_of(self.as_str())
                }
            }

            impl Ids {
                /// A new one in this account.
                pub fn $method(&self, account: AccountId) -> Result<$name, BadId> {
                    new(self, $prefix, $length, account).parse()
                }
            }
        )+
    };
}

// Each kind of id: its type, the method of `Ids` that makes one, its prefix, its length, and what it is called.
unique_ids! {
    /// The id of a group.
    GroupId group "AGPA" 21 "group id";
    /// The id of an instance profile.
    InstanceProfileId instance_profile "AIPA" 21 "instance profile id";
    /// The id of a managed policy. Those of AWS's own are of the older form.
    ManagedPolicyId managed_policy "ANPA" 21 "managed policy id";
    /// The id of a role.
    RoleId role "AROA" 21 "role id";
    /// The id of the access key of a session.
    SessionKeyId session_key "ASIA" 20 "session key id";
    /// The id of a user.
    UserId user "AIDA" 21 "user id";
}

impl UserId {
    /// What sorts before every id, and is none.
    pub(crate) fn least() -> Self {
        Self(ArrayString::new())
    }
}

/// The account that an id of one of these kinds is of. `None` for one that does not say so, because it is of the older
/// form, and for what is no such id.
pub fn account_of(id: &str) -> Option<AccountId> {
    let known = |(prefix, length): &(&str, usize)| id.starts_with(prefix) && id.len() == *length;
    FORMS.iter().find(|form| known(form))?;
    let values = id.bytes().skip(4).map(value).collect::<Option<Vec<u64>>>()?;
    let (half, rest) = values.split_at_checked(8)?;
    let half = half.iter().fold(0, |number, value| number * 32 + value).checked_sub(OFFSET)?;
    AccountId::from_number(2 * half + rest.first()? / 16)
}

/// What a letter stands for.
fn value(letter: u8) -> Option<u64> {
    LETTERS.iter().zip(0..).find(|(l, _)| **l == letter).map(|(_, value)| value)
}

/// A new id: eight letters that say half the account's number, one whose half of the alphabet says whether it is odd,
/// and random ones.
fn new(ids: &Ids, prefix: &str, length: usize, account: AccountId) -> String {
    let letter = |n: u64| {
        let letter = usize::try_from(n % 32).ok().and_then(|n| LETTERS.get(n));
        letter.map_or('A', |letter| char::from(*letter))
    };
    let number = account.0 / 2 + OFFSET;
    let half = (0..8).rev().map(|n| letter(number >> (5 * n)));
    let [first, random @ ..] = ids.next();
    let parity = letter(u64::from(first % 16) + 16 * (account.0 % 2));
    let rest = random.iter().map(|b| letter(u64::from(*b)));
    prefix.chars().chain(half).chain([parity]).chain(rest).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_say_whose_they_are() {
        let ids = Ids::new([7; 32]);
        // 111111111111 / 2 + 2^39 is 0x8C_EF5E_80E3, in base32 RTXV5AHD; 0 is QAAAAAAA.
        for (text, half, odd) in [
            ("000000000000", "QAAAAAAA", false),
            ("000000000001", "QAAAAAAA", true),
            ("111111111111", "RTXV5AHD", true),
            ("999999999999", "6RVFFB77", true),
        ] {
            let account: AccountId = text.parse().unwrap();
            let new = [
                ids.access_key(account).unwrap().to_string(),
                ids.group(account).unwrap().to_string(),
                ids.instance_profile(account).unwrap().to_string(),
                ids.managed_policy(account).unwrap().to_string(),
                ids.role(account).unwrap().to_string(),
                ids.session_key(account).unwrap().to_string(),
                ids.user(account).unwrap().to_string(),
            ];
            for (id, (prefix, length)) in new.iter().zip(FORMS) {
                assert!(id.len() == *length && id.starts_with(&format!("{prefix}{half}")), "{id}");
                assert_eq!(LETTERS[16..].contains(&id.as_bytes()[12]), odd, "{id}");
                assert_eq!(account_of(id), Some(account), "{id}");
            }
            assert_eq!(new.len(), FORMS.len());
        }
        let (one, other): (RoleId, RoleId) =
            (ids.role(AccountId(7)).unwrap(), ids.role(AccountId(7)).unwrap());
        assert!(one != other && one.account() == other.account());
    }

    /// Keys whose accounts were published.
    #[test]
    fn ids_of_aws_say_whose_they_are() {
        for (id, account) in [
            ("ASIAY34FZKBOKMUTVV7A", Some("609629065308")),
            ("ASIAQNZGKIQY56JQ7WML", Some("029608264753")),
            ("AROAQNZGKIQY5EXAMPLE7", Some("029608264753")),
            // Of the older form.
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("ANPAILL3HVNFSB6DCOWYQ", None),
            // More than an account can be.
            ("AKIA77777777777EXAMP", None),
            // Too short, too long, of another kind, other letters.
            ("ASIAY34FZKBOKMUTVV7", None),
            ("ASIAY34FZKBOKMUTVV7AA", None),
            ("ABIAY34FZKBOKMUTVV7A", None),
            ("ASIAY34FZKBOKMUTVV71", None),
            ("ASIAy34FZKBOKMUTVV7A", None),
            ("ASIAY34FZKBOKMUTVVÄ", None),
            ("", None),
        ] {
            assert_eq!(account_of(id), account.map(|a| a.parse().unwrap()), "{id}");
        }
        let policy: ManagedPolicyId = "ANPAILL3HVNFSB6DCOWYQ".parse().unwrap();
        assert_eq!(policy.account(), None);
    }

    #[test]
    fn an_id_has_its_prefix_its_length_and_letters_of_base32() {
        assert!("AROAQAAAAAAAAEXAMPLE7".parse::<RoleId>().is_ok());
        for bad in [
            "AROA",
            "AROAQAAAAAAAAEXAMPLE",
            "AROAQAAAAAAAAEXAMPLE71",
            "AROAQAAAAAAAAEXAMPLE77",
            "AIDAQAAAAAAAAEXAMPLE7",
            "AROAQAAAAAAAAexample7",
            "AROAQAAAAAAAAEXAMPLE1",
        ] {
            assert!(bad.parse::<RoleId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_of_sessions_are_no_long_term_keys() {
        // Words of 16 to 32 characters were keys before keys said whose they are.
        for old in ["AKIAABCDEFGHIJKLMNOP", "abcdefghijklmnop", "AKIA0189AKIA0189AKIA0189AKIA0189"] {
            assert_eq!(old.parse::<AccessKeyId>().map(|id| id.to_string()), Ok(old.to_owned()));
            assert!(old.parse::<SessionKeyId>().is_err(), "{old}");
        }
        for bad in ["AKIAABCDEFGHIJK", "AKIA0189AKIA0189AKIA0189AKIA01890", "AKIAABCDEFGHIJKL-NOP"] {
            assert!(bad.parse::<AccessKeyId>().is_err(), "{bad}");
        }
        let session = "ASIAY34FZKBOKMUTVV7A";
        assert!(session.parse::<SessionKeyId>().is_ok() && session.parse::<AccessKeyId>().is_err());
    }
}
