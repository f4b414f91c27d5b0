//! CloseAccount: closes a member: it is being closed, then closed for 90 days, then gone from the organization
//! (accounts.md 4.6). Management account only, with all features, and not in GovCloud. A pair in GovCloud closes too.
//! Refuses: AccountNotFound, AccountAlreadyClosed, Conflict (it is being closed), ConstraintViolation (the management
//! account, no all features, too many at a time or in 30 days), InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input;
use crate::services::organizations::rules::closure;
use crate::services::{EMPTY, Operation};
use crate::state::account::AccountState;
use crate::state::account::Partition;
use crate::state::limits::{Limits, days};
use crate::state::org::{FeatureSet, Org};
use crate::state::view::View;

pub struct CloseAccount;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
}

fn refuse<T>(reason: ConstraintReason) -> Result<T, Stop> {
    Err(OrganizationsError::ConstraintViolation(reason).into())
}

fn check_quotas(cx: &Cx<'_>, org: &Org, limits: &Limits) -> Result<(), Stop> {
    if org.closing(cx.now) >= limits.closures_at_once as usize {
        return refuse(ConstraintReason::CloseAccountRequestsLimitExceeded);
    }
    if org.closures_since(cx.now.plus(-days(30))) >= limits.closures(org.members_len()) as usize {
        return refuse(ConstraintReason::CloseAccountQuotaExceeded);
    }
    Ok(())
}

impl Operation for CloseAccount {
    const NAME: &'static str = "CloseAccount";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).on(&authority::ACCOUNT, |i| i.account_id.as_deref());
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws, Partition::China];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        if record.feature_set != FeatureSet::All {
            return refuse(ConstraintReason::OrganizationNotInAllFeaturesMode);
        }
        if record.management == id {
            return refuse(ConstraintReason::CannotCloseManagementAccount);
        }
        let member = org.member(id).ok_or(OrganizationsError::AccountNotFound)?;
        match member.standing.state(cx.now) {
            AccountState::Closed => return Err(OrganizationsError::AccountAlreadyClosed.into()),
            AccountState::PendingClosure => return Err(OrganizationsError::Conflict.into()),
            _ => {}
        }
        let limits = cx.settings.limits.of(record);
        check_quotas(cx, org, &limits)?;
        let account = view.account(id)?.ok_or(Refusal::Internal)?;
        closure::begin(cx, view, account, &limits)?;
        Ok(EMPTY)
    }
}
