//! Managed policies and their versions (identity.md 3.7).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use guildhall_policy::iam::{Document, Usage, quota_length};
use serde::{Deserialize, Serialize};

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::constraints::{ARN, Checks, VERSION_ID};
use crate::rules::limits;
use crate::rules::managed::{self, Managed};
use crate::services::iam::boundary::check_arn;
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::view::View;

pub mod shape;

operations! {
    query:
    create_policy::CreatePolicy,
    create_policy_version::CreatePolicyVersion,
    delete_policy::DeletePolicy,
    delete_policy_version::DeletePolicyVersion,
    get_policy::GetPolicy,
    get_policy_version::GetPolicyVersion,
    list_policies::ListPolicies,
    list_policy_versions::ListPolicyVersions,
    set_default_policy_version::SetDefaultPolicyVersion,
}

/// How policies are used, as clients ask for it.
pub(super) const USAGES: [&str; 2] = ["PermissionsPolicy", "PermissionsBoundary"];

/// The policy of this ARN, to show it.
fn find<'a>(arn: &str, account: &AccountRecord, iam: &'a Iam) -> Result<Managed<'a>, IamError> {
    check_arn(arn, account)?;
    Managed::find(iam, account, arn).ok_or_else(|| IamError::no_policy(arn))
}

/// Refuses to change what is not the account's own, whether it is there or not: `what` says what is not changed.
fn check_own(arn: &str, account: &AccountRecord, what: &'static str) -> Result<(), IamError> {
    check_arn(arn, account)?;
    if managed::is_of_aws(arn) { Err(IamError::AccessDenied(what.into())) } else { Ok(()) }
}

/// The account's own policy of this ARN that has this version, with the version's number.
fn find_version<'a>(
    arn: &str,
    id: &str,
    account: &AccountRecord,
    iam: &'a Iam,
) -> Result<(&'a ManagedPolicy, u32), IamError> {
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    let policy = managed::own(iam, account, arn);
    let found = policy.zip(number).filter(|(policy, number)| policy.version(*number).is_some());
    found.ok_or_else(|| IamError::not_attachable(&format!("{arn} version {id}")))
}

/// The document of a version that was sent. Refuses what is none, and one that is too long.
fn document(text: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<PolicyText, Stop> {
    Document::for_iam(Usage::Managed, text).map_err(IamError::from)?;
    let most = limits::of_caller(cx, view)?.managed_policy_characters;
    if quota_length(text) > most as usize {
        return Err(IamError::quota("PolicySize", most).into());
    }
    Ok(PolicyText::new(text))
}

/// The input of operations that name a policy and nothing else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyInput {
    policy_arn: Option<String>,
}

impl PolicyInput {
    fn arn(&self) -> &str {
        self.policy_arn.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyArn", self.policy_arn.as_deref(), &ARN);
        Ok(checks.finish().map_err(IamError::from)?)
    }
}

/// The input of operations that name a version of a policy and nothing else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionInput {
    policy_arn: Option<String>,
    version_id: Option<String>,
}

impl VersionInput {
    fn arn(&self) -> &str {
        self.policy_arn.as_deref().unwrap_or_default()
    }

    fn version(&self) -> &str {
        self.version_id.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyArn", self.policy_arn.as_deref(), &ARN);
        checks.required("versionId", self.version_id.as_deref(), &VERSION_ID);
        Ok(checks.finish().map_err(IamError::from)?)
    }
}
