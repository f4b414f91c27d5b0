//! SetDefaultPolicyVersion: which version of a managed policy counts, at once wherever it is attached, is a boundary or was
//! passed to a session (identity.md 3.7). Any account.
//! Refuses: ValidationError, AccessDenied (policies of AWS), NoSuchEntity.

use super::VersionInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::iam::policy::ManagedPolicy;
use crate::state::item::Item;
use crate::state::view::View;

pub struct SetDefaultPolicyVersion;

impl Operation for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
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
        super::check_own(arn, account, "Cannot update policies outside your own account.")?;
        let (policy, default) = super::find_version(arn, input.version(), account, iam)?;
        let policy = ManagedPolicy { default, ..policy.clone() };
        view.put(Owner::Iam(account.id), Item::ManagedPolicy(policy));
        Ok(Answer(()))
    }
}
