//! What operations of Organizations are about, and its condition keys (accounts.md 9.2, policies.md 7.2).

use guildhall_policy::iam::Context;

use crate::kernel::wire_enum::WireEnum;
use crate::rules::authority::{KeyKind, Resource, ResourceKind, Scope};
use crate::state::policy::{Managed, PolicyType, Summary};
use crate::state::transfer::TransferType;

/// An account.
pub static ACCOUNT: ResourceKind = ResourceKind { types: &["account"], find: named };
/// A handshake that the caller's organization sent. One of another organization is not looked up: no policy of the
/// caller's can tell its ARN in advance.
pub static HANDSHAKE: ResourceKind = ResourceKind { types: &["handshake"], find: handshake };
/// A root.
pub static ROOT: ResourceKind = ResourceKind { types: &["root"], find: named };
/// An organizational unit.
pub static UNIT: ResourceKind = ResourceKind { types: &["organizationalunit"], find: named };
/// What has children.
pub static PARENT: ResourceKind = ResourceKind { types: &["organizationalunit", "root"], find: named };
/// What has a parent.
pub static CHILD: ResourceKind = ResourceKind { types: &["account", "organizationalunit"], find: named };
/// What policies are attached to.
pub static TARGET: ResourceKind =
    ResourceKind { types: &["account", "organizationalunit", "root"], find: named };
/// The account whose policies are asked for; without a name the caller's.
pub static ACCOUNT_OR_CALLER: ResourceKind = ResourceKind {
    types: &["account"],
    find: |scope, id| named(scope, Some(id.unwrap_or(&scope.account.id.text()))),
};
/// A policy.
pub static POLICY: ResourceKind = ResourceKind { types: &["policy"], find: named };
/// The policies of the type that is named: what is about to be created has no id yet, and AWS's own examples let
/// members create what the ARNs of a type stand for.
pub static NEW_POLICY: ResourceKind = ResourceKind { types: &["policy"], find: new_policy };
/// The organization's resource policy, which nobody has to name.
pub static RESOURCE_POLICY: ResourceKind = ResourceKind {
    types: &["resourcepolicy"],
    find: |scope, _| named(scope, Some(scope.org?.0.resource_policy()?.id.as_str())),
};
/// A transfer of responsibility.
pub static TRANSFER: ResourceKind = ResourceKind { types: &["responsibilitytransfer"], find: named };
/// What has tags.
pub static TAGGED: ResourceKind = ResourceKind {
    types: &["account", "organizationalunit", "policy", "resourcepolicy", "responsibilitytransfer", "root"],
    find: named,
};

/// The policy type that is named.
pub static POLICY_TYPE: KeyKind = KeyKind {
    names: &["organizations:PolicyType"],
    put: |_, name, context| match name.and_then(PolicyType::from_wire) {
        Some(r#type) => context.one("organizations:PolicyType", r#type.wire()),
        None => context,
    },
};
/// The type of the policy that is named.
pub static TYPE_OF_POLICY: KeyKind = KeyKind {
    names: &["organizations:PolicyType"],
    put: |scope, id, context| match id.and_then(|id| type_of(scope, id)) {
        Some(r#type) => context.one("organizations:PolicyType", r#type.wire()),
        None => context,
    },
};
/// The service that is named.
pub static SERVICE: KeyKind = KeyKind {
    names: &["organizations:ServicePrincipal"],
    put: |_, principal, context| match principal {
        Some(principal) => context.one("organizations:ServicePrincipal", principal),
        None => context,
    },
};
/// The transfer that is named. What is none of the organization's inbound ones is taken for an outbound one.
pub static TRANSFER_OF: KeyKind = KeyKind {
    names: TRANSFER_KEYS,
    put: |scope, id, context| match id.and_then(|id| id.parse().ok()) {
        Some(id) if scope.org.is_some_and(|(org, _)| org.transfer(&id).is_some()) => {
            transfer(context, "INBOUND")
        }
        Some(_) => transfer(context, "OUTBOUND"),
        None => context,
    },
};
/// Transfers to the organization.
pub static INBOUND: KeyKind =
    KeyKind { names: TRANSFER_KEYS, put: |_, _, context| transfer(context, "INBOUND") };
/// Transfers from the organization.
pub static OUTBOUND: KeyKind =
    KeyKind { names: TRANSFER_KEYS, put: |_, _, context| transfer(context, "OUTBOUND") };

const TRANSFER_KEYS: &[&str] = &["organizations:TransferDirection", "organizations:TransferType"];

fn transfer(context: Context, direction: &str) -> Context {
    context
        .one("organizations:TransferDirection", direction)
        .one("organizations:TransferType", TransferType::Billing.wire())
}

/// What an id of the organization's names, with its tags.
fn named<'a>(scope: &Scope<'a>, id: Option<&str>) -> Option<Resource<'a>> {
    let id = id?;
    let (org, _) = scope.org?;
    let tags = id.parse().ok().and_then(|resource| org.tags(&resource));
    Some(Resource { arn: arn(scope, id)?, tags, ..Resource::default() })
}

/// The ARN of what an id names (accounts.md 2.2).
fn arn(scope: &Scope<'_>, id: &str) -> Option<String> {
    let (org, record) = scope.org?;
    let (partition, management, own) = (record.partition.wire(), record.management, record.id);
    let of = |kind: &str| Some(format!("arn:{partition}:organizations::{management}:{kind}/{own}/{id}"));
    if let Ok(policy) = id.parse() {
        return match Managed::find(&policy) {
            Some(managed) => Some(Summary::managed(record, managed).arn()),
            None => Some(Summary::of(record, &org.policies().get(&policy)?.record).arn()),
        };
    }
    match id {
        _ if id.starts_with("r-") => of("root"),
        _ if id.starts_with("ou-") => of("ou"),
        _ if id.starts_with("rp-") => of("resourcepolicy"),
        _ if id.starts_with("rt-") => {
            let inbound = id.parse().is_ok_and(|transfer| org.transfer(&transfer).is_some());
            let side = if inbound { "inbound" } else { "outbound" };
            Some(format!("arn:{partition}:organizations::{management}:transfer/{own}/billing/{side}/{id}"))
        }
        _ if id.len() == 12 => of("account"),
        _ => None,
    }
}

fn handshake<'a>(scope: &Scope<'a>, id: Option<&str>) -> Option<Resource<'a>> {
    let (org, record) = scope.org?;
    let handshake = org.handshake(&id?.parse().ok()?)?;
    Some(Resource { arn: handshake.arn(record.id), ..Resource::default() })
}

fn new_policy<'a>(scope: &Scope<'a>, r#type: Option<&str>) -> Option<Resource<'a>> {
    let (_, record) = scope.org?;
    let kind = PolicyType::from_wire(r#type?)?.wire().to_lowercase();
    let (partition, management, own) = (record.partition.wire(), record.management, record.id);
    let arn = format!("arn:{partition}:organizations::{management}:policy/{own}/{kind}/*");
    Some(Resource { arn, ..Resource::default() })
}

fn type_of(scope: &Scope<'_>, id: &str) -> Option<PolicyType> {
    let id = id.parse().ok()?;
    match Managed::find(&id) {
        Some(managed) => Some(managed.r#type),
        None => Some(scope.org?.0.policies().get(&id)?.record.r#type),
    }
}
