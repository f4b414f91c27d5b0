//! The credential report: a line for each user, the root user's first (identity.md 3.15).

use std::fmt::Write;

use crate::kernel::ids::UserId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::time::Timestamp;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::user::User;
use crate::state::limits::days;
use crate::state::view::View;

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
pub(super) fn csv(iam: &Iam, account: &AccountRecord, view: &mut View<'_>) -> Result<String, Stop> {
    let users = || [None].into_iter().chain(iam.users.iter().map(|user| Some(user.id)));
    view.want(users().flat_map(|user| iam.keys(user)).map(|key| Owner::Key(key.id)))?;
    let mut text = COLUMNS.to_owned();
    let root = format!("arn:{}:iam::{}:root", account.partition.wire(), account.id);
    // Nobody looks at a root user's password.
    let password = ["not_supported", NEVER, "not_supported", "not_supported"].map(str::to_owned);
    let proves = |user| iam.devices().of(user).next().is_some();
    line(&mut text, ("<root_account>", &root), account.created, &password, proves(None));
    keys(&mut text, iam, None, view)?;
    for user in iam.users.iter() {
        let who = (&*user.name, &*user.arn(account));
        line(&mut text, who, user.created, &password_of(user, iam), proves(Some(user.id)));
        keys(&mut text, iam, Some(user.id), view)?;
    }
    Ok(text)
}

fn time(at: Timestamp) -> String {
    at.iso8601().replace('Z', "+00:00")
}

/// Whether a user has a password, when it was last used and last changed, and when it has to be changed next.
fn password_of(user: &User, iam: &Iam) -> [String; 4] {
    let Some(login) = iam.login(user.id) else { return ["false", NONE, NONE, NONE].map(str::to_owned) };
    let used = user.password_used.map_or_else(|| NEVER.to_owned(), time);
    let age = iam.settings().password_policy.as_ref().and_then(|policy| policy.max_age);
    let next = age.map_or_else(|| NONE.to_owned(), |age| time(login.changed.plus(days(age))));
    ["true".to_owned(), used, time(login.changed), next]
}

/// The columns of a user up to the one that says whether it has a device that proves a second factor.
fn line(
    text: &mut String,
    (name, arn): (&str, &str),
    created: Timestamp,
    password: &[String; 4],
    proves: bool,
) {
    let created = time(created);
    // Writing into a text cannot fail.
    let _ = write!(text, "\n{name},{arn},{created},{},{proves}", password.join(","));
}

/// The columns of two keys, in the order of their ids, and of two certificates, which nobody has.
fn keys(text: &mut String, iam: &Iam, user: Option<UserId>, view: &mut View<'_>) -> Result<(), Stop> {
    let mut keys = iam.keys(user);
    for _ in 0..2 {
        let key = keys.next();
        let used = match key {
            Some(key) => view.key(key.id)?.and_then(|record| record.last_used.as_ref()),
            None => None,
        };
        let _ = match key {
            Some(key) => write!(text, ",{},{}", key.active, time(key.created)),
            None => write!(text, ",false,{NONE}"),
        };
        let _ = match used {
            Some(used) => write!(text, ",{},{},{}", time(used.at), used.region, used.service),
            None => write!(text, ",{NONE},{NONE},{NONE}"),
        };
    }
    let _ = write!(text, ",false,{NONE},false,{NONE}");
    Ok(())
}
