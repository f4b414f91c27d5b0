//! ListDelegatedAdministrators: the members that administer a service, or any (policies.md 7.1). Management account and
//! delegated administrators. One row for each, with the earliest of its delegations; ordered by id.
//! Refuses: ConstraintViolation (no all features), InvalidInput.

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
use crate::services::organizations::accounts;
use crate::services::organizations::authority;
use crate::services::organizations::rules::services;
use crate::state::org::{Member, OrgRecord};
use crate::state::view::View;
use std::ops::Bound;

pub struct ListDelegatedAdministrators;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    service_principal: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

struct Row<'a> {
    record: &'a OrgRecord,
    member: &'a Member,
    since: Timestamp,
    now: Timestamp,
}

impl WriteJson for Row<'_> {
    fn write(&self, json: &mut Json) {
        let m = self.member;
        let state = m.standing.state(self.now);
        json.raw(r#"{"Id":"#)
            .string(&m.id.text())
            .raw(r#","Arn":"#)
            .string(&accounts::arn(self.record, m.id));
        json.raw(r#","Email":"#).string(m.email.as_str()).raw(r#","Name":"#).string(&m.name);
        json.raw(r#","Status":""#).raw(state.status()).raw(r#"","State":""#).raw(state.wire());
        json.raw(r#"","JoinedMethod":""#).raw(m.method.wire()).raw(r#"","JoinedTimestamp":"#).time(m.joined);
        json.raw(r#","DelegationEnabledDate":"#).time(self.since).raw("}");
    }
}

impl Operation for ListDelegatedAdministrators {
    const NAME: &'static str = "ListDelegatedAdministrators";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .key(&authority::SERVICE, |i| i.service_principal.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let service = match &input.service_principal {
            Some(text) => Some(services::read(cx.settings, Some(text))?.0),
            None => None,
        };
        let filter = service.map(|s| s.to_string()).unwrap_or_default();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<AccountId>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        let from = request.after.map_or(Bound::Unbounded, Bound::Excluded);
        let since = |services: &imbl::OrdMap<ServicePrincipal, Timestamp>| match &service {
            Some(service) => services.get(service).copied(),
            None => services.values().min().copied(),
        };
        let delegates = org.delegation().delegates().range((from, Bound::Unbounded));
        let rows = delegates.filter_map(|(id, services)| {
            Some(Row { record, member: org.member(*id)?, since: since(services)?, now: cx.now })
        });
        let page = listing.page(cx, request.limit, rows, |r| r.member.id);
        Ok(page.reply("DelegatedAdministrators"))
    }
}
