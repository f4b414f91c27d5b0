//! What is refused of a new password, in IAM's words (identity.md 3.15).

use crate::kernel::password::Password;
use crate::kernel::refusal::Stop;
use crate::services::iam::errors::IamError;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::login::{LoginProfile, PasswordPolicy};

/// What counts as a symbol.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";
/// The least characters, in an account that has no policy of its own.
const DEFAULT_LENGTH: u32 = 8;
/// How many of the four kinds of characters there have to be then.
const DEFAULT_KINDS: usize = 3;

/// Refuses a password that breaks the account's policy, or AWS's own where it has none.
pub(super) fn check(password: &str, iam: &Iam, account: &AccountRecord) -> Result<(), IamError> {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        (has(|c| c.is_ascii_uppercase()), "Password should have at least one uppercase letter"),
        (has(|c| c.is_ascii_lowercase()), "Password should have at least one lowercase letter"),
        (has(|c| c.is_ascii_digit()), "Password should have at least one number"),
        (has(|c| SYMBOLS.contains(c)), "Password should have at least one symbol"),
    ];
    let policy = iam.settings().password_policy.as_ref();
    let least = policy.map_or(DEFAULT_LENGTH, |policy| policy.minimum_length);
    let mut broken = Vec::new();
    if password.chars().count() < least as usize {
        broken.push(format!("Password should have a minimum length of {least}"));
    }
    match policy {
        Some(policy) => {
            let wanted = [policy.uppercase, policy.lowercase, policy.numbers, policy.symbols];
            let lacking = kinds.iter().zip(wanted).filter(|((there, _), wanted)| *wanted && !there);
            broken.extend(lacking.map(|((_, text), _)| (*text).to_owned()));
        }
        None => {
            let lacking: Vec<&str> =
                kinds.iter().filter(|(there, _)| !there).map(|(_, text)| *text).collect();
            let more = DEFAULT_KINDS.saturating_sub(kinds.len() - lacking.len());
            if more > 0 {
                let lacking = lacking.join(", ");
                broken.push(format!(
                    "Password should meet {more} more of the following requirements: {lacking}"
                ));
            }
            let names = [&*account.name, account.email.as_str()];
            if names.iter().any(|name| name.eq_ignore_ascii_case(password)) {
                broken.push("Password should not be the account name or email address".to_owned());
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(violation(broken.join(", "))) }
}

/// Refuses a password that was one of the user's last ones, if the account's policy forbids that.
pub(super) fn check_reuse(password: &Password, login: &LoginProfile, iam: &Iam) -> Result<(), Stop> {
    let former = [&login.password].into_iter().chain(&login.former);
    for former in former.take(forbidden(iam) as usize) {
        if password.is(former)? {
            let what = "Policy constraint violation with password reuse prevention during password change";
            return Err(violation(what.to_owned()).into());
        }
    }
    Ok(())
}

/// How many of a user's last passwords may not come again.
pub(super) fn forbidden(iam: &Iam) -> u32 {
    let policy: Option<&PasswordPolicy> = iam.settings().password_policy.as_ref();
    policy.and_then(|policy| policy.reuse_prevention).unwrap_or(0)
}

fn violation(what: String) -> IamError {
    IamError::PasswordPolicyViolation(what.into())
}
