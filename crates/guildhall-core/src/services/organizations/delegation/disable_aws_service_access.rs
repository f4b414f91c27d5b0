//! DisableAWSServiceAccess: takes trusted access away from an AWS service (policies.md 8). Management account only,
//! with all features. Where it is off already nothing changes.
//! Refuses: InvalidInput (a service that is not known), ConstraintViolation (no all features, or the service has a
//! delegated administrator, or a policy type of it is enabled).

use serde::{Deserialize, Serialize};

use super::check_all_features;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::rules::services;
use crate::services::{EMPTY, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DisableAWSServiceAccess;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    service_principal: Option<String>,
}

impl Operation for DisableAWSServiceAccess {
    const NAME: &'static str = "DisableAWSServiceAccess";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).key(&authority::SERVICE, |i| i.service_principal.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (principal, _) = services::read(cx.settings, input.service_principal.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if org.delegation().administrators(&principal).is_some() {
            let reason = ConstraintReason::DelegatedAdministratorExistsForThisService;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        if record.policy_types.keys().any(|t| t.service() == Some(principal.as_str())) {
            let reason = ConstraintReason::PolicyTypeEnabledForThisService;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        if org.delegation().trusted(&principal).is_some() {
            view.changes.remove(Owner::Org(record.id), ItemKey::Service(principal));
        }
        Ok(EMPTY)
    }
}
