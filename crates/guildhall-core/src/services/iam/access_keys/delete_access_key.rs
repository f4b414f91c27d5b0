//! DeleteAccessKey: takes a key of a user, or of the caller, away for good (identity.md 3.4). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::{authority, users};
use crate::services::{Answer, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteAccessKey;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    access_key_id: Option<String>,
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", i.user_name.as_deref(), &constraints::ENTITY_NAME);
        checks.required("accessKeyId", i.access_key_id.as_deref(), &constraints::IAM_ACCESS_KEY_ID);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let user = users::find_or_caller(input.user_name.as_deref(), cx, view)?;
        let id = input.access_key_id.as_deref().unwrap_or_default();
        let (key, _) = super::find(id, user.map(|user| user.id), cx, view)?;
        view.changes.remove(Owner::Key(key.id), ItemKey::Key());
        view.changes.remove(Owner::Iam(cx.caller.account), ItemKey::UserKey(key.id));
        Ok(Answer(()))
    }
}
