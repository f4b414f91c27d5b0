//! Verifying that a management account's address is its owner's (accounts.md 3.3).

use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Secret;
use crate::kernel::time::{DAY, Timestamp};
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::state::account::{AccountRecord, EmailCode, Facts};
use crate::state::item::Item;
use crate::state::mail::{Mail, MailKind};
use crate::state::view::View;

/// How long a link is good, in milliseconds.
pub const LIFE: i64 = DAY;

/// Sends a link to the account's address; an earlier one is void from then on. Answers the account as it is to be
/// written.
pub fn send(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> AccountRecord {
    let (code, expires) = (cx.ids.link_code(), cx.now.plus(LIFE));
    let (kind, to) = (MailKind::EmailVerification, account.email.clone());
    view.changes.mails.push(Mail::code(kind, to, account, code.clone(), expires));
    AccountRecord { email_code: Some(EmailCode { code, expires }), ..account.clone() }
}

/// Whether a code is the last one that was sent, and not too old.
pub fn is_good(account: &AccountRecord, code: &Secret<String>, now: Timestamp) -> bool {
    account.email_code.as_ref().is_some_and(|wanted| now < wanted.expires && code.is(&wanted.code))
}

/// Follows a link: the address is verified from then on. Refuses a code that is not the last one sent, or too old.
pub fn verify(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    account: &AccountRecord,
    code: &Secret<String>,
) -> Result<(), Stop> {
    if !is_good(account, code, cx.now) {
        return Err(
            OrganizationsError::ConstraintViolation(ConstraintReason::EmailVerificationCodeExpired).into()
        );
    }
    let facts = Facts { email_verified: true, ..account.facts.clone() };
    let new = AccountRecord { email_code: None, facts, ..account.clone() };
    view.put(Owner::Account(account.id), Item::Account(new));
    Ok(())
}
