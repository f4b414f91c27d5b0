//! Writes down what time has made true: a handshake expired, or its retention is over. A timer that comes late,
//! twice, or for something that changed meanwhile does nothing but go away.

use crate::change::{Timer, TimerAction};
use crate::command::{Command, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::handshake::{Handshake, State};
use crate::ids::{HandshakeId, OrgId};
use crate::item::ItemKey;
use crate::ops::EMPTY;
use crate::owner::Owner;
use crate::rules::handshake;
use crate::view::View;

/// The command.
#[derive(Clone, Debug)]
pub struct RunTimer(pub Timer);

impl Command for RunTimer {
    fn name(&self) -> &'static str {
        match self.0.action {
            TimerAction::Expire(_) => "ExpireHandshake",
            TimerAction::Forget(_) => "ForgetHandshake",
        }
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let Timer { due, owner, action } = &self.0;
        if let Owner::Org(org) = owner {
            match action {
                TimerAction::Expire(id) => expire(cx, view, *org, id)?,
                TimerAction::Forget(id) => forget(cx, view, *org, id)?,
            }
        }
        view.changes.clear_timer(*due, owner.clone(), *action);
        Ok(EMPTY)
    }
}

fn find<'a>(view: &mut View<'a>, org: OrgId, id: &HandshakeId) -> Result<Option<&'a Handshake>, Stop> {
    Ok(view.org(org)?.and_then(|(aggregate, _)| aggregate.handshake(id)))
}

fn expire(cx: &Cx<'_>, view: &mut View<'_>, org: OrgId, id: &HandshakeId) -> Result<(), Stop> {
    if let Some(h) = find(view, org, id)?
        && h.stored_state() == State::Open
        && h.state(cx.now) == State::Expired
    {
        let expired = h.closed(State::Expired, h.expires);
        handshake::close(view, org, expired, h.expires);
    }
    Ok(())
}

fn forget(cx: &Cx<'_>, view: &mut View<'_>, org: OrgId, id: &HandshakeId) -> Result<(), Stop> {
    if let Some(h) = find(view, org, id)?
        && h.gone(cx.now)
    {
        let inbox = h.target.owner();
        if view.inbox(inbox.clone())?.contains_key(id) {
            view.changes.remove(inbox, ItemKey::inbox(id));
        }
        view.changes.remove(Owner::Org(org), ItemKey::handshake(id));
    }
    Ok(())
}
