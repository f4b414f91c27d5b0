//! DeletePolicy: takes a managed policy away that nothing uses and that has its default version alone (identity.md 3.7). Any
//! account.
//! Refuses: ValidationError, AccessDenied (policies of AWS), NoSuchEntity, DeleteConflict.

use super::PolicyInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::policy::ManagedPolicy;
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeletePolicy;

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
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
        super::check_own(arn, account, "Cannot delete policies outside your own account.")?;
        let policy = ManagedPolicy::find(arn, account, iam)?;
        let conflict = |what: &'static str| Err(IamError::DeleteConflict(what.into()).into());
        if iam.uses(arn).next().is_some() {
            return conflict("Cannot delete a policy attached to entities.");
        }
        if policy.versions.len() > 1 {
            return conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            );
        }
        view.changes.remove(Owner::Iam(account.id), ItemKey::ManagedPolicy(policy.id));
        Ok(Answer(()))
    }
}
