//! Closing accounts: closing, closed for a time, and gone from the organization (accounts.md 4.6).

use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::services::organizations::rules::membership;
use crate::state::account::{AccountRecord, Closure, Standing};
use crate::state::item::Item;
use crate::state::limits::{Limits, days};
use crate::state::mail::{Mail, MailKind};
use crate::state::org::Member;
use crate::state::timer::TimerAction;
use crate::state::view::View;

/// Begins to close an account, and its pair in GovCloud with it, unless that manages an organization. Answers what the
/// account's state is made of then.
pub fn begin(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    account: &AccountRecord,
    limits: &Limits,
) -> Result<Standing, Stop> {
    let closes = cx.now.plus(i64::from(limits.closure_millis));
    let ends = closes.plus(days(limits.post_closure_days));
    let closure = Closure { requested: cx.now, closes, ends, done: false };
    let standing = Standing { closure: Some(closure), ..account.standing };
    let pair = match account.govcloud {
        Some(pair) => view.account(pair)?.filter(|p| p.standing.closure.is_none()),
        None => None,
    };
    let pair = match pair {
        Some(pair) if access::manages(view, pair)? => None,
        pair => pair,
    };
    for account in [Some(account), pair].into_iter().flatten() {
        let closing = Standing { closure: Some(closure), ..account.standing };
        set_standing(view, account, closing)?;
        view.changes.set_timer(closes, Owner::Account(account.id), TimerAction::Close);
    }
    Ok(standing)
}

/// Writes what an account's state is made of, here and where it is a member.
pub fn set_standing(view: &mut View<'_>, account: &AccountRecord, standing: Standing) -> Result<(), Stop> {
    if let Some(org) = account.org {
        let (aggregate, record) = view.org(org)?.ok_or(Refusal::Internal)?;
        let member = aggregate.member(account.id).ok_or(Refusal::Internal)?;
        view.put(Owner::Org(record.id), Item::Member(Member { standing, ..member.clone() }));
    }
    view.put(Owner::Account(account.id), Item::Account(AccountRecord { standing, ..account.clone() }));
    Ok(())
}

fn closing<'a>(view: &mut View<'a>, id: AccountId) -> Result<Option<(&'a AccountRecord, Closure)>, Stop> {
    Ok(view.account(id)?.and_then(|account| Some((account, account.standing.closure?))))
}

/// Writes down that an account is closed, and tells its owner.
pub fn close(cx: &Cx<'_>, view: &mut View<'_>, id: AccountId) -> Result<(), Stop> {
    let Some((account, closure)) = closing(view, id)? else { return Ok(()) };
    if closure.done || cx.now < closure.closes {
        return Ok(());
    }
    let closed = Standing { closure: Some(Closure { done: true, ..closure }), ..account.standing };
    set_standing(view, account, closed)?;
    if account.org.is_some() {
        view.changes.set_timer(closure.ends, Owner::Account(id), TimerAction::RemoveClosed);
    }
    view.changes.mails.push(Mail::about_account(MailKind::AccountClosed, account, Some(closure.ends)));
    Ok(())
}

/// Takes an account whose time after its closing is over out of its organization. Its id and its address stay
/// taken for ever.
pub fn remove_closed(cx: &Cx<'_>, view: &mut View<'_>, id: AccountId) -> Result<(), Stop> {
    let Some((account, closure)) = closing(view, id)? else { return Ok(()) };
    let Some(org) = account.org.filter(|_| closure.done && cx.now >= closure.ends) else { return Ok(()) };
    let org = view.org(org)?.ok_or(Refusal::Internal)?;
    membership::leave(cx, view, org, id);
    membership::set_standalone(view, account);
    Ok(())
}

/// Opens a closed account again, as its owner or AWS's support can until the time after its closing is over.
/// Answers whether it could.
pub fn reopen(cx: &Cx<'_>, view: &mut View<'_>, account: &AccountRecord) -> Result<bool, Stop> {
    let Some(closure) = account.standing.closure else { return Ok(true) };
    if cx.now >= closure.ends {
        return Ok(false);
    }
    let owner = Owner::Account(account.id);
    view.changes.clear_timer(closure.closes, owner.clone(), TimerAction::Close);
    view.changes.clear_timer(closure.ends, owner, TimerAction::RemoveClosed);
    set_standing(view, account, Standing { closure: None, ..account.standing })?;
    Ok(true)
}
