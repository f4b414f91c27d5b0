//! GetPolicy: a managed policy by its ARN, the account's own or one of AWS's (identity.md 3.7). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::PolicyInput as Input;
use super::shape::{PolicyAnswer, PolicyShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetPolicy;

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<PolicyAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let found = super::find(input.arn(), account, iam)?;
        let policy = PolicyShape::of(found, account, iam).with_all_tags(found).with_description(found);
        Ok(Answer(PolicyAnswer { policy }))
    }
}
