//! DeleteUserPermissionsBoundary, DeleteRolePermissionsBoundary: lets a user or a role do again what its policies say
//! (identity.md 3.10). Any account.
//! Refuses: ValidationError, NoSuchEntity (one without a boundary, too), UnmodifiableEntity.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Bounded, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct DeletePermissionsBoundary<E>(PhantomData<E>);
pub type DeleteRolePermissionsBoundary = DeletePermissionsBoundary<Role>;
pub type DeleteUserPermissionsBoundary = DeletePermissionsBoundary<User>;

input!(entities);

impl<E: Bounded> Operation for DeletePermissionsBoundary<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "DeleteUserPermissionsBoundary",
        _ => "DeleteRolePermissionsBoundary",
    };
    const AUTHORITY: Authority<Input<E>> = Authority::<Input<E>>::of(Rank::Account)
        .on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view))
        .keys(E::KEYS);
    const MODE: Mode = Mode::Write;
    type Input = Input<E>;
    type Output = Answer<()>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(E::MEMBER, i.name.as_deref(), E::SHORT_NAME);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let name = input.name();
        let (mut entity, account, _) = to_change::<E>(name, cx, view)?;
        if entity.boundary_mut().take().is_none() {
            let what = format!("The {} with name {name} does not have a permissions boundary.", E::WORD);
            return Err(IamError::NoSuchEntity(what.into()).into());
        }
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
