//! StartPrimaryEmailUpdate: a new address for a member's root user gets a code, which is good for 24 hours and
//! replaces an earlier one. Management account and delegated administrators (accounts.md 4.9).
//! Refuses: AccessDenied (also for a member that is being closed), Conflict (the address belongs to an account already),
//! TooManyRequests (more than 3 in 30 seconds for one member), Validation.

use serde::{Deserialize, Serialize};

use super::authority;
use super::errors::AccountError;
use super::{input, target};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Personal;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::state::item::Item;
use crate::state::mail::{Mail, MailKind};
use crate::state::profile::{CODE_TIME, EmailUpdate, Profile, STARTS, STARTS_TIME};
use crate::state::view::View;

/// How many wrong codes make a change void.
const TRIES: u8 = 5;

pub struct StartPrimaryEmailUpdate;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    primary_email: Option<Personal<String>>,
}

impl Operation for StartPrimaryEmailUpdate {
    const NAME: &'static str = "StartPrimaryEmailUpdate";
    const AUTHORITY: Authority<Input> = authority::on_member::<Input>(|i| i.account_id.as_deref())
        .key(&authority::DOMAIN, |i| i.primary_email.as_ref().map(|email| email.expose().as_str()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = input::account(input.account_id.as_ref())?;
        let address = input::primary_email(input.primary_email.as_ref())?;
        let account = target::find_open_member(Self::NAME, id, cx, view)?;
        if view.address(address.key())?.is_some() {
            return Err(AccountError::EmailTaken.into());
        }
        let profile = view.profile(account.id)?.cloned().unwrap_or_default();
        let mut email_starts = profile.email_starts.clone();
        email_starts.retain(|start| cx.now < start.plus(STARTS_TIME));
        if email_starts.len() >= STARTS {
            return Err(Refusal::TooManyRequests.into());
        }
        email_starts.push(cx.now);
        let (code, expires) = (cx.ids.digits(), cx.now.plus(CODE_TIME));
        let (kind, to) = (MailKind::PrimaryEmailCode, address.clone());
        view.changes.mails.push(Mail::code(kind, to, account, code.clone(), expires));
        let email_update = Some(EmailUpdate { address, code, expires, tries: TRIES });
        let profile = Profile { email_update, email_starts, ..profile };
        view.put(Owner::Account(account.id), Item::Profile(profile.into()));
        Ok(br#"{"Status":"PENDING"}"#.to_vec())
    }
}
