//! CreateOrganization: the caller becomes the management account of a new organization (accounts.md 3.1).
//! Any standalone account may. An address that was never verified gets the mail for it (accounts.md 3.3).
//! Refuses: AlreadyInOrganization, AccessDenied (the account is being closed), ConstraintViolation (no valid
//! payment instrument, sign-up not complete, consolidated billing in GovCloud), InvalidInput.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Output;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::{access, organization_roles};
use crate::services::Operation;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input;
use crate::services::organizations::rules::membership;
use crate::services::organizations::rules::verification;
use crate::state::account::{AccountState, Partition};
use crate::state::item::Item;
use crate::state::limits::LimitOverrides;
use crate::state::org::{FeatureSet, OrgRecord, RootAccess};
use crate::state::tag::Tags;
use crate::state::view::View;

pub struct CreateOrganization;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    feature_set: Option<String>,
}

impl Operation for CreateOrganization {
    const NAME: &'static str = "CreateOrganization";
    const AUTHORITY: Authority<Input> =
        Authority::of(Rank::Account).also_on("iam:CreateServiceLinkedRole", |i: &Input, cx, view| {
            match i.feature_set.as_deref() {
                Some("CONSOLIDATED_BILLING") => Ok(Vec::new()),
                _ => organization_roles::missing(cx, view),
            }
        });
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let feature_set = input::optional_enum("FEATURE_SET", input.feature_set.as_ref())?;
        let feature_set = feature_set.unwrap_or(FeatureSet::All);
        let account = access::caller(cx, view)?;
        if account.org.is_some() {
            return Err(OrganizationsError::AlreadyInOrganization.into());
        }
        let refuse = |reason| Err(Stop::from(OrganizationsError::ConstraintViolation(reason)));
        let active = account.standing.state(cx.now) == AccountState::Active;
        if !active || !account.facts.customer_agreement || !account.facts.phone_verified {
            return refuse(ConstraintReason::AccountCreationNotComplete);
        }
        if !account.facts.can_pay() {
            return refuse(ConstraintReason::MasterAccountPaymentInstrumentRequired);
        }
        if account.partition == Partition::GovCloud && feature_set == FeatureSet::ConsolidatedBilling {
            return refuse(ConstraintReason::CreateOrganizationInBillingModeUnsupportedRegion);
        }
        let record = OrgRecord {
            id: cx.ids.org()?,
            management: cx.caller.account,
            partition: account.partition,
            root: cx.ids.root()?,
            feature_set,
            created: cx.now,
            deleted: None,
            limits: LimitOverrides::default(),
            region_opts: Vec::new(),
            root_access: RootAccess::default(),
            policy_types: BTreeMap::default(),
        };
        // Read so that the commit checks that no organization has this id.
        if view.org(record.id)?.is_some() {
            return Err(Refusal::ConcurrentModification.into());
        }
        if account.facts.email_verified {
            membership::join(cx, view, &record, account, &Tags::default());
        } else {
            let asked = verification::send(cx, view, account);
            membership::join(cx, view, &record, &asked, &Tags::default());
        }
        if feature_set == FeatureSet::All {
            organization_roles::link(cx, view, account)?;
        }
        let answer = reply(&Output::new(&record, account.email.as_str()))?;
        view.put(Owner::Org(record.id), Item::Org(record));
        Ok(answer)
    }
}
