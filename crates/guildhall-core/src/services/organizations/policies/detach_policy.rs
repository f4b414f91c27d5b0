//! DetachPolicy: detaches a policy from a root, unit or account (policies.md 1.5). Management account, and members that
//! the organization's resource policy lets.
//! Refuses: PolicyNotFound, TargetNotFound, PolicyNotAttached, ConstraintViolation (the last service control policy),
//! InvalidInput (RCPFullAWSAccess, which stays everywhere, too).

use serde::{Deserialize, Serialize};

use super::{PolicyRef, find};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::{
    ConstraintReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::rules::policy;
use crate::services::{EMPTY, Operation};
use crate::state::policy::PolicyType;
use crate::state::view::View;

pub struct DetachPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
    target_id: Option<String>,
}

impl Operation for DetachPolicy {
    const NAME: &'static str = "DetachPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::POLICY, |i| i.policy_id.as_deref())
        .on(&authority::TARGET, |i| i.target_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.policy_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        let target = policy::read_target(input.target_id.as_ref())?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let found = find(org, &id)?;
        let r#type = found.r#type();
        if !org.has_target(&target) {
            return Err(OrganizationsError::TargetNotFound.into());
        }
        let managed = matches!(found, PolicyRef::Managed(_));
        if managed && r#type == PolicyType::ResourceControl {
            return Err(InvalidInput::bare(InputReason::NonDetachablePolicy).into());
        }
        if !policy::is_attached(org, record, &target, &id) {
            return Err(OrganizationsError::PolicyNotAttached.into());
        }
        if r#type == PolicyType::ServiceControl && policy::count(org, &target, r#type) <= 1 {
            let reason = ConstraintReason::MinPolicyTypeAttachmentLimitExceeded;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        let mut node = org.policies().node(&target).cloned().unwrap_or_default();
        if managed {
            node.withheld.push(r#type);
        } else {
            node.attached.retain(|attached| *attached != id);
        }
        node.touched.insert(r#type, cx.now);
        policy::change_node(view, own, target, &node, r#type);
        Ok(EMPTY)
    }
}
