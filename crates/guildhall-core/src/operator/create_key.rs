//! Creates an access key for an account's root user (control-api.md, `POST /_guildhall/accounts/{id}/keys`).
//! The secret is in the answer and nowhere else but, sealed, in the store.
//! Refuses: AccountNotFound.

use serde::Serialize;

use crate::call::command::{Command, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccessKeyId, AccountId};
use crate::kernel::refusal::Stop;
use crate::operator::errors::ControlError;
use crate::rules::access_key;
use crate::state::view::View;

#[derive(Clone, Copy, Debug)]
pub struct CreateKey {
    /// Whose key.
    pub account: AccountId,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    id: AccountId,
    access_key_id: AccessKeyId,
    secret_access_key: &'a str,
}

impl Command for CreateKey {
    fn name(&self) -> &'static str {
        "CreateKey"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        if view.account(self.account)?.is_none() {
            return Err(ControlError::AccountNotFound(self.account.to_string()).into());
        }
        let (access_key_id, secret) = access_key::create(cx, view, self.account, None)?;
        reply(&Output { id: self.account, access_key_id, secret_access_key: &secret })
    }
}
