//! InviteAccountToOrganization: an invitation to an account, or to whoever holds an address (accounts.md 5.4,
//! observed.md 1 and 2). Management account only. It is open for 15 days, and a mail goes out.
//!
//! An account id or an address that nobody has yet is no error: the invitation waits for it.
//! Refuses: AccountOwnerNotVerified, FinalizingOrganization, DuplicateHandshake, HandshakeConstraintViolation,
//! ConstraintViolation, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Personal;
use crate::kernel::time::DAY;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{
    HandshakeReason, InputReason, InvalidInput, OrganizationsError,
};
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::handshake::{self, TargetInput};
use crate::services::organizations::rules::policy;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::account::AccountState;
use crate::state::handshake::{ActionType, Handshake, Target};
use crate::state::limits::{FIRST_HOUR, days};
use crate::state::org::{Org, OrgRecord};
use crate::state::tag::Tags;
use crate::state::view::View;

pub struct InviteAccountToOrganization;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    target: Option<TargetInput>,
    notes: Option<Personal<String>>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Operation for InviteAccountToOrganization {
    const NAME: &'static str = "InviteAccountToOrganization";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::ACCOUNT, |i| i.target.as_ref().and_then(TargetInput::id))
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let target = handshake::target(input.target.as_ref())?;
        let notes = handshake::notes(input.notes.as_ref())?;
        let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;

        let account = access::caller(cx, view)?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let limits = cx.settings.limits.of(record);
        if !account.facts.email_verified {
            return Err(OrganizationsError::AccountOwnerNotVerified.into());
        }
        if limits.first_hour && cx.now < record.created.plus(FIRST_HOUR) {
            return Err(OrganizationsError::FinalizingOrganization.into());
        }
        let tags = tags::with(&Tags::default(), &tags, limits.tags)?;
        policy::check_tags(own, "organizations:account", &tags)?;
        if !account.facts.can_pay() {
            return refuse(HandshakeReason::PaymentInstrumentRequired);
        }
        let mailed = check_target(cx, view, org, record, &target)?;
        check_quota(cx, org, record)?;

        let sender = handshake::sender(org, record)?;
        let (id, expires) = (cx.ids.handshake(cx.now)?, cx.now.plus(days(limits.invitation_days)));
        let features = features::promised(org, record, cx);
        let mut h = Handshake::new(ActionType::Invite, id, cx.now, expires, sender, features);
        (h.target, h.mailed, h.notes, h.tags) = (Some(target), mailed, notes.map(Into::into), tags);
        handshake::send(cx, view, record, h)
    }
}

fn refuse<T>(reason: HandshakeReason) -> Result<T, Stop> {
    Err(OrganizationsError::HandshakeConstraintViolation(reason).into())
}

/// Refuses targets that cannot be invited. Answers where the mail goes: nowhere for an account nobody knows.
fn check_target(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    org: &Org,
    record: &OrgRecord,
    target: &Target,
) -> Result<Option<crate::kernel::address::EmailAddress>, Stop> {
    let mailed = match target {
        Target::Account(id) => {
            if org.member(*id).is_some() {
                return refuse(HandshakeReason::AlreadyInAnOrganization);
            }
            match view.account(*id)? {
                Some(known) if known.partition != record.partition => {
                    return refuse(HandshakeReason::AccountFromDifferentSellerOfRecord);
                }
                // No reason is documented (accounts.md 4.5).
                Some(known) if known.standing.state(cx.now) == AccountState::Closed => {
                    return Err(InvalidInput::bare(InputReason::TargetNotSupported).into());
                }
                Some(known) => Some(known.email.clone()),
                None => cx.settings.lab_address(*id),
            }
        }
        // A member's address is not refused here (observed.md 14).
        Target::Email(address) => Some(address.clone()),
    };
    if org.handshakes().open_invitation(&target.inbox(), cx.now).is_some() {
        return Err(OrganizationsError::DuplicateHandshake.into());
    }
    Ok(mailed)
}

/// Open invitations count as accounts; attempts of 24 hours count unless they were accepted (accounts.md 5.8).
fn check_quota(cx: &Cx<'_>, org: &Org, record: &OrgRecord) -> Result<(), Stop> {
    let limits = cx.settings.limits.of(record);
    if org.members_len() + org.handshakes().open_invitations(cx.now) >= limits.accounts as usize {
        return refuse(HandshakeReason::AccountNumberLimitExceeded);
    }
    if org.handshakes().attempts_since(cx.now.plus(-DAY)) >= limits.attempts() as usize {
        return refuse(HandshakeReason::HandshakeRateLimitExceeded);
    }
    Ok(())
}
