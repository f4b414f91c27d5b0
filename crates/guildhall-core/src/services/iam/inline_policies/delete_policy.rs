//! DeleteUserPolicy, DeleteGroupPolicy, DeleteRolePolicy: takes an inline policy away, which counts at once (identity.md
//! 3.6). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Entity, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct DeletePolicy<E>(PhantomData<E>);
pub type DeleteGroupPolicy = DeletePolicy<Group>;
pub type DeleteRolePolicy = DeletePolicy<Role>;
pub type DeleteUserPolicy = DeletePolicy<User>;

input!(entities policy_name: String);

impl<E: Entity> Operation for DeletePolicy<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "DeleteUserPolicy",
        Kind::Role => "DeleteRolePolicy",
        _ => "DeleteGroupPolicy",
    };
    const AUTHORITY: Authority<Input<E>> = Authority::<Input<E>>::of(Rank::Account)
        .on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view))
        .keys(E::KEYS);
    const MODE: Mode = Mode::Write;
    type Input = Input<E>;
    type Output = Answer<()>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let checks = super::names::<E>(i.name.as_deref(), i.policy_name.as_deref());
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let policy = input.policy_name.as_deref().unwrap_or_default();
        let (mut entity, account, _) = to_change::<E>(input.name(), cx, view)?;
        super::find(&entity, policy)?;
        entity.policies_mut().inline.remove(&*policy.to_ascii_lowercase());
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
