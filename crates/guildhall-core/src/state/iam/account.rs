//! What there is once in an account (identity.md 3.15).

use serde::{Deserialize, Serialize};

use crate::kernel::time::{HOUR, Timestamp};
use crate::state::iam::login::PasswordPolicy;

/// How long a credential report can be read, in milliseconds; then there may be another one.
pub const REPORT_KEPT: i64 = 4 * HOUR;

/// What the account's owner chose, and when its credential report was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// The version of the tokens that the global endpoint of STS gives out, 1 or 2.
    pub token_version: u8,
    /// When the last credential report was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Timestamp>,
    /// The password policy; none: AWS's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<PasswordPolicy>,
}

impl AccountSettings {
    /// What holds as long as nothing was chosen.
    pub const DEFAULT: Self = Self { token_version: 1, report: None, password_policy: None };
}
