//! ListServiceSpecificCredentials: the credentials of a user, of the caller, or of all users, for single services. None
//! can be made here, so the list is empty (identity.md 3.17). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct ListServiceSpecificCredentials;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    service_name: Option<String>,
    all_users: Option<bool>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    service_specific_credentials: Vec<Empty>,
    is_truncated: bool,
}

impl Input {
    fn all_users(&self) -> bool {
        self.all_users.unwrap_or_default()
    }
}

impl Operation for ListServiceSpecificCredentials {
    const NAME: &'static str = "ListServiceSpecificCredentials";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on_own("user", |i, cx, view| match i.all_users() {
            true => Ok(Vec::new()),
            false => authority::user(i.user_name.as_deref(), cx, view),
        });
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", i.user_name.as_deref(), &constraints::SHORT_USER_NAME);
        checks.page(i.marker.as_deref(), i.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        if !input.all_users() {
            super::find_or_caller(input.user_name.as_deref(), cx, view)?;
        }
        // No page has a marker.
        Wanted::new(Self::NAME, "", input.marker.as_deref(), input.max_items, cx)?;
        Ok(Answer(Output { service_specific_credentials: Vec::new(), is_truncated: false }))
    }
}
