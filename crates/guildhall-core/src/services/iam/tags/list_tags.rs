//! ListUserTags, ListRoleTags, ListPolicyTags, ListInstanceProfileTags, ListMFADeviceTags: the tags of one thing, by their
//! keys (identity.md 3.11; 10, row 13). Policies of AWS have none. Any account.
//! Refuses: ValidationError, NoSuchEntity.

use std::marker::PhantomData;

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
use crate::services::iam::shape::{TagShape, tags};
use crate::services::iam::target::{Kind, Tagged};
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct ListTags<T>(PhantomData<T>);
pub type ListInstanceProfileTags = ListTags<InstanceProfile>;
pub type ListMFADeviceTags = ListTags<MfaDevice>;
pub type ListPolicyTags = ListTags<ManagedPolicy>;
pub type ListRoleTags = ListTags<Role>;
pub type ListUserTags = ListTags<User>;

input!(tagged marker: String, max_items: i64);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<TagShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

impl<T: Tagged> Operation for ListTags<T> {
    const NAME: &'static str = match T::KIND {
        Kind::User => "ListUserTags",
        Kind::Role => "ListRoleTags",
        Kind::Device => "ListMFADeviceTags",
        Kind::Policy => "ListPolicyTags",
        _ => "ListInstanceProfileTags",
    };
    const AUTHORITY: Authority<Input<T>> =
        Authority::<Input<T>>::of(Rank::Account).on_own(T::TYPE, |i, cx, view| T::about(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input<T>;
    type Output = Answer<Output>;

    fn validate(i: &Input<T>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(T::MEMBER, i.name.as_deref(), T::NAME);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<T>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let of = T::tags_of(input.name(), account, iam)?;
        let filter = input.name().to_ascii_lowercase();
        let wanted = Wanted::new(Self::NAME, &filter, input.marker.as_deref(), input.max_items, cx)?;
        // A marker has no room for the longest keys, so it counts them.
        let shown = wanted.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
        let page = wanted.take(cx, (1_usize..).zip(tags(of)).skip(shown), |(n, _)| *n);
        let tags = page.entries.into_iter().map(|(_, tag)| tag).collect();
        Ok(Answer(Output { tags, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
