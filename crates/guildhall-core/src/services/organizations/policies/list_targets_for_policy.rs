//! ListTargetsForPolicy: the roots, units and accounts that a policy is attached to (policies.md 1.5). Management account
//! and delegated administrators. Accounts, the root, units, each by id.
//! Refuses: PolicyNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use super::{PolicyRef, TargetOutput, find};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::{AccountId, TargetId, UnitId};
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::rules::policy;
use crate::state::org::{Org, OrgRecord};
use crate::state::view::View;

pub struct ListTargetsForPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// Every account, the root and every unit, after `last`.
fn everything<'a>(
    org: &'a Org,
    record: &'a OrgRecord,
    last: Option<TargetId>,
) -> impl Iterator<Item = TargetId> + 'a {
    let accounts: Option<Option<AccountId>> = match last {
        None => Some(None),
        Some(TargetId::Account(id)) => Some(Some(id)),
        _ => None,
    };
    let units: Option<UnitId> = match last {
        Some(TargetId::Unit(id)) => Some(id),
        _ => None,
    };
    let root = accounts.is_some().then_some(TargetId::Root(record.root));
    let accounts = accounts.into_iter().flat_map(|after| org.members_after(after));
    accounts
        .map(|m| TargetId::Account(m.id))
        .chain(root)
        .chain(org.units_after(units).map(|u| TargetId::Unit(u.id)))
}

impl Operation for ListTargetsForPolicy {
    const NAME: &'static str = "ListTargetsForPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::POLICY, |i| i.policy_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.policy_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        let filter = id.to_string();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<TargetId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        let targets: Box<dyn Iterator<Item = TargetId>> = match find(org, &id)? {
            PolicyRef::Managed(managed) if record.policy_types.contains_key(&managed.r#type) => {
                let nodes = everything(org, record, request.after);
                Box::new(nodes.filter(move |t| !org.is_withheld(t, managed.r#type)))
            }
            PolicyRef::Managed(_) => Box::new(std::iter::empty()),
            PolicyRef::Own(_) => Box::new(org.policies().targets(&id, request.after)),
        };
        let targets = targets.map(|target| TargetOutput { org, record, target });
        let page = listing.page(cx, request.limit, targets, |t| t.target);
        Ok(page.reply("Targets"))
    }
}
