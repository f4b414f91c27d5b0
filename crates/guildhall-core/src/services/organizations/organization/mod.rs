//! Operations on the organization itself and on who is in it.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::Serialize;

use crate::kernel::ids::{AccountId, OrgId, RootId};
use crate::kernel::refusal::{Refusal, Stop};
use crate::services::operation::operations;
use crate::state::org::{FeatureSet, Org, OrgRecord};
use crate::state::policy;

operations! {
    json:
    create_organization::CreateOrganization,
    delete_organization::DeleteOrganization,
    describe_organization::DescribeOrganization,
    enable_all_features::EnableAllFeatures,
    leave_organization::LeaveOrganization,
    list_roots::ListRoots,
    remove_account_from_organization::RemoveAccountFromOrganization,
}

/// An organization on the wire (accounts.md 2.6).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationOutput<'a> {
    id: OrgId,
    arn: String,
    feature_set: FeatureSet,
    master_account_arn: String,
    master_account_id: AccountId,
    master_account_email: &'a str,
    available_policy_types: &'static [PolicyType],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyType {
    r#type: &'static str,
    status: &'static str,
}

/// A root on the wire, with the policy types that are enabled in it, ordered by name (policies.md 1.3).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Root {
    id: RootId,
    arn: String,
    name: &'static str,
    policy_types: Vec<PolicyType>,
}

/// A root as an answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RootReply {
    pub(crate) root: Root,
}

impl Root {
    /// The root of an organization. One type may show as only being enabled.
    pub(crate) fn of(record: &OrgRecord, pending: Option<policy::PolicyType>) -> Self {
        let (partition, management, org, id) =
            (record.partition.wire(), record.management, record.id, record.root);
        let status = |r#type| if pending == Some(r#type) { "PENDING_ENABLE" } else { "ENABLED" };
        let types = record.policy_types.keys();
        Self {
            id,
            arn: format!("arn:{partition}:organizations::{management}:root/{org}/{id}"),
            name: "Root",
            policy_types: types.map(|t| PolicyType { r#type: t.wire(), status: status(*t) }).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    organization: OrganizationOutput<'a>,
}

impl<'a> Output<'a> {
    fn new(record: &OrgRecord, management_email: &'a str) -> Self {
        let (partition, management, id) = (record.partition.wire(), record.management, record.id);
        Self {
            organization: OrganizationOutput {
                id,
                arn: format!("arn:{partition}:organizations::{management}:organization/{id}"),
                feature_set: record.feature_set,
                master_account_arn: crate::services::organizations::accounts::arn(record, management),
                master_account_id: management,
                master_account_email: management_email,
                // Deprecated and incomplete on AWS: it says the same of every organization with all features
                // (accounts.md 3.1).
                available_policy_types: match record.feature_set {
                    FeatureSet::All => &[PolicyType { r#type: "SERVICE_CONTROL_POLICY", status: "ENABLED" }],
                    FeatureSet::ConsolidatedBilling => &[],
                },
            },
        }
    }

    fn of(org: &'a Org, record: &OrgRecord) -> Result<Self, Stop> {
        let management = org.member(record.management).ok_or(Refusal::Internal)?;
        Ok(Self::new(record, management.email.as_str()))
    }
}
