//! InviteOrganizationToTransferResponsibility: asks another organization's management account to let this one pay its
//! bill (policies.md 9). Management account only, in the commercial partition. The invitation can be accepted until a
//! day before the start, which is the first instant of one of the next two months.
//! Refuses: ConstraintViolation (too many, too long a chain),
//! HandshakeConstraintViolation (the own organization, not a management account, exists already), DuplicateHandshake,
//! InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use super::{read_name, read_time, read_type};
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Personal;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, HandshakeReason, OrganizationsError};
use crate::services::organizations::input::required;
use crate::services::organizations::rules::handshake::{self, TargetInput};
use crate::services::organizations::rules::policy;
use crate::services::organizations::rules::transfer;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::account::Partition;
use crate::state::handshake::{ActionType, Handshake, Target, TransferTerms};
use crate::state::item::Item;
use crate::state::org::{Org, OrgRecord};
use crate::state::tag::Tags;
use crate::state::transfer::Transfer;
use crate::state::view::View;

pub struct InviteOrganizationToTransferResponsibility;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    r#type: Option<String>,
    target: Option<TargetInput>,
    notes: Option<Personal<String>>,
    start_timestamp: Option<f64>,
    source_name: Option<Personal<String>>,
    tags: Option<Vec<Option<TagInput>>>,
}

fn refuse<T>(reason: HandshakeReason) -> Result<T, Stop> {
    Err(OrganizationsError::HandshakeConstraintViolation(reason).into())
}

/// Refuses targets that cannot be asked. Answers where the mail goes.
fn check_target(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (org, record): (&Org, &OrgRecord),
    target: &Target,
) -> Result<Option<crate::kernel::address::EmailAddress>, Stop> {
    if org.transfers().is_asked(&target.inbox(), cx.now) {
        return Err(OrganizationsError::DuplicateHandshake.into());
    }
    let id = match target {
        Target::Email(address) => return Ok(Some(address.clone())),
        Target::Account(id) => *id,
    };
    if record.management == id {
        return refuse(HandshakeReason::CannotInviteYourself);
    }
    let Some(account) = view.account(id)? else {
        return refuse(HandshakeReason::InvitedAccountValidationFailure);
    };
    let source = match account.org {
        Some(source) => view.org(source)?.filter(|(_, r)| r.management == id),
        None => None,
    };
    let Some((_, source)) = source.filter(|(_, r)| r.partition == record.partition) else {
        return refuse(HandshakeReason::InvitedAccountValidationFailure);
    };
    if org.transfers().is_active_with(source.id, cx.now) {
        return refuse(HandshakeReason::ResponsibilityTransferAlreadyExists);
    }
    Ok(Some(account.email.clone()))
}

impl Operation for InviteOrganizationToTransferResponsibility {
    const NAME: &'static str = "InviteOrganizationToTransferResponsibility";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::ACCOUNT, |i| i.target.as_ref().and_then(TargetInput::id))
        .key(&authority::INBOUND, |_| None)
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        read_type(input.r#type.as_ref())?;
        let target = handshake::target(input.target.as_ref())?;
        let notes = handshake::notes(input.notes.as_ref())?;
        let start = read_time(*required("START_TIMESTAMP", input.start_timestamp.as_ref())?);
        let name = read_name("SOURCE_NAME", input.source_name.as_ref())?;
        let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;
        transfer::check_start(start, cx.now)?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let limits = cx.settings.limits.of(record);
        let tags = tags::with(&Tags::default(), &tags, limits.tags)?;
        policy::check_tags(own, "organizations:responsibilitytransfer", &tags)?;
        let account = access::caller(cx, view)?;
        transfer::check_active(cx, account)?;
        if !account.facts.can_pay() {
            return refuse(HandshakeReason::PaymentInstrumentRequired);
        }
        let mailed = check_target(cx, view, own, &target)?;
        if org.transfers().active_len(cx.now) >= limits.inbound_transfers as usize {
            let reason = ConstraintReason::ResponsibilityTransferMaxInboundQuotaViolation;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        transfer::check_levels(cx, view, own, None)?;
        let sender = handshake::sender(org, record)?;
        let (id, transfer, expires) =
            (cx.ids.handshake(cx.now)?, cx.ids.transfer()?, start.plus(-transfer::NOTICE));
        let (payer, email) = (sender.account, sender.email.clone());
        let action = ActionType::TransferResponsibility;
        let mut h = Handshake::new(action, id, cx.now, expires, sender, record.feature_set);
        h.transfer = Some(TransferTerms { id: transfer, start });
        (h.target, h.mailed, h.notes, h.tags) = (Some(target.clone()), mailed, notes.map(Into::into), tags);
        let requested = Transfer::requested(transfer, name.into(), id, expires, target, payer, email, start);
        let answer = handshake::send(cx, view, record, h)?;
        view.put(Owner::Org(record.id), Item::Transfer(requested));
        Ok(answer)
    }
}
