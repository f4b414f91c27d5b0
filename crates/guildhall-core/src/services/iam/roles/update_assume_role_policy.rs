//! UpdateAssumeRolePolicy: another trust policy for a role. The principals that it names are looked up anew; running
//! sessions go on (identity.md 3.5, 4.3). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, MalformedPolicyDocument, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::trust;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateAssumeRolePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    policy_document: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view))
        .keys(&["iam:PermissionsBoundary"]);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &constraints::ROLE_NAME);
        checks.required("policyDocument", i.policy_document.as_deref(), &constraints::DOCUMENT);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let role = super::find_own(input.name(), cx, view)?;
        let trust = trust::keep(input.policy_document.as_deref().unwrap_or_default(), cx, view)?;
        view.put(Owner::Iam(cx.caller.account), Item::Role(Role { trust, ..role.clone() }));
        Ok(Answer(()))
    }
}
