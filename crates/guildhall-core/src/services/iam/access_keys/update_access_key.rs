//! UpdateAccessKey: switches a key of a user, or of the caller, off or on again (identity.md 3.4). Any account.
//! Refuses: ValidationError, NoSuchEntity, InvalidInput (a key is never made to expire by a client).

use serde::{Deserialize, Serialize};

use super::STATUS;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::{authority, users};
use crate::services::{Answer, Operation};
use crate::state::account::KeyRecord;
use crate::state::iam::user::UserKey;
use crate::state::item::Item;
use crate::state::view::View;

/// A status that keys are shown with and that nobody can give them.
const EXPIRED: &str = "Expired";

pub struct UpdateAccessKey;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    access_key_id: Option<String>,
    status: Option<String>,
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let [active, inactive] = STATUS;
        let mut checks = Checks::default();
        checks.optional("userName", i.user_name.as_deref(), &constraints::ENTITY_NAME);
        checks.required("accessKeyId", i.access_key_id.as_deref(), &constraints::IAM_ACCESS_KEY_ID);
        checks.required_word("status", i.status.as_deref(), &[active, inactive, EXPIRED]);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let status = input.status.as_deref().unwrap_or_default();
        if status == EXPIRED {
            let what = "The status of an access key can be changed to Active or Inactive only.";
            return Err(IamError::InvalidInput(what.into()).into());
        }
        let user = users::find_or_caller(input.user_name.as_deref(), cx, view)?;
        let id = input.access_key_id.as_deref().unwrap_or_default();
        let (key, record) = super::find(id, user.map(|user| user.id), cx, view)?;
        let [on, _] = STATUS;
        let active = status == on;
        view.put(Owner::Key(key.id), Item::Key(KeyRecord { inactive: !active, ..record.clone() }));
        view.put(Owner::Iam(cx.caller.account), Item::UserKey(UserKey { active, ..key.clone() }));
        Ok(Answer(()))
    }
}
