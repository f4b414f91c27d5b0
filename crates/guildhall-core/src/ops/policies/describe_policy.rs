//! DescribePolicy: a policy with its document (policies.md 1). Management account and delegated administrators.
//! Refuses: PolicyNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::{Found, find, summary};
use crate::access::{self, Access};
use crate::command::reply_with;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::ops::Operation;
use crate::policy::Full;
use crate::rules::policy;
use crate::view::View;

/// The operation.
pub struct DescribePolicy;

/// Its input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
}

impl Operation for DescribePolicy {
    const NAME: &'static str = "DescribePolicy";
    const ACCESS: Access = Access::ManagementOrDelegate;
    const MODE: Mode = Mode::Read;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        let found = find(org, &id)?;
        let content = match &found {
            Found::Managed(managed) => managed.content,
            Found::Own(policy) => &policy.record.content,
        };
        Ok(reply_with("Policy", &Full { summary: summary(record, &found), content }))
    }
}
