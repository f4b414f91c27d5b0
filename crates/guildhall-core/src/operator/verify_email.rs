//! Verifies the address of a management account, as the link in a mail and a button of the settings page do on AWS,
//! and no operation (accounts.md 3.3).
//! Refuses: AccountNotFound; ConstraintViolation (a code that is old, or not the last one sent); BadRequest (the
//! account manages no organization).

use serde::Serialize;

use crate::call::command::{Command, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Secret;
use crate::operator::describe_account;
use crate::operator::errors::ControlError;
use crate::services::organizations::rules::verification;
use crate::state::item::Item;
use crate::state::view::View;

/// Follows a link.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyEmail {
    /// Whose address.
    pub account: AccountId,
    /// The code in the link.
    pub code: Secret<String>,
}

impl Command for VerifyEmail {
    fn name(&self) -> &'static str {
        "VerifyEmail"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        verification::verify(cx, view, account, &self.code)?;
        Ok(Reply::new())
    }

    fn parameters(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Sends a link, which makes an earlier one void; nothing, if the address is verified. Answers the account.
#[derive(Clone, Copy, Debug)]
pub struct SendVerification {
    /// Whose address.
    pub account: AccountId,
}

impl Command for SendVerification {
    fn name(&self) -> &'static str {
        "SendVerification"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        let org = match account.org {
            Some(org) => view.org(org)?,
            None => None,
        };
        if org.is_none_or(|(_, record)| record.management != account.id) {
            let rule = "has to be a management account's: nobody else's address is verified by a link";
            return Err(ControlError::BadRequest { member: "id", rule: rule.into() }.into());
        }
        if !account.facts.email_verified {
            let asked = verification::send(cx, view, account);
            view.put(Owner::Account(account.id), Item::Account(asked));
        }
        describe_account::describe(cx, view, account)
    }
}
