//! GetServiceLinkedRoleDeletionStatus: what became of the deletion of a role that a service is linked to, for a day
//! (identity.md 3.13). Any account.
//! Refuses: ValidationError, InvalidInput (no id of a task), NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::{parts, task};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::arns::arn;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::role::DELETION_KEPT;
use crate::state::view::View;

pub struct GetServiceLinkedRoleDeletionStatus;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    deletion_task_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

/// Why it failed, and where the role is in use.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reason {
    reason: &'static str,
    role_usage_list: Vec<Usage>,
}

/// What uses the role in a region.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Usage {
    region: &'static str,
    resources: Vec<String>,
}

impl Input {
    fn task(&self) -> &str {
        self.deletion_task_id.as_deref().unwrap_or_default()
    }
}

/// The role that the task is about.
fn role<'a>(i: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    let account = access::caller(cx, view)?;
    let (service, role, _) = parts(i.task()).map_or(("*", "*", None), |(s, r, id)| (s, r, Some(id)));
    let arn = arn(account, "role", &format!("/aws-service-role/{service}/"), role);
    Ok(vec![Resource { arn, ..Resource::default() }])
}

impl Operation for GetServiceLinkedRoleDeletionStatus {
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account).on_own("role", role);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("deletionTaskId", i.deletion_task_id.as_deref(), &constraints::DELETION_TASK);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let Some((_, _, id)) = parts(input.task()) else {
            return Err(IamError::InvalidInput("Invalid task id".into()).into());
        };
        let there = view.get::<Iam>(account.id)?.deletion(id);
        let there =
            there.filter(|there| task(there) == input.task() && cx.now < there.asked.plus(DELETION_KEPT));
        let deletion = there
            .ok_or_else(|| IamError::NoSuchEntity("Cannot find deletion status for given id.".into()))?;
        let arn = arn(account, "role", &format!("/aws-service-role/{}/", deletion.service), &deletion.role);
        let reason = deletion.failed.then(|| Reason {
            reason: "The role is in use: the account is in an organization with all features.",
            role_usage_list: vec![Usage { region: "us-east-1", resources: vec![arn] }],
        });
        Ok(Answer(Output { status: if deletion.failed { "FAILED" } else { "SUCCEEDED" }, reason }))
    }
}
