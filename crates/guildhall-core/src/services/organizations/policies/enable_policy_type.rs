//! EnablePolicyType: policies of a type count from now on; the one that AWS manages is attached everywhere (policies.md
//! 1.3). Management account, and members that the organization's resource policy lets.
//! Refuses: RootNotFound, PolicyTypeNotAvailableForOrganization, PolicyTypeAlreadyEnabled, ConstraintViolation (the
//! type's service has no trusted access), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::reply;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{RootId, ServicePrincipal};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input::id;
use crate::services::organizations::organization::{Root, RootReply};
use crate::services::organizations::rules::policy;
use crate::state::item::Item;
use crate::state::policy::PolicyType;
use crate::state::view::View;

pub struct EnablePolicyType;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    root_id: Option<String>,
    policy_type: Option<String>,
}

impl Operation for EnablePolicyType {
    const NAME: &'static str = "EnablePolicyType";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::ROOT, |i| i.root_id.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.policy_type.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let root: RootId = id("ROOT_ID", input.root_id.as_ref())?;
        let r#type = policy::read_type("POLICY_TYPE", input.policy_type.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        if record.root != root {
            return Err(OrganizationsError::RootNotFound.into());
        }
        policy::check_available(record)?;
        if record.policy_types.contains_key(&r#type) {
            return Err(OrganizationsError::PolicyTypeAlreadyEnabled.into());
        }
        let service: Option<ServicePrincipal> = r#type.service().and_then(|name| name.parse().ok());
        if service.is_some_and(|service| org.delegation().trusted(&service).is_none()) {
            return Err(OrganizationsError::ConstraintViolation(
                ConstraintReason::ServiceAccessNotEnabledForPolicyType,
            )
            .into());
        }
        let mut new = record.clone();
        new.policy_types.insert(r#type, cx.now);
        // The first answer about resource control policies says so on AWS (observed.md 58).
        let pending = (r#type == PolicyType::ResourceControl).then_some(r#type);
        let answer = reply(&RootReply { root: Root::of(&new, pending) })?;
        view.put(Owner::Org(record.id), Item::Org(new));
        Ok(answer)
    }
}
