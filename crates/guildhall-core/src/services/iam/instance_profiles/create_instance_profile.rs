//! CreateInstanceProfile: an instance profile without a role (identity.md 3.9). Any account; with tags TagInstanceProfile is
//! needed, too.
//! Refuses: ValidationError, InvalidInput, EntityAlreadyExists, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::shape::{ProfileAnswer, ProfileShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::limits;
use crate::rules::tags::{self, TagInput};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input;
use crate::services::{Answer, Operation};
use crate::state::iam::role::InstanceProfile;
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateInstanceProfile;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    instance_profile_name: Option<String>,
    path: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.instance_profile_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("instance-profile", |i, cx, view| {
            authority::new("instance-profile", i.path(), i.name(), cx, view)
        })
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagInstanceProfile", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<ProfileAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        let name = i.instance_profile_name.as_deref();
        checks.required("instanceProfileName", name, &constraints::ENTITY_NAME);
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        checks.tags(i.tags.as_deref());
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let name = input.name();
        let tags = input::exact_tags(input.tags.as_deref())?;
        if iam.profiles.by_name(name).is_some() {
            let what = format!("Instance Profile {name} already exists.");
            return Err(IamError::EntityAlreadyExists(what.into()).into());
        }
        let most = limits::of_caller(cx, view)?.instance_profiles;
        if iam.profiles.len() >= most as usize {
            return Err(IamError::quota("InstanceProfilesPerAccount", most).into());
        }
        let profile = InstanceProfile {
            id: cx.ids.instance_profile(account.id)?,
            name: name.into(),
            path: input.path().into(),
            tags,
            created: cx.now,
            role: None,
        };
        let answer = ProfileShape::of(&profile, account, iam, view)?.with_tags(&profile);
        view.put(Owner::Iam(account.id), Item::InstanceProfile(profile));
        Ok(Answer(ProfileAnswer { instance_profile: answer }))
    }
}
