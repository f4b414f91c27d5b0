//! GetPolicyVersion: a version of a managed policy, its document as it was sent (identity.md 3.7). Of AWS's policies the
//! default version is there. Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::VersionInput as Input;
use super::shape::{VersionAnswer, VersionShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::managed::Managed;
use crate::services::iam::authority;
use crate::services::iam::boundary::check_arn;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetPolicyVersion;

impl Operation for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<VersionAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let (arn, id) = (input.arn(), input.version());
        check_arn(arn, account)?;
        let versions = Managed::find(iam, account, arn).map(|policy| policy.versions()).unwrap_or_default();
        let version = versions.iter().find(|version| version.id == id);
        let version = version.ok_or_else(|| IamError::not_attachable(&format!("{arn} version {id}")))?;
        Ok(Answer(VersionAnswer { policy_version: VersionShape::of(version).with_document(version) }))
    }
}
