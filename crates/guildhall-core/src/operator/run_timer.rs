//! Writes down what time has made true: a handshake expired, an account was created or closed, something was kept
//! long enough. A timer that comes late, twice, or for something that changed meanwhile does nothing but go away.

use crate::call::command::{Command, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{CreationId, HandshakeId, OrgId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::services::EMPTY;
use crate::services::organizations::rules::closure;
use crate::services::organizations::rules::creation;
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::handshake;
use crate::services::organizations::rules::transfer;
use crate::state::handshake::{ActionType, State};
use crate::state::item::ItemKey;
use crate::state::timer::Timer;
use crate::state::timer::TimerAction::{Close, Create, Expire, Forget, ForgetCreation, RemoveClosed};
use crate::state::transfer::TransferStatus;
use crate::state::view::View;

#[derive(Clone, Debug)]
pub struct RunTimer(pub Timer);

impl Command for RunTimer {
    fn name(&self) -> &'static str {
        self.0.action.command()
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let Timer { due, owner, action } = &self.0;
        match (action, owner) {
            (Expire(id), Owner::Org(org)) => expire(cx, view, *org, id)?,
            (Forget(id), Owner::Org(org)) => forget(cx, view, *org, id)?,
            (Create(id), Owner::Org(org)) => creation::complete(cx, view, *org, id)?,
            (ForgetCreation(id), Owner::Org(org)) => forget_creation(view, *org, id)?,
            (Close, Owner::Account(account)) => closure::close(cx, view, *account)?,
            (RemoveClosed, Owner::Account(account)) => closure::remove_closed(cx, view, *account)?,
            // Nobody sets one at another owner. Each is named, so that none is left out above.
            (Expire(_) | Forget(_) | Create(_) | ForgetCreation(_) | Close | RemoveClosed, _) => {}
        }
        view.changes.clear_timer(*due, owner.clone(), *action);
        Ok(EMPTY)
    }
}

fn expire(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, handshake: &HandshakeId) -> Result<(), Stop> {
    let Some((org, record)) = view.org(id)? else { return Ok(()) };
    if let Some(h) = org.handshake(handshake)
        && h.is_stored_open()
        && h.state(cx.now) == State::Expired
    {
        match h.action {
            ActionType::EnableAllFeatures => features::abandon(cx, view, (org, record), h, h.expires),
            ActionType::TransferResponsibility => {
                transfer::close(view, (org, record), h, TransferStatus::Expired);
            }
            _ => {}
        }
        handshake::close(view, id, h.closed(State::Expired, h.expires), h.expires);
    }
    Ok(())
}

fn forget(cx: &Cx<'_>, view: &mut View<'_>, id: OrgId, handshake: &HandshakeId) -> Result<(), Stop> {
    let Some((org, _)) = view.org(id)? else { return Ok(()) };
    if let Some(h) = org.handshake(handshake)
        && h.gone(cx.now)
    {
        if let Some(inbox) = h.inbox()
            && view.inbox(inbox.clone())?.get(handshake).is_some()
        {
            view.changes.remove(inbox.into(), ItemKey::Inbox(*handshake));
        }
        transfer::forget(view, (org, id), h);
        view.changes.remove(Owner::Org(id), ItemKey::Handshake(*handshake));
    }
    Ok(())
}

fn forget_creation(view: &mut View<'_>, id: OrgId, creation: &CreationId) -> Result<(), Stop> {
    if view.org(id)?.is_some_and(|(org, _)| org.creations().get(creation).is_some()) {
        view.changes.remove(Owner::Org(id), ItemKey::Creation(*creation));
    }
    Ok(())
}
