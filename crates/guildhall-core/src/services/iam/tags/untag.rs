//! UntagUser, UntagRole, UntagPolicy, UntagInstanceProfile, UntagMFADevice: takes tags away; keys that are not there, and no
//! keys at all, are fine (identity.md 3.11). Any account.
//! Refuses: ValidationError, InvalidInput, NoSuchEntity.

use std::marker::PhantomData;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Kind, Tagged};
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct Untag<T>(PhantomData<T>);
pub type UntagInstanceProfile = Untag<InstanceProfile>;
pub type UntagMFADevice = Untag<MfaDevice>;
pub type UntagPolicy = Untag<ManagedPolicy>;
pub type UntagRole = Untag<Role>;
pub type UntagUser = Untag<User>;

input!(tagged tag_keys: Vec<Option<String>>);

impl<T> Input<T> {
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.tag_keys.iter().flatten().flatten().map(String::as_str)
    }
}

impl<T: Tagged> Operation for Untag<T> {
    const NAME: &'static str = match T::KIND {
        Kind::User => "UntagUser",
        Kind::Role => "UntagRole",
        Kind::Device => "UntagMFADevice",
        Kind::Policy => "UntagPolicy",
        _ => "UntagInstanceProfile",
    };
    const AUTHORITY: Authority<Input<T>> = Authority::<Input<T>>::of(Rank::Account)
        .on_own(T::TYPE, |i, cx, view| T::about(i.name(), cx, view))
        .tag_keys(|i| i.keys().collect());
    const MODE: Mode = Mode::Write;
    type Input = Input<T>;
    type Output = Answer<()>;

    fn validate(i: &Input<T>) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required(T::MEMBER, i.name.as_deref(), T::NAME);
        checks.present("tagKeys", i.tag_keys.is_some());
        checks.tag_keys("tagKeys", i.tag_keys.as_deref());
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<T>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        T::check_taggable(input.name(), account)?;
        let mut target = T::find(input.name(), account, iam)?.clone();
        target.tags_mut().0.retain(|old, _| !input.keys().any(|key| super::is_same(T::ANY_CASE, old, key)));
        view.put(Owner::Iam(account.id), target.item());
        Ok(Answer(()))
    }
}
