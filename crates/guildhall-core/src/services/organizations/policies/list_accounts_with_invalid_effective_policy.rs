//! ListAccountsWithInvalidEffectivePolicy: the accounts whose merged policy of a type is not valid, and that keep what was
//! (policies.md 5.2). Management account and delegated administrators. Ordered by id.
//! Refuses: EffectivePolicyNotFound (the type is not enabled), ConstraintViolation (no all features), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::AccountId;
use crate::kernel::json::Json;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::accounts::AccountOutput;
use crate::services::organizations::authority;
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::rules::policy;
use crate::state::view::View;

pub struct ListAccountsWithInvalidEffectivePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_type: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Operation for ListAccountsWithInvalidEffectivePolicy {
    const NAME: &'static str = "ListAccountsWithInvalidEffectivePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .key(&authority::POLICY_TYPE, |i| i.policy_type.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (r#type, _) = policy::read_merging(input.policy_type.as_ref())?;
        let listing = Listing { operation: Self::NAME, filter: r#type.wire() };
        let request = listing.open::<AccountId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if !record.policy_types.contains_key(&r#type) {
            return Err(OrganizationsError::EffectivePolicyNotFound.into());
        }
        // One more than the page has says that there is another one.
        let invalid = policy::invalid_accounts(org, r#type, request.after, request.limit + 1);
        let members = invalid.into_iter().filter_map(|id| org.member(id));
        let members = members.map(|member| AccountOutput { org, record, member, now: cx.now });
        let page = listing.page(cx, request.limit, members, |a| a.member.id);
        let mut json = Json::with_capacity(1_024);
        json.raw(r#"{"Accounts":"#)
            .list(&page.entries)
            .raw(r#","PolicyType":""#)
            .raw(r#type.wire())
            .raw("\"");
        if let Some(token) = &page.next_token {
            json.raw(r#","NextToken":"#).string(token);
        }
        json.raw("}");
        Ok(json.into_bytes())
    }
}
