//! CreateRole: a new role of the caller's account (identity.md 3.5). Any account; with tags TagRole is needed, too.
//! Refuses: ValidationError, InvalidInput, EntityAlreadyExists, MalformedPolicyDocument, NoSuchEntity for a boundary,
//! LimitExceeded.

use serde::{Deserialize, Serialize};

use super::authority::BOUNDARY;
use super::errors::IamError;
use super::input::{self, Checks};
use super::shape::{self, RoleAnswer, RoleShape};
use super::trust;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::tags::{self, TagInput};
use crate::services::{Answer, Operation};
use crate::state::account::AccountRecord;
use crate::state::iam::{Iam, Role, SESSION_SECONDS};
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
        .on_own("role", |i: &Input, account, _| {
            Ok(Resource { arn: shape::arn(account, i.path(), i.name()), tags: None })
        })
        .key(&BOUNDARY, |i| i.permissions_boundary.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagRole", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("path", i.path.as_deref(), &input::PATH);
        checks.required("roleName", i.role_name.as_deref(), &input::ROLE_NAME);
        let document = i.assume_role_policy_document.as_deref();
        checks.required("assumeRolePolicyDocument", document, &input::DOCUMENT);
        checks.optional("description", i.description.as_deref(), &input::DESCRIPTION);
        let bounds = (*SESSION_SECONDS.start(), *SESSION_SECONDS.end());
        checks.range("maxSessionDuration", i.max_session_duration, bounds);
        checks.optional("permissionsBoundary", i.permissions_boundary.as_deref(), &input::ARN);
        checks.tags(i.tags.as_deref());
        checks.finish()?;
        input::path(i.path())?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Answer<RoleAnswer>, Stop> {
        let account = access::caller(cx, view)?;
        let (path, name) = (input.path(), input.name());
        let trust = input.assume_role_policy_document.as_deref().unwrap_or_default();
        let tags = input::tags(input.tags.as_deref())?;
        if path.starts_with("/aws-service-role/") {
            let what = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
            return Err(IamError::InvalidInput(what).into());
        }
        let iam = view.get::<Iam>(account.id)?;
        if iam.role(name).is_some() {
            return Err(IamError::RoleExists(name.to_owned()).into());
        }
        trust::check(trust, cx, view)?;
        if let Some(policy) = &input.permissions_boundary {
            return Err(no_boundary(policy, account).into());
        }
        let limits = match account.org {
            Some(id) => cx.settings.limits.of(view.org(id)?.ok_or(Refusal::Internal)?.1),
            None => cx.settings.limits.clone(),
        };
        if iam.items() >= limits.roles as usize {
            return Err(IamError::Quota("RolesPerAccount", limits.roles).into());
        }
        let max_session = input.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        let role = Role {
            id: cx.ids.role(account.id)?,
            name: name.to_owned(),
            path: path.to_owned(),
            trust: trust.to_owned(),
            description: input.description.clone().unwrap_or_default(),
            max_session: max_session.unwrap_or(*SESSION_SECONDS.start()),
            tags,
            created: cx.now,
        };
        let answer = RoleAnswer { role: RoleShape::of(&role, account, trust) };
        view.put(Owner::Iam(account.id), Item::Role(role));
        Ok(Answer(answer))
    }
}

/// Why a policy cannot be the boundary: there are no managed policies yet (identity.md 3.7, 3.10).
fn no_boundary(policy: &str, account: &AccountRecord) -> IamError {
    let mut parts = policy.splitn(6, ':');
    if parts.next() != Some("arn") || parts.clone().count() != 5 {
        return IamError::Validation("Invalid ARN:  Could not be parsed!".to_owned());
    }
    if parts.next() != Some(account.partition.wire()) {
        return IamError::Validation("Invalid ARN partition".to_owned());
    }
    IamError::NoPolicy(policy.to_owned())
}
