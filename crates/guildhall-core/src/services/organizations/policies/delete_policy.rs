//! DeletePolicy: takes away a policy that is attached nowhere, and its tags (policies.md 1.4). Management account, and
//! members that the organization's resource policy lets.
//! Refuses: PolicyNotFound, PolicyInUse, InvalidInput (a policy that AWS manages, too).

use serde::{Deserialize, Serialize};

use super::{PolicyRef, find};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TaggableId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::rules::policy;
use crate::services::{EMPTY, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeletePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::POLICY, |i| i.policy_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.policy_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        if let PolicyRef::Managed(_) = find(org, &id)? {
            return Err(InvalidInput::bare(InputReason::ImmutablePolicy).into());
        }
        if org.policies().targets(&id, None).next().is_some() {
            return Err(OrganizationsError::PolicyInUse.into());
        }
        let (owner, resource) = (Owner::Org(record.id), TaggableId::Policy(id));
        if org.tags(&resource).is_some() {
            view.changes.remove(owner.clone(), ItemKey::Tags(resource));
        }
        view.changes.remove(owner, ItemKey::Policy(id));
        Ok(EMPTY)
    }
}
