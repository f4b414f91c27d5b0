//! Service control and resource control policies along the path to an account (policies.md 3). They bind its root user;
//! the management account is never bound.

use guildhall_policy::iam::{Attached, Level};

use crate::kernel::ids::{AccountId, TargetId};
use crate::rules::managed::{self, ReadPolicy};
use crate::state::org::{Org, OrgRecord};
use crate::state::policy::{self, PolicyType, Summary};

/// A node with the documents of one type that are attached to it, each with its policy's ARN.
pub struct Documents<'a> {
    node: String,
    policies: Vec<(String, ReadPolicy<'a>)>,
}

/// The documents of a type from the root to an account, root first. None if there are none to ask: the type is not
/// enabled, or the account is not in the organization.
pub fn documents<'a>(
    (org, record): (&'a Org, &'a OrgRecord),
    account: AccountId,
    r#type: PolicyType,
) -> Option<Vec<Documents<'a>>> {
    org.member(account)?;
    record.policy_types.get(&r#type)?;
    let of_node = |target: TargetId| {
        let managed = r#type.managed().filter(|_| !org.is_withheld(&target, r#type));
        let managed = managed.and_then(|managed| {
            let policy::Language::Iam(kind) = r#type.language() else { return None };
            let read = ReadPolicy { document: managed::full_access(kind)?, text: managed.content };
            Some((Summary::managed(record, managed).arn(), read))
        });
        let attached = org.policies().attached(&target, r#type).filter_map(|p| match &p.document {
            policy::StoredDocument::Iam(document) => {
                Some((Summary::of(record, &p.record).arn(), ReadPolicy { document, text: &p.record.content }))
            }
            policy::StoredDocument::Management(_) => None,
        });
        Documents { node: target.to_string(), policies: managed.into_iter().chain(attached).collect() }
    };
    let path = org.path(record, &TargetId::Account(account));
    Some(path.into_iter().map(of_node).collect())
}

/// The same as the evaluator takes it.
pub fn levels<'a>(documents: &'a [Documents<'_>]) -> Vec<Level<'a>> {
    documents
        .iter()
        .map(|at| Level {
            node: &at.node,
            policies: at
                .policies
                .iter()
                .map(|(name, read)| Attached { name, document: read.document })
                .collect(),
        })
        .collect()
}

/// What each policy says.
pub fn read<'a>(documents: &'a [Documents<'a>]) -> impl Iterator<Item = ReadPolicy<'a>> {
    documents.iter().flat_map(|at| &at.policies).map(|(_, read)| *read)
}

/// Each policy's ARN with its text.
pub fn texts<'a>(documents: &'a [Documents<'_>]) -> impl Iterator<Item = (&'a str, &'a str)> {
    documents.iter().flat_map(|at| &at.policies).map(|(arn, read)| (arn.as_str(), read.text))
}

/// The service control policies from the root to a member. None if nobody has to be asked: nothing but the policy that
/// allows everything is attached, or the type is not enabled.
pub fn binding<'a>(own: (&'a Org, &'a OrgRecord), account: AccountId) -> Option<Vec<Documents<'a>>> {
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
