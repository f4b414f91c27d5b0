//! EnableAWSServiceAccess: gives an AWS service trusted access to the organization (policies.md 8). Management account
//! only, with all features. Enabling it again changes nothing.
//! Refuses: InvalidInput (a service that is not known), ConstraintViolation (no all features).

use serde::{Deserialize, Serialize};

use super::check_all_features;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::rules::services;
use crate::services::{EMPTY, Operation};
use crate::state::item::Item;
use crate::state::org::ServiceAccess;
use crate::state::view::View;

pub struct EnableAWSServiceAccess;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    service_principal: Option<String>,
}

impl Operation for EnableAWSServiceAccess {
    const NAME: &'static str = "EnableAWSServiceAccess";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Management).key(&authority::SERVICE, |i| i.service_principal.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (principal, _) = services::read(cx.settings, input.service_principal.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        if org.delegation().trusted(&principal).is_none() {
            let access = ServiceAccess { principal, enabled: cx.now };
            view.put(Owner::Org(record.id), Item::Service(access));
        }
        Ok(EMPTY)
    }
}
