//! What has to hold over an account's users, groups, roles and policies.

use guildhall_policy::iam::{Document, DocumentKind};

use crate::rules::managed;
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::{Policies, PolicyArn};
use crate::state::iam::login::REUSE_MAX;
use crate::state::iam::role::SESSION_SECONDS;
use crate::state::iam::table::{Named, Table};

/// What is wrong, in words.
pub(super) fn violations(iam: &Iam) -> Vec<String> {
    let mut wrong = Vec::new();
    names("user", &iam.users, &mut wrong);
    names("group", &iam.groups, &mut wrong);
    names("role", &iam.roles, &mut wrong);
    names("policy", &iam.policies, &mut wrong);
    names("instance profile", &iam.profiles, &mut wrong);
    for user in iam.users.iter() {
        let what = format!("user {}", user.id);
        policies(&what, &user.policies, &mut wrong);
        used(&what, &user.policies, user.boundary.as_ref(), iam, &mut wrong);
        let lost = user.groups.iter().filter(|group| iam.groups.by_id(**group).is_none());
        wrong.extend(lost.map(|group| format!("{what} is in group {group}, which does not exist")));
    }
    for key in iam.all_keys() {
        if key.user.is_some_and(|user| iam.users.by_id(user).is_none()) {
            wrong.push(format!("key {} is of a user who does not exist", key.id));
        }
    }
    for device in iam.devices().iter() {
        let user = device.enabled.as_ref().and_then(|enabled| enabled.user);
        if user.is_some_and(|user| iam.users.by_id(user).is_none()) {
            wrong.push(format!("device {} is of a user who does not exist", device.id));
        }
        if iam.devices().at(&device.place()).is_none_or(|at| at.id != device.id) {
            wrong.push(format!("device {} has the name of another one", device.id));
        }
    }
    for login in iam.logins() {
        if iam.users.by_id(login.user).is_none() {
            wrong.push(format!("there is a password of user {}, who does not exist", login.user));
        }
        if login.former.len() >= REUSE_MAX as usize {
            wrong.push(format!("user {} has more former passwords than can matter", login.user));
        }
    }
    for group in iam.groups.iter() {
        let what = format!("group {}", group.id);
        policies(&what, &group.policies, &mut wrong);
        used(&what, &group.policies, None, iam, &mut wrong);
    }
    for role in iam.roles.iter() {
        let what = format!("role {}", role.id);
        policies(&what, &role.policies, &mut wrong);
        used(&what, &role.policies, role.boundary.as_ref(), iam, &mut wrong);
        if !SESSION_SECONDS.contains(&role.max_session) {
            wrong.push(format!("{what} has sessions of a length that none can have"));
        }
        document(&format!("{what} has a trust policy"), DocumentKind::Trust, &role.trust, &mut wrong);
    }
    for policy in iam.policies.iter() {
        let what = format!("policy {}", policy.id);
        if policy.version(policy.default).is_none() {
            wrong.push(format!("{what} has no default version"));
        }
        if policy.versions.iter().any(|version| version.number > policy.last) {
            wrong.push(format!("{what} has a version behind its last"));
        }
        for version in &policy.versions {
            let of = format!("{what} has a version v{}", version.number);
            document(&of, DocumentKind::Identity, &version.document, &mut wrong);
        }
    }
    for profile in iam.profiles.iter() {
        if profile.role.is_some_and(|role| iam.roles.by_id(role).is_none()) {
            wrong.push(format!("instance profile {} has a role that does not exist", profile.id));
        }
    }
    wrong
}

fn names<R: Named<Id: std::fmt::Display>>(kind: &str, table: &Table<R>, wrong: &mut Vec<String>) {
    let named = table.iter().count();
    if named != table.len() {
        wrong.push(format!("{} {kind}s share {named} names", table.len()));
    }
}

/// The account's own policies that are attached or are a boundary have to be there.
fn used(what: &str, policies: &Policies, boundary: Option<&PolicyArn>, iam: &Iam, wrong: &mut Vec<String>) {
    let is_there = |arn: &str| iam.policies.by_name(arn.rsplit('/').next().unwrap_or_default()).is_some();
    let used = policies.managed.iter().chain(boundary);
    let lost = used.filter(|arn| !managed::is_of_aws(arn) && !is_there(arn));
    wrong.extend(lost.map(|arn| format!("{what} has the policy {arn}, which does not exist")));
}

fn policies(what: &str, policies: &Policies, wrong: &mut Vec<String>) {
    for (key, inline) in policies.inline.iter() {
        if **key != inline.name.to_ascii_lowercase() {
            wrong.push(format!("{what} has an inline policy under another name"));
        }
        document(&format!("{what} has an inline policy"), DocumentKind::Identity, &inline.document, wrong);
    }
}

fn document(what: &str, kind: DocumentKind, text: &PolicyText, wrong: &mut Vec<String>) {
    if Document::parse(kind, text.as_str()).is_err() {
        wrong.push(format!("{what} that is none"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::Ids;
    use crate::kernel::time::Timestamp;
    use crate::state::holds::Holds;
    use crate::state::iam::user::Group;

    #[test]
    fn policies_that_are_used_have_to_be_there() {
        let mut iam = Iam::default();
        let id = Ids::new([1; 32]).group("111122223333".parse().unwrap()).unwrap();
        let (own, aws) = ("arn:aws:iam::111122223333:policy/x/Own", "arn:aws:iam::aws:policy/NotHere");
        let managed = [own, aws].into_iter().map(Into::into).collect();
        let policies = Policies { managed, ..Policies::default() };
        let group = Group { id, name: "G".into(), path: "/".into(), created: Timestamp(0), policies };
        Holds::put(&mut iam, id, group).unwrap();
        assert_eq!(
            violations(&iam),
            [format!("group {id} has the policy {own}, which does not exist")],
            "those of AWS are not kept here"
        );
    }
}
