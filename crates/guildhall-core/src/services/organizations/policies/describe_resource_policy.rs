//! DescribeResourcePolicy: the organization's resource policy (policies.md 7.2). Management account and delegated
//! administrators, with all features.
//! Refuses: ResourcePolicyNotFound, ConstraintViolation (no all features).

use super::ResourcePolicyOutput;
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::rules::policy;
use crate::services::{Empty, Operation};
use crate::state::view::View;

pub struct DescribeResourcePolicy;

impl Operation for DescribeResourcePolicy {
    const NAME: &'static str = "DescribeResourcePolicy";
    const AUTHORITY: Authority<Empty> = Authority::<Empty>::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        let own = org.resource_policy().ok_or(OrganizationsError::ResourcePolicyNotFound)?;
        let content = policy::shown_resource_policy(own, record.partition, view)?;
        Ok(reply_with("ResourcePolicy", &ResourcePolicyOutput { record, id: own.id, content: &content }))
    }
}
