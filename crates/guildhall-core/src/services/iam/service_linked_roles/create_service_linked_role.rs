//! CreateServiceLinkedRole: the role that a service links to itself (identity.md 3.13). Any account. A role of
//! Organizations is noted in the account's organization.
//! Refuses: ValidationError, InvalidInput (no service that does so, no suffix allowed, the name is taken),
//! LimitExceeded.

use guildhall_policy::iam::aws::ServiceRole;
use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::arns::arn;
use crate::rules::authority::{Authority, KeyKind, Rank, Resource};
use crate::rules::constraints::{self, Checks};
use crate::rules::{access, limits, linked_roles, organization_roles};
use crate::services::iam::errors::IamError;
use crate::services::iam::roles::shape::{RoleAnswer, RoleShape};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::role::Role;
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateServiceLinkedRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "AWSServiceName")]
    aws_service_name: Option<String>,
    description: Option<String>,
    custom_suffix: Option<String>,
}

impl Input {
    fn service(&self) -> &str {
        self.aws_service_name.as_deref().unwrap_or_default()
    }
}

/// The service that the role is for.
static SERVICE: KeyKind = KeyKind {
    names: &["iam:AWSServiceName"],
    put: |_, service, context| match service {
        Some(service) => context.one("iam:AWSServiceName", service),
        None => context,
    },
};

/// The role that is to be made; of services that are not known, whatever they would call it.
fn role<'a>(i: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    let account = access::caller(cx, view)?;
    let name =
        ServiceRole::of(i.service()).map(|known| linked_roles::name(known, i.custom_suffix.as_deref()));
    let path = format!("/aws-service-role/{}/", i.service());
    let arn = arn(account, "role", &path, &name.unwrap_or_else(|| "*".to_owned()));
    Ok(vec![Resource { arn, ..Resource::default() }])
}

impl Operation for CreateServiceLinkedRole {
    const NAME: &'static str = "CreateServiceLinkedRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", role)
        .key(&SERVICE, |i| i.aws_service_name.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("aWSServiceName", i.aws_service_name.as_deref(), &constraints::ENTITY_NAME);
        checks.optional("description", i.description.as_deref(), &constraints::DESCRIPTION);
        checks.optional("customSuffix", i.custom_suffix.as_deref(), &constraints::ROLE_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let (name, suffix) = (input.service(), input.custom_suffix.as_deref());
        let invalid = |what: String| Stop::from(IamError::InvalidInput(what.into()));
        let service = ServiceRole::of(name)
            .ok_or_else(|| invalid(format!("Service {name} does not support service-linked roles")))?;
        if suffix.is_some() && !service.takes_suffix() {
            return Err(invalid(format!("Custom suffix is not allowed for {name}")));
        }
        let role_name = linked_roles::name(service, suffix);
        let mut checks = Checks::default();
        checks.required("roleName", Some(&role_name), &constraints::ROLE_NAME);
        checks.finish().map_err(IamError::from)?;
        let iam = view.get::<Iam>(account.id)?;
        if iam.roles.by_name(&role_name).is_some() {
            return Err(invalid(format!(
                "Service role name {role_name} has been taken in this account, please try a different suffix."
            )));
        }
        let most = limits::of_caller(cx, view)?.roles;
        if iam.roles.len() >= most as usize {
            return Err(IamError::quota("RolesPerAccount", most).into());
        }
        let id = cx.ids.role(account.id)?;
        let new = linked_roles::role(service, suffix, id, account.partition, cx.now);
        let description = input.description.as_deref().map_or(new.description.clone(), Into::into);
        let new = Role { description, ..new };
        if let Some(org) = account.org.filter(|_| organization_roles::is_linked(&new)) {
            organization_roles::note(view, org, account.id, false)?;
        }
        let answer = RoleShape::of(&new, account, new.trust.as_str());
        view.put(Owner::Iam(account.id), Item::Role(new));
        Ok(Answer(RoleAnswer { role: answer }))
    }
}
