//! UpdateUser: another name or path for a user, which keeps its id and all that it has; its ARN is another one from then
//! on (identity.md 3.2). Any account that may do so to the old ARN and to the new one.
//! Refuses: ValidationError, NoSuchEntity, EntityAlreadyExists.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority::{self, Found};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::user::User;
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateUser;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.user_name.as_deref().unwrap_or_default()
    }
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account).on_own("user", about);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("userName", i.user_name.as_deref(), &constraints::ENTITY_NAME);
        checks.optional("newPath", i.new_path.as_deref(), &constraints::PATH);
        checks.optional("newUserName", i.new_user_name.as_deref(), &constraints::SHORT_USER_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(i.new_path.as_deref().map_or(Ok(()), constraints::path).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let user = super::find(input.name(), cx, view)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        if let Some(name) = &input.new_user_name
            && iam.users.by_name(name).is_some_and(|other| other.id != user.id)
        {
            return Err(IamError::exists("User", name).into());
        }
        let new = User {
            name: input.new_user_name.as_deref().map_or(user.name.clone(), Into::into),
            path: input.new_path.as_deref().map_or(user.path.clone(), Into::into),
            ..user.clone()
        };
        view.put(Owner::Iam(cx.caller.account), Item::User(new));
        Ok(Answer(()))
    }
}

fn about<'a>(input: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let mut about = authority::user(Some(input.name()), cx, view)?;
    if input.new_path.is_some() || input.new_user_name.is_some() {
        let user = view.get::<Iam>(cx.caller.account)?.users.by_name(input.name());
        let path = input.new_path.as_deref().or(user.map(|user| &*user.path)).unwrap_or("/");
        let name = input.new_user_name.as_deref().or(user.map(|user| &*user.name)).unwrap_or(input.name());
        about.extend(authority::new("user", path, name, cx, view)?);
    }
    Ok(about)
}
