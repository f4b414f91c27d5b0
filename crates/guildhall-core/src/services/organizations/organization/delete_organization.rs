//! DeleteOrganization: the management account is standalone again (accounts.md 3.5). Management account only.
//! Open invitations are canceled, without mail; their recipients see them so for 30 days. Units, tags and running
//! requests to create accounts go with it.
//! Refuses: OrganizationNotEmpty, ConstraintViolation (a billing transfer that runs or is being agreed).

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::rules::handshake;
use crate::services::organizations::rules::membership;
use crate::services::organizations::rules::transfer;
use crate::services::{EMPTY, Empty, Operation};
use crate::state::creation;
use crate::state::item::{Item, ItemKey};
use crate::state::org::OrgRecord;
use crate::state::timer::TimerAction;
use crate::state::transfer::TransferStatus;
use crate::state::view::View;

pub struct DeleteOrganization;

impl Operation for DeleteOrganization {
    const NAME: &'static str = "DeleteOrganization";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Management);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        if org.members_len() > 1 {
            return Err(OrganizationsError::OrganizationNotEmpty.into());
        }
        if transfer::is_involved(view, org, cx.now)? {
            let reason = ConstraintReason::ActiveResponsibilityTransferProcess;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        for h in org.handshakes().after(None).filter(|h| h.is_stored_open()) {
            // Its transfer, if it is about one, is overdue: otherwise it would have been refused.
            transfer::close(view, (org, record), h, TransferStatus::Expired);
            let ended = h.withdrawn(cx.now);
            let at = ended.ended(cx.now).unwrap_or(cx.now);
            handshake::close(view, record.id, ended, at);
        }
        let owner = Owner::Org(record.id);
        for creation in org.creations().running(None) {
            view.changes.clear_timer(creation.completes, owner.clone(), TimerAction::Create(creation.id));
        }
        for creation in org.creations().after(None) {
            let due = creation.completes.plus(creation::KEPT);
            view.changes.clear_timer(due, owner.clone(), TimerAction::ForgetCreation(creation.id));
            view.changes.remove(owner.clone(), ItemKey::Creation(creation.id));
        }
        for resource in org.tagged() {
            view.changes.remove(owner.clone(), ItemKey::Tags(resource));
        }
        for policy in org.policies().all() {
            view.changes.remove(owner.clone(), ItemKey::Policy(policy.record.id));
        }
        for (target, _) in org.policies().nodes() {
            view.changes.remove(owner.clone(), ItemKey::Node(*target));
        }
        if let Some(policy) = org.resource_policy() {
            view.changes.remove(owner.clone(), ItemKey::ResourcePolicy(policy.id));
        }
        for unit in org.units() {
            view.changes.remove(owner.clone(), ItemKey::Unit(unit.id));
        }
        for principal in org.delegation().services().keys() {
            view.changes.remove(owner.clone(), ItemKey::Service(*principal));
        }
        // Invitations to transfers end with their handshakes, and transfers that have ended stay the other side's.
        view.changes.remove(owner.clone(), ItemKey::Member(cx.caller.account));
        view.put(owner, Item::Org(OrgRecord { deleted: Some(cx.now), ..record.clone() }));
        let account = access::caller(cx, view)?;
        membership::set_standalone(view, account);
        Ok(EMPTY)
    }
}
