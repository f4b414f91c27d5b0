//! DeletePolicyVersion: takes a version of a managed policy away that is not the default one (identity.md 3.7). Any account.
//! Refuses: ValidationError, AccessDenied (policies of AWS), NoSuchEntity, DeleteConflict.

use super::VersionInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct DeletePolicyVersion;

impl Operation for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let arn = input.arn();
        let not_own = "Cannot delete policy versions for policies outside your own account.";
        super::check_own(arn, account, not_own)?;
        let (policy, number) = super::find_version(arn, input.version(), account, iam)?;
        if number == policy.default {
            let what = "Cannot delete the default version of a policy.";
            return Err(IamError::DeleteConflict(what.into()).into());
        }
        let mut policy = policy.clone();
        policy.versions.retain(|version| version.number != number);
        view.put(Owner::Iam(account.id), policy.item());
        Ok(Answer(()))
    }
}
