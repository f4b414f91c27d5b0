//! How pages name policies and nodes.

use guildhall_core::kernel::ids::{PolicyId, TargetId};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::state::policy::{Managed, Policy};

/// A policy, wherever it is named.
#[derive(Clone, Debug)]
pub(crate) struct PolicyLink {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its type, as in `TAG_POLICY`.
    pub(crate) kind: String,
    /// AWS manages it.
    pub(crate) managed: bool,
}

/// A root, unit or account, wherever it is named.
#[derive(Clone, Debug)]
pub(crate) struct NodeLink {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// The root.
    Root,
    /// An organizational unit.
    Unit,
    /// An account.
    Account,
    /// The management account.
    Management,
}

impl NodeKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Unit => "organizational unit",
            Self::Account => "account",
            Self::Management => "management account",
        }
    }
}

/// A policy that was written, as pages name it.
pub(super) fn link(policy: &Policy) -> PolicyLink {
    let record = &policy.record;
    PolicyLink {
        id: record.id.to_string(),
        name: record.name.to_string(),
        kind: record.r#type.wire().to_owned(),
        managed: false,
    }
}

/// A policy of AWS, as pages name it.
pub(super) fn managed_link(managed: &Managed) -> PolicyLink {
    PolicyLink {
        id: managed.id.to_owned(),
        name: managed.name.to_owned(),
        kind: managed.r#type.wire().to_owned(),
        managed: true,
    }
}

/// The policy with an id, as pages name it; one that is gone has its id for a name.
pub(super) fn link_of(org: &Org, id: &str) -> PolicyLink {
    let nameless =
        || PolicyLink { id: id.to_owned(), name: id.to_owned(), kind: String::new(), managed: false };
    let Ok(policy) = id.parse::<PolicyId>() else { return nameless() };
    match Managed::find(&policy) {
        Some(managed) => managed_link(managed),
        None => org.policies().get(&policy).map_or_else(nameless, |policy| link(policy)),
    }
}

/// A root, unit or account, as pages name it.
pub(super) fn node((org, record): (&Org, &OrgRecord), target: &TargetId) -> NodeLink {
    let (name, kind) = match target {
        TargetId::Root(_) => ("Root", NodeKind::Root),
        TargetId::Unit(id) => (org.unit(id).map_or("", |unit| &*unit.name), NodeKind::Unit),
        TargetId::Account(id) => {
            let name = org.member(*id).map_or("", |member| &*member.name);
            let manages = *id == record.management;
            (name, if manages { NodeKind::Management } else { NodeKind::Account })
        }
    };
    NodeLink { id: target.to_string(), name: name.to_owned(), kind }
}

/// The node with an id, as pages name it.
pub(super) fn node_of(own: (&Org, &OrgRecord), id: &str) -> NodeLink {
    let nameless = || NodeLink { id: id.to_owned(), name: id.to_owned(), kind: NodeKind::Unit };
    id.parse().map_or_else(|_| nameless(), |target| node(own, &target))
}
