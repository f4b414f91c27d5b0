//! Operations on policies: writing them, attaching them, and what an account gets of them (policies.md 1, 5, 7.2).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::ids::{PolicyId, ResourcePolicyId, TargetId};
use crate::kernel::json::{Json, WriteJson};
use crate::services::operation::operations;
use crate::services::organizations::accounts;
use crate::services::organizations::errors::OrganizationsError;
use crate::state::org::{Org, OrgRecord};
use crate::state::policy::{Managed, Policy, PolicyType, Summary};

operations! {
    json:
    attach_policy::AttachPolicy,
    create_policy::CreatePolicy,
    delete_policy::DeletePolicy,
    delete_resource_policy::DeleteResourcePolicy,
    describe_effective_policy::DescribeEffectivePolicy,
    describe_policy::DescribePolicy,
    describe_resource_policy::DescribeResourcePolicy,
    detach_policy::DetachPolicy,
    disable_policy_type::DisablePolicyType,
    enable_policy_type::EnablePolicyType,
    list_accounts_with_invalid_effective_policy::ListAccountsWithInvalidEffectivePolicy,
    list_effective_policy_validation_errors::ListEffectivePolicyValidationErrors,
    list_policies::ListPolicies,
    list_policies_for_target::ListPoliciesForTarget,
    list_targets_for_policy::ListTargetsForPolicy,
    put_resource_policy::PutResourcePolicy,
    update_policy::UpdatePolicy,
}

/// A policy of either kind.
pub enum PolicyRef<'a> {
    /// One that AWS manages.
    Managed(&'static Managed),
    /// One of the organization's own.
    Own(&'a Policy),
}

impl PolicyRef<'_> {
    /// Its type.
    pub fn r#type(&self) -> PolicyType {
        match self {
            Self::Managed(managed) => managed.r#type,
            Self::Own(policy) => policy.record.r#type,
        }
    }
}

/// Finds a policy by its id.
pub fn find<'a>(org: &'a Org, id: &PolicyId) -> Result<PolicyRef<'a>, OrganizationsError> {
    match Managed::find(id) {
        Some(managed) => Ok(PolicyRef::Managed(managed)),
        None => org.policies().get(id).map(|p| PolicyRef::Own(p)).ok_or(OrganizationsError::PolicyNotFound),
    }
}

/// A list entry of either kind.
fn summary<'a>(record: &'a OrgRecord, found: &'a PolicyRef<'a>) -> Summary<'a> {
    match found {
        PolicyRef::Managed(managed) => Summary::managed(record, managed),
        PolicyRef::Own(policy) => Summary::of(record, &policy.record),
    }
}

/// A policy in a list: where it stands there, and what it is.
struct Row<'a> {
    id: PolicyId,
    summary: Summary<'a>,
}

impl WriteJson for Row<'_> {
    fn write(&self, json: &mut Json) {
        self.summary.write(json);
    }
}

/// A root, unit or account that a policy is attached to, on the wire.
struct TargetOutput<'a> {
    org: &'a Org,
    record: &'a OrgRecord,
    target: TargetId,
}

impl WriteJson for TargetOutput<'_> {
    fn write(&self, json: &mut Json) {
        let (record, target) = (self.record, &self.target);
        let arn = |kind: &str| {
            let (partition, management, org) = (record.partition.wire(), record.management, record.id);
            format!("arn:{partition}:organizations::{management}:{kind}/{org}/{target}")
        };
        let (arn, name, r#type) = match target {
            TargetId::Account(id) => {
                let name = self.org.member(*id).map_or("", |m| &*m.name);
                (accounts::arn(record, *id), name, "ACCOUNT")
            }
            TargetId::Root(_) => (arn("root"), "Root", "ROOT"),
            TargetId::Unit(id) => {
                (arn("ou"), self.org.unit(id).map_or("", |u| &*u.name), "ORGANIZATIONAL_UNIT")
            }
        };
        json.raw(r#"{"TargetId":"#).string(&target.to_string()).raw(r#","Arn":"#).string(&arn);
        json.raw(r#","Name":"#).string(name).raw(r#","Type":""#).raw(r#type).raw(r#""}"#);
    }
}

/// The organization's resource policy on the wire.
struct ResourcePolicyOutput<'a> {
    record: &'a OrgRecord,
    id: ResourcePolicyId,
    content: &'a str,
}

impl WriteJson for ResourcePolicyOutput<'_> {
    fn write(&self, json: &mut Json) {
        let (record, id) = (self.record, self.id.as_str());
        json.raw(r#"{"ResourcePolicySummary":{"Id":""#).raw(id).raw(r#"","Arn":"arn:"#);
        json.raw(record.partition.wire()).raw(":organizations::").raw(&record.management.text());
        json.raw(":resourcepolicy/").raw(record.id.as_str()).raw("/").raw(id);
        json.raw(r#""},"Content":"#).string(self.content).raw("}");
    }
}
