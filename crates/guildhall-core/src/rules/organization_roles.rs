//! The roles that Organizations makes in accounts (identity.md 7.1, 7.2): one that the management account may assume, in
//! accounts that it creates, and the one that is linked to the service, in every member.

use guildhall_policy::iam::Given;

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, OrgId, RoleId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::time::Timestamp;
use crate::rules::access;
use crate::rules::arns::arn;
use crate::rules::authority::Resource;
use crate::rules::linked_roles::{self, organizations};
use crate::state::account::{AccountRecord, Partition};
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::Policies;
use crate::state::iam::role::{Role, SESSION_SECONDS};
pub use crate::state::iam::shared::ACCESS;
use crate::state::iam::shared::{ADMINISTRATOR, of_aws, shared};
use crate::state::item::{Item, ItemKey};
use crate::state::org::{FeatureSet, Member};
use crate::state::tag::Tags;
use crate::state::view::View;

const TRUST: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":""#,
    r#""},"Action":"sts:AssumeRole"}]}"#,
];

/// A role that may do everything, for another account to assume.
pub fn access_role(id: RoleId, name: &str, trusts: AccountId, partition: Partition, now: Timestamp) -> Role {
    let [before, after] = TRUST;
    Role {
        id,
        name: shared(name),
        path: shared("/"),
        trust: PolicyText::new(&format!("{before}arn:{}:iam::{trusts}:root{after}", partition.wire())),
        description: shared(""),
        max_session: *SESSION_SECONDS.start(),
        tags: Tags::default(),
        created: now,
        boundary: None,
        policies: Policies {
            managed: [shared(&of_aws(partition, ADMINISTRATOR))].into_iter().collect(),
            ..Policies::default()
        },
        service: None,
        used: None,
    }
}

/// Makes the roles of a new account: the one that `trusts` may assume, and the one that is linked to Organizations.
pub fn make(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    account: &AccountRecord,
    name: &str,
    trusts: AccountId,
    linked: bool,
) -> Result<(), Stop> {
    // Read, so that the commit checks that nobody has anything there.
    view.get::<Iam>(account.id)?;
    let id = cx.ids.role(account.id)?;
    let role = access_role(id, name, trusts, account.partition, cx.now);
    view.put(Owner::Iam(account.id), Item::Role(role));
    if linked { link(cx, view, account) } else { Ok(()) }
}

/// Whom a role trusts, if it is as Organizations makes it for another account to assume: the ARN of that account.
pub fn trusted(role: &Role) -> Option<&str> {
    let [before, after] = TRUST;
    let arn = role.trust.as_str().strip_prefix(before)?.strip_suffix(after)?;
    (arn.ends_with(":root") && !arn.contains('"')).then_some(arn)
}

/// The role of an account that is linked to Organizations.
pub fn linked(iam: &Iam) -> Option<&Role> {
    iam.roles.by_name(organizations().ok()?.role).filter(|role| is_linked(role))
}

/// Whether a role is the one that is linked to Organizations.
pub fn is_linked(role: &Role) -> bool {
    organizations().is_ok_and(|service| linked_roles::is_of(role, service))
}

/// Makes the role that is linked to Organizations, if the account does not have it.
pub fn link(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> Result<(), Stop> {
    if linked(view.get::<Iam>(account.id)?).is_none() {
        let id = cx.ids.role(account.id)?;
        let role = linked_roles::role(organizations()?, None, id, account.partition, cx.now);
        view.put(Owner::Iam(account.id), Item::Role(role));
    }
    Ok(())
}

/// Takes the role that is linked to Organizations away.
pub fn unlink(view: &mut View<'_>, account: AccountId) -> Result<(), Stop> {
    if let Some(role) = linked(view.get::<Iam>(account)?) {
        view.changes.remove(Owner::Iam(account), ItemKey::Role(role.id));
    }
    Ok(())
}

/// Whether an account needs the role that is linked to Organizations: it is in an organization with all features.
pub fn needs_link(view: &mut View<'_>, account: &AccountRecord) -> Result<bool, Stop> {
    let Some(org) = account.org else { return Ok(false) };
    Ok(view.org(org)?.is_some_and(|(_, record)| record.feature_set == FeatureSet::All))
}

/// Notes in the account's organization whether its member has deleted that role: it is asked to take it back before the
/// organization gets all features (accounts.md 3.7).
pub fn note(view: &mut View<'_>, org: OrgId, account: AccountId, role_deleted: bool) -> Result<(), Stop> {
    let member = view.org(org)?.and_then(|(org, _)| org.member(account));
    if let Some(member) = member.filter(|member| member.role_deleted != role_deleted) {
        view.put(Owner::Org(org), Item::Member(Member { role_deleted, ..member.clone() }));
    }
    Ok(())
}

/// What a caller has to be allowed to create if a call makes the role that is linked to Organizations: nothing, if it is
/// there (identity.md 5.4).
pub fn missing<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    let account = access::caller(cx, view)?;
    if linked(view.get::<Iam>(account.id)?).is_some() {
        return Ok(Vec::new());
    }
    let service = organizations()?;
    Ok(vec![Resource {
        arn: arn(account, "role", &service.path(), service.role),
        owner: Some(account.id),
        keys: vec![("iam:AWSServiceName", Given::One(service.service.to_owned()))],
        ..Resource::default()
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_says_whom_it_trusts_while_it_is_as_it_was_made() {
        let (id, account) = ("AROAQAAAAAAAAEXAMPLE7".parse().unwrap(), "111122223333".parse().unwrap());
        let mut role = access_role(id, "Admin", account, Partition::GovCloud, Timestamp(1));
        assert_eq!(trusted(&role), Some("arn:aws-us-gov:iam::111122223333:root"));
        let trust = role.trust.document(guildhall_policy::iam::DocumentKind::Trust);
        assert!(trust.is_some());
        for other in ["role/a", r#"x"},"Condition":{"a":":root"#] {
            let [before, after] = TRUST;
            role.trust = PolicyText::new(&format!("{before}arn:aws:iam::111122223333:{other}{after}"));
            assert_eq!(trusted(&role), None, "{other}");
        }
    }
}
