//! DisablePolicyType: policies of a type do not count any more; all of them are detached, and none is deleted
//! (policies.md 1.3). Management account, and members that the organization's resource policy lets.
//! Refuses: RootNotFound, PolicyTypeNotEnabled, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::reply;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{PolicyId, RootId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input::id;
use crate::services::organizations::organization::{Root, RootReply};
use crate::services::organizations::rules::policy;
use crate::state::item::Item;
use crate::state::view::View;

pub struct DisablePolicyType;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    root_id: Option<String>,
    policy_type: Option<String>,
}

impl Operation for DisablePolicyType {
    const NAME: &'static str = "DisablePolicyType";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::ROOT, |i| i.root_id.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.policy_type.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let root: RootId = id("ROOT_ID", input.root_id.as_ref())?;
        let r#type = policy::read_type("POLICY_TYPE", input.policy_type.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        if record.root != root {
            return Err(OrganizationsError::RootNotFound.into());
        }
        let mut new = record.clone();
        if new.policy_types.remove(&r#type).is_none() {
            return Err(OrganizationsError::PolicyTypeNotEnabled.into());
        }
        for (target, old) in org.policies().nodes() {
            let mut node = old.clone();
            let of_type = |id: &PolicyId| org.policies().get(id).is_some_and(|p| p.record.r#type == r#type);
            node.attached.retain(|id| !of_type(id));
            node.withheld.retain(|t| *t != r#type);
            node.touched.remove(&r#type);
            node.held.remove(&r#type);
            if node != *old {
                policy::put_node(view, record, *target, node);
            }
        }
        let answer = reply(&RootReply { root: Root::of(&new, None) })?;
        view.put(Owner::Org(record.id), Item::Org(new));
        Ok(answer)
    }
}
