//! CreateRole: a new role of the caller's account (identity.md 3.5). Any account; with tags TagRole is needed, too.
//! Refuses: ValidationError, InvalidInput, EntityAlreadyExists, MalformedPolicyDocument, NoSuchEntity and
//! PolicyNotAttachable for a boundary, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::shape::{RoleAnswer, RoleShape};
use super::trust;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::tags::{self, TagInput};
use crate::rules::{access, limits};
use crate::services::iam::authority::{self, BOUNDARY};
use crate::services::iam::boundary;
use crate::services::iam::errors::IamError;
use crate::services::iam::input;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::entity::Policies;
use crate::state::iam::role::{Role, SESSION_SECONDS};
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    role_name: Option<String>,
    assume_role_policy_document: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::new("role", i.path(), i.name(), cx, view))
        .key(&BOUNDARY, |i| i.permissions_boundary.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagRole", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        checks.required("roleName", i.role_name.as_deref(), &constraints::ROLE_NAME);
        let document = i.assume_role_policy_document.as_deref();
        checks.required("assumeRolePolicyDocument", document, &constraints::DOCUMENT);
        checks.optional("description", i.description.as_deref(), &constraints::DESCRIPTION);
        let bounds = (*SESSION_SECONDS.start(), *SESSION_SECONDS.end());
        checks.range("maxSessionDuration", i.max_session_duration, bounds);
        checks.optional("permissionsBoundary", i.permissions_boundary.as_deref(), &constraints::ARN);
        checks.tags(i.tags.as_deref());
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let (path, name) = (input.path(), input.name());
        let sent = input.assume_role_policy_document.as_deref().unwrap_or_default();
        let tags = input::tags(input.tags.as_deref())?;
        if path.starts_with("/aws-service-role/") {
            let what = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
            return Err(IamError::InvalidInput(what.into()).into());
        }
        let iam = view.get::<Iam>(account.id)?;
        if iam.roles.by_name(name).is_some() {
            return Err(IamError::exists("Role", name).into());
        }
        let trust = trust::keep(sent, cx, view)?;
        let boundary =
            boundary::find(input.permissions_boundary.as_deref(), iam, account, cx.settings.strict)?;
        let most = limits::of_caller(cx, view)?.roles;
        if iam.roles.len() >= most as usize {
            return Err(IamError::quota("RolesPerAccount", most).into());
        }
        let max_session = input.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        let role = Role {
            id: cx.ids.role(account.id)?,
            name: name.into(),
            path: path.into(),
            trust,
            description: input.description.as_deref().unwrap_or_default().into(),
            max_session: max_session.unwrap_or(*SESSION_SECONDS.start()),
            tags,
            created: cx.now,
            boundary,
            policies: Policies::default(),
            service: None,
            used: None,
        };
        let answer = RoleShape::of(&role, account, sent).with_tags(&role);
        view.put(Owner::Iam(account.id), Item::Role(role));
        Ok(Answer(RoleAnswer { role: answer }))
    }
}
