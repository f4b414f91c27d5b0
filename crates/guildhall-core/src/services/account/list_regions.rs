//! ListRegions: the regions of the caller's partition and where it stands with each, or a member, for the management
//! account and delegated administrators (accounts.md 4.9). 20 on a page unless the client wants up to 50.
//! Refuses: AccessDenied, Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::input::{self, Rule};
use super::target;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::call::page::{Listing, PAGE_MAX};
use crate::kernel::refusal::Stop;
use crate::kernel::wire_enum::WireEnum;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::regions::{self, RegionOptStatus};
use crate::state::view::View;

/// The most entries on a page.
const MOST: i64 = 50;

pub struct ListRegions;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    region_opt_status_contains: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Region {
    region_name: &'static str,
    region_opt_status: RegionOptStatus,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    regions: Vec<Region>,
}

impl Operation for ListRegions {
    const NAME: &'static str = "ListRegions";
    const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let limit = input.max_results.map(|n| input::number(n, 1, MOST)).transpose()?.unwrap_or(PAGE_MAX);
        if let Some(token) = &input.next_token {
            Rule::of(0, 1_000).check(token)?;
        }
        let wanted = wanted(input.region_opt_status_contains.as_deref().unwrap_or_default())?;
        let account = target::find(Self::NAME, input.account_id.as_ref(), cx, view)?;
        let profile = view.profile(account.id)?;
        let names: Vec<&str> = wanted.iter().map(|status| status.wire()).collect();
        let filter = format!("{} {}", account.id, names.join(" "));
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let asked = listing.open::<String>(cx, input.next_token.as_ref(), None);
        let after = asked.map_err(|_| AccountError::BadToken)?.after;
        let regions = regions::of(account.partition).iter().map(|(name, _)| *name);
        let regions = regions.filter(|name| after.as_deref().is_none_or(|after| *name > after));
        let shown = regions.filter_map(|name| {
            let region_opt_status = regions::status(account.partition, profile, name, cx.now)?;
            let region = Region { region_name: name, region_opt_status };
            (wanted.is_empty() || wanted.contains(&region_opt_status)).then_some(region)
        });
        let page = listing.page(cx, limit, shown, |region| region.region_name);
        reply(&Output { next_token: page.next_token, regions: page.entries })
    }
}

/// The statuses that are wanted; none: all.
fn wanted(texts: &[String]) -> Result<Vec<RegionOptStatus>, AccountError> {
    texts
        .iter()
        .map(|text| {
            let possible = RegionOptStatus::ALL.map(RegionOptStatus::wire);
            RegionOptStatus::from_wire(text).ok_or_else(|| input::not_in_enum(text, &possible))
        })
        .collect()
}
