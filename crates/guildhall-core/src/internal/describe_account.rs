//! An account with its organization, state, and facts that AWS shows nobody (control-api.md,
//! `GET /_guildhall/accounts/{id}`).
//! Refuses: AccountNotFound.

use serde::Serialize;

use crate::account::{AccountRecord, Partition};
use crate::command::{Command, Mode, Reply, reply};
use crate::cx::Cx;
use crate::error::{ControlError, Stop};
use crate::ids::{AccountId, OrgId};
use crate::view::View;

/// The command.
#[derive(Clone, Copy, Debug)]
pub struct DescribeAccount {
    /// Which account.
    pub account: AccountId,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as stored")]
struct Output<'a> {
    id: AccountId,
    email: &'a str,
    name: &'a str,
    state: &'static str,
    organization_id: Option<OrgId>,
    management: bool,
    partition: Partition,
    created: String,
    payment_instrument: bool,
    email_verified: bool,
    phone_verified: bool,
    customer_agreement: bool,
    suspended: bool,
    seller_of_record: &'a str,
}

impl Command for DescribeAccount {
    fn name(&self) -> &'static str {
        "DescribeAccountFacts"
    }

    fn mode(&self) -> Mode {
        Mode::Read
    }

    fn run(&self, _: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        describe(view, account)
    }
}

/// The account as the control API shows it.
pub(super) fn describe(view: &mut View<'_>, account: &AccountRecord) -> Result<Reply, Stop> {
    let management = match account.org {
        Some(org) => view.org(org)?.is_some_and(|(_, record)| record.management == account.id),
        None => false,
    };
    let facts = &account.facts;
    reply(&Output {
        id: account.id,
        email: account.email.as_str(),
        name: &account.name,
        state: if facts.suspended { "SUSPENDED" } else { "ACTIVE" },
        organization_id: account.org,
        management,
        partition: account.partition,
        created: account.created.to_string(),
        payment_instrument: facts.payment_instrument,
        email_verified: facts.email_verified,
        phone_verified: facts.phone_verified,
        customer_agreement: facts.customer_agreement,
        suspended: facts.suspended,
        seller_of_record: &facts.seller_of_record,
    })
}
