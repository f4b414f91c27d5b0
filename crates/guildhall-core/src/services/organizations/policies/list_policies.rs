//! ListPolicies: the policies of a type, the one that AWS manages first (policies.md 1). Management account and delegated
//! administrators. The others are ordered by id.
//! Refuses: InvalidInput.

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
use crate::services::organizations::rules::policy;
use crate::state::org::FeatureSet;
use crate::state::policy::{Managed, Summary};
use crate::state::view::View;

pub struct ListPolicies;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    filter: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .key(&authority::POLICY_TYPE, |i| i.filter.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let r#type = policy::read_type("FILTER", input.filter.as_ref())?;
        let listing = Listing { operation: Self::NAME, filter: r#type.wire() };
        let request = listing.open::<PolicyId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        let after_managed = request.after.as_ref().is_some_and(|id| Managed::find(id).is_some());
        let managed =
            r#type.managed().filter(|_| request.after.is_none() && record.feature_set == FeatureSet::All);
        let managed =
            managed.and_then(|m| Some(Row { id: m.policy_id()?, summary: Summary::managed(record, m) }));
        let own = org.policies().of_type(r#type, request.after.filter(|_| !after_managed));
        let own = own.map(|p| Row { id: p.record.id, summary: Summary::of(record, &p.record) });
        let page = listing.page(cx, request.limit, managed.into_iter().chain(own), |row| row.id);
        Ok(page.reply("Policies"))
    }
}
