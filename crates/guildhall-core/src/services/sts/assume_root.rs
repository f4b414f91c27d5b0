//! AssumeRoot: credentials of a member's root user for one task, within fifteen minutes (identity.md 4.8). The management
//! account and delegated administrators of IAM, once the organization has switched the task's feature on.
//! Refuses: ValidationError, AccessDenied.

use serde::{Deserialize, Serialize};

use super::authority::TASK;
use super::errors::StsError;
use super::input::PolicyInput;
use super::issue::{Credentials, NewSession, issue};
use crate::call::caller::SessionKind;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::principal;
use crate::services::{Answer, Operation};
use crate::state::view::View;

/// How long a session is, in seconds, if nobody says it, and the longest.
const SECONDS: u32 = 900;
/// The service whose delegated administrators may, too.
const SERVICE: &str = "iam.amazonaws.com";

/// Which of the organization's two features a task needs.
#[derive(Clone, Copy)]
enum Feature {
    Credentials,
    Sessions,
}

/// The tasks, by the names of their policies.
const TASKS: [(&str, Feature); 5] = [
    ("IAMAuditRootUserCredentials", Feature::Credentials),
    ("IAMCreateRootUserPassword", Feature::Credentials),
    ("IAMDeleteRootUserCredentials", Feature::Credentials),
    ("S3UnlockBucketPolicy", Feature::Sessions),
    ("SQSUnlockQueuePolicy", Feature::Sessions),
];

pub struct AssumeRoot;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    target_principal: Option<String>,
    task_policy_arn: Option<PolicyInput>,
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
}

impl Input {
    fn task(&self) -> Option<&str> {
        self.task_policy_arn.as_ref()?.arn.as_deref()
    }

    /// The account that is meant, by its id or the ARN of its root user.
    fn target(&self) -> Option<AccountId> {
        let target = self.target_principal.as_deref()?;
        let parts: Vec<&str> = target.split(':').collect();
        match parts.as_slice() {
            [id] => id.parse().ok(),
            ["arn", _, "iam", "", id, "root"] => id.parse().ok(),
            _ => None,
        }
    }

    fn feature(&self) -> Option<Feature> {
        let (before, name) = self.task()?.rsplit_once('/')?;
        let of_tasks = before.starts_with("arn:") && before.ends_with(":iam::aws:policy/root-task");
        TASKS.iter().find(|(task, _)| of_tasks && *task == name).map(|(_, feature)| *feature)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_utilization: Option<usize>,
}

fn arn(target: AccountId, cx: &Cx<'_>, view: &mut View<'_>) -> Result<String, Stop> {
    let partition = access::caller(cx, view)?.partition.wire();
    Ok(format!("arn:{partition}:iam::{target}:root"))
}

impl Operation for AssumeRoot {
    const NAME: &'static str = "AssumeRoot";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("root-user", |i, cx, view| {
            let Some(target) = i.target() else { return Ok(Vec::new()) };
            Ok(vec![Resource { arn: arn(target, cx, view)?, owner: Some(target), ..Resource::default() }])
        })
        .key(&TASK, |i| i.task());
    const MODE: Mode = Mode::Issue;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("targetPrincipal", i.target_principal.as_deref(), &constraints::TARGET_PRINCIPAL);
        checks.present("taskPolicyArn", i.task_policy_arn.is_some());
        checks.optional("taskPolicyArn.arn", i.task(), &constraints::STS_ARN);
        checks.range("durationSeconds", i.duration_seconds, (0, SECONDS));
        checks.range("minimumSessionTokenSize", i.minimum_session_token_size, (0, 4_096));
        checks.finish().map_err(StsError::from)?;
        let invalid = |what: &'static str| Err(StsError::ValidationError(what.into()).into());
        if i.target().is_none() {
            return invalid("Request must contain a valid target principal");
        }
        if i.feature().is_none() {
            return invalid("Request must contain valid AWS managed task policy ARN");
        }
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let target = input.target().ok_or(Refusal::Internal)?;
        let (feature, task) = input.feature().zip(input.task()).ok_or(Refusal::Internal)?;
        let who = principal(cx, view)?;
        let denied = |arn: String| {
            let what = format!(
                "User: {} is not authorized to perform: sts:AssumeRoot on resource: {arn}",
                who.arn()
            );
            Stop::from(StsError::AccessDenied(what.into()))
        };
        let resource = arn(target, cx, view)?;
        let Some(org) = who.account.org else { return Err(denied(resource)) };
        let (org, record) = view.org(org)?.ok_or(Refusal::Internal)?;
        let administers = record.management == who.account.id || org.is_delegate(who.account.id, SERVICE);
        let open = view.account(target)?.is_some_and(|account| account.standing.may_call(cx.now));
        let member = org.member(target).is_some() && record.management != target && open;
        if !administers || !member || (who.is_plain_root() && cx.settings.strict) {
            return Err(denied(resource));
        }
        let (on, name) = match feature {
            Feature::Credentials => (record.root_access.credentials, "Root credentials management"),
            Feature::Sessions => (record.root_access.sessions, "Root sessions"),
        };
        if !on {
            let what = format!("{name} feature is not enabled for your AWS Organization.");
            return Err(StsError::AccessDenied(what.into()).into());
        }
        let seconds = input.duration_seconds.unwrap_or(i64::from(SECONDS));
        let mut new = NewSession::new(target, SessionKind::AssumedRoot { task: task.into() }, seconds);
        new.source_identity = cx.caller.session().and_then(|session| session.source_identity.clone());
        let source_identity = new.source_identity.as_deref().map(str::to_owned);
        let issued = issue(new, input.minimum_session_token_size, cx)?;
        Ok(Answer(Output {
            credentials: issued.credentials,
            source_identity,
            session_token_size: issued.size.map(|(size, _)| size),
            session_token_utilization: issued.size.map(|(_, percent)| percent),
        }))
    }
}
