//! DeleteOrganization: the management account is standalone again (accounts.md 3.5). Management account only.
//! Open invitations are canceled, without mail; their recipients see them so for 30 days.
//! Refuses: OrganizationNotEmpty.

use crate::access::{self, Access};
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::{ApiError, Stop};
use crate::handshake::State;
use crate::item::{Item, ItemKey};
use crate::ops::{EMPTY, Empty, Operation};
use crate::org::OrgRecord;
use crate::owner::Owner;
use crate::rules::{handshake, membership};
use crate::view::View;

/// The operation.
pub struct DeleteOrganization;

impl Operation for DeleteOrganization {
    const NAME: &'static str = "DeleteOrganization";
    const ACCESS: Access = Access::Management;
    const MODE: Mode = Mode::Write;
    type Input = Empty;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        if org.members_len() > 1 {
            return Err(ApiError::OrganizationNotEmpty.into());
        }
        for id in org.stored_open() {
            if let Some(h) = org.handshake(&id) {
                let (state, at) = match h.ended(cx.now) {
                    Some(at) => (State::Expired, at),
                    None => (State::Canceled, cx.now),
                };
                handshake::close(view, record.id, h.closed(state, at), at);
            }
        }
        let owner = Owner::Org(record.id);
        for resource in org.tagged() {
            view.changes.remove(owner.clone(), ItemKey::tags(&resource));
        }
        view.changes.remove(owner.clone(), ItemKey::member(cx.caller));
        view.put(owner, Item::Org(OrgRecord { deleted: Some(cx.now), ..record.clone() }));
        let account = access::caller(cx, view)?;
        membership::set_organization(view, account, None);
        Ok(EMPTY)
    }
}
