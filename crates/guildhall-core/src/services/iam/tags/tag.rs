//! TagUser, TagRole, TagPolicy, TagInstanceProfile, TagMFADevice: sets tags; one with the same key gives way, and of a user
//! or a role the case of keys does not matter (identity.md 3.11). Any account. Roles that services are linked to may be tagged.
//! Refuses: ValidationError, InvalidInput, NoSuchEntity, LimitExceeded.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::rules::limits;
use crate::rules::tags::{self, TagInput};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::{self, input};
use crate::services::iam::target::{Kind, Tagged};
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct Tag<T>(PhantomData<T>);
pub type TagInstanceProfile = Tag<InstanceProfile>;
pub type TagMFADevice = Tag<MfaDevice>;
pub type TagPolicy = Tag<ManagedPolicy>;
pub type TagRole = Tag<Role>;
pub type TagUser = Tag<User>;

input!(tagged tags: Vec<Option<TagInput>>);

impl<T: Tagged> Operation for Tag<T> {
    const NAME: &'static str = match T::KIND {
        Kind::User => "TagUser",
        Kind::Role => "TagRole",
        Kind::Device => "TagMFADevice",
        Kind::Policy => "TagPolicy",
        _ => "TagInstanceProfile",
    };
    const AUTHORITY: Authority<Input<T>> = Authority::<Input<T>>::of(Rank::Account)
        .on_own(T::TYPE, |i, cx, view| T::about(i.name(), cx, view))
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input<T>;
    type Output = Answer<()>;

    fn validate(i: &Input<T>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(T::MEMBER, i.name.as_deref(), T::NAME);
        checks.present("tags", i.tags.is_some());
        checks.tags(i.tags.as_deref());
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<T>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let list = input.tags.as_deref();
        let new = if T::ANY_CASE { input::tags(list) } else { input::exact_tags(list) }?;
        if new.0.is_empty() {
            return Err(IamError::InvalidInput("Error occurred while validating input. ".into()).into());
        }
        T::check_taggable(input.name(), account)?;
        let mut target = T::find(input.name(), account, iam)?.clone();
        let tags = target.tags_mut();
        tags.0.retain(|old, _| !new.0.keys().any(|key| super::is_same(T::ANY_CASE, old, key)));
        tags.0.extend(new.0);
        if tags.0.len() > limits::of_caller(cx, view)?.tags as usize {
            let what = "The number of tags has reached the maximum limit.";
            return Err(IamError::LimitExceeded(what.into()).into());
        }
        view.put(Owner::Iam(account.id), target.item());
        Ok(Answer(()))
    }
}
