//! The ARNs of what an account has in IAM (identity.md 2.2).

use crate::state::account::AccountRecord;
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::user::{Group, User};

/// The ARN of something that is, or would be, in an account.
pub fn arn(account: &AccountRecord, kind: &str, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:{kind}{path}{name}", account.partition.wire(), account.id)
}

macro_rules! arns {
    ($($record:ident $kind:literal;)+) => {
        $(impl $record {
            /// Its ARN.
            pub fn arn(&self, account: &AccountRecord) -> String {
                arn(account, $kind, &self.path, &self.name)
            }
        })+
    };
}

arns! {
    Group "group";
    InstanceProfile "instance-profile";
    ManagedPolicy "policy";
    MfaDevice "mfa";
    Role "role";
    User "user";
}
