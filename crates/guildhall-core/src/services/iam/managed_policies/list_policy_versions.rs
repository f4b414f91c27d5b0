//! ListPolicyVersions: the versions of a managed policy, the newest first, without their documents (identity.md 1.7, 3.7).
//! Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::shape::VersionShape;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{ARN, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct ListPolicyVersions;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl Input {
    fn arn(&self) -> &str {
        self.policy_arn.as_deref().unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    versions: Vec<VersionShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// The number of a version, by which they stand in the list.
fn number(id: &str) -> u32 {
    id.trim_start_matches('v').parse().unwrap_or_default()
}

impl Operation for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyArn", i.policy_arn.as_deref(), &ARN);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let policy = super::find(input.arn(), account, iam)?;
        let marker = input.marker.as_deref();
        let wanted = Wanted::new(Self::NAME, input.arn(), marker, input.max_items, cx)?;
        let before = wanted.after.as_deref().map(number);
        let versions = policy.versions().into_iter();
        let versions = versions.filter(|version| before.is_none_or(|before| number(&version.id) < before));
        let page = wanted.take(cx, versions, |version| version.id.clone());
        let versions = page.entries.iter().map(VersionShape::of).collect();
        Ok(Answer(Output { versions, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
