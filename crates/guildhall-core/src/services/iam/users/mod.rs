//! Users (identity.md 3.2).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::{Who, principal};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::iam::Iam;
use crate::state::iam::user::User;
use crate::state::view::View;

pub mod shape;

operations! {
    query:
    create_user::CreateUser,
    delete_user::DeleteUser,
    get_user::GetUser,
    list_service_specific_credentials::ListServiceSpecificCredentials,
    list_signing_certificates::ListSigningCertificates,
    list_ssh_public_keys::ListSSHPublicKeys,
    list_users::ListUsers,
    update_user::UpdateUser,
}

/// The user of this name in the caller's account.
pub(super) fn find<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a User, Stop> {
    let iam = view.get::<Iam>(cx.caller.account)?;
    Ok(iam.users.by_name(name).ok_or_else(|| IamError::missing("user", name))?)
}

/// The user of this name; without a name the caller, of whom the root user is none. Refuses callers that are no users.
pub(super) fn find_or_caller<'a>(
    name: Option<&str>,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<Option<&'a User>, Stop> {
    if let Some(name) = name {
        return find(name, cx, view).map(Some);
    }
    let id = match principal(cx, view)?.who {
        Who::Root => return Ok(None),
        Who::User(user) => user.id,
        Who::Role(..) | Who::Federated(..) => return Err(must_specify_user().into()),
    };
    let user = view.get::<Iam>(cx.caller.account)?.users.by_id(id);
    Ok(Some(user.ok_or(Refusal::UnknownPrincipal)?))
}

/// Who is no user has to say which one is meant.
pub(super) fn must_specify_user() -> IamError {
    IamError::ValidationError("Must specify userName when calling with non-User credentials".into())
}

/// The input of operations that name a user and nothing else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserInput {
    user_name: Option<String>,
}

impl UserInput {
    pub(super) fn name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    /// The name, where there is one.
    pub(super) fn required_name(&self) -> &str {
        self.name().unwrap_or_default()
    }

    pub(super) fn validate(&self, rule: &constraints::Rule) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", self.name(), rule);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    pub(super) fn validate_required(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("userName", self.name(), &constraints::ENTITY_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }
}

/// The input of lists of what a user has.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserListInput {
    pub(super) user_name: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<i64>,
}

impl UserListInput {
    pub(super) fn name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    /// Where the caller is meant without a name.
    pub(super) fn validate(&self, rule: &constraints::Rule) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", self.name(), rule);
        checks.page(self.marker.as_deref(), self.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    /// Where a name is needed.
    pub(super) fn validate_required(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("userName", self.name(), &constraints::ENTITY_NAME);
        checks.page(self.marker.as_deref(), self.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }
}
