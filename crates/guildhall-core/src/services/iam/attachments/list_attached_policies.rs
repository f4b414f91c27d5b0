//! ListAttachedUserPolicies, ListAttachedGroupPolicies, ListAttachedRolePolicies: the managed policies of an entity by name,
//! below a path (identity.md 1.7, 3.7). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use std::marker::PhantomData;

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{Checks, POLICY_PATH};
use crate::rules::managed;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::page::Wanted;
use crate::services::iam::target::{Entity, Kind};
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct ListAttachedPolicies<E>(PhantomData<E>);
pub type ListAttachedGroupPolicies = ListAttachedPolicies<Group>;
pub type ListAttachedRolePolicies = ListAttachedPolicies<Role>;
pub type ListAttachedUserPolicies = ListAttachedPolicies<User>;

input!(entities path_prefix: String, marker: String, max_items: i64);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attached {
    policy_name: String,
    policy_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attached_policies: Vec<Attached>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl<E: Entity> Operation for ListAttachedPolicies<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "ListAttachedUserPolicies",
        Kind::Role => "ListAttachedRolePolicies",
        _ => "ListAttachedGroupPolicies",
    };
    const AUTHORITY: Authority<Input<E>> =
        Authority::<Input<E>>::of(Rank::Account).on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input<E>;
    type Output = Answer<Output>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(E::MEMBER, i.name.as_deref(), E::SHORT_NAME);
        checks.optional("pathPrefix", i.path_prefix.as_deref(), &POLICY_PATH);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let entity = E::find(input.name(), account, iam)?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let filter = format!("{} {prefix}", entity.name());
        let wanted = Wanted::new(Self::NAME, &filter, input.marker.as_deref(), input.max_items, cx)?;
        // Few are attached.
        let mut policies: Vec<Attached> =
            entity.policies().managed.iter().filter_map(|arn| Attached::of(arn)).collect();
        policies.retain(|policy| policy.path().starts_with(prefix));
        policies.sort_by_key(Attached::place);
        let is_after = |policy: &Attached| wanted.after.as_ref().is_none_or(|after| policy.place() > *after);
        let policies = policies.into_iter().filter(is_after);
        let page = wanted.take(cx, policies, Attached::place);
        let attached_policies = page.entries;
        Ok(Answer(Output { attached_policies, is_truncated: page.is_truncated, marker: page.marker }))
    }
}

impl Attached {
    /// An ARN says all that is shown, of policies too that a lab lets be attached though they are not here.
    fn of(arn: &str) -> Option<Self> {
        let (_, name) = arn.rsplit_once('/')?;
        Some(Self { policy_name: name.to_owned(), policy_arn: arn.to_owned() })
    }

    fn path(&self) -> &str {
        let resource = self.policy_arn.split_once(":policy").map_or("", |(_, resource)| resource);
        resource.strip_suffix(&self.policy_name).unwrap_or_default()
    }

    /// Where it stands in the list: by name. One of AWS's may have the name of one of the account's.
    fn place(&self) -> String {
        format!("{} {}", self.policy_name.to_ascii_lowercase(), managed::is_of_aws(&self.policy_arn))
    }
}
