//! DetachUserPolicy, DetachGroupPolicy, DetachRolePolicy: a managed policy no longer says what an entity may do (identity.md
//! 3.7). Any account.
//! Refuses: ValidationError, NoSuchEntity (a policy that is not attached, too), UnmodifiableEntity.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority::POLICY_ARN;
use crate::services::iam::boundary;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Entity, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct DetachPolicy<E>(PhantomData<E>);
pub type DetachGroupPolicy = DetachPolicy<Group>;
pub type DetachRolePolicy = DetachPolicy<Role>;
pub type DetachUserPolicy = DetachPolicy<User>;

input!(entities policy_arn: String);

impl<E: Entity> Operation for DetachPolicy<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "DetachUserPolicy",
        Kind::Role => "DetachRolePolicy",
        _ => "DetachGroupPolicy",
    };
    const AUTHORITY: Authority<Input<E>> = Authority::<Input<E>>::of(Rank::Account)
        .on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view))
        .keys(E::KEYS)
        .key(&POLICY_ARN, |i| i.policy_arn.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input<E>;
    type Output = Answer<()>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        super::validate::<E>(i.name.as_deref(), i.policy_arn.as_deref())
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (mut entity, account, _) = to_change::<E>(input.name(), cx, view)?;
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        boundary::check_arn(arn, account)?;
        if !entity.policies_mut().managed.remove(arn) {
            return Err(IamError::no_policy(arn).into());
        }
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
