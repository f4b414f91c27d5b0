//! ListAWSServiceAccessForOrganization: the services with trusted access, and since when (policies.md 8). Management
//! account and delegated administrators. Ordered by name.
//! Refuses: ConstraintViolation (no all features), InvalidInput.

use serde::{Deserialize, Serialize};

use super::check_all_features;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::ServicePrincipal;
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::refusal::Stop;
use crate::kernel::time::Timestamp;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::state::view::View;
use std::ops::Bound;

pub struct ListAWSServiceAccessForOrganization;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
}

struct Enabled<'a> {
    principal: &'a ServicePrincipal,
    enabled: Timestamp,
}

impl WriteJson for Enabled<'_> {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"ServicePrincipal":""#).raw(self.principal.as_str());
        json.raw(r#"","DateEnabled":"#).time(self.enabled).raw("}");
    }
}

impl Operation for ListAWSServiceAccessForOrganization {
    const NAME: &'static str = "ListAWSServiceAccessForOrganization";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let listing = Listing { operation: Self::NAME, filter: "" };
        let request = listing.open::<ServicePrincipal>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        let from = request.after.map_or(Bound::Unbounded, Bound::Excluded);
        let services = org.delegation().services().range((from, Bound::Unbounded));
        let services = services.map(|(principal, enabled)| Enabled { principal, enabled: *enabled });
        let page = listing.page(cx, request.limit, services, |s| *s.principal);
        Ok(page.reply("EnabledServicePrincipals"))
    }
}
