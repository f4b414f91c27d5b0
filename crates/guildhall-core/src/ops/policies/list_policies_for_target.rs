//! ListPoliciesForTarget: the policies of a type that are attached to a root, unit or account itself, the one that AWS
//! manages first, the others in the order in which they were attached (policies.md 1.5). Management account and
//! delegated administrators.
//! Refuses: TargetNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::access::{self, Access};
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::{ApiError, Stop};
use crate::ids::PolicyId;
use crate::ops::Operation;
use crate::page::Listing;
use crate::policy::Summary;
use crate::rules::policy;
use crate::view::View;

/// The operation.
pub struct ListPoliciesForTarget;

/// Its input.
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
    const ACCESS: Access = Access::ManagementOrDelegate;
    const MODE: Mode = Mode::Read;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let target = policy::read_target(input.target_id.as_ref())?;
        let r#type = policy::read_type("FILTER", input.filter.as_ref())?;
        let filter = format!("{target} {}", r#type.wire());
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<PolicyId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        if !org.has_target(&target) {
            return Err(ApiError::TargetNotFound.into());
        }
        let managed = r#type.managed().filter(|_| record.policy_types.contains_key(&r#type));
        let managed = managed.filter(|_| !policy::is_withheld(org, &target, r#type));
        let managed =
            managed.and_then(|m| Some(Row { id: m.policy_id()?, summary: Summary::managed(record, m) }));
        let attached = org.policies().attached(&target, r#type);
        let attached = attached.map(|p| Row { id: p.record.id, summary: Summary::of(record, &p.record) });
        let all: Vec<Row<'_>> = managed.into_iter().chain(attached).collect();
        // A handful: what comes after the last one shown, or everything if that one is gone.
        let shown = request.after.and_then(|last| all.iter().position(|row| row.id == last));
        let rest = all.into_iter().skip(shown.map_or(0, |n| n + 1));
        let page = listing.page(cx, request.limit, rest, |row| row.id);
        Ok(page.reply("Policies"))
    }
}
