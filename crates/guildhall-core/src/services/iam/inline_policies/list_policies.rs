//! ListUserPolicies, ListGroupPolicies, ListRolePolicies: the names of the inline policies of an entity (identity.md 3.6). Any
//! account.
//! Refuses: ValidationError, NoSuchEntity.

use std::marker::PhantomData;
use std::ops::Bound;

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::page::Wanted;
use crate::services::iam::target::{Entity, Kind};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct ListPolicies<E>(PhantomData<E>);
pub type ListGroupPolicies = ListPolicies<Group>;
pub type ListRolePolicies = ListPolicies<Role>;
pub type ListUserPolicies = ListPolicies<User>;

input!(entities marker: String, max_items: i64);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_names: Vec<String>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl<E: Entity> Operation for ListPolicies<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "ListUserPolicies",
        Kind::Role => "ListRolePolicies",
        _ => "ListGroupPolicies",
    };
    const AUTHORITY: Authority<Input<E>> =
        Authority::<Input<E>>::of(Rank::Account).on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input<E>;
    type Output = Answer<Output>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(E::MEMBER, i.name.as_deref(), E::NAME);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let entity = E::find(input.name(), account, iam)?;
        let marker = input.marker.as_deref();
        let wanted = Wanted::new(Self::NAME, entity.name(), marker, input.max_items, cx)?;
        let from = wanted.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let policies = entity.policies().inline.range::<str>(from);
        let page = wanted.take(cx, policies, |(key, _)| (*key).clone());
        let policy_names = page.entries.into_iter().map(|(_, policy)| policy.name.to_string()).collect();
        Ok(Answer(Output { policy_names, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
