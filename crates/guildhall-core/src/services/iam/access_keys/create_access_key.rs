//! CreateAccessKey: a new key of a user, or of the caller, the root user too. Its secret is in this answer and in no
//! other (identity.md 3.4). Any account.
//! Refuses: ValidationError, NoSuchEntity, LimitExceeded.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::{access_key, constraints, limits};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::users::{self, UserInput as Input};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct CreateAccessKey;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key: AccessKey,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    secret_access_key: String,
    create_date: String,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::ENTITY_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = cx.caller.account;
        let user = users::find_or_caller(input.name(), cx, view)?;
        let id = user.map(|user| user.id);
        let most = limits::of_caller(cx, view)?.access_keys_per_user;
        if view.get::<Iam>(account)?.keys(id).count() >= most as usize {
            return Err(IamError::quota("AccessKeysPerUser", most).into());
        }
        let (key, secret) = access_key::create(cx, view, account, id)?;
        let access_key = AccessKey {
            user_name: user.map(|user| user.name.to_string()),
            access_key_id: key.to_string(),
            status: "Active",
            secret_access_key: secret,
            create_date: cx.now.iso8601(),
        };
        Ok(Answer(Output { access_key }))
    }
}
