//! An account with its organization, state, and facts that AWS shows nobody (control-api.md,
//! `GET /_guildhall/accounts/{id}`).
//! Refuses: AccountNotFound.

use serde::Serialize;

use crate::call::command::{Command, Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::operator::errors::ControlError;
use crate::rules::organization_roles;
use crate::state::account::{AccountRecord, AccountState, Partition};
use crate::state::aggregate::Aggregate;
use crate::state::creation::FailureReason;
use crate::state::iam::{self, Iam};
use crate::state::view::View;

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
    state: AccountState,
    organization_id: Option<OrgId>,
    management: bool,
    partition: Partition,
    created: String,
    payment_instrument: bool,
    payment_instrument_valid: bool,
    email_verified: bool,
    phone_verified: bool,
    customer_agreement: bool,
    suspended: bool,
    pending_activation: bool,
    seller_of_record: &'a str,
    roles: Vec<Role<'a>>,
    service_linked_role: bool,
    gov_cloud_account_id: Option<AccountId>,
    create_account_failure: Option<FailureReason>,
    closes: Option<String>,
    closed_until: Option<String>,
}

/// A role as Organizations makes them in accounts (accounts.md 4.3).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    name: &'a str,
    arn: String,
    trusts: &'a str,
}

impl Command for DescribeAccount {
    fn name(&self) -> &'static str {
        "DescribeAccountFacts"
    }

    fn mode(&self) -> Mode {
        Mode::Read
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        describe(cx, view, account)
    }
}

/// What IAM has of the account once the command's changes are made.
fn iam(view: &mut View<'_>, account: AccountId) -> Result<Iam, Stop> {
    let owner = Owner::Iam(account);
    let mut changed = Aggregate::Iam(Box::new(view.get::<Iam>(account)?.clone()));
    for change in view.changes.items.iter().filter(|change| change.owner == owner) {
        changed.apply(&change.item).map_err(|_| Refusal::Internal)?;
    }
    match changed {
        Aggregate::Iam(iam) => Ok(*iam),
        _ => Err(Refusal::Internal.into()),
    }
}

/// The roles that another account may assume, as Organizations makes them, and the one that is linked to it.
fn roles<'a>(account: &AccountRecord, iam: &'a Iam) -> Vec<Role<'a>> {
    let shown = |role: &'a iam::role::Role, trusts| Role { name: &role.name, arn: role.arn(account), trusts };
    let access = iam.roles.iter().filter_map(|role| Some(shown(role, organization_roles::trusted(role)?)));
    let linked = organization_roles::linked(iam);
    access.chain(linked.map(|role| shown(role, "organizations.amazonaws.com"))).collect()
}

/// The account as the control API shows it.
pub(super) fn describe(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> Result<Reply, Stop> {
    let org = match account.org {
        Some(org) => view.org(org)?,
        None => None,
    };
    let management = org.is_some_and(|(_, record)| record.management == account.id);
    let iam = iam(view, account.id)?;
    let closure = account.standing.closure;
    let facts = &account.facts;
    reply(&Output {
        id: account.id,
        email: account.email.as_str(),
        name: &account.name,
        state: account.standing.state(cx.now),
        organization_id: account.org,
        management,
        partition: account.partition,
        created: account.created.to_string(),
        payment_instrument: facts.payment_instrument,
        payment_instrument_valid: facts.payment_instrument_valid,
        email_verified: facts.email_verified,
        phone_verified: facts.phone_verified,
        customer_agreement: facts.customer_agreement,
        suspended: account.standing.suspended,
        pending_activation: account.standing.pending_activation,
        seller_of_record: &facts.seller_of_record,
        roles: roles(account, &iam),
        service_linked_role: organization_roles::linked(&iam).is_some(),
        gov_cloud_account_id: account.govcloud,
        create_account_failure: facts.create_account_failure,
        closes: closure.map(|c| c.closes.to_string()),
        closed_until: closure.map(|c| c.ends.to_string()),
    })
}
