//! Creating accounts: what is checked when it is asked for, and what is decided when it completes
//! (accounts.md 4.1, 4.4).

use serde::{Deserialize, Serialize};

use crate::call::command::{Reply, reply_with};
use crate::call::cx::Cx;
use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, CreationId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Personal;
use crate::rules::authority::{Authority, Rank};
use crate::rules::{access, organization_roles};
use crate::services::organizations::errors::{
    ConstraintReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::input::{at_most, optional_enum, required};
use crate::services::organizations::rules::membership;
use crate::services::organizations::rules::policy;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::account::{AccountRecord, Facts, Partition, Standing};
use crate::state::address::AddressRecord;
use crate::state::creation::{Creation, FailureReason, KEPT, Outcome};
use crate::state::item::Item;
use crate::state::limits::{FIRST_HOUR, Limits};
use crate::state::mail::{Mail, MailKind};
use crate::state::org::{FeatureSet, JoinedMethod, Org, OrgRecord};
use crate::state::profile::{Contact, Profile};
use crate::state::tag::Tags;
use crate::state::timer::TimerAction;
use crate::state::view::View;
use crate::wire_enum;

/// The input of the operations that create accounts.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    email: Option<Personal<String>>,
    account_name: Option<Personal<String>>,
    role_name: Option<String>,
    iam_user_access_to_billing: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

/// Who may create accounts.
pub const AUTHORITY: Authority<Input> =
    Authority::of(Rank::Management).tags(|i: &Input| tags::pairs(i.tags.as_deref()));

wire_enum! {
    /// Whether IAM users may see the bill of their account.
    BillingAccess {
        /// They may.
        Allow = "ALLOW",
        /// Only the root user may.
        Deny = "DENY",
    }
}

/// What was asked for, its form checked.
struct Wanted<'a> {
    email: &'a str,
    name: &'a str,
    role: &'a str,
    billing_access: bool,
    tags: Tags,
}

fn read(input: &Input) -> Result<Wanted<'_>, OrganizationsError> {
    let at = InvalidInput::at;
    let email = required("EMAIL", input.email.as_ref())?.expose();
    at_most("EMAIL", email, 64)?;
    if email.parse::<EmailAddress>().is_err() {
        let short = EmailAddress::has_form(email);
        let reason = if short { InputReason::MinLengthExceeded } else { InputReason::InvalidPattern };
        return Err(at(reason, "EMAIL"));
    }
    let name = required("ACCOUNT_NAME", input.account_name.as_ref())?.expose();
    at_most("ACCOUNT_NAME", name, 50)?;
    // The pattern has no empty name either, and is checked first.
    if name.is_empty() || !name.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
        return Err(at(InputReason::InvalidPattern, "ACCOUNT_NAME"));
    }
    let role = input.role_name.as_deref().unwrap_or(organization_roles::ACCESS);
    at_most("ROLE_NAME", role, 64)?;
    if role.is_empty() || !role.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        return Err(at(InputReason::InvalidPattern, "ROLE_NAME"));
    }
    if role.starts_with("AWSServiceRoleFor") {
        return Err(InvalidInput::bare(InputReason::InvalidRoleName));
    }
    let billing = optional_enum("IAM_USER_ACCESS_TO_BILLING", input.iam_user_access_to_billing.as_ref())?;
    let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;
    Ok(Wanted { email, name, role, billing_access: billing != Some(BillingAccess::Deny), tags })
}

fn refuse<T>(reason: ConstraintReason) -> Result<T, Stop> {
    Err(OrganizationsError::ConstraintViolation(reason).into())
}

/// Takes a request in. Answers its status: it runs.
pub fn request(input: &Input, govcloud: bool, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
    let wanted = read(input)?;
    let account = access::caller(cx, view)?;
    let own = access::organization(cx, view)?;
    let (org, record) = own;
    let limits = cx.settings.limits.of(record);
    if limits.first_hour && cx.now < record.created.plus(FIRST_HOUR) {
        return Err(OrganizationsError::FinalizingOrganization.into());
    }
    if govcloud && account.govcloud.is_none() {
        return refuse(ConstraintReason::MasterAccountNotGovcloudEnabled);
    }
    let tags = tags::with(&Tags::default(), &wanted.tags, limits.tags)?;
    policy::check_tags(own, "organizations:account", &tags)?;
    if org.creations().running_len() >= limits.creations_at_once as usize {
        return refuse(ConstraintReason::AccountCreationRateLimitExceeded);
    }
    if is_full(org, &limits, cx) {
        return refuse(ConstraintReason::AccountNumberLimitExceeded);
    }
    let mut creation = Creation {
        id: cx.ids.creation(cx.now)?,
        email: wanted.email.into(),
        name: wanted.name.into(),
        role: wanted.role.into(),
        billing_access: wanted.billing_access,
        tags,
        govcloud,
        repeated: false,
        requested: cx.now,
        completes: cx.now.plus(i64::from(limits.creation_millis)),
        outcome: None,
    };
    creation.repeated = org.creations().runs(&creation.wanted());
    let owner = Owner::Org(record.id);
    let answer = reply_with("CreateAccountStatus", &creation);
    view.changes.set_timer(creation.completes, owner.clone(), TimerAction::Create(creation.id));
    view.put(owner, Item::Creation(creation));
    Ok(answer)
}

/// Whether accounts and open invitations use the quota up.
fn is_full(org: &Org, limits: &Limits, cx: &Cx<'_>) -> bool {
    org.members_len() + org.handshakes().open_invitations(cx.now) >= limits.accounts as usize
}

/// Decides a request that is due, and keeps what became of it for as long as it can be asked for.
pub fn complete(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, request: &CreationId) -> Result<(), Stop> {
    let Some((org, record)) = view.org(id)? else { return Ok(()) };
    let Some(creation) = org.creations().get(request).filter(|c| c.outcome.is_none()) else { return Ok(()) };
    let outcome = match check(cx, view, (org, record), creation)? {
        Some(reason) => Outcome::Failed(reason),
        None => create(cx, view, record, creation)?,
    };
    let owner = Owner::Org(id);
    view.changes.set_timer(
        creation.completes.plus(KEPT),
        owner.clone(),
        TimerAction::ForgetCreation(*request),
    );
    view.put(owner, Item::Creation(Creation { outcome: Some(outcome), ..creation.clone() }));
    Ok(())
}

/// Why there will be no account.
fn check(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    creation: &Creation,
) -> Result<Option<FailureReason>, Stop> {
    let management = view.account(record.management)?.ok_or(Refusal::Internal)?;
    let facts = &management.facts;
    let Ok(email) = creation.email.parse::<EmailAddress>() else {
        return Ok(Some(FailureReason::InvalidEmail));
    };
    let reason = if let Some(reason) = facts.create_account_failure {
        reason
    } else if !is_deliverable(email.as_str()) {
        FailureReason::InvalidEmail
    } else if creation.repeated {
        FailureReason::ConcurrentAccountModification
    } else if !facts.payment_instrument {
        FailureReason::MissingPaymentInstrument
    } else if !facts.payment_instrument_valid {
        FailureReason::InvalidPaymentInstrument
    } else if let Some(taken) = view.address(email.key())? {
        let holder = view.account(taken.holder)?;
        match holder {
            Some(h) if creation.govcloud && h.partition == Partition::GovCloud => {
                FailureReason::GovcloudAccountAlreadyExists
            }
            _ => FailureReason::EmailAlreadyExists,
        }
    } else if is_full(org, &cx.settings.limits.of(record), cx) {
        FailureReason::AccountLimitExceeded
    } else {
        return Ok(None);
    };
    Ok(Some(reason))
}

/// What the service model asks of a new account's address beyond the form of every address.
fn is_deliverable(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let edge = |c: char| c == '-' || c == '.';
    email.is_ascii()
        && !local.starts_with('.')
        && !local.contains(|c: char| c.is_whitespace() || "\"'()<>[]:;,\\|%&".contains(c))
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || edge(c))
        && !domain.starts_with(edge)
        && !domain.ends_with(edge)
}

fn create(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    record: &OrgRecord,
    creation: &Creation,
) -> Result<Outcome, Stop> {
    let management = view.account(record.management)?.ok_or(Refusal::Internal)?;
    let email: EmailAddress = creation.email.parse()?;
    let id = free_id(cx, view)?;
    let mut account = AccountRecord {
        id,
        email: email.clone(),
        name: creation.name.to_string(),
        partition: record.partition,
        created: cx.now,
        org: Some(record.id),
        standing: Standing::default(),
        facts: Facts::created(&management.facts.seller_of_record),
        govcloud: None,
        email_code: None,
    };
    let mut address = AddressRecord::of(id);
    if creation.govcloud {
        let pair = free_id(cx, view)?;
        let govcloud = AccountRecord {
            id: pair,
            partition: Partition::GovCloud,
            org: None,
            // The first one pays for it.
            facts: Facts { payment_instrument: true, ..account.facts.clone() },
            ..account.clone()
        };
        account.govcloud = Some(pair);
        address.pair = Some(pair);
        let trusts = management.govcloud.unwrap_or(record.management);
        organization_roles::make(cx, view, &govcloud, &creation.role, trusts, true)?;
        view.put(Owner::Account(pair), Item::Account(govcloud));
    }
    organization_roles::make(
        cx,
        view,
        &account,
        &creation.role,
        record.management,
        record.feature_set == FeatureSet::All,
    )?;
    membership::enter(cx, view, record, &account, JoinedMethod::Created, &creation.tags);
    // Its contact is the management account's, in its own name (accounts.md 4.1).
    if let Some(contact) = view.profile(management.id)?.and_then(|profile| profile.contact.as_ref()) {
        for created in [Some(id), account.govcloud].into_iter().flatten() {
            let contact = Contact { full_name: creation.name.to_string(), ..contact.clone() };
            let profile = Profile { contact: Some(contact), ..Profile::default() };
            view.put(Owner::Account(created), Item::Profile(profile.into()));
        }
    }
    view.changes.mails.push(Mail::about_account(MailKind::Welcome, &account, None));
    let govcloud = account.govcloud;
    view.put(Owner::Address(email.key()), Item::Address(address));
    view.put(Owner::Account(id), Item::Account(account));
    Ok(Outcome::Succeeded { account: id, govcloud })
}

/// An id that no account has. One that is taken is drawn again, a few times: there are 9 × 10¹¹.
fn free_id(cx: &Cx<'_>, view: &mut View<'_>) -> Result<AccountId, Stop> {
    for _ in 0..8 {
        let id = cx.ids.account();
        view.want([Owner::Account(id), Owner::Iam(id)])?;
        if view.account(id)?.is_none() {
            return Ok(id);
        }
    }
    Err(Refusal::ConcurrentModification.into())
}
