//! What operations of IAM are about, and its condition keys (identity.md 2.2, 5.4, 5.5). By its name something is found
//! with its path; what is not there has the path `/` and its name as it was asked for (identity.md 1.6).

use guildhall_policy::iam::Given;

use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::arns::arn;
use crate::rules::authority::{KeyKind, Resource};
use crate::rules::principal::{Who, principal};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::PolicyArn;
use crate::state::tag::Tags;
use crate::state::view::View;

/// Resources that were found.
pub(super) type Found<'a> = Result<Vec<Resource<'a>>, Stop>;

/// The key by which tags of users and roles are asked for, too.
const IAM_TAG: Option<&str> = Some("iam:ResourceTag");

/// The boundary that a new user or role is to have, or that one is given.
pub(super) static BOUNDARY: KeyKind = KeyKind {
    names: &["iam:PermissionsBoundary"],
    put: |_, policy, context| match policy {
        Some(policy) => context.one("iam:PermissionsBoundary", policy),
        None => context,
    },
};

/// The managed policy that is attached or detached.
pub(super) static POLICY_ARN: KeyKind = KeyKind {
    names: &["iam:PolicyARN"],
    put: |_, policy, context| match policy {
        Some(policy) => context.one("iam:PolicyARN", policy),
        None => context,
    },
};

/// Something that is about to be made, of this kind as ARNs have it. A denial names a policy by its name (identity.md 13,
/// row 9).
pub(super) fn new<'a>(kind: &str, path: &str, name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let account = access::caller(cx, view)?;
    let told = (kind == "policy").then(|| format!("policy {name}"));
    Ok(vec![Resource { told, ..named(arn(account, kind, path, name), None) }])
}

/// What a list is about: all of this kind below a path, told for policies by that path (identity.md 5.4 and 13,
/// row 16).
pub(super) fn below<'a>(kind: &str, prefix: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let account = access::caller(cx, view)?;
    let told = (kind == "policy").then(|| format!("policy path {prefix}"));
    Ok(vec![Resource { told, ..named(arn(account, kind, prefix, ""), None) }])
}

fn named<'a>(arn: String, tags: Option<&'a Tags>) -> Resource<'a> {
    Resource { arn, tags, ..Resource::default() }
}

/// A user or a role, with its boundary as a condition key.
fn entity<'a>(arn: String, tags: &'a Tags, boundary: Option<&PolicyArn>) -> Resource<'a> {
    let keys = boundary.map(|arn| ("iam:PermissionsBoundary", Given::One(arn.to_string())));
    Resource { tag_key: IAM_TAG, keys: keys.into_iter().collect(), ..named(arn, Some(tags)) }
}

/// The caller's account, and what IAM has of it.
pub(super) fn home<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<(&'a AccountRecord, &'a Iam), Stop> {
    let account = access::caller(cx, view)?;
    Ok((account, view.get::<Iam>(account.id)?))
}

/// A role.
pub(super) fn role<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let (account, iam) = home(cx, view)?;
    let there = iam.roles.by_name(name);
    let there = there.map(|role| entity(role.arn(account), &role.tags, role.boundary.as_ref()));
    Ok(vec![there.unwrap_or_else(|| named(arn(account, "role", "/", name), None))])
}

/// A user; without a name the caller, whoever that is.
pub(super) fn user<'a>(name: Option<&str>, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let Some(name) = name else {
        let who = principal(cx, view)?;
        if let Who::User(user) = who.who {
            let name = user.name.clone();
            return self::user(Some(&name), cx, view);
        }
        return Ok(vec![named(who.arn(), None)]);
    };
    let (account, iam) = home(cx, view)?;
    let there = iam.users.by_name(name);
    let there = there.map(|user| entity(user.arn(account), &user.tags, user.boundary.as_ref()));
    Ok(vec![there.unwrap_or_else(|| named(arn(account, "user", "/", name), None))])
}

/// The root user.
pub(super) fn root<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let account = access::caller(cx, view)?;
    Ok(vec![named(arn(account, "root", "", ""), None)])
}

/// A group.
pub(super) fn group<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let (account, iam) = home(cx, view)?;
    let there = iam.groups.by_name(name).map(|group| group.arn(account));
    Ok(vec![named(there.unwrap_or_else(|| arn(account, "group", "/", name)), None)])
}

/// An instance profile.
pub(super) fn profile<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let (account, iam) = home(cx, view)?;
    let there = iam.profiles.by_name(name);
    let there = there.map(|profile| named(profile.arn(account), Some(&profile.tags)));
    Ok(vec![there.unwrap_or_else(|| named(arn(account, "instance-profile", "/", name), None))])
}

/// A managed policy by its ARN. A denial has the word before it (identity.md 13, row 9).
pub(super) fn policy<'a>(arn: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let (account, iam) = home(cx, view)?;
    let tags = crate::rules::managed::own(iam, account, arn).map(|policy| &policy.tags);
    Ok(vec![Resource { told: Some(format!("policy {arn}")), ..named(arn.to_owned(), tags) }])
}

/// A device that proves a second factor, by its ARN.
pub(super) fn device<'a>(serial: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let (account, iam) = home(cx, view)?;
    let tags = crate::rules::mfa::find(serial, account, iam).map(|device| &device.tags);
    Ok(vec![named(serial.to_owned(), tags)])
}

/// A role that is passed to a service.
pub(super) fn passed<'a>(role: &str, service: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let mut about = self::role(role, cx, view)?;
    for role in &mut about {
        role.keys = vec![("iam:PassedToService", Given::One(service.to_owned()))];
    }
    Ok(about)
}
