//! Passwords of users, and what an account asks of them (identity.md 3.15).

use serde::{Deserialize, Serialize};

use crate::kernel::ids::UserId;
use crate::kernel::password::PasswordHash;
use crate::kernel::time::Timestamp;

/// The most former passwords that a policy can forbid, the present one included.
pub const REUSE_MAX: u32 = 24;

/// A user's login profile: its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfile {
    /// Whose it is.
    pub user: UserId,
    /// When the profile was made.
    pub created: Timestamp,
    /// When the password was last changed.
    pub changed: Timestamp,
    /// Whether the user has to change it at the next sign-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset_required: bool,
    /// The password.
    pub password: PasswordHash,
    /// Former ones, the latest first: as many as the policy forbade when they were changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<PasswordHash>,
}

impl LoginProfile {
    /// The profile with another password. `forbidden`: how many of the last ones may not come again.
    #[must_use]
    pub fn with(&self, password: PasswordHash, now: Timestamp, forbidden: u32) -> Self {
        let former = [&self.password].into_iter().chain(&self.former);
        let former = former.take(forbidden.saturating_sub(1) as usize).cloned().collect();
        Self { password, former, changed: now, ..self.clone() }
    }
}

/// What an account wants of the passwords of its users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent rules, as the API has them")]
pub struct PasswordPolicy {
    /// The least characters.
    pub minimum_length: u32,
    /// Whether there has to be a symbol.
    pub symbols: bool,
    /// Whether there has to be a digit.
    pub numbers: bool,
    /// Whether there has to be a capital letter.
    pub uppercase: bool,
    /// Whether there has to be a small letter.
    pub lowercase: bool,
    /// Whether users may change their own passwords, whatever their policies do not say.
    pub users_may_change: bool,
    /// After how many days a password expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// How many of the last passwords may not come again, the present one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse_prevention: Option<u32>,
    /// Whether an expired password can be changed by administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard_expiry: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_former_passwords_are_kept_as_may_not_come_again() {
        let hash = |n: u8| {
            let salt = char::from(b'A' + n);
            format!("$argon2id$v=19$m=8,t=1,p=1${salt}AAAAAAAAAAAAAAAAAAAAA${}", "A".repeat(43))
                .parse::<PasswordHash>()
                .unwrap()
        };
        let mut profile = LoginProfile {
            user: "AIDAQAAAAAAAAEXAMPLE7".parse().unwrap(),
            created: Timestamp(1),
            changed: Timestamp(1),
            reset_required: true,
            password: hash(0),
            former: Vec::new(),
        };
        for n in 1..5 {
            profile = profile.with(hash(n), Timestamp(2), 3);
        }
        assert_eq!((&profile.password, &*profile.former), (&hash(4), &[hash(3), hash(2)][..]));
        assert_eq!((profile.created, profile.changed), (Timestamp(1), Timestamp(2)));
        assert!(profile.with(hash(5), Timestamp(3), 1).former.is_empty());
        assert!(profile.with(hash(5), Timestamp(3), 0).former.is_empty());
    }
}
