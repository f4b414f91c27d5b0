//! Sets facts about an account that AWS shows nobody (control-api.md, `PATCH /_guildhall/accounts/{id}`).
//! Refuses: AccountNotFound, BadRequest (what the account cannot be now; the message says why).

use serde::{Deserialize, Deserializer, Serialize};

use crate::call::caller::Caller;
use crate::call::command::{Command, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Personal;
use crate::operator::errors::ControlError;
use crate::operator::{describe_account, register_account};
use crate::rules::authority::Authority;
use crate::rules::authorize::{Call, authorize};
use crate::rules::organization_roles;
use crate::services::account::put_contact_information::ContactInput;
use crate::services::account::{self, authority};
use crate::services::organizations::rules::closure;
use crate::state::account::{AccountRecord, Facts, Partition, Standing};
use crate::state::creation::FailureReason;
use crate::state::item::Item;
use crate::state::org::Member;
use crate::state::profile::Profile;
use crate::state::view::View;

/// The facts to set; absent ones stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    payment_instrument: Option<bool>,
    payment_instrument_valid: Option<bool>,
    email_verified: Option<bool>,
    phone_verified: Option<bool>,
    customer_agreement: Option<bool>,
    suspended: Option<bool>,
    pending_activation: Option<bool>,
    partition: Option<Partition>,
    seller_of_record: Option<String>,
    service_linked_role: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    create_account_failure: Option<Option<FailureReason>>,
    #[serde(default, deserialize_with = "present")]
    gov_cloud_account_id: Option<Option<AccountId>>,
    closed: Option<bool>,
    contact: Option<Personal<ContactInput>>,
}

/// A member that may be null, which is not the same as absent.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}

#[derive(Clone, Debug)]
pub struct UpdateAccount {
    /// Which account.
    pub account: AccountId,
    /// The facts.
    pub input: Input,
}

fn bad<T>(member: &'static str, rule: &'static str) -> Result<T, Stop> {
    Err(ControlError::BadRequest { member, rule: rule.into() }.into())
}

impl Command for UpdateAccount {
    fn name(&self) -> &'static str {
        "UpdateAccountFacts"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let input = &self.input;
        let old = view
            .account(self.account)?
            .ok_or_else(|| ControlError::AccountNotFound(self.account.to_string()))?;
        let partition = input.partition.unwrap_or(old.partition);
        let govcloud = govcloud(view, input, old)?;
        if partition != old.partition && (old.org.is_some() || govcloud.is_some()) {
            let rule = "cannot change while the account is in an organization or has a pair in GovCloud";
            return bad("Partition", rule);
        }
        if input.service_linked_role == Some(false) && organization_roles::needs_link(view, old)? {
            return bad("ServiceLinkedRole", "cannot be deleted while the organization has all features");
        }
        let seller = input.seller_of_record.clone();
        if seller.as_ref().is_some_and(|s| s.is_empty() || s.chars().count() > 64) {
            return bad("SellerOfRecord", "has to be 1 to 64 characters");
        }
        let facts = Facts {
            payment_instrument: input.payment_instrument.unwrap_or(old.facts.payment_instrument),
            payment_instrument_valid: input
                .payment_instrument_valid
                .unwrap_or(old.facts.payment_instrument_valid),
            email_verified: input.email_verified.unwrap_or(old.facts.email_verified),
            phone_verified: input.phone_verified.unwrap_or(old.facts.phone_verified),
            customer_agreement: input.customer_agreement.unwrap_or(old.facts.customer_agreement),
            seller_of_record: seller.unwrap_or_else(|| old.facts.seller_of_record.clone()),
            create_account_failure: input.create_account_failure.unwrap_or(old.facts.create_account_failure),
        };
        let mut new = AccountRecord {
            partition,
            facts,
            govcloud,
            standing: Standing {
                suspended: input.suspended.unwrap_or(old.standing.suspended),
                pending_activation: input.pending_activation.unwrap_or(old.standing.pending_activation),
                closure: old.standing.closure,
            },
            ..old.clone()
        };
        if let Some(closed) = input.closed {
            new.standing = close_or_reopen(cx, view, &new, closed)?;
        }
        mirror(view, input, &new)?;
        match input.service_linked_role {
            Some(true) => organization_roles::link(cx, view, &new)?,
            Some(false) => organization_roles::unlink(view, new.id)?,
            None => {}
        }
        if let Some(input) = &input.contact {
            let contact = Some(register_account::contact(input)?);
            let profile = view.profile(self.account)?.cloned().unwrap_or_default();
            view.put(Owner::Account(self.account), Item::Profile(Profile { contact, ..profile }.into()));
        }
        view.put(Owner::Account(self.account), Item::Account(new.clone()));
        describe_account::describe(cx, view, &new)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}

/// The account's pair in GovCloud: an account there.
fn govcloud(view: &mut View<'_>, input: &Input, old: &AccountRecord) -> Result<Option<AccountId>, Stop> {
    let Some(wanted) = input.gov_cloud_account_id else { return Ok(old.govcloud) };
    if let Some(id) = wanted {
        let there = view.account(id)?.is_some_and(|a| a.partition == Partition::GovCloud);
        if !there || old.partition != Partition::Aws {
            let rule = "has to be an account of the partition aws-us-gov, and this one an account of aws";
            return bad("GovCloudAccountId", rule);
        }
    }
    Ok(wanted)
}

/// Writes what the account's organization shows of it.
fn mirror(view: &mut View<'_>, input: &Input, new: &AccountRecord) -> Result<(), Stop> {
    let Some(org) = new.org else { return Ok(()) };
    let (aggregate, _) = view.org(org)?.ok_or(Refusal::Internal)?;
    let member = aggregate.member(new.id).ok_or(Refusal::Internal)?;
    let role_deleted = input.service_linked_role.map_or(member.role_deleted, |there| !there);
    let shown = Member { standing: new.standing, role_deleted, ..member.clone() };
    if shown != *member {
        view.put(Owner::Org(org), Item::Member(shown));
    }
    Ok(())
}

/// Closes the account as its root user can, or opens it again. Answers what its state is made of then.
fn close_or_reopen(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    account: &AccountRecord,
    closed: bool,
) -> Result<Standing, Stop> {
    if !closed {
        return match closure::reopen(cx, view, account)? {
            true => Ok(Standing { closure: None, ..account.standing }),
            false => bad("Closed", "the account is closed for good; its id and address stay taken"),
        };
    }
    let own = match account.org {
        Some(org) => view.org(org)?,
        None => None,
    };
    if own.is_some_and(|(_, record)| record.management == account.id) {
        return bad("Closed", "a management account has to delete its organization first");
    }
    if account.standing.closure.is_some() {
        return Ok(account.standing);
    }
    may_close_itself(cx, view, account)?;
    let limits = own.map_or(cx.settings.limits.clone(), |(_, record)| cx.settings.limits.of(record));
    closure::begin(cx, view, account, &limits)
}

/// Refuses to close an account whose service control policies deny its root user that: `account:CloseAccount` is an
/// action, and no operation of the API (accounts.md 4.6).
fn may_close_itself(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> Result<(), Stop> {
    if !account.standing.may_call(cx.now) {
        return Ok(());
    }
    const CLOSE: Authority<AccountId> = authority::on_account::<AccountId>(|_| None);
    let input = &account.id;
    let call = Call { service: account::NAME, operation: "CloseAccount", authority: &CLOSE, input };
    let caller = Caller::from(account.id);
    let own = Cx { caller: &caller, ..*cx };
    match authorize(&call, &own, view) {
        Err(Stop::Refused(Refusal::DeniedByPolicy(denial))) => {
            Err(ControlError::BadRequest { member: "Closed", rule: denial.to_string().into() }.into())
        }
        checked => checked,
    }
}
