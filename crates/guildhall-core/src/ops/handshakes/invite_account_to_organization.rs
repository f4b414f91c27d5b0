//! InviteAccountToOrganization: an invitation to an account, or to whoever holds an address (accounts.md 5.4,
//! observed.md 1 and 2). Management account only. It is open for 15 days, and a mail goes out.
//!
//! An account id or an address that nobody has yet is no error: the invitation waits for it.
//! Refuses: AccountOwnerNotVerified, FinalizingOrganization, DuplicateHandshake, HandshakeConstraintViolation,
//! ConstraintViolation, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::access::{self, Access};
use crate::change::TimerAction;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::{ApiError, HandshakeReason, InputReason, InvalidInput, Stop};
use crate::handshake::{Handshake, PartyType, Sender, Target};
use crate::input::{WireEnum, at_most, free_text};
use crate::item::{InboxEntry, Item};
use crate::mail::{Mail, MailKind};
use crate::ops::Operation;
use crate::org::{Org, OrgRecord};
use crate::owner::Owner;
use crate::rules::handshake;
use crate::tag::{self, TagInput, Tags};
use crate::time::DAY;
use crate::view::View;

/// The operation.
pub struct InviteAccountToOrganization;

/// Its input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    target: Option<TargetInput>,
    notes: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetInput {
    id: Option<String>,
    r#type: Option<String>,
}

impl Operation for InviteAccountToOrganization {
    const NAME: &'static str = "InviteAccountToOrganization";
    const ACCESS: Access = Access::Management;
    const MODE: Mode = Mode::Write;
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let target = target(input.target.as_ref())?;
        let notes = input.notes.as_deref();
        free_text("NOTES", notes.unwrap_or_default(), 1024)?;
        let tags = tag::tags(input.tags.as_deref().unwrap_or_default())?;

        let account = access::caller(cx, view)?;
        let (org, record) = access::organization(cx, view)?;
        let limits = cx.settings.limits.of(record);
        if !account.facts.email_verified {
            return Err(ApiError::AccountOwnerNotVerified.into());
        }
        if cx.now < record.created.plus(limits.finalizing) {
            return Err(ApiError::FinalizingOrganization.into());
        }
        let tags = Tags::default().with(&tags, limits.tags)?;
        if !account.facts.payment_instrument {
            return refuse(HandshakeReason::PaymentInstrumentRequired);
        }
        let mailed = check_target(cx, view, org, record, &target)?;
        check_quota(cx, org, record)?;

        let management = org.member(cx.caller).ok_or(ApiError::Service)?;
        let sender = Sender {
            account: cx.caller,
            email: management.email.clone(),
            name: management.name.clone(),
            partition: record.partition,
        };
        let id = cx.ids.handshake(cx.now)?;
        let notes = notes.map(Into::into);
        let h = Handshake::invitation(id, cx.now, sender, target, mailed, record.feature_set, notes, tags);
        send(cx, view, record, h)
    }
}

fn refuse<T>(reason: HandshakeReason) -> Result<T, Stop> {
    Err(ApiError::HandshakeConstraintViolation(reason).into())
}

/// The reasons here are bare, as recorded: a missing target does not match a pattern, an empty one has the wrong
/// party type.
fn target(target: Option<&TargetInput>) -> Result<Target, ApiError> {
    let bare = InvalidInput::bare;
    let target = target.ok_or_else(|| bare(InputReason::InvalidPattern))?;
    let id = target.id.as_deref().unwrap_or_default();
    let r#type = target.r#type.as_deref().ok_or_else(|| bare(InputReason::InvalidPartyTypeTarget))?;
    let r#type = PartyType::from_wire(r#type)
        .ok_or_else(|| InvalidInput::at(InputReason::InvalidEnum, "TARGET_TYPE"))?;
    at_most("TARGET_ID", id, 64)?;
    match r#type {
        PartyType::Account => id.parse().map(Target::Account).map_err(|_| bare(InputReason::InvalidPattern)),
        PartyType::Email => {
            id.parse().map(Target::Email).map_err(|_| bare(InputReason::InvalidEmailAddressTarget))
        }
        PartyType::Organization => Err(bare(InputReason::InvalidPartyTypeTarget)),
    }
}

/// Refuses targets that cannot be invited. Answers where the mail goes: nowhere for an account nobody knows.
fn check_target(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    org: &Org,
    record: &OrgRecord,
    target: &Target,
) -> Result<Option<crate::address::EmailAddress>, Stop> {
    let mailed = match target {
        Target::Account(id) => {
            if org.member(*id).is_some() {
                return refuse(HandshakeReason::AlreadyInAnOrganization);
            }
            match view.account(*id)? {
                Some(known) if known.partition != record.partition => {
                    return refuse(HandshakeReason::OrganizationFromDifferentSellerOfRecord);
                }
                Some(known) => Some(known.email.clone()),
                None => cx.settings.lab_address(*id),
            }
        }
        // A member's address is not refused here (observed.md 14).
        Target::Email(address) => Some(address.clone()),
    };
    if org.open_invitation(&target.owner(), cx.now).is_some() {
        return Err(ApiError::DuplicateHandshake.into());
    }
    Ok(mailed)
}

/// Open invitations count as accounts; attempts of 24 hours count unless they were accepted (accounts.md 5.8).
fn check_quota(cx: &Cx<'_>, org: &Org, record: &OrgRecord) -> Result<(), Stop> {
    let limits = cx.settings.limits.of(record);
    if org.members_len() + org.open_invitations(cx.now) >= limits.accounts as usize {
        return refuse(HandshakeReason::AccountNumberLimitExceeded);
    }
    if org.attempts_since(cx.now.plus(-DAY)) >= limits.attempts() as usize {
        return refuse(HandshakeReason::HandshakeRateLimitExceeded);
    }
    Ok(())
}

fn send(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord, h: Handshake) -> Result<Reply, Stop> {
    let answer = handshake::answer(record.id, &h, cx);
    let inbox = h.target.owner();
    // Read, so that no account takes the address or the id unnoticed while the invitation is written.
    view.inbox(inbox.clone())?;
    let entry = InboxEntry { handshake: h.id, org: record.id };
    let owner = Owner::Org(record.id);
    view.changes.set_timer(h.expires, owner.clone(), TimerAction::Expire(h.id));
    if let Some(to) = &h.mailed {
        view.changes.mails.push(Mail::about(MailKind::Invitation, to.clone(), record.id, &h, None));
    }
    // The organization first: the journal names the first owner that a command writes.
    view.put(owner, Item::Handshake(h));
    view.put(inbox, Item::Inbox(entry));
    Ok(answer)
}
