//! DeregisterDelegatedAdministrator: a member does not administer an AWS service any more (policies.md 7.1).
//! Management account only, with all features.
//! Refuses: AccountNotFound, AccountNotRegistered, ConstraintViolation (no all features), InvalidInput.

use serde::{Deserialize, Serialize};

use super::check_all_features;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::services::organizations::rules::services;
use crate::services::{EMPTY, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeregisterDelegatedAdministrator;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    service_principal: Option<String>,
}

impl Operation for DeregisterDelegatedAdministrator {
    const NAME: &'static str = "DeregisterDelegatedAdministrator";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref())
        .key(&authority::SERVICE, |i| i.service_principal.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let (principal, _) = services::read(cx.settings, input.service_principal.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if org.member(account).is_none() {
            return Err(OrganizationsError::AccountNotFound.into());
        }
        if !org.delegation().administrators(&principal).is_some_and(|a| a.contains(&account)) {
            return Err(OrganizationsError::AccountNotRegistered.into());
        }
        view.changes.remove(Owner::Org(record.id), ItemKey::Delegate(account, principal));
        Ok(EMPTY)
    }
}
