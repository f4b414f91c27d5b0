//! An account with its organization, state, and facts that AWS shows nobody (control-api.md,
//! `GET /_guildhall/accounts/{id}`).
//! Refuses: AccountNotFound.

use serde::Serialize;

use crate::call::command::{Command, Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, OrgId};
use crate::kernel::refusal::Stop;
use crate::operator::errors::ControlError;
use crate::state::account::{AccountRecord, AccountState, Partition};
use crate::state::creation::FailureReason;
use crate::state::org::FeatureSet;
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

/// A role that Organizations made in the account (accounts.md 4.3).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    name: &'a str,
    arn: String,
    trusts: String,
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

fn roles(account: &AccountRecord, service_linked: bool) -> Vec<Role<'_>> {
    let iam = format!("arn:{}:iam::", account.partition.wire());
    let access = account.roles.access.as_ref().map(|role| Role {
        name: &role.name,
        arn: format!("{iam}{}:role/{}", account.id, role.name),
        trusts: format!("{iam}{}:root", role.trusts),
    });
    let name = "AWSServiceRoleForOrganizations";
    let linked = service_linked.then(|| Role {
        name,
        arn: format!("{iam}{}:role/aws-service-role/organizations.amazonaws.com/{name}", account.id),
        trusts: "organizations.amazonaws.com".to_owned(),
    });
    access.into_iter().chain(linked).collect()
}

/// The account as the control API shows it.
pub(super) fn describe(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> Result<Reply, Stop> {
    let org = match account.org {
        Some(org) => view.org(org)?,
        None => None,
    };
    let management = org.is_some_and(|(_, record)| record.management == account.id);
    // All features bring the role into every member.
    let service_linked =
        account.roles.service_linked || org.is_some_and(|(_, record)| record.feature_set == FeatureSet::All);
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
        roles: roles(account, service_linked),
        service_linked_role: service_linked,
        gov_cloud_account_id: account.govcloud,
        create_account_failure: facts.create_account_failure,
        closes: closure.map(|c| c.closes.to_string()),
        closed_until: closure.map(|c| c.ends.to_string()),
    })
}
