//! Sets facts about an account that AWS shows nobody (control-api.md, `PATCH /_guildhall/accounts/{id}`).
//! Refuses: AccountNotFound, BadRequest (the partition of an account that is in an organization).

use serde::{Deserialize, Serialize};

use crate::account::{AccountRecord, Facts, Partition};
use crate::command::{Command, Reply};
use crate::cx::Cx;
use crate::error::{ControlError, Stop};
use crate::ids::AccountId;
use crate::internal::describe_account;
use crate::item::Item;
use crate::org::Member;
use crate::owner::Owner;
use crate::view::View;

/// The facts to set; absent ones stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    payment_instrument: Option<bool>,
    email_verified: Option<bool>,
    phone_verified: Option<bool>,
    customer_agreement: Option<bool>,
    suspended: Option<bool>,
    partition: Option<Partition>,
    seller_of_record: Option<String>,
}

/// The command.
#[derive(Clone, Debug)]
pub struct UpdateAccount {
    /// Which account.
    pub account: AccountId,
    /// The facts.
    pub input: Input,
}

impl Command for UpdateAccount {
    fn name(&self) -> &'static str {
        "UpdateAccountFacts"
    }

    fn run(&self, _: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let input = &self.input;
        let old = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        let partition = input.partition.unwrap_or(old.partition);
        if partition != old.partition && old.org.is_some() {
            let rule = "cannot change while the account is in an organization; let it leave first".into();
            return Err(ControlError::BadRequest { member: "Partition", rule }.into());
        }
        let seller = input.seller_of_record.clone();
        if seller.as_ref().is_some_and(|s| s.is_empty() || s.chars().count() > 64) {
            let rule = "has to be 1 to 64 characters".into();
            return Err(ControlError::BadRequest { member: "SellerOfRecord", rule }.into());
        }
        let facts = Facts {
            payment_instrument: input.payment_instrument.unwrap_or(old.facts.payment_instrument),
            email_verified: input.email_verified.unwrap_or(old.facts.email_verified),
            phone_verified: input.phone_verified.unwrap_or(old.facts.phone_verified),
            customer_agreement: input.customer_agreement.unwrap_or(old.facts.customer_agreement),
            suspended: input.suspended.unwrap_or(old.facts.suspended),
            seller_of_record: seller.unwrap_or_else(|| old.facts.seller_of_record.clone()),
        };
        let new = AccountRecord { partition, facts, ..old.clone() };
        if new.facts.suspended != old.facts.suspended
            && let Some(org) = old.org
            && let Some((aggregate, _)) = view.org(org)?
            && let Some(member) = aggregate.member(self.account)
        {
            let member = Member { suspended: new.facts.suspended, ..member.clone() };
            view.put(Owner::Org(org), Item::Member(member));
        }
        let answer = describe_account::describe(view, &new)?;
        view.put(Owner::Account(self.account), Item::Account(new));
        Ok(answer)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}
