//! ListPoliciesForTarget: the policies of a type that are attached to a root, unit or account itself, the one that AWS
//! manages first, the others by id, so that a page goes on behind a policy that is gone (policies.md 1.5). Management account and
//! delegated administrators.
//! Refuses: TargetNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::PolicyId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::rules::policy;
use crate::state::policy::{Managed, Summary};
use crate::state::view::View;

pub struct ListPoliciesForTarget;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    target_id: Option<String>,
    filter: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListPoliciesForTarget {
    const NAME: &'static str = "ListPoliciesForTarget";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::TARGET, |i| i.target_id.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.filter.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let target = policy::read_target(input.target_id.as_ref())?;
        let r#type = policy::read_type("FILTER", input.filter.as_ref())?;
        let filter = format!("{target} {}", r#type.wire());
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<PolicyId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        if !org.has_target(&target) {
            return Err(OrganizationsError::TargetNotFound.into());
        }
        let after_managed = request.after.as_ref().is_some_and(|id| Managed::find(id).is_some());
        let managed = r#type.managed().filter(|_| request.after.is_none());
        let managed = managed.filter(|_| record.policy_types.contains_key(&r#type));
        let managed = managed.filter(|_| !org.is_withheld(&target, r#type));
        let managed =
            managed.and_then(|m| Some(Row { id: m.policy_id()?, summary: Summary::managed(record, m) }));
        let last = request.after.filter(|_| !after_managed);
        let mut attached: Vec<_> = org.policies().attached(&target, r#type).collect();
        attached.retain(|p| last.is_none_or(|last| p.record.id > last));
        attached.sort_unstable_by_key(|p| p.record.id);
        let attached =
            attached.into_iter().map(|p| Row { id: p.record.id, summary: Summary::of(record, &p.record) });
        let page = listing.page(cx, request.limit, managed.into_iter().chain(attached), |row| row.id);
        Ok(page.reply("Policies"))
    }
}
