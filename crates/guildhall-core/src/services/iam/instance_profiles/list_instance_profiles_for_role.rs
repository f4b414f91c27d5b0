//! ListInstanceProfilesForRole: the instance profiles that a role is in, by name (identity.md 3.9). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use super::shape::{ProfileShape, ProfilesAnswer};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{Checks, ROLE_NAME};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::iam::target::Target;
use crate::services::{Answer, Operation};
use crate::state::iam::role::Role;
use crate::state::view::View;

pub struct ListInstanceProfilesForRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<ProfilesAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &ROLE_NAME);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let role = Role::find(input.name(), account, iam)?;
        let marker = input.marker.as_deref();
        let wanted = Wanted::new(Self::NAME, role.id.as_str(), marker, input.max_items, cx)?;
        let profiles = iam.profiles_of(role.id, wanted.after.as_deref());
        let page = wanted.take(cx, profiles, |profile| profile.name.clone());
        let shapes = page.entries.iter().map(|profile| ProfileShape::of(profile, account, iam, view));
        let instance_profiles = shapes.collect::<Result<_, _>>()?;
        Ok(Answer(ProfilesAnswer { instance_profiles, is_truncated: page.is_truncated, marker: page.marker }))
    }
}
