//! RegisterDelegatedAdministrator: a member administers an AWS service for the organization, and may read the
//! organization from then on (policies.md 7.1). Management account only, with all features.
//! Refuses: AccountNotFound, AccountAlreadyRegistered, ConstraintViolation (no trusted access, the management account,
//! a member that is not active, too many), InvalidInput (a service that has no delegated administrators).

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
use crate::services::organizations::errors::{
    ConstraintReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::input;
use crate::services::organizations::rules::services;
use crate::services::{EMPTY, Operation};
use crate::state::account::AccountState;
use crate::state::item::Item;
use crate::state::org::Delegate;
use crate::state::view::View;

pub struct RegisterDelegatedAdministrator;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    service_principal: Option<String>,
}

impl Operation for RegisterDelegatedAdministrator {
    const NAME: &'static str = "RegisterDelegatedAdministrator";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref())
        .key(&authority::SERVICE, |i| i.service_principal.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account: AccountId = input::id("ACCOUNT_ID", input.account_id.as_ref())?;
        let (principal, most) = services::read(cx.settings, input.service_principal.as_ref())?;
        let refuse = |reason| Err(OrganizationsError::ConstraintViolation(reason).into());
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if most == 0 {
            return Err(InvalidInput::bare(InputReason::UnrecognizedServicePrincipal).into());
        }
        let member = org.member(account).ok_or(OrganizationsError::AccountNotFound)?;
        if record.management == account {
            return refuse(ConstraintReason::CannotRegisterMasterAsDelegatedAdministrator);
        }
        if member.standing.state(cx.now) != AccountState::Active {
            return refuse(ConstraintReason::CannotRegisterSuspendedAccountAsDelegatedAdministrator);
        }
        let delegation = org.delegation();
        if delegation.trusted(&principal).is_none() {
            return refuse(ConstraintReason::ServiceAccessNotEnabled);
        }
        let administrators = delegation.administrators(&principal);
        if administrators.is_some_and(|a| a.contains(&account)) {
            return Err(OrganizationsError::AccountAlreadyRegistered.into());
        }
        if administrators.map_or(0, |a| a.len()) >= most as usize {
            return refuse(ConstraintReason::MaxDelegatedAdministratorsForServiceLimitExceeded);
        }
        let delegate = Delegate { account, principal, enabled: cx.now };
        view.put(Owner::Org(record.id), Item::Delegate(delegate));
        Ok(EMPTY)
    }
}
