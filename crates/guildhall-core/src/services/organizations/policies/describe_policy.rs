//! DescribePolicy: a policy with its document (policies.md 1). Management account and delegated administrators.
//! Refuses: PolicyNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::{PolicyRef, find, summary};
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::rules::policy;
use crate::state::policy::Full;
use crate::state::view::View;

pub struct DescribePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
}

impl Operation for DescribePolicy {
    const NAME: &'static str = "DescribePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::POLICY, |i| i.policy_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.policy_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        let found = find(org, &id)?;
        let content = match &found {
            PolicyRef::Managed(managed) => managed.content,
            PolicyRef::Own(policy) => &policy.record.content,
        };
        Ok(reply_with("Policy", &Full { summary: summary(record, &found), content }))
    }
}
