//! PutUserPermissionsBoundary, PutRolePermissionsBoundary: the managed policy beyond which a user or a role may do nothing,
//! at once and for running sessions too (identity.md 3.10). Any account. For conditions, `iam:PermissionsBoundary` is the new
//! one.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, PolicyNotAttachable.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{ARN, Checks};
use crate::services::iam::authority::BOUNDARY;
use crate::services::iam::boundary;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Bounded, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct PutPermissionsBoundary<E>(PhantomData<E>);
pub type PutRolePermissionsBoundary = PutPermissionsBoundary<Role>;
pub type PutUserPermissionsBoundary = PutPermissionsBoundary<User>;

input!(entities permissions_boundary: String);

impl<E: Bounded> Operation for PutPermissionsBoundary<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "PutUserPermissionsBoundary",
        _ => "PutRolePermissionsBoundary",
    };
    const AUTHORITY: Authority<Input<E>> = Authority::<Input<E>>::of(Rank::Account)
        .on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view))
        .key(&BOUNDARY, |i| i.permissions_boundary.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input<E>;
    type Output = Answer<()>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(E::MEMBER, i.name.as_deref(), E::SHORT_NAME);
        checks.required("permissionsBoundary", i.permissions_boundary.as_deref(), &ARN);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (mut entity, account, iam) = to_change::<E>(input.name(), cx, view)?;
        let arn = input.permissions_boundary.as_deref();
        *entity.boundary_mut() = boundary::find(arn, iam, account, cx.settings.strict)?;
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
