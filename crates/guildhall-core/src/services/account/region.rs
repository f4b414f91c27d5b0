//! What the operations about one region share: which one is named, and switching it.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::{AccountError, DeniedBecause};
use super::input::{self, Rule};
use super::target;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::Authority;
use crate::state::account::AccountRecord;
use crate::state::item::Item;
use crate::state::org::OrgRecord;
use crate::state::profile::Profile;
use crate::state::regions::{self, RegionOpt, RegionOptStatus};
use crate::state::view::View;

/// The input of the operations about one region.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    region_name: Option<String>,
}

/// Who may call the operations about one region.
pub(super) const AUTHORITY: Authority<Input> = authority::on_account::<Input>(|i| i.account_id.as_deref())
    .key(&authority::REGION, |i| i.region_name.as_deref());

/// A region and the account that it is asked about.
pub(super) struct Named<'i, 'a> {
    pub(super) name: &'i str,
    pub(super) status: RegionOptStatus,
    account: &'a AccountRecord,
}

/// The region that is named. A name that is none by its letters is told as a denial, as it was recorded.
pub(super) fn find<'i, 'a>(
    operation: &'static str,
    input: &'i Input,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<Named<'i, 'a>, Stop> {
    let name = Rule::of(1, 50).check(input::required("RegionName", input.region_name.as_ref())?)?;
    let account = target::find(operation, input.account_id.as_ref(), cx, view)?;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(target::denied(operation, DeniedBecause::Region, cx, view)?.into());
    }
    let profile = view.profile(account.id)?;
    let status = regions::status(account.partition, profile, name, cx.now)
        .ok_or_else(|| AccountError::UnknownRegion(name.to_owned()))?;
    Ok(Named { name, status, account })
}

/// Begins to enable or to disable a region.
pub(super) fn switch(
    operation: &'static str,
    input: &Input,
    enable: bool,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<(), Stop> {
    let Named { name, status, account } = find(operation, input, cx, view)?;
    match (status, enable) {
        (RegionOptStatus::Disabled, true) | (RegionOptStatus::Enabled, false) => {}
        (RegionOptStatus::Enabling | RegionOptStatus::Disabling, _) => {
            return Err(AccountError::RegionBusy { account: account.id, region: name.to_owned() }.into());
        }
        _ => return Err(AccountError::RegionStatus.into()),
    }
    let org = match account.org {
        Some(id) => Some(view.org(id)?.ok_or(Refusal::Internal)?.1),
        None => None,
    };
    let limits = org.map_or_else(|| cx.settings.limits.clone(), |record| cx.settings.limits.of(record));
    let profile = view.profile(account.id)?.cloned().unwrap_or_default();
    let running = profile.regions.values().filter(|opt| cx.now < opt.done).count();
    if running >= limits.regions_at_once as usize {
        return Err(AccountError::RegionQuota("an account").into());
    }
    let done = cx.now.plus(i64::from(limits.region_millis));
    if let Some(record) = org {
        let mut ends = record.region_opts.clone();
        ends.retain(|end| cx.now < *end);
        if ends.len() >= limits.organization_regions_at_once as usize {
            return Err(AccountError::RegionQuota("an organization").into());
        }
        if cx.now < done {
            ends.push(done);
            let record = OrgRecord { region_opts: ends, ..record.clone() };
            view.put(Owner::Org(record.id), Item::Org(record));
        }
    }
    let mut regions = profile.regions.clone();
    regions.insert(name.into(), RegionOpt { enable, done });
    view.put(Owner::Account(account.id), Item::Profile(Profile { regions, ..profile }.into()));
    Ok(())
}
