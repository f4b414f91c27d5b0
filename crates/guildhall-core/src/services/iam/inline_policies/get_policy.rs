//! GetUserPolicy, GetGroupPolicy, GetRolePolicy: an inline policy, its document as it was sent and its name as it was asked
//! for (identity.md 2.3, 3.6). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use std::marker::PhantomData;

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::shape::encoded;
use crate::services::iam::target::{Entity, Kind};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct GetPolicy<E>(PhantomData<E>);
pub type GetGroupPolicy = GetPolicy<Group>;
pub type GetRolePolicy = GetPolicy<Role>;
pub type GetUserPolicy = GetPolicy<User>;

input!(entities policy_name: String);

/// The entity's name is the member that its kind has.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    policy_name: String,
    policy_document: String,
}

impl<E: Entity> Operation for GetPolicy<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "GetUserPolicy",
        Kind::Role => "GetRolePolicy",
        _ => "GetGroupPolicy",
    };
    const AUTHORITY: Authority<Input<E>> =
        Authority::<Input<E>>::of(Rank::Account).on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input<E>;
    type Output = Answer<Output>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let checks = super::names::<E>(i.name.as_deref(), i.policy_name.as_deref());
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let entity = E::find(input.name(), account, iam)?;
        let policy_name = input.policy_name.clone().unwrap_or_default();
        let policy_document = encoded(super::find(entity, &policy_name)?.document.as_str());
        let mut output = Output { policy_name, policy_document, ..Output::default() };
        let name = match E::KIND {
            Kind::User => &mut output.user_name,
            Kind::Role => &mut output.role_name,
            _ => &mut output.group_name,
        };
        *name = Some(entity.name().to_owned());
        Ok(Answer(output))
    }
}
