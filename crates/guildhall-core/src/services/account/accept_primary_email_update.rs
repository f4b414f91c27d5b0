//! AcceptPrimaryEmailUpdate: with the code that its new address got, a member's root user has that address; the old
//! one is free and gets a notice. Management account and delegated administrators (accounts.md 4.9, 8).
//! Refuses: AccessDenied (also for a member that is being closed), Conflict (the address belongs to an account by now), Validation (no change under way,
//! another address, a wrong code; after five of those the change is void).

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::{input, target};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::address::EmailAddress;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::{Personal, Secret};
use crate::rules::access;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::account::{AccountRecord, Facts};
use crate::state::item::{Item, ItemKey};
use crate::state::mail::Mail;
use crate::state::profile::{EmailOutcome, EmailUpdate, Profile};
use crate::state::view::View;

pub struct AcceptPrimaryEmailUpdate;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    primary_email: Option<Personal<String>>,
    otp: Option<Secret<String>>,
}

impl Operation for AcceptPrimaryEmailUpdate {
    const NAME: &'static str = "AcceptPrimaryEmailUpdate";
    const AUTHORITY: Authority<Input> = authority::on_member::<Input>(|i| i.account_id.as_deref())
        .key(&authority::DOMAIN, |i| i.primary_email.as_ref().map(|email| email.expose().as_str()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::account(input.account_id.as_ref())?;
        let address = input::primary_email(input.primary_email.as_ref())?;
        let code = input::code(input.otp.as_ref())?;
        let account = target::find_open_member(Self::NAME, id, cx, view)?;
        let profile = view.profile(id)?.cloned().unwrap_or_default();
        let update = profile.email_update.as_ref().filter(|u| cx.now < u.expires);
        let update = update.ok_or(AccountError::NoEmailUpdate)?;
        if update.address.key() != address.key() {
            return Err(AccountError::OtherEmail.into());
        }
        if !code.is(&update.code) {
            let tries = update.tries.saturating_sub(1);
            let email_update = (tries > 0).then(|| EmailUpdate { tries, ..update.clone() });
            let failed = EmailOutcome { completed: false, at: cx.now };
            let email_outcome = if email_update.is_none() { Some(failed) } else { profile.email_outcome };
            let profile = Profile { email_update, email_outcome, ..profile };
            view.put(Owner::Account(id), Item::Profile(profile.into()));
            return Err(Stop::RefusedAfterChange(AccountError::WrongCode.into()));
        }
        // Read, so that whoever takes the address meanwhile is in conflict with this.
        if view.address(update.address.key())?.is_some() {
            return Err(AccountError::EmailTaken.into());
        }
        change(view, account, update.address.clone())?;
        let email_outcome = Some(EmailOutcome { completed: true, at: cx.now });
        let profile = Profile { email_update: None, email_outcome, ..profile };
        view.put(Owner::Account(id), Item::Profile(profile.into()));
        Ok(br#"{"Status":"ACCEPTED"}"#.to_vec())
    }
}

/// The account's address is `new` from now on, and its code has proved that somebody reads it. A link that was sent to
/// the old address says nothing of this one.
fn change(view: &mut View<'_>, account: &AccountRecord, new: EmailAddress) -> Result<(), Stop> {
    let held = view.address(account.email.key())?.ok_or(Refusal::Internal)?;
    view.changes.remove(Owner::Address(account.email.key()), ItemKey::Address());
    view.put(Owner::Address(new.key()), Item::Address(held.clone()));
    // A pair in GovCloud has the same address, always.
    if let Some(pair) = held.pair {
        let pair = view.account(pair)?.ok_or(Refusal::Internal)?;
        // A management account has to verify a new address (accounts.md 3.3).
        let email_verified = pair.facts.email_verified && !access::manages(view, pair)?;
        let facts = Facts { email_verified, ..pair.facts.clone() };
        target::put(view, AccountRecord { email: new.clone(), facts, email_code: None, ..pair.clone() })?;
    }
    view.changes.mails.push(Mail::primary_email_changed(account, new.clone()));
    let facts = Facts { email_verified: true, ..account.facts.clone() };
    target::put(view, AccountRecord { email: new, facts, email_code: None, ..account.clone() })
}
