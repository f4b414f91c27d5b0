//! The user, group or role whose policies are asked for, by its ARN.

use guildhall_policy::iam::aws::AwsPolicy;
use guildhall_policy::iam::simulate::{Attachment, Owner};

use super::Named;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::{access, managed};
use crate::services::iam::authority::{self, Found};
use crate::services::iam::errors::IamError;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::Policies;
use crate::state::view::View;

/// A user, a group or a role.
pub(super) struct Entity<'a> {
    /// Its ARN.
    pub(super) arn: String,
    /// Its policies; those of a user's groups are among them.
    pub(super) policies: Vec<(Attachment<'a>, Named<'a>)>,
    /// Its permissions boundary.
    pub(super) boundary: Option<Named<'a>>,
}

/// What an ARN names: the kind, and the name behind the path, which nobody looks at.
fn parts(arn: &str) -> Option<(&str, Owner, &str)> {
    let mut fields = arn.splitn(6, ':');
    let (Some("arn"), _, Some("iam"), Some(""), account, resource) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next()?, fields.next()?)
    else {
        return None;
    };
    let (kind, rest) = resource.split_once('/')?;
    let owner = match kind {
        "user" => Owner::User,
        "group" => Owner::Group,
        "role" => Owner::Role,
        _ => return None,
    };
    let name = rest.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some((account, owner, name))
}

/// The resource that a call about it is about.
pub(super) fn resource<'a>(arn: Option<&str>, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    match arn.and_then(parts) {
        Some((_, Owner::User, name)) => authority::user(Some(name), cx, view),
        Some((_, Owner::Group, name)) => authority::group(name, cx, view),
        Some((_, Owner::Role, name)) => authority::role(name, cx, view),
        None => Ok(vec![]),
    }
}

struct Gathered<'a> {
    account: &'a AccountRecord,
    iam: &'a Iam,
    policies: Vec<(Attachment<'a>, Named<'a>)>,
}

impl<'a> Gathered<'a> {
    /// A managed policy by its ARN; one of AWS's that is not here has no document to look at.
    fn managed(&self, arn: &'a str) -> Option<Named<'a>> {
        if managed::is_of_aws(arn) {
            let policy = AwsPolicy::by_arn(arn)?;
            return Some(Named { id: policy.name.to_owned(), text: policy.text });
        }
        let policy = managed::own(self.iam, self.account, arn)?;
        Some(Named { id: policy.name.to_string(), text: policy.document()?.as_str() })
    }

    fn add(&mut self, owner: Owner, kind: &str, name: &'a str, policies: &'a Policies) {
        for inline in policies.inline.values() {
            let id = format!("{kind}_{name}_{}", inline.name);
            let attachment = Attachment::Inline { policy: &inline.name, owner, name };
            self.policies.push((attachment, Named { id, text: inline.document.as_str() }));
        }
        for arn in &policies.managed {
            if let Some(policy) = self.managed(arn) {
                self.policies.push((Attachment::Managed { arn }, policy));
            }
        }
    }
}

/// Finds an entity of the caller's account. Refuses what names no entity, and what is not there.
pub(super) fn find<'a>(arn: Option<&str>, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Entity<'a>, Stop> {
    let arn = arn.unwrap_or_default();
    let Some((owner_account, owner, name)) = parts(arn) else {
        let what = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
        return Err(IamError::InvalidInput(what.into()).into());
    };
    let account = access::caller(cx, view)?;
    let missing = || IamError::NoSuchEntity("Unable to retrieve specified IAM entity.".into());
    if owner_account != account.id.to_string() {
        return Err(missing().into());
    }
    let iam = view.get::<Iam>(account.id)?;
    let mut gathered = Gathered { account, iam, policies: Vec::new() };
    let (arn, boundary) = match owner {
        Owner::User => {
            let user = iam.users.by_name(name).ok_or_else(missing)?;
            gathered.add(owner, "user", &user.name, &user.policies);
            for group in user.groups.iter().filter_map(|group| iam.groups.by_id(*group)) {
                gathered.add(Owner::Group, "group", &group.name, &group.policies);
            }
            (user.arn(account), user.boundary.as_deref())
        }
        Owner::Group => {
            let group = iam.groups.by_name(name).ok_or_else(missing)?;
            gathered.add(owner, "group", &group.name, &group.policies);
            (group.arn(account), None)
        }
        Owner::Role => {
            let role = iam.roles.by_name(name).ok_or_else(missing)?;
            gathered.add(owner, "role", &role.name, &role.policies);
            (role.arn(account), role.boundary.as_deref())
        }
    };
    let boundary = boundary
        .map(|arn| gathered.managed(arn).unwrap_or_else(|| Named { id: arn.to_owned(), text: NOTHING }));
    Ok(Entity { arn, policies: gathered.policies, boundary })
}

/// A boundary that is not here lets nothing through.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;
