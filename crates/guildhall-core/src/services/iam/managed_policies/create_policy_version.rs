//! CreatePolicyVersion: another version of a managed policy, which counts at once if it is to be the default (identity.md
//! 3.7). Numbers do not come back. Any account.
//! Refuses: ValidationError, AccessDenied (policies of AWS), NoSuchEntity, MalformedPolicyDocument, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::shape::{VersionAnswer, VersionShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{ARN, Checks, DOCUMENT};
use crate::rules::limits;
use crate::rules::managed::Version;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::policy::{ManagedPolicy, PolicyVersion};
use crate::state::view::View;

pub struct CreatePolicyVersion;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    policy_document: Option<String>,
    set_as_default: Option<bool>,
}

impl Input {
    fn arn(&self) -> &str {
        self.policy_arn.as_deref().unwrap_or_default()
    }
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<VersionAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyArn", i.policy_arn.as_deref(), &ARN);
        checks.required("policyDocument", i.policy_document.as_deref(), &DOCUMENT);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let arn = input.arn();
        super::check_own(arn, account, "Cannot create versions for policies outside your own account.")?;
        let mut policy = ManagedPolicy::find(arn, account, iam)?.clone();
        let document = super::document(input.policy_document.as_deref().unwrap_or_default(), cx, view)?;
        let most = limits::of_caller(cx, view)?.policy_versions;
        if policy.versions.len() >= most as usize {
            let what = format!(
                "A managed policy can have up to {most} versions. Before you create a new version, you must delete an \
                 existing version."
            );
            return Err(IamError::LimitExceeded(what.into()).into());
        }
        let number = policy.last.saturating_add(1);
        let is_default = input.set_as_default.unwrap_or(false);
        let version = PolicyVersion { number, document, created: cx.now };
        let shown = Version {
            id: version.id(),
            document: version.document.as_str(),
            is_default,
            created: cx.now.iso8601(),
        };
        let answer = VersionShape::of(&shown);
        policy.versions.push(version);
        policy.last = number;
        policy.updated = cx.now;
        if is_default {
            policy.default = number;
        }
        view.put(Owner::Iam(account.id), policy.item());
        Ok(Answer(VersionAnswer { policy_version: answer }))
    }
}
