//! The credential report: a line for each user, the root user's first (identity.md 3.15).

use std::fmt::Write;

use crate::kernel::ids::UserId;
use crate::kernel::time::Timestamp;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                       password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                       access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                       access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                       access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
                       cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
/// What there is none of.
const NONE: &str = "N/A";
/// What was never used.
const NEVER: &str = "no_information";

/// The report, without a line's end behind the last line.
pub(super) fn csv(iam: &Iam, account: &AccountRecord) -> String {
    let mut text = COLUMNS.to_owned();
    let root = format!("arn:{}:iam::{}:root", account.partition.wire(), account.id);
    // Nobody looks at a root user's password.
    line(&mut text, "<root_account>", &root, account.created, ["not_supported", NEVER, "not_supported", "not_supported"]);
    keys(&mut text, iam, None);
    for user in iam.users.iter() {
        let used = user.password_used.map_or_else(|| NONE.to_owned(), time);
        line(&mut text, &user.name, &user.arn(account), user.created, ["false", &used, NONE, NONE]);
        keys(&mut text, iam, Some(user.id));
    }
    text
}

fn time(at: Timestamp) -> String {
    at.iso8601().replace('Z', "+00:00")
}

/// The columns of a user up to its second factor, which nobody has.
fn line(text: &mut String, name: &str, arn: &str, created: Timestamp, password: [&str; 4]) {
    let [enabled, used, changed, next] = password;
    // Writing into a text cannot fail.
    let _ = write!(text, "\n{name},{arn},{},{enabled},{used},{changed},{next},false", time(created));
}

/// The columns of two keys, in the order of their ids, and of two certificates, which nobody has.
fn keys(text: &mut String, iam: &Iam, user: Option<UserId>) {
    let mut keys = iam.keys(user);
    for _ in 0..2 {
        let _ = match keys.next() {
            Some(key) => write!(text, ",{},{},{NONE},{NONE},{NONE}", key.active, time(key.created)),
            None => write!(text, ",false,{NONE},{NONE},{NONE},{NONE}"),
        };
    }
    let _ = write!(text, ",false,{NONE},false,{NONE}");
}
