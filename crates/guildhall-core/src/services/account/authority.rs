//! What operations of Account Management are about, and its condition keys (identity.md 5.7).

use guildhall_policy::iam::Context;

use crate::kernel::ids::TaggableId;
use crate::rules::authority::{Authority, KeyKind, Member, Rank, Resource, ResourceKind, Scope};
use crate::rules::authorize::place;

/// An operation on the member that is named, or without a name on the caller itself.
pub const fn on_account<I>(account: Member<I>) -> Authority<I> {
    Authority::of(Rank::Account).on(&ACCOUNT, account).key(&PLACE, account)
}

/// An operation on a member, which has to be named.
pub const fn on_member<I>(account: Member<I>) -> Authority<I> {
    Authority::of(Rank::Account).on(&MEMBER, account).key(&PLACE, account)
}

static ACCOUNT: ResourceKind = ResourceKind { types: &["account", "accountInOrganization"], find: account };
static MEMBER: ResourceKind = ResourceKind { types: &["accountInOrganization"], find: account };

/// Where the named member stands, and its tags.
static PLACE: KeyKind = KeyKind {
    names: &["account:AccountResourceOrgPaths", "account:AccountResourceOrgTags/${TagKey}"],
    put: where_it_stands,
};
/// The region that is named.
pub static REGION: KeyKind = KeyKind {
    names: &["account:TargetRegion"],
    put: |_, name, context| match name {
        Some(name) => context.one("account:TargetRegion", name),
        None => context,
    },
};
/// The kind of contact that is named.
pub static CONTACT: KeyKind = KeyKind {
    names: &["account:AlternateContactTypes"],
    put: |_, kind, context| match kind {
        Some(kind) => context.many("account:AlternateContactTypes", vec![kind.to_owned()]),
        None => context,
    },
};
/// The domain of the address that is given.
pub static DOMAIN: KeyKind = KeyKind {
    names: &["account:EmailTargetDomain"],
    put: |_, address, context| match address.and_then(|address| address.rsplit_once('@')) {
        Some((_, domain)) => context.one("account:EmailTargetDomain", domain),
        None => context,
    },
};

fn account<'a>(scope: &Scope<'a>, member: Option<&str>) -> Option<Resource<'a>> {
    let own = scope.account;
    let partition = own.partition.wire();
    let (arn, owner) = match member {
        Some(member) => {
            let (_, record) = scope.org?;
            let (management, org) = (record.management, record.id);
            (format!("arn:{partition}:account::{management}:account/{org}/{member}"), management)
        }
        None => (format!("arn:{partition}:account::{}:account", own.id), own.id),
    };
    Some(Resource { arn, owner: Some(owner), ..Resource::default() })
}

fn where_it_stands(scope: &Scope<'_>, member: Option<&str>, mut context: Context) -> Context {
    let Some((org, record)) = scope.org else { return context };
    let member = member.and_then(|id| id.parse().ok()).filter(|id| org.member(*id).is_some());
    let Some(member) = member else { return context };
    let path = place(org, record, member).path;
    context = context.many("account:AccountResourceOrgPaths", vec![path]);
    let tags = org.tags(&TaggableId::Account(member));
    for (key, value) in tags.iter().flat_map(|tags| &tags.0) {
        context = context.one(&format!("account:AccountResourceOrgTags/{key}"), value.clone());
    }
    context
}
