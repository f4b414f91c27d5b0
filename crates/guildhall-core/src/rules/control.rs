//! Service control and resource control policies along the path to an account (policies.md 3). They bind its root user;
//! the management account is never bound.

use std::sync::Arc;

use guildhall_policy::iam::{Attached, Document, Level};

use crate::kernel::ids::{AccountId, TargetId};
use crate::state::org::{Org, OrgRecord};
use crate::state::policy::{self, PolicyType, Summary};

/// A node with the documents of one type that are attached to it, each with its policy's ARN.
pub struct Documents {
    node: String,
    policies: Vec<(String, Arc<Document>)>,
}

/// The documents of a type from the root to an account, root first. None if there are none to ask: the type is not
/// enabled, or the account is not in the organization.
pub fn documents(
    (org, record): (&Org, &OrgRecord),
    account: AccountId,
    r#type: PolicyType,
) -> Option<Vec<Documents>> {
    org.member(account)?;
    record.policy_types.get(&r#type)?;
    let of_node = |target: TargetId| {
        let managed = r#type.managed().filter(|_| !org.is_withheld(&target, r#type));
        let managed = managed.and_then(|managed| {
            let policy::Language::Iam(kind) = r#type.language() else { return None };
            Some((Summary::managed(record, managed).arn(), Arc::new(Document::full_access(kind))))
        });
        let attached = org.policies().attached(&target, r#type).filter_map(|p| match &p.document {
            policy::StoredDocument::Iam(document) => {
                Some((Summary::of(record, &p.record).arn(), Arc::clone(document)))
            }
            policy::StoredDocument::Management(_) => None,
        });
        Documents { node: target.to_string(), policies: managed.into_iter().chain(attached).collect() }
    };
    let path = org.path(record, &TargetId::Account(account));
    Some(path.into_iter().map(of_node).collect())
}

/// The same as the evaluator takes it.
pub fn levels(documents: &[Documents]) -> Vec<Level<'_>> {
    documents
        .iter()
        .map(|at| Level {
            node: &at.node,
            policies: at.policies.iter().map(|(name, document)| Attached { name, document }).collect(),
        })
        .collect()
}

/// The service control policies from the root to a member. None if nobody has to be asked: nothing but the policy that
/// allows everything is attached, or the type is not enabled.
pub fn binding(own: (&Org, &OrgRecord), account: AccountId) -> Option<Vec<Documents>> {
    if is_unbound(own, account) { None } else { documents(own, account, PolicyType::ServiceControl) }
}

fn is_unbound((org, record): (&Org, &OrgRecord), account: AccountId) -> bool {
    let r#type = PolicyType::ServiceControl;
    let free = |target: &TargetId| {
        !org.is_withheld(target, r#type) && org.policies().attached(target, r#type).next().is_none()
    };
    !record.policy_types.contains_key(&r#type)
        || org.path(record, &TargetId::Account(account)).iter().all(free)
}
