//! AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy: lets a managed policy say what an entity may do, at once; one that
//! is attached already stays so (identity.md 3.7). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, PolicyNotAttachable, LimitExceeded.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::limits;
use crate::services::iam::authority::POLICY_ARN;
use crate::services::iam::boundary;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Entity, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct AttachPolicy<E>(PhantomData<E>);
pub type AttachGroupPolicy = AttachPolicy<Group>;
pub type AttachRolePolicy = AttachPolicy<Role>;
pub type AttachUserPolicy = AttachPolicy<User>;

input!(entities policy_arn: String);

impl<E: Entity> Operation for AttachPolicy<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "AttachUserPolicy",
        Kind::Role => "AttachRolePolicy",
        _ => "AttachGroupPolicy",
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
        let (mut entity, account, iam) = to_change::<E>(input.name(), cx, view)?;
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        let policy = boundary::attachable(arn, iam, account, cx.settings.strict)?;
        let attached = &entity.policies().managed;
        if attached.contains(&policy) {
            return Ok(Answer(()));
        }
        let (quota, most) = E::attached(&limits::of_caller(cx, view)?);
        if attached.len() >= most as usize {
            return Err(IamError::quota(quota, most).into());
        }
        entity.policies_mut().managed.insert(policy);
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
