//! GetUser: a user of the caller's account by its name, in whatever case; without a name the caller, the root user too
//! (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::UserInput as Input;
use super::shape::{UserAnswer, UserShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetUser;

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<UserAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::ENTITY_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let user = match super::find_or_caller(input.name(), cx, view)? {
            Some(user) => UserShape::whole(user, account),
            None => UserShape::root(account),
        };
        Ok(Answer(UserAnswer { user }))
    }
}
