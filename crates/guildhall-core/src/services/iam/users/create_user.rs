//! CreateUser: a new user of the caller's account (identity.md 3.2). Any account; with tags TagUser is needed, too.
//! Refuses: ValidationError, InvalidInput, NoSuchEntity and PolicyNotAttachable for a boundary, EntityAlreadyExists,
//! LimitExceeded.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::shape::{UserAnswer, UserShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::tags::{self, TagInput};
use crate::rules::{access, limits};
use crate::services::iam::authority::{self, BOUNDARY};
use crate::services::iam::boundary;
use crate::services::iam::errors::IamError;
use crate::services::iam::input;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::entity::Policies;
use crate::state::iam::user::User;
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateUser;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    user_name: Option<String>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.user_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::new("user", i.path(), i.name(), cx, view))
        .key(&BOUNDARY, |i| i.permissions_boundary.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagUser", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<UserAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        checks.required("userName", i.user_name.as_deref(), &constraints::SHORT_USER_NAME);
        checks.optional("permissionsBoundary", i.permissions_boundary.as_deref(), &constraints::ARN);
        checks.tags(i.tags.as_deref());
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let name = input.name();
        let tags = input::tags(input.tags.as_deref())?;
        let iam = view.get::<Iam>(account.id)?;
        let boundary =
            boundary::find(input.permissions_boundary.as_deref(), iam, account, cx.settings.strict)?;
        if iam.users.by_name(name).is_some() {
            return Err(IamError::exists("User", name).into());
        }
        let most = limits::of_caller(cx, view)?.users;
        if iam.users.len() >= most as usize {
            return Err(IamError::quota("UsersPerAccount", most).into());
        }
        let user = User {
            id: cx.ids.user(account.id)?,
            name: name.into(),
            path: input.path().into(),
            created: cx.now,
            tags,
            boundary,
            policies: Policies::default(),
            groups: BTreeSet::new(),
            password_used: None,
        };
        let answer = UserShape::whole(&user, account);
        view.put(Owner::Iam(account.id), Item::User(user));
        Ok(Answer(UserAnswer { user: answer }))
    }
}
