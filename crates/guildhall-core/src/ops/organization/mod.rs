//! Operations on the organization itself and on who is in it.

use serde::Serialize;

use crate::error::{ApiError, Stop};
use crate::ids::{AccountId, OrgId};
use crate::org::{FeatureSet, Org, OrgRecord};

pub mod create_organization;
pub mod delete_organization;
pub mod describe_organization;
pub mod enable_all_features;
pub mod leave_organization;
pub mod list_roots;
pub mod remove_account_from_organization;

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
                master_account_arn: crate::ops::accounts::arn(record, management),
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
        let management = org.member(record.management).ok_or(ApiError::Service)?;
        Ok(Self::new(record, management.email.as_str()))
    }
}
