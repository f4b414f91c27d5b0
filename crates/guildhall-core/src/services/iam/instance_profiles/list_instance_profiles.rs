//! ListInstanceProfiles: the instance profiles of the caller's account, by name, below a path (identity.md 3.9). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use super::shape::{ProfileShape, ProfilesAnswer};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct ListInstanceProfiles;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl Operation for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("instance-profile", |i, cx, view| authority::below("instance-profile", i.prefix(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<ProfilesAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("pathPrefix", i.path_prefix.as_deref(), &constraints::PATH_PREFIX);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let prefix = input.prefix();
        let wanted = Wanted::new(Self::NAME, prefix, input.marker.as_deref(), input.max_items, cx)?;
        let profiles = iam.profiles.after(wanted.after.as_deref());
        let profiles = profiles.filter(|profile| profile.path.starts_with(prefix));
        let page = wanted.take(cx, profiles, |profile| profile.name.clone());
        let shapes = page.entries.iter().map(|profile| ProfileShape::of(profile, account, iam, view));
        let instance_profiles = shapes.collect::<Result<_, _>>()?;
        Ok(Answer(ProfilesAnswer { instance_profiles, is_truncated: page.is_truncated, marker: page.marker }))
    }
}

impl Input {
    fn prefix(&self) -> &str {
        self.path_prefix.as_deref().unwrap_or("/")
    }
}
