//! Begins a session of a role without asking its trust policy, for the lab's own tools
//! (`POST /_guildhall/accounts/{id}/sessions`).
//! Refuses: AccountNotFound, BadRequest.

use serde::{Deserialize, Serialize};

use crate::call::caller::SessionKind;
use crate::call::command::{Command, Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::Stop;
use crate::operator::errors::ControlError;
use crate::services::sts::issue::{NewSession, issue};
use crate::state::iam::Iam;
use crate::state::view::View;

/// The name of sessions that nobody names.
const SESSION_NAME: &str = "guildhall";

/// Which role, and for how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    role_name: String,
}

/// Begins a session.
#[derive(Clone, Debug)]
pub struct CreateSession {
    /// The account.
    pub account: AccountId,
    /// The role.
    pub input: Input,
}

impl Command for CreateSession {
    fn name(&self) -> &'static str {
        "CreateSession"
    }

    fn mode(&self) -> Mode {
        Mode::Issue
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let missing = || ControlError::AccountNotFound(self.account.to_string());
        let account = view.account(self.account)?.ok_or_else(missing)?;
        let name = &self.input.role_name;
        let iam = view.get::<Iam>(account.id)?;
        let no_role = || ControlError::BadRequest {
            member: "RoleName",
            rule: format!("account {} has no role {name:?}", account.id).into(),
        };
        let role = iam.roles.by_name(name).ok_or_else(no_role)?;
        let whose = SessionKind::Role { role: role.id, name: SESSION_NAME.into() };
        let issued = issue(NewSession::new(account.id, whose, i64::from(role.max_session)), None, cx)?;
        reply(&issued.credentials)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}
