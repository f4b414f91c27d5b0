//! ListDelegatedServicesForAccount: the services that a member administers, and since when (policies.md 7.1).
//! Management account and delegated administrators. Ordered by name.
//! Refuses: AccountNotFound, AccountNotRegistered, ConstraintViolation (no all features), InvalidInput.

use serde::{Deserialize, Serialize};

use super::check_all_features;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::{AccountId, ServicePrincipal};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::refusal::Stop;
use crate::kernel::time::Timestamp;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::view::View;
use std::ops::Bound;

pub struct ListDelegatedServicesForAccount;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

struct Delegated<'a> {
    principal: &'a ServicePrincipal,
    enabled: Timestamp,
}

impl WriteJson for Delegated<'_> {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"ServicePrincipal":""#).raw(self.principal.as_str());
        json.raw(r#"","DelegationEnabledDate":"#).time(self.enabled).raw("}");
    }
}

impl Operation for ListDelegatedServicesForAccount {
    const NAME: &'static str = "ListDelegatedServicesForAccount";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let filter = account.to_string();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<ServicePrincipal>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if org.member(account).is_none() {
            return Err(OrganizationsError::AccountNotFound.into());
        }
        let services = org.delegation().of(account).ok_or(OrganizationsError::AccountNotRegistered)?;
        let from = request.after.map_or(Bound::Unbounded, Bound::Excluded);
        let services = services.range((from, Bound::Unbounded));
        let services = services.map(|(principal, enabled)| Delegated { principal, enabled: *enabled });
        let page = listing.page(cx, request.limit, services, |s| *s.principal);
        Ok(page.reply("DelegatedServices"))
    }
}
